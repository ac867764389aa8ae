//! A person's own account: in no organisation in particular.

pub mod account;
pub mod confirm;
pub mod joining;
pub mod passkeys;
pub mod passwords;
pub mod security;
pub mod session_list;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use leptos::prelude::*;

use crate::parts;
use crate::text::Say;
use crate::visit::{App, Visit};

/// Routes of these pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings/security", get(security::show))
        .route("/settings/account", get(account::show))
        .route("/settings/confirm", get(confirm::show))
        .route("/settings/inbox", get(account::inbox))
        .route("/settings/email", get(account::email))
        .route("/forgot", get(passwords::forgot))
        .route("/reset", get(passwords::reset))
        .route("/invite", get(joining::invite))
        .route("/set-up", get(joining::set_up))
}

/// Where second factors, passwords and sessions stand.
pub(super) const SECURITY: &str = "/settings/security";

/// Fills the secret of a link in, and shows a new password on demand.
pub(super) const LINK_SCRIPT: &str = include_str!("link.js");

/// That, and what passkeys need.
const SCRIPT: &str = concat!(include_str!("link.js"), include_str!("passkeys.js"));

/// The pages of an account, as tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Second factor, recovery codes, sessions.
    Security,
    /// Organisations and own data.
    Account,
    /// News.
    Inbox,
}

/// A page of an account.
pub fn page<V: IntoView + 'static>(visit: &Visit, current: Tab, title: &str, body: impl FnOnce() -> V) -> Response {
    let say = visit.say;
    let heading = title.to_owned();
    let notice = notice(visit);
    visit.public_with(title, SCRIPT, move || {
        view! {
            <div class="page-head"><div><h1>{heading}</h1></div>
                <form method="post" action="/logout"><button class="btn btn-small">{say.t("nav-sign-out")}</button></form></div>
            {tabs(say, current)}
            {notice}
            {body()}
        }
    })
}

fn tabs(say: Say, current: Tab) -> AnyView {
    let all = [
        ("/settings/account", "nav-settings", current == Tab::Account),
        ("/settings/security", "security-title", current == Tab::Security),
        ("/settings/inbox", "inbox-title", current == Tab::Inbox),
    ];
    parts::tabs(say, "tabs-account", all)
}

/// What was just done, in words.
pub(crate) fn notice(visit: &Visit) -> AnyView {
    let say = visit.say;
    let notice = visit.notice.as_deref().map(|code| {
        view! { <div class="notice success" role="status"><strong>{say.word("notice", code)}</strong></div> }
    });
    notice.into_any()
}
