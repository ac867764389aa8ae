//! What a published report says, in words: the same for its page and for paper.

use rust_decimal::Decimal;
use server::projects::dashboard::Colours;
use server::projects::progress::{Direction, Formula, Kind, Rag, shown};
use server::projects::snapshot::{Content, Figure, How, Item};

use crate::chart::TrendPoint;
use crate::format;
use crate::pages::snapshot::{self, Heading};
use crate::text::Say;

pub(super) use crate::pages::snapshot::{by_result, decimal};

/// The decimals with which figures of an indicator are shown.
pub(super) fn decimals(item: &Item) -> u32 {
    item.decimals.parse().unwrap_or_default()
}

/// A figure as it is read; none where there is none.
pub(super) fn figure(text: Option<&str>, decimals: u32) -> Option<String> {
    text.and_then(decimal).map(|value| format::figure(value, decimals))
}

/// A figure in a place where a dash stands for none.
pub(super) fn or_dash(text: Option<&str>, decimals: u32) -> String {
    figure(text, decimals).unwrap_or_else(|| "–".to_owned())
}

/// The colour of a figure.
pub(super) fn rag(text: &str) -> Rag {
    text.parse().unwrap_or(Rag::NoData)
}

/// How many of the indicators have which colour in the last column.
pub(super) fn colours<'a>(items: impl IntoIterator<Item = &'a Item>) -> Colours {
    items.into_iter().filter_map(|item| item.cells.last()).map(|figure| rag(&figure.rag)).collect()
}

/// The same as a sentence, for who cannot see it.
pub(super) fn colours_in_words(say: Say, colours: &Colours) -> String {
    let each = colours.each().filter(|(_, n)| *n > 0).map(|(rag, n)| format!("{n} {}", say.word("rag", rag.as_str())));
    each.collect::<Vec<_>>().join(", ")
}

/// What a result is called.
pub(super) fn result_name(say: Say, heading: &Heading) -> String {
    match heading {
        Some((number, title)) => format!("{number} {title}"),
        None => say.t("snapshot-no-result"),
    }
}

/// A day of the report, in words.
pub(super) fn day(say: Say, text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), |date| format::day(say, date))
}

/// The figures of an indicator in order of time.
pub(super) fn trend(item: &Item) -> Vec<TrendPoint> {
    let point = |(period, text): &(String, Option<String>)| TrendPoint {
        period: period.clone(),
        actual: text.as_deref().and_then(decimal),
        provisional: None,
        target: None,
    };
    item.trend.iter().map(point).collect()
}

/// From where to where an indicator went; none for one figure alone, which is no trend.
pub(super) fn trend_in_words(say: Say, item: &Item) -> Option<String> {
    snapshot::trend_in_words(say, item, decimals(item))
}

/// A figure that an earlier report told otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Restated<'a> {
    pub item: &'a Item,
    pub column: &'a str,
    pub was: String,
    pub is: String,
}

/// Every figure that an earlier report told otherwise.
pub(super) fn restated(content: &Content) -> Vec<Restated<'_>> {
    let mut out = Vec::new();
    for item in &content.indicators {
        let decimals = decimals(item);
        for (column, cell) in content.columns.iter().zip(&item.cells) {
            if let Some(was) = &cell.restated_from {
                let was = figure(Some(was.as_str()), decimals).unwrap_or_else(|| was.clone());
                out.push(Restated { item, column, was, is: or_dash(cell.actual.as_deref(), decimals) });
            }
        }
    }
    out
}

/// The way from an actual figure and a target to an achievement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Ratio,
    /// From this baseline.
    Progress(Decimal),
    Reduction,
}

/// The way that the report says an indicator goes; none where it does not say.
fn way_of(how: &How, baseline: Option<Decimal>, target: Decimal) -> Option<Way> {
    // a target that equals the baseline leaves no way to go
    let baseline = baseline.filter(|baseline| *baseline != target);
    let direction: Direction = how.direction.parse().ok()?;
    let formula: Formula = how.formula.parse().ok()?;
    Some(match (direction, formula, baseline) {
        (Direction::Decrease, _, Some(baseline))
        | (Direction::Increase | Direction::None, Formula::ProgressFromBaseline, Some(baseline)) => Way::Progress(baseline),
        (Direction::Decrease, _, None) => Way::Reduction,
        (Direction::Maintain | Direction::Increase | Direction::None, _, _) => Way::Ratio,
    })
}

/// The way that comes to what is said, of reports of before, which did not say how it goes.
fn guessed(actual: Decimal, baseline: Option<Decimal>, target: Decimal, result: Decimal) -> Option<Way> {
    let ways = [Some(Way::Ratio), baseline.map(Way::Progress), Some(Way::Reduction)];
    ways.into_iter().flatten().find(|way| {
        let share = match way {
            Way::Ratio => actual.checked_div(target),
            Way::Progress(from) => {
                actual.checked_sub(*from).zip(target.checked_sub(*from)).and_then(|(gone, whole)| gone.checked_div(whole))
            }
            Way::Reduction => actual.checked_div(target).and_then(|share| Decimal::TWO.checked_sub(share)),
        };
        share.and_then(|share| share.checked_mul(Decimal::ONE_HUNDRED)).is_some_and(|worked| shown(worked, 1) == shown(result, 1))
    })
}

/// How a figure was compared with its target, with the numbers: the way is the one that the report says, or where it says none, the one that
/// comes to what it says.
pub(super) fn compared(say: Say, item: &Item, cell: &Figure) -> String {
    let of = |text: &Option<String>| text.as_deref().and_then(decimal);
    let (Some(actual), Some(target), Some(result)) = (of(&cell.actual), of(&cell.target), of(&cell.achievement)) else {
        return say.t("explain-not-available");
    };
    let decimals = decimals(item);
    // with so many digits that who works it out again comes to the same
    let n = |value: Decimal| format::figure(value, value.round_dp(4).normalize().scale().max(decimals));
    let baseline = item.baseline.as_deref().and_then(decimal);
    let way = match &item.how {
        Some(how) => way_of(how, baseline, target),
        None => guessed(actual, baseline, target, result),
    };
    let result = format::figure(result, 1);
    match way {
        Some(Way::Ratio) => say.with("explain-ratio", &[("actual", &n(actual)), ("target", &n(target)), ("result", &result)]),
        Some(Way::Progress(baseline)) => {
            let values = [("actual", n(actual)), ("baseline", n(baseline)), ("target", n(target)), ("result", result)];
            say.with("explain-progress", &values.each_ref().map(|(name, value)| (*name, value.as_str())))
        }
        Some(Way::Reduction) => say.with("explain-reduction", &[("actual", &n(actual)), ("target", &n(target)), ("result", &result)]),
        None => say.with("portal-how-result", &[("result", &result)]),
    }
}

/// What a figure was worked out of, where the report tells it.
pub(super) fn worked(say: Say, item: &Item, cell: &Figure) -> Option<String> {
    let (numerator, denominator) = cell.parts.as_ref()?;
    let n = |text: &str| decimal(text).map_or_else(|| text.to_owned(), |value| format::figure(value, value.normalize().scale()));
    let actual = figure(cell.actual.as_deref(), decimals(item))?;
    let times = if item.how.as_ref().is_some_and(|how| how.kind == Kind::Percentage.as_str()) { " × 100" } else { "" };
    let values = [("numerator", n(numerator)), ("denominator", n(denominator)), ("times", times.to_owned()), ("actual", actual)];
    Some(say.with("portal-how-worked", &values.each_ref().map(|(name, value)| (*name, value.as_str()))))
}

/// How the figures of an indicator come about, sentence by sentence.
pub(super) fn method(say: Say, item: &Item) -> Vec<String> {
    let Some(how) = &item.how else { return item.unweighted.then(|| say.t("snapshot-unweighted-text")).into_iter().collect() };
    let mut out = vec![say.with("portal-how-stands-for", &[("what", &say.word("accumulation", &how.accumulation))])];
    if let Some((numerator, denominator)) = how.parts.as_ref().filter(|(above, beneath)| !above.is_empty() && !beneath.is_empty()) {
        out.push(say.with("portal-how-parts", &[("numerator", numerator), ("denominator", denominator)]));
    }
    out.push(say.with(
        "portal-how-combined",
        &[
            ("within", &say.word("agg-within", &how.within)),
            ("places", &say.word("agg-locations", &how.places)),
            ("periods", &say.word("agg-periods", &how.periods)),
        ],
    ));
    if item.unweighted {
        out.push(say.t("snapshot-unweighted-text"));
    }
    out.push(say.with("portal-how-judged", &limits(how).each_ref().map(|(name, value)| (*name, value.as_str()))));
    out.push(say.with("portal-how-often", &[("frequency", &say.word("frequency", &how.frequency))]));
    if !how.source.trim().is_empty() {
        out.push(say.with("portal-how-source", &[("source", how.source.trim())]));
    }
    out
}

fn limits(how: &How) -> [(&'static str, String); 3] {
    let n = |text: &str| decimal(text).map_or_else(|| text.to_owned(), |value| format::figure(value, value.normalize().scale()));
    [("amber", n(&how.limits.0)), ("red", n(&how.limits.1)), ("over", n(&how.limits.2))]
}

/// What counts in a figure and what does not, as far as the report says.
pub(super) fn exclusions(say: Say, item: &Item, cell: &Figure) -> Vec<String> {
    let mut out = vec![say.t("portal-how-verified")];
    if cell.self_verified {
        out.push(say.t("snapshot-self-verified-text"));
    }
    if item.groups.iter().any(|group| group.hidden) {
        out.push(say.t("snapshot-hidden-text"));
    }
    out
}

/// The indicators that tell most, the first few of them that have a figure.
pub(super) fn key_items(content: &Content) -> Vec<&Item> {
    let is_key = |item: &&Item| item.how.as_ref().is_some_and(|how| how.key);
    let has_figure = |item: &&Item| item.cells.last().is_some_and(|cell| cell.actual.is_some());
    content.indicators.iter().filter(is_key).filter(has_figure).take(3).collect()
}

#[cfg(test)]
mod tests {
    use server::kernel::text::Locale;

    use super::*;

    fn cell(actual: &str, target: &str, achievement: &str) -> Figure {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Figure {
            actual: some(actual),
            parts: None,
            target: some(target),
            achievement: some(achievement),
            rag: "on_track".into(),
            self_verified: false,
            restated_from: None,
        }
    }

    fn item(baseline: Option<&str>, cell: Figure) -> Item {
        let item = serde_json::json!({
            "code": "a", "title": "A", "definition": "", "unit": "people", "decimals": "0", "result": null, "baseline": baseline,
            "unweighted": false, "cells": [cell], "trend": [],
        });
        serde_json::from_value(item).unwrap()
    }

    #[test]
    fn the_way_is_the_one_that_comes_to_what_is_said() {
        let say = Say::new(Locale::En);
        let cases = [
            (None, ("50", "100", "50"), "50 ÷ 100 × 100"),
            (Some("20"), ("60", "100", "50"), "(60 − 20) ÷ (100 − 20)"),
            (None, ("12", "10", "80"), "(2 − 12 ÷ 10)"),
            (None, ("12", "10", "17.3"), "17.3 %"),
            (None, ("", "10", ""), "There is no achievement"),
            (None, ("5", "0", "3"), "3.0 %"),
        ];
        for (baseline, (actual, target, achievement), expected) in cases {
            let cell = cell(actual, target, achievement);
            let told = compared(say, &item(baseline, cell.clone()), &cell);
            assert!(told.contains(expected), "{told}");
        }
    }

    fn how(direction: &str, formula: &str, kind: &str) -> How {
        How { direction: direction.into(), formula: formula.into(), kind: kind.into(), ..How::default() }
    }

    #[test]
    fn the_way_is_the_one_that_the_report_says_even_where_another_comes_to_the_same() {
        let say = Say::new(Locale::En);
        let cases = [
            ("increase", "ratio", Some("0"), "50 ÷ 100 × 100"),
            ("increase", "progress_from_baseline", Some("0"), "(50 − 0) ÷ (100 − 0)"),
            ("increase", "progress_from_baseline", Some("100"), "50 ÷ 100 × 100"),
            ("maintain", "progress_from_baseline", Some("0"), "50 ÷ 100 × 100"),
            ("decrease", "ratio", Some("0"), "(50 − 0) ÷ (100 − 0)"),
            ("decrease", "ratio", None, "(2 − 50 ÷ 100)"),
            ("sideways", "ratio", None, "50.0 % of the target"),
        ];
        for (direction, formula, baseline, expected) in cases {
            let cell = cell("50", "100", "50");
            let item = Item { how: Some(how(direction, formula, "number")), ..item(baseline, cell.clone()) };
            let told = compared(say, &item, &cell);
            assert!(told.contains(expected), "{direction} {formula}: {told}");
        }
    }

    #[test]
    fn a_mark_is_not_contradicted() {
        let (own, other) = (Figure { self_verified: true, ..cell("5", "10", "50") }, cell("5", "10", "50"));
        let said = |cell: &Figure| exclusions(Say::new(Locale::En), &item(None, cell.clone()), cell);
        assert!(said(&own)[0].contains("unless marked otherwise") && said(&own)[1].contains("who had submitted it"), "{:?}", said(&own));
        assert_eq!(said(&other).len(), 1);
    }

    #[test]
    fn a_share_tells_what_it_was_worked_out_of() {
        let say = Say::new(Locale::En);
        for (kind, expected) in [("percentage", "45 ÷ 90 × 100 = 50"), ("ratio", "45 ÷ 90 = 50")] {
            let cell = Figure { parts: Some(("45".into(), "90".into())), ..cell("50", "100", "50") };
            let item = Item { how: Some(how("increase", "ratio", kind)), ..item(None, cell.clone()) };
            let told = worked(say, &item, &cell).unwrap();
            assert!(told.contains(expected), "{told}");
            assert_eq!(worked(say, &item, &Figure { parts: None, ..cell }), None);
        }
    }
}
