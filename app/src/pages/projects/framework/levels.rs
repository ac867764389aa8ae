//! The levels of a framework: a template's, or names of the project's own.

use leptos::prelude::*;
use server::projects::framework::own_templates::OwnTemplate;
use server::projects::framework::{self, Framework, TEMPLATES, Template};

use super::project_of;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::text::Say;

/// What a level of a project's framework is called.
#[must_use]
pub fn level_name(say: Say, template: &str, own: &[String], level: i16) -> String {
    let at = usize::try_from(level).unwrap_or_default();
    let shipped = || Template::of(template).unwrap_or(TEMPLATES[0]).levels.get(at).copied().unwrap_or("activity");
    own.get(at).map_or_else(|| say.word("level", shipped()), |name| framework::spoken(name, say.0))
}

/// Templates as choices: those that come with Kipimo, then the organisation's own.
#[must_use]
pub fn template_choices(say: Say, own: &[OwnTemplate]) -> Vec<(String, String)> {
    let shipped = TEMPLATES.map(|template| {
        let levels: Vec<_> = template.levels.iter().map(|level| say.word("level", level)).collect();
        (template.key.to_owned(), format!("{}: {}", say.word("template", template.key), levels.join(" → ")))
    });
    let own = own.iter().map(|template| {
        let levels: Vec<_> = template.levels.iter().map(|level| level.label.say(say.0)).collect();
        (template.id.to_string(), format!("{}: {}", template.name, levels.join(" → ")))
    });
    shipped.into_iter().chain(own).collect()
}

pub(super) fn form(say: Say, sheet: &Sheet, hidden: &[(&'static str, String)], all: &Framework, offered: &[OwnTemplate]) -> AnyView {
    let mut hidden = hidden.to_vec();
    hidden.push(("row_version", all.row_version.to_string()));
    let own = all.own_levels.join("\n");
    let stands = [("framework_template", all.template.clone()), ("framework_levels", own.clone())];
    let named = |id: &str| offered.iter().find(|template| template.id.to_string() == id).map(|template| template.name.clone());
    let fields = view! {
        {parts::conflict_of(say, sheet, &stands, &named)}
        {sheet.choice("framework_template", template_choices(say, offered), &all.template)}
        {sheet.area("framework_levels", 4, &own)}
        {sheet.actions("save", None)}
    };
    view! {
        <details class="card no-print" open=sheet.was_refused()><summary>{say.t("framework-levels")}</summary>{said(say, all)}{sheet.form(&hidden, fields)}</details>
    }
    .into_any()
}

/// What a template said of the levels, which the project copied with their names.
fn said(say: Say, all: &Framework) -> AnyView {
    if all.result_types.is_empty() {
        return ().into_any();
    }
    let levels: Vec<_> = all
        .own_levels
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let kind = all.result_types.get(at).map(|kind| say.word("result-type", kind.as_str()));
            let bare = all.level_indicators.get(at) == Some(&false);
            level_line(say, framework::spoken(name, say.0), kind, bare)
        })
        .collect();
    view! { <p>{say.t("framework-levels-said")}</p><ol>{levels}</ol> }.into_any()
}

/// A level in a list: its name, what its results are, and whether they carry no indicators.
pub(in crate::pages) fn level_line(say: Say, name: String, kind: Option<String>, bare: bool) -> AnyView {
    view! {
        <li>{name}{kind.map(|kind| view! { " "<span class="small muted">{kind}</span> })}
            {bare.then(|| view! { " "<span class="tag">{say.t("level-bare")}</span> })}</li>
    }
    .into_any()
}

/// Sets the levels.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/set-levels")]
pub async fn set_levels(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("framework/set-levels", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let (template, own) = (form.get("framework_template"), form.get("framework_levels"));
        framework::set_levels(&cx, project_of(&form)?, template, own, form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("saved"))
    })
    .await
}
