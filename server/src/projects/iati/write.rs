//! An activity as XML, its elements in the order that the schema of 2.03 demands.
//!
//! Each element down to the figure has a line of its own, so that the line and name in a message of the schema's check
//! tell which one is meant.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::document::{
    Activity, ActivityDate, Baseline, Budget, Country, Figure, Indicator, Location, Measure, Organisation, Participant, Period, Reference,
    ResultNode, Sector, Text,
};
use super::xml::{Tag, text};

/// WGS 84, the only system of coordinates that the standard knows.
const WGS_84: &str = "http://www.opengis.net/def/crs/EPSG/0/4326";

/// The document of an activity. What has no value is left out, also where the schema demands it: its check says so then.
#[must_use]
pub fn write(activity: &Activity) -> String {
    let updated = activity.last_updated.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let document = Tag::new("iati-activities").with("version", "2.03").with("generated-datetime", &updated);
    let writer = Writer { language: &activity.default_language };
    let body = document.lines([writer.activity(activity, &updated)]);
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}\n")
}

/// Writes what depends on the default language.
struct Writer<'a> {
    language: &'a str,
}

impl Writer<'_> {
    fn activity(&self, activity: &Activity, updated: &str) -> String {
        let mut children = vec![
            text_element("iati-identifier", &activity.identifier),
            self.organisation(Tag::new("reporting-org"), &activity.reporting_org),
            self.texts("title", &activity.title),
            self.texts("description", &activity.description),
        ];
        children.extend(activity.participants.iter().map(|participant| self.participant(participant)));
        children.push(Tag::new("activity-status").with("code", activity.status.code()).around(""));
        children.extend(activity.dates.iter().copied().map(date));
        children.extend(activity.countries.iter().map(country));
        children.extend(activity.locations.iter().map(|location| self.location(location)));
        children.extend(activity.sectors.iter().map(|sector| self.sector(sector)));
        children.extend(activity.budgets.iter().map(budget));
        children.extend(activity.results.iter().filter(|result| !result.indicators.is_empty()).map(|result| self.result(result)));
        Tag::new("iati-activity")
            .with("xml:lang", &activity.default_language)
            .with("default-currency", &activity.default_currency)
            .with("last-updated-datetime", updated)
            .with("humanitarian", flag(activity.humanitarian))
            .lines(children)
    }

    fn participant(&self, participant: &Participant) -> String {
        self.organisation(Tag::new("participating-org").with("role", participant.role.code()), &participant.organisation)
    }

    fn organisation(&self, tag: Tag, organisation: &Organisation) -> String {
        let name = Text { language: self.language.to_owned(), text: organisation.name.clone() };
        tag.maybe("ref", organisation.reference.as_ref())
            .maybe("type", organisation.kind.as_ref())
            .around(&self.narratives(std::slice::from_ref(&name)))
    }

    fn location(&self, location: &Location) -> String {
        let point = location.point.map(|(latitude, longitude)| {
            let pos = format!("{} {}", plain(latitude), plain(longitude));
            Tag::new("point").with("srsName", WGS_84).around(&text_element("pos", &pos))
        });
        let content = self.texts("name", &location.name) + &point.unwrap_or_default();
        if content.is_empty() && location.reference.is_none() {
            return content;
        }
        Tag::new("location").maybe("ref", location.reference.as_ref()).around(&content)
    }

    fn sector(&self, sector: &Sector) -> String {
        Tag::new("sector")
            .with("vocabulary", &sector.vocabulary)
            .with("code", &sector.code)
            .maybe("percentage", sector.percentage.map(plain))
            .around(&self.narratives(&sector.name))
    }

    fn result(&self, result: &ResultNode) -> String {
        let is_referenced_below = result.indicators.iter().any(|indicator| !indicator.references.is_empty());
        let references = if is_referenced_below { &[][..] } else { &result.references };
        let mut children = vec![self.texts("title", &result.title), self.texts("description", &result.description)];
        children.extend(references.iter().map(|its| reference(its, "vocabulary-uri")));
        children.extend(result.indicators.iter().map(|indicator| self.indicator(indicator)));
        Tag::new("result").with("type", result.kind.code()).maybe("aggregation-status", result.aggregation.map(flag)).lines(children)
    }

    fn indicator(&self, indicator: &Indicator) -> String {
        let measure = indicator.measure;
        let mut children = vec![self.texts("title", &indicator.title), self.texts("description", &indicator.description)];
        children.extend(indicator.references.iter().map(|its| reference(its, "indicator-uri")));
        children.extend(indicator.baselines.iter().map(|baseline| self.baseline(baseline, measure)));
        children.extend(indicator.periods.iter().map(|period| self.period(period, measure)));
        Tag::new("indicator")
            .with("measure", measure.code())
            .with("ascending", flag(indicator.ascending))
            .maybe("aggregation-status", indicator.aggregation.map(flag))
            .lines(children)
    }

    fn baseline(&self, baseline: &Baseline, measure: Measure) -> String {
        let tag = Tag::new("baseline").with("year", baseline.year).maybe("iso-date", baseline.date);
        self.figure(tag, &baseline.figure, measure)
    }

    fn period(&self, period: &Period, measure: Measure) -> String {
        let targets = period.targets.iter().map(|figure| self.figure(Tag::new("target"), figure, measure));
        let actuals = period.actuals.iter().map(|figure| self.figure(Tag::new("actual"), figure, measure));
        let figures: Vec<String> = targets.chain(actuals).filter(|figure| !figure.is_empty()).collect();
        if figures.is_empty() {
            return String::new();
        }
        let days = [day("period-start", period.start), day("period-end", period.end)];
        Tag::new("period").lines(days.into_iter().chain(figures))
    }

    /// Nothing, where there is nothing that the measure lets be said.
    fn figure(&self, tag: Tag, figure: &Figure, measure: Measure) -> String {
        let comment = self.texts("comment", &figure.comment);
        let tag = match (measure, figure.value) {
            (Measure::Qualitative, _) if !comment.is_empty() => tag,
            (Measure::Qualitative, _) | (_, None) => return String::new(),
            (_, Some(value)) => tag.with("value", plain(value)),
        };
        let mut content = String::new();
        if let Some(location) = &figure.location {
            content += &Tag::new("location").with("ref", location).around("");
        }
        for dimension in &figure.dimensions {
            content += &Tag::new("dimension").with("name", &dimension.name).with("value", &dimension.value).around("");
        }
        tag.around(&(content + &comment))
    }

    /// An element with narratives; nothing, if there are none.
    fn texts(&self, name: &'static str, texts: &[Text]) -> String {
        let narratives = self.narratives(texts);
        if narratives.is_empty() { narratives } else { Tag::new(name).around(&narratives) }
    }

    fn narratives(&self, texts: &[Text]) -> String {
        let written = texts.iter().map(|narrative| (narrative, text(&narrative.text))).filter(|(_, text)| !text.is_empty());
        written.fold(String::new(), |all, (narrative, text)| {
            let language = (narrative.language != self.language).then_some(&narrative.language);
            all + &Tag::new("narrative").maybe("xml:lang", language).around(&text)
        })
    }
}

fn date(its: ActivityDate) -> String {
    Tag::new("activity-date").with("type", its.kind.code()).with("iso-date", its.date).around("")
}

fn country(country: &Country) -> String {
    Tag::new("recipient-country").with("code", &country.code).maybe("percentage", country.percentage.map(plain)).around("")
}

fn budget(budget: &Budget) -> String {
    let value = Tag::new("value").maybe("currency", budget.currency.as_ref()).with("value-date", budget.value_date);
    let value = value.around(&plain(budget.value).to_string());
    let content = day("period-start", budget.start) + &day("period-end", budget.end) + &value;
    Tag::new("budget").with("status", budget.status.code()).around(&content)
}

fn reference(reference: &Reference, uri: &str) -> String {
    Tag::new("reference")
        .with("vocabulary", &reference.vocabulary)
        .with("code", &reference.code)
        .maybe(uri, reference.uri.as_ref())
        .around("")
}

fn day(name: &'static str, day: NaiveDate) -> String {
    Tag::new(name).with("iso-date", day).around("")
}

/// An element with text; nothing, if there is none.
fn text_element(name: &'static str, plain: &str) -> String {
    let text = text(plain);
    if text.is_empty() { text } else { Tag::new(name).around(&text) }
}

fn flag(yes: bool) -> u8 {
    u8::from(yes)
}

/// A number without zeros at its end. It is never written with an exponent.
fn plain(number: Decimal) -> Decimal {
    number.normalize()
}
