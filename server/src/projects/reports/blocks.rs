//! What a section shows beside its words, filled from what the project knows and donors may see.

use rust_decimal::Decimal;

use super::gather::Basis;
use crate::access::Reader;
use crate::kernel::crypto::hex;
use crate::kernel::error::Result;
use crate::kernel::ids::ResultNodeId;
use crate::projects::snapshot::{Block, BudgetLine, Count, EvidenceItem, Item, LearningEntry, ResultCounts, text};

/// Files, and things learnt, of a block at the most.
const MOST_LISTED: i64 = 100;
/// Lines of a budget that are listed at the most; its sums are of all.
const MOST_LINES: usize = 500;
/// The colours in the order in which they are told.
const COLOURS: [&str; 7] = ["on_track", "at_risk", "off_track", "over", "no_data", "no_target", "not_due"];

/// Fills a block other than a map, which the report has filled once for all its sections; one of a kind that is not known shows nothing.
pub(super) async fn fill(r: &mut Reader, basis: &Basis<'_>, kind: &str) -> Result<Block> {
    Ok(match kind {
        "tracking" => Block::Tracking,
        "charts" => Block::Charts,
        "achievements" => achievements(basis),
        "budget" => budget(r, basis).await?,
        "evidence" => evidence(r, basis).await?,
        "learning" => learning(r, basis).await?,
        _ => Block::None,
    })
}

/// The column that a report ends with: its quarter, or its year.
pub(super) fn last(basis: &Basis<'_>) -> String {
    basis.columns.last().map(|column| column.key.clone()).unwrap_or_default()
}

/// How many more there are than are shown; none where all are.
pub(super) fn left_out(all: usize, shown: usize) -> Option<String> {
    let left = all.saturating_sub(shown);
    (left > 0).then(|| left.to_string())
}

/// How many of these have which colour in the last column.
fn counted<'a>(items: impl Iterator<Item = &'a Item> + Clone) -> Vec<Count> {
    let has = |colour: &str| items.clone().filter(|item| item.cells.last().is_some_and(|figure| figure.rag == colour)).count();
    COLOURS
        .into_iter()
        .map(|colour| (colour, has(colour)))
        .filter(|(_, count)| *count > 0)
        .map(|(colour, count)| Count { rag: colour.to_owned(), count: count.to_string() })
        .collect()
}

fn achievements(basis: &Basis<'_>) -> Block {
    let mut results: Vec<&Option<(String, String)>> = Vec::new();
    for item in basis.items {
        if !results.contains(&&item.result) {
            results.push(&item.result);
        }
    }
    let results = results
        .into_iter()
        .map(|result| ResultCounts { result: result.clone(), colours: counted(basis.items.iter().filter(|item| item.result == *result)) })
        .collect();
    Block::Achievements { column: last(basis), colours: counted(basis.items.iter()), results }
}

/// The sum of what is there; none where nothing is.
fn sum(values: impl Iterator<Item = Option<Decimal>>) -> Option<Decimal> {
    values.flatten().fold(None, |sum: Option<Decimal>, value| Some(sum.unwrap_or_default().saturating_add(value)))
}

/// What was planned and spent in the quarters of the report.
async fn budget(r: &mut Reader, basis: &Basis<'_>) -> Result<Block> {
    let currency = sqlx::query_scalar!("select currency from app.project where id = $1", basis.project.0).fetch_one(r.conn()).await?;
    let rows = sqlx::query!(
        r#"select l.code, l.name, l.result_node_id as "node: ResultNodeId", a.planned as "planned?", a.spent as "spent?"
           from app.budget_line l
           left join lateral (
             select sum(x.planned) as planned, sum(x.spent) as spent from app.budget_amount x
             where x.tenant_id = l.tenant_id and x.line_id = l.id and x.quarter between $2 and $3
           ) a on true
           where l.project_id = $1 and l.deleted_at is null order by l.code"#,
        basis.project.0,
        basis.from,
        basis.to
    )
    .fetch_all(r.conn())
    .await?;
    let (planned, spent) = (sum(rows.iter().map(|row| row.planned)), sum(rows.iter().map(|row| row.spent)));
    let more = left_out(rows.len(), MOST_LINES);
    let lines = rows
        .into_iter()
        .take(MOST_LINES)
        .map(|row| BudgetLine {
            code: row.code,
            name: row.name,
            result: basis.tree.iter().find(|n| Some(n.id) == row.node).map(|n| (n.number.clone(), n.title.clone())),
            planned: text(row.planned),
            spent: text(row.spent),
        })
        .collect();
    Ok(Block::Budget { currency, lines, planned: text(planned), spent: text(spent), more })
}

/// How many rows there are, as each of those that are read says.
fn in_all(said: Option<i64>) -> usize {
    said.and_then(|count| usize::try_from(count).ok()).unwrap_or_default()
}

/// Files that donors may see and to which nobody who is seen would object: of the report itself, of verified figures within its span that
/// donors see, and of results where they were taken within it.
async fn evidence(r: &mut Reader, basis: &Basis<'_>) -> Result<Block> {
    let rows = sqlx::query!(
        r#"select e.id, e.title, e.filename, e.mime, e.bytes, e.sha256, e.taken_on, count(*) over () as "in_all!" from app.evidence e
         left join app.indicator_value v on v.tenant_id = e.tenant_id and v.id = e.value_id
         left join app.indicator i on i.tenant_id = v.tenant_id and i.id = v.indicator_id
         left join app.reporting_period p on p.tenant_id = v.tenant_id and p.id = v.period_id
         where e.project_id = $1 and e.deleted_at is null and e.donor_visible and e.consent <> 'missing'
           and (e.report_id = $2
             or (v.status = 'verified' and v.deleted_at is null and i.is_public and p.start_date >= $3 and p.end_date <= $4)
             or (e.result_node_id is not null and e.taken_on between $3 and $4))
         order by e.created_at desc, e.id limit $5"#,
        basis.project.0,
        basis.report.0,
        basis.from,
        basis.to,
        MOST_LISTED
    )
    .fetch_all(r.conn())
    .await?;
    let more = left_out(in_all(rows.first().map(|row| row.in_all)), rows.len());
    let items = rows
        .into_iter()
        .map(|row| EvidenceItem {
            id: row.id.to_string(),
            title: row.title,
            filename: row.filename,
            mime: row.mime,
            bytes: row.bytes.to_string(),
            sha256: hex(&row.sha256),
            taken_on: row.taken_on.map(|day| day.to_string()),
        })
        .collect();
    Ok(Block::Evidence { items, more })
}

/// What was learnt within the span and is shared beyond the project.
async fn learning(r: &mut Reader, basis: &Basis<'_>) -> Result<Block> {
    let rows = sqlx::query!(
        r#"select kind, on_day, what_happened, why, implication, count(*) over () as "in_all!" from app.learning_entry
           where project_id = $1 and shared and on_day between $2 and $3 order by on_day desc, id desc limit $4"#,
        basis.project.0,
        basis.from,
        basis.to,
        MOST_LISTED
    )
    .fetch_all(r.conn())
    .await?;
    let more = left_out(in_all(rows.first().map(|row| row.in_all)), rows.len());
    let entries = rows
        .into_iter()
        .map(|row| LearningEntry {
            kind: row.kind,
            date: row.on_day.to_string(),
            what_happened: row.what_happened,
            why: row.why,
            implication: row.implication,
        })
        .collect();
    Ok(Block::Learning { entries, more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted() {
        for (all, shown, left) in
            [(0, 0, None), (8, 8, None), (3, 500, None), (101, 100, Some("1")), (9, 8, Some("1")), (2_000, 100, Some("1900"))]
        {
            assert_eq!(left_out(all, shown).as_deref(), left, "{shown} of {all}");
        }
        assert_eq!((in_all(None), in_all(Some(7))), (0, 7));
    }

    #[test]
    fn a_sum_of_nothing_is_nothing() {
        let some = |n: i64| Some(Decimal::from(n));
        assert_eq!(sum([None, None].into_iter()), None);
        assert_eq!(sum([None, some(5), some(-2)].into_iter()), some(3));
        assert_eq!(sum(std::iter::empty()), None);
    }
}
