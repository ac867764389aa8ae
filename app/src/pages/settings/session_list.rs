//! The sessions of an account, and ending them.

use leptos::prelude::*;
use server::identity::session_list::{self, Line};

use super::SECURITY as HERE;
use crate::forms::{self, Fields, to};
use crate::parts;
use crate::text::Say;

/// The list, as a section of the security page.
#[must_use]
pub fn section(say: Say, lines: Vec<Line>) -> AnyView {
    let others = lines.iter().filter(|line| !line.current).count();
    let rows: Vec<_> = lines.into_iter().map(|line| row(say, line)).collect();
    let end_others = (others > 0).then(|| {
        view! { <form method="post" action="/fn/sessions/end-others"><input type="hidden" name="back" value=HERE/><button class="btn">{say.t("sessions-end-others")}</button></form> }
    });
    view! {
        <section class="card flow-s" aria-labelledby="sessions-h"><h2 id="sessions-h">{say.t("sessions-title")}</h2>
            <p>{say.t("sessions-text")}</p>
            <ul class="sessions plain-list">{rows}</ul>{end_others}</section>
    }
    .into_any()
}

fn row(say: Say, line: Line) -> AnyView {
    let device = line.device.unwrap_or_else(|| say.t("device-unknown"));
    let end = if line.current {
        view! { <span class="status status-active">{say.t("session-current")}</span> }.into_any()
    } else {
        let label = format!("{}: {device}, {}", say.t("session-end"), crate::format::moment(say, line.began));
        view! {
            <form method="post" action="/fn/sessions/end"><input type="hidden" name="back" value=HERE/><input type="hidden" name="id" value=line.id.to_string()/>
                <button class="btn btn-small" aria-label=label>{say.t("session-end")}</button></form>
        }
        .into_any()
    };
    view! {
        <li class="row"><div><strong>{device}</strong>
            <p class="small muted">{say.t("session-began")}" "{parts::moment(say, line.began)}" · "{say.t("session-seen")}" "{parts::moment(say, line.last_seen)}
                {line.network.map(|network| view! { " · "<bdi>{network}</bdi> })}</p></div>{end}</li>
    }
    .into_any()
}

/// Ends one session.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "sessions/end")]
pub async fn end(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("sessions/end", form, |visit, form| async move {
        let who = visit.person().await?.fresh()?;
        session_list::end(&visit.app.db, &visit.facts, who, form.id("id")?).await?;
        Ok(to(HERE).saying("session-ended"))
    })
    .await
}

/// Ends every session but this one.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "sessions/end-others")]
pub async fn end_others(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("sessions/end-others", form, |visit, _| async move {
        let who = visit.person().await?.fresh()?;
        session_list::end_others(&visit.app.db, &visit.facts, who, &visit.session).await?;
        Ok(to(HERE).saying("sessions-ended"))
    })
    .await
}
