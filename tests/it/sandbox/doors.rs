//! Who comes in.

use std::time::Duration;

use reqwest::header::WWW_AUTHENTICATE;
use rollcall::sandbox::{OauthKey, SandboxError, Secret, Settings};

use super::*;

fn with_key(token_lifetime: Duration) -> Settings {
    let key = OauthKey { id: "key-id".to_owned(), secret: Secret::new("key-secret") };
    Settings { key: Some(key), token_lifetime, ..Settings::default() }
}

/// Asks for a token as the provider documents it.
async fn ask(world: &World, user: &str, secret: &str, form: &'static str) -> Answer {
    let request = world
        .http
        .post(format!("{}/oauth2/token", world.sandbox.auth_url()))
        .basic_auth(user, Some(secret))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form);
    finish(request).await.unwrap()
}

async fn list_with(world: &World, url: &str, authorization: Option<String>) -> Answer {
    let mut request = world.http.get(format!("{url}/groups"));
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    finish(request).await.unwrap()
}

const FORM: &str = "grant_type=client_credentials";

#[tokio::test]
async fn only_the_plans_token_comes_in() {
    let settings = Settings { plan: "plan-1".to_owned(), token: Secret::new("right"), ..Settings::default() };
    let world = World::new(settings).await;
    let base = world.sandbox.base_url();
    assert!(base.ends_with("/xms/v1/plan-1") && base.starts_with("http://127.0.0.1:"), "{base}");
    let other_plan = base.replace("plan-1", "plan-2");
    assert_eq!(list_with(&world, &base, Some("Bearer right".to_owned())).await.status, 200);
    for (url, authorization, expected) in [
        (&base, None, "missing"),
        (&base, Some("Basic right"), "missing"),
        (&base, Some("Bearer wrong"), "not valid for this service plan"),
        (&base, Some("Bearer "), "missing"),
        (&other_plan, Some("Bearer right"), "not valid for this service plan"),
    ] {
        let answer = list_with(&world, url, authorization.map(str::to_owned)).await;
        assert_eq!(answer.status, 401, "{url} {authorization:?}");
        assert!(answer.json()["text"].as_str().unwrap().contains(expected), "{}", answer.text);
        let challenge = answer.headers[WWW_AUTHENTICATE].to_str().unwrap();
        assert!(challenge.starts_with("Bearer ") && !challenge.contains("expired"), "{challenge}");
    }
}

#[tokio::test]
async fn a_key_gets_a_token_that_works_beside_the_plans_own() {
    let world = World::new(with_key(Duration::from_mins(30))).await;
    let answer = ask(&world, "key-id", "key-secret", FORM).await;
    let issued = answer.ok();
    assert_eq!((&issued["expires_in"], &issued["token_type"]), (&json!(1800), &json!("bearer")));
    let token = issued["access_token"].as_str().unwrap();
    let base = world.sandbox.base_url();
    assert_eq!(list_with(&world, &base, Some(format!("Bearer {token}"))).await.status, 200);
    assert_eq!(world.get("/groups").await.status, 200);
    let again = ask(&world, "key-id", "key-secret", FORM).await.ok();
    assert_ne!(again["access_token"], issued["access_token"]);
}

#[tokio::test]
async fn an_expired_token_is_called_so() {
    let world = World::new(with_key(Duration::ZERO)).await;
    let issued = ask(&world, "key-id", "key-secret", FORM).await.ok();
    let token = issued["access_token"].as_str().unwrap();
    let answer = list_with(&world, &world.sandbox.base_url(), Some(format!("Bearer {token}"))).await;
    assert_eq!(answer.status, 401);
    assert!(answer.headers[WWW_AUTHENTICATE].to_str().unwrap().contains("expired"));
}

#[tokio::test]
async fn a_wrong_key_or_form_gets_no_token() {
    let world = World::new(with_key(Duration::from_mins(1))).await;
    for (user, secret, form, status, error) in [
        ("key-id", "other", FORM, 401, "invalid_client"),
        ("other", "key-secret", FORM, 401, "invalid_client"),
        ("key-id", "key-secret", "grant_type=password", 400, "unsupported_grant_type"),
        ("key-id", "key-secret", "", 400, "unsupported_grant_type"),
    ] {
        let answer = ask(&world, user, secret, form).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["error"]),
            (status, &json!(error)),
            "{user} {secret} {form}"
        );
    }
    let url = format!("{}/oauth2/token", world.sandbox.auth_url());
    assert_eq!(finish(world.http.get(&url)).await.unwrap().status, 405);
    let json = world.http.post(&url).basic_auth("key-id", Some("key-secret")).body(FORM);
    assert_eq!(finish(json).await.unwrap().status, 415);

    let keyless = World::plain().await;
    assert_eq!(ask(&keyless, "", "", FORM).await.status, 401, "without a key there are no tokens");
}

#[tokio::test]
async fn a_sandbox_that_others_can_reach_wants_a_token_of_its_own() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let open = Sandbox::start(Settings { listen, ..Settings::default() }).await.unwrap_err();
    assert!(matches!(open, SandboxError::Exposed(_)) && open.hint().unwrap().contains("--token"), "{open}");
    let own = Settings { listen, token: Secret::new("own"), ..Settings::default() };
    Sandbox::start(own).await.unwrap().stop().await;
}

#[tokio::test]
async fn a_plan_that_cannot_stand_in_a_url_is_refused() {
    for plan in ["", "a/b", "a b", "ü", "a?b"] {
        let error = Sandbox::start(Settings { plan: plan.to_owned(), ..Settings::default() }).await.unwrap_err();
        assert!(matches!(error, SandboxError::Plan(_)) && error.hint().unwrap().contains("--plan"), "{plan}");
    }
}

#[tokio::test]
async fn an_address_in_use_is_an_error_with_a_hint() {
    let world = World::plain().await;
    let taken = Settings { listen: world.sandbox.address(), ..Settings::default() };
    let error = Sandbox::start(taken).await.unwrap_err();
    assert!(matches!(error, SandboxError::Listen { .. }) && error.hint().unwrap().contains("--listen"), "{error}");
}
