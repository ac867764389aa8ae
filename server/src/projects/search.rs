//! Finding something by a part of its name: projects, indicators, reports and people, as far as a person sees them.

use uuid::Uuid;

use crate::access::{Can, Cx, Scope};
use crate::kernel::error::Result;

/// The most of one kind that are answered.
const MOST: i32 = 8;
/// The shortest text that is looked for, in letters.
pub const SHORTEST: usize = 2;
/// The longest.
const LONGEST: usize = 100;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A project, by its code.
    Project {
        /// Its title.
        title: String,
        /// Its code.
        code: String,
    },
    /// An indicator.
    Indicator {
        /// Its title.
        title: String,
        /// Its code.
        code: String,
        /// The code of its project.
        project: String,
    },
    /// A report.
    Report {
        /// Its title.
        title: String,
        /// Its id.
        id: Uuid,
        /// The code of its project.
        project: String,
    },
    /// A member.
    Person {
        /// Their name.
        name: String,
        /// The membership, for who may see more of it than the name.
        profile: Option<Uuid>,
    },
}

/// What a text is part of; the best first. A text that is too short finds nothing.
///
/// # Errors
/// Refusal, or the database's.
pub async fn find(cx: &Cx, text: &str) -> Result<Vec<Found>> {
    let mut r = cx.read(Can::ListProjects).await?;
    let text: String = text.trim().chars().take(LONGEST).collect();
    if text.chars().count() < SHORTEST {
        return Ok(Vec::new());
    }
    // who sees names in lists alone opens no project
    let projects = if r.scope == Scope::Names { Some(Vec::new()) } else { r.scope.projects() };
    let profiles = cx.may(Can::ReadMember);
    let rows = sqlx::query!(
        r#"select kind as "kind!", id as "id!", title as "title!", code, project_code from gate.search($1, $2, $3, $4)"#,
        text,
        projects.as_deref(),
        cx.may(Can::ListPeople),
        MOST
    )
    .fetch_all(r.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let project = row.project_code.unwrap_or_default();
            Some(match row.kind.as_str() {
                "project" => Found::Project { title: row.title, code: row.code? },
                "indicator" => Found::Indicator { title: row.title, code: row.code?, project },
                "report" => Found::Report { title: row.title, id: row.id, project },
                "person" => Found::Person { name: row.title, profile: profiles.then_some(row.id) },
                _ => return None,
            })
        })
        .collect())
}
