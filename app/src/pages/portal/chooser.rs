//! Several reports that a browser has opened: a choice between them.

use leptos::prelude::*;
use server::donors::portal::{self, Page, Visited};
use server::kernel::text::Locale;

use super::page::{frame_languages, in_language};
use crate::answers::Answer;
use crate::format;
use crate::pages::snapshot;
use crate::parts;
use crate::text::Say;
use crate::visit::Visit;

/// The reports of visits that are alive.
///
/// # Errors
/// The database's.
pub(super) async fn show(visit: &Visit, alive: Vec<(String, Visited)>, asked: Option<Locale>) -> Answer {
    let mut reports = Vec::new();
    for (link, visited) in alive {
        reports.push((link, portal::page(&visited.cx, visited.snapshot).await?));
    }
    // the newest first
    reports.sort_by_key(|(_, page)| std::cmp::Reverse(page.published_at));
    let say = visit.say;
    Ok(visit.donor(&say.t("portal-reports"), None, move || {
        let cards: Vec<_> = reports.iter().map(|(link, page)| card(say, link, page, asked)).collect();
        view! {
            {frame_languages(say, "/donor")}
            <h1>{say.t("portal-reports")}</h1>
            <p class="lede">{say.t("portal-reports-text")}</p>
            <div class="grid">{cards}</div>
        }
    }))
}

fn card(say: Say, link: &str, page: &Page, asked: Option<Locale>) -> AnyView {
    let content = &page.content;
    let own = snapshot::speaks(say, content).0.as_str();
    let until = format::day(say, page.until.date_naive());
    let state = match (&page.withdrawn, &page.newer) {
        (Some(_), _) => Some("withdrawn"),
        (None, Some(_)) => Some("superseded"),
        (None, None) => None,
    };
    let address = in_language(&format!("/donor/{link}"), asked);
    view! {
        <article class="card card-link"><p class="donor-org">{content.organisation.clone()}</p>
            <h2><a href=address lang=own>{content.title.clone()}</a>{state.map(|state| view! { " "{parts::status(say, state)} })}</h2>
            <p class="small muted"><bdi>{content.project.clone()}</bdi>" · "{snapshot::span(say, content)}</p>
            <p class="small muted">{say.with("portal-report-of", &[("version", &page.version.to_string()), ("day", &format::day(say, page.published_at.date_naive()))])}</p>
            <p class="small muted">{say.with("donor-shared-with", &[("name", &page.recipient), ("until", &until)])}</p></article>
    }
    .into_any()
}
