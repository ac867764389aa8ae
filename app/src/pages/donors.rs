//! What a donor sees: the door of a link, and the report behind it.

pub mod door;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use leptos::prelude::*;
use server::donors::portal::{self, Look, Page, Visited};
use server::kernel::error::Error;

use super::{corrections, snapshot};
use crate::answers::Answer;
use crate::format;
use crate::text::Say;
use crate::visit::{App, Cookie, Visit};

/// What opens the report of a visit.
const DONOR: Cookie = Cookie::here("donor");

/// Routes of this noun.
pub fn routes() -> Router<App> {
    Router::new().route("/d/{public_id}", get(door::door)).route("/d/{public_id}/key", get(door::key)).route("/donor", get(read))
}

/// `/donor`: the report of the link that was opened.
///
/// # Errors
/// Not found without an open visit, or the database's.
pub async fn read(visit: Visit) -> Answer {
    let Some(secret) = visit.cookie(DONOR) else { return Err(Error::NotFound.into()) };
    let look = Look { page: &visit.path, is_download: false, by_person: visit.by_person };
    let Some(Visited { cx, snapshot, .. }) = portal::authenticate(&visit.app.db, secret, Arc::clone(&visit.facts), look).await? else {
        return Err(Error::NotFound.into());
    };
    let page = portal::page(&cx, snapshot).await?;
    let say = visit.say;
    let title = page.content.title.clone();
    Ok(visit.donor(&title, None, move || {
        let body =
            page.withdrawn.is_none().then(|| view! { {corrections::corrections(say, &page.content)}{snapshot::body(say, &page.content)} });
        view! { {head(say, &page)}{corrections::standing(say, &page)}{body} }
    }))
}

fn head(say: Say, page: &Page) -> AnyView {
    let content = &page.content;
    // in the language of the report, as all that follows
    let say = snapshot::speaks(say, content);
    let until = format::day(say, page.until.date_naive());
    view! {
        <header class="donor-head" lang=say.0.as_str()>
            <p class="donor-org">{content.organisation.clone()}</p>
            <h1 lang=content.locale.clone()>{content.title.clone()}</h1>
            <p class="lede"><bdi>{content.project.clone()}</bdi>" · "<code>{content.project_code.clone()}</code>" · "{snapshot::span(say, content)}</p>
            {snapshot::published(say, page.version, page.published_at, &page.sha256)}
            <p class="small muted">{say.with("donor-shared-with", &[("name", &page.recipient), ("until", &until)])}</p>
        </header>
    }
    .into_any()
}
