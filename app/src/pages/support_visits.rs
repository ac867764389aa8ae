//! Visits of support: the page on which an organisation sees them, and the forms that begin and end one.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use leptos::prelude::*;
use server::access::Can;
use server::platform::support_visits::{self, VISIT_SECONDS, Wanted};
use server::tenancy::support_visits::{self as visits, SupportVisit};

use crate::answers::Answer;
use crate::forms::{self, Fields, to};
use crate::parts;
use crate::shell::Nav;
use crate::text::Say;
use crate::visit::{App, SUPPORT, Visit};

/// Routes of this page.
pub fn routes() -> Router<App> {
    Router::new().route("/o/{org}/admin/support", get(show))
}

/// `/o/{org}/admin/support`.
///
/// # Errors
/// Refusal, or the database's.
pub async fn show(mut visit: Visit, Path(org): Path<String>) -> Answer {
    let cx = visit.cx(&org).await?;
    let all = visits::list(&cx).await?;
    let log = cx.may(Can::ReadSettings);
    let say = visit.say;
    Ok(visit.inside(&cx, Nav::Settings).show(&say.t("support-title"), move || {
        let none = all.is_empty();
        let cards: Vec<_> = all.into_iter().map(|visit| card(say, log.then_some(org.as_str()), visit)).collect();
        view! {
            <div class="page-head"><div><h1>{say.t("support-title")}</h1><p class="lede">{say.t("support-text")}</p></div></div>
            {none.then(|| view! { <div class="empty"><h2>{say.t("support-none-title")}</h2><p>{say.t("support-none")}</p></div> })}
            <div class="flow-s">{cards}</div>
        }
    }))
}

/// `org`: for who may read what was looked at in the log too.
fn card(say: Say, org: Option<&str>, visit: SupportVisit) -> AnyView {
    let lasts = visit.ended.is_none();
    let ended = visit.ended.map(|at| parts::moment(say, at));
    let pages: Vec<_> = visit.pages.into_iter().map(|path| view! { <li><code>{readable(&path)}</code></li> }).collect();
    let log = org.map(|org| format!("/o/{org}/audit?entity={}&rows=1", visit.id));
    view! {
        <article class="card"><h2>{say.with("support-who", &[("operator", &visit.operator), ("person", &visit.acted_as)])}</h2>
            <dl class="defs"><dt>{say.t("field-reason")}</dt><dd>{visit.reason}</dd><dt>{say.t("field-ticket")}</dt><dd>{visit.ticket}</dd>
                <dt>{say.t("support-began")}</dt><dd>{parts::moment(say, visit.began)}</dd>
                <dt>{say.t("support-ended")}</dt><dd>{ended}{lasts.then(|| say.t("support-lasts"))}</dd>
                <dt>{say.t("support-acts")}</dt><dd>{visit.acts}</dd></dl>
            <details><summary>{say.count("support-pages", visit.looked)}</summary><ul>{pages}</ul></details>
            {log.map(|href| view! { <p class="small"><a href=href>{say.t("support-log")}</a></p> })}</article>
    }
    .into_any()
}

/// A path as people read it, `%20` and `+` being spaces; as it was asked for, where that would read as something else.
fn readable(path: &str) -> String {
    let plain = path.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&plain).decode_utf8_lossy();
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fffd}' | '\u{e0000}'..='\u{e007f}')
    };
    let marks = |text: &str| text.matches(['?', '&', '=', '#', '/', '+', '%']).count();
    if decoded.chars().any(odd) || marks(&decoded) != plain.matches(['?', '&', '=', '#', '/']).count() {
        path.to_owned()
    } else {
        decoded.into_owned()
    }
}

/// Begins a visit of support.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "support/begin")]
pub async fn begin(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("support/begin", form, |visit, form| async move {
        let (desk, actor) = visit.desk().await?;
        let wanted = Wanted { slug: form.get("slug"), email: form.get("email"), reason: form.get("reason"), ticket: form.get("ticket") };
        let cookie = support_visits::begin(&desk, actor.fresh()?, &visit.session, &wanted).await?;
        Ok(to(format!("/o/{}", form.get("slug"))).with_cookie(visit.secret_cookie(SUPPORT, &cookie, VISIT_SECONDS)))
    })
    .await
}

/// Ends a visit: asked by who operates the platform, whose own session goes on.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "support/end")]
pub async fn end(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("support/end", form, |visit, form| async move {
        let (desk, _) = visit.desk().await?;
        support_visits::end(&desk, form.id("visit")?).await?;
        Ok(to("/platform").saying("support-ended").with_cookie(visit.set_cookie(SUPPORT, "", Some(0))))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn paths_are_read_and_nothing_is_read_into_them() {
        for (path, read) in [
            ("/o/a/search?q=new%20wells", "/o/a/search?q=new wells"),
            ("/o/a/search?q=new+wells", "/o/a/search?q=new wells"),
            ("/o/a/search?q=mwaka%C3%A9", "/o/a/search?q=mwakaé"),
            ("/o/a/search?q=a%26b", "/o/a/search?q=a%26b"),
            ("/o/a/search?q=%E2%80%AElive", "/o/a/search?q=%E2%80%AElive"),
            ("/o/a/search?q=%00", "/o/a/search?q=%00"),
            ("/o/a/search?q=%FF", "/o/a/search?q=%FF"),
            ("/o/a/search?q=1%2B1", "/o/a/search?q=1%2B1"),
        ] {
            assert_eq!(readable(path), read);
        }
    }
}
