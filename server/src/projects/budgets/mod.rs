//! A project's budget: lines, each perhaps of a result, with what was planned and spent by quarter, beside what that result achieved.

mod burn;

pub use burn::{Sums, quarters};

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::framework::{Node, nodes};
use super::{Project, open};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::figure_text::figure;
use crate::kernel::ids::{BudgetAmountId, BudgetLineId, ProjectId, ResultNodeId};
use crate::kernel::text;

/// Lines of a project at the most.
pub(super) const MOST_LINES: i64 = 500;

/// What was planned and spent in a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The quarter's first day.
    pub quarter: NaiveDate,
    /// What was planned; none where nothing was said.
    pub planned: Option<Decimal>,
    /// What was spent; likewise.
    pub spent: Option<Decimal>,
}

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its id.
    pub id: BudgetLineId,
    /// Its code, unique in the project.
    pub code: String,
    /// What it is for.
    pub name: String,
    /// The result that it pays for.
    pub node: Option<ResultNodeId>,
    /// The version that an edit must name: any of its amounts makes a new one.
    pub row_version: i32,
    /// Its amounts of the year, in the order of the quarters.
    pub amounts: Vec<Amount>,
    /// The sums of the year.
    pub sums: Sums,
    /// The sums of the whole project.
    pub ever: Sums,
}

/// A budget of one year.
#[derive(Clone, Debug)]
pub struct Budget {
    /// The project.
    pub project: Project,
    /// The project's currency.
    pub currency: String,
    /// The framework, for naming results.
    pub nodes: Vec<Node>,
    /// The years of the project, newest first.
    pub years: Vec<i32>,
    /// The year shown.
    pub year: i32,
    /// The lines, by code.
    pub lines: Vec<Line>,
    /// The sums of all lines in the year.
    pub sums: Sums,
    /// The sums of all lines in the whole project.
    pub ever: Sums,
}

/// The budget of a year; without one, of this year or the project's last.
///
/// # Errors
/// Not found, refusal, or the database's.
pub async fn get(cx: &Cx, code: &str, year: Option<i32>) -> Result<Budget> {
    let (mut r, project) = open(cx, code, Can::ReadBudget).await?;
    let head = sqlx::query!(r#"select currency, (select app.today()) as "today!" from app.project where id = $1"#, project.id.0)
        .fetch_optional(r.conn())
        .await?
        .ok_or(Error::NotFound)?;
    let lines = sqlx::query!(
        r#"select id as "id: BudgetLineId", code, name, result_node_id as "node: ResultNodeId", row_version from app.budget_line
           where project_id = $1 and deleted_at is null order by code"#,
        project.id.0
    )
    .fetch_all(r.conn())
    .await?;
    let rows = sqlx::query!(
        r#"select line_id as "line: BudgetLineId", quarter, planned, spent from app.budget_amount where project_id = $1 order by quarter"#,
        project.id.0
    )
    .fetch_all(r.conn())
    .await?;
    let nodes = nodes(r.conn(), project.id).await?;
    let mut by_line: HashMap<BudgetLineId, Vec<Amount>> = HashMap::new();
    for row in rows {
        by_line.entry(row.line).or_default().push(Amount { quarter: row.quarter, planned: row.planned, spent: row.spent });
    }
    // bills come after the end, and dates move: a year with amounts can always be chosen
    let (first, last) = (project.start_date.year(), project.end_date.year().saturating_add(1));
    let mut years: Vec<i32> = (first..=last).chain(by_line.values().flatten().map(|amount| amount.quarter.year())).collect();
    years.sort_unstable_by(|a, b| b.cmp(a));
    years.dedup();
    let year = year.filter(|year| (1990..=2100).contains(year)).unwrap_or_else(|| head.today.year().clamp(first, last));
    let mut of_year = Vec::new();
    let mut of_all = Vec::new();
    let lines: Vec<Line> = lines
        .into_iter()
        .map(|row| {
            let all = by_line.remove(&row.id).unwrap_or_default();
            let amounts: Vec<Amount> = quarters(year)
                .into_iter()
                .map(|quarter| {
                    let there = all.iter().find(|amount| amount.quarter == quarter).copied();
                    there.unwrap_or(Amount { quarter, planned: None, spent: None })
                })
                .collect();
            of_year.extend_from_slice(&amounts);
            of_all.extend_from_slice(&all);
            let (sums, ever) = (Sums::of(&amounts, head.today), Sums::of(&all, head.today));
            Line { id: row.id, code: row.code, name: row.name, node: row.node, row_version: row.row_version, amounts, sums, ever }
        })
        .collect();
    let (sums, ever) = (Sums::of(&of_year, head.today), Sums::of(&of_all, head.today));
    Ok(Budget { years, project, currency: head.currency, nodes, year, lines, sums, ever })
}

/// A line as typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineForm<'a> {
    /// Its code.
    pub code: &'a str,
    /// What it is for.
    pub name: &'a str,
    /// The result's id; empty for none.
    pub node: &'a str,
}

/// Adds a line.
///
/// # Errors
/// Refusal, refused fields (`taken` for a code in use), `budget_full`, or the database's.
pub async fn add(cx: &Cx, project: ProjectId, form: LineForm<'_>) -> Result<BudgetLineId> {
    let mut w = cx.write(Can::EditBudget(project)).await?;
    super::framework::hold_shared(w.conn(), project).await?;
    let mut bad = Invalid::default();
    let code = bad.keep("code", text::code(form.code));
    let name = bad.keep("name", text::line(form.name, 1, 200));
    let known = nodes(w.conn(), project).await?;
    let node = match form.node {
        "" => Some(None),
        id => bad.keep("node", known.iter().find(|node| node.id.to_string() == id).map(|node| Some(node.id.0)).ok_or("not_a_choice")),
    };
    let (Some(code), Some(name), Some(node)) = (code, name, node) else { return Err(Error::Invalid(bad)) };
    expect_room(&mut w, project).await?;
    let id = BudgetLineId::new();
    sqlx::query!(
        "insert into app.budget_line (id, project_id, code, name, result_node_id) values ($1, $2, $3, $4, $5)",
        id.0,
        project.0,
        code,
        name,
        node
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "code"))?;
    w.commit(Event::BudgetLineAdded { line: id, project }).await?;
    Ok(id)
}

/// Puts a line into the bin, with its amounts. Its code is typed, so that it is this one.
///
/// # Errors
/// Refusal, stale (also of one that is there no more), another code (`confirm`), or the database's.
pub async fn remove(cx: &Cx, project: ProjectId, line: BudgetLineId, row_version: i32, typed: &str) -> Result<()> {
    let mut w = cx.write(Can::EditBudget(project)).await?;
    let code = sqlx::query_scalar!(
        "select code from app.budget_line where project_id = $1 and id = $2 and row_version = $3 and deleted_at is null for update",
        project.0,
        line.0,
        row_version
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::Stale)?;
    text::called(typed, &code).map_err(|fault| Error::field("confirm", fault))?;
    sqlx::query!("update app.budget_line set deleted_at = now() where id = $1", line.0).execute(w.conn()).await?;
    w.commit(Event::BudgetLineRemoved { line, project }).await
}

/// Takes a line back out of the bin, with its amounts; without its result where that is in the bin.
///
/// # Errors
/// Not found, `bin_code_taken` for a code in use by now, `budget_full`, or the database's.
pub(crate) async fn take_back(w: &mut Writer, project: ProjectId, line: BudgetLineId) -> Result<()> {
    super::framework::hold_shared(w.conn(), project).await?;
    expect_room(w, project).await?;
    let done = sqlx::query!(
        "update app.budget_line l set deleted_at = null, result_node_id = (select n.id from app.result_node n
           where n.tenant_id = l.tenant_id and n.id = l.result_node_id and n.deleted_at is null)
         where l.project_id = $1 and l.id = $2 and l.deleted_at is not null",
        project.0,
        line.0
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::on_duplicate(error, Error::Rule("bin_code_taken")))?;
    if done.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// That a budget has room for one more line.
async fn expect_room(w: &mut Writer, project: ProjectId) -> Result<()> {
    let there =
        sqlx::query_scalar!(r#"select count(*) as "n!" from app.budget_line where project_id = $1 and deleted_at is null"#, project.0)
            .fetch_one(w.conn())
            .await?;
    if there >= MOST_LINES { Err(Error::Rule("budget_full")) } else { Ok(()) }
}

/// Amounts of a line as typed: of each quarter what is planned and what was spent.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The line.
    pub line: BudgetLineId,
    /// The version that was shown.
    pub row_version: i32,
    /// What was shown, as it would be typed, in the order of the year's quarters: planned, spent, planned, … What reads as it was shown was
    /// not changed, whoever changed it since.
    pub was: Vec<String>,
    /// By the quarter's first day: planned, spent; empty for nothing said.
    pub amounts: BTreeMap<NaiveDate, [String; 2]>,
}

/// The name of a field: `planned-{line}-{quarter}`, `spent-{line}-{quarter}`.
#[must_use]
pub fn field_of(what: &str, line: BudgetLineId, quarter: NaiveDate) -> String {
    format!("{what}-{line}-{quarter}")
}

/// Sets amounts: all of them or none. What was not changed stays as it is, whoever changed it since. Answers how many
/// amounts were changed.
///
/// # Errors
/// Refusal; refused fields, named as [`field_of`]; stale; or the database's.
pub async fn save(cx: &Cx, project: ProjectId, typed: &[Typed]) -> Result<usize> {
    let mut w = cx.write(Can::EditBudget(project)).await?;
    let mut bad = Invalid::default();
    let wanted: Vec<(BudgetLineId, i32, Vec<Amount>)> =
        typed.iter().map(|line| (line.line, line.row_version, parse(line, &mut bad))).collect();
    bad.check()?;
    let mut count = 0;
    for (line, row_version, amounts) in wanted {
        count += save_line(&mut w, project, line, row_version, &amounts).await?.0;
    }
    w.commit(Event::BudgetSaved { project, count }).await?;
    Ok(count)
}

fn parse(line: &Typed, bad: &mut Invalid) -> Vec<Amount> {
    let mut out = Vec::with_capacity(line.amounts.len());
    for (at, (quarter, [planned, spent])) in line.amounts.iter().enumerate() {
        let shown = |what: usize| line.was.get(2 * at + what).map(|was| was.trim());
        if shown(0) == Some(planned.trim()) && shown(1) == Some(spent.trim()) {
            continue;
        }
        let planned_name = field_of("planned", line.line, *quarter);
        let planned = bad.keep(&planned_name, figure(planned)).flatten();
        let spent = bad.keep(&field_of("spent", line.line, *quarter), figure(spent)).flatten();
        if planned.is_some_and(|planned| planned.is_sign_negative() && !planned.is_zero()) {
            bad.note(&planned_name, "negative");
        }
        if !quarters(quarter.year()).contains(quarter) {
            bad.note(&planned_name, "not_a_choice");
        }
        out.push(Amount { quarter: *quarter, planned, spent });
    }
    out
}

/// Writes the amounts of a line that differ from what stands there, with a new version of the line. Answers how many, and the version.
pub(super) async fn save_line(
    w: &mut Writer,
    project: ProjectId,
    line: BudgetLineId,
    row_version: i32,
    amounts: &[Amount],
) -> Result<(usize, i32)> {
    let rows = sqlx::query!(
        "select quarter, planned, spent from app.budget_amount where project_id = $1 and line_id = $2 for update",
        project.0,
        line.0
    )
    .fetch_all(w.conn())
    .await?;
    let there = |quarter| rows.iter().find(|row| row.quarter == quarter).map_or((None, None), |row| (row.planned, row.spent));
    let changed: Vec<&Amount> = amounts.iter().filter(|amount| there(amount.quarter) != (amount.planned, amount.spent)).collect();
    if changed.is_empty() {
        return Ok((0, row_version));
    }
    // one edit of a line after the other
    let version = sqlx::query_scalar!(
        "update app.budget_line set code = code where project_id = $1 and id = $2 and row_version = $3 and deleted_at is null
         returning row_version",
        project.0,
        line.0,
        row_version
    )
    .fetch_optional(w.conn())
    .await?
    .ok_or(Error::Stale)?;
    let ids: Vec<Uuid> = changed.iter().map(|_| BudgetAmountId::new().0).collect();
    sqlx::query!(
        "insert into app.budget_amount (id, project_id, line_id, quarter, planned, spent)
         select t.id, $1, $2, t.quarter, t.planned, t.spent
         from unnest($3::uuid[], $4::date[], $5::numeric[], $6::numeric[]) as t(id, quarter, planned, spent)
         on conflict (tenant_id, project_id, line_id, quarter) do update set planned = excluded.planned, spent = excluded.spent",
        project.0,
        line.0,
        &ids,
        &changed.iter().map(|amount| amount.quarter).collect::<Vec<_>>(),
        &changed.iter().map(|amount| amount.planned).collect::<Vec<_>>() as &[Option<Decimal>],
        &changed.iter().map(|amount| amount.spent).collect::<Vec<_>>() as &[Option<Decimal>]
    )
    .execute(w.conn())
    .await?;
    Ok((changed.len(), version))
}
