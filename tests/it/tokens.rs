//! API tokens: made, limited, listed and ended, as a browser without script does it.

use axum::body::Body;
use http::StatusCode;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::stage::{Browser, Page, Stage};

const HERE: &str = "/o/amani-wash/admin/tokens";
const ORG: (&str, &str) = ("org", "amani-wash");
const BACK: (&str, &str) = ("back", HERE);

/// Makes a token by the form; the page that shows it once.
async fn make(browser: &mut Browser, fields: &[(&str, &str)]) -> Page {
    let all: Vec<_> = [ORG, BACK, ("name", "nightly import"), ("lifetime", "30")].into_iter().chain(fields.iter().copied()).collect();
    let page = browser.post("/fn/tokens/create", &all).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    browser.get(page.location.split('#').next().unwrap()).await
}

fn token_of(page: &Page) -> String {
    let at = page.body.find("kipimo_pat_").unwrap_or_else(|| panic!("no token: {}", page.body));
    page.body[at..at + 47].to_owned()
}

async fn call(stage: &Stage, token: &str, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(if body.is_null() { Body::empty() } else { Body::from(body.to_string()) })
        .unwrap();
    let response = stage.site().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

#[tokio::test]
async fn a_token_is_shown_once_and_carries_what_it_is_for() {
    let stage = Stage::new().await;
    let mut meal = Browser::new(&stage);
    meal.sign_in(&stage, "meal@amani.test").await;
    let page = make(&mut meal, &[("scope-read", "yes")]).await;
    let token = token_of(&page);
    assert!(!meal.get(HERE).await.body.contains(&token), "never again");
    assert!(meal.get(HERE).await.body.contains(&token[43..]), "but for its end");
    let wells = stage.project("meal@amani.test", "wells").await;
    assert_eq!(call(&stage, &token, "GET", "/projects", Value::Null).await.0, StatusCode::OK);
    assert_eq!(call(&stage, &token, "GET", &format!("/projects/{wells}/tracking"), Value::Null).await.0, StatusCode::OK);
    let review = json!({"values": "all", "decision": "verified"});
    assert_eq!(call(&stage, &token, "POST", &format!("/projects/{wells}/reviews"), review.clone()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(call(&stage, &token, "GET", "/audit", Value::Null).await.0, StatusCode::FORBIDDEN);
    assert_eq!(call(&stage, &token, "POST", &format!("/projects/{wells}/values"), json!({"values": []})).await.0, StatusCode::FORBIDDEN);
    // the signed token for it says and carries the same
    let (status, signed) = call(&stage, "", "POST", "/token", json!({"token": token})).await;
    assert_eq!(status, StatusCode::OK, "{signed}");
    let signed = signed["access_token"].as_str().unwrap();
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(signed).unwrap().claims;
    assert_eq!(claims["scope"], "read");
    assert_eq!(call(&stage, signed, "GET", "/projects", Value::Null).await.0, StatusCode::OK);
    assert_eq!(call(&stage, signed, "GET", "/audit", Value::Null).await.0, StatusCode::FORBIDDEN);
    let with_audit = token_of(&make(&mut meal, &[("scope-audit", "yes")]).await);
    assert_eq!(call(&stage, &with_audit, "GET", "/audit", Value::Null).await.0, StatusCode::OK);
    assert_eq!(call(&stage, &with_audit, "GET", "/projects", Value::Null).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_token_keeps_to_its_projects() {
    let stage = Stage::new().await;
    let mut meal = Browser::new(&stage);
    meal.sign_in(&stage, "meal@amani.test").await;
    let (wells, camps) = (stage.project("meal@amani.test", "wells").await, stage.project("meal@amani.test", "camps").await);
    let field = format!("project-{wells}");
    let token = token_of(&make(&mut meal, &[("scope-read", "yes"), ("scope-audit", "yes"), (&field, "yes")]).await);
    let (_, listed) = call(&stage, &token, "GET", "/projects", Value::Null).await;
    let codes: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["wells"]);
    assert_eq!(call(&stage, &token, "GET", &format!("/projects/{wells}"), Value::Null).await.0, StatusCode::OK);
    assert_eq!(call(&stage, &token, "GET", &format!("/projects/{camps}"), Value::Null).await.0, StatusCode::NOT_FOUND);
    let (_, log) = call(&stage, &token, "GET", "/audit?limit=200", Value::Null).await;
    assert!(!log.to_string().contains("\"camps\""), "{log}");
    // of no project that is not theirs, or of nobody's
    for id in [uuid::Uuid::new_v4().to_string(), stage.project("meal@baraka.test", "clinics").await.to_string()] {
        let field = format!("project-{id}");
        assert!(!make(&mut meal, &[("scope-read", "yes"), (&field, "yes")]).await.body.contains("kipimo_pat_"), "{id}");
    }
}

#[tokio::test]
async fn a_token_ends_at_once_by_its_owner_or_who_manages() {
    let stage = Stage::new().await;
    let (mut meal, mut admin) = (Browser::new(&stage), Browser::new(&stage));
    meal.sign_in(&stage, "meal@amani.test").await;
    admin.sign_in(&stage, "admin@amani.test").await;
    for by_admin in [false, true] {
        let token = token_of(&make(&mut meal, &[("scope-read", "yes")]).await);
        let (_, signed) = call(&stage, "", "POST", "/token", json!({"token": token})).await;
        let signed = signed["access_token"].as_str().unwrap();
        let page = if by_admin { admin.get(HERE).await } else { meal.get(HERE).await };
        let id = page.body.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let mut pm = Browser::new(&stage);
        pm.sign_in(&stage, "pm@amani.test").await;
        assert_eq!(pm.post("/fn/tokens/revoke", &[ORG, ("token", id)]).await.status, StatusCode::NOT_FOUND, "another's");
        let browser = if by_admin { &mut admin } else { &mut meal };
        assert!(browser.post("/fn/tokens/revoke", &[ORG, BACK, ("token", id)]).await.location.contains("notice=token-revoked"));
        assert_eq!(call(&stage, &token, "GET", "/projects", Value::Null).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(call(&stage, signed, "GET", "/projects", Value::Null).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(browser.post("/fn/tokens/revoke", &[ORG, ("token", id)]).await.status, StatusCode::NOT_FOUND, "once");
    }
    assert_eq!(stage.count("audit.event where action in ('api_token.created', 'api_token.revoked')").await, 4);
}

#[tokio::test]
async fn a_token_goes_no_further_than_its_owner_without_a_second_factor() {
    let stage = Stage::new().await;
    let mut meal = Browser::new(&stage);
    meal.sign_in(&stage, "meal@amani.test").await;
    let token = token_of(&make(&mut meal, &[("scope-read", "yes")]).await);
    let (_, signed) = call(&stage, "", "POST", "/token", json!({"token": token})).await;
    let signed = signed["access_token"].as_str().unwrap();
    let in_project =
        "update app.project_member set role = 'viewer' where membership_id in (select m.id from app.membership m join auth.user_account u
      on u.id = m.user_id and u.email = 'meal@amani.test')";
    stage.run(in_project).await;
    for (roles, expected) in [
        ("update app.tenant set second_factor_roles = '{}'", StatusCode::OK),
        ("update app.tenant set second_factor_roles = '{meal_officer}'", StatusCode::UNAUTHORIZED),
        ("update app.tenant set second_factor_roles = '{field_officer}'", StatusCode::OK),
        ("update app.tenant set second_factor_roles = '{viewer}'", StatusCode::UNAUTHORIZED),
    ] {
        stage.run(roles).await;
        for token in [token.as_str(), signed] {
            assert_eq!(call(&stage, token, "GET", "/projects", Value::Null).await.0, expected, "{roles}");
        }
    }
    let enrolled = "update auth.user_account u set totp_secret = a.totp_secret, totp_confirmed_at = now() from auth.user_account a
      where u.email = 'meal@amani.test' and a.email = 'admin@amani.test'";
    stage.run(enrolled).await;
    assert_eq!(call(&stage, &token, "GET", "/projects", Value::Null).await.0, StatusCode::OK, "and has one now");
}

#[tokio::test]
async fn what_a_token_cannot_be_is_refused() {
    let stage = Stage::new().await;
    let mut meal = Browser::new(&stage);
    meal.sign_in(&stage, "meal@amani.test").await;
    for fields in [
        vec![],
        vec![("scope-everything", "yes")],
        vec![("scope-read", "yes"), ("lifetime", "366")],
        vec![("scope-read", "yes"), ("lifetime", "0")],
        vec![("scope-read", "yes"), ("lifetime", "ninety")],
        vec![("scope-read", "yes"), ("name", "")],
    ] {
        let mut all: std::collections::BTreeMap<_, _> = [ORG, BACK, ("name", "n"), ("lifetime", "30")].into();
        all.extend(fields.iter().copied());
        let page = meal.post("/fn/tokens/create", &all.into_iter().collect::<Vec<_>>()).await;
        assert!(page.location.contains("flash="), "{fields:?}");
    }
    assert_eq!(stage.count("app.api_token").await, 0);
    // nobody has a heap of them
    stage
        .run(
            "insert into app.api_token (tenant_id, id, name, membership_id, token_hash, last_four, generation, expires_at, scopes)
             select m.tenant_id, gen_random_uuid(), 'n', m.id, sha256(i::text::bytea), 'abcd', u.generation, now() + interval '1 day', '{read}'
             from generate_series(1, 20) i, app.membership m join auth.user_account u on u.id = m.user_id where u.email = 'meal@amani.test'",
        )
        .await;
    assert!(!make(&mut meal, &[("scope-read", "yes")]).await.body.contains("kipimo_pat_"));
}

#[tokio::test]
async fn a_signed_token_is_taken_for_what_it_was_signed_as() {
    use base64::Engine;
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
    let base64 = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let stage = Stage::new().await;
    let token = server::demo::token(&stage.owner, "meal@amani.test").await.unwrap();
    let (_, given) = call(&stage, "", "POST", "/token", json!({"token": secrecy::ExposeSecret::expose_secret(&token)})).await;
    let good = given["access_token"].as_str().unwrap();
    assert_eq!(call(&stage, good, "GET", "/me", Value::Null).await.0, StatusCode::OK);
    let [head, body, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let read =
        |part: &str| -> Value { serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let (header, claims) = (read(head), read(body));
    let kid = header["kid"].as_str().unwrap();
    let request = http::Request::get("/.well-known/jwks.json").body(Body::empty()).unwrap();
    let api = server::http::api::ApiState {
        db: stage.db.clone(),
        trusted_proxies: std::sync::Arc::new(Vec::new()),
        public_url: stage.public_url.clone(),
    };
    let keys = server::http::api::well_known(api).oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    let keys: Value = serde_json::from_slice(&keys).unwrap();
    let public = keys["keys"][0]["x"].as_str().unwrap();
    let raw = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(public).unwrap();
    let hs256 = |secret: &[u8]| {
        let header = Header { kid: Some(kid.to_owned()), typ: Some("at+jwt".into()), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    let with_header = |header: Value| format!("{}.{body}.{signature}", base64(&header.to_string()));
    let with_claim = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        format!("{head}.{}.{signature}", base64(&claims.to_string()))
    };
    let forged = [
        format!("{}.{body}.", base64(&json!({"alg": "none", "typ": "at+jwt", "kid": kid}).to_string())),
        with_header(json!({"alg": "None", "typ": "at+jwt", "kid": kid})),
        hs256(&raw),
        hs256(public.as_bytes()),
        with_header(json!({"alg": "EdDSA", "typ": "JWT", "kid": kid})),
        with_header(json!({"alg": "EdDSA", "typ": "at+jwt", "kid": "../../dev/null"})),
        with_header(json!({"alg": "EdDSA", "typ": "at+jwt", "kid": kid, "jku": "http://127.0.0.1:1/keys", "jwk": keys["keys"][0]})),
        with_claim("sub", json!(uuid::Uuid::nil())),
        with_claim("exp", json!(9_999_999_999_u64)),
        with_claim("aud", json!("another")),
        with_claim("tid", json!(uuid::Uuid::nil())),
        format!("{head}.{body}"),
        format!("{head}.{body}.{signature}."),
    ];
    for forged in forged {
        let (status, answer) = call(&stage, &forged, "GET", "/me", Value::Null).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{forged} {answer}");
    }
    // nested or double: refused before anything is written
    let wells = stage.project("meal@amani.test", "wells").await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in
        [deep, r#"{"values":[],"values":[],"tenant_id":"x"}"#.to_owned(), r#"[{"indicator":"a","indicator":"b","period":"c"}]"#.to_owned()]
    {
        let request = http::Request::post(format!("/api/v1/projects/{wells}/values"))
            .header("authorization", format!("Bearer {good}"))
            .header("content-type", "application/json")
            .body(Body::from(body.clone()))
            .unwrap();
        let status = stage.site().oneshot(request).await.unwrap().status();
        assert!(status.is_client_error(), "{status} {}", &body[..20]);
    }
}
