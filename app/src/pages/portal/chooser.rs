//! Several reports that a browser has opened: a choice between them.

use leptos::prelude::*;
use server::donors::portal::{self, Card, Visited};
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
        reports.push((link, portal::card(&visited.cx, visited.snapshot).await?));
    }
    // the newest first
    reports.sort_by_key(|(_, report)| std::cmp::Reverse(report.published_at));
    let say = visit.say;
    Ok(visit.donor(&say.t("portal-reports"), None, move || {
        let cards: Vec<_> = reports.iter().map(|(link, report)| card(say, link, report, asked)).collect();
        view! {
            {frame_languages(say, "/donor")}
            <h1>{say.t("portal-reports")}</h1>
            <p class="lede">{say.t("portal-reports-text")}</p>
            <div class="grid">{cards}</div>
        }
    }))
}

fn card(say: Say, link: &str, report: &Card, asked: Option<Locale>) -> AnyView {
    let names = &report.names;
    let own = Locale::parse(&names.locale).unwrap_or(say.0).as_str();
    let until = format::day(say, report.until.date_naive());
    let state = match (report.is_withdrawn, report.is_superseded) {
        (true, _) => Some("withdrawn"),
        (false, true) => Some("superseded"),
        (false, false) => None,
    };
    let address = in_language(&format!("/donor/{link}"), asked);
    view! {
        <article class="card card-link"><p class="donor-org">{names.organisation.clone()}</p>
            <h2><a href=address lang=own>{names.title.clone()}</a>{state.map(|state| view! { " "{parts::status(say, state)} })}</h2>
            <p class="small muted"><bdi>{names.project.clone()}</bdi>" · "{snapshot::from_to(say, &names.from, &names.to)}</p>
            <p class="small muted">{say.with("portal-report-of", &[("version", &report.version.to_string()), ("day", &format::day(say, report.published_at.date_naive()))])}</p>
            <p class="small muted">{say.with("donor-shared-with", &[("name", &report.recipient), ("until", &until)])}</p></article>
    }
    .into_any()
}
