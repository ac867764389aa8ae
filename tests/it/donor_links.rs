//! Links as the organisation keeps them: who sees which, renewed, replaced, revoked together, and told of before they end.

use http::StatusCode;
use secrecy::ExposeSecret;
use server::donors::console::{self, Filter};
use server::donors::links::{self, LinkForm};
use server::donors::register::{self, DonorForm};
use server::donors::reminders;
use server::donors::several::{self, Revoked, Several};
use server::kernel::error::Error;
use server::kernel::ids::{DonorId, DonorLinkId};
use sqlx::AssertSqlSafe;

use crate::accounts::letters;
use crate::donors::{age, link_as, parts, published, show};
use crate::stage::{Browser, Stage, signed_in, statements};

const LIST: &str = "/o/amani-wash/admin/donor-links";
const PM: &str = "pm@amani.test";
const ADMIN: &str = "admin@amani.test";

async fn opens(stage: &Stage, link: &links::NewLink) -> bool {
    let (public_id, secret) = parts(link);
    show(&mut Browser::new(stage), &public_id, &secret).await.status == StatusCode::SEE_OTHER
}

fn ids(board: &console::Board) -> Vec<DonorLinkId> {
    board.links.iter().map(|link| link.id).collect()
}

#[tokio::test]
async fn administrators_see_every_link_and_managers_their_own() {
    let stage = Stage::new().await;
    let (pm, admin) = (stage.cx(PM).await, stage.cx(ADMIN).await);
    let (project, snapshot) = published(&stage).await;
    let fund = DonorForm { donor_name: "The Fund", donor_short_name: "TF", ..DonorForm::default() };
    let mine = links::create(&pm, project, snapshot, &LinkForm { donor: fund, ..LinkForm::to("Mine") }).await.unwrap();
    let theirs = links::create(&admin, project, snapshot, &LinkForm::to("Theirs")).await.unwrap();
    assert_eq!(ids(&console::board(&admin, &Filter::default()).await.unwrap()), [theirs.id, mine.id]);
    assert_eq!(ids(&console::board(&pm, &Filter::default()).await.unwrap()), [mine.id]);
    assert!(matches!(console::one(&pm, theirs.id).await, Err(Error::NotFound)));
    assert!(matches!(links::revoke(&pm, project, theirs.id, "not mine").await, Err(Error::NotFound)));
    assert!(matches!(links::renew(&pm, project, theirs.id).await, Err(Error::NotFound)));
    assert!(matches!(links::rotate(&pm, project, theirs.id).await, Err(Error::NotFound)));
    let both = [mine.id, theirs.id];
    assert_eq!(several::revoke(&pm, Several::Chosen(&both), "those that are mine").await.unwrap(), Revoked { revoked: 1, skipped: 1 });
    assert!(matches!(links::revoke(&pm, project, mine.id, "once more").await, Err(Error::Rule("link_ended"))));
    assert!(opens(&stage, &theirs).await && !opens(&stage, &mine).await);
    // filters: how it stands, whose it is, who made it
    let board = console::board(&admin, &Filter { state: "revoked".into(), ..Filter::default() }).await.unwrap();
    assert_eq!((ids(&board), board.links[0].donor.as_deref()), (vec![mine.id], Some("The Fund")));
    let (fund, maker) = (board.donors[0].id, board.makers.iter().find(|(_, name)| *name == board.links[0].by.clone().unwrap()).unwrap().0);
    for (filter, expected) in [
        (Filter { donor: Some(fund), ..Filter::default() }, vec![mine.id]),
        (Filter { by: Some(maker), ..Filter::default() }, vec![mine.id]),
        (Filter { state: "active".into(), ..Filter::default() }, vec![theirs.id]),
        (Filter { days: Some(90), ..Filter::default() }, vec![theirs.id]),
        (Filter { days: Some(14), ..Filter::default() }, vec![]),
        (Filter { project: Some(project), ..Filter::default() }, vec![theirs.id, mine.id]),
    ] {
        assert_eq!(ids(&console::board(&admin, &filter).await.unwrap()), expected, "{filter:?}");
    }
}

/// Two thousand more links like the one that there is.
async fn many(stage: &Stage) {
    let sql = "set session_replication_role = replica;
         insert into app.donor_link (tenant_id, id, project_id, snapshot_id, public_id, secret_hash, recipient_name, rolling_until, hard_until, created_by)
           select l.tenant_id, gen_random_uuid(), l.project_id, l.snapshot_id, 'many' || lpad(n::text, 12, '0'), sha256('x'), 'Donor ' || n,
             l.rolling_until, l.hard_until, l.created_by from app.donor_link l, generate_series(1, 2000) n;
         insert into app.donor_link_access (tenant_id, id, link_id, outcome)
           select tenant_id, gen_random_uuid(), id, 'wrong_secret' from app.donor_link;
         analyze";
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut stage.superuser().await).await.unwrap();
}

#[tokio::test]
async fn the_list_takes_as_many_statements_with_none_and_with_thousands_and_leads_through_all() {
    let stage = Stage::new().await;
    let mut admin = signed_in(&stage, ADMIN).await;
    let cost = async |admin: &mut Browser, path: &str| {
        // the first time a connection also learns types
        admin.get(path).await;
        let before = statements();
        let page = admin.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        (statements() - before, page.body)
    };
    let (none, body) = cost(&mut admin, LIST).await;
    assert!(body.contains("No link has been made yet"));
    let (_, link) = link_as(&stage, &LinkForm::to("A donor")).await;
    many(&stage).await;
    let (thousands, body) = cost(&mut admin, LIST).await;
    assert_eq!((none, thousands), (5, 5));
    assert_eq!(body.matches("type=\"checkbox\"").count(), console::PAGE);
    let one = cost(&mut admin, &format!("{LIST}/{}", link.id)).await.0;
    assert_eq!(one, 3);
    // page by page, each link once
    let cx = stage.cx(ADMIN).await;
    let (mut filter, mut seen) = (Filter::default(), std::collections::BTreeSet::new());
    loop {
        let board = console::board(&cx, &filter).await.unwrap();
        assert!(board.links.iter().all(|link| seen.insert(link.id)), "no link twice");
        match board.next {
            Some(next) => filter.after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen.len(), 2001);
    let page = admin.get(&format!("{LIST}?state=active&after={}", seen.first().unwrap())).await;
    assert!(page.body.contains("No link fits this filter"));
}

#[tokio::test]
async fn a_living_link_is_renewed_within_a_year_and_a_dead_one_stays_dead() {
    let stage = Stage::new().await;
    let (project, link) = link_as(&stage, &LinkForm::to("A donor")).await;
    let pm = stage.cx(PM).await;
    for _ in 0..4 {
        age(&stage, "80 days").await;
        links::renew(&pm, project, link.id).await.unwrap();
    }
    let (whole, _) = console::one(&pm, link.id).await.unwrap();
    assert_eq!(whole.ends, whole.hard_until, "never beyond a year");
    assert!(matches!(links::renew(&pm, project, link.id).await, Err(Error::Rule("link_at_its_end"))));
    let page = signed_in(&stage, PM).await.get(&format!("{LIST}/{}", link.id)).await.body;
    assert!(!page.contains("/fn/donor-links/renew") && page.contains("/fn/donor-links/rotate"), "nothing that would not help: {page}");
    letters(&stage).await;
    age(&stage, "32 days").await;
    reminders::tell_of_ends(&stage.db).await.unwrap();
    let letter = letters(&stage).await;
    assert!(letter.len() == 1 && letter[0].contains("cannot be renewed") && !letter[0].contains("Renew it"), "{letter:?}");
    assert!(whole.renewed.is_some());
    age(&stage, "12 days").await;
    assert!(opens(&stage, &link).await);
    age(&stage, "1 day").await;
    assert!(!opens(&stage, &link).await, "dead at 365");
    assert!(matches!(links::renew(&pm, project, link.id).await, Err(Error::Rule("link_ended"))));
    assert!(matches!(links::rotate(&pm, project, link.id).await, Err(Error::Rule("link_ended"))));
    assert_eq!(stage.count("audit.event where action = 'donor_link.renewed' and kind = 'act'").await, 4);
}

#[tokio::test]
async fn another_link_stands_in_the_place_of_one_with_what_is_left_of_it() {
    let stage = Stage::new().await;
    let form = LinkForm { max_views: "3", days: "30", ..LinkForm::to("A donor") };
    let (project, old) = link_as(&stage, &form).await;
    let pm = stage.cx(PM).await;
    assert!(opens(&stage, &old).await);
    let (public_id, secret) = parts(&old);
    let mut inside = Browser::new(&stage);
    show(&mut inside, &public_id, &secret).await;
    let before = console::one(&pm, old.id).await.unwrap().0;
    let new = links::rotate(&pm, project, old.id).await.unwrap();
    assert_eq!(inside.get("/donor").await.status, StatusCode::NOT_FOUND, "the old one is dead at once");
    assert!(!opens(&stage, &old).await);
    let after = console::one(&pm, new.id).await.unwrap().0;
    assert_eq!((after.max_views, after.days, after.rotated_from), (Some(1), 30, Some(old.id)));
    assert_eq!((after.ends, after.hard_until), (before.ends, before.hard_until), "no day is won by it");
    let kept = console::one(&pm, old.id).await.unwrap();
    assert_eq!((kept.0.replaced_by, kept.0.visits), (Some(new.id), 2), "and its history stays");
    assert!(opens(&stage, &new).await && !opens(&stage, &new).await);
    assert!(matches!(links::rotate(&pm, project, new.id).await, Err(Error::Rule("no_views_left"))));
    // on its page: the other link once, and the way back
    let (_, fresh) = link_as(&stage, &LinkForm::to("Another")).await;
    let mut browser = signed_in(&stage, PM).await;
    let (of, which) = (project.to_string(), fresh.id.to_string());
    let done = browser.post("/fn/donor-links/rotate", &[("org", "amani-wash"), ("project", &of), ("link", &which)]).await;
    let page = browser.get(&done.location).await.body;
    assert!(page.contains("Copy this link now") && page.contains("the link in whose place it stands"), "{page}");
    assert!(!browser.get(done.location.split('?').next().unwrap()).await.body.contains("Copy this link now"));
}

#[tokio::test]
async fn several_links_are_revoked_with_a_reason_and_so_are_all_of_a_donor() {
    let stage = Stage::new().await;
    let pm = stage.cx(PM).await;
    let (project, snapshot) = published(&stage).await;
    let fund = |name| DonorForm { donor_name: name, ..DonorForm::default() };
    let mut made = Vec::new();
    // the same donor, however it is written
    for name in ["The Fund", "the fund", "Another"] {
        made.push(links::create(&pm, project, snapshot, &LinkForm { donor: fund(name), ..LinkForm::to(name) }).await.unwrap());
    }
    assert_eq!(stage.count("app.donor").await, 2);
    let mut browser = signed_in(&stage, PM).await;
    let chosen = format!("link-{}", made[0].id);
    let refused = browser.post("/fn/donor-links/revoke-several", &[("org", "amani-wash"), (&chosen, "yes"), ("back", LIST)]).await;
    let page = browser.get(&refused.location).await.body;
    assert!(page.contains("Please fill this in.") && page.contains("checked"), "what was ticked stays: {page}");
    assert!(opens(&stage, &made[0]).await);
    let nothing = browser.post("/fn/donor-links/revoke-several", &[("org", "amani-wash"), ("reason", "not used"), ("back", LIST)]).await;
    assert!(browser.get(&nothing.location).await.body.contains("Choose at least one active link of yours."));
    let done = browser
        .post("/fn/donor-links/revoke-several", &[("org", "amani-wash"), (&chosen, "yes"), ("reason", "not used"), ("back", LIST)])
        .await;
    let page = browser.get(&done.location).await.body;
    assert!(page.contains("1 link is revoked.") && !page.contains("that you chose"), "{page}");
    assert!(!opens(&stage, &made[0]).await && opens(&stage, &made[1]).await);
    let donor = console::board(&pm, &Filter::default()).await.unwrap().donors.into_iter().find(|donor| donor.name == "The Fund").unwrap();
    let whose = donor.id.to_string();
    let fields: [(&str, &str); 4] = [("org", "amani-wash"), ("donor", &whose), ("reason", "they left"), ("back", LIST)];
    let done = browser.post("/fn/donor-links/revoke-of-donor", &fields).await;
    assert!(browser.get(&done.location).await.body.contains("1 link is revoked."));
    assert!(!opens(&stage, &made[1]).await && opens(&stage, &made[2]).await, "of that donor alone");
    assert_eq!(stage.count("audit.event where action = 'donor_link.many_revoked' and kind = 'act'").await, 2);
    assert_eq!(stage.count("app.donor_link where revoke_reason = 'they left'").await, 1);
    assert!(matches!(several::revoke(&pm, Several::OfDonor(None), "they left").await, Err(Error::Invalid(_))));
    assert!(matches!(
        several::revoke(&pm, Several::OfDonor(Some(DonorId::new())), "they left").await,
        Err(Error::Rule("nothing_to_revoke"))
    ));
}

#[tokio::test]
async fn administrators_correct_donors_and_nobody_overwrites_another() {
    let stage = Stage::new().await;
    let (pm, admin) = (stage.cx(PM).await, stage.cx(ADMIN).await);
    let (project, snapshot) = published(&stage).await;
    for name in ["The Fnud", "Another"] {
        let form = LinkForm { donor: DonorForm { donor_name: name, ..DonorForm::default() }, ..LinkForm::to(name) };
        links::create(&pm, project, snapshot, &form).await.unwrap();
    }
    let known = register::list(&admin).await.unwrap();
    let donor = known.iter().find(|donor| donor.name == "The Fnud").unwrap().clone();
    let new = |name| DonorForm { donor_name: name, donor_type: "60", ..DonorForm::default() };
    assert!(matches!(register::change(&pm, donor.id, &new("The Fund"), 1).await, Err(Error::Forbidden)));
    for (name, fault) in [("", "required"), ("another", "taken")] {
        let refused = register::change(&admin, donor.id, &new(name), donor.row_version).await;
        assert!(matches!(&refused, Err(Error::Invalid(bad)) if bad.0["donor_name"] == fault), "{name}: {refused:?}");
    }
    assert!(matches!(register::change(&admin, DonorId::new(), &new("The Fund"), 1).await, Err(Error::NotFound)));
    let mut browser = signed_in(&stage, ADMIN).await;
    assert!(browser.get(LIST).await.body.contains("/o/amani-wash/admin/donors"));
    assert!(browser.get("/o/amani-wash/admin/donors").await.body.contains("The Fnud"));
    let page = format!("/o/amani-wash/admin/donors/{}", donor.id);
    let (id, version) = (donor.id.to_string(), donor.row_version.to_string());
    let form: [(&str, &str); 6] = [
        ("org", "amani-wash"),
        ("donor", &id),
        ("row_version", &version),
        ("donor_name", "The Fund"),
        ("donor_type", "60"),
        ("back", &page),
    ];
    assert!(browser.post("/fn/donors/update", &form).await.location.contains("notice=saved"));
    let mut other = form;
    other[3].1 = "A fund";
    let late = browser.post("/fn/donors/update", &other).await;
    assert!(browser.get(&late.location).await.body.contains("Somebody else changed this meanwhile"));
    let now = register::one(&admin, donor.id).await.unwrap();
    assert_eq!((now.name.as_str(), now.org_type.as_str()), ("The Fund", "60"));
    assert_eq!(console::board(&admin, &Filter::default()).await.unwrap().links[1].donor.as_deref(), Some("The Fund"));
    assert_eq!(stage.count("audit.event where action = 'donor.changed' and kind = 'act'").await, 1);
}

#[tokio::test]
async fn the_form_of_a_link_keeps_what_was_typed_and_shows_a_passcode_once() {
    let stage = Stage::new().await;
    stage.run("update app.tenant set donor_link_default_days = 60").await;
    let (project, snapshot) = published(&stage).await;
    let report: uuid::Uuid = sqlx::query_scalar("select id from app.report").fetch_one(&mut stage.superuser().await).await.unwrap();
    let page = format!("/o/amani-wash/projects/wells/reports/{report}");
    let mut browser = signed_in(&stage, PM).await;
    let (project, snapshot) = (project.to_string(), snapshot.to_string());
    let base: [(&str, &str); 5] =
        [("org", "amani-wash"), ("code", "wells"), ("project", &project), ("snapshot", &snapshot), ("back", &page)];
    let form = [("recipient_name", "A donor"), ("lock", "passcode"), ("donor_name", "The Fund"), ("donor_type", "60"), ("max_views", "5")];
    let with = |more: &[(&'static str, &'static str)]| [&base[..], &form[..], more].concat();
    let form_page = browser.get(&page).await.body;
    let input = form_page.split("<input").find(|input| input.contains("name=\"passcode\"")).unwrap().split('>').next().unwrap();
    for part in ["type=\"text\"", "autocomplete=\"off\"", "aria-describedby=\""] {
        assert!(input.contains(part), "{part}: {input}");
    }
    assert!(form_page.contains("60 · Foundation"), "kinds are chosen by their words");
    let refused = browser.post("/fn/donor-links/create", &with(&[("link_days", "61")])).await;
    let body = browser.get(&refused.location).await.body;
    assert!(body.contains("This is outside of what can be chosen.") && body.contains("value=\"The Fund\""), "{body}");
    let made = browser.post("/fn/donor-links/create", &with(&[("link_days", "")])).await;
    let body = browser.get(&made.location).await.body;
    assert!(body.contains("id=\"new-link\"") && body.contains("id=\"new-passcode\""), "{body}");
    assert_eq!(
        stage.count("app.donor_link where days = 60 and max_views = 5 and passcode_hash is not null and donor_id is not null").await,
        1
    );
}

#[tokio::test]
async fn who_made_a_link_is_told_two_weeks_and_three_days_before_it_ends_once_each() {
    let stage = Stage::new().await;
    let (project, link) = link_as(&stage, &LinkForm::to("The Fund")).await;
    letters(&stage).await;
    let told = async || {
        reminders::tell_of_ends(&stage.db).await.unwrap();
        letters(&stage).await
    };
    age(&stage, "75 days").await;
    assert!(told().await.is_empty());
    age(&stage, "2 days").await;
    let letter = told().await;
    assert_eq!(letter.len(), 1);
    let page = format!("{LIST}/{}", link.id);
    assert!(
        letter[0].contains("To: ") && letter[0].contains(PM) && letter[0].contains("The Fund") && letter[0].contains(&page),
        "{}",
        letter[0]
    );
    assert!(told().await.is_empty(), "once");
    age(&stage, "11 days").await;
    assert_eq!(told().await.len(), 1);
    assert!(told().await.is_empty(), "once");
    // another end is told of anew; where its owner has left, the administrators are told
    links::renew(&stage.cx(PM).await, project, link.id).await.unwrap();
    age(&stage, "88 days").await;
    stage
        .run("update app.membership m set revoked_at = now() from auth.user_account u where u.id = m.user_id and u.email = 'pm@amani.test'")
        .await;
    let letter = told().await;
    assert!(letter.iter().any(|letter| letter.contains(ADMIN)), "{letter:?}");
    assert!(told().await.is_empty(), "what ends in two days is not told of as ending in two weeks too");
    age(&stage, "3 days").await;
    assert!(told().await.is_empty(), "it has ended");
}

#[tokio::test]
async fn the_api_takes_what_the_form_takes() {
    let stage = Stage::new().await;
    let (project, snapshot) = published(&stage).await;
    let program = stage.program(PM).await;
    let wanted = serde_json::json!({
        "project": project, "snapshot": snapshot, "recipient_name": "A donor", "donor_name": "The Fund", "lock": "passcode",
        "allow_download": true, "max_views": 3, "days": 30,
    });
    let (status, made) = program.call("POST", "/donor-links", "application/json", wanted.to_string()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(made["passcode"].as_str().map(str::len), Some(10));
    assert_eq!(stage.count("app.donor_link where allow_download and max_views = 3 and days = 30 and passcode_hash is not null").await, 1);
    // as before, and with a passcode of one's own it is not told
    for more in [serde_json::json!({}), serde_json::json!({ "lock": "passcode", "passcode": "of my own" })] {
        let mut wanted = serde_json::json!({ "project": project, "snapshot": snapshot, "recipient_name": "D" });
        wanted.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, made) = program.call("POST", "/donor-links", "application/json", wanted.to_string()).await;
        assert!(status == StatusCode::CREATED && made["url"].as_str().unwrap().contains("/d/") && made["passcode"].is_null(), "{made}");
    }
    let donor: uuid::Uuid = sqlx::query_scalar("select id from app.donor").fetch_one(&mut stage.superuser().await).await.unwrap();
    let (status, answer) = program.call("DELETE", &format!("/donor-links?donor={donor}"), "application/json", "").await;
    assert_eq!((status, answer["revoked"].as_i64()), (StatusCode::OK, Some(1)), "{answer}");
    let (status, answer) = program.call("DELETE", "/donor-links", "application/json", "").await;
    assert_eq!((status, answer["errors"]["donor"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("required")), "{answer}");
}

#[tokio::test]
async fn what_is_shown_once_is_the_whole_link() {
    let stage = Stage::new().await;
    let (_, link) = link_as(&stage, &LinkForm { lock: "passcode", ..LinkForm::to("A donor") }).await;
    assert!(link.path.expose_secret().starts_with("/d/") && link.passcode.is_some());
    let secrets = "audit.event where convert_from(canon, 'UTF8') like '%$argon2id$%' or convert_from(canon, 'UTF8') like '%A donor%'";
    assert_eq!(stage.count(secrets).await, 0, "neither hashes nor names stand in the log");
}
