//! The page of a report: what frames it, in the language of who reads, and what it says, in its own.

use chrono::Utc;
use leptos::prelude::*;
use server::donors::portal::Page;
use server::kernel::crypto::hex;
use server::kernel::text::Locale;
use server::projects::snapshot::Content;

use super::{figures, glossary, sections, summary};
use crate::format;
use crate::pages::{corrections, snapshot};
use crate::text::Say;

/// What stands around a report.
pub(super) struct Frame {
    /// The address of the report.
    pub base: String,
    /// The language that was asked for.
    pub asked: Option<Locale>,
    /// Whether this browser has opened others too.
    pub several: bool,
    /// Whether figures may be taken out.
    pub takes_out: bool,
}

/// An address that keeps the language.
pub(super) fn in_language(path: &str, asked: Option<Locale>) -> String {
    asked.map_or_else(|| path.to_owned(), |locale| format!("{path}?lang={}", locale.as_str()))
}

/// The report with its frame.
pub(super) fn whole(say: Say, frame: &Frame, read: &Page) -> AnyView {
    let own = snapshot::speaks(say, &read.content);
    let stands = read.withdrawn.is_none();
    view! {
        {tools(say, frame, stands)}
        {head(say, own, read)}
        {corrections::standing(say, read)}
        {stands.then(|| view! { <div class="flow report" lang=own.0.as_str()>{body(own, &read.content, Some(&frame.base))}</div> })}
        {foot(say, read)}
    }
    .into_any()
}

/// What can be done with it; of a report that was withdrawn nothing is taken away.
fn tools(say: Say, frame: &Frame, stands: bool) -> AnyView {
    let base = &frame.base;
    let all = frame.several.then(|| view! { <li><a href=in_language("/donor", frame.asked)>{say.t("portal-all-reports")}</a></li> });
    let paper = stands.then(|| view! { <li><a class="btn btn-primary" href=format!("{base}/report.pdf")>{say.t("portal-pdf")}</a></li> });
    let files = (stands && frame.takes_out).then(|| {
        let files = ["figures.xlsx", "figures.csv", "report.json"];
        files.map(|file| view! { <li><a href=format!("{base}/{file}")>{say.word("portal-file", file)}</a></li> }).collect_view()
    });
    view! {
        <nav class="portal-tools no-print" aria-label=say.t("portal-tools")>
            <ul>{all}{paper}{files}</ul>
            {frame_languages(say, base)}
        </nav>
    }
    .into_any()
}

/// The languages of the frame, as links: a page under which nothing is sent has no forms.
pub(super) fn frame_languages(say: Say, path: &str) -> AnyView {
    let links = Locale::ALL.map(|locale| {
        let current = (locale == say.0).then_some("true");
        let name = say.t(&format!("language-{}", locale.as_str()));
        view! { <li><a href=format!("{path}?lang={}", locale.as_str()) lang=locale.as_str() hreflang=locale.as_str() aria-current=current>{name}</a></li> }
    });
    view! { <ul class="portal-languages no-print" aria-label=say.t("nav-language")>{links.collect_view()}</ul> }.into_any()
}

fn head(say: Say, own: Say, read: &Page) -> AnyView {
    let content = &read.content;
    let until = format::day(say, read.until.date_naive());
    let today = format::day(say, Utc::now().date_naive());
    view! {
        <header class="donor-head">
            <p class="donor-org">{content.organisation.clone()}</p>
            <h1 lang=own.0.as_str()>{content.title.clone()}</h1>
            <p class="lede"><bdi>{content.project.clone()}</bdi>" · "<code>{content.project_code.clone()}</code>" · "{snapshot::span(say, content)}</p>
            {snapshot::published(say, read.version, read.published_at, &read.sha256)}
            {snapshot::approval(say, content)}
            <p class="small muted">{say.with("donor-shared-with", &[("name", &read.recipient), ("until", &until)])}</p>
        </header>
        // behind every printed page
        <p class="watermark" aria-hidden="true">{say.with("portal-shared", &[("name", &read.recipient), ("day", &today)])}</p>
    }
    .into_any()
}

fn foot(say: Say, read: &Page) -> AnyView {
    let sum = hex(&read.sha256);
    let today = format::day(say, Utc::now().date_naive());
    view! {
        <footer class="portal-foot" aria-label=say.t("portal-foot")>
            <p><strong>{say.with("portal-shared", &[("name", &read.recipient), ("day", &today)])}</strong></p>
            <p>{say.t("portal-hash")}" "<span class="hash">{sum.clone()}</span></p>
            <p><a href=format!("/verify?sha256={sum}")>{say.t("portal-verify")}</a></p>
        </footer>
    }
    .into_any()
}

/// A report as donors read it, for the organisation's own people: the same, but for the files, which are theirs already.
#[must_use]
pub fn for_staff(reader: Say, content: &Content) -> AnyView {
    let own = snapshot::speaks(reader, content);
    view! { <div class="flow report" lang=own.0.as_str()>{body(own, content, None)}</div> }.into_any()
}

/// Sections of a report that is not published yet, as they will read.
#[must_use]
pub fn sections_alone(reader: Say, content: &Content) -> AnyView {
    let own = snapshot::speaks(reader, content);
    let has_table = content.sections.iter().any(|section| section.block.kind() == "tracking");
    // the table leads to it
    let glossary = has_table.then(|| glossary::section(own, content));
    view! { <div class="flow report" lang=own.0.as_str()>{sections::all(own, content, None)}{glossary}</div> }.into_any()
}

/// What the report says, in its own language. `base` is its address, where its files can be had.
fn body(say: Say, content: &Content, base: Option<&str>) -> AnyView {
    let has = |kind: &str| content.sections.iter().any(|section| section.block.kind() == kind);
    let written = if content.sections.is_empty() { narrative(say, content) } else { sections::all(say, content, base) };
    view! {
        {content.generated_data.then(|| view! {
            <div class="notice warning"><strong>{say.t("snapshot-generated")}</strong><p>{say.t("snapshot-generated-text")}</p></div>
        })}
        {contents(say, content)}
        {corrections::corrections(say, content)}
        {summary::tiles(say, content)}
        {(!has("achievements")).then(|| summary::progress(say, content))}
        {summary::changed(say, content)}
        {written}
        {(!has("tracking")).then(|| figures::section(say, content))}
        {glossary::section(say, content)}
    }
    .into_any()
}

/// The way to the sections, where there are some.
fn contents(say: Say, content: &Content) -> AnyView {
    let links: Vec<_> = content
        .sections
        .iter()
        .filter(|section| sections::says_something(section))
        .map(|section| view! { <li><a href=format!("#s-{}", section.key)>{section.title.clone()}</a></li> })
        .collect();
    if links.len() < 2 {
        return ().into_any();
    }
    view! { <nav class="portal-contents no-print" aria-label=say.t("portal-contents")><ul>{links}</ul></nav> }.into_any()
}

/// What was written before reports had sections: text, and nothing in it is markup.
fn narrative(say: Say, content: &Content) -> AnyView {
    let text = content.narrative.replace('\r', "");
    let paragraphs: Vec<_> = text
        .split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
        .map(|paragraph| view! { <p class="typed">{paragraph.to_owned()}</p> })
        .collect();
    if paragraphs.is_empty() {
        return ().into_any();
    }
    view! { <section class="prose" aria-labelledby="narrative"><h2 id="narrative">{say.t("snapshot-narrative")}</h2>{paragraphs}</section> }
        .into_any()
}
