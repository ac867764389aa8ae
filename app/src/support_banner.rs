//! The line on every page that says that somebody acts as somebody else, until when, and how to stop.

use chrono::Utc;
use leptos::prelude::*;
use server::access::Cx;

use crate::visit::Visit;

/// Counts down; without it the minutes stand as they were when the page was made.
const COUNTDOWN: &str = include_str!("support_banner.js");

/// The line, where it is needed.
pub(crate) fn banner(visit: &Visit, cx: &Cx, class: &'static str) -> Option<AnyView> {
    let who = cx.actor().impersonator()?;
    let say = visit.say;
    let minutes = (who.until - Utc::now()).num_minutes().max(0);
    let until = who.until.to_rfc3339();
    let text = say.with("support-banner", &[("operator", &who.name), ("person", cx.actor().name())]);
    let id = who.visit.to_string();
    let nonce = visit.nonce.clone();
    Some(
        view! {
            <div class="impersonation" role="region" aria-label=say.t("support-label")><div class=class>
                <span><strong>{text}</strong>" "<span id="support-left" role="timer" data-until=until data-words=say.t("support-left-exactly")>{say.count("support-left", minutes)}</span>
                    <span id="support-over" role="status" data-over=say.t("support-over")></span></span>
                <form method="post" action="/fn/support/end"><input type="hidden" name="visit" value=id/>
                    <button class="btn btn-small">{say.t("support-stop")}</button></form>
            </div></div>
            <script nonce=nonce>{COUNTDOWN}</script>
        }
        .into_any(),
    )
}
