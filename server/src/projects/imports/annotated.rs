//! The rows of an import that have problems, as they came, so that they can be mended and sent again.

use std::collections::{BTreeMap, BTreeSet};

use csv::StringRecord;

use super::jobs::{JobIssue, find, on_a_thread};
use super::problem::Problem;
use super::sheets::Sheet;
use super::table::Table;
use crate::access::{Can, Cx};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ImportId, ProjectId};

/// The columns that a workbook of such rows has behind those of the file: the number of the row, and what is wrong.
pub const ADDED: [&str; 2] = ["kipimo_row", "kipimo_problem"];
/// Characters of a cell that a workbook takes.
const LONGEST_CELL: usize = 32_000;

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
    let (headers, rows) = on_a_thread(move || rows_of(&content, issues)).await??;
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
    // columns that an earlier such workbook added say what was wrong then
    let own = |name: &str| !ADDED.contains(&name);
    let kept: Vec<usize> = table.headers.iter().enumerate().filter(|(_, name)| own(name)).map(|(at, _)| at).collect();
    while let Some(number) = table.read_row(&mut record).map_err(unreadable)? {
        // what was only warned of was written
        let issues = by_row.remove(&number).filter(|issues| issues.iter().any(|issue| issue.severity != "warning"));
        if let Some(issues) = issues {
            let cells = kept.iter().map(|at| record.get(*at).unwrap_or_default().chars().take(LONGEST_CELL).collect()).collect();
            rows.push(FaultyRow { number, cells, issues });
        }
    }
    Ok((table.headers.into_iter().filter(|name| own(name)).collect(), rows))
}

/// Every row of a sheet beneath its heads, as it came, with what is wrong in it; `at` is the number of the sheet, `heads` are by column.
pub(in crate::projects) fn every_row(
    sheet: &Sheet,
    at: usize,
    head_row: u32,
    heads: &BTreeMap<usize, String>,
    problems: &[Problem],
) -> Annotated {
    let mut by_row: BTreeMap<i32, Vec<JobIssue>> = BTreeMap::new();
    for problem in problems.iter().filter(|problem| problem.sheet == at) {
        by_row.entry(problem.issue.row_number).or_default().push(problem.issue.clone());
    }
    // what an earlier answer to the same sheet said
    let added = |column: &usize| heads.get(column).is_some_and(|text| ADDED.contains(&text.trim()));
    let beneath = || sheet.rows.iter().filter(|row| row.number > head_row);
    let columns: BTreeSet<usize> =
        heads.keys().chain(beneath().flat_map(|row| row.cells.keys())).copied().filter(|column| !added(column)).collect();
    let rows = beneath().map(|row| FaultyRow {
        number: row.number,
        cells: columns.iter().map(|column| row.cells.get(column).cloned().unwrap_or_default()).collect(),
        issues: by_row.remove(&i32::try_from(row.number).unwrap_or(i32::MAX)).unwrap_or_default(),
    });
    let rows = rows.collect();
    let headers = columns.iter().map(|column| heads.get(column).cloned().unwrap_or_default()).collect();
    Annotated { filename: sheet.name.clone(), headers, rows }
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
        let file = b"start,taps,kipimo_problem,soap\n2026-01-01,1,,2\n\n2026-02-01,x,old,3\n2026-03-01,y";
        let warned = JobIssue { severity: "warning".into(), ..issue(2, "row_empty") };
        let issues = vec![issue(5, "row_length"), issue(4, "number_invalid"), issue(4, "date_format"), warned];
        let (headers, rows) = rows_of(file, issues).unwrap();
        assert_eq!(headers, ["start", "taps", "soap"]);
        let told: Vec<_> = rows.iter().map(|row| (row.number, row.cells.join("|"), row.issues.len())).collect();
        assert_eq!(told, [(4, "2026-02-01|x|3".to_owned(), 2), (5, "2026-03-01|y|".to_owned(), 1)]);
        assert!(rows_of(b"", Vec::new()).is_err());
    }
}
