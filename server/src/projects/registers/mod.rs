//! Registers from a sheet: the organisation's places, a project's budget, the targets of its indicators. A file is checked first and kept
//! until somebody decides; then all of it is written in one step, or nothing. A register that is taken out and sent back changes nothing,
//! as long as it has no more rows than a sheet may.

mod budget;
mod heads;
mod locations;
mod plan;
mod taken;
mod targets;
mod write;

#[cfg(test)]
mod tests;

pub use heads::Vocabulary;
pub use plan::{Change, Made, Plan};
pub use taken::{Cell, Column, Taken, take_out};

use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ImportId, ProjectId};
use crate::projects::imports::{
    Checked, Kept, SheetJob, claim_sheet, find_sheet, keep, list_sheets, read_sheets, sheet_applied, sheet_content, turn,
};
use crate::projects::indicators::WhyForm;

/// The largest file taken, in bytes.
pub const MAX_FILE: usize = 5 * 1024 * 1024;

/// The fields of all registers, in the order of our own workbooks.
pub const FIELDS: [&str; 21] = [
    "code",
    "title",
    "name",
    "parent",
    "level",
    "lat",
    "lon",
    "population",
    "active",
    "result",
    "location",
    "quarter",
    "planned",
    "spent",
    "period",
    "start",
    "end",
    "target",
    "numerator",
    "denominator",
    "note",
];

/// What a register is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The organisation's places.
    Locations,
    /// A project's budget.
    Budget,
    /// The targets of a project's indicators.
    Targets,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Locations, Self::Budget, Self::Targets];

    /// The text kept in the database, and in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Locations => "locations",
            Self::Budget => "budget",
            Self::Targets => "targets",
        }
    }

    /// The kind of a text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What a sheet of it may say.
    #[must_use]
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Locations => &["code", "name", "parent", "level", "lat", "lon", "population", "active"],
            Self::Budget => &["code", "name", "result", "quarter", "planned", "spent"],
            Self::Targets => &["code", "title", "location", "period", "start", "end", "target", "numerator", "denominator", "note"],
        }
    }

    /// What the log calls it when a sheet of it was applied.
    const fn imported(self) -> &'static str {
        match self {
            Self::Locations => "location.imported",
            Self::Budget => "budget.imported",
            Self::Targets => "indicator.targets_imported",
        }
    }

    /// What the log calls it when it was taken out.
    const fn exported(self) -> &'static str {
        match self {
            Self::Locations => "location.exported",
            Self::Budget => "budget.exported",
            Self::Targets => "indicator.targets_exported",
        }
    }

    /// What is said where a sheet has no heads of it.
    const fn heads_missing(self) -> &'static str {
        match self {
            Self::Locations => "locations_heads_missing",
            Self::Budget => "budget_heads_missing",
            Self::Targets => "targets_heads_missing",
        }
    }
}

/// A register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    /// The organisation's places.
    Locations,
    /// The budget of a project.
    Budget(ProjectId),
    /// The targets of a project.
    Targets(ProjectId),
}

impl Register {
    /// What it is of.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Locations => Kind::Locations,
            Self::Budget(_) => Kind::Budget,
            Self::Targets(_) => Kind::Targets,
        }
    }

    /// The project it belongs to; none for what is the organisation's.
    #[must_use]
    pub const fn project(self) -> Option<ProjectId> {
        match self {
            Self::Locations => None,
            Self::Budget(project) | Self::Targets(project) => Some(project),
        }
    }

    /// What changing it needs, by a form or by a sheet.
    const fn can(self) -> Can {
        match self {
            Self::Locations => Can::ImportLocations,
            Self::Budget(project) => Can::EditBudget(project),
            Self::Targets(project) => Can::EditFramework(project),
        }
    }
}

/// An import of a register.
pub type Job = SheetJob<Made>;

/// A dry run: the file is kept until it is decided, at most a day; of one that brings nothing, or cannot be read, only what was found.
///
/// # Errors
/// Refusal, too large, busy; `framework_approved`, of targets; `too_many_files_wait`; or the database's.
pub async fn check(cx: &Cx, register: Register, filename: &str, bytes: Vec<u8>, vocabulary: &Vocabulary) -> Result<ImportId> {
    cx.admit(register.can()).await?;
    if bytes.len() > MAX_FILE {
        return Err(Error::TooLarge);
    }
    let plan = looked_through(cx, register, bytes.clone(), vocabulary).await?;
    let mut w = cx.write(register.can()).await?;
    if let Register::Targets(project) = register {
        super::framework::hold_open(w.conn(), project).await?;
    }
    let checked = Checked {
        project: register.project(),
        kind: register.kind().as_str(),
        filename,
        bytes: &bytes,
        rows: plan.rows,
        errors: plan.errors,
        warnings: plan.warnings,
        is_ready: plan.is_ready(),
        problems: &plan.problems,
        made: plan.made,
    };
    let import = keep(&mut w, checked).await?;
    w.commit(Event::ImportChecked { import, project: register.project(), rows: plan.rows, errors: plan.errors }).await?;
    Ok(import)
}

/// What a file would change as the register stands now. It is read with nothing held, and its turn is kept for the plan.
async fn looked_through(cx: &Cx, register: Register, bytes: Vec<u8>, vocabulary: &Vocabulary) -> Result<Plan> {
    let (sheets, turn) = turn().await?.work(move || read_sheets(&bytes)).await?;
    let mut r = cx.read(register.can()).await?;
    let stand = write::stand(r.conn(), register).await?;
    drop(r);
    let vocabulary = vocabulary.clone();
    let (plan, _) = turn.work(move || plan::plan(sheets, &stand, &vocabulary)).await?;
    Ok(plan)
}

/// The imports of a register, newest first, at most 50.
///
/// # Errors
/// Refusal, or the database's.
pub async fn list(cx: &Cx, register: Register) -> Result<Vec<Job>> {
    let mut r = cx.read(register.can()).await?;
    list_sheets(r.conn(), register.project(), register.kind().as_str()).await
}

/// An import with what it would change as the register stands now; none once it was applied, or where the file is no longer kept.
///
/// # Errors
/// Refusal, not found, busy; or the database's.
pub async fn find(cx: &Cx, register: Register, import: ImportId, vocabulary: &Vocabulary) -> Result<(Job, Option<Plan>)> {
    let mut r = cx.read(register.can()).await?;
    let (job, kept) = find_sheet::<Made>(r.conn(), register.project(), register.kind().as_str(), import).await?;
    drop(r);
    let plan = match kept {
        Kept::File(bytes) => Some(looked_through(cx, register, bytes, vocabulary).await?),
        Kept::Found(problems) => Some(Plan::found(&job, problems)),
        Kept::Nothing => None,
    };
    Ok((job, plan))
}

/// Writes what a checked file changes, all of it in one step: what was shown, or nothing. `why` is asked for of targets whose framework was
/// approved before.
///
/// # Errors
/// Refusal, busy, refused fields; `import_not_ready`, `register_wrong`; `register_changed`, where something else would be written than was
/// shown; `framework_approved`, of targets; or the database's. Then nothing was written.
pub async fn apply(cx: &Cx, register: Register, import: ImportId, shown: &str, why: &WhyForm, vocabulary: &Vocabulary) -> Result<Made> {
    let mut r = cx.read(register.can()).await?;
    let bytes =
        sheet_content(r.conn(), register.project(), register.kind().as_str(), import).await?.ok_or(Error::Rule("import_not_ready"))?;
    drop(r);
    let (sheets, turn) = turn().await?.work(move || read_sheets(&bytes)).await?;
    let mut w = cx.write(register.can()).await?;
    w.allow_long_work().await?;
    let why = write::hold(&mut w, register, why).await?;
    claim_sheet(&mut w, import).await?;
    // planned again while nobody changes the register: what was free at the dry run may be taken by now
    let stand = write::stand(w.conn(), register).await?;
    let vocabulary = vocabulary.clone();
    let (plan, _) = turn.work(move || plan::plan(sheets, &stand, &vocabulary)).await?;
    if !plan.is_ready() {
        return Err(Error::Rule("register_wrong"));
    }
    if plan.mark() != shown {
        return Err(Error::Rule("register_changed"));
    }
    write::write(&mut w, register, &plan.work, why.as_ref()).await?;
    sheet_applied(&mut w, import, plan.made).await?;
    let Made { fresh, changed, .. } = plan.made;
    let (action, project) = (register.kind().imported(), register.project());
    w.commit(Event::RegisterImported { import, action, project, fresh, changed }).await?;
    Ok(plan.made)
}
