//! The seven operations as they travel.

use rollcall::groups::{
    AutoUpdate, ErrorClass, GroupId, GroupUpdate, GroupsApi, NameChange, NewGroup, Replacement, RequestStats,
};
use rollcall::numbers::Msisdn;
use serde_json::json;

use super::server::{GROUP, Server, TOKEN, answer};

fn number(text: &str) -> Msisdn {
    text.parse().unwrap()
}

fn sent_json(server: &Server) -> serde_json::Value {
    serde_json::from_str(&server.requests().last().unwrap().body).unwrap()
}

#[tokio::test]
async fn every_operation_sends_what_the_documents_ask_for() {
    let server = Server::start(|request, _| match request.method.as_str() {
        "GET" if request.target.contains("page=") => {
            answer(200, r#"{"page":0,"page_size":1,"count":1,"groups":[{"id":"G1"}]}"#)
        }
        "GET" if request.target.ends_with("/members") => answer(200, r#"["12015550101","+12015550100"]"#),
        "DELETE" => answer(204, ""),
        "POST" if request.target.ends_with("/groups") => answer(201, GROUP),
        _ => answer(200, GROUP),
    })
    .await;
    let client = server.client();
    let id = GroupId::new("G1");

    let auto_update = AutoUpdate::new("+12015550199", Some(&["JOIN".to_owned()]), None).unwrap();
    let group = NewGroup {
        name: Some("Staff".to_owned()),
        members: vec![number("+12015550100")],
        child_groups: vec![GroupId::new("G2")],
        auto_update: Some(auto_update.clone()),
    };
    let made = client.create(&group).await.unwrap();
    assert_eq!((made.id.as_str(), made.name.as_deref(), made.size), ("G1", Some("Staff"), Some(2)));
    assert_eq!(
        sent_json(&server),
        json!({"name": "Staff", "members": ["+12015550100"], "child_groups": ["G2"],
            "auto_update": {"to": "+12015550199", "add": {"first_word": "JOIN"}}})
    );

    let page = client.list(3, 100).await.unwrap();
    assert_eq!((page.count, page.groups.len()), (1, 1));
    assert_eq!(client.retrieve(&id).await.unwrap().id, id);
    let members: Vec<String> = client.members(&id).await.unwrap().iter().map(|number| number.to_string()).collect();
    assert_eq!(members, ["+12015550100", "+12015550101"]);

    let update = GroupUpdate {
        add: vec![number("+12015550100")],
        remove: vec![number("+12015550101")],
        name: NameChange::Erase,
        add_from_group: Some(GroupId::new("G3")),
        ..GroupUpdate::default()
    };
    client.update(&id, &update).await.unwrap();
    assert_eq!(
        sent_json(&server),
        json!({"add": ["+12015550100"], "remove": ["+12015550101"], "name": null, "add_from_group": "G3"})
    );
    client.replace(&id, &Replacement { auto_update: Some(auto_update), ..Replacement::default() }).await.unwrap();
    assert_eq!(
        sent_json(&server),
        json!({"members": [], "auto_update": {"to": "+12015550199", "add": {"first_word": "JOIN"}}})
    );
    client.delete(&id).await.unwrap();

    let calls: Vec<String> =
        server.requests().iter().map(|request| format!("{} {}", request.method, request.target)).collect();
    assert_eq!(
        calls,
        [
            "POST /xms/v1/plan/groups",
            "GET /xms/v1/plan/groups?page=3&page_size=100",
            "GET /xms/v1/plan/groups/G1",
            "GET /xms/v1/plan/groups/G1/members",
            "POST /xms/v1/plan/groups/G1",
            "PUT /xms/v1/plan/groups/G1",
            "DELETE /xms/v1/plan/groups/G1",
        ]
    );
    for request in server.requests() {
        assert_eq!(request.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
        assert_eq!(request.header("user-agent"), Some(concat!("rollcall/", env!("CARGO_PKG_VERSION"))));
        assert_eq!(request.header("accept"), Some("application/json"));
        let has_body = matches!(request.method.as_str(), "POST" | "PUT");
        assert_eq!(request.header("content-type"), has_body.then_some("application/json"));
    }
    assert_eq!(client.stats(), RequestStats { sent: 7, ..RequestStats::default() });
}

#[tokio::test]
async fn older_accounts_and_later_fields_are_read_loosely() {
    let bodies = [
        r#"{"id":"short","size":72,"created_at":"2016-10-02T09:34:28.542Z","modified_at":"2016-10-02T09:34:28.542Z"}"#,
        r#"{"id":"G","name":"n","child_groups":["A","B"],"auto_update":{"to":12015550199,"add":{"first_word":"JOIN","second_word":"US"}}}"#,
        r#"{"id":"G","name":null,"size":null,"child_groups":null,"auto_update":null,"members":"later"}"#,
        r#"{"id":"G","auto_update":{"to":"12345","add":"JOIN","remove":"LEAVE"}}"#,
    ];
    let server = Server::playing(bodies.map(|body| answer(200, body)).to_vec()).await;
    let client = server.client();
    let mut groups = Vec::new();
    for _ in bodies {
        groups.push(client.retrieve(&GroupId::new("G")).await.unwrap());
    }
    assert_eq!((groups[0].size, groups[0].name.as_deref()), (Some(72), None));
    let words = groups[1].auto_update.as_ref().unwrap();
    assert_eq!(
        (words.to().as_deref(), words.add_words()),
        (Some("12015550199"), vec!["JOIN".to_owned(), "US".to_owned()])
    );
    assert!(groups[2].child_groups.is_empty() && groups[2].auto_update.is_none());
    assert_eq!(groups[3].auto_update.as_ref().unwrap().remove_words(), ["LEAVE"]);

    let server =
        Server::playing(vec![answer(200, r#"{"count":0,"page":0,"page_size":0,"groups":null,"next":1}"#)]).await;
    assert!(server.client().list(0, 1).await.unwrap().groups.is_empty());
}

#[tokio::test]
async fn an_id_cannot_lead_the_request_astray() {
    let server = Server::playing(vec![answer(404, "")]).await;
    let client = server.client();
    // What a URL's path would resolve or drop is not sent at all: `POST /groups/..` would make a group.
    for id in ["", ".", "..", ".\t.", "a\n"] {
        let error = client.update(&GroupId::new(id), &GroupUpdate::default()).await.unwrap_err();
        assert_eq!((error.class, server.count()), (ErrorClass::NotFound, 0), "{id:?}");
    }
    for id in ["../../admin", "a?b=c#d", "ü b", "%2e%2e"] {
        let error = client.retrieve(&GroupId::new(id)).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::NotFound);
    }
    let targets: Vec<String> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(
        targets,
        [
            "/xms/v1/plan/groups/..%2F..%2Fadmin",
            "/xms/v1/plan/groups/a%3Fb=c%23d",
            "/xms/v1/plan/groups/%C3%BC%20b",
            "/xms/v1/plan/groups/%252e%252e",
        ]
    );
}
