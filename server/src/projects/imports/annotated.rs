//! The rows of an import that have problems, as they came, so that they can be mended and sent again.

use std::collections::BTreeMap;

use csv::StringRecord;

use super::jobs::{JobIssue, find};
use super::table::Table;
use crate::access::{Can, Cx};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ImportId, ProjectId};

/// A row with what is wrong in it.
#[derive(Clone, Debug)]
pub struct FaultyRow {
    /// Its number in the file.
    pub number: u32,
    /// Its cells, as many as there are columns.
    pub cells: Vec<String>,
    /// What is wrong.
    pub issues: Vec<JobIssue>,
}

/// What is to be mended of a file.
#[derive(Clone, Debug)]
pub struct Annotated {
    /// The file's name.
    pub filename: String,
    /// The names of the columns.
    pub headers: Vec<String>,
    /// The rows with problems, in order.
    pub rows: Vec<FaultyRow>,
}

/// The rows of a checked or applied file that have problems.
///
/// # Errors
/// Refusal; not found, also of a file that is no longer kept; or the database's.
pub async fn annotated(cx: &Cx, project: ProjectId, import: ImportId) -> Result<Annotated> {
    let (job, issues) = find(cx, project, import).await?;
    let mut r = cx.read(Can::RunImport(project)).await?;
    let content = sqlx::query_scalar!("select content from app.import_job where project_id = $1 and id = $2", project.0, import.0)
        .fetch_optional(r.conn())
        .await?
        .flatten()
        .ok_or(Error::NotFound)?;
    drop(r);
    let (headers, rows) = tokio::task::spawn_blocking(move || rows_of(&content, issues))
        .await
        .map_err(|error| Error::Internal(format!("import: {error}")))??;
    Ok(Annotated { filename: job.filename, headers, rows })
}

fn rows_of(content: &[u8], issues: Vec<JobIssue>) -> Result<(Vec<String>, Vec<FaultyRow>)> {
    let mut by_row: BTreeMap<u32, Vec<JobIssue>> = BTreeMap::new();
    for issue in issues {
        by_row.entry(u32::try_from(issue.row_number).unwrap_or(0)).or_default().push(issue);
    }
    // what was stored could be read when it was checked
    let unreadable = |_| Error::Rule("import_not_ready");
    let mut table = Table::open(content).map_err(|_| Error::Rule("import_not_ready"))?;
    let (mut record, mut rows) = (StringRecord::new(), Vec::new());
    while let Some(number) = table.read_row(&mut record).map_err(unreadable)? {
        if let Some(issues) = by_row.remove(&number) {
            let mut cells: Vec<String> = record.iter().map(str::to_owned).collect();
            cells.resize(table.headers.len(), String::new());
            rows.push(FaultyRow { number, cells, issues });
        }
    }
    Ok((table.headers, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_with_problems_come_back_as_they_were() {
        let issue = |row_number, code: &str| JobIssue {
            row_number,
            column_name: Some("taps".into()),
            severity: "error".into(),
            code: code.into(),
            value: "x".into(),
            other_row: None,
        };
        let file = b"start,taps,soap\n2026-01-01,1,2\n\n2026-02-01,x,3\n2026-03-01,y";
        let issues = vec![issue(5, "row_length"), issue(4, "number_invalid"), issue(4, "date_format")];
        let (headers, rows) = rows_of(file, issues).unwrap();
        assert_eq!(headers, ["start", "taps", "soap"]);
        let told: Vec<_> = rows.iter().map(|row| (row.number, row.cells.join("|"), row.issues.len())).collect();
        assert_eq!(told, [(4, "2026-02-01|x|3".to_owned(), 2), (5, "2026-03-01|y|".to_owned(), 1)]);
        assert!(rows_of(b"", Vec::new()).is_err());
    }
}
