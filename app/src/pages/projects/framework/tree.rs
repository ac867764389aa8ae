//! The results of a framework in their order, and how that is changed: by buttons, or by dragging where there is script.

use leptos::prelude::*;
use server::kernel::error::Error;
use server::projects::Project;
use server::projects::framework::{self, Framework, Node};

use super::{level_name, project_of};
use crate::forms::{self, Fields, Sheet, to};
use crate::text::Say;

/// Drags results; without it the buttons do the same.
pub(super) const REORDER: &str = include_str!("reorder.js");

/// What changes the order: the form of the buttons, and the one that dragging sends.
type Order = (Sheet, Sheet);

pub(super) fn tree(
    say: Say,
    base: &str,
    project: &Project,
    all: &Framework,
    order: Option<&Order>,
    hidden: &[(&'static str, String)],
) -> AnyView {
    if all.nodes.is_empty() {
        return view! { <div class="empty"><h2>{say.t("framework-none-title")}</h2><p>{say.t("framework-none")}</p></div> }.into_any();
    }
    let branches = branches(say, base, project, &all.nodes, None, order.map(|(shift, _)| shift), hidden);
    view! {
        <section class="flow-s" aria-labelledby="framework-h"><h2 id="framework-h">{say.t("framework-title")}</h2>
            {order.map(|(shift, place)| view! { {shift.refusal()}{place.refusal()}{told(say, place)} })}<ul class="tree">{branches}</ul></section>
    }
    .into_any()
}

/// Where a script says what became of a drag, with its words.
fn told(say: Say, place: &Sheet) -> AnyView {
    let moved = say.with("tree-moved", &[("title", "{title}"), ("place", "{place}"), ("count", "{count}")]);
    view! {
        <p class="told small" id="tree-told" role="status" data-action=place.action() data-moved=moved data-failed=say.t("tree-failed") data-grip=say.t("tree-grip")></p>
    }
    .into_any()
}

fn branches(
    say: Say,
    base: &str,
    project: &Project,
    nodes: &[Node],
    parent: Option<&Node>,
    shift: Option<&Sheet>,
    hidden: &[(&'static str, String)],
) -> Vec<AnyView> {
    let children: Vec<&Node> = nodes.iter().filter(|node| node.parent == parent.map(|node| node.id)).collect();
    let last = children.len().saturating_sub(1);
    children
        .into_iter()
        .enumerate()
        .map(|(at, node)| {
            let below = branches(say, base, project, nodes, Some(node), shift, hidden);
            let empty = below.is_empty();
            let buttons = shift.map(|sheet| shift_buttons(say, sheet, node, at > 0, at < last, hidden));
            view! {
                <li><div class="node" id=format!("node-{}", node.id) tabindex="-1"><span class="level">{level_name(say, &project.template, &project.own_levels, node.level)}</span>
                    <span class="number">{node.number.clone()}</span><a href=format!("{base}/results/{}", node.id)><strong>{node.title.clone()}</strong></a>{buttons}</div>
                    {(!empty).then(|| view! { <ul>{below}</ul> })}</li>
            }
            .into_any()
        })
        .collect()
}

/// Up and down among siblings: buttons, so that it needs neither script nor a mouse.
fn shift_buttons(say: Say, sheet: &Sheet, node: &Node, up: bool, down: bool, hidden: &[(&'static str, String)]) -> AnyView {
    let button = |direction: &'static str, sign: &'static str| {
        let label = format!("{}: {}", say.t(&format!("move-{direction}")), node.title);
        view! { <button class="btn btn-small" name="direction" value=direction aria-label=label>{sign}</button> }
    };
    let hidden = hidden.iter().map(|(name, value)| view! { <input type="hidden" name=*name value=value.clone()/> }).collect_view();
    let back = format!("{}#node-{}", sheet.back(), node.id);
    // the version is for dragging, which says a place and not a direction
    view! {
        <form class="row no-print" method="post" action=sheet.action()>{hidden}<input type="hidden" name="back" value=back/>
            <input type="hidden" name="node" value=node.id.to_string()/><input type="hidden" name="row_version" value=node.row_version.to_string()/>
            {up.then(|| button("up", "↑"))}{down.then(|| button("down", "↓"))}</form>
    }
    .into_any()
}

/// Shifts a result among its siblings.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/shift")]
pub async fn shift(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("framework/shift", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        let direction = match form.get("direction") {
            "up" => framework::Direction::Up,
            "down" => framework::Direction::Down,
            _ => return Err(Error::NotFound.into()),
        };
        framework::shift(&cx, project_of(&form)?, form.id("node")?, direction).await?;
        Ok(to(forms::back(&form)).saying("node-moved"))
    })
    .await
}

/// Puts a result at a place among its siblings, counted from 0.
///
/// # Errors
/// None that a person sees.
#[server(prefix = "/fn", endpoint = "framework/place")]
pub async fn place(#[server(flatten)] form: Fields) -> Result<(), ServerFnError> {
    forms::submit("framework/place", form, |visit, form| async move {
        let cx = forms::cx(&visit, &form).await?;
        framework::place(&cx, project_of(&form)?, form.id("node")?, form.id("place")?, form.row_version()?).await?;
        Ok(to(forms::back(&form)).saying("node-moved"))
    })
    .await
}
