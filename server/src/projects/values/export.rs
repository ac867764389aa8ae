//! Taking every value out: as many as there are, a piece at a time, so that neither their number nor a slow reader costs memory. Nothing is
//! cut silently: the last row says how many came before it, and so does the log.

use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::db::ExportRoom;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ProjectId, ValueId};
use crate::kernel::text::harmless;

/// Values that are looked for in one go; each may have a hundred cells.
const AT_ONCE: i64 = 500;
/// How long an export may take, whoever reads it.
const LONGEST: Duration = Duration::from_mins(30);
/// The first cell of the last row, which says how many there are. No indicator has such a code.
pub const ROWS: &str = "#rows";

/// The columns of the file. A value is a row, and each of its cells is one more.
const HEADER: [&str; 19] = [
    "indicator",
    "title",
    "period",
    "period_start",
    "period_end",
    "location",
    "location_name",
    "cell",
    "value",
    "numerator",
    "denominator",
    "status",
    "source",
    "submitted_by",
    "submitted_at",
    "verified_by",
    "verified_at",
    "self_verified",
    "comment",
];

/// The last row of a file: how many came before it.
pub(crate) fn last_row<const N: usize>(rows: usize) -> [String; N] {
    let mut row = [const { String::new() }; N];
    for (cell, text) in row.iter_mut().zip([ROWS.to_owned(), rows.to_string()]) {
        *cell = text;
    }
    row
}

/// An export that has begun, and is in the log.
#[derive(Debug)]
pub struct Export {
    project: ProjectId,
    /// What was entered since is no part of it; what was taken away since still is.
    at: DateTime<Utc>,
    after: Option<Uuid>,
    rows: usize,
    begun: bool,
    done: bool,
    until: Instant,
    _running: ExportRoom,
}

/// Begins to take every value of a project out, as many as there are now. That is an event, with how many rows there are.
///
/// # Errors
/// Refusal; busy, where as many exports run as may, or one of this person; or the database's.
pub async fn begin(cx: &Cx, project: ProjectId) -> Result<Export> {
    let mut w = cx.write(Can::ExportValues(project)).await?;
    let running = cx.db().room_for_export(cx.user()?)?;
    w.allow_long_work().await?;
    let there = sqlx::query!(
        r#"select now() as "at!",
             (count(*) + coalesce(sum((select count(*) from jsonb_object_keys(v.cells))), 0))::bigint as "rows!"
           from app.indicator_value v where v.project_id = $1 and v.deleted_at is null"#,
        project.0
    )
    .fetch_one(w.conn())
    .await?;
    w.commit(Event::ValuesExported { project, rows: usize::try_from(there.rows).unwrap_or(usize::MAX) }).await?;
    let until = Instant::now() + LONGEST;
    Ok(Export { project, at: there.at, after: None, rows: 0, begun: false, done: false, until, _running: running })
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
        if !cx.may(Can::ExportValues(self.project)) || Instant::now() > self.until {
            return Err(Error::Forbidden);
        }
        let values = self.piece(cx).await?;
        self.done = i64::try_from(values.len()).is_ok_and(|found| found < AT_ONCE);
        self.after = values.last().map(|value| value.id.0).or(self.after);
        let failed = |error: csv::Error| Error::Internal(format!("csv: {error}"));
        let mut out = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::NonNumeric).from_writer(Vec::new());
        if !self.begun {
            self.begun = true;
            out.write_record(HEADER).map_err(failed)?;
        }
        for record in values.iter().flat_map(Taken::records) {
            out.write_record(record).map_err(failed)?;
            self.rows += 1;
        }
        if self.done {
            out.write_record(last_row::<{ HEADER.len() }>(self.rows)).map_err(failed)?;
        }
        Ok(Some(out.into_inner().map_err(|error| Error::Internal(format!("csv: {error}")))?))
    }

    async fn piece(&self, cx: &Cx) -> Result<Vec<Taken>> {
        let mut r = cx.read(Can::ViewTracking(self.project)).await?;
        Ok(sqlx::query_as!(
            Taken,
            r#"select v.id as "id!: ValueId", i.code as "indicator!", i.title as "title!", p.name as "period!", p.start_date as "start!",
                 p.end_date as "end!", l.code as "location?", l.name as "place?", v.value as "value?", v.num as "num?", v.den as "den?",
                 v.cells as "cells!", v.status as "status!", v.source as "source!", who.name as "submitted_by?",
                 v.submitted_at as "submitted_at?", checker.name as "verified_by?", v.verified_at as "verified_at?",
                 v.self_verified as "self_verified!", v.comment as "comment!"
               from (select * from app.indicator_value
                     where project_id = $1 and id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000') and created_at <= $3 and (deleted_at is null or deleted_at > $3)
                     order by id limit $4) v
               join app.indicator i on i.tenant_id = v.tenant_id and i.id = v.indicator_id
               join app.reporting_period p on p.tenant_id = v.tenant_id and p.id = v.period_id
               left join app.location l on l.tenant_id = v.tenant_id and l.id = v.location_id
               left join gate.people() who on who.id = v.submitted_by
               left join gate.people() checker on checker.id = v.verified_by
               order by v.id"#,
            self.project.0,
            self.after,
            self.at,
            AT_ONCE
        )
        .fetch_all(r.conn())
        .await?)
    }
}

/// A value, with all that is said of it.
struct Taken {
    id: ValueId,
    indicator: String,
    title: String,
    period: String,
    start: NaiveDate,
    end: NaiveDate,
    location: Option<String>,
    place: Option<String>,
    value: Option<Decimal>,
    num: Option<Decimal>,
    den: Option<Decimal>,
    cells: Value,
    status: String,
    source: String,
    submitted_by: Option<String>,
    submitted_at: Option<DateTime<Utc>>,
    verified_by: Option<String>,
    verified_at: Option<DateTime<Utc>>,
    self_verified: bool,
    comment: String,
}

impl Taken {
    /// Its row, and those of its cells.
    fn records(&self) -> Vec<[String; HEADER.len()]> {
        let number = |value: Option<Decimal>| value.map(|value| value.normalize().to_string()).unwrap_or_default();
        let whole = self.record("", [number(self.value), number(self.num), number(self.den)], &self.comment);
        let cells = self.cells.as_object().into_iter().flatten().map(|(key, kept)| {
            let kept = kept.as_str().unwrap_or_default();
            let figure = match kept.split_once('/') {
                Some((num, den)) => [String::new(), num.to_owned(), den.to_owned()],
                None => [kept.to_owned(), String::new(), String::new()],
            };
            self.record(key, figure, "")
        });
        std::iter::once(whole).chain(cells).collect()
    }

    fn record(&self, cell: &str, [value, num, den]: [String; 3], comment: &str) -> [String; HEADER.len()] {
        let text = |text: Option<&str>| harmless(text.unwrap_or_default());
        let moment = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default();
        [
            harmless(&self.indicator),
            harmless(&self.title),
            harmless(&self.period),
            self.start.to_string(),
            self.end.to_string(),
            text(self.location.as_deref()),
            text(self.place.as_deref()),
            harmless(cell),
            value,
            num,
            den,
            self.status.clone(),
            self.source.clone(),
            text(self.submitted_by.as_deref()),
            moment(self.submitted_at),
            text(self.verified_by.as_deref()),
            moment(self.verified_at),
            self.self_verified.to_string(),
            harmless(comment),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_row_is_as_wide_as_the_others() {
        assert_eq!(last_row::<4>(12), ["#rows", "12", "", ""]);
        assert_eq!(last_row::<{ HEADER.len() }>(0)[1], "0");
    }
}
