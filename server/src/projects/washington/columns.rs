//! Which column of a survey holds what: told by the headings, or said by a person.

use std::collections::BTreeMap;

use super::SexCodes;
use crate::kernel::error::Fault;

/// What a column may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// The age in years.
    Age,
    /// The sex.
    Sex,
    /// Difficulty seeing, even if wearing glasses.
    See,
    /// Difficulty hearing, even if using a hearing aid.
    Hear,
    /// Difficulty walking or climbing steps.
    Walk,
    /// Difficulty remembering or concentrating.
    Remember,
    /// Difficulty washing all over or dressing.
    SelfCare,
    /// Difficulty communicating: understanding, or being understood.
    Communicate,
}

impl Column {
    /// Every one, in the order shown.
    pub const ALL: [Self; 8] = [Self::Age, Self::Sex, Self::See, Self::Hear, Self::Walk, Self::Remember, Self::SelfCare, Self::Communicate];
    /// Those of the six questions, in the order of the short set.
    pub const QUESTIONS: [Self; 6] = [Self::See, Self::Hear, Self::Walk, Self::Remember, Self::SelfCare, Self::Communicate];

    /// The field of a form in which its heading is written.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Age => "column_age",
            Self::Sex => "column_sex",
            Self::See => "column_see",
            Self::Hear => "column_hear",
            Self::Walk => "column_walk",
            Self::Remember => "column_remember",
            Self::SelfCare => "column_self_care",
            Self::Communicate => "column_communicate",
        }
    }

    /// Whole names, in [`plain`] spelling: those of the Washington Group, of WFP's form and of the one that IMPACT uses.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Age => &["age", "ageyears", "indage", "pdisabage", "umri"],
            Self::Sex => &["sex", "gender", "indsex", "indgender", "pdisabsex", "jinsia", "jinsi"],
            Self::See => &["visss", "wgqvision", "pdisabsee", "see", "seeing", "vision", "kuona"],
            Self::Hear => &["hearss", "wgqhearing", "pdisabhear", "hear", "hearing", "kusikia"],
            Self::Walk => &["mobss", "wgqmobility", "pdisabwalk", "walk", "walking", "mobility", "kutembea"],
            Self::Remember => &["cogss", "wgqcognition", "pdisabremember", "remember", "remembering", "cognition", "kukumbuka"],
            Self::SelfCare => &["scss", "wgqselfcare", "pdisabwash", "selfcare", "wash", "washing", "kujihudumia", "kuoga"],
            Self::Communicate => &[
                "comss",
                "commss",
                "wgqcommunication",
                "pdisabunderstand",
                "communicate",
                "communicating",
                "communication",
                "understand",
                "kuwasiliana",
            ],
        }
    }

    /// Words that tell it within a longer name or a question.
    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Age => &["age", "umri", "miaka"],
            Self::Sex => &["sex", "gender", "jinsia", "jinsi"],
            Self::See => &["see", "seeing", "vision", "sight", "kuona", "macho"],
            Self::Hear => &["hear", "hearing", "kusikia"],
            Self::Walk => &["walk", "walking", "climbing", "mobility", "kutembea"],
            Self::Remember => &["remember", "remembering", "concentrating", "cognition", "memory", "kukumbuka"],
            Self::SelfCare => &["selfcare", "care", "wash", "washing", "dressing", "kujihudumia", "kuoga", "kujiosha"],
            Self::Communicate => {
                &["communicate", "communicating", "communication", "understand", "understanding", "understood", "kuwasiliana", "kueleweka"]
            }
        }
    }
}

/// What a person says of a file.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The headings of columns, as written; a column that is not here is told by its heading.
    pub named: BTreeMap<Column, String>,
    /// Which number is which sex.
    pub sex_codes: Option<SexCodes>,
}

/// Positions of the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) age: usize,
    pub(super) sex: Option<usize>,
    /// In the order of [`Column::QUESTIONS`].
    pub(super) questions: [usize; 6],
}

impl Columns {
    /// The position of a column.
    pub(super) fn position(&self, column: Column) -> Option<usize> {
        match column {
            Column::Age => Some(self.age),
            Column::Sex => self.sex,
            question => Column::QUESTIONS.iter().position(|other| *other == question).and_then(|at| self.questions.get(at)).copied(),
        }
    }
}

/// Finds the columns among the headings. Age and all six questions must be there, sex need not.
///
/// # Errors
/// The columns that were not found: `column_not_there` where a person named one that the file lacks, `column_not_told` where no heading
/// tells it, `column_several` where more than one does, `column_twice` where it is another's.
pub(super) fn find(headers: &[String], asked: &Asked) -> Result<Columns, BTreeMap<Column, Fault>> {
    let mut faults = BTreeMap::new();
    let mut note = |column, fault| {
        faults.insert(column, fault);
    };
    let mut found: BTreeMap<Column, usize> = BTreeMap::new();
    for column in Column::ALL {
        let position = match asked.named.get(&column).map(|name| name.trim()).filter(|name| !name.is_empty()) {
            Some(name) => named(headers, name),
            None => told(headers, column),
        };
        match position {
            Ok(None) if column == Column::Sex => {}
            Ok(None) => note(column, "column_not_told"),
            Ok(Some(at)) if found.values().any(|other| *other == at) => note(column, "column_twice"),
            Ok(Some(at)) => {
                found.insert(column, at);
            }
            Err(fault) => note(column, fault),
        }
    }
    // a column that was not found is among the faults, so that the position put in its place is never used
    let at = |column: Column| found.get(&column).copied().unwrap_or_default();
    let columns = Columns { age: at(Column::Age), sex: found.get(&Column::Sex).copied(), questions: Column::QUESTIONS.map(at) };
    if faults.is_empty() { Ok(columns) } else { Err(faults) }
}

/// The column that a person named: by its whole heading, or by the part of it behind the groups of a form.
fn named(headers: &[String], name: &str) -> Result<Option<usize>, Fault> {
    if let Some(at) = headers.iter().position(|header| header == name) {
        return Ok(Some(at));
    }
    only(headers, |header| own(header).eq_ignore_ascii_case(name))?.map_or(Err("column_not_there"), |at| Ok(Some(at)))
}

/// The column that its heading tells: by a whole name, or by a word. A question of the short set asks for a difficulty: a word without that
/// may be of anything, a walk to the water or a visit to the doctor. Where a name tells one column and a question another, nobody guesses.
fn told(headers: &[String], column: Column) -> Result<Option<usize>, Fault> {
    let is_question = Column::QUESTIONS.contains(&column);
    let by_name = only(headers, |header| column.names().contains(&plain(own(header)).as_str()))?;
    if by_name.is_some() && !is_question {
        return Ok(by_name);
    }
    let by_word = only(headers, |header| {
        let words = words(own(header));
        let told = words.iter().any(|word| column.words().contains(&word.as_str()));
        told && (!is_question || words.iter().any(|word| DIFFICULTY.contains(&word.as_str())))
    })?;
    match (by_name, by_word) {
        (Some(name), Some(word)) if name != word => Err("column_several"),
        (name, word) => Ok(name.or(word)),
    }
}

/// Words by which a question of the short set is told.
const DIFFICULTY: [&str; 5] = ["difficulty", "difficulties", "ugumu", "shida", "tatizo"];

/// The only heading that fits; none where none does.
fn only(headers: &[String], fits: impl Fn(&str) -> bool) -> Result<Option<usize>, Fault> {
    let mut fitting = headers.iter().enumerate().filter(|(_, header)| fits(header)).map(|(at, _)| at);
    match (fitting.next(), fitting.next()) {
        (Some(_), Some(_)) => Err("column_several"),
        (first, _) => Ok(first),
    }
}

/// A heading without the groups of the form before it: `household/member/age`. A question in words is kept whole.
fn own(header: &str) -> &str {
    if header.contains(' ') { header } else { header.rsplit('/').next().unwrap_or(header) }
}

/// A name without case, spaces and punctuation.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words of a name, also of one written `PDisabSee` or `difficulty_seeing`.
fn words(name: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(name.len() + 8);
    let mut before = ' ';
    for c in name.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            spaced.push(' ');
        }
        spaced.push(if c.is_alphanumeric() { c } else { ' ' });
        before = c;
    }
    spaced.to_lowercase().split_whitespace().map(str::to_owned).collect()
}
