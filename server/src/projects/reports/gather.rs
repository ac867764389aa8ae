//! What a report says as things stand now: its sections, filled in. The same for who looks ahead and for what is published.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::sections::own;
use super::state::State;
use super::{blocks, map};
use crate::access::{Cx, Reader};
use crate::kernel::crypto::sha256;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{IndicatorId, ProjectId, ReportId, ReportSectionId};
use crate::kernel::text::Locale;
use crate::projects::dimensions;
use crate::projects::framework::{Node, nodes};
use crate::projects::indicators::references;
use crate::projects::publication::{ByPlace, hide};
use crate::projects::snapshot::{Block, Content, FORM, Item, Section, columns_within};
use crate::projects::tracking::{By, Column, Line, break_down, lines, mark_restated};

/// What a report says now.
pub(super) struct Gathered {
    pub content: Content,
    /// The lines that its figures come from.
    pub table: Vec<Line>,
    /// What it tells by place.
    pub by_place: ByPlace,
    pub columns: Vec<Column>,
    pub state: State,
    pub row_version: i32,
}

impl Gathered {
    /// The hash of what it says: that of one who reads it before is the same, unless it changed.
    ///
    /// # Errors
    /// If it cannot be written, which would be a fault of this program.
    pub(super) fn sha256(&self) -> Result<[u8; 32]> {
        Ok(sha256(&self.content.bytes()?))
    }
}

/// What every block is filled from.
pub(super) struct Basis<'a> {
    pub project: ProjectId,
    pub report: ReportId,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub tree: &'a [Node],
    pub table: &'a [Line],
    pub columns: &'a [Column],
    pub items: &'a [Item],
    /// How many a group has at least that is shown outside.
    pub threshold: Decimal,
}

/// The figures of a report, if it shows any: verified ones of indicators that donors see, small groups of the last column marked; and which
/// of them tell most.
async fn figures(
    r: &mut Reader,
    project: ProjectId,
    year: i32,
    columns: &[Column],
    threshold: Decimal,
) -> Result<(Vec<Line>, HashSet<IndicatorId>)> {
    let mut table = lines(r, project, year, None).await?;
    let shown = references(r.conn(), project, None).await?;
    table.retain(|line| shown.get(&line.indicator.id).is_some_and(|reference| reference.is_public));
    mark_restated(r, project, year, &mut table).await?;
    let known = dimensions::all(r.conn()).await?;
    break_down(r, project, year, None, &By::All, &known, &mut table).await?;
    if let Some(column) = columns.last() {
        hide(r, project, column, threshold, &mut table).await?;
    }
    let keys = shown.into_iter().filter(|(_, reference)| reference.is_key).map(|(id, _)| id).collect();
    Ok((table, keys))
}

/// A report as it reads now, whole or one section of it. Whoever sees their own sections alone sees of those what is written, and nothing that
/// is filled in: it tells of all places and of everybody's work.
///
/// # Errors
/// Not found, or the database's.
pub(super) async fn gather(
    cx: &Cx,
    r: &mut Reader,
    project: ProjectId,
    report: ReportId,
    only: Option<ReportSectionId>,
) -> Result<Gathered> {
    let own = own(&r.scope);
    let draft = sqlx::query!(
        r#"select r.title, r.period_from, r.period_to, r.locale, r.status, r.row_version, p.title as project, p.code, p.generated_data
           from app.report r join app.project p on p.tenant_id = r.tenant_id and p.id = r.project_id
           where r.project_id = $1 and r.id = $2 and r.deleted_at is null"#,
        project.0,
        report.0
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let written = sqlx::query!(
        "select key, title, body, block from app.report_section
         where project_id = $1 and report_id = $2 and deleted_at is null and ($3::uuid is null or id = $3) and ($4::uuid is null or assigned_to = $4)
         order by ord, id",
        project.0,
        report.0,
        only.map(|id| id.0),
        own
    )
    .fetch_all(r.conn())
    .await?;
    let needs_figures =
        only.is_none() || written.iter().any(|s| matches!(s.block.as_str(), "tracking" | "charts" | "achievements" | "map"));
    let year = draft.period_from.year();
    let columns = columns_within(draft.period_from, draft.period_to, year);
    let threshold: Decimal = sqlx::query_scalar!("select small_cell_threshold from app.tenant where id = (select app.tenant())")
        .fetch_one(r.conn())
        .await?
        .into();
    let (table, keys) =
        if own.is_none() && needs_figures { figures(r, project, year, &columns, threshold).await? } else { (Vec::new(), HashSet::new()) };
    let tree = nodes(r.conn(), project).await?;
    let locale = Locale::parse(&draft.locale).unwrap_or(Locale::En);
    let (from, to) = (draft.period_from, draft.period_to);
    let items: Vec<Item> = table
        .iter()
        .map(|line| {
            let result = tree.iter().find(|n| Some(n.id) == line.indicator.node).map(|n| (n.number.clone(), n.title.clone()));
            Item::of(line, &columns, to, threshold, result, locale).marked(keys.contains(&line.indicator.id))
        })
        .collect();
    let basis = Basis { project, report, from, to, tree: &tree, table: &table, columns: &columns, items: &items, threshold };
    // one map for all sections that show it
    let shows_map = own.is_none() && written.iter().any(|section| section.block == "map");
    let map = if shows_map { Some(map::filled(r, &basis).await?) } else { None };
    let mut sections = Vec::with_capacity(written.len());
    for row in written {
        let block = match (&map, row.block.as_str()) {
            _ if own.is_some() => Block::None,
            (Some(map), "map") => map.block.clone(),
            (_, kind) => blocks::fill(r, &basis, kind).await?,
        };
        sections.push(Section { key: row.key, title: row.title, body: row.body, block });
    }
    let content = Content {
        v: FORM.into(),
        organisation: cx.standing()?.tenant_name.clone(),
        project: draft.project,
        project_code: draft.code,
        title: draft.title,
        locale: draft.locale,
        from: from.to_string(),
        to: to.to_string(),
        narrative: String::new(),
        generated_data: draft.generated_data,
        columns: columns.iter().map(|column| column.key.clone()).collect(),
        indicators: items,
        sections,
        identity: None,
    };
    let by_place = map.map(|map| map.told).unwrap_or_default();
    Ok(Gathered { content, table, by_place, columns, state: State::of(&draft.status), row_version: draft.row_version })
}
