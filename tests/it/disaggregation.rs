//! Figures broken down: dimensions of the library, cells that agree with their total, and groups in the table, in files and for donors.

mod changes;

use http::StatusCode;
use server::access::Cx;
use server::kernel::ids::{IndicatorId, ProjectId};
use server::projects::disaggregation::{SchemeForm, set};
use server::projects::entries::{Sheet, sheet};
use server::projects::indicators::WhyForm;
use server::projects::tracking::{self, By, Line, table};
use server::projects::{dimensions, periods, reports, reviews, submissions, targets};
use uuid::Uuid;

use crate::framework::{refused, send, taken};
use crate::programmes::one;
use crate::stage::{Browser, Stage, publish, signed_in};

const SHEET: &str = "/o/amani-wash/projects/wells/indicators/wells_repaired";

/// An entry page as a field officer has it before them: the quarter that nobody reported yet, at the first place.
struct Desk {
    sheet: Sheet,
    indicator: IndicatorId,
    page: String,
}

impl Desk {
    async fn of(stage: &Stage, code: &str) -> Self {
        let (field, project) = (stage.cx("field@amani.test").await, stage.project("field@amani.test", "wells").await);
        let quarter = periods::list(&field, project).await.unwrap().last().unwrap().id;
        let sheet = sheet(&field, project, quarter, None).await.unwrap();
        let indicator = sheet.indicators.iter().find(|i| i.code == code).unwrap().id;
        let page = format!("/o/amani-wash/projects/wells/entry?period={quarter}&location={}", sheet.location.unwrap());
        Self { sheet, indicator, page }
    }

    /// What the form sends of the indicator: fields by the beginnings of their names, and cells by their keys.
    fn form(&self, fields: &[(&str, &str)], cells: &[(&str, &str)], then: &str) -> Vec<(String, String)> {
        let id = self.indicator;
        let named = fields.iter().map(|(name, value)| (format!("{name}-{id}"), (*value).to_owned()));
        let cells = cells.iter().map(|(key, value)| (format!("cell-{id}-{key}"), (*value).to_owned()));
        let fixed = [
            ("back", self.page.clone()),
            ("period", self.sheet.period.id.to_string()),
            ("location", self.sheet.location.unwrap().to_string()),
            ("then", then.to_owned()),
        ];
        // the page always has the input of the total
        let empty = (!fields.iter().any(|(name, _)| *name == "value")).then(|| (format!("value-{id}"), String::new()));
        fixed.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(empty).chain(named).chain(cells).collect()
    }

    async fn save(&self, stage: &Stage, browser: &mut Browser, fields: &[(&str, &str)], cells: &[(&str, &str)], then: &str) {
        let form = self.form(fields, cells, then);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        taken(stage, browser, "entries/save", &form).await;
    }

    async fn refused(&self, stage: &Stage, browser: &mut Browser, fields: &[(&str, &str)], cells: &[(&str, &str)], why: &str) -> String {
        let form = self.form(fields, cells, "submit");
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        refused(stage, browser, "entries/save", &form, why).await
    }

    /// Value, cells and status as they are kept.
    async fn kept(&self, stage: &Stage) -> (Option<String>, serde_json::Value, String) {
        sqlx::query_as(
            "select trim_scale(value)::text, cells, status from app.indicator_value
             where indicator_id = $1 and period_id = $2 and location_id = $3 and deleted_at is null",
        )
        .bind(self.indicator.0)
        .bind(self.sheet.period.id.0)
        .bind(self.sheet.location.unwrap().0)
        .fetch_one(&mut stage.superuser().await)
        .await
        .unwrap()
    }

    async fn version(&self, stage: &Stage) -> String {
        let sql = format!(
            "select row_version::text from app.indicator_value where indicator_id = '{}' and period_id = '{}' and location_id = '{}'",
            self.indicator,
            self.sheet.period.id,
            self.sheet.location.unwrap()
        );
        one(stage, &sql).await
    }
}

async fn scheme(
    cx: &Cx,
    project: ProjectId,
    indicator: &str,
    dimensions: &[&str],
    from: &str,
    required: bool,
) -> server::kernel::error::Result<()> {
    let sheet = targets::sheet(cx, "wells", indicator).await.unwrap();
    let mut chosen: [String; 3] = Default::default();
    for (place, dimension) in chosen.iter_mut().zip(dimensions) {
        (*dimension).clone_into(place);
    }
    let was = server::projects::disaggregation::text_of(&sheet.schemes);
    let form = SchemeForm { dimensions: chosen, valid_from: from.to_owned(), required, was };
    set(cx, project, sheet.indicator.id, &form, &WhyForm::default()).await
}

fn groups(line: &Line, column: &str) -> Vec<(String, String)> {
    let of = |part: &server::projects::tracking::Group| {
        let cell = part.cells.iter().find(|cell| cell.key == column)?;
        let label = part.label.as_ref().map_or("?", |label| label.say(server::kernel::text::Locale::En));
        Some((label.to_owned(), cell.actual?.normalize().to_string()))
    };
    line.groups.iter().filter_map(of).collect()
}

#[tokio::test]
async fn an_officer_keeps_the_library_and_an_indicator_takes_from_it() {
    let stage = Stage::new().await;
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let body = meal.get("/o/amani-wash/library").await.body;
    assert!(body.contains("Residence status") && body.contains("ready to use"), "{body}");
    let library = ("back", "/o/amani-wash/library");
    let new = |name, values| {
        [library, ("name_en", name), ("dimension_kind", "exclusive_exhaustive"), ("values", values), ("with_unknown", "yes")]
    };
    refused(&stage, &mut meal, "dimensions/add", &new("", "Dug"), "Name in English").await;
    refused(&stage, &mut meal, "dimensions/add", &new("Kind of well", "Dug\ndug"), "This is there twice").await;
    refused(&stage, &mut meal, "dimensions/add", &new("Sex", "A\nB"), "already").await;
    let page = send(&stage, &mut meal, "dimensions/add", &new("Kind of well", "Dug by hand | Cha mkono\nBorehole")).await;
    assert!(page.location.contains("notice=dimension-added"), "{} {}", page.status, page.location);
    let at = page.location.split('?').next().unwrap_or_default().to_owned();
    let id = at.rsplit('/').next().unwrap_or_default().to_owned();
    let back = ("back", at.as_str());
    taken(&stage, &mut meal, "dimensions/add_values", &[back, ("dimension", &id), ("values", "Spring")]).await;
    let codes: Vec<String> = sqlx::query_scalar("select code from app.dimension_value where dimension_id = $1::uuid order by sort")
        .bind(id.parse::<Uuid>().unwrap())
        .fetch_all(&mut stage.superuser().await)
        .await
        .unwrap();
    assert_eq!(codes, ["dug-by-hand", "borehole", "spring", "unknown"]);
    let spring: Uuid = one(&stage, "select id from app.dimension_value where code = 'spring'").await;
    let archive = |archived| [back, ("dimension", id.as_str()), ("archived", archived)];
    let spring = spring.to_string();
    taken(&stage, &mut meal, "dimensions/archive", &[&archive("yes")[..], &[("value", spring.as_str())]].concat()).await;
    let rename = |version| [back, ("dimension", id.as_str()), ("name_en", "Well"), ("name_sw", "Kisima"), ("row_version", version)];
    taken(&stage, &mut meal, "dimensions/update", &rename("1")).await;
    refused(&stage, &mut meal, "dimensions/update", &rename("1"), "compare it with what stands there now").await;
    let acts: i64 = one(&stage, "select count(*) from audit.event where kind = 'act' and action like 'dimension.%'").await;
    assert_eq!(acts, 4);

    // the project manager has no library to keep, and chooses from it
    let mut pm = signed_in(&stage, "pm@amani.test").await;
    assert_eq!(pm.get("/o/amani-wash/library").await.status, StatusCode::FORBIDDEN);
    let indicator: Uuid = one(&stage, "select id from app.indicator where code = 'wells_repaired'").await;
    let indicator = indicator.to_string();
    let by = |first: &str, second: &str, third: &str| {
        [("back", SHEET), ("indicator", &indicator), ("first_id", first), ("second_id", second), ("third_id", third)]
            .map(|(n, v)| (n, v.to_owned()))
    };
    let sent = |fields: &[(&'static str, String)]| fields.to_vec();
    for (fields, why) in [
        (by(&id, &id, ""), "This is there twice"),
        (by("age", "sex", "residence"), "more than 120 cells"),
        (by(&Uuid::nil().to_string(), "", ""), "Please choose one of the options"),
    ] {
        let fields = sent(&fields);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        refused(&stage, &mut pm, "disaggregation/set", &fields, why).await;
    }
    let fields = by(&id, "", "");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    taken(&stage, &mut pm, "disaggregation/set", &fields).await;
    refused(&stage, &mut pm, "disaggregation/set", &fields, "compare it with what stands there now").await;
    let body = pm.get(SHEET).await.body;
    assert!(body.contains("<li>Well"), "{body}");
    let version = server::projects::framework::current(&stage.cx("pm@amani.test").await, stage.project("pm@amani.test", "wells").await)
        .await
        .unwrap();
    let of = version.indicators.iter().find(|i| i.code == "wells_repaired").unwrap();
    assert_eq!(of.fields["disaggregation"], "kind_of_well");
}

/// Vectors 14 to 16 through the whole stack: forms, database and pages.
#[tokio::test]
async fn cells_agree_with_their_total_or_the_officer_is_told() {
    let stage = Stage::new().await;
    let desk = Desk::of(&stage, "people_served").await;
    let mut field = signed_in(&stage, "field@amani.test").await;
    let body = field.get(&desk.page).await.body;
    assert!(body.contains("people_served by Sex") && body.contains("worked out from the cells"), "{body}");
    let all = [("sex=female", "60"), ("sex=male", "40"), ("sex=other", "0"), ("sex=unknown", "0")];
    let page = desk.refused(&stage, &mut field, &[("value", "101")], &all, "The total is not the sum of its cells").await;
    assert!(page.contains("The total differs from that by +1.") && page.contains("add up to 100"), "the difference is named");
    let page = desk.refused(&stage, &mut field, &[], &all[..3], "a group of nobody is 0").await;
    assert!(page.contains("value=\"60\""), "what was typed is kept");
    desk.refused(&stage, &mut field, &[], &[("sex=male", "x"), ("sex=female", "1")], "This is not a figure").await;
    desk.refused(&stage, &mut field, &[], &[("age=0-4", "1")], "Cell").await;
    // a draft may lack cells, and is no figure yet
    desk.save(&stage, &mut field, &[("value", "")], &all[..2], "draft").await;
    assert_eq!(desk.kept(&stage).await, (None, serde_json::json!({"sex=female": "60", "sex=male": "40"}), "draft".into()));
    let version = desk.version(&stage).await;
    desk.save(&stage, &mut field, &[("version", &version)], &all, "draft").await;
    assert_eq!(desk.kept(&stage).await.0.as_deref(), Some("100"), "worked out of its cells");
    // a cell changes, and the total that was worked out follows; one that was typed in its place is held against them
    let version = desk.version(&stage).await;
    let more = [("sex=female", "61"), all[1], all[2], all[3]];
    desk.refused(&stage, &mut field, &[("version", &version), ("value", "100")], &more, "not the sum of its cells").await;
    desk.save(&stage, &mut field, &[("version", &version), ("value", "100"), ("stood", "100")], &more, "submit").await;
    assert_eq!((desk.kept(&stage).await.0.as_deref(), desk.kept(&stage).await.2.as_str()), (Some("101"), "submitted"));
    // it is in the log with the figure
    let logged: i64 = stage
        .count("audit.event where entity_type = 'indicator_value' and position('sex=female' in convert_from(canon, 'UTF8')) > 0")
        .await;
    assert!(logged >= 3, "{logged}");
    // the reviewer sees the groups
    let mut meal = signed_in(&stage, "meal@amani.test").await;
    let body = meal.get(&format!("/o/amani-wash/projects/wells/review?period={}", desk.sheet.period.id)).await.body;
    assert!(body.contains("4 groups") && body.contains("<dt>Female</dt><dd>61</dd>"), "{body}");
}

#[tokio::test]
async fn groups_stand_beneath_their_indicator_in_the_table_and_in_its_file() {
    let stage = Stage::new().await;
    let desk = Desk::of(&stage, "people_served").await;
    let (meal, project) = (stage.cx("meal@amani.test").await, stage.project("meal@amani.test", "wells").await);
    let line = async |by: Option<By>, location: Option<&str>| {
        let table = table(&meal, "wells", Some(2026), location, by).await.unwrap();
        table.lines.into_iter().find(|line| line.indicator.code == "people_served").unwrap()
    };
    let female =
        async || groups(&line(Some(By::All), None).await, "2026-Q4").into_iter().find(|(label, _)| label == "Female").map(|(_, n)| n);
    assert_eq!(female().await, None);
    let mut field = signed_in(&stage, "field@amani.test").await;
    desk.save(&stage, &mut field, &[], &[("sex=female", "60"), ("sex=male", "40"), ("sex=other", "0"), ("sex=unknown", "2")], "submit")
        .await;
    assert_eq!(female().await, None, "nothing is official before it is verified");
    reviews::decide(&meal, project, &reviews::Selection::All(Some(desk.sheet.period.id)), &reviews::Decision::Verify).await.unwrap();
    let place = desk.sheet.locations.iter().find(|l| Some(l.id) == desk.sheet.location).unwrap().code.clone();
    let here = groups(&line(Some(By::One("sex".into())), Some(&place)).await, "2026-Q4");
    let expected = [("Female", "60"), ("Male", "40"), ("Other", "0"), ("Unknown", "2")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(here, expected);
    assert!(line(None, None).await.groups.is_empty() && line(Some(By::One("age".into())), None).await.groups.is_empty());
    // groups and what was not said of make the whole, in every column
    let whole = line(Some(By::All), None).await;
    for cell in &whole.cells {
        let sum: rust_decimal::Decimal = whole.groups.iter().filter_map(|part| part.cells.iter().find(|c| c.key == cell.key)?.actual).sum();
        assert_eq!(cell.actual.unwrap_or_default(), sum, "{}", cell.key);
    }
    let body = signed_in(&stage, "viewer@amani.test").await.get("/o/amani-wash/projects/wells/tracking?year=2026&by=sex").await.body;
    assert!(body.contains("class=\"dim\"") && body.contains("Female") && !body.contains("12–17"), "{body}");
    let taken_out = tracking::take_out(&meal, "wells", Some(2026), Some(&place), Some(By::All)).await.unwrap();
    let file = String::from_utf8(tracking::csv(&taken_out, server::kernel::text::Locale::Sw).unwrap()).unwrap();
    assert!(file.contains("\"Jinsia\",\"Mwanamke\",\"2026-Q4\",\"\",60,60"), "{file}");
    // the same message twice changes nothing: the rows are those of the values, however often they are worked out
    let rows = stage.count("app.period_breakdown").await;
    let mut conn = stage.superuser().await;
    let sums: Option<String> =
        sqlx::query_scalar("select sum(provisional)::text from app.period_breakdown").fetch_one(&mut conn).await.unwrap();
    stage
        .run("update app.indicator_value set status = 'submitted', verified_by = null, verified_at = null where status = 'verified'")
        .await;
    reviews::decide(&meal, project, &reviews::Selection::All(None), &reviews::Decision::Verify).await.unwrap();
    let again: Option<String> =
        sqlx::query_scalar("select sum(provisional)::text from app.period_breakdown").fetch_one(&mut conn).await.unwrap();
    assert_eq!((stage.count("app.period_breakdown").await, again), (rows, sums));
}

/// Where figures leave the organisation, small groups are hidden, and no hidden one can be worked out.
#[tokio::test]
async fn donors_see_no_small_group() {
    let stage = Stage::new().await;
    let desk = Desk::of(&stage, "people_served").await;
    let (pm, meal, project) =
        (stage.cx("pm@amani.test").await, stage.cx("meal@amani.test").await, stage.project("pm@amani.test", "wells").await);
    let mut field = signed_in(&stage, "field@amani.test").await;
    // of two other places nothing is carried forward: this one is the whole
    desk.save(&stage, &mut field, &[], &[("sex=female", "60"), ("sex=male", "40"), ("sex=other", "3"), ("sex=unknown", "0")], "submit")
        .await;
    reviews::decide(&meal, project, &reviews::Selection::All(Some(desk.sheet.period.id)), &reviews::Decision::Verify).await.unwrap();
    let form = reports::ReportForm { title: "R".into(), span: "2026-Q4".into(), locale: "sw".into(), template: String::new() };
    let report = reports::create(&pm, project, &form).await.unwrap();
    let snapshot = publish(&stage, project, report).await;
    let (content, _) = reports::read_snapshot(&pm, project, snapshot.0).await.unwrap();
    let item = content.indicators.iter().find(|item| item.code == "people_served").unwrap();
    let seen: Vec<(&str, Option<&str>, bool)> =
        item.groups.iter().map(|g| (g.label.as_deref().unwrap_or("?"), g.actual.as_deref(), g.hidden)).collect();
    let expected =
        [("Mwanamke", Some("60"), false), ("Mwanamume", None, true), ("Nyingine", None, true), ("Haijulikani", Some("0"), false)];
    assert_eq!(seen, expected);
    // what a quarter hides its year hides too: it would be the year less the other quarters
    let form = reports::ReportForm { span: "2026".into(), ..form };
    let report = reports::create(&pm, project, &form).await.unwrap();
    let snapshot = publish(&stage, project, report).await;
    let (content, _) = reports::read_snapshot(&pm, project, snapshot.0).await.unwrap();
    let item = content.indicators.iter().find(|item| item.code == "people_served").unwrap();
    let hidden: Vec<bool> = item.groups.iter().map(|group| group.hidden).collect();
    assert_eq!(hidden, [false, true, true, false]);
    // what was hidden once stays so, whatever the threshold is by then, in another report and in its year
    sqlx::raw_sql("set session_replication_role = replica; update app.tenant set small_cell_threshold = 0")
        .execute(&mut stage.superuser().await)
        .await
        .unwrap();
    for (span, expected) in [("2026-Q4", [false, true, true, false]), ("2026", [false, true, true, false]), ("2026-Q3", [false; 4])] {
        let form = reports::ReportForm { span: span.into(), ..form.clone() };
        let later = reports::create(&pm, project, &form).await.unwrap();
        let later = publish(&stage, project, later).await;
        let (content, _) = reports::read_snapshot(&pm, project, later.0).await.unwrap();
        let item = content.indicators.iter().find(|item| item.code == "people_served").unwrap();
        let hidden: Vec<bool> = item.groups.iter().map(|group| group.hidden).collect();
        assert!(hidden.is_empty() || hidden == expected, "{span} {hidden:?}");
        assert!(span == "2026-Q3" || !hidden.is_empty(), "{span}");
    }
    // the page of a donor says what is hidden, and why
    let body = signed_in(&stage, "pm@amani.test")
        .await
        .get(&format!("/o/amani-wash/projects/wells/reports/{report}/snapshots/{snapshot}"))
        .await
        .body;
    assert!(body.contains("imefichwa") || body.contains("hidden"), "{body}");
}

/// Of a dimension that is crossed with one in which the same person may be twice, no group is told: it would count them twice.
#[tokio::test]
async fn nobody_is_counted_twice() {
    let stage = Stage::new().await;
    let (pm, meal, project) =
        (stage.cx("pm@amani.test").await, stage.cx("meal@amani.test").await, stage.project("pm@amani.test", "wells").await);
    let form = dimensions::DimensionForm {
        name_en: "Need".into(),
        kind: "overlapping".into(),
        values: "Food\nShelter".into(),
        ..dimensions::DimensionForm::default()
    };
    let need = dimensions::add(&meal, &form).await.unwrap().to_string();
    scheme(&pm, project, "wells_repaired", &["residence", &need], "2026-10-01", false).await.unwrap();
    let desk = Desk::of(&stage, "wells_repaired").await;
    let cells: Vec<(String, String)> = desk
        .sheet
        .schemes
        .at(desk.indicator, desk.sheet.period.start)
        .unwrap()
        .cells()
        .into_iter()
        .map(|cell| (cell.key, "60".to_owned()))
        .collect();
    let new = submissions::NewValue {
        indicator: "wells_repaired".into(),
        period: desk.sheet.period.id.to_string(),
        location: Some(desk.sheet.locations[0].code.clone()),
        value: "100".into(),
        cells,
        ..submissions::NewValue::default()
    };
    submissions::submit(&stage.cx("field@amani.test").await, project, &[new], None).await.unwrap();
    reviews::decide(&meal, project, &reviews::Selection::All(Some(desk.sheet.period.id)), &reviews::Decision::Verify).await.unwrap();
    let told: Vec<String> = sqlx::query_scalar("select distinct dimension_key from app.period_breakdown b join app.indicator i on i.id = b.indicator_id where i.code = 'wells_repaired'")
        .fetch_all(&mut stage.superuser().await)
        .await
        .unwrap();
    assert_eq!(told, ["need"]);
    // and no dimension grows beyond what anybody fills in
    let many = (0..30).map(|n| format!("N{n}")).collect::<Vec<_>>().join("\n");
    let refused = dimensions::add_values(&meal, need.parse().unwrap(), &many).await;
    assert!(
        matches!(&refused, Err(server::kernel::error::Error::Invalid(bad)) if bad.0.get("values") == Some(&"too_many_cells")),
        "{refused:?}"
    );
}
