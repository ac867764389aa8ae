//! The files of a report: pictures as a gallery, others as a list.

use leptos::prelude::*;
use server::donors::read::is_picture;
use server::projects::snapshot::EvidenceItem;

use super::words::day;
use crate::format;
use crate::text::Say;

/// What a file shows, or else what it is called.
pub(super) fn title(item: &EvidenceItem) -> &str {
    if item.title.trim().is_empty() { &item.filename } else { &item.title }
}

/// How large it is, and when it was taken.
pub(super) fn details(say: Say, item: &EvidenceItem) -> String {
    let kilobytes = (item.bytes.parse::<i64>().unwrap_or_default() / 1024).max(1);
    let size = say.with("file-size", &[("size", &format::figure(kilobytes.into(), 0))]);
    match &item.taken_on {
        Some(taken) => format!("{size} · {}", say.with("evidence-taken", &[("day", &day(say, taken))])),
        None => size,
    }
}

/// The files, each a link to the file itself: `base` is the address of the report. Without one they are told alone.
pub(super) fn gallery(say: Say, items: &[EvidenceItem], base: Option<&str>) -> AnyView {
    if items.is_empty() {
        return view! { <p class="muted">{say.t("snapshot-no-evidence")}</p> }.into_any();
    }
    let Some(base) = base else { return list(say, items) };
    let (pictures, files): (Vec<_>, Vec<_>) = items.iter().partition(|item| is_picture(&item.mime));
    let pictures: Vec<_> = pictures
        .into_iter()
        .map(|item| {
            let address = format!("{base}/evidence/{}", item.id);
            view! {
                <li><figure><a href=address.clone()><img src=format!("{address}/small") alt=title(item).to_owned() loading="lazy" decoding="async"/></a>
                    <figcaption><bdi>{title(item).to_owned()}</bdi><small>{details(say, item)}</small></figcaption></figure></li>
            }
        })
        .collect();
    let files: Vec<_> = files
        .into_iter()
        .map(|item| {
            view! {
                <li><a href=format!("{base}/evidence/{}", item.id)><bdi>{title(item).to_owned()}</bdi></a>
                    <small>{item.filename.clone()}" · "{details(say, item)}</small></li>
            }
        })
        .collect();
    view! {
        {(!pictures.is_empty()).then(|| view! { <ul class="portal-gallery">{pictures}</ul> })}
        {(!files.is_empty()).then(|| view! { <ul class="plain-list portal-files">{files}</ul> })}
    }
    .into_any()
}

/// What files there are.
fn list(say: Say, items: &[EvidenceItem]) -> AnyView {
    let files: Vec<_> = items
        .iter()
        .map(|item| {
            view! {
                <li><bdi>{title(item).to_owned()}</bdi><small>{item.filename.clone()}" · "{details(say, item)}</small>
                    <small>"SHA-256 "<span class="hash">{item.sha256.clone()}</span></small></li>
            }
        })
        .collect();
    view! { <ul class="plain-list portal-files">{files}</ul> }.into_any()
}
