//! The worked examples of the arithmetic, through everything: submitted by one person, verified by another, kept, added up by the database's
//! transactions, and read as the tracking table reads them. `server/src/projects/progress/vectors.rs` holds the same for the rules alone, and
//! tests/it/disaggregation.rs those of groups.

use rust_decimal::Decimal;
use server::access::Cx;
use server::kernel::error::Error;
use server::kernel::ids::{IndicatorId, ProjectId, ValueId};
use server::projects::entries::{self, Typed};
use server::projects::indicators::{self, IndicatorForm, WhyForm};
use server::projects::locations::{self, Location};
use server::projects::periods::{self, Period};
use server::projects::progress::{Rag, shown};
use server::projects::reviews::{self, Decision, Selection};
use server::projects::submissions::{self, NewValue};
use server::projects::targets::{self, set_targets};
use server::projects::tracking;

use crate::stage::Stage;

/// A figure of a quarter of 2025 (0 to 3) and a place: `10`, or `5/10`.
type Sent<'a> = (usize, usize, &'a str);
/// A column, its figure and achievement as they are read, and its colour; a dash for none.
type Reads<'a> = (&'a str, &'a str, &'a str, Rag);

/// A project with four quarters that are over, and places.
struct Field {
    stage: Stage,
    project: ProjectId,
    quarters: Vec<Period>,
    places: Vec<Location>,
    admin: Cx,
    officer: Cx,
    reviewer: Cx,
}

impl Field {
    async fn new() -> Self {
        let stage = Stage::new().await;
        let project = stage.project("meal@amani.test", "wells").await;
        let (admin, officer, reviewer) =
            (stage.cx("admin@amani.test").await, stage.cx("field@amani.test").await, stage.cx("meal@amani.test").await);
        reviews::decide(&reviewer, project, &Selection::All(None), &Decision::Verify).await.unwrap();
        let mut quarters = periods::list(&reviewer, project).await.unwrap();
        quarters.retain(|period| period.end.format("%Y").to_string() == "2025");
        let places = locations::list(&reviewer, project).await.unwrap();
        assert!(quarters.len() == 4 && places.len() >= 3);
        Self { stage, project, quarters, places, admin, officer, reviewer }
    }

    /// An indicator as the usual one but for `change`, with targets of the quarters, a dash for none.
    async fn indicator(&self, code: &str, change: impl FnOnce(&mut IndicatorForm), plan: [&str; 4]) -> IndicatorId {
        let mut form = IndicatorForm {
            code: code.into(),
            title: code.into(),
            kind: "number".into(),
            direction: "increase".into(),
            accumulation: "non_cumulative".into(),
            agg_locations: "sum".into(),
            agg_periods: "sum".into(),
            frequency: "quarterly".into(),
            decimals: "2".into(),
            ..IndicatorForm::default()
        };
        change(&mut form);
        let id = indicators::add(&self.admin, self.project, &form).await.unwrap();
        let typed: Vec<_> = self
            .quarters
            .iter()
            .zip(plan)
            .filter(|(_, target)| *target != "-")
            .map(|(period, target)| targets::Typed { period: period.id, was: None, value: target.to_owned() })
            .collect();
        set_targets(&self.admin, self.project, id, &typed, &WhyForm::default()).await.unwrap();
        id
    }

    async fn submit(&self, code: &str, figures: &[Sent<'_>]) -> Vec<ValueId> {
        let batch: Vec<NewValue> = figures
            .iter()
            .map(|(quarter, place, figure)| {
                let (value, num, den) = match figure.split_once('/') {
                    Some((num, den)) => (String::new(), num.to_owned(), den.to_owned()),
                    None => ((*figure).to_owned(), String::new(), String::new()),
                };
                let (period, location) = (self.quarters[*quarter].id.to_string(), Some(self.places[*place].code.clone()));
                NewValue { indicator: code.to_owned(), period, location, value, num, den, cells: Vec::new() }
            })
            .collect();
        submissions::submit(&self.officer, self.project, &batch, None).await.unwrap()
    }

    /// What every figure of the rollup was made of.
    async fn hashes(&self) -> String {
        sqlx::query_scalar(
            "select string_agg(encode(inputs_hash, 'hex'), ',' order by indicator_id, period_id, location_id, dim_key) from app.period_rollup",
        )
        .fetch_one(&mut self.stage.superuser().await)
        .await
        .unwrap()
    }

    async fn verify(&self) {
        reviews::decide(&self.reviewer, self.project, &Selection::All(None), &Decision::Verify).await.unwrap();
    }

    /// Figure, provisional figure, achievement to one decimal, and colour of a column.
    async fn read(&self, code: &str, column: &str) -> (String, String, String, Rag) {
        let table = tracking::table(&self.reviewer, "wells", Some(2025), None, None).await.unwrap();
        let line = table.lines.iter().find(|line| line.indicator.code == code).unwrap();
        let cell = line.cells.iter().find(|cell| cell.key == column).unwrap();
        let text =
            |value: Option<Decimal>, decimals| value.map_or_else(|| "-".to_owned(), |value| shown(value, decimals).normalize().to_string());
        (text(cell.actual, 2), text(cell.provisional, 2), text(cell.achievement, 1), cell.rag)
    }

    async fn expect(&self, code: &str, reads: &[Reads<'_>]) {
        for (column, actual, achievement, rag) in reads {
            let (found, _, achieved, colour) = self.read(code, column).await;
            assert_eq!((found.as_str(), achieved.as_str(), colour), (*actual, *achievement, *rag), "{code} {column}");
        }
    }
}

fn percentage(form: &mut IndicatorForm) {
    form.kind = "percentage".into();
    form.agg_locations = "ratio".into();
    form.agg_periods = "ratio_of_sums".into();
}

fn running(form: &mut IndicatorForm) {
    form.accumulation = "running_total".into();
    form.agg_periods = "latest".into();
    form.carry_forward = true;
}

/// 1 and 2: percentages of places are sums of parts; of nobody there is none.
#[tokio::test]
async fn percentages_are_sums_of_their_parts() {
    let field = Field::new().await;
    field.indicator("share", percentage, ["-"; 4]).await;
    field.submit("share", &[(0, 0, "5/10"), (0, 1, "90/100"), (1, 0, "0/10"), (2, 0, "0/0")]).await;
    field.verify().await;
    field.expect("share", &[("2025-Q1", "86.36", "-", Rag::NoTarget), ("2025-Q2", "0", "-", Rag::NoTarget)]).await;
    assert_eq!(field.read("share", "2025-Q3").await.0, "-", "nothing out of nothing is no 0");
    assert_eq!(field.read("share", "2025-Q4").await.0, "-");
    // the year: 95 of 120
    assert_eq!(field.read("share", "2025").await.0, "79.17");
}

/// 3 and 4: a measured 0 is a figure, none is none; sums so far stand in a silent quarter.
#[tokio::test]
async fn results_add_up_and_a_measured_zero_is_a_figure() {
    let field = Field::new().await;
    let results = [(0, 0, "10"), (1, 0, "0"), (3, 0, "5")];
    field.indicator("each", |_| (), ["10"; 4]).await;
    field.indicator("so_far", |form| form.accumulation = "cumulative_sum".into(), ["10", "20", "30", "40"]).await;
    field.submit("each", &results).await;
    field.submit("so_far", &results).await;
    field.verify().await;
    field
        .expect(
            "each",
            &[
                ("2025-Q1", "10", "100", Rag::OnTrack),
                ("2025-Q2", "0", "0", Rag::OffTrack),
                ("2025-Q3", "-", "-", Rag::NoData),
                ("2025-Q4", "5", "50", Rag::OffTrack),
                ("2025", "15", "37.5", Rag::OffTrack),
            ],
        )
        .await;
    for (column, expected) in [("2025-Q1", "10"), ("2025-Q2", "10"), ("2025-Q3", "10"), ("2025-Q4", "15")] {
        assert_eq!(field.read("so_far", column).await.0, expected, "{column}");
    }
    field.expect("so_far", &[("2025", "15", "37.5", Rag::OffTrack)]).await;
}

/// 5, 6 and 21: the latest of each place; a late correction stays in its quarter; a verification said twice changes nothing.
#[tokio::test]
async fn running_totals_take_the_latest_of_each_place() {
    let field = Field::new().await;
    field.indicator("kept", running, ["-"; 4]).await;
    field
        .indicator(
            "silent",
            |form| {
                running(form);
                form.carry_forward = false;
            },
            ["-"; 4],
        )
        .await;
    let results = [(0, 0, "10"), (0, 1, "20"), (1, 0, "15")];
    let values = field.submit("kept", &results).await;
    field.submit("silent", &results).await;
    field.verify().await;
    assert_eq!((field.read("kept", "2025-Q1").await.0, field.read("kept", "2025-Q2").await.0), ("30".to_owned(), "35".to_owned()));
    assert_eq!((field.read("silent", "2025-Q1").await.0, field.read("silent", "2025-Q2").await.0), ("30".to_owned(), "15".to_owned()));
    let before = field.hashes().await;
    let again = reviews::decide(&field.reviewer, field.project, &Selection::These(values.clone()), &Decision::Verify).await;
    assert!(matches!(again, Err(Error::Rule("nothing_waits"))), "{again:?}");
    assert_eq!(field.hashes().await, before);
    reviews::unverify(&field.reviewer, field.project, values[0], "two were counted twice").await.unwrap();
    field.submit("kept", &[(0, 0, "12")]).await;
    field.verify().await;
    assert_eq!((field.read("kept", "2025-Q1").await.0, field.read("kept", "2025-Q2").await.0), ("32".to_owned(), "35".to_owned()));
}

/// 7 to 13: the limits of the colours on the figure that is shown, and achievement by direction and baseline.
#[tokio::test]
async fn achievement_and_colour_are_what_the_examples_say() {
    let field = Field::new().await;
    let cases: [(&str, &str, &str, &str, &str, &str, Rag); 17] = [
        // direction, baseline, formula, actual, target, achievement, colour
        ("increase", "", "ratio", "85", "100", "85", Rag::OnTrack),
        ("increase", "", "ratio", "84.95", "100", "85", Rag::OnTrack),
        ("increase", "", "ratio", "84.94", "100", "84.9", Rag::AtRisk),
        ("increase", "", "ratio", "70", "100", "70", Rag::AtRisk),
        ("increase", "", "ratio", "69.94", "100", "69.9", Rag::OffTrack),
        ("increase", "", "ratio", "115", "100", "115", Rag::OnTrack),
        ("increase", "", "ratio", "115.05", "100", "115.1", Rag::Over),
        ("increase", "40", "progress_from_baseline", "70", "100", "50", Rag::OffTrack),
        ("decrease", "60", "progress_from_baseline", "45", "30", "50", Rag::OffTrack),
        ("decrease", "60", "progress_from_baseline", "75", "30", "-50", Rag::OffTrack),
        ("decrease", "60", "progress_from_baseline", "20", "30", "133.3", Rag::Over),
        ("decrease", "", "ratio", "45", "30", "50", Rag::OffTrack),
        ("decrease", "", "ratio", "30", "30", "100", Rag::OnTrack),
        ("decrease", "", "ratio", "0", "30", "200", Rag::Over),
        ("decrease", "10", "progress_from_baseline", "4", "0", "60", Rag::OffTrack),
        ("increase", "", "ratio", "5", "0", "-", Rag::NoTarget),
        ("increase", "2505", "progress_from_baseline", "12980", "15000", "83.8", Rag::AtRisk),
    ];
    for (at, (direction, baseline, formula, actual, target, ..)) in cases.iter().enumerate() {
        let code = format!("case_{at}");
        let change = |form: &mut IndicatorForm| {
            form.direction = (*direction).into();
            form.baseline_value = (*baseline).into();
            form.achievement_formula = (*formula).into();
        };
        field.indicator(&code, change, [target, "-", "-", "-"]).await;
        field.submit(&code, &[(0, 0, actual)]).await;
    }
    field.verify().await;
    for (at, (.., actual, target, achievement, rag)) in cases.iter().enumerate() {
        let (_, _, achieved, colour) = field.read(&format!("case_{at}"), "2025-Q1").await;
        assert_eq!((achieved.as_str(), colour), (*achievement, *rag), "{actual} of {target}");
    }
}

/// 18 and 19: two entries share one target; drafts count nowhere, what waits is provisional.
#[tokio::test]
async fn a_target_is_of_its_period_and_what_waits_is_provisional() {
    let field = Field::new().await;
    field.indicator("shared", |_| (), ["2", "-", "-", "-"]).await;
    let id = field.indicator("waits", |_| (), ["-"; 4]).await;
    field.submit("shared", &[(0, 0, "1"), (0, 1, "1")]).await;
    field.submit("waits", &[(0, 2, "3")]).await;
    field.verify().await;
    field.expect("shared", &[("2025-Q1", "2", "100", Rag::OnTrack)]).await;
    field.submit("waits", &[(0, 1, "5")]).await;
    let draft = Typed { indicator: id.to_string(), value: "7".into(), ..Typed::default() };
    let (quarter, place) = (field.quarters[0].id, Some(field.places[0].id));
    entries::save(&field.officer, field.project, quarter, place, &[draft], false, "").await.unwrap();
    let (official, provisional, ..) = field.read("waits", "2025-Q1").await;
    assert_eq!((official.as_str(), provisional.as_str()), ("3", "8"));
}
