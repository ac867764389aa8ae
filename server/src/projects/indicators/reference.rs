//! The rest of an indicator's reference sheet: why it is measured, how its figures are gathered, by whom, how far they are to be trusted, and
//! who sees them. Nothing of it changes a figure.

use std::collections::HashMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use crate::access::Role;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::figure_text::figure;
use crate::kernel::ids::{IndicatorId, MembershipId, ProjectId};
use crate::kernel::text;

/// What figures are used for.
pub const DATA_USES: [&str; 3] = ["donor_reporting", "internal_management", "participant_accountability"];

/// How the quality of figures is assured.
pub const QUALITY: [&str; 17] = [
    "backups",
    "cleaning",
    "collection_training",
    "triangulation",
    "data_quality_audits",
    "spot_checks",
    "digital_collection",
    "external_evaluator",
    "back_checks",
    "participatory_validation",
    "peer_review",
    "phone_calls",
    "random_visits",
    "regular_reviews",
    "secondary_data",
    "shadowing",
    "standard_procedures",
];

/// What stands on the sheet beside the method.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a box on the sheet")]
pub struct Reference {
    /// Why it is measured.
    pub rationale: String,
    /// The numerator that the baseline was worked out of.
    pub baseline_num: Option<Decimal>,
    /// Its denominator.
    pub baseline_den: Option<Decimal>,
    /// When the baseline was measured.
    pub baseline_date: Option<NaiveDate>,
    /// Whether there is no baseline, and will be none.
    pub baseline_na: bool,
    /// What is to be known of the baseline.
    pub baseline_note: String,
    /// The numerator of the target at the end of the project.
    pub eop_target_num: Option<Decimal>,
    /// Its denominator.
    pub eop_target_den: Option<Decimal>,
    /// Why the targets are what they are.
    pub target_rationale: String,
    /// What proves the figures.
    pub means_of_verification: String,
    /// How the figures are gathered.
    pub collection_method: String,
    /// The role of who answers for it.
    pub responsible_role: Option<String>,
    /// Who answers for it.
    pub responsible_membership_id: Option<MembershipId>,
    /// Their name.
    #[serde(skip)]
    pub responsible_name: Option<String>,
    /// How the figures are analysed.
    pub analysis_method: String,
    /// What they are used for: words of [`DATA_USES`].
    pub data_use: Vec<String>,
    /// How their quality is assured: words of [`QUALITY`].
    pub quality_assurance: Vec<String>,
    /// How far they are to be trusted.
    pub data_limitations: String,
    /// When their quality was assessed last.
    pub dqa_last_date: Option<NaiveDate>,
    /// When it will be.
    pub dqa_next_date: Option<NaiveDate>,
    /// Whether it is one of those that tell most.
    pub is_key: bool,
    /// Whether donors see it in published reports.
    pub is_public: bool,
    /// Whether it is part of IATI files.
    pub iati_export: bool,
    /// IATI `IndicatorMeasure`, 1 to 5; none: what follows from the kind.
    pub iati_measure: Option<i16>,
}

impl Reference {
    /// What it says, by the names of the columns, as text.
    #[must_use]
    pub fn columns(&self) -> Vec<(&'static str, String)> {
        let number = |value: Option<Decimal>| value.map(|value| value.normalize().to_string()).unwrap_or_default();
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        vec![
            ("rationale", self.rationale.clone()),
            ("baseline_num", number(self.baseline_num)),
            ("baseline_den", number(self.baseline_den)),
            ("baseline_date", day(self.baseline_date)),
            ("baseline_na", self.baseline_na.to_string()),
            ("baseline_note", self.baseline_note.clone()),
            ("eop_target_num", number(self.eop_target_num)),
            ("eop_target_den", number(self.eop_target_den)),
            ("target_rationale", self.target_rationale.clone()),
            ("means_of_verification", self.means_of_verification.clone()),
            ("collection_method", self.collection_method.clone()),
            ("responsible_role", self.responsible_role.clone().unwrap_or_default()),
            ("responsible_membership_id", self.responsible_membership_id.map(|id| id.to_string()).unwrap_or_default()),
            ("analysis_method", self.analysis_method.clone()),
            ("data_use", self.data_use.join(", ")),
            ("quality_assurance", self.quality_assurance.join(", ")),
            ("data_limitations", self.data_limitations.clone()),
            ("dqa_last_date", day(self.dqa_last_date)),
            ("dqa_next_date", day(self.dqa_next_date)),
            ("is_key", self.is_key.to_string()),
            ("is_public", self.is_public.to_string()),
            ("iati_export", self.iati_export.to_string()),
            ("iati_measure", self.iati_measure.map(|measure| measure.to_string()).unwrap_or_default()),
        ]
    }

    /// The same with who answers for it by name, as it is frozen and told: an id says nothing once they have left.
    #[must_use]
    pub fn named(&self) -> Vec<(&'static str, String)> {
        let name = |(field, value): (&'static str, String)| match field {
            "responsible_membership_id" => (field, self.responsible_name.clone().unwrap_or_default()),
            _ => (field, value),
        };
        self.columns().into_iter().map(name).collect()
    }
}

/// The same as typed.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each is the text of the field of the same name")]
#[expect(clippy::struct_excessive_bools, reason = "each is a box on the sheet")]
pub struct ReferenceForm {
    pub rationale: String,
    pub baseline_num: String,
    pub baseline_den: String,
    pub baseline_date: String,
    pub baseline_na: bool,
    pub baseline_note: String,
    pub eop_target_num: String,
    pub eop_target_den: String,
    pub target_rationale: String,
    pub means_of_verification: String,
    pub collection_method: String,
    pub responsible_role: String,
    pub responsible_membership_id: String,
    pub analysis_method: String,
    pub data_use: Vec<String>,
    pub quality_assurance: Vec<String>,
    pub data_limitations: String,
    pub dqa_last_date: String,
    pub dqa_next_date: String,
    pub is_key: bool,
    pub is_public: bool,
    pub iati_export: bool,
    pub iati_measure: String,
}

impl Default for ReferenceForm {
    /// Nothing said yet, and nothing kept from donors.
    fn default() -> Self {
        let none = String::new;
        Self {
            rationale: none(),
            baseline_num: none(),
            baseline_den: none(),
            baseline_date: none(),
            baseline_na: false,
            baseline_note: none(),
            eop_target_num: none(),
            eop_target_den: none(),
            target_rationale: none(),
            means_of_verification: none(),
            collection_method: none(),
            responsible_role: none(),
            responsible_membership_id: none(),
            analysis_method: none(),
            data_use: Vec::new(),
            quality_assurance: Vec::new(),
            data_limitations: none(),
            dqa_last_date: none(),
            dqa_next_date: none(),
            is_key: false,
            is_public: true,
            iati_export: true,
            iati_measure: none(),
        }
    }
}

impl ReferenceForm {
    /// Reads the fields, and notes those that are refused.
    pub(super) fn parse(&self, bad: &mut Invalid) -> Option<Reference> {
        let (baseline_num, baseline_den) = fraction(bad, ["baseline_num", "baseline_den"], [&self.baseline_num, &self.baseline_den]);
        let (eop_target_num, eop_target_den) =
            fraction(bad, ["eop_target_num", "eop_target_den"], [&self.eop_target_num, &self.eop_target_den]);
        let mut day = |field, typed: &str| bad.keep(field, text::day_or_none(typed));
        let (baseline_date, last, next) = (
            day("baseline_date", &self.baseline_date),
            day("dqa_last_date", &self.dqa_last_date),
            day("dqa_next_date", &self.dqa_next_date),
        );
        if let (Some(Some(last)), Some(Some(next))) = (last, next)
            && next < last
        {
            bad.note("dqa_next_date", "before_start");
        }
        let role = match self.responsible_role.trim() {
            "" => Some(None),
            role => bad.keep("responsible_role", Role::parse(role).map(|role| Some(role.as_str().to_owned())).ok_or("not_a_choice")),
        };
        let member = match self.responsible_membership_id.trim() {
            "" => Some(None),
            id => bad.keep("responsible_membership_id", id.parse().map(Some).map_err(|_| "not_a_choice")),
        };
        let measure = match self.iati_measure.trim() {
            "" => Some(None),
            text => bad.keep("iati_measure", text.parse().ok().filter(|n| (1..=5).contains(n)).map(Some).ok_or("not_a_choice")),
        };
        let data_use = words(bad, "data_use", &self.data_use, &DATA_USES);
        let quality_assurance = words(bad, "quality_assurance", &self.quality_assurance, &QUALITY);
        let mut prose = |field, typed: &str, most| bad.keep(field, text::prose(typed, most));
        Some(Reference {
            rationale: prose("rationale", &self.rationale, 4000)?,
            baseline_note: prose("baseline_note", &self.baseline_note, 1000)?,
            target_rationale: prose("target_rationale", &self.target_rationale, 4000)?,
            means_of_verification: prose("means_of_verification", &self.means_of_verification, 1000)?,
            collection_method: prose("collection_method", &self.collection_method, 2000)?,
            analysis_method: prose("analysis_method", &self.analysis_method, 2000)?,
            data_limitations: prose("data_limitations", &self.data_limitations, 4000)?,
            baseline_num: baseline_num?,
            baseline_den: baseline_den?,
            baseline_date: baseline_date?,
            baseline_na: self.baseline_na,
            eop_target_num: eop_target_num?,
            eop_target_den: eop_target_den?,
            responsible_role: role?,
            responsible_membership_id: member?,
            responsible_name: None,
            data_use: data_use?,
            quality_assurance: quality_assurance?,
            dqa_last_date: last?,
            dqa_next_date: next?,
            is_key: self.is_key,
            is_public: self.is_public,
            iati_export: self.iati_export,
            iati_measure: measure?,
        })
    }
}

type Read = Option<Option<Decimal>>;

/// Numerator and denominator: both or none.
fn fraction(bad: &mut Invalid, fields: [&str; 2], typed: [&str; 2]) -> (Read, Read) {
    let num = bad.keep(fields[0], figure(typed[0]));
    let den = bad.keep(fields[1], figure(typed[1]));
    if let (Some(n), Some(d)) = (num, den)
        && n.is_some() != d.is_some()
    {
        bad.note(fields[usize::from(n.is_some())], "fraction_incomplete");
    }
    (num, den)
}

/// Words of a list, each once, in the order of the list.
fn words(bad: &mut Invalid, field: &str, typed: &[String], all: &[&str]) -> Option<Vec<String>> {
    if typed.iter().any(|word| !all.contains(&word.as_str())) {
        bad.note(field, "not_a_choice");
        return None;
    }
    Some(all.iter().filter(|word| typed.iter().any(|other| other == *word)).map(|word| (*word).to_owned()).collect())
}

/// The sheets of a project's indicators, or of those named.
pub(crate) async fn references(
    conn: &mut sqlx::PgConnection,
    project: ProjectId,
    only: Option<&[Uuid]>,
) -> Result<HashMap<IndicatorId, Reference>> {
    let rows = sqlx::query!(
        r#"select i.id as "id: IndicatorId", rationale, baseline_num, baseline_den, baseline_date, baseline_na, baseline_note, eop_target_num,
             eop_target_den, target_rationale, means_of_verification, collection_method, responsible_role,
             responsible_membership_id as "responsible_membership_id: MembershipId", analysis_method, data_use, quality_assurance,
             data_limitations, dqa_last_date, dqa_next_date, is_key, is_public, iati_export, iati_measure, p.name as "responsible_name?"
           from app.indicator i
           left join app.membership m on m.tenant_id = i.tenant_id and m.id = i.responsible_membership_id
           left join gate.people() p on p.id = m.user_id
           where i.project_id = $1 and i.deleted_at is null and ($2::uuid[] is null or i.id = any ($2))"#,
        project.0,
        only
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let reference = Reference {
                rationale: row.rationale,
                baseline_num: row.baseline_num,
                baseline_den: row.baseline_den,
                baseline_date: row.baseline_date,
                baseline_na: row.baseline_na,
                baseline_note: row.baseline_note,
                eop_target_num: row.eop_target_num,
                eop_target_den: row.eop_target_den,
                target_rationale: row.target_rationale,
                means_of_verification: row.means_of_verification,
                collection_method: row.collection_method,
                responsible_role: row.responsible_role,
                responsible_membership_id: row.responsible_membership_id,
                responsible_name: row.responsible_name,
                analysis_method: row.analysis_method,
                data_use: row.data_use,
                quality_assurance: row.quality_assurance,
                data_limitations: row.data_limitations,
                dqa_last_date: row.dqa_last_date,
                dqa_next_date: row.dqa_next_date,
                is_key: row.is_key,
                is_public: row.is_public,
                iati_export: row.iati_export,
                iati_measure: row.iati_measure,
            };
            (row.id, reference)
        })
        .collect())
}

/// Whoever answers for an indicator belongs to the organisation, and is seen by who says so.
pub(super) async fn expect_member(conn: &mut sqlx::PgConnection, reference: &Reference) -> Result<()> {
    let Some(member) = reference.responsible_membership_id else { return Ok(()) };
    let there = sqlx::query_scalar!(
        r#"select exists(select from app.membership where id = $1 and accepted_at is not null and revoked_at is null) as "yes!""#,
        member.0
    )
    .fetch_one(conn)
    .await?;
    if there { Ok(()) } else { Err(Error::field("responsible_membership_id", "not_a_choice")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_read_or_refused_by_name() {
        let form = ReferenceForm {
            baseline_num: "5".into(),
            dqa_last_date: "2026-05-01".into(),
            dqa_next_date: "2026-04-01".into(),
            responsible_role: "boss".into(),
            quality_assurance: vec!["spot_checks".into(), "magic".into()],
            iati_measure: "6".into(),
            ..ReferenceForm::default()
        };
        let mut bad = Invalid::default();
        assert_eq!(form.parse(&mut bad), None);
        let expected = [
            ("baseline_den", "fraction_incomplete"),
            ("dqa_next_date", "before_start"),
            ("iati_measure", "not_a_choice"),
            ("quality_assurance", "not_a_choice"),
            ("responsible_role", "not_a_choice"),
        ];
        assert_eq!(bad.0, expected.map(|(field, fault)| (field.to_owned(), fault)).into_iter().collect());
        let form = ReferenceForm {
            baseline_num: "30".into(),
            baseline_den: "40".into(),
            quality_assurance: vec!["spot_checks".into(), "backups".into()],
            ..ReferenceForm::default()
        };
        let read = form.parse(&mut Invalid::default()).unwrap();
        assert_eq!((read.baseline_num, read.baseline_den), (Some(Decimal::from(30)), Some(Decimal::from(40))));
        assert_eq!(read.quality_assurance, ["backups", "spot_checks"]);
        assert!(read.is_public, "nothing is kept from donors unless somebody says so");
    }
}
