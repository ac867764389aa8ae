//! What is said of an indicator in a period: why there is no figure, or why it is off its target.

use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{IndicatorId, PeriodId, PeriodRemarkId, ProjectId};
use crate::projects::progress::Rag;

/// What a remark is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Why there is no figure. No figure never becomes a 0.
    NoData,
    /// Why the figure is off its target.
    Deviation,
}

impl Kind {
    /// The text kept in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::Deviation => "deviation",
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::NoData => Self::Deviation,
            Self::Deviation => Self::NoData,
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        match text {
            "no_data" => Ok(Self::NoData),
            "deviation" => Ok(Self::Deviation),
            other => Err(Error::Internal(format!("unknown kind of remark: {other}"))),
        }
    }

    /// What there is to say of an indicator.
    #[must_use]
    pub(super) fn of(has_figures: bool) -> Self {
        if has_figures { Self::Deviation } else { Self::NoData }
    }
}

/// Whether a period cannot be submitted before something is said: where there is no figure, and where it is above, below or far below its
/// target. What has no target deviates from nothing. The colour is that at the period's end.
#[must_use]
pub(super) fn is_needed(has_figures: bool, colour: Rag) -> bool {
    !has_figures || matches!(colour, Rag::Over | Rag::AtRisk | Rag::OffTrack)
}

/// A remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The period's name.
    pub period: String,
    /// What it is about.
    pub kind: Kind,
    /// What was said.
    pub body: String,
}

/// What was said of an indicator in some periods, in order of time: of periods with figures why they deviate, of others why there are none.
pub(crate) async fn of_indicator(conn: &mut sqlx::PgConnection, indicator: IndicatorId, periods: &[PeriodId]) -> Result<Vec<Remark>> {
    sqlx::query!(
        r#"select p.name, k.kind, k.body
           from app.period_remark k
           join app.reporting_period p on p.tenant_id = k.tenant_id and p.id = k.period_id
           where k.indicator_id = $1 and k.period_id = any ($2) and k.body <> ''
             and (k.kind = 'deviation') = exists (
               select from app.indicator_value v where v.tenant_id = k.tenant_id and v.indicator_id = k.indicator_id
                 and v.period_id = k.period_id and v.deleted_at is null)
           order by p.start_date"#,
        indicator.0,
        &periods.iter().map(|period| period.0).collect::<Vec<_>>()
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Ok(Remark { period: row.name, kind: Kind::parse(&row.kind)?, body: row.body }))
    .collect()
}

/// What is said of an indicator in a period that is being written about.
pub(super) struct Said {
    pub indicator: IndicatorId,
    pub kind: Kind,
    pub body: String,
}

/// Keeps what is said of the indicators of a period; what reads as before stays untouched.
pub(super) async fn keep(conn: &mut sqlx::PgConnection, project: ProjectId, period: PeriodId, said: &[Said]) -> Result<()> {
    sqlx::query!(
        "insert into app.period_remark as k (id, project_id, period_id, indicator_id, kind, body)
         select t.id, $1, $2, t.indicator, t.kind, t.body
         from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[]) as t(id, indicator, kind, body)
         where t.body <> '' or exists (
           select from app.period_remark o where o.period_id = $2 and o.indicator_id = t.indicator and o.kind = t.kind)
         on conflict (tenant_id, period_id, indicator_id, kind) do update set body = excluded.body where k.body <> excluded.body",
        project.0,
        period.0,
        &said.iter().map(|_| PeriodRemarkId::new().0).collect::<Vec<_>>(),
        &said.iter().map(|said| said.indicator.0).collect::<Vec<_>>(),
        &said.iter().map(|said| said.kind.as_str().to_owned()).collect::<Vec<_>>(),
        &said.iter().map(|said| said.body.clone()).collect::<Vec<_>>()
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_period_cannot_be_submitted_without() {
        let cases = [
            ("no figure", false, Rag::NoData, true),
            ("no figure and no target", false, Rag::NoTarget, true),
            ("as planned", true, Rag::OnTrack, false),
            ("above its target", true, Rag::Over, true),
            ("below its target", true, Rag::AtRisk, true),
            ("far below", true, Rag::OffTrack, true),
            ("nothing was planned", true, Rag::NoTarget, false),
            ("drafts alone: they stand in the way themselves", true, Rag::NoData, false),
        ];
        for (name, has_figures, colour, expected) in cases {
            assert_eq!(is_needed(has_figures, colour), expected, "{name}");
        }
    }
}
