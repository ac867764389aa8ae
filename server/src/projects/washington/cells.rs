//! What stands in one cell of a survey: an answer, a sex, an age. What cannot be read is not guessed.

use super::UNKNOWN;

/// An answer to one of the six questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// 1: no difficulty.
    NoDifficulty,
    /// 2: some difficulty.
    SomeDifficulty,
    /// 3: a lot of difficulty.
    LotOfDifficulty,
    /// 4: cannot do at all.
    CannotDo,
    /// Blank, 7 or 888 (refused), 9 or 999 (don't know).
    Missing,
}

impl Answer {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoDifficulty => "no_difficulty",
            Self::SomeDifficulty => "some_difficulty",
            Self::LotOfDifficulty => "lot_of_difficulty",
            Self::CannotDo => "cannot_do",
            Self::Missing => "missing",
        }
    }

    /// Whether it makes a disability by itself.
    #[must_use]
    pub const fn is_disability(self) -> bool {
        matches!(self, Self::LotOfDifficulty | Self::CannotDo)
    }

    const fn of_code(code: u32) -> Option<Self> {
        Some(match code {
            1 => Self::NoDifficulty,
            2 => Self::SomeDifficulty,
            3 => Self::LotOfDifficulty,
            4 => Self::CannotDo,
            7 | 9 | 888 | 999 => Self::Missing,
            _ => return None,
        })
    }
}

/// Which number is which sex. Surveys differ, so a person says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SexCodes {
    /// 0 female, 1 male: forms of WFP.
    ZeroFemale,
    /// 0 male, 1 female.
    ZeroMale,
    /// 1 female, 2 male.
    OneFemale,
    /// 1 male, 2 female: most censuses and household surveys.
    OneMale,
}

impl SexCodes {
    /// Every one, in the order shown.
    pub const ALL: [Self; 4] = [Self::ZeroFemale, Self::ZeroMale, Self::OneFemale, Self::OneMale];

    /// Its word in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ZeroFemale => "0f1m",
            Self::ZeroMale => "0m1f",
            Self::OneFemale => "1f2m",
            Self::OneMale => "1m2f",
        }
    }

    /// The codes of a word; none where numbers are said to mean nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|codes| codes.as_str() == text)
    }

    fn sex(self, number: u32) -> Option<&'static str> {
        match (self, number) {
            (Self::ZeroFemale, 0) | (Self::ZeroMale | Self::OneFemale, 1) | (Self::OneMale, 2) => Some("female"),
            (Self::ZeroMale, 0) | (Self::ZeroFemale | Self::OneMale, 1) | (Self::OneFemale, 2) => Some("male"),
            _ => None,
        }
    }
}

/// A cell that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read<T> {
    /// What stands there, in one spelling, so that there are few of them; empty for a blank.
    pub(super) text: String,
    /// What it means.
    pub(super) means: T,
}

/// What may stand in the column of sexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sex {
    /// A code of the dimension `sex`.
    Told(Read<&'static str>),
    /// A number, and nobody said which number is which.
    Unsaid(u32),
    Unreadable,
}

/// The words of each answer, as [`plain`] spells them; of the Swahili nouns for a difficulty *ugumu* stands for all. *Yes* and *no* alone
/// are none: a survey that asks so is not the short set.
const ANSWERS: [(Answer, &[&str]); 5] = [
    (
        Answer::NoDifficulty,
        &[
            "no difficulty",
            "no no difficulty",
            "none",
            "hakuna ugumu",
            "hapana hakuna ugumu",
            "hapana ugumu",
            "hana ugumu",
            "hapana hana ugumu",
            "sina ugumu",
            "hapana sina ugumu",
            "bila ugumu",
        ],
    ),
    (Answer::SomeDifficulty, &["some difficulty", "some", "ugumu kiasi", "ugumu kidogo", "ugumu fulani", "kiasi", "kidogo"]),
    (
        Answer::LotOfDifficulty,
        &[
            "a lot of difficulty",
            "lot of difficulty",
            "lots of difficulty",
            "a lot",
            "ugumu mkubwa",
            "ugumu mwingi",
            "ugumu sana",
            "ugumu kubwa",
            "ugumu nyingi",
            "ugumu makubwa",
        ],
    ),
    (
        Answer::CannotDo,
        &[
            "cannot do at all",
            "cannot do it at all",
            "cannot do",
            "cannot at all",
            "cant do at all",
            "unable to do",
            "siwezi kabisa",
            "hawezi kabisa",
            "haiwezekani kabisa",
            "siwezi",
            "hawezi",
        ],
    ),
    (Answer::Missing, &MISSING),
];
/// What stands where nothing was told.
const MISSING: [&str; 18] = [
    "dont know",
    "do not know",
    "dnk",
    "dk",
    "refused",
    "refused to answer",
    "prefer not to answer",
    "prefer not to say",
    "pnta",
    "no answer",
    "missing",
    "unknown",
    "na",
    "n a",
    "sijui",
    "hajui",
    "haijulikani",
    "amekataa kujibu",
];
const FEMALE: [&str; 9] = ["f", "female", "woman", "girl", "ke", "mke", "mwanamke", "msichana", "women"];
const MALE: [&str; 10] = ["m", "male", "man", "boy", "me", "mume", "mwanamume", "mwanaume", "mvulana", "men"];
const OTHER: [&str; 2] = ["other", "nyingine"];
/// Before an answer that says how much.
const YES: [&str; 6] = ["yes ", "ndiyo ", "ndio ", "ana ", "nina ", "kuna "];
/// Other nouns for *ugumu*.
const DIFFICULTY: [&str; 3] = ["shida", "tatizo", "matatizo"];
/// The oldest that anybody is, in years.
const OLDEST: u32 = 130;

/// The cell of a question; none where it cannot be read.
pub(super) fn answer(cell: &str) -> Option<Read<Answer>> {
    let told = |text: String, means| Some(Read { text, means });
    let cell = cell.trim();
    if cell.is_empty() {
        return told(String::new(), Answer::Missing);
    }
    if let Some(code) = number(cell) {
        return told(code.to_string(), Answer::of_code(code)?);
    }
    let text = words(cell)?;
    let (code, said) = numbered(&text);
    let means = answer_in_words(said)?;
    // "1 a lot of difficulty" says two things
    if code.is_some_and(|code| Answer::of_code(code) != Some(means)) { None } else { told(said.to_owned(), means) }
}

fn answer_in_words(said: &str) -> Option<Answer> {
    let said: Vec<&str> = said.split(' ').map(|word| if DIFFICULTY.contains(&word) { "ugumu" } else { word }).collect();
    let said = said.join(" ");
    let said = YES.iter().find_map(|yes| said.strip_prefix(yes)).unwrap_or(&said);
    ANSWERS.iter().find(|(_, words)| words.contains(&said)).map(|(answer, _)| *answer)
}

/// The cell of the sex.
pub(super) fn sex(cell: &str, codes: Option<SexCodes>) -> Sex {
    let told = |text: String, means| Sex::Told(Read { text, means });
    let cell = cell.trim();
    if cell.is_empty() {
        return told(String::new(), UNKNOWN);
    }
    if let Some(number) = number(cell) {
        return match codes {
            _ if Answer::of_code(number) == Some(Answer::Missing) => told(number.to_string(), UNKNOWN),
            None => Sex::Unsaid(number),
            Some(codes) => codes.sex(number).map_or(Sex::Unreadable, |sex| told(number.to_string(), sex)),
        };
    }
    let Some(text) = words(cell) else { return Sex::Unreadable };
    let said = numbered(&text).1;
    let groups: [(&str, &[&str]); 4] = [("female", &FEMALE), ("male", &MALE), ("other", &OTHER), (UNKNOWN, &MISSING)];
    match groups.into_iter().find(|(_, words)| words.contains(&said)) {
        Some((sex, _)) => told(said.to_owned(), sex),
        None => Sex::Unreadable,
    }
}

/// The cell of the age, in completed years; none within for a missing one.
pub(super) fn age(cell: &str) -> Result<Option<u8>, ()> {
    let cell = cell.trim();
    if cell.is_empty() || words(cell).is_some_and(|said| MISSING.contains(&said.as_str())) {
        return Ok(None);
    }
    // an age of 4.9 is below five: what stands behind the point does not complete a year
    let (years, part) = cell.split_once('.').unwrap_or((cell, "0"));
    match (number(years), is_digits(part)) {
        (Some(888 | 999), true) => Ok(None),
        (Some(years), true) if years <= OLDEST => u8::try_from(years).map(Some).map_err(|_| ()),
        _ => Err(()),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A whole number, also as tables of figures write it that have blanks: `3.0`.
fn number(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    if is_digits(whole) && is_digits(part) && part.bytes().all(|byte| byte == b'0') { whole.parse().ok() } else { None }
}

/// Words without case and punctuation: `Yes – some difficulty` as `yes some difficulty`. None where no letter stands.
fn words(cell: &str) -> Option<String> {
    if !cell.chars().any(char::is_alphabetic) {
        return None;
    }
    let kept = cell.chars().filter(|c| !matches!(c, '\'' | '’' | '‘' | '`'));
    let spaced: String = kept.map(|c| if c.is_alphanumeric() { c } else { ' ' }).flat_map(char::to_lowercase).collect();
    Some(spaced.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The number before words, if there is one, and the words: `1. No difficulty`.
fn numbered(text: &str) -> (Option<u32>, &str) {
    match text.split_once(' ') {
        Some((first, rest)) if number(first).is_some() => (number(first), rest),
        _ => (None, text),
    }
}
