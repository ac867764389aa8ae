//! Bars of parts: how many indicators have each colour, and how much of something is done.

use leptos::prelude::*;
use server::projects::dashboard::Colours;
use server::projects::progress::Rag;

use super::{count, round};
use crate::parts;
use crate::text::Say;

pub(super) const WIDTH: f64 = 240.0;
/// Between two parts, so that they are told apart without their colour.
const GAP: f64 = 2.0;

/// Where the parts of a bar begin, and how wide they are. Nothing is left out for being small: each part is seen.
pub(super) fn parts_of(counts: &[usize], width: f64) -> Vec<(f64, f64)> {
    let total: usize = counts.iter().sum();
    let shown = counts.iter().filter(|n| **n > 0).count();
    if total == 0 {
        return Vec::new();
    }
    let room = width - GAP * count(shown.saturating_sub(1));
    let mut at = 0.0;
    counts
        .iter()
        .map(|n| {
            let wide = room * count(*n) / count(total);
            let begins = at;
            if *n > 0 {
                at += wide + GAP;
            }
            (round(begins), round(wide))
        })
        .collect()
}

/// How many indicators have each colour, as a bar. The words beside it say the same: see [`colour_counts`].
#[must_use]
pub fn colour_bar(colours: &Colours) -> AnyView {
    let counts: Vec<usize> = colours.each().map(|(_, n)| n).collect();
    let rects: Vec<_> = colours
        .each()
        .zip(parts_of(&counts, WIDTH))
        .filter(|((_, n), _)| *n > 0)
        .map(|((rag, _), (x, wide))| {
            view! { <rect class=format!("part part-{}", rag.as_str()) x=x.to_string() y="0" width=wide.to_string() height="14" rx="2"/> }
        })
        .collect();
    view! { <svg class="bar-parts" viewBox="0 0 240 14" preserveAspectRatio="none" aria-hidden="true">{rects}</svg> }.into_any()
}

/// The same in words: each colour that there is, with its number.
#[must_use]
pub fn colour_counts(say: Say, colours: &Colours) -> AnyView {
    let marks: Vec<_> = colours
        .each()
        .filter(|(_, n)| *n > 0)
        .map(|(rag, n)| view! { <li>{parts::rag(say, rag.as_str(), true)}" "<strong class="num">{n.to_string()}</strong>" "{words(say, rag)}</li> })
        .collect();
    view! { <ul class="legend">{marks}</ul> }.into_any()
}

fn words(say: Say, rag: Rag) -> String {
    say.word("rag", rag.as_str())
}

/// How much of `due` is verified, and how much reported. What it shows stands beside it as text.
#[must_use]
pub fn share_bar(verified: i64, reported: i64, due: i64) -> AnyView {
    let n = |n: i64| usize::try_from(n).unwrap_or(0);
    let share = |part: i64| if due > 0 { round(WIDTH * count(n(part)) / count(n(due.max(reported)))) } else { 0.0 };
    view! {
        <svg class="bar-parts" viewBox="0 0 240 14" preserveAspectRatio="none" aria-hidden="true">
            <rect class="part part-rest" x="0" y="0" width="240" height="14" rx="2"/>
            <rect class="part part-reported" x="0" y="0" width=share(reported).to_string() height="14" rx="2"/>
            <rect class="part part-verified" x="0" y="0" width=share(verified).to_string() height="14" rx="2"/>
        </svg>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts, and where their parts lie.
    type Case = (&'static [usize], &'static [(f64, f64)]);

    #[test]
    fn parts_fill_the_bar() {
        let cases: [Case; 4] =
            [(&[], &[]), (&[0, 0], &[]), (&[2, 0], &[(0.0, 100.0), (102.0, 0.0)]), (&[1, 0, 1], &[(0.0, 49.0), (51.0, 0.0), (51.0, 49.0)])];
        for (counts, expected) in cases {
            assert_eq!(parts_of(counts, 100.0), expected, "{counts:?}");
        }
    }
}
