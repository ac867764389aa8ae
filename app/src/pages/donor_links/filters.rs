//! What links can be filtered by.

use leptos::prelude::*;
use serde::Deserialize;
use server::donors::console::{Filter, STATES};
use server::donors::register::Donor;
use server::kernel::ids::DonorLinkId;
use uuid::Uuid;

use crate::answers::encode;
use crate::text::Say;

/// Days within which a link may end.
const DAYS: [i64; 4] = [3, 14, 30, 90];

/// Which links are looked for, as it stands in the address.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    /// How they stand.
    pub(super) state: String,
    /// Of which project.
    pub(super) project: String,
    /// Of which donor.
    pub(super) donor: String,
    /// Made by whom.
    pub(super) by: String,
    /// Ending within so many days.
    pub(super) days: String,
    /// Where the page begins.
    pub(super) after: String,
}

impl Asked {
    /// The filter; what cannot be read filters nothing.
    pub(super) fn filter(&self) -> Filter {
        Filter {
            state: self.state.chars().filter(|c| *c != '\0').take(20).collect(),
            project: self.project.parse().ok(),
            donor: self.donor.parse().ok(),
            by: self.by.parse().ok(),
            days: self.days.parse().ok().filter(|days| (1..=365).contains(days)),
            after: self.after.parse().ok(),
        }
    }

    fn parts(&self) -> [(&'static str, &str); 5] {
        [("state", &self.state), ("project", &self.project), ("donor", &self.donor), ("by", &self.by), ("days", &self.days)]
    }

    /// Whether anything is filtered by.
    pub(super) fn is_narrow(&self) -> bool {
        self.parts().iter().any(|(_, value)| !value.is_empty())
    }

    /// The query of the page that begins after a link.
    pub(super) fn query_after(&self, link: DonorLinkId) -> String {
        let kept = self.parts().into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={}", encode(value)));
        kept.chain([format!("after={link}")]).collect::<Vec<_>>().join("&")
    }
}

/// A choice with its label; the first stands for all.
fn choice(say: Say, name: &'static str, label: &str, all: Vec<(String, String)>, chosen: &str) -> AnyView {
    let id = format!("links-{name}");
    let options: Vec<_> = all
        .into_iter()
        .map(|(value, text)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{text}</option> }
        })
        .collect();
    view! {
        <div class="field"><label for=id.clone()>{say.t(label)}</label>
            <select id=id name=name><option value="">{say.t("all")}</option>{options}</select></div>
    }
    .into_any()
}

/// The fields of a filter.
pub(super) fn form(
    say: Say,
    base: &str,
    asked: &Asked,
    donors: &[Donor],
    projects: &[(Uuid, String)],
    makers: &[(Uuid, String)],
) -> AnyView {
    let named = |all: &[(Uuid, String)]| all.iter().map(|(id, name)| (id.to_string(), name.clone())).collect::<Vec<_>>();
    let states = STATES.map(|state| (state.to_owned(), say.word("status", state))).to_vec();
    let donors = donors.iter().map(|donor| (donor.id.to_string(), donor.name.clone())).collect();
    let days = DAYS.map(|days| (days.to_string(), say.count("links-within", days))).to_vec();
    view! {
        <form class="filters" method="get" action=base.to_owned()>
            {choice(say, "state", "col-status", states, &asked.state)}
            {choice(say, "project", "col-project", named(projects), &asked.project)}
            {choice(say, "donor", "field-donor", donors, &asked.donor)}
            {choice(say, "by", "col-by", named(makers), &asked.by)}
            {choice(say, "days", "links-ending", days, &asked.days)}
            <button class="btn">{say.t("show")}</button>
        </form>
    }
    .into_any()
}
