//! Taking the log out: as many lines as there are, a few thousand at a time, in the order of the page.

use std::fmt::Write;

use super::Event;
use super::log::{self, Filter};
use crate::access::{Can, Cx};
use crate::kernel::crypto::hex;
use crate::kernel::error::{Error, Result};
use crate::kernel::text::harmless;

/// Lines that are read in one go.
const AT_ONCE: i64 = 2_000;

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table for a spreadsheet.
    Csv,
    /// A line of JSON for each event: its place, its hash, and the very bytes that were hashed.
    JsonLines,
}

impl Format {
    /// The format of a word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::JsonLines),
            _ => None,
        }
    }

    /// Its word, which is also the ending of a file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    /// What it is, for browsers.
    #[must_use]
    pub const fn mime(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::JsonLines => "application/x-ndjson",
        }
    }
}

/// An export that has begun, and is in the log.
#[derive(Debug)]
pub struct Export {
    cx: Cx,
    filter: Filter,
    format: Format,
    begun: bool,
    done: bool,
}

/// Whether this person may take it out now; where they must prove themselves first, before anything else.
///
/// # Errors
/// Refusal, or the database's.
pub async fn offer(cx: &Cx, filter: &Filter) -> Result<()> {
    cx.admit(Can::ExportAudit(filter.project)).await?;
    Ok(())
}

/// Begins to take the log out. That is an event itself, which the export does not hold: it ends with the one before.
///
/// # Errors
/// Refusal, or the database's.
pub async fn begin(cx: &Cx, mut filter: Filter, format: Format) -> Result<Export> {
    let mut w = cx.write(Can::ExportAudit(filter.project)).await?;
    let head = sqlx::query_scalar!("select seq from audit.head").fetch_optional(w.conn()).await?.unwrap_or(0);
    let event = Event::AuditExported { project: filter.project, format: format.as_str(), upto: head, filter: filter.to_string() };
    w.commit(event).await?;
    (filter.before, filter.upto) = (None, Some(head));
    Ok(Export { cx: cx.clone(), filter, format, begun: false, done: false })
}

impl Export {
    /// The next piece; none at the end.
    ///
    /// # Errors
    /// Refusal (who lost the right meanwhile gets no more), or the database's.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        if self.done {
            return Ok(None);
        }
        let lines = log::whole(&self.cx, &self.filter, AT_ONCE).await?;
        self.done = lines.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
        self.filter.before = lines.last().map(|line| line.line.seq);
        let piece = match self.format {
            Format::Csv => csv(&lines, !self.begun)?,
            Format::JsonLines => json_lines(&lines),
        };
        self.begun = true;
        Ok(Some(piece))
    }
}

fn json_lines(lines: &[log::Whole]) -> Vec<u8> {
    let mut out = Vec::new();
    for whole in lines {
        let mut head = String::new();
        // writing to a string cannot fail
        let _ = write!(head, "{{\"seq\":{},\"hash\":\"{}\",\"event\":", whole.line.seq, hex(&whole.hash));
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(&whole.canon);
        out.extend_from_slice(b"}\n");
    }
    out
}

fn csv(lines: &[log::Whole], with_head: bool) -> Result<Vec<u8>> {
    let failed = |error: csv::Error| Error::Internal(format!("csv: {error}"));
    let mut out = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::NonNumeric).from_writer(Vec::new());
    if with_head {
        out.write_record([
            "seq",
            "at",
            "action",
            "who",
            "actor_kind",
            "actor",
            "impersonator",
            "object_kind",
            "object",
            "project",
            "result",
            "reason",
        ])
        .map_err(failed)?;
    }
    for log::Whole { line, reason, .. } in lines {
        let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        out.write_record([
            line.seq.to_string(),
            line.at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
            line.action.clone(),
            harmless(line.actor.as_deref().unwrap_or_default()),
            line.actor_kind.clone(),
            id(line.actor_id),
            id(line.impersonator_id),
            line.entity_type.clone().unwrap_or_default(),
            id(line.entity_id),
            line.project.clone().unwrap_or_default(),
            line.result.clone(),
            harmless(reason.as_deref().unwrap_or_default()),
        ])
        .map_err(failed)?;
    }
    out.into_inner().map_err(|error| Error::Internal(format!("csv: {error}")))
}
