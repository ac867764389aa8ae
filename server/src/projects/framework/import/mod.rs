//! A framework from a sheet: results, indicators with their baselines, and targets. A file is checked first and kept until somebody
//! decides; then all of it is made in one step, or nothing.

mod columns;
mod fields;
mod measures;
mod plan;
mod tree;
mod words;

#[cfg(test)]
mod tests;

pub use crate::projects::imports::Problem;
pub use fields::DETAILS;
pub use measures::{NewIndicator, NewTarget};
pub use plan::Plan;
pub use tree::NewResult;
pub use words::Vocabulary;

// a sheet of targets reads figures as this one does
pub(in crate::projects) use fields::{figure, warn_of_percentage};

use rust_decimal::Decimal;
use uuid::Uuid;

use self::plan::Stand;
use self::tree::Slot;
use super::edit::{Place, insert};
use super::{hold_open, nodes};
use crate::access::{Can, Cx, Writer};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ImportId, IndicatorId, LocationId, PeriodId, ProjectId, TargetId};
use crate::projects::imports::{
    Checked, Issue, Kept, Sheet, SheetJob, claim_sheet, find_sheet, keep, list_sheets, on_a_thread, read_sheets, sheet_applied,
    sheet_content,
};
use crate::projects::{indicators, periods, rollup};

/// The largest file taken, in bytes.
pub const MAX_FILE: usize = 5 * 1024 * 1024;

/// What the imports of frameworks are called among those of sheets.
const KIND: &str = "framework";

/// What an import made, or would.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Made {
    /// Results.
    #[serde(default)]
    pub results: usize,
    /// Indicators.
    #[serde(default)]
    pub indicators: usize,
    /// Targets.
    #[serde(default)]
    pub targets: usize,
}

impl Made {
    fn of(plan: &Plan) -> Self {
        Self { results: plan.results.len(), indicators: plan.indicators.len(), targets: plan.targets() }
    }
}

/// An import of a framework.
pub type Job = SheetJob<Made>;

/// The sheets of a file, or why it cannot be read.
type Sheets = Result<Vec<Sheet>, Box<Issue>>;

/// Reading a file takes a while, and may have to wait for its turn: nothing is held meanwhile.
async fn read(bytes: Vec<u8>) -> Result<Sheets> {
    on_a_thread(move || read_sheets(&bytes)).await
}

/// What a file brings. It waits for nobody's turn: in [`apply`] the framework is held meanwhile.
async fn planned(sheets: Sheets, vocabulary: &Vocabulary, stand: Stand) -> Result<Plan> {
    let vocabulary = vocabulary.clone();
    let work = move || match sheets {
        Ok(sheets) => plan::plan(sheets, &stand, &vocabulary),
        Err(issue) => Plan::refused(issue.code.as_str(), issue.row, &issue.value),
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(format!("framework import: {error}")))
}

/// The framework as it stands.
async fn stand(conn: &mut sqlx::PgConnection, project: ProjectId) -> Result<Stand> {
    let frame = sqlx::query!(
        "select framework_template, framework_levels, framework_level_indicators from app.project where id = $1 and deleted_at is null",
        project.0
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(Error::NotFound)?;
    // a code is never given twice, whatever became of its first indicator
    let codes =
        sqlx::query!(r#"select code, title, deleted_at is not null as "gone!" from app.indicator where project_id = $1"#, project.0)
            .fetch_all(&mut *conn)
            .await?;
    let places = sqlx::query!(
        r#"select l.id as "id: LocationId", l.code from app.project_location pl
           join app.location l on l.tenant_id = pl.tenant_id and l.id = pl.location_id
           where pl.project_id = $1"#,
        project.0
    )
    .fetch_all(&mut *conn)
    .await?;
    Ok(Stand {
        template: frame.framework_template,
        own_levels: frame.framework_levels,
        level_indicators: frame.framework_level_indicators,
        nodes: nodes(&mut *conn, project).await?,
        codes: codes.into_iter().map(|row| (row.code, Some(row.title).filter(|_| !row.gone))).collect(),
        periods: periods::of_project(conn, project).await?,
        places: places.into_iter().map(|row| (row.code, row.id)).collect(),
    })
}

/// A dry run: the file is kept until it is decided, at most a day; of one that brings nothing, or cannot be read, only what was found.
///
/// # Errors
/// Refusal, too large; `framework_approved`; `too_many_files_wait`; or the database's.
pub async fn check(cx: &Cx, project: ProjectId, filename: &str, bytes: Vec<u8>, vocabulary: &Vocabulary) -> Result<ImportId> {
    cx.admit(Can::EditFramework(project)).await?;
    if bytes.len() > MAX_FILE {
        return Err(Error::TooLarge);
    }
    let mut r = cx.read(Can::EditFramework(project)).await?;
    let stand = stand(r.conn(), project).await?;
    drop(r);
    let plan = planned(read(bytes.clone()).await?, vocabulary, stand).await?;
    let mut w = cx.write(Can::EditFramework(project)).await?;
    hold_open(w.conn(), project).await?;
    let checked = Checked {
        project: Some(project),
        kind: KIND,
        filename,
        bytes: &bytes,
        rows: plan.rows,
        errors: plan.errors,
        warnings: plan.warnings,
        is_ready: plan.is_ready(),
        problems: &plan.problems,
        made: Made::of(&plan),
    };
    let id = keep(&mut w, checked).await?;
    w.commit(Event::ImportChecked { import: id, project: Some(project), rows: plan.rows, errors: plan.errors }).await?;
    Ok(id)
}

/// The imports of a framework, newest first, at most 50.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, project: ProjectId) -> Result<Vec<Job>> {
    let mut r = cx.read(Can::EditFramework(project)).await?;
    list_sheets(r.conn(), Some(project), KIND).await
}

/// An import with what it would make as the framework stands now; none once it was applied, or where the file is no longer kept.
///
/// # Errors
/// Refusal, not found; or the database's.
pub async fn find(cx: &Cx, project: ProjectId, import: ImportId, vocabulary: &Vocabulary) -> Result<(Job, Option<Plan>)> {
    let mut r = cx.read(Can::EditFramework(project)).await?;
    let (job, kept) = find_sheet::<Made>(r.conn(), Some(project), KIND, import).await?;
    let plan = match kept {
        Kept::File(bytes) => {
            let stand = stand(r.conn(), project).await?;
            drop(r);
            Some(planned(read(bytes).await?, vocabulary, stand).await?)
        }
        Kept::Found(problems) => Some(Plan::found(&job, problems)),
        Kept::Nothing => None,
    };
    Ok((job, plan))
}

/// Makes what a checked file brings, all of it in one step: what was shown, or nothing.
///
/// # Errors
/// Refusal; `import_not_ready`, `framework_import_wrong`; `framework_import_changed`, where something else would be made than was shown;
/// `framework_approved`; or the database's. Then nothing was made.
pub async fn apply(cx: &Cx, project: ProjectId, import: ImportId, shown: &str, vocabulary: &Vocabulary) -> Result<Made> {
    let mut r = cx.read(Can::EditFramework(project)).await?;
    let bytes = sheet_content(r.conn(), Some(project), KIND, import).await?.ok_or(Error::Rule("import_not_ready"))?;
    drop(r);
    let sheets = read(bytes).await?;
    let mut w = cx.write(Can::EditFramework(project)).await?;
    w.allow_long_work().await?;
    hold_open(w.conn(), project).await?;
    claim_sheet(&mut w, import).await?;
    // planned again while nobody changes the framework: what was free at the dry run may be taken by now
    let stand = stand(w.conn(), project).await?;
    let plan = planned(sheets, vocabulary, stand).await?;
    if !plan.is_ready() {
        return Err(Error::Rule("framework_import_wrong"));
    }
    if plan.mark() != shown {
        return Err(Error::Rule("framework_import_changed"));
    }
    write(&mut w, project, &plan).await?;
    let made = Made::of(&plan);
    sheet_applied(&mut w, import, made).await?;
    let Made { results, indicators, targets } = made;
    w.commit(Event::FrameworkImported { import, project, results, indicators, targets }).await?;
    Ok(made)
}

/// Writes a plan: by the same statements as what people type.
async fn write(w: &mut Writer, project: ProjectId, plan: &Plan) -> Result<()> {
    let mut made = Vec::with_capacity(plan.results.len());
    for result in &plan.results {
        let parent = match result.parent {
            None => None,
            Some(Slot::There(id)) => Some(id),
            Some(Slot::New(at)) => made.get(at).copied(),
        };
        let place = Place { parent, level: result.level, number: result.number.clone(), sort: result.sort };
        made.push(insert(w, project, &place, &result.form.parse()?).await?);
    }
    let mut targets = Targets::default();
    for indicator in &plan.indicators {
        let node = match indicator.slot {
            None => None,
            Some(Slot::There(id)) => Some(id),
            Some(Slot::New(at)) => made.get(at).copied(),
        };
        let mut form = indicator.form.clone();
        form.result_node_id = node.map(|id| id.to_string()).unwrap_or_default();
        let id = indicators::insert(w, project, &form.parse()?).await?;
        targets.add(id, &indicator.targets);
    }
    targets.write(w, project).await
}

/// Targets as columns, written at once.
#[derive(Default)]
struct Targets {
    ids: Vec<Uuid>,
    indicators: Vec<Uuid>,
    periods: Vec<Uuid>,
    places: Vec<Option<Uuid>>,
    values: Vec<Decimal>,
}

impl Targets {
    fn add(&mut self, indicator: IndicatorId, targets: &[NewTarget]) {
        for target in targets {
            self.ids.push(TargetId::new().0);
            self.indicators.push(indicator.0);
            self.periods.push(target.period.0);
            self.places.push(target.place.map(|place| place.0));
            self.values.push(target.value);
        }
    }

    async fn write(self, w: &mut Writer, project: ProjectId) -> Result<()> {
        sqlx::query!(
            "insert into app.target (id, project_id, indicator_id, period_id, location_id, value)
             select f.id, $1, f.indicator, f.period, f.place, f.value
             from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::numeric[]) as f(id, indicator, period, place, value)",
            project.0,
            &self.ids,
            &self.indicators,
            &self.periods,
            &self.places as &[Option<Uuid>],
            &self.values
        )
        .execute(w.conn())
        .await?;
        let touched: Vec<_> =
            self.indicators.iter().zip(&self.periods).map(|(indicator, period)| (IndicatorId(*indicator), PeriodId(*period))).collect();
        rollup::recompute(w.conn(), project, &touched).await
    }
}
