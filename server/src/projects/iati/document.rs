//! What an activity of the standard holds, of what Kipimo knows of a project. Codes are those of the standard's code lists.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

pub use super::write::write;

/// An enumeration whose members are codes of a code list.
macro_rules! coded {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $member:ident = $code:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $member = $code,)+ }

        impl $name {
            /// The code in the code list.
            #[must_use]
            pub fn code(self) -> u8 {
                self as u8
            }

            /// The member with a code, if there is one.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$member),)+
                    _ => None,
                }
            }
        }
    };
}

coded! {
    /// How far an activity is (code list `ActivityStatus`).
    ActivityStatus {
        /// Being prepared
        Pipeline = 1,
        /// Under way
        Implementation = 2,
        /// Physically complete, its money not yet settled
        Finalisation = 3,
        /// Over and settled
        Closed = 4,
        /// Given up
        Cancelled = 5,
        /// Interrupted
        Suspended = 6,
    }
}

coded! {
    /// Which day of an activity a date is (code list `ActivityDateType`).
    DateKind {
        /// The day it was to start
        PlannedStart = 1,
        /// The day it did start
        ActualStart = 2,
        /// The day it is to end
        PlannedEnd = 3,
        /// The day it did end
        ActualEnd = 4,
    }
}

coded! {
    /// What an organisation does in an activity (code list `OrganisationRole`).
    Role {
        /// Gives the money
        Funding = 1,
        /// Answers for it
        Accountable = 2,
        /// Manages it for the one who funds it
        Extending = 3,
        /// Carries it out
        Implementing = 4,
    }
}

coded! {
    /// How firm a budget is (code list `BudgetStatus`).
    BudgetStatus {
        /// An estimate
        Indicative = 1,
        /// Promised in writing
        Committed = 2,
    }
}

coded! {
    /// The level of a result (code list `ResultType`).
    ResultKind {
        /// What was made or done
        Output = 1,
        /// What changed by it
        Outcome = 2,
        /// What changed in the long run
        Impact = 3,
        /// Any other level of a framework
        Other = 9,
    }
}

coded! {
    /// What the figures of an indicator are (code list `IndicatorMeasure`).
    Measure {
        /// A count of something
        Unit = 1,
        /// Per cent
        Percentage = 2,
        /// A category that has no order
        Nominal = 3,
        /// A step of an order
        Ordinal = 4,
        /// Words, never a number
        Qualitative = 5,
    }
}

/// A text in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// ISO 639-1 code, e.g. `sw`.
    pub language: String,
    /// The text. Where there is nothing to read in it, it is not written.
    pub text: String,
}

/// An activity: one project of one organisation that reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Who publishes the activity.
    pub reporting_org: Organisation,
    /// The reference of the reporting organisation, a hyphen, and the organisation's own code (rules 1.1.3 and 1.1.21).
    pub identifier: String,
    /// The name of the project.
    pub title: Vec<Text>,
    /// What the project is about.
    pub description: Vec<Text>,
    /// The language of every text that does not say otherwise; ISO 639-1.
    pub default_language: String,
    /// The currency of every amount that does not say otherwise; ISO 4217.
    pub default_currency: String,
    /// Whether all of it is humanitarian aid.
    pub humanitarian: bool,
    /// How far it is.
    pub status: ActivityStatus,
    /// A planned or actual start at least (rule 6.11.1).
    pub dates: Vec<ActivityDate>,
    /// Who takes part; one at least.
    pub participants: Vec<Participant>,
    /// What it works on; one at least (rule 6.2.2).
    pub sectors: Vec<Sector>,
    /// Where; one at least (rule 3.7.1).
    pub countries: Vec<Country>,
    /// Its places.
    pub locations: Vec<Location>,
    /// Its budgets, none of them for more than a year (rule 7.5.3).
    pub budgets: Vec<Budget>,
    /// Its results framework.
    pub results: Vec<ResultNode>,
    /// When what is written here was last changed.
    pub last_updated: DateTime<Utc>,
}

/// An organisation, by its reference, its name, or both (rule 6.10.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its identifier, e.g. `GB-CHC-202918`. The one who reports must have one.
    pub reference: Option<String>,
    /// Code of the list `OrganisationType`, e.g. `21` for an international NGO. The one who reports must have one.
    pub kind: Option<String>,
    /// Its name, in the default language.
    pub name: String,
}

/// An organisation that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// As what.
    pub role: Role,
    /// Who.
    pub organisation: Organisation,
}

/// A day of the activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivityDate {
    /// Which.
    pub kind: DateKind,
    /// The day.
    pub date: NaiveDate,
}

/// A sector. The percentages of one vocabulary sum to 100; a single one may be left out (rules 2.1.1, 2.1.2 and 2.1.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sector {
    /// Code of the list `SectorVocabulary`; `1` for OECD DAC's codes of five digits.
    pub vocabulary: String,
    /// The code in that vocabulary.
    pub code: String,
    /// The share of the activity, 0 to 100.
    pub percentage: Option<Decimal>,
    /// What the code means: must be said in vocabularies 98 and 99, the organisation's own (rule 2.2.1).
    pub name: Vec<Text>,
}

/// A country that benefits. Percentages sum to 100; a single one may be left out (rules 3.1.1, 3.1.2 and 3.1.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2 code.
    pub code: String,
    /// The share of the activity, 0 to 100.
    pub percentage: Option<Decimal>,
}

/// A place of the activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The code by which figures name it: its p-code. The standard has no vocabulary for p-codes, so it is written as the
    /// organisation's own reference (`location/@ref`), not as a `location-id`.
    pub reference: Option<String>,
    /// Its name.
    pub name: Vec<Text>,
    /// Degrees north and degrees east (WGS 84).
    pub point: Option<(Decimal, Decimal)>,
}

/// The budget of a period of at most a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
    /// ISO 4217 code; none is the default currency.
    pub currency: Option<String>,
    /// The amount.
    pub value: Decimal,
    /// The day whose rate of exchange counts.
    pub value_date: NaiveDate,
    /// How firm it is.
    pub status: BudgetStatus,
}

/// A result of the framework. It is not written unless it has an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultNode {
    /// Its level.
    pub kind: ResultKind,
    /// Whether its figures can be added to those of other activities, if it is known.
    pub aggregation: Option<bool>,
    /// The result.
    pub title: Vec<Text>,
    /// More about it.
    pub description: Vec<Text>,
    /// Its place in published frameworks. Not written where one of its indicators has references (rule 8.11.1).
    pub references: Vec<Reference>,
    /// What is measured of it.
    pub indicators: Vec<Indicator>,
}

/// What a published list calls a result or an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Code of the list `ResultVocabulary` or `IndicatorVocabulary`; `99` for a list of the organisation's own.
    pub vocabulary: String,
    /// The code in that list.
    pub code: String,
    /// Where the list (of a result) or the indicator is described.
    pub uri: Option<String>,
}

/// An indicator with its figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indicator {
    /// What its figures are.
    pub measure: Measure,
    /// Whether more is better.
    pub ascending: bool,
    /// Whether its figures can be added to those of other activities, if it is known.
    pub aggregation: Option<bool>,
    /// The indicator.
    pub title: Vec<Text>,
    /// Its definition.
    pub description: Vec<Text>,
    /// What published lists call it.
    pub references: Vec<Reference>,
    /// Where it stood at the start.
    pub baselines: Vec<Baseline>,
    /// Its periods. One without a target or an actual is not written.
    pub periods: Vec<Period>,
}

/// Where an indicator stood at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// The year it was taken in, from 1.
    pub year: u16,
    /// The day, if it is known.
    pub date: Option<NaiveDate>,
    /// What was found.
    pub figure: Figure,
}

/// A period of an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
    /// What was to be reached: in all, and by place and dimension.
    pub targets: Vec<Figure>,
    /// What was reached: in all, and by place and dimension.
    pub actuals: Vec<Figure>,
}

/// A figure. Of a qualitative indicator it is its comment; of any other one its value, without which it is not written
/// (rules 8.8.1, 8.9.1 and 8.10.1; 8.8.3, 8.9.3 and 8.10.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figure {
    /// The number.
    pub value: Option<Decimal>,
    /// The reference of the place that it is for; none is all places.
    pub location: Option<String>,
    /// The groups that it is for; none is everybody.
    pub dimensions: Vec<Dimension>,
    /// What is to be said about it.
    pub comment: Vec<Text>,
}

/// A group that a figure is for, e.g. `sex` and `female`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// What is told apart.
    pub name: String,
    /// Which of them.
    pub value: String,
}
