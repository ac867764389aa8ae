//! What a new password must be: long, and none that others guess first. No other rules (NIST SP 800-63B-4, ASVS V6.2): length is
//! what helps, and what people are made to add they put at the end.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use super::breaches::Breaches;
use crate::kernel::error::Fault;

/// Characters where a second factor stands beside the password.
pub const MIN_WITH_FACTOR: usize = 12;
/// Characters where it stands alone.
pub const MIN_ALONE: usize = 15;
/// Characters at most.
pub const MAX: usize = 128;
/// Letters that must be left without a word that everybody knows of this account.
const REST: usize = 8;
/// Different characters, below which a password is one character or a short pattern over and over.
const DIFFERENT: usize = 5;

/// The password as it is hashed: one form of each character (NFC), nothing trimmed.
#[must_use]
pub fn normal(password: &str) -> String {
    password.nfc().collect()
}

/// Judges a new password. `words` are what a stranger would try for this account: names of the person, the organisation, the product.
///
/// # Errors
/// `password_short` or `password_short_alone`, `too_long`, `password_common` or `password_guessable`.
pub fn judge(password: &str, words: &[String], has_factor: bool, breaches: &Breaches) -> Result<(), Fault> {
    let password = normal(password);
    let length = password.chars().count();
    if length > MAX {
        return Err("too_long");
    }
    if length < MIN_WITH_FACTOR {
        return Err("password_short");
    }
    if length < MIN_ALONE && !has_factor {
        return Err("password_short_alone");
    }
    if password.chars().collect::<HashSet<_>>().len() < DIFFERENT || breaches.holds(&password) || breaches.holds(&password.to_lowercase()) {
        return Err("password_common");
    }
    let mut rest = password.to_lowercase();
    let mut parts: Vec<String> = words.iter().flat_map(|word| parts_of(word)).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    let mut found = false;
    for part in parts {
        found |= rest.contains(&part);
        rest = rest.replace(&part, "");
    }
    if found && rest.chars().filter(|c| c.is_alphabetic()).count() < REST {
        return Err("password_guessable");
    }
    Ok(())
}

/// Whether a password is long enough without a second factor beside it.
#[must_use]
pub fn stands_alone(password: &str) -> bool {
    normal(password).chars().count() >= MIN_ALONE
}

/// The parts of a name or address that are long enough to be recognised.
fn parts_of(word: &str) -> Vec<String> {
    let lower = word.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|part| part.chars().count() >= 4).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords() {
        let words: Vec<String> = ["Kipimo", "Amani WASH", "juma.kato@amani.test", "Juma Kato"].map(String::from).to_vec();
        let cases: [(&str, bool, Result<(), Fault>); 16] = [
            ("short", true, Err("password_short")),
            ("elevenchars", true, Err("password_short")),
            ("mnazi ziwa 12", true, Ok(())),
            ("mnazi ziwa 12", false, Err("password_short_alone")),
            ("mnazi ziwa upepo kumi", false, Ok(())),
            ("              \u{a0}", false, Err("password_common")),
            ("aaaaaaaaaaaaaaaa", false, Err("password_common")),
            ("abababababababab", false, Err("password_common")),
            ("1q2w3e4r5t6y", true, Err("password_common")),
            ("LeaveMeAlone", true, Err("password_common")),
            ("kipimo kipimo 2026!", false, Err("password_guessable")),
            ("Amani-Kato-12345678", false, Err("password_guessable")),
            ("amani ziwa upepo kumi", false, Ok(())),
            ("ﬁﬁﬁ ñandú, señor Ω 7", false, Ok(())),
            ("пароль моей бабушки", false, Ok(())),
            ("🐘🦒🦓🦁🐆🦏🐃🦛🐊🦩🦜🐢", true, Ok(())),
        ];
        for (password, has_factor, expected) in cases {
            assert_eq!(judge(password, &words, has_factor, &Breaches::built_in()), expected, "{password:?}");
        }
        let long = "mnazi ziwa ".repeat(20);
        assert_eq!(judge(&long, &[], true, &Breaches::built_in()), Err("too_long"));
        assert_eq!(judge(&long[..MAX], &[], true, &Breaches::built_in()), Ok(()));
    }

    #[test]
    fn one_character_has_one_form() {
        assert_eq!(normal("e\u{301}"), "é");
        assert_eq!(normal(" a "), " a ");
    }
}
