//! What changed of an indicator after its framework was approved, and why: by the words that programmes of donors ask for.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::framework::Status;
use crate::access::Writer;
use crate::kernel::error::{Invalid, Result};
use crate::kernel::ids::{IndicatorId, ProjectId};
use crate::kernel::text;

/// Why an approved indicator is changed.
pub const REASON_CODES: [&str; 8] = [
    "adaptive_management",
    "budget_realignment",
    "change_in_context",
    "costed_extension",
    "donor_requirement",
    "implementation_delay",
    "correction",
    "other",
];

/// Why, as typed. Asked for once a framework was approved.
#[derive(Clone, Debug, Default)]
pub struct WhyForm {
    /// In words.
    pub reason: String,
    /// Words of [`REASON_CODES`].
    pub codes: Vec<String>,
}

/// Why a change of an approved indicator is made; nothing where its framework was never approved.
pub(crate) struct Why(Option<(String, Vec<String>)>);

impl WhyForm {
    /// The reason, where one is needed.
    ///
    /// # Errors
    /// Refused fields.
    pub(crate) fn parse(&self, status: Status) -> Result<Why> {
        if status == Status::Draft {
            return Ok(Why(None));
        }
        let mut bad = Invalid::default();
        let reason = bad.keep("reason", text::line(&self.reason, 3, 500));
        if self.codes.is_empty() {
            bad.note("reason_codes", "required");
        } else if self.codes.iter().any(|code| !REASON_CODES.contains(&code.as_str())) {
            bad.note("reason_codes", "not_a_choice");
        }
        bad.check()?;
        let codes = REASON_CODES.iter().filter(|code| self.codes.iter().any(|typed| typed == *code));
        Ok(Why(reason.map(|reason| (reason, codes.map(|code| (*code).to_owned()).collect()))))
    }
}

/// The reason of the revision itself, for what is changed by a button.
///
/// # Errors
/// The database's.
pub(crate) async fn of_revision(w: &mut Writer, project: ProjectId, status: Status) -> Result<Why> {
    if status == Status::Draft {
        return Ok(Why(None));
    }
    let reason = sqlx::query_scalar!("select revision_reason from app.project where id = $1", project.0).fetch_one(w.conn()).await?;
    Ok(Why(reason.map(|reason| (reason, vec!["other".to_owned()]))))
}

/// Writes down what changed, field by field: name, before, after.
///
/// # Errors
/// The database's.
pub(crate) async fn note(
    w: &mut Writer,
    project: ProjectId,
    indicator: IndicatorId,
    why: &Why,
    fields: &[(String, String, String)],
) -> Result<()> {
    let Some((reason, codes)) = &why.0 else { return Ok(()) };
    let changed: Vec<_> = fields.iter().filter(|(_, before, after)| before != after).collect();
    let ids: Vec<Uuid> = changed.iter().map(|_| Uuid::now_v7()).collect();
    sqlx::query!(
        "insert into app.indicator_change (id, project_id, indicator_id, field, old, new, reason, reason_codes)
         select t.id, $1, $2, t.field, t.old, t.new, $3, $4 from unnest($5::uuid[], $6::text[], $7::text[], $8::text[]) as t(id, field, old, new)",
        project.0,
        indicator.0,
        reason,
        codes,
        &ids,
        &changed.iter().map(|(field, _, _)| field.clone()).collect::<Vec<_>>(),
        &changed.iter().map(|(_, before, _)| before.clone()).collect::<Vec<_>>(),
        &changed.iter().map(|(_, _, after)| after.clone()).collect::<Vec<_>>()
    )
    .execute(w.conn())
    .await?;
    Ok(())
}

/// Fields of one moment beside those of another, by name.
pub(crate) fn beside(before: Vec<(&'static str, String)>, after: &[(&'static str, String)]) -> Vec<(String, String, String)> {
    let now = |name: &str| after.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone()).unwrap_or_default();
    before.into_iter().map(|(name, value)| (name.to_owned(), value, now(name))).collect()
}

/// A change, as it is told.
#[derive(Clone, Debug)]
pub struct Change {
    /// The field: a column's name, or `target-` and a period's name.
    pub field: String,
    /// What it was.
    pub old: String,
    /// What it is.
    pub new: String,
    /// Why.
    pub reason: String,
    /// Words of [`REASON_CODES`].
    pub reason_codes: Vec<String>,
    /// By whom.
    pub by: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
    /// The version that approved it; none yet.
    pub version: Option<i32>,
}

/// The changes of an indicator, the newest first, at most 200.
pub(crate) async fn of(conn: &mut sqlx::PgConnection, project: ProjectId, indicator: IndicatorId) -> Result<Vec<Change>> {
    Ok(sqlx::query_as!(
        Change,
        r#"select c.field, c.old, c.new, c.reason, c.reason_codes, p.name as "by?", c.changed_at as at,
             (select min(v.version) from app.framework_version v
              where v.tenant_id = c.tenant_id and v.project_id = c.project_id and v.approved_at >= c.changed_at) as version
           from (select * from app.indicator_change where project_id = $1 and indicator_id = $2 order by changed_at desc, id limit 200) c
           left join gate.people() p on p.id = c.changed_by order by c.changed_at desc, c.id"#,
        project.0,
        indicator.0
    )
    .fetch_all(conn)
    .await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::error::Error;

    #[test]
    fn a_reason_is_asked_for_once_a_framework_was_approved() {
        assert!(WhyForm::default().parse(Status::Draft).is_ok());
        let table = [
            ("", vec![], [("reason", "required"), ("reason_codes", "required")].to_vec()),
            ("A flood", vec!["whim"], [("reason_codes", "not_a_choice")].to_vec()),
            ("A flood", vec!["change_in_context", "other"], Vec::new()),
        ];
        for (reason, codes, faults) in table {
            let form = WhyForm { reason: reason.into(), codes: codes.into_iter().map(str::to_owned).collect() };
            match form.parse(Status::UnderRevision) {
                Err(Error::Invalid(bad)) => {
                    assert_eq!(bad.0, faults.into_iter().map(|(field, fault)| (field.to_owned(), fault)).collect());
                }
                done => assert!(done.is_ok() && faults.is_empty()),
            }
        }
    }
}
