//! For whom templates of reports are: a donor of the register, one in words, or anybody.

use server::donors::register::{self, DonorForm};
use server::kernel::ids::DonorId;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::isolation::try_it;
use crate::programmes::{enter_as, one};
use crate::stage::{Browser, Page, Stage, signed_in};

const LIST: &str = "/o/amani-wash/report-templates";

/// Writes a donor into the register of an organisation, past all rules.
async fn donor(stage: &Stage, slug: &str, name: &str, short_name: &str) -> String {
    let sql = format!(
        "insert into app.donor (tenant_id, id, name, short_name)
         select id, gen_random_uuid(), '{name}', '{short_name}' from app.tenant where slug = '{slug}' returning id"
    );
    one::<Uuid>(stage, &sql).await.to_string()
}

async fn add(browser: &mut Browser, name: &str, donor: &str, words: &str) -> Page {
    let fields = [
        ("org", "amani-wash"),
        ("name", name),
        ("donor", donor),
        ("for_donor", words),
        ("locale", "en"),
        ("template", "shipped:short"),
        ("back", LIST),
    ];
    browser.post("/fn/report-templates/add", &fields).await
}

/// The page to which a refused form comes back.
async fn back(browser: &mut Browser, refused: &Page) -> String {
    assert!(refused.location.contains("flash="), "{} {}", refused.status, refused.location);
    browser.get(refused.location.split('#').next().unwrap()).await.body
}

#[tokio::test]
async fn a_template_is_for_a_donor_of_the_register_by_its_name_of_the_day() {
    let stage = Stage::new().await;
    let (fund, theirs) = (donor(&stage, "amani-wash", "The Fund", "TF").await, donor(&stage, "baraka-health", "Their Fund", "").await);
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let page = meal.get(LIST).await.body;
    assert!(page.contains(&fund) && page.contains("The Fund (TF)") && !page.contains("Their Fund"), "{page}");
    assert!(add(&mut meal, "Yearly", &fund, "").await.location.contains("notice=report-template-added"));
    assert_eq!(one::<Option<Uuid>>(&stage, "select donor_id from app.report_template").await.map(|id| id.to_string()), Some(fund.clone()));
    // whoever begins a report is told; and a name that is corrected reads so everywhere
    let offered = "/o/amani-wash/projects/wells/reports";
    assert!(signed_in(&stage, "pm@amani.test").await.get(offered).await.body.contains("Yearly (The Fund)"));
    let admin = stage.cx("admin@amani.test").await;
    let form = DonorForm { donor_name: "The Great Fund", ..DonorForm::default() };
    register::change(&admin, fund.parse::<DonorId>().unwrap(), &form, 1).await.unwrap();
    assert!(meal.get(LIST).await.body.contains("The Great Fund</bdi>"));
    // what is chosen on its page is what stands there, and can be taken back
    let id = one::<Uuid>(&stage, "select id from app.report_template").await.to_string();
    let own = format!("{LIST}/{id}");
    let select = |page: &str| page.split("name=\"donor\"").nth(1).and_then(|rest| rest.split("</select>").next()).unwrap().to_owned();
    let chosen = select(&meal.get(&own).await.body);
    let option = chosen.split("<option").find(|option| option.contains(&fund)).unwrap();
    assert!(option.contains("selected"), "{chosen}");
    let change = |version: &'static str, donor, words| {
        [
            ("org", "amani-wash"),
            ("report_template", id.as_str()),
            ("row_version", version),
            ("name", "Yearly"),
            ("donor", donor),
            ("for_donor", words),
            ("locale", "en"),
            ("back", own.as_str()),
            ("title-0", "In short"),
            ("block-0", "none"),
        ]
    };
    assert!(meal.post("/fn/report-templates/update", &change("1", "", "An agency")).await.location.contains("notice=saved"));
    assert!(meal.get(LIST).await.body.contains("An agency</bdi>"));
    // whoever saves later sees the donor by its name, not by its id
    let late = meal.post("/fn/report-templates/update", &change("1", &fund, "")).await;
    let page = back(&mut meal, &late).await;
    assert!(page.contains("<td class=\"typed\">The Great Fund</td>") && page.contains("<td class=\"typed\">An agency</td>"), "{page}");
    // of another organisation's register nothing is taken, nor what is no donor at all
    for other in [theirs.as_str(), "nobody"] {
        let refused = meal.post("/fn/report-templates/update", &change("2", other, "")).await;
        assert!(back(&mut meal, &refused).await.contains("Please choose one of the options."), "{other}");
    }
    assert_eq!(one::<String>(&stage, "select donor from app.report_template").await, "An agency");
}

#[tokio::test]
async fn a_donor_is_not_said_twice_and_nothing_typed_is_lost() {
    let stage = Stage::new().await;
    let fund = donor(&stage, "amani-wash", "The Fund", "").await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let refused = add(&mut meal, "Yearly", &fund, "Somebody else").await;
    let page = back(&mut meal, &refused).await;
    assert!(
        page.contains("A donor is chosen above") && page.contains("value=\"Somebody else\"") && page.contains("value=\"Yearly\""),
        "{page}"
    );
    assert_eq!(stage.count("app.report_template").await, 0);
    // nor does the database take both, nor the donor of another organisation
    let theirs = donor(&stage, "baraka-health", "Their Fund", "").await;
    let mut door = enter_as(&stage, "meal@amani.test", "").await;
    let insert = |donor: &str, words: &str| {
        format!(
            "insert into app.report_template (id, name, donor_id, donor, locale, sections)
             values (gen_random_uuid(), 'T', '{donor}', '{words}', 'en', '[{{}}]')"
        )
    };
    assert_eq!(try_it(&mut door, insert(&fund, "")).await, Ok(1));
    assert_eq!(try_it(&mut door, insert(&fund, "The Fund")).await, Err("23514".to_owned()));
    assert_eq!(try_it(&mut door, insert(&theirs, "")).await, Err("23503".to_owned()));
}

/// What the migration does to templates of before, whose donor was a text.
#[tokio::test]
async fn words_that_name_a_donor_of_the_register_became_it_and_others_stayed() {
    let stage = Stage::new().await;
    for (name, short_name) in [("The Fund", "TF"), ("TF", ""), ("One", "Both"), ("Other", "Both")] {
        donor(&stage, "amani-wash", name, short_name).await;
    }
    donor(&stage, "baraka-health", "Their Fund", "").await;
    let words = ["the fund", "TF", " one ", "Both", "Their Fund", "Somebody", ""];
    let rows: Vec<String> = words.iter().enumerate().map(|(at, words)| format!("('{at}', '{words}')")).collect();
    let sql = format!(
        "set session_replication_role = replica;
         insert into app.report_template (tenant_id, id, name, donor, locale, sections)
           select t.id, gen_random_uuid(), v.name, v.words, 'en', '[{{}}]' from app.tenant t, (values {}) v(name, words) where t.slug = 'amani-wash'",
        rows.join(", ")
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut stage.superuser().await).await.unwrap();
    let migration = include_str!("../../migrations/0052_complete_reports.sql");
    let moved =
        migration.split("alter table app.report_template no force").nth(1).and_then(|rest| rest.split("reset role;").next()).unwrap();
    let again = format!("set role kipimo_owner; alter table app.report_template no force{moved}");
    sqlx::raw_sql(AssertSqlSafe(again)).execute(&mut stage.superuser().await).await.unwrap();
    let found: Vec<(Option<String>, String)> = sqlx::query_as(
        "select d.name, t.donor from app.report_template t left join app.donor d on d.tenant_id = t.tenant_id and d.id = t.donor_id order by t.name",
    )
    .fetch_all(&mut stage.superuser().await)
    .await
    .unwrap();
    let expected = [
        (Some("The Fund"), ""),
        // a name counts before a short one
        (Some("TF"), ""),
        (Some("One"), ""),
        // of two it could be either
        (None, "Both"),
        // of another organisation
        (None, "Their Fund"),
        (None, "Somebody"),
        (None, ""),
    ];
    let found: Vec<(Option<&str>, &str)> = found.iter().map(|(donor, words)| (donor.as_deref(), words.as_str())).collect();
    assert_eq!(found, expected);
}
