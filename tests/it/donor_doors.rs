//! The doors of links: what is asked for beside a secret, who is no person, and what may be done inside.

use std::net::IpAddr;
use std::sync::Arc;

use http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use server::access::RequestFacts;
use server::donors::links::{self, LinkForm, NewLink};
use server::donors::portal::{self, Act, Look};
use server::identity::limits;
use server::kernel::error::Error;
use server::kernel::ids::RequestId;

use crate::accounts::letters;
use crate::donors::{link_as, outcomes, parts, show, token};
use crate::stage::{Browser, Page, Stage};

const PM: &str = "pm@amani.test";
const PASSCODE: &str = "mnazi ziwa";

fn locked() -> LinkForm<'static> {
    LinkForm { lock: "passcode", passcode: PASSCODE, ..LinkForm::to("A donor") }
}

fn mailed() -> LinkForm<'static> {
    LinkForm { lock: "mail_code", recipient_email: "programme@fund.test", ..LinkForm::to("A donor") }
}

/// A browser that has shown the secret and is asked for more.
async fn knocking(stage: &Stage, link: &NewLink) -> Browser {
    let (public_id, secret) = parts(link);
    let mut donor = Browser::new(stage);
    let page = show(&mut donor, &public_id, &secret).await;
    assert_eq!((page.status, page.location), (StatusCode::SEE_OTHER, format!("/d/{public_id}/key")));
    donor
}

async fn answer(donor: &mut Browser, link: &NewLink, field: &str, value: &str) -> Page {
    let (public_id, _) = parts(link);
    let back = format!("/d/{public_id}/key");
    donor.post("/fn/visits/prove", &[("public_id", &public_id), (field, value), ("back", &back)]).await
}

/// The code in the newest letter.
async fn code(stage: &Stage) -> String {
    let letters = letters(stage).await;
    let letter = letters.last().unwrap();
    assert!(letter.contains("programme@fund.test"), "{letter}");
    let subject = letter.split("Subject: ").nth(1).unwrap();
    subject.chars().take(6).collect()
}

async fn rolls(stage: &Stage) -> i64 {
    stage.count("app.donor_link where last_human_use is not null").await
}

#[tokio::test]
async fn a_passcode_is_asked_for_and_until_then_nothing_is_read() {
    let stage = Stage::new().await;
    let (_, link) = link_as(&stage, &locked()).await;
    assert!(link.passcode.is_none(), "who typed it knows it");
    assert_eq!(stage.count("app.donor_link where passcode_hash like '$argon2id$%'").await, 1);
    let mut donor = knocking(&stage, &link).await;
    assert_eq!(donor.get("/donor").await.status, StatusCode::NOT_FOUND);
    let (public_id, _) = parts(&link);
    let page = donor.get(&format!("/d/{public_id}/key")).await;
    assert!(page.body.contains("This report has a passcode") && !page.body.contains("Wells in 2025"), "{}", page.body);
    let wrong = answer(&mut donor, &link, "passcode", "mnazi mnazi").await;
    let page = donor.get(&wrong.location).await;
    assert!(page.body.contains("This passcode is not right.") && !page.body.contains("mnazi mnazi"), "{}", page.body);
    assert_eq!((rolls(&stage).await, outcomes(&stage, PM, &link).await), (0, vec!["bad_passcode".to_owned()]));
    let right = answer(&mut donor, &link, "passcode", &format!(" {PASSCODE} ")).await;
    assert_eq!(right.location, "/donor");
    assert!(donor.get("/donor").await.body.contains("Wells in 2025"));
    assert_eq!((rolls(&stage).await, outcomes(&stage, PM, &link).await), (1, vec!["ok".to_owned(), "bad_passcode".to_owned()]));
    // somebody who has shown nothing is led to the door, whatever they name
    let mut nobody = Browser::new(&stage);
    for id in [public_id.as_str(), "0000000000000000"] {
        assert_eq!(nobody.get(&format!("/d/{id}/key")).await.location, format!("/d/{id}"));
    }
    assert_eq!(answer(&mut nobody, &link, "passcode", PASSCODE).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_same_answer_sent_twice_opens_one_visit() {
    let stage = Stage::new().await;
    let (project, link) = link_as(&stage, &locked()).await;
    let mut donor = knocking(&stage, &link).await;
    let mut copy = Browser::new(&stage);
    donor.copy_cookies(&mut copy);
    assert_eq!(answer(&mut donor, &link, "passcode", PASSCODE).await.location, "/donor");
    assert_eq!(answer(&mut copy, &link, "passcode", PASSCODE).await.status, StatusCode::NOT_FOUND);
    // the same browser, which pressed twice, finds itself inside
    assert_eq!(answer(&mut donor, &link, "passcode", PASSCODE).await.location, "/donor");
    assert_eq!(stage.count("app.donor_visit").await, 1);
    // two at once
    let (mut one, mut other) = (knocking(&stage, &link).await, Browser::new(&stage));
    one.copy_cookies(&mut other);
    let (a, b) = tokio::join!(answer(&mut one, &link, "passcode", PASSCODE), answer(&mut other, &link, "passcode", PASSCODE));
    let opened = [a.status, b.status].iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
    assert_eq!((opened, stage.count("app.donor_visit").await), (1, 2));
    // and a chance dies with its link, as a visit does
    let mut late = knocking(&stage, &link).await;
    links::revoke(&stage.cx(PM).await, project, link.id, "no longer needed").await.unwrap();
    assert_eq!(answer(&mut late, &link, "passcode", PASSCODE).await.status, StatusCode::NOT_FOUND);
    assert_eq!(donor.get("/donor").await.status, StatusCode::NOT_FOUND);
    assert_eq!(outcomes(&stage, PM, &link).await[0], "revoked");
}

#[tokio::test]
async fn two_doors_at_a_time_stay_apart() {
    let stage = Stage::new().await;
    let (_, one) = link_as(&stage, &locked()).await;
    let (_, other) = link_as(&stage, &LinkForm { passcode: "samaki bahari", ..locked() }).await;
    let mut donor = knocking(&stage, &one).await;
    let (public_id, secret) = parts(&other);
    show(&mut donor, &public_id, &secret).await;
    assert_eq!(answer(&mut donor, &one, "passcode", PASSCODE).await.location, "/donor", "the first door is open still");
    assert_eq!(answer(&mut donor, &other, "passcode", "samaki bahari").await.location, format!("/donor/{public_id}"));
    // an answer of one opens no other
    let mut stranger = knocking(&stage, &one).await;
    assert_eq!(answer(&mut stranger, &other, "passcode", PASSCODE).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.count("app.donor_visit").await, 2);
}

#[tokio::test]
async fn wrong_passcodes_are_counted_for_the_chance_and_for_the_link() {
    let stage = Stage::new().await;
    let (_, link) = link_as(&stage, &locked()).await;
    let mut donor = knocking(&stage, &link).await;
    for _ in 0..5 {
        assert_eq!(answer(&mut donor, &link, "passcode", "not this one").await.status, StatusCode::SEE_OTHER);
    }
    let (public_id, _) = parts(&link);
    let used_up = answer(&mut donor, &link, "passcode", PASSCODE).await;
    assert_eq!(used_up.location, format!("/d/{public_id}?notice=door-answers"), "five answers a chance");
    assert!(donor.get(&used_up.location).await.body.contains("Open the link once more"));
    assert_eq!(donor.get(&format!("/d/{public_id}/key")).await.location, format!("/d/{public_id}"), "and it is forgotten");
    let mut again = knocking(&stage, &link).await;
    for _ in 0..4 {
        answer(&mut again, &link, "passcode", "not this one").await;
    }
    let limited = answer(&mut again, &link, "passcode", PASSCODE).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS, "ten answers a link from one network, then one a minute");
    assert!(limited.headers.contains_key("retry-after"));
    let log = outcomes(&stage, PM, &link).await;
    assert_eq!(log.iter().filter(|outcome| *outcome == "bad_passcode").count(), 9);
    assert_eq!(log.iter().filter(|outcome| *outcome == "rate_limited").count(), 2);
    assert_eq!((rolls(&stage).await, stage.count("app.donor_visit").await), (0, 0));
}

/// A chance to answer, from an address.
async fn chance(stage: &Stage, link: &NewLink, facts: &RequestFacts) -> SecretString {
    let (public_id, secret) = parts(link);
    let portal::Opened::Asked(knock) = portal::open(&stage.db, facts, &public_id, &SecretString::from(secret)).await.unwrap() else {
        panic!("it is locked")
    };
    knock
}

#[tokio::test]
async fn one_who_guesses_keeps_nobody_else_out() {
    let stage = Stage::new().await;
    let (_, link) = link_as(&stage, &locked()).await;
    let from = |net: u8| RequestFacts { id: RequestId::new(), ip: Some(IpAddr::from([10, net, 0, 1])), agent: None };
    let (guesser, reader) = (from(1), from(2));
    let (wrong, right) = (SecretString::from("not this one"), SecretString::from(PASSCODE));
    let mut limited = 0;
    for _ in 0..3 {
        let knock = chance(&stage, &link, &guesser).await;
        for _ in 0..5 {
            let refused = portal::prove(&stage.db, &guesser, knock.expose_secret(), &wrong).await;
            limited += i32::from(matches!(refused, Err(Error::Limited(_))));
        }
    }
    assert_eq!(limited, 5, "ten answers from one network");
    let knock = chance(&stage, &link, &reader).await;
    assert!(portal::prove(&stage.db, &reader, knock.expose_secret(), &right).await.is_ok());
    // from everywhere together there are limits too
    for _ in 0..100 {
        limits::count(&stage.db, limits::LINK_ANSWERS, &link.id.to_string()).await.unwrap();
    }
    let knock = chance(&stage, &link, &reader).await;
    assert!(matches!(portal::prove(&stage.db, &reader, knock.expose_secret(), &right).await, Err(Error::Limited(_))));
}

#[tokio::test]
async fn a_code_is_mailed_and_works_for_ten_minutes() {
    let stage = Stage::new().await;
    let (_, link) = link_as(&stage, &mailed()).await;
    let mut donor = knocking(&stage, &link).await;
    let first = code(&stage).await;
    assert!(first.bytes().all(|byte| byte.is_ascii_digit()), "{first}");
    let wrong = if first == "000000" { "000001" } else { "000000" };
    let page = answer(&mut donor, &link, "code", wrong).await;
    assert!(donor.get(&page.location).await.body.contains("or its ten minutes are over"));
    // another one stands in its place
    let (public_id, _) = parts(&link);
    let sent = donor.post("/fn/visits/send-code", &[("public_id", &public_id)]).await;
    assert_eq!(sent.location, format!("/d/{public_id}/key?notice=code-sent"));
    let second = code(&stage).await;
    if first != second {
        answer(&mut donor, &link, "code", &first).await;
        assert_eq!(stage.count("app.donor_visit").await, 0, "the earlier one is good no longer");
    }
    // once its time is over it opens nothing
    stage.run("update app.donor_knock set code_until = now()").await;
    answer(&mut donor, &link, "code", &second).await;
    assert_eq!(stage.count("app.donor_visit").await, 0);
    stage.run("update app.donor_knock set code_until = now() + interval '1 minute'").await;
    assert_eq!(answer(&mut donor, &link, "code", &second).await.location, "/donor");
    assert!(donor.get("/donor").await.body.contains("Wells in 2025"));
    // whoever has the link fills nobody's letter box
    let mut letters_sent = 2;
    for _ in 0..3 {
        let (id, secret) = parts(&link);
        letters_sent += i32::from(show(&mut Browser::new(&stage), &id, &secret).await.status == StatusCode::SEE_OTHER);
    }
    assert_eq!(letters_sent, 3);
}

#[tokio::test]
async fn a_link_opens_as_often_as_it_may() {
    let stage = Stage::new().await;
    let (_, link) = link_as(&stage, &LinkForm { max_views: "2", ..LinkForm::to("A donor") }).await;
    let (public_id, secret) = parts(&link);
    let mut first = Browser::new(&stage);
    assert_eq!(show(&mut first, &public_id, &secret).await.location, "/donor");
    let (mut one, mut other) = (Browser::new(&stage), Browser::new(&stage));
    let (a, b) = tokio::join!(show(&mut one, &public_id, &secret), show(&mut other, &public_id, &secret));
    let mut answers = [a.status, b.status];
    answers.sort();
    assert_eq!(answers, [StatusCode::SEE_OTHER, StatusCode::NOT_FOUND], "the last opening is one person's");
    assert_eq!(first.get("/donor").await.status, StatusCode::OK, "who is in stays in");
    let mut log = outcomes(&stage, PM, &link).await;
    log.sort();
    assert_eq!(log, ["no_views_left", "ok", "ok"]);
}

#[tokio::test]
async fn looking_beforehand_opens_nothing_and_leaves_no_trace() {
    let stage = Stage::new().await;
    let (_, link) = link_as(&stage, &LinkForm::to("A donor")).await;
    let (public_id, secret) = parts(&link);
    let mut scanner = Browser::new(&stage);
    let entrance = token(&mut scanner, &public_id).await;
    let form = |door: &str| format!("public_id={public_id}&secret={secret}&door={door}");
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let here = ("sec-fetch-site", "same-origin");
    for (method, path, headers, body) in [
        ("GET", format!("/d/{public_id}"), vec![], String::new()),
        ("HEAD", format!("/d/{public_id}"), vec![], String::new()),
        ("GET", format!("/d/{public_id}"), vec![("sec-purpose", "prefetch")], String::new()),
        // a form that was not taken from the door
        ("POST", "/fn/visits/open".to_owned(), vec![kind, here], form("")),
        ("POST", "/fn/visits/open".to_owned(), vec![kind, here], form(&"0".repeat(32))),
        // one that was, and is sent by what says that it is no person
        ("POST", "/fn/visits/open".to_owned(), vec![kind, here, ("user-agent", "Mozilla/5.0 (compatible; bingbot/2.0)")], form(&entrance)),
        ("POST", "/fn/visits/open".to_owned(), vec![kind, here, ("purpose", "prefetch")], form(&entrance)),
    ] {
        let page = scanner.ask(method, &path, &headers, &body).await;
        let expected = if method == "POST" { StatusCode::SEE_OTHER } else { StatusCode::OK };
        assert_eq!(page.status, expected, "{method} {headers:?}");
        assert!(page.location.is_empty() || page.location == format!("/d/{public_id}?notice=door-again"), "{}", page.location);
    }
    assert!(outcomes(&stage, PM, &link).await.is_empty());
    assert_eq!((rolls(&stage).await, stage.count("app.donor_visit").await), (0, 0));
    // the same for a link that nobody made
    let nowhere = [("public_id", "0000000000000000"), ("secret", "x")];
    assert_eq!(scanner.post("/fn/visits/open", &nowhere).await.location, "/d/0000000000000000?notice=door-again");
    // inside, what is fetched beforehand is shown and not written down
    let mut donor = Browser::new(&stage);
    show(&mut donor, &public_id, &secret).await;
    donor.ask("GET", "/donor", &[("sec-purpose", "prefetch")], "").await;
    donor.ask("HEAD", "/donor", &[], "").await;
    assert_eq!(stage.count("app.donor_link_access where kind = 'page'").await, 0);
    // what leaves the house is, whoever fetched it
    let paper = format!("/donor/{public_id}/report.pdf");
    assert_eq!(donor.ask("GET", &paper, &[("sec-purpose", "prefetch")], "").await.status, StatusCode::OK);
    assert_eq!(stage.count(&format!("app.donor_link_access where kind = 'download' and page = '{paper}'")).await, 1);
}

#[tokio::test]
async fn what_may_not_be_taken_out_is_refused_and_written_down() {
    let stage = Stage::new().await;
    let facts = Arc::new(RequestFacts { id: RequestId::new(), ip: None, agent: None });
    for (allow_download, outcome) in [(false, "no_download"), (true, "ok")] {
        let (_, link) = link_as(&stage, &LinkForm { allow_download, ..LinkForm::to("A donor") }).await;
        let (public_id, secret) = parts(&link);
        let opened = portal::open(&stage.db, &facts, &public_id, &SecretString::from(secret)).await.unwrap();
        let portal::Opened::Visit(visit) = opened else { panic!("nothing locks it") };
        let look = |what| Look { page: "/donor/figures.csv", what, is_noted: true };
        let page = portal::authenticate(&stage.db, visit.expose_secret(), Arc::clone(&facts), look(Act::Page)).await.unwrap();
        assert_eq!(page.map(|visited| visited.allow_download), Some(allow_download));
        let taken = portal::authenticate(&stage.db, visit.expose_secret(), Arc::clone(&facts), look(Act::Figures)).await.unwrap();
        assert_eq!(taken.is_some(), allow_download);
        let written = format!("app.donor_link_access where kind = 'download' and outcome = '{outcome}' and page = '/donor/figures.csv'");
        assert_eq!(stage.count(&written).await, 1);
        // the report itself is whose reading it is, and that it was taken is written down all the same
        let copy = Look { page: "/donor/report.pdf", what: Act::Copy, is_noted: true };
        let kept = portal::authenticate(&stage.db, visit.expose_secret(), Arc::clone(&facts), copy).await.unwrap();
        assert!(kept.is_some());
        let of_link = format!(
            "app.donor_link_access where kind = 'download' and outcome = 'ok' and page = '/donor/report.pdf' and link_id = '{}'",
            link.id
        );
        assert_eq!(stage.count(&of_link).await, 1);
    }
}
