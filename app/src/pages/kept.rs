//! The filters of a page that somebody keeps under a name.

use leptos::prelude::*;
use server::audit::filters::{self, Page, SavedFilter};
use server::kernel::error::Error;

use crate::forms::{self, Fields, Sheet, to};
use crate::text::Say;

/// The filters that are kept, and the form by which this one is.
#[must_use]
pub fn kept(say: Say, org: &str, page: &Page, sheet: &Sheet, filters: &[SavedFilter], query: &str) -> AnyView {
    let base = format!("/o/{org}/{}", page.as_str());
    let lines: Vec<_> = filters
        .iter()
        .map(|filter| {
            let forget = say.t("filter-forget");
            view! {
                <li class="row"><a href=format!("{base}?{}", filter.query) aria-current=(filter.query == query).then_some("true")>{filter.name.clone()}</a>
                    <form method="post" action="/fn/filters/forget"><input type="hidden" name="org" value=org.to_owned()/>
                        <input type="hidden" name="page" value=page.as_str().to_owned()/><input type="hidden" name="filter" value=filter.id.to_string()/><input type="hidden" name="back" value=base.clone()/>
                        <button class="btn btn-small" aria-label=format!("{forget}: {}", filter.name)>{forget.clone()}</button></form></li>
            }
        })
        .collect();
    let is_new = !query.is_empty() && filters.iter().all(|filter| filter.query != query);
    if lines.is_empty() && !is_new && !sheet.was_refused() {
        return ().into_any();
    }
    let hidden = [("org", org.to_owned()), ("page", page.as_str().to_owned()), ("query", query.to_owned())];
    let form = (is_new || sheet.was_refused()).then(|| {
        let fields = view! { {sheet.line("name", "text", "")}{sheet.actions("filter-keep", None)} };
        sheet.form(&hidden, fields)
    });
    view! {
        <details class="card no-print" open=sheet.was_refused()><summary>{say.count_of("filters-kept", filters.len())}</summary>
            <ul class="plain-list">{lines}</ul>{form}</details>
    }
    .into_any()
}

fn page_of(form: &Fields) -> Result<Page, Error> {
    Page::parse(form.get("page")).ok_or(Error::NotFound)
}

/// Keeps a filter.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "filters/keep")]
pub async fn keep(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("filters/keep", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        filters::keep(&cx, &page_of(&form)?, form.get("name"), form.get("query")).await?;
        Ok(to(forms::back(&form)).saying("filter-kept"))
    })
    .await
}

/// Forgets one.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "filters/forget")]
pub async fn forget(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("filters/forget", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        filters::forget(&cx, &page_of(&form)?, form.id("filter")?).await?;
        Ok(to(forms::back(&form)).saying("filter-forgotten"))
    })
    .await
}
