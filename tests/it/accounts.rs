//! Passwords and addresses: what arrives by mail, and what people change about their own accounts.

use http::StatusCode;
use server::identity::letter_requests;
use server::mail::{Postman, Transport};

use crate::stage::{Browser, PASSWORD, Page, Stage};

pub const NEW: &str = "mnazi ziwa upepo kumi";

/// Every letter that waits, as it is sent.
pub async fn letters(stage: &Stage) -> Vec<String> {
    let directory = std::env::temp_dir().join(format!("kipimo-mail-{}", uuid::Uuid::now_v7()));
    let transport = Transport::files(&directory).unwrap();
    let postman = Postman::new(stage.db.clone(), transport, "Kipimo <kipimo@localhost>", "https://kipimo.test").unwrap();
    letter_requests::answer(&stage.db).await.unwrap();
    postman.send_due().await.unwrap();
    let mut files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let letters = files.iter().map(|path| std::fs::read_to_string(path).unwrap().replace("=\r\n", "").replace("=3D", "=")).collect();
    std::fs::remove_dir_all(&directory).unwrap();
    letters
}

/// How many letters tell of a changed password.
fn about_passwords(letters: &[String]) -> usize {
    letters.iter().filter(|letter| letter.contains("Subject: Your password for Kipimo was changed")).count()
}

/// The page without what differs from one answer to the next by its nature.
fn same(page: &Page) -> String {
    let mut parts = page.body.split("nonce=\"");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |all, rest| all + rest.split_once('"').unwrap().1)
}

/// The secret behind the first link of a page in a letter.
pub fn secret_in(letter: &str, page: &str) -> String {
    let link = letter.split(&format!("https://kipimo.test/{page}#")).nth(1).unwrap_or_else(|| panic!("no link to {page} in {letter}"));
    link.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}

pub async fn sign_in_with(stage: &Stage, email: &str, password: &str) -> Page {
    Browser::new(stage).post("/fn/sessions/open", &[("email", email), ("password", password), ("back", "/login")]).await
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_link_that_works_once() {
    let stage = Stage::new().await;
    let mut signed_in = Browser::new(&stage);
    signed_in.sign_in(&stage, "meal@amani.test").await;
    let mut browser = Browser::new(&stage);
    let page = browser.post("/fn/passwords/forgot", &[("email", "Meal@Amani.test"), ("back", "/forgot")]).await;
    assert_eq!(page.location, "/forgot?notice=letter-sent");
    let letter = letters(&stage).await.remove(0);
    assert!(letter.contains("To: meal@amani.test"), "{letter}");
    let secret = secret_in(&letter, "reset");

    for weak in ["short", "meal@amani.test meal", "aaaaaaaaaaaaaaaaaaaa"] {
        let page = browser.post("/fn/passwords/reset", &[("secret", &secret), ("new_password", weak), ("back", "/reset")]).await;
        let shown = browser.get(page.location.split('#').next().unwrap()).await;
        assert!(shown.body.contains("aria-invalid=\"true\"") && !shown.body.contains(weak) && !shown.body.contains(&secret), "{weak}");
    }
    // pasted as a whole link, as it stands in the letter
    let link = format!(" https://kipimo.test/reset#{secret}\n");
    let page = browser.post("/fn/passwords/reset", &[("secret", &link), ("new_password", NEW)]).await;
    assert_eq!(page.location, "/login?notice=password-reset");
    assert!(signed_in.get("/o/amani-wash").await.location.starts_with("/login"), "what was begun with the old one has ended");
    assert!(sign_in_with(&stage, "meal@amani.test", PASSWORD).await.location.contains("flash="), "the old one is wrong");
    assert_eq!(sign_in_with(&stage, "meal@amani.test", NEW).await.location, "/o/amani-wash");

    let again = browser.post("/fn/passwords/reset", &[("secret", &secret), ("new_password", NEW), ("back", "/reset")]).await;
    assert!(again.location.contains("flash="), "used up");
    assert_eq!(stage.count("audit.event where action = 'password.reset'").await, 1);
    assert_eq!(about_passwords(&letters(&stage).await), 1, "and the owner is told");
}

#[tokio::test]
async fn asking_for_a_link_tells_nobody_whether_there_is_an_account() {
    let stage = Stage::new().await;
    let mut answers = Vec::new();
    for email in ["meal@amani.test", "nobody@amani.test"] {
        let page = Browser::new(&stage).post("/fn/passwords/forgot", &[("email", email), ("back", "/forgot")]).await;
        answers.push((page.status, page.location, page.body));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(stage.count("auth.letter_request").await, 2, "both are noted alike");
    assert_eq!(stage.count("auth.letter_request where position('amani'::bytea in sealed) > 0").await, 0);
    assert_eq!(letters(&stage).await.len(), 1, "one is written to");
    // an address is not flooded with letters
    let mut limited = 0;
    for _ in 0..5 {
        let page = Browser::new(&stage).post("/fn/passwords/forgot", &[("email", "meal@amani.test"), ("back", "/forgot")]).await;
        limited += usize::from(page.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(limited, 3);
}

#[tokio::test]
async fn unknown_used_and_expired_links_are_one_answer() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.post("/fn/passwords/forgot", &[("email", "meal@amani.test")]).await;
    let secret = secret_in(&letters(&stage).await[0], "reset");
    stage.run("update auth.one_time_secret set expires_at = now() - interval '1 second', created_at = now() - interval '1 hour'").await;
    let mut shown = Vec::new();
    for secret in [secret.as_str(), "unknown", ""] {
        let page = browser.post("/fn/passwords/reset", &[("secret", secret), ("new_password", NEW), ("back", "/reset")]).await;
        assert!(page.location.starts_with("/reset?flash="), "{}", page.location);
        shown.push(same(&browser.get(page.location.split('#').next().unwrap()).await));
    }
    assert!(shown.iter().all(|body| body == &shown[0]));
    assert_eq!(sign_in_with(&stage, "meal@amani.test", PASSWORD).await.location, "/o/amani-wash", "nothing was changed");
}

#[tokio::test]
async fn asking_again_makes_no_link_worthless_and_using_one_ends_all() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    for _ in 0..2 {
        browser.post("/fn/passwords/forgot", &[("email", "meal@amani.test")]).await;
    }
    let sent = letters(&stage).await;
    let (one, two) = (secret_in(&sent[0], "reset"), secret_in(&sent[1], "reset"));
    assert!(browser.post("/fn/passwords/reset", &[("secret", &one), ("new_password", NEW)]).await.location.starts_with("/login"));
    let page = browser.post("/fn/passwords/reset", &[("secret", &two), ("new_password", NEW), ("back", "/reset")]).await;
    assert!(page.location.contains("flash="));
}

#[tokio::test]
async fn a_reset_does_not_get_past_the_second_factor() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.post("/fn/passwords/forgot", &[("email", "admin@amani.test")]).await;
    let secret = secret_in(&letters(&stage).await[0], "reset");
    // twelve characters are enough beside a second factor
    assert!(
        browser.post("/fn/passwords/reset", &[("secret", &secret), ("new_password", "mnazi ziwa 12")]).await.location.starts_with("/login")
    );
    assert!(sign_in_with(&stage, "admin@amani.test", "mnazi ziwa 12").await.location.starts_with("/login/code"));
}

#[tokio::test]
async fn one_link_used_twice_at_once_sets_one_password() {
    let stage = Stage::new().await;
    let mut one = Browser::new(&stage);
    one.post("/fn/passwords/forgot", &[("email", "meal@amani.test")]).await;
    let secret = secret_in(&letters(&stage).await[0], "reset");
    let mut two = Browser::new(&stage);
    let other = format!("{NEW} mbili");
    let (first, second) =
        ([("secret", secret.as_str()), ("new_password", NEW)], [("secret", secret.as_str()), ("new_password", other.as_str())]);
    let (a, b) = tokio::join!(one.post("/fn/passwords/reset", &first), two.post("/fn/passwords/reset", &second));
    let taken = [a.location, b.location].iter().filter(|location| location.starts_with("/login")).count();
    assert_eq!(taken, 1);
    assert_eq!(stage.count("audit.event where action = 'password.reset'").await, 1);
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let mut elsewhere = Browser::new(&stage);
    elsewhere.sign_in(&stage, "meal@amani.test").await;
    let program = stage.program("meal@amani.test").await;
    let back = ("back", "/settings/security");
    let wrong = browser.post("/fn/passwords/change", &[("password", "wrong"), ("new_password", NEW), back]).await;
    assert!(wrong.location.contains("flash="));
    let right = browser.post("/fn/passwords/change", &[("password", PASSWORD), ("new_password", NEW), back]).await;
    assert_eq!(right.location, "/settings/security?notice=password-changed");
    assert_eq!(browser.get("/o/amani-wash").await.status, StatusCode::OK);
    assert!(elsewhere.get("/o/amani-wash").await.location.starts_with("/login"));
    assert_eq!(program.get("/me").await.0, StatusCode::UNAUTHORIZED, "tokens end with it");
    assert_eq!(sign_in_with(&stage, "meal@amani.test", NEW).await.location, "/o/amani-wash");
    assert_eq!(about_passwords(&letters(&stage).await), 1, "and the owner is told");
}

#[tokio::test]
async fn an_address_is_changed_by_a_link_to_the_new_one_and_both_are_told() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let back = ("back", "/settings/account");
    browser.post("/fn/emails/change", &[("email", "juma@amani.test"), back]).await;
    let sent = letters(&stage).await;
    assert_eq!(sent.len(), 2);
    let link = sent.iter().find(|letter| letter.contains("To: juma@amani.test")).unwrap();
    assert!(sent.iter().any(|letter| letter.contains("To: meal@amani.test")));
    let secret = secret_in(link, "settings/email");

    let mut stranger = Browser::new(&stage);
    stranger.sign_in(&stage, "pm@amani.test").await;
    let page = stranger.post("/fn/emails/confirm", &[("secret", &secret), ("back", "/settings/email")]).await;
    assert!(page.location.contains("flash="), "another's link is no link");
    let page = browser.post("/fn/emails/confirm", &[("secret", &secret)]).await;
    assert_eq!(page.location, "/settings/account?notice=email-changed");
    assert_eq!(sign_in_with(&stage, "juma@amani.test", PASSWORD).await.location, "/o/amani-wash");
    assert!(sign_in_with(&stage, "meal@amani.test", PASSWORD).await.location.contains("flash="));
    let told = letters(&stage).await;
    assert!(told.iter().any(|l| l.contains("To: meal@amani.test")) && told.iter().any(|l| l.contains("To: juma@amani.test")));
}

#[tokio::test]
async fn an_address_of_somebody_else_is_not_taken() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    browser.post("/fn/emails/change", &[("email", "pm@amani.test"), ("back", "/settings/account")]).await;
    let sent = letters(&stage).await;
    let secret = secret_in(sent.iter().find(|letter| letter.contains("To: pm@amani.test")).unwrap(), "settings/email");
    let page = browser.post("/fn/emails/confirm", &[("secret", &secret), ("back", "/settings/email")]).await;
    assert!(page.location.contains("flash="));
    assert_eq!(stage.count("auth.user_account where email in ('pm@amani.test', 'meal@amani.test')").await, 2);
}

#[tokio::test]
async fn name_and_language_are_ones_own() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let back = ("back", "/settings/account");
    browser.post("/fn/accounts/update", &[("name", "Juma K."), ("locale", "sw"), back]).await;
    assert!(browser.get("/settings/account").await.body.contains("Juma K."));
    let page = browser.post("/fn/accounts/update", &[("name", ""), ("locale", "xx"), back]).await;
    assert!(page.location.contains("flash="));
    assert_eq!(stage.count("auth.user_account where name = 'Juma K.' and locale = 'sw'").await, 1);
}

#[tokio::test]
async fn what_anybody_may_send_is_small() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    let huge = "x".repeat(10 * 1024 * 1024);
    let large = "x".repeat(9 * 1024);
    for form in ["sessions/open", "passwords/forgot", "passwords/reset", "invitations/join", "accounts/set-up", "step-up/prove"] {
        for text in [&large, &huge] {
            let page = browser.post(&format!("/fn/{form}"), &[("password", text), ("new_password", text), ("secret", text)]).await;
            assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE, "{form} {}", text.len());
        }
    }
    // pages that are posted to take no more, whoever sends it
    for page in ["wells/iati", "wells/export", "wells/export/framework"] {
        let page = browser.post(&format!("/o/amani-wash/projects/{page}"), &[("as", &huge)]).await;
        assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    }
    assert_eq!(browser.post("/o/amani-wash/audit/export", &[("action", &huge)]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    for odd in ["\u{202e}admin@amani.test", "a\u{0}b@amani.test", "admin@amani.test\r\nBcc: x@y.z"] {
        let page = browser.post("/fn/passwords/forgot", &[("email", odd), ("back", "/forgot")]).await;
        assert!(page.location.contains("flash=") || page.status == StatusCode::BAD_REQUEST, "{odd:?} {}", page.location);
    }
    assert!(letters(&stage).await.is_empty());
}

#[tokio::test]
async fn links_that_were_asked_for_die_with_a_change() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let mut nobody = Browser::new(&stage);
    nobody.post("/fn/passwords/forgot", &[("email", "meal@amani.test")]).await;
    let old = secret_in(&letters(&stage).await[0], "reset");
    browser.post("/fn/passwords/change", &[("password", PASSWORD), ("new_password", NEW), ("back", "/settings/security")]).await;
    let page = nobody.post("/fn/passwords/reset", &[("secret", &old), ("new_password", PASSWORD), ("back", "/reset")]).await;
    assert!(page.location.contains("flash="), "of before the password was changed");

    nobody.post("/fn/passwords/forgot", &[("email", "meal@amani.test")]).await;
    let old = secret_in(letters(&stage).await.iter().find(|letter| letter.contains("/reset#")).unwrap(), "reset");
    browser.post("/fn/emails/change", &[("email", "juma@amani.test"), ("back", "/settings/account")]).await;
    let sent = letters(&stage).await;
    let secret = secret_in(sent.iter().find(|letter| letter.contains("To: juma@amani.test")).unwrap(), "settings/email");
    stage.run("update auth.session set stepped_up_at = now() - interval '1 hour'").await;
    browser.post("/fn/emails/confirm", &[("secret", &secret)]).await;
    let page = nobody.post("/fn/passwords/reset", &[("secret", &old), ("new_password", PASSWORD), ("back", "/reset")]).await;
    assert!(page.location.contains("flash="), "sent to the address of before");
    let page = browser.post("/fn/factors/offer", &[("back", "/settings/security")]).await;
    assert!(page.location.starts_with("/settings/confirm"), "a link is no proof: {}", page.location);
}

#[tokio::test]
async fn a_new_password_makes_strangers_of_the_browsers_that_knew_the_old_one() {
    let stage = Stage::new().await;
    let mut thief = Browser::new(&stage);
    thief.sign_in(&stage, "meal@amani.test").await;
    let mut owner = Browser::new(&stage);
    owner.post("/fn/passwords/forgot", &[("email", "meal@amani.test")]).await;
    let secret = secret_in(&letters(&stage).await[0], "reset");
    owner.post("/fn/passwords/reset", &[("secret", &secret), ("new_password", NEW)]).await;
    letters(&stage).await;
    owner.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", NEW)]).await;
    assert!(letters(&stage).await.is_empty(), "the browser that had the mail is known");
    thief.post("/fn/sessions/open", &[("email", "meal@amani.test"), ("password", NEW)]).await;
    assert_eq!(letters(&stage).await.len(), 1, "the other is news");
}

#[tokio::test]
async fn what_nobody_types_fills_no_table() {
    let stage = Stage::new().await;
    let long = "x".repeat(7_000);
    // a minute's worth is let through, and on a slow machine as much again as it takes to ask for it
    let mut kept = 0;
    while Browser::new(&stage).post("/fn/passwords/forgot", &[("email", &long), ("back", "/forgot")]).await.status == StatusCode::SEE_OTHER
    {
        kept += 1;
        assert!(kept < 1000, "nothing stops it");
    }
    assert_eq!(stage.count("auth.flash where octet_length(body::text) > 2000").await, 0);
    stage.run("update auth.flash set expires_at = now() - interval '1 second'").await;
    stage.db.sweep().await.unwrap();
    assert_eq!(stage.count("auth.flash").await, 0);
}

#[tokio::test]
async fn a_password_is_taken_exactly_as_it_is_typed() {
    let stage = Stage::new().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in(&stage, "meal@amani.test").await;
    let typed = " Mnazi\tZIWA upepo kumi é ";
    let fields = [("password", PASSWORD), ("new_password", typed), ("back", "/settings/security")];
    assert!(browser.post("/fn/passwords/change", &fields).await.location.contains("notice=password-changed"));
    for other in [typed.trim(), &typed.to_lowercase(), &typed[..20]] {
        assert!(sign_in_with(&stage, "meal@amani.test", other).await.location.contains("flash="), "{other:?}");
    }
    // é as two characters is the same é: keyboards differ
    let composed = typed.replace('é', "e\u{301}");
    assert_eq!(sign_in_with(&stage, "meal@amani.test", &composed).await.location, "/o/amani-wash");
}
