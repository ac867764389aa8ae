//! Requests for roles that take two people.

use leptos::prelude::*;
use server::tenancy::grants::{self, Grant};

use crate::forms::{self, Fields, Sheet, to};
use crate::parts;
use crate::text::Say;

/// The requests that wait, with what this person may do about each.
pub(super) fn section(say: Say, org: &str, sheet: &Sheet, waiting: &[Grant]) -> AnyView {
    if waiting.is_empty() {
        return ().into_any();
    }
    let lines: Vec<_> = waiting.iter().map(|grant| line(say, org, sheet, grant)).collect();
    view! {
        <section class="card flow-s" aria-labelledby="grants-h"><h2 id="grants-h">{say.t("grants-open")}</h2>{sheet.refusal()}
            <ul class="plain-list">{lines}</ul></section>
    }
    .into_any()
}

fn line(say: Say, org: &str, sheet: &Sheet, grant: &Grant) -> AnyView {
    let role = say.word("role", grant.role.as_str());
    let form = |action: &'static str, decision: &'static str, label: &'static str, class: &'static str| {
        view! {
            <form method="post" action=format!("/fn/grants/{action}")><input type="hidden" name="org" value=org.to_owned()/>
                <input type="hidden" name="grant" value=grant.id.to_string()/><input type="hidden" name="decision" value=decision/>
                <input type="hidden" name="back" value=sheet.back()/>
                <button class=format!("btn btn-small {class}") aria-label=format!("{}: {} – {}", say.t(label), grant.name, role)>{say.t(label)}</button></form>
        }
    };
    let acts = match (grant.hindrance, grant.mine) {
        (_, true) => form("withdraw", "", "grant-withdraw", "").into_any(),
        (None, false) => view! {
            <div class="row">{form("decide", "approve", "grant-approve", "btn-primary")}{form("decide", "refuse", "grant-refuse", "")}</div>
        }
        .into_any(),
        (Some(fault), false) => view! { <p class="small muted">{say.word("problem", fault)}</p> }.into_any(),
    };
    view! {
        <li class="row"><div><strong>{grant.name.clone()}</strong>" → "{role.clone()}
            <p class="small">{grant.reason.clone()}</p><p class="small muted">{grant.by.clone()}" · "{parts::moment(say, grant.at)}</p></div>{acts}</li>
    }
    .into_any()
}

/// Asks for a role that takes two people.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "grants/ask")]
pub async fn ask(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("grants/ask", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        grants::ask(&cx, form.id("member")?, form.get("role"), form.get("reason")).await?;
        Ok(to(format!("/o/{}/admin/members", cx.standing()?.slug)).saying("grant-asked"))
    })
    .await
}

/// Decides a request.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "grants/decide")]
pub async fn decide(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("grants/decide", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        grants::decide(&cx, form.id("grant")?, form.get("decision") == "approve").await?;
        Ok(to(forms::back(&form)).saying("grant-decided"))
    })
    .await
}

/// Takes a request back.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "grants/withdraw")]
pub async fn withdraw(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("grants/withdraw", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        grants::withdraw(&cx, form.id("grant")?).await?;
        Ok(to(forms::back(&form)).saying("grant-withdrawn"))
    })
    .await
}
