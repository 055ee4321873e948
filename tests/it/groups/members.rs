//! Members of any number, read as they come in.

use rollcall::groups::{ErrorClass, GroupId, GroupsApi};
use rollcall::numbers::Msisdn;

use super::server::{Server, answer};

#[tokio::test]
async fn a_million_members_arrive_whole() {
    const COUNT: u64 = 1_000_000;
    let first = 12_015_000_000;
    let texts: Vec<String> = (0..COUNT).rev().map(|index| format!("\"{}\"", first + index)).collect();
    let server = Server::playing(vec![answer(200, &format!("[{}]", texts.join(",")))]).await;
    let members = server.client().members(&GroupId::new("G1")).await.unwrap();
    assert_eq!(members.len(), 1_000_000);
    assert!(members.iter().map(Msisdn::value).eq(first..first + COUNT));
}

#[tokio::test]
async fn an_element_that_is_no_number_is_named_by_its_place() {
    let server = Server::playing(vec![answer(200, r#"["12015550100","foo-12015550101"]"#)]).await;
    let error = server.client().members(&GroupId::new("G1")).await.unwrap_err();
    assert_eq!((error.class, server.count()), (ErrorClass::Stop, 1));
    assert_eq!(error.to_string(), "could not read a group's members: members[1] is not a phone number");
}
