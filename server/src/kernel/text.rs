//! Text that has been parsed: once it is of the type, it is of the form.

use openidconnect::url::Host;

use super::error::Fault;

/// A language that Kipimo speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// English
    En,
    /// Swahili
    Sw,
}

impl Locale {
    /// Every language, in the order shown.
    pub const ALL: [Self; 2] = [Self::En, Self::Sw];

    /// The code kept in the database and in `lang`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Sw => "sw",
        }
    }

    /// The language of a code, if it is one of ours.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.as_str() == code)
    }

    /// The first of ours that a browser's `Accept-Language` names.
    #[must_use]
    pub fn negotiate(header: &str) -> Option<Self> {
        header.split(',').find_map(|part| {
            let tag = part.split(';').next().unwrap_or_default().trim();
            Self::parse(tag.split('-').next().unwrap_or_default())
        })
    }
}

/// An e-mail address in lower case: not proof that it exists, only that it can be one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Email(String);

impl Email {
    /// # Errors
    /// `required`, `too_long` or `not_an_email`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Err("required");
        }
        if text.len() > 254 {
            return Err("too_long");
        }
        let (local, domain) = text.rsplit_once('@').ok_or("not_an_email")?;
        // what stands in addresses without quotes: no name before them, no list of them, nothing that turns their direction
        let before = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let behind = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
        if local.is_empty()
            || domain.is_empty()
            || !local.chars().all(before)
            || !domain.chars().all(behind)
            || !domain.contains('.')
            || domain.starts_with('.')
            || domain.ends_with('.')
        {
            return Err("not_an_email");
        }
        if domain.is_ascii() {
            return Ok(Self(text));
        }
        // one spelling of each domain, the one that its name servers know
        match Host::parse(domain) {
            Ok(Host::Domain(ascii)) if local.len() + ascii.len() < 254 => Ok(Self(format!("{local}@{ascii}"))),
            _ => Err("not_an_email"),
        }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Characters that turn the direction of what follows: with them one name can look like another.
pub(super) fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// A line of text: trimmed, between `min` and `max` characters, without control characters.
///
/// # Errors
/// `required`, `too_short`, `too_long` or `control_characters`.
pub fn line(text: &str, min: usize, max: usize) -> Result<String, Fault> {
    let text = text.trim();
    match text.chars().count() {
        0 if min > 0 => Err("required"),
        n if n < min => Err("too_short"),
        n if n > max => Err("too_long"),
        _ if text.chars().any(|c| c.is_control() || turns(c)) => Err("control_characters"),
        _ => Ok(text.to_owned()),
    }
}

/// Several lines of text, up to `max` characters; only line ends and tabs of the control characters.
///
/// # Errors
/// `too_long` or `control_characters`.
pub fn prose(text: &str, max: usize) -> Result<String, Fault> {
    let text = text.trim().replace("\r\n", "\n");
    if text.chars().count() > max {
        Err("too_long")
    } else if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t' || turns(c)) {
        Err("control_characters")
    } else {
        Ok(text)
    }
}

/// A project's code, as it stands in addresses: small letters, digits and dashes.
///
/// # Errors
/// `required` or `not_a_code`.
pub fn slug(text: &str) -> Result<String, Fault> {
    let text = text.trim();
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() {
        Err("required")
    } else if text.len() > 40 || text.starts_with('-') || !text.chars().all(good) {
        Err("not_a_code")
    } else {
        Ok(text.to_owned())
    }
}

/// Labels that belong to the site itself or to what operators run beside it: no organisation is called so.
const RESERVED: [&str; 12] = ["www", "api", "app", "mail", "smtp", "imap", "ftp", "ns", "status", "docs", "admin", "cdn"];

/// An organisation's name in addresses, which may be the label of a host too: a small letter, then small letters, digits and dashes.
///
/// # Errors
/// `required` or `not_a_code`; `taken` for what belongs to the site.
pub fn organisation(text: &str) -> Result<String, Fault> {
    let label = slug(text)?;
    if label.len() < 2 || !label.starts_with(|c: char| c.is_ascii_lowercase()) || label.ends_with('-') {
        return Err("not_a_code");
    }
    if RESERVED.contains(&label.as_str()) { Err("taken") } else { Ok(label) }
}

/// An indicator's code: letters, digits, `_`, `.` and `-`.
///
/// # Errors
/// `required` or `not_a_code`.
pub fn code(text: &str) -> Result<String, Fault> {
    let text = text.trim();
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if text.is_empty() {
        Err("required")
    } else if text.len() > 60 || !text.starts_with(|c: char| c.is_ascii_alphanumeric()) || !text.chars().all(good) {
        Err("not_a_code")
    } else {
        Ok(text.to_owned())
    }
}

/// A date as browsers send it, `YYYY-MM-DD`, within the years that projects have.
///
/// # Errors
/// `required` or `not_a_date`.
pub fn date(text: &str) -> Result<chrono::NaiveDate, Fault> {
    use chrono::Datelike;
    let text = text.trim();
    if text.is_empty() {
        return Err("required");
    }
    chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|date| (1990..=2100).contains(&date.year())).ok_or("not_a_date")
}

/// A day, or nothing.
///
/// # Errors
/// `not_a_date`.
pub fn day_or_none(text: &str) -> Result<Option<chrono::NaiveDate>, Fault> {
    if text.trim().is_empty() { Ok(None) } else { date(text).map(Some) }
}

/// Whether calendars write such a day: years before the first and after 9999 are none, and some of them more than the database takes.
#[must_use]
pub fn is_of_a_calendar(day: chrono::NaiveDate) -> bool {
    use chrono::Datelike;
    (1..=9999).contains(&day.year())
}

/// Whether somebody typed what a thing is called, before it is deleted: in whatever case, and however many spaces stand between words.
///
/// # Errors
/// `required` or `not_its_name`.
pub fn called(typed: &str, name: &str) -> Result<(), Fault> {
    let plain = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
    let typed = plain(typed);
    if typed.is_empty() {
        Err("required")
    } else if typed == plain(name) {
        Ok(())
    } else {
        Err("not_its_name")
    }
}

/// A text cell that a spreadsheet would take for a formula gets a quote in front (OWASP, CSV injection).
#[must_use]
pub fn harmless(text: &str) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\0' | '＝' | '＋' | '－' | '＠') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["a@b.org", " Meal@Amani.Test ", "x+y@sub.example.co.tz"] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
        assert_eq!(Email::parse(" Meal@Amani.Test ").unwrap().as_str(), "meal@amani.test");
        assert_eq!(Email::parse("a@Bücher.example").unwrap().as_str(), "a@xn--bcher-kva.example");
        for bad in [
            "",
            "a",
            "a@",
            "@b.org",
            "a b@c.org",
            "a@b",
            "a@.org",
            "a@b.org\n.evil",
            "x<a@b.org>",
            "a,b@c.org",
            "\u{202e}a@b.org",
            "a@b.org>",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn languages_of_a_browser() {
        assert_eq!(Locale::negotiate("fr-FR,sw;q=0.8,en;q=0.5"), Some(Locale::Sw));
        assert_eq!(Locale::negotiate("fr"), None);
        assert_eq!(Locale::negotiate(""), None);
    }

    #[test]
    fn codes() {
        assert!(slug("camps-2024").is_ok());
        for bad in ["", "Camps", "-x", "a b", "a/b"] {
            assert!(slug(bad).is_err(), "{bad}");
        }
        assert!(code("potable_water_storage_10l").is_ok());
        assert!(code("_x").is_err());
        assert!(date("2024-02-29").is_ok());
        assert!(date("2023-02-29").is_err());
        assert!(line("a\u{0}b", 0, 9).is_err());
    }

    #[test]
    fn a_day_is_one_that_calendars_write() {
        for (year, expected) in [(-1, false), (0, false), (1, true), (2026, true), (9999, true), (10_000, false)] {
            assert_eq!(is_of_a_calendar(chrono::NaiveDate::from_yo_opt(year, 1).unwrap()), expected, "{year}");
        }
    }

    #[test]
    fn what_is_deleted_is_called_by_its_name() {
        for (typed, name, expected) in [
            ("1.2", "1.2", Ok(())),
            (" a  Section ", "A section", Ok(())),
            ("1.20", "1.2", Err("not_its_name")),
            ("asection", "A section", Err("not_its_name")),
            (" ", "A section", Err("required")),
            ("", "", Err("required")),
        ] {
            assert_eq!(called(typed, name), expected, "{typed}");
        }
    }

    #[test]
    fn formulas_are_disarmed_and_figures_left_alone() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("Wells"), "Wells");
    }
}
