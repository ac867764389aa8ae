//! An import in one call: a file and its mapping.

use axum::Json;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Path, Query};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Problem;
use super::body::SentParts;
use super::caller::Caller;
use crate::access::Can;
use crate::kernel::error::Error;
use crate::kernel::ids::ProjectId;
use crate::projects;
use crate::projects::imports::{self, Issue, MAX_FILE, Mapping};

/// Bytes of a mapping: as many columns as a file may have, by names as long as they may be.
pub(super) const MAPPING_BYTES: usize = 512 * 1024;

/// How to import.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct How {
    /// Only say what would happen.
    #[serde(default)]
    dry_run: bool,
    /// Write the valid rows although others have errors.
    #[serde(default)]
    valid_rows: bool,
}

/// A file and its mapping.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body to readers of the document")]
pub(crate) struct Body {
    /// A workbook (XLSX: its first sheet that is shown) or CSV in UTF-8, up to 20 MB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// JSON: `{"layout":"wide","dates":{"start":COL,"end":COL},"location":{"code":COL,"name":COL,"parent":COL?},
    /// "indicators":"*" or {COL:CODE},"missing":["NA",""],"create":["locations","periods"]}`, or `"layout":"long"` with
    /// `"indicator"`, `"value"`, `"numerator"` and `"denominator"` columns.
    mapping: String,
}

/// A problem of the file.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Found {
    /// The line; the header is 1.
    row: u32,
    column: Option<String>,
    /// `critical`, `error` or `warning`.
    severity: &'static str,
    code: &'static str,
    value: String,
    /// The other row, for a duplicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_row: Option<u32>,
}

impl From<Issue> for Found {
    fn from(issue: Issue) -> Self {
        Self {
            row: issue.row,
            column: issue.column,
            severity: issue.severity.as_str(),
            code: issue.code.as_str(),
            value: issue.value,
            other_row: issue.other_row,
        }
    }
}

/// What came of it.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Imported {
    rows: u32,
    values: usize,
    issues: Vec<Found>,
    applied: bool,
    import: Option<Uuid>,
}

/// Imports a file, or says what that would do. Errors of the file are part of the answer.
#[utoipa::path(post, path = "/projects/{id}/imports", params(("id" = Uuid, Path), How),
    request_body(content = inline(Body), content_type = "multipart/form-data"),
    responses((status = 200, body = Imported)))]
pub(crate) async fn run(
    Caller(cx): Caller,
    Path(id): Path<Uuid>,
    Query(how): Query<How>,
    sent: SentParts,
) -> Result<Json<Imported>, Problem> {
    projects::find_to_change(&cx, ProjectId(id)).await?;
    // twenty megabytes are not read from who may not import them
    drop(cx.read(Can::RunImport(ProjectId(id))).await?);
    let SentParts { parts, sender } = sent;
    let (filename, bytes, mapping) = sender.or_noted(read(parts).await).await?;
    let outcome = imports::run(&cx, ProjectId(id), &filename, bytes, &mapping, how.dry_run, how.valid_rows).await?;
    Ok(Json(Imported {
        rows: outcome.rows,
        values: outcome.values,
        issues: outcome.issues.into_iter().map(Found::from).collect(),
        applied: outcome.applied,
        import: outcome.import.map(|id| id.0),
    }))
}

fn damaged(error: &MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Error::TooLarge } else { Error::field("file", "damaged") }
}

/// The file's name, the file, and what its columns mean: each once, and nothing beside them.
async fn read(mut parts: Multipart) -> Result<(String, Vec<u8>, Mapping), Error> {
    let (mut filename, mut file, mut mapping) = (String::from("import.csv"), None, None);
    while let Some(mut part) = parts.next_field().await.map_err(|error| damaged(&error))? {
        let name = part.name().unwrap_or_default().to_owned();
        let (kept, most) = match name.as_str() {
            "file" => (&mut file, MAX_FILE),
            "mapping" => (&mut mapping, MAPPING_BYTES),
            _ => return Err(Error::field("body", "part_unknown")),
        };
        if kept.is_some() {
            return Err(Error::field(&name, "twice"));
        }
        if let Some(given) = part.file_name().filter(|_| name == "file") {
            filename = given.to_owned();
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|error| damaged(&error))? {
            if bytes.len() + chunk.len() > most {
                return Err(Error::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        *kept = Some(bytes);
    }
    let file = file.ok_or_else(|| Error::field("file", "required"))?;
    let mapping = mapping.ok_or_else(|| Error::field("mapping", "required"))?;
    let mapping = serde_json::from_slice(&mapping).map_err(|_| Error::field("mapping", "not_a_mapping"))?;
    Ok((filename, file, mapping))
}
