//! The sections of a report: what was written, and what was filled in.

use leptos::prelude::*;
use server::projects::snapshot::{Block, Content, Section};

use super::{evidence, figures};
use crate::markdown;
use crate::pages::snapshot;
use crate::text::Say;

/// Whether anything of a section is shown.
pub(super) fn says_something(section: &Section) -> bool {
    !section.body.trim().is_empty() || section.block != Block::None
}

/// Every section that says something, in order.
pub(super) fn all(say: Say, content: &Content, base: Option<&str>) -> AnyView {
    content
        .sections
        .iter()
        .filter(|section| says_something(section))
        .map(|section| one(say, content, section, base))
        .collect::<Vec<_>>()
        .into_any()
}

fn one(say: Say, content: &Content, section: &Section, base: Option<&str>) -> AnyView {
    let id = format!("s-{}", section.key);
    let text = (!section.body.trim().is_empty()).then(|| view! { <div class="prose">{markdown::view(&section.body, 2)}</div> });
    let block = match &section.block {
        Block::Tracking => figures::table(say, content, &id),
        Block::Evidence { items, more } => {
            let left = snapshot::left_out_line(say, "portal-files-left", more.as_deref(), 0);
            view! { {evidence::gallery(say, items, base)}{left} }.into_any()
        }
        block => snapshot::block(say, content, block, &id),
    };
    view! { <section class="flow-s" aria-labelledby=id.clone()><h2 id=id.clone()>{section.title.clone()}</h2>{text}{block}</section> }
        .into_any()
}
