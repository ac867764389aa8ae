//! The fields of an indicator's sheet, and what was typed into them.

use std::collections::BTreeMap;

use leptos::prelude::*;
use server::access::Role;
use server::kernel::calendar::Frequency;
use server::kernel::ids::MembershipId;
use server::projects::framework::{Node, Status};
use server::projects::indicators::{DATA_USES, FREQUENCIES, IndicatorForm, KINDS, QUALITY, REASON_CODES, ReferenceForm, WhyForm};
use server::projects::progress::Kind;

use crate::forms::{Fields, Sheet};
use crate::text::Say;

/// What a person types of an indicator, by column.
pub(in crate::pages::projects) const FIELDS: [&str; 35] = [
    "code",
    "title",
    "definition",
    "kind",
    "unit",
    "decimals",
    "frequency",
    "direction",
    "accumulation",
    "agg_locations",
    "agg_periods",
    "baseline_value",
    "eop_target",
    "data_source",
    "numerator_label",
    "denominator_label",
    "achievement_formula",
    "rag_amber",
    "rag_red",
    "rag_over",
    "rationale",
    "baseline_num",
    "baseline_den",
    "baseline_date",
    "baseline_note",
    "eop_target_num",
    "eop_target_den",
    "target_rationale",
    "means_of_verification",
    "collection_method",
    "responsible_role",
    "analysis_method",
    "data_limitations",
    "dqa_last_date",
    "dqa_next_date",
];

fn words(say: Say, family: &str, all: &[&str]) -> Vec<(String, String)> {
    all.iter().map(|word| ((*word).to_owned(), say.word(family, word))).collect()
}

/// Choices with none before them.
fn or_none(say: Say, all: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    std::iter::once((String::new(), say.t("none"))).chain(all).collect()
}

/// Results as choices, numbered, with none before them.
pub(in crate::pages::projects) fn node_choices<'a>(say: Say, nodes: impl Iterator<Item = &'a Node>) -> Vec<(String, String)> {
    or_none(say, nodes.map(|n| (n.id.to_string(), format!("{} {}", n.number, n.title))))
}

/// What a new indicator begins with.
fn usual(column: &str) -> String {
    let word = match column {
        "kind" => "number",
        "frequency" => "quarterly",
        "direction" => "increase",
        "accumulation" => "non_cumulative",
        "agg_locations" | "agg_periods" => "sum",
        "decimals" => "0",
        "achievement_formula" => "ratio",
        "rag_amber" => "85",
        "rag_red" => "70",
        "rag_over" => "115",
        "is_public" | "iati_export" => "true",
        _ => "",
    };
    word.to_owned()
}

/// Whether a column holds what it would hold if nobody had thought of it, among those of which that says nothing.
pub(super) fn is_usual(column: &str, value: &str) -> bool {
    (column.starts_with("rag_") || column == "achievement_formula") && usual(column) == value
}

/// The form of a new indicator: what it cannot do without. The rest of its sheet is filled in on its page.
pub(in crate::pages::projects) fn new_form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], nodes: &[Node]) -> AnyView {
    let fields = view! { {sheet.line("code", "text", "")}{fields(say, sheet, nodes, None, &usual)}{sheet.actions("indicator-add", None)} };
    view! { <details class="card no-print" open=sheet.was_refused()><summary>{say.t("indicator-new")}</summary>{sheet.form(hidden, fields)}</details> }
        .into_any()
}

/// The form of a new indicator with its whole sheet, as it stands in the library.
pub(super) fn whole(
    say: Say,
    sheet: &Sheet,
    hidden: &[(&'static str, String)],
    nodes: &[Node],
    code: &str,
    stands: &BTreeMap<String, String>,
) -> AnyView {
    let of = |column: &str| stands.get(column).cloned().unwrap_or_else(|| usual(column));
    let fields =
        view! { {sheet.line("code", "text", code)}{fields(say, sheet, nodes, Some(&[]), &of)}{sheet.actions("indicator-add", None)} };
    sheet.form(hidden, fields)
}

/// The fields of an indicator; `stands` is what a column holds. Of a new one, which nobody answers for yet, `people` is none.
pub(super) fn fields(
    say: Say,
    sheet: &Sheet,
    nodes: &[Node],
    people: Option<&[(MembershipId, String)]>,
    stands: &dyn Fn(&str) -> String,
) -> AnyView {
    view! {
        {sheet.line("title", "text", &stands("title"))}
        {sheet.area("definition", 3, &stands("definition"))}
        {sheet.choice("result_node_id", node_choices(say, nodes.iter().filter(|node| node.takes_indicators)), &stands("result_node_id"))}
        {method(say, sheet, stands)}
        {sheet.figure("baseline_value", &stands("baseline_value"))}
        {sheet.figure("eop_target", &stands("eop_target"))}
        {sheet.line("data_source", "text", &stands("data_source"))}
        {people.map(|people| rest(say, sheet, people, stands))}
    }
    .into_any()
}

/// How it is measured and combined.
fn method(say: Say, sheet: &Sheet, stands: &dyn Fn(&str) -> String) -> AnyView {
    let (frequencies, kinds) = (FREQUENCIES.map(Frequency::as_str), KINDS.map(Kind::as_str));
    let decimals = (0..=4).map(|n: u8| (n.to_string(), n.to_string())).collect();
    view! {
        {sheet.choice("kind", words(say, "kind", &kinds), &stands("kind"))}
        {sheet.line("unit", "text", &stands("unit"))}
        {sheet.choice("decimals", decimals, &stands("decimals"))}
        {sheet.choice("frequency", words(say, "frequency", &frequencies), &stands("frequency"))}
        {sheet.choice("direction", words(say, "direction", &["increase", "decrease", "maintain", "none"]), &stands("direction"))}
        {sheet.choice("accumulation", words(say, "accumulation", &["non_cumulative", "cumulative_sum", "running_total"]), &stands("accumulation"))}
        {sheet.choice("agg_locations", words(say, "agg-locations", &["sum", "avg", "max", "min", "ratio", "none"]), &stands("agg_locations"))}
        {sheet.choice("agg_periods", words(say, "agg-periods", &["sum", "avg", "max", "min", "latest", "ratio_of_sums", "none"]), &stands("agg_periods"))}
    }
    .into_any()
}

/// A part of the sheet that is folded away until it is wanted, or until something in it was refused.
fn part(say: Say, sheet: &Sheet, title: &str, fields: &[&str], body: AnyView) -> AnyView {
    let open = fields.iter().any(|field| sheet.fault(field).is_some());
    view! { <details class="part" open=open><summary>{say.t(title)}</summary>{body}</details> }.into_any()
}

/// The rest of the sheet.
fn rest(say: Say, sheet: &Sheet, people: &[(MembershipId, String)], stands: &dyn Fn(&str) -> String) -> AnyView {
    let is = |column: &str| stands(column) == "true";
    let area = |field, rows| sheet.area(field, rows, &stands(field));
    let figure = |field| sheet.figure(field, &stands(field));
    let day = |field| sheet.line(field, "date", &stands(field));
    let formulas = words(say, "achievement-formula", &["ratio", "progress_from_baseline"]);
    let judged = view! {
        {sheet.line("numerator_label", "text", &stands("numerator_label"))}{sheet.line("denominator_label", "text", &stands("denominator_label"))}
        {sheet.tick("carry_forward".to_owned(), say.t("field-carry-forward"), is("carry_forward"))}
        {sheet.choice("achievement_formula", formulas, &stands("achievement_formula"))}
        {figure("rag_amber")}{figure("rag_red")}{figure("rag_over")}
    };
    let planned = view! {
        {area("rationale", 3)}
        {sheet.tick("baseline_na".to_owned(), say.t("field-baseline-na"), is("baseline_na"))}
        {figure("baseline_num")}{figure("baseline_den")}{day("baseline_date")}{area("baseline_note", 2)}
        {figure("eop_target_num")}{figure("eop_target_den")}{area("target_rationale", 3)}
    };
    let roles = Role::ALL.map(|role| (role.as_str().to_owned(), say.word("role", role.as_str())));
    let holder = stands("responsible_membership_id");
    let mut people: Vec<_> = people.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
    if !holder.is_empty() && people.iter().all(|(id, _)| *id != holder) {
        // who answers for it and left the project stands there until somebody else does
        people.push((holder.clone(), say.t("indicator-holder-left")));
    }
    let gathered = view! {
        {area("means_of_verification", 2)}{area("collection_method", 3)}
        {sheet.choice("responsible_role", or_none(say, roles), &stands("responsible_role"))}
        {sheet.choice("responsible_membership_id", or_none(say, people), &holder)}
        {area("analysis_method", 3)}
        {boxes(say, sheet, "data_use", "data-use", &DATA_USES, &stands("data_use"))}
    };
    let trusted = view! {
        {boxes(say, sheet, "quality_assurance", "quality", &QUALITY, &stands("quality_assurance"))}
        {area("data_limitations", 3)}{day("dqa_last_date")}{day("dqa_next_date")}
    };
    let measures = (1..=5).map(|n: u8| (n.to_string(), say.word("iati-measure", &n.to_string())));
    let shown = view! {
        {sheet.tick("is_key".to_owned(), say.t("field-is-key"), is("is_key"))}
        {sheet.tick("is_public".to_owned(), say.t("field-is-public"), is("is_public"))}
        {sheet.tick("iati_export".to_owned(), say.t("field-iati-export"), is("iati_export"))}
        {sheet.choice("iati_measure", or_none(say, measures), &stands("iati_measure"))}
    };
    view! {
        {part(say, sheet, "sheet-judged", &["achievement_formula", "rag_amber", "rag_red", "rag_over", "numerator_label", "denominator_label"], judged.into_any())}
        {part(say, sheet, "sheet-planned", &["rationale", "baseline_num", "baseline_den", "baseline_date", "baseline_note", "eop_target_num", "eop_target_den", "target_rationale"], planned.into_any())}
        {part(say, sheet, "sheet-gathered", &["means_of_verification", "collection_method", "responsible_role", "responsible_membership_id", "analysis_method", "data_use"], gathered.into_any())}
        {part(say, sheet, "sheet-trusted", &["quality_assurance", "data_limitations", "dqa_last_date", "dqa_next_date"], trusted.into_any())}
        {part(say, sheet, "sheet-shown", &["iati_measure"], shown.into_any())}
    }
    .into_any()
}

/// Several of a list: a box each, named by the field and the word.
fn boxes(say: Say, sheet: &Sheet, field: &'static str, family: &str, all: &[&str], stands: &str) -> AnyView {
    let stood: Vec<&str> = stands.split(", ").collect();
    let boxes: Vec<_> =
        all.iter().map(|word| sheet.tick(format!("{field}-{word}"), say.word(family, word), stood.contains(word))).collect();
    view! { <fieldset><legend>{say.word("field", field)}</legend>{boxes}{sheet.fault_line(field)}</fieldset> }.into_any()
}

/// Why a change is made: asked for once the framework was approved.
pub(in crate::pages::projects) fn reason_fields(say: Say, sheet: &Sheet, framework: &str) -> AnyView {
    if Status::parse(framework) == Status::Draft {
        return ().into_any();
    }
    view! { {sheet.line("reason", "text", "")}{boxes(say, sheet, "reason_codes", "reason-code", &REASON_CODES, "")} }.into_any()
}

/// The reason as typed.
pub(in crate::pages::projects) fn why(form: &Fields) -> WhyForm {
    WhyForm { reason: form.own("reason"), codes: ticked(form, "reason_codes-") }
}

/// The words of a list whose boxes are ticked.
fn ticked(form: &Fields, prefix: &str) -> Vec<String> {
    form.starting(prefix).filter(|(_, ticked)| *ticked == "yes").map(|(word, _)| word.to_owned()).collect()
}

/// An indicator as typed; without the rest of its sheet, where the form has not got it.
pub(super) fn typed(form: &Fields) -> IndicatorForm {
    let is = |name: &str| form.get(name) == "yes";
    // boxes that are not ticked are not sent: only a form that has the rest of the sheet says no by them
    let whole = form.0.contains_key("rationale");
    IndicatorForm {
        code: form.own("code"),
        title: form.own("title"),
        definition: form.own("definition"),
        unit: form.own("unit"),
        kind: form.own("kind"),
        direction: form.own("direction"),
        accumulation: form.own("accumulation"),
        agg_locations: form.own("agg_locations"),
        agg_periods: form.own("agg_periods"),
        frequency: form.own("frequency"),
        decimals: form.own("decimals"),
        baseline_value: form.own("baseline_value"),
        eop_target: form.own("eop_target"),
        result_node_id: form.own("result_node_id"),
        data_source: form.own("data_source"),
        numerator_label: form.own("numerator_label"),
        denominator_label: form.own("denominator_label"),
        carry_forward: is("carry_forward"),
        achievement_formula: form.own("achievement_formula"),
        rag_amber: form.own("rag_amber"),
        rag_red: form.own("rag_red"),
        rag_over: form.own("rag_over"),
        reference: whole.then(|| reference(form)),
    }
}

fn reference(form: &Fields) -> ReferenceForm {
    let is = |name: &str| form.get(name) == "yes";
    ReferenceForm {
        rationale: form.own("rationale"),
        baseline_num: form.own("baseline_num"),
        baseline_den: form.own("baseline_den"),
        baseline_date: form.own("baseline_date"),
        baseline_na: is("baseline_na"),
        baseline_note: form.own("baseline_note"),
        eop_target_num: form.own("eop_target_num"),
        eop_target_den: form.own("eop_target_den"),
        target_rationale: form.own("target_rationale"),
        means_of_verification: form.own("means_of_verification"),
        collection_method: form.own("collection_method"),
        responsible_role: form.own("responsible_role"),
        responsible_membership_id: form.own("responsible_membership_id"),
        analysis_method: form.own("analysis_method"),
        data_use: ticked(form, "data_use-"),
        quality_assurance: ticked(form, "quality_assurance-"),
        data_limitations: form.own("data_limitations"),
        dqa_last_date: form.own("dqa_last_date"),
        dqa_next_date: form.own("dqa_next_date"),
        is_key: is("is_key"),
        is_public: is("is_public"),
        iati_export: is("iati_export"),
        iati_measure: form.own("iati_measure"),
    }
}
