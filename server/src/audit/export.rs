//! Taking the log out: as much of it as there is, a piece at a time, in the order of the page.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::event::LogExport;
use super::log::{name_actors, people};
use super::question::{Filter, Limits, Line, limits};
use super::{Event, lines};
use crate::access::{Can, Cx};
use crate::db::ExportRoom;
use crate::kernel::crypto::hex;
use crate::kernel::error::{Error, Result};
use crate::kernel::text::harmless;

/// Lines that are looked for in one go.
const AT_ONCE: i64 = 1_000;
/// Bytes of events after which a piece ends: what one person changed may be long.
const PIECE_BYTES: i64 = 1 << 20;
/// How long an export may take, whoever reads it.
const LONGEST: Duration = Duration::from_mins(30);
/// What an event is made of for who reads a part of the log: as on its page, without where from and by which browser it was done.
const SHOWN: [&str; 15] = [
    "action",
    "actor",
    "actor_kind",
    "at",
    "changes",
    "entity",
    "entity_type",
    "id",
    "impersonator",
    "kind",
    "project",
    "reason",
    "request",
    "result",
    "v",
];

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table for a spreadsheet.
    Csv,
    /// A line of JSON for each event: its place and hashes; for who reads the whole log the very bytes that were hashed, for others what
    /// the page shows.
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
    filter: Filter,
    format: Format,
    begun: bool,
    done: bool,
    until: Instant,
    _running: ExportRoom,
}

/// Whether this person may take it out now; where they must prove themselves first, before anything else.
///
/// # Errors
/// Refusal, or the database's.
pub async fn offer(cx: &Cx, filter: &Filter) -> Result<()> {
    cx.admit(Can::ExportAudit(filter.project)).await?;
    Ok(())
}

/// Begins to take the log out, up to the place that its end has now. That is an event itself.
///
/// # Errors
/// Refusal; busy, where as many run as may, or one of this person; or the database's.
pub async fn begin(cx: &Cx, mut filter: Filter, format: Format) -> Result<Export> {
    let mut w = cx.write(Can::ExportAudit(filter.project)).await?;
    let running = cx.db().room_for_export(cx.user()?)?;
    let head = sqlx::query_scalar!("select seq from audit.head").fetch_optional(w.conn()).await?.unwrap_or(0);
    let export = LogExport { project: filter.project, format: format.as_str(), upto: head, filter: filter.to_string() };
    w.commit(Event::AuditExported(export)).await?;
    (filter.before, filter.upto) = (None, Some(head));
    Ok(Export { filter, format, begun: false, done: false, until: Instant::now() + LONGEST, _running: running })
}

impl Export {
    /// The next piece; none at the end. `cx` is of this moment: who lost the right meanwhile gets no more.
    ///
    /// # Errors
    /// Refusal, also once it has taken half an hour; or the database's.
    pub async fn next(&mut self, cx: &Cx) -> Result<Option<Vec<u8>>> {
        if self.done {
            return Ok(None);
        }
        // the proof was asked for when it began
        if !cx.may(Can::ExportAudit(self.filter.project)) || Instant::now() > self.until {
            return Err(Error::Forbidden);
        }
        let piece = piece(cx, &self.filter, self.format).await?;
        self.done = piece.last;
        self.filter.before = piece.events.last().map(|event| event.line.seq);
        let written = match self.format {
            Format::Csv => csv(&piece.events, !self.begun)?,
            Format::JsonLines => json_lines(&piece.events, piece.whole)?,
        };
        self.begun = true;
        Ok(Some(written))
    }
}

/// An event with what was hashed of it.
struct Whole {
    line: Line,
    hash: Vec<u8>,
    content_hash: Vec<u8>,
    canon: Vec<u8>,
}

impl Whole {
    fn event(&self) -> Result<Value> {
        serde_json::from_slice(&self.canon).map_err(|error| Error::Internal(format!("event {}: {error}", self.line.seq)))
    }
}

struct Piece {
    events: Vec<Whole>,
    /// Whether the reader reads all of a stream, and so may have what is hashed of it.
    whole: bool,
    /// Whether nothing comes after it.
    last: bool,
}

async fn piece(cx: &Cx, filter: &Filter, format: Format) -> Result<Piece> {
    let within = limits(cx, filter.project);
    let mut r = cx.read(Can::ReadAudit(filter.project)).await?;
    let mut found = lines::of(&mut r, filter, &within, AT_ONCE).await?;
    let last = found.len() < usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
    let places: Vec<i64> = found.iter().map(|line| line.seq).collect();
    // the first as many as fit, and one in any case
    let rows = sqlx::query!(
        r#"select s.seq as "seq!", s.hash as "hash!", v.content_hash as "content_hash!", v.canon as "canon!"
           from (
             select k.tenant_id, k.seq, k.event_id, k.hash, sum(octet_length(e.canon)) over (order by k.seq desc) - octet_length(e.canon) as before
             from audit.link k join audit.event e on e.tenant_id = k.tenant_id and e.id = k.event_id
             where k.seq = any ($1)
           ) s join audit.event v on v.tenant_id = s.tenant_id and v.id = s.event_id
           where s.before < $2"#,
        &places,
        PIECE_BYTES
    )
    .fetch_all(r.conn())
    .await?;
    let last = last && rows.len() == found.len();
    found.truncate(rows.len());
    // names stand in the table alone
    if format == Format::Csv {
        let people = people(&mut r).await?;
        name_actors(&mut r, &mut found, &people).await?;
    }
    let mut proofs: HashMap<i64, _> = rows.into_iter().map(|row| (row.seq, (row.hash, row.content_hash, row.canon))).collect();
    let gone = |seq| Error::Internal(format!("event {seq} is gone"));
    let events = found
        .into_iter()
        .map(|line| {
            let (hash, content_hash, canon) = proofs.remove(&line.seq).ok_or_else(|| gone(line.seq))?;
            Ok(Whole { line, hash, content_hash, canon })
        })
        .collect::<Result<_>>()?;
    Ok(Piece { events, whole: reads_whole(&limits(cx, None)), last })
}

/// Whether nothing of what somebody reads is kept to projects or to themselves.
fn reads_whole(within: &Limits) -> bool {
    !within.rest || (within.projects.is_none() && within.own.is_none())
}

fn json_lines(events: &[Whole], whole: bool) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for one in events {
        let head = format!(
            "{{\"seq\":{},\"hash\":\"{}\",\"content_hash\":\"{}\",\"event\":",
            one.line.seq,
            hex(&one.hash),
            hex(&one.content_hash)
        );
        out.extend_from_slice(head.as_bytes());
        if whole {
            out.extend_from_slice(&one.canon);
        } else {
            let event = one.event()?;
            let shown: serde_json::Map<_, _> = SHOWN.iter().map(|key| ((*key).to_owned(), event[*key].clone())).collect();
            out.extend_from_slice(json!(shown).to_string().as_bytes());
        }
        out.extend_from_slice(b"}\n");
    }
    Ok(out)
}

fn csv(events: &[Whole], with_head: bool) -> Result<Vec<u8>> {
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
    for whole in events {
        let (line, event) = (&whole.line, whole.event()?);
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
            harmless(event["reason"].as_str().unwrap_or_default()),
        ])
        .map_err(failed)?;
    }
    out.into_inner().map_err(|error| Error::Internal(format!("csv: {error}")))
}
