//! Listing that survives a changing list, and the group that a user means.

use std::sync::Mutex;

use rollcall::groups::{FindError, FoundBy, all_groups, find_group};
use serde_json::json;

use super::server::{Reply, Request, Server, answer};

/// Answers list requests from these ids and names, and retrieves from them, too.
fn account(request: &Request, groups: &[(String, &str)]) -> Reply {
    let path = request.target.strip_prefix("/xms/v1/plan/groups").unwrap();
    let shown = |(id, name): &(String, &str)| json!({"id": id, "name": name});
    if let Some(id) = path.strip_prefix('/') {
        let group = groups.iter().find(|(other, _)| other == id);
        return group.map_or_else(|| answer(404, ""), |group| answer(200, &shown(group).to_string()));
    }
    let page: usize = path.strip_prefix("?page=").and_then(|rest| rest.split('&').next()).unwrap().parse().unwrap();
    let on_page: Vec<_> = groups.iter().skip(page * 100).take(100).map(shown).collect();
    let body = json!({"page": page, "page_size": on_page.len(), "count": groups.len(), "groups": on_page});
    answer(200, &body.to_string())
}

fn numbered(count: usize) -> Vec<(String, &'static str)> {
    (0..count).map(|index| (format!("G{index}"), "many")).collect()
}

async fn listed(server: &Server) -> Vec<String> {
    let groups = all_groups(&server.client()).await.unwrap();
    groups.into_iter().map(|group| group.id.as_str().to_owned()).collect()
}

#[tokio::test]
async fn all_pages_are_read_and_no_more() {
    for (count, requests) in [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (250, 3)] {
        let server = Server::start(move |request, _| account(request, &numbered(count))).await;
        assert_eq!(listed(&server).await.len(), count);
        assert_eq!(server.count(), requests, "{count} groups");
    }
}

#[tokio::test]
async fn a_group_that_slips_to_a_page_already_read_is_not_lost() {
    // After the first page its first group vanishes: the 101st moves to the first page.
    let server = Server::start(|request, before| {
        let groups = numbered(150);
        account(request, if before == 0 { &groups } else { &groups[1..] })
    })
    .await;
    let ids = listed(&server).await;
    assert_eq!(ids, numbered(150)[1..].iter().map(|(id, _)| id.clone()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_list_that_never_stands_still_ends_with_each_group_once() {
    let server = Server::start(|request, before| {
        let mut groups = numbered(250 + before);
        groups.reverse();
        account(request, &groups)
    })
    .await;
    let mut ids = listed(&server).await;
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
    assert!(count >= 250 && server.count() <= 12, "{count} groups in {} requests", server.count());
}

#[tokio::test]
async fn a_server_that_knows_one_page_only_does_not_keep_us() {
    let server =
        Server::start(|_, _| answer(200, r#"{"page":0,"page_size":1,"count":500,"groups":[{"id":"G1"}]}"#)).await;
    assert_eq!(listed(&server).await, ["G1"]);
}

#[tokio::test]
async fn an_id_wins_over_a_name_and_a_name_must_be_exact() {
    let groups =
        [("A1", "Staff"), ("Staff2", "B"), ("C1", "A1"), ("D1", "two words"), ("E1", "two words"), ("F1", "ü/?")];
    let groups = groups.map(|(id, name)| (id.to_owned(), name));
    let server = Server::start(move |request, _| account(request, &groups)).await;
    let client = server.client();
    for (asked, id, by) in [
        ("A1", "A1", FoundBy::Id),
        ("Staff", "A1", FoundBy::Name),
        ("Staff2", "Staff2", FoundBy::Id),
        ("ü/?", "F1", FoundBy::Name),
    ] {
        let found = find_group(&client, asked).await.unwrap();
        assert_eq!((found.group.id.as_str(), found.by), (id, by), "{asked}");
    }
    for missing in ["staff", "Staff ", "", "..", "Z\u{1b}[31m"] {
        let error = find_group(&client, missing).await.unwrap_err();
        assert!(matches!(&error, FindError::NotFound(name) if name == missing), "{missing:?}: {error}");
        assert!(!error.to_string().contains('\u{1b}'));
    }
    let error = find_group(&client, "two words").await.unwrap_err();
    assert_eq!(error.to_string(), "\"two words\" is the name of 2 groups: D1, E1");
    assert!(error.hint().unwrap().contains("id"));
}

#[tokio::test]
async fn a_name_in_the_place_of_an_id_never_leaves_the_groups() {
    let targets = std::sync::Arc::new(Mutex::new(Vec::new()));
    let server = {
        let targets = targets.clone();
        Server::start(move |request, _| {
            targets.lock().unwrap().push(request.target.clone());
            account(request, &[])
        })
        .await
    };
    find_group(&server.client(), "../admin").await.unwrap_err();
    assert_eq!(*targets.lock().unwrap(), ["/xms/v1/plan/groups?page=0&page_size=100"]);
}

#[tokio::test]
async fn an_account_that_is_refused_is_not_a_missing_group() {
    let server = Server::playing(vec![answer(401, "")]).await;
    let error = find_group(&server.client(), "Staff").await.unwrap_err();
    assert!(matches!(error, FindError::Api(_)));
    assert!(error.hint().unwrap().contains("SINCH_API_TOKEN"));
}
