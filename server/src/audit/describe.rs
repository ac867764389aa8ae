//! How the log writes what people do: the stable name of each act, what it was done to, and its facts.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::event::Event;
use crate::kernel::ids::ProjectId;

/// An event, as the database takes it.
pub struct Described {
    /// `noun.verb`, stable.
    pub action: &'static str,
    /// The table of what it was done to.
    pub entity_type: Option<&'static str>,
    /// What it was done to.
    pub entity: Option<Uuid>,
    /// The project it belongs to, so that project staff see it.
    pub project: Option<ProjectId>,
    /// Field → [old, new] as canonical JSON; every value is a string or null.
    pub changes: String,
    /// Why, where a reason was asked for.
    pub reason: Option<String>,
    /// `ok` or `denied`.
    pub result: &'static str,
}

impl Event {
    /// How the log writes it.
    #[must_use]
    pub fn describe(&self) -> Described {
        match self {
            Self::Denied { permission, project } => {
                Described { result: "denied", ..plain("permission.denied", None, *project, &[("permission", (*permission).to_owned())]) }
            }
            Self::CallRefused { call, why } => {
                Described { result: "denied", ..plain("api.refused", None, None, &[("call", call.clone()), ("why", (*why).to_owned())]) }
            }
            Self::ConflictMet { form, project, about } => plain("conflict.met", *about, *project, &[("form", (*form).to_owned())]),
            Self::ProjectCreated(p) => plain("project.created", Some(("project", p.0)), Some(*p), &[]),
            Self::ProjectUpdated(p) => plain("project.updated", Some(("project", p.0)), Some(*p), &[]),
            Self::MemberAssigned { member, project } => {
                plain("project.member_assigned", Some(("project_member", member.0)), Some(*project), &[])
            }
            Self::MemberLimited { member, project, locations } => {
                plain("project.member_limited", Some(("project_member", member.0)), Some(*project), &[("locations", locations.to_string())])
            }
            Self::MemberRemoved { member, project } => {
                plain("project.member_removed", Some(("project_member", member.0)), Some(*project), &[])
            }
            Self::LocationAdded { location, project } => plain("location.added", Some(("location", location.0)), Some(*project), &[]),
            Self::LocationUpdated { location, project } => plain("location.updated", Some(("location", location.0)), Some(*project), &[]),
            Self::NodeAdded { node, project } => plain("framework.node_added", Some(("result_node", node.0)), Some(*project), &[]),
            Self::NodeChanged { node, project } => plain("framework.node_changed", Some(("result_node", node.0)), Some(*project), &[]),
            Self::NodeMoved { node, project } => plain("framework.node_moved", Some(("result_node", node.0)), Some(*project), &[]),
            Self::NodeRemoved { node, project } => plain("framework.node_removed", Some(("result_node", node.0)), Some(*project), &[]),
            Self::FrameworkLevelsSet(project) => plain("framework.levels_set", Some(("project", project.0)), Some(*project), &[]),
            Self::FrameworkApproved { project, version, reason } => Described {
                reason: Some(reason.clone()),
                ..plain("framework.approved", Some(("project", project.0)), Some(*project), &[("version", version.to_string())])
            },
            Self::FrameworkRevised { project, reason } => Described {
                reason: Some(reason.clone()),
                ..plain("framework.revision_begun", Some(("project", project.0)), Some(*project), &[])
            },
            Self::IndicatorAdded { indicator, project } => plain("indicator.added", Some(("indicator", indicator.0)), Some(*project), &[]),
            Self::IndicatorUpdated { indicator, project } => {
                plain("indicator.updated", Some(("indicator", indicator.0)), Some(*project), &[])
            }
            Self::IndicatorRetired { indicator, project } => {
                plain("indicator.retired", Some(("indicator", indicator.0)), Some(*project), &[])
            }
            Self::IndicatorRevived { indicator, project } => {
                plain("indicator.revived", Some(("indicator", indicator.0)), Some(*project), &[])
            }
            Self::LibraryIndicatorKept(id) => plain("library.indicator_kept", Some(("indicator_library", id.0)), None, &[]),
            Self::LibraryIndicatorArchived(id) => plain("library.indicator_archived", Some(("indicator_library", id.0)), None, &[]),
            Self::LibraryIndicatorOffered(id) => plain("library.indicator_offered", Some(("indicator_library", id.0)), None, &[]),
            Self::TemplateAdded(id) => plain("library.template_added", Some(("framework_template", id.0)), None, &[]),
            Self::TemplateChanged(id) => plain("library.template_changed", Some(("framework_template", id.0)), None, &[]),
            Self::TemplateArchived(id) => plain("library.template_archived", Some(("framework_template", id.0)), None, &[]),
            Self::TemplateOffered(id) => plain("library.template_offered", Some(("framework_template", id.0)), None, &[]),
            Self::DimensionAdded(id) => plain("dimension.added", Some(("dimension", id.0)), None, &[]),
            Self::DimensionRenamed(id) => plain("dimension.renamed", Some(("dimension", id.0)), None, &[]),
            Self::DimensionExtended(id) => plain("dimension.extended", Some(("dimension", id.0)), None, &[]),
            Self::DimensionValueArchived(id) => plain("dimension.value_archived", Some(("dimension", id.0)), None, &[]),
            Self::DimensionValueAskedAgain(id) => plain("dimension.value_asked_again", Some(("dimension", id.0)), None, &[]),
            Self::DisaggregationSet { indicator, project } => {
                plain("indicator.disaggregation_set", Some(("indicator", indicator.0)), Some(*project), &[])
            }
            Self::TargetsSet { indicator, project, count } => {
                plain("indicator.targets_set", Some(("indicator", indicator.0)), Some(*project), &[("targets", count.to_string())])
            }
            Self::PeriodsMade { project, count } => {
                plain("period.made", Some(("project", project.0)), Some(*project), &[("periods", count.to_string())])
            }
            Self::PeriodWindowSet { period, project, opens, closes } => {
                let day = |day: &Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
                plain(
                    "period.window_set",
                    Some(("reporting_period", period.0)),
                    Some(*project),
                    &[("window_opens", day(opens)), ("window_closes", day(closes))],
                )
            }
            Self::PeriodStateSet { period, project, state, reason } => Described {
                reason: reason.clone(),
                ..plain("period.state_set", Some(("reporting_period", period.0)), Some(*project), &[("state", (*state).to_owned())])
            },
            Self::ValuesSaved { period, project, count, submitted, late } => {
                let action = if *submitted { "value.submitted" } else { "value.saved" };
                let said = plain(action, Some(("reporting_period", period.0)), Some(*project), &[("values", count.to_string())]);
                Described { reason: late.clone(), ..said }
            }
            Self::ValuesSubmitted { project, period, count } => {
                plain("value.submitted", period.map(|p| ("reporting_period", p.0)), Some(*project), &[("values", count.to_string())])
            }
            Self::ValuesVerified { project, period, count, self_verified } => plain(
                "value.verified",
                period.map(|p| ("reporting_period", p.0)),
                Some(*project),
                &[("values", count.to_string()), ("self_verified", self_verified.to_string())],
            ),
            Self::ValuesReturned { project, period, count, note } => Described {
                reason: Some(note.clone()),
                ..plain("value.returned", period.map(|p| ("reporting_period", p.0)), Some(*project), &[("values", count.to_string())])
            },
            Self::EnvelopeSaved { project, period } => plain("envelope.saved", Some(("reporting_period", period.0)), Some(*project), &[]),
            Self::EnvelopeSubmitted { project, period } => {
                plain("envelope.submitted", Some(("reporting_period", period.0)), Some(*project), &[])
            }
            Self::EnvelopeVerified { project, period } => {
                plain("envelope.verified", Some(("reporting_period", period.0)), Some(*project), &[])
            }
            Self::EnvelopeReturned { project, period, reason } => Described {
                reason: Some(reason.clone()),
                ..plain("envelope.returned", Some(("reporting_period", period.0)), Some(*project), &[])
            },
            Self::ValueUnverified { value, project, reason } => Described {
                reason: Some(reason.clone()),
                ..plain("value.unverified", Some(("indicator_value", value.0)), Some(*project), &[])
            },
            Self::ImportChecked { import, project, rows, errors } => plain(
                "import.checked",
                Some(("import_job", import.0)),
                *project,
                &[("rows", rows.to_string()), ("errors", errors.to_string())],
            ),
            Self::ImportApplied { import, project, values } => {
                plain("import.applied", Some(("import_job", import.0)), Some(*project), &[("values", values.to_string())])
            }
            Self::ImportUndone { import, project, values } => {
                plain("import.undone", Some(("import_job", import.0)), Some(*project), &[("values", values.to_string())])
            }
            Self::JobAsked { job, project, kind } => {
                plain("job.asked", Some(("background_job", job.0)), Some(*project), &[("kind", (*kind).to_owned())])
            }
            Self::JobAskedAgain { job, project } => plain("job.asked_again", Some(("background_job", job.0)), Some(*project), &[]),
            Self::JobCancelled { job, project } => plain("job.cancelled", Some(("background_job", job.0)), Some(*project), &[]),
            Self::TrackingExported { project, rows } => {
                plain("tracking.exported", Some(("project", project.0)), Some(*project), &[("rows", rows.to_string())])
            }
            Self::ValuesExported { project, rows } => {
                plain("value.exported", Some(("project", project.0)), Some(*project), &[("rows", rows.to_string())])
            }
            Self::FrameworkExported { project, results, indicators } => plain(
                "framework.exported",
                Some(("project", project.0)),
                Some(*project),
                &[("results", results.to_string()), ("indicators", indicators.to_string())],
            ),
            Self::FrameworkImported { import, project, results, indicators, targets } => plain(
                "framework.imported",
                Some(("import_job", import.0)),
                Some(*project),
                &[("results", results.to_string()), ("indicators", indicators.to_string()), ("targets", targets.to_string())],
            ),
            Self::RegisterImported { import, action, project, fresh, changed } => {
                let facts = [("added", fresh.to_string()), ("changed", changed.to_string())];
                plain(action, Some(("import_job", import.0)), *project, &facts)
            }
            Self::RegisterTakenOut { action, project, rows } => {
                plain(action, project.map(|project| ("project", project.0)), *project, &[("rows", rows.to_string())])
            }
            Self::IatiSet { project } => plain("iati.set", Some(("project", project.0)), Some(*project), &[]),
            Self::IatiTakenOut { project, is_final, sha256 } => {
                let action = if *is_final { "iati.final" } else { "iati.draft" };
                plain(action, Some(("project", project.0)), Some(*project), &[("sha256", sha256.clone())])
            }
            Self::BudgetLineAdded { line, project } => plain("budget.line_added", Some(("budget_line", line.0)), Some(*project), &[]),
            Self::BudgetLineRemoved { line, project } => plain("budget.line_removed", Some(("budget_line", line.0)), Some(*project), &[]),
            Self::BudgetSaved { project, count } => {
                plain("budget.saved", Some(("project", project.0)), Some(*project), &[("amounts", count.to_string())])
            }
            Self::LearningQuestionAdded { question, project } => {
                plain("learning.question_added", Some(("learning_question", question.0)), Some(*project), &[])
            }
            Self::LearningQuestionUpdated { question, project } => {
                plain("learning.question_updated", Some(("learning_question", question.0)), Some(*project), &[])
            }
            Self::LearningEntryAdded { entry, project } => {
                plain("learning.entry_added", Some(("learning_entry", entry.0)), Some(*project), &[])
            }
            Self::LearningEntryUpdated { entry, project } => {
                plain("learning.entry_updated", Some(("learning_entry", entry.0)), Some(*project), &[])
            }
            Self::ActionAdded { action, project } => {
                plain("learning.action_added", Some(("adaptation_action", action.0)), Some(*project), &[])
            }
            Self::ActionAssigned { action, project } => {
                plain("learning.action_assigned", Some(("adaptation_action", action.0)), Some(*project), &[])
            }
            Self::ActionUpdated { action, project, status } => {
                plain("learning.action_updated", Some(("adaptation_action", action.0)), Some(*project), &[("status", (*status).to_owned())])
            }
            Self::ActionVerified { action, project } => {
                plain("learning.action_verified", Some(("adaptation_action", action.0)), Some(*project), &[])
            }
            Self::ActionsAsked { project, count } => {
                plain("learning.actions_asked", Some(("project", project.0)), Some(*project), &[("actions", count.to_string())])
            }
            Self::TriggerRuleAdded { rule, project } => plain("learning.rule_added", Some(("trigger_rule", rule.0)), Some(*project), &[]),
            Self::TriggerRuleSwitchedOff { rule, project } => {
                plain("learning.rule_switched_off", Some(("trigger_rule", rule.0)), Some(*project), &[])
            }
            Self::EvidenceAdded { evidence, project } => plain("evidence.added", Some(("evidence", evidence.0)), Some(*project), &[]),
            Self::EvidenceUpdated { evidence, project } => plain("evidence.updated", Some(("evidence", evidence.0)), Some(*project), &[]),
            Self::EvidenceRemoved { evidence, project } => plain("evidence.removed", Some(("evidence", evidence.0)), Some(*project), &[]),
            Self::EvidenceDeleted { evidence, project } => plain("evidence.deleted", Some(("evidence", evidence.0)), Some(*project), &[]),
            Self::BinTakenBack { table, id, project } => plain("bin.taken_back", Some((table, *id)), Some(*project), &[]),
            Self::BinEmptied { project, count } => {
                plain("bin.emptied", Some(("project", project.0)), Some(*project), &[("rows", count.to_string())])
            }
            Self::ReportSaved { report, project } => plain("report.saved", Some(("report", report.0)), Some(*project), &[]),
            Self::ReportTemplateAdded(id) => plain("report.template_added", Some(("report_template", id.0)), None, &[]),
            Self::ReportTemplateChanged(id) => plain("report.template_changed", Some(("report_template", id.0)), None, &[]),
            Self::ReportTemplateArchived(id) => plain("report.template_archived", Some(("report_template", id.0)), None, &[]),
            Self::ReportTemplateOffered(id) => plain("report.template_offered", Some(("report_template", id.0)), None, &[]),
            Self::ReportSectionAdded { section, project } => {
                plain("report.section_added", Some(("report_section", section.0)), Some(*project), &[])
            }
            Self::ReportSectionPlanned { section, project } => {
                plain("report.section_planned", Some(("report_section", section.0)), Some(*project), &[])
            }
            Self::ReportSectionWritten { section, project, status } => {
                plain("report.section_written", Some(("report_section", section.0)), Some(*project), &[("status", (*status).to_owned())])
            }
            Self::ReportSectionMoved { section, project } => {
                plain("report.section_moved", Some(("report_section", section.0)), Some(*project), &[])
            }
            Self::ReportSectionRemoved { section, project } => {
                plain("report.section_removed", Some(("report_section", section.0)), Some(*project), &[])
            }
            Self::ReportCommented { comment, project } => {
                plain("report.commented", Some(("report_comment", comment.0)), Some(*project), &[])
            }
            Self::ReportCommentSettled { comment, project } => {
                plain("report.comment_settled", Some(("report_comment", comment.0)), Some(*project), &[])
            }
            Self::ReportSubmitted { report, project } => plain("report.submitted", Some(("report", report.0)), Some(*project), &[]),
            Self::ReportChangesRequested { report, project, note } => Described {
                reason: Some(note.clone()),
                ..plain("report.changes_requested", Some(("report", report.0)), Some(*project), &[])
            },
            Self::ReportApproved { report, project, self_approved } => {
                plain("report.approved", Some(("report", report.0)), Some(*project), &[("self_approved", self_approved.to_string())])
            }
            Self::ReportReopened { report, project, reason } => {
                Described { reason: Some(reason.clone()), ..plain("report.reopened", Some(("report", report.0)), Some(*project), &[]) }
            }
            Self::ReportPublished { snapshot, report, project, sha256 } => plain(
                "report.published",
                Some(("report", report.0)),
                Some(*project),
                &[("snapshot", snapshot.to_string()), ("sha256", sha256.clone())],
            ),
            Self::ReportWithdrawn { snapshot, report, project, reason } => Described {
                reason: Some(reason.clone()),
                ..plain("report.withdrawn", Some(("report", report.0)), Some(*project), &[("snapshot", snapshot.to_string())])
            },
            Self::SnapshotTakenOut { snapshot, project } => {
                plain("report.taken_out", Some(("report_snapshot", snapshot.0)), Some(*project), &[])
            }
            Self::ReportKeyRenewed(key) => plain("report.key_renewed", Some(("report_key", key.0)), None, &[]),
            Self::DonorLinkCreated { link, project } => plain("donor_link.created", Some(("donor_link", link.0)), Some(*project), &[]),
            Self::DonorLinkRenewed { link, project } => plain("donor_link.renewed", Some(("donor_link", link.0)), Some(*project), &[]),
            Self::DonorLinkRotated { link, from, project } => {
                plain("donor_link.rotated", Some(("donor_link", link.0)), Some(*project), &[("rotated_from", from.to_string())])
            }
            Self::DonorChanged(id) => plain("donor.changed", Some(("donor", id.0)), None, &[]),
            Self::DonorLinksRevoked { donor, count, reason } => Described {
                reason: Some(reason.clone()),
                ..plain("donor_link.many_revoked", donor.map(|donor| ("donor", donor.0)), None, &[("links", count.to_string())])
            },
            Self::DonorLinkRevoked { link, project, reason } => {
                Described { reason: Some(reason.clone()), ..plain("donor_link.revoked", Some(("donor_link", link.0)), Some(*project), &[]) }
            }
            Self::InvitationSent(id) => plain("invitation.sent", Some(("invitation", id.0)), None, &[]),
            Self::AuditExported(export) => plain(
                "audit.exported",
                None,
                export.project,
                &[("format", export.format.to_owned()), ("upto", export.upto.to_string()), ("filter", export.filter.clone())],
            ),
            Self::FilterKept(id) => plain("audit.filter_kept", Some(("saved_filter", id.0)), None, &[]),
            Self::FilterForgotten(id) => plain("audit.filter_forgotten", Some(("saved_filter", id.0)), None, &[]),
            Self::InvitationApproved(id) => plain("invitation.approved", Some(("invitation", id.0)), None, &[]),
            Self::InvitationRevoked(id) => plain("invitation.revoked", Some(("invitation", id.0)), None, &[]),
            Self::SessionsEnded(member) => plain("membership.sessions_ended", Some(("membership", member.0)), None, &[]),
            Self::RolesSet { member, roles } => {
                plain("membership.roles_set", Some(("membership", member.0)), None, &[("roles", roles.clone())])
            }
            Self::ProgrammeAdded(id) => plain("programme.added", Some(("programme", id.0)), None, &[]),
            Self::ProgrammeChanged(id) => plain("programme.changed", Some(("programme", id.0)), None, &[]),
            Self::ProjectsPlaced { programme, projects } => {
                plain("programme.projects_placed", Some(("programme", programme.0)), None, &[("projects", projects.clone())])
            }
            Self::MemberKeptToProgrammes { member, programmes } => {
                plain("membership.kept_to_programmes", Some(("membership", member.0)), None, &[("programme_ids", programmes.clone())])
            }
            Self::MemberLetGo { member, reason } => {
                Described { reason: Some(reason.clone()), ..plain("membership.let_go", Some(("membership", member.0)), None, &[]) }
            }
            Self::FactorsReset(member) => plain("membership.factors_reset", Some(("membership", member.0)), None, &[]),
            Self::GrantAsked { grant, role, reason } => Described {
                reason: Some(reason.clone()),
                ..plain("role_grant.asked", Some(("role_grant_request", grant.0)), None, &[("role", (*role).to_owned())])
            },
            Self::GrantDecided { grant, member, role, decision } => plain(
                if *decision == "approved" { "role_grant.approved" } else { "role_grant.refused" },
                Some(("role_grant_request", grant.0)),
                None,
                &[("membership_id", member.to_string()), ("role", (*role).to_owned())],
            ),
            Self::GrantWithdrawn(id) => plain("role_grant.withdrawn", Some(("role_grant_request", id.0)), None, &[]),
            Self::FactorRolesSet { tenant, roles } => {
                plain("organisation.factor_roles_set", Some(("tenant", tenant.0)), None, &[("second_factor_roles", roles.clone())])
            }
            Self::SettingsSet { tenant, reason } => {
                Described { reason: Some(reason.clone()), ..plain("organisation.settings_set", Some(("tenant", tenant.0)), None, &[]) }
            }
            Self::ProviderSet(id) => plain("provider.set", Some(("provider", id.0)), None, &[]),
            Self::ProviderVerified { provider, domain } => {
                plain("provider.domain_verified", Some(("provider", provider.0)), None, &[("domain", domain.clone())])
            }
            Self::ProviderRequired { provider, required } => {
                let action = if *required { "provider.required" } else { "provider.not_required" };
                plain(action, Some(("provider", provider.0)), None, &[])
            }
            Self::ProviderRemoved(id) => plain("provider.removed", Some(("provider", id.0)), None, &[]),
            Self::ProviderRoleAdded { provider, role } => {
                plain("provider.role_added", Some(("provider", provider.0)), None, &[("role", (*role).to_owned())])
            }
            Self::ProviderRoleRemoved(id) => plain("provider.role_removed", Some(("provider", id.0)), None, &[]),
            Self::OrganisationCreated(id) => plain("platform.organisation_created", Some(("tenant", id.0)), None, &[]),
            Self::OrganisationSet { tenant, plan, status, reason } => Described {
                reason: Some(reason.clone()),
                ..plain(
                    "platform.organisation_set",
                    Some(("tenant", tenant.0)),
                    None,
                    &[("plan", (*plan).to_owned()), ("status", status.clone())],
                )
            },
            Self::AdministratorInvited { tenant, invitation, reason } => Described {
                reason: Some(reason.clone()),
                ..plain("platform.administrator_invited", Some(("tenant", tenant.0)), None, &[("invitation", invitation.to_string())])
            },
            Self::SupportBegan { visit, ticket, reason } => Described {
                reason: Some(reason.clone()),
                ..plain("platform.support_began", Some(("support_visit", visit.0)), None, &[("ticket", ticket.clone())])
            },
            Self::SupportEnded(visit) => plain("platform.support_ended", Some(("support_visit", visit.0)), None, &[]),
            Self::SupportLooked { visit, path } => {
                plain("support.looked", Some(("support_visit", visit.0)), None, &[("path", path.clone())])
            }
            Self::TokenCreated { token, scopes } => {
                plain("api_token.created", Some(("api_token", token.0)), None, &[("scopes", scopes.clone())])
            }
            Self::TokenRevoked(token) => plain("api_token.revoked", Some(("api_token", token.0)), None, &[]),
        }
    }
}

fn plain(action: &'static str, entity: Option<(&'static str, Uuid)>, project: Option<ProjectId>, facts: &[(&str, String)]) -> Described {
    let map: Map<String, Value> = facts.iter().map(|(key, value)| ((*key).to_owned(), json!([null, value]))).collect();
    Described {
        action,
        entity_type: entity.map(|(kind, _)| kind),
        entity: entity.map(|(_, id)| id),
        project,
        changes: crate::kernel::json::canonical(&Value::Object(map)).unwrap_or_else(|| "{}".to_owned()),
        reason: None,
        result: "ok",
    }
}
