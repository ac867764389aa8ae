//! What was said about a section, and by whom. It stays inside.

use leptos::prelude::*;
use server::projects::reports::comments::{self, Comment};

use super::super::project_of;
use super::Hidden;
use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::text::Say;

/// The comments, the oldest first, and the form of another one.
pub(super) fn section(say: Say, hidden: &Hidden, all: &[Comment], add: &Sheet, resolve: &Sheet) -> AnyView {
    let items: Vec<_> = all.iter().map(|comment| one(say, hidden, comment, resolve)).collect();
    let list = if items.is_empty() {
        view! { <p class="muted">{say.t("comments-none")}</p> }.into_any()
    } else {
        view! { <ul class="plain-list">{items}</ul> }.into_any()
    };
    let fields = view! { {add.area("comment", 3, "")}{add.actions("comment-add", None)} };
    view! {
        <section class="flow-s no-print" aria-labelledby="comments-h"><h2 id="comments-h">{say.t("report-comments")}</h2><p class="small muted">{say.t("comments-text")}</p>
            {resolve.refusal()}{list}{add.form(hidden, fields)}</section>
    }
    .into_any()
}

fn one(say: Say, hidden: &Hidden, comment: &Comment, resolve: &Sheet) -> AnyView {
    let by = comment.by.clone().unwrap_or_else(|| "–".to_owned());
    let settled = if let Some(at) = comment.resolved_at {
        let name = comment.resolved_by.as_deref().unwrap_or("–");
        view! { <p class="small"><span class="tag">{say.t("comment-settled")}</span>" "{say.with("comment-settled-by", &[("name", name)])}" · "{parts::moment(say, at)}</p> }
            .into_any()
    } else {
        let mut hidden = hidden.clone();
        hidden.push(("comment_id", comment.id.to_string()));
        let label = format!("{}: {}", say.t("comment-settle"), comment.body.chars().take(60).collect::<String>());
        // why it was refused stands above the list
        resolve.only_if(false).form(&hidden, view! { <button class="btn btn-small" aria-label=label>{say.t("comment-settle")}</button> })
    };
    view! {
        <li><p class="small muted"><strong>{by}</strong>" · "{parts::moment(say, comment.at)}</p><p class="typed">{comment.body.clone()}</p>{settled}</li>
    }
    .into_any()
}

/// Says something about a section.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "report-comments/add")]
pub async fn add(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("report-comments/add", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        comments::add(&cx, project_of(&form)?, form.id("report")?, form.id("section")?, form.get("comment")).await?;
        Ok(to(forms::back(&form)).saying("comment-added"))
    })
    .await
}

/// Says that a comment is settled.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "report-comments/resolve")]
pub async fn resolve(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("report-comments/resolve", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        comments::resolve(&cx, project_of(&form)?, form.id("comment_id")?).await?;
        Ok(to(forms::back(&form)).saying("comment-settled"))
    })
    .await
}
