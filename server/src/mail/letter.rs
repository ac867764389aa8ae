//! A letter: to whom, what about, in which language. The words stand in `server/templates/mail`.

use askama::Template;
use serde::{Deserialize, Serialize};

use crate::kernel::error::{Error, Result};
use crate::kernel::text::Locale;

/// What a letter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A link to choose a new password.
    PasswordReset,
    /// A link that lets a new browser sign in.
    DeviceLink,
    /// A link that proves a new address.
    EmailConfirm,
    /// To the old address: somebody asked for another.
    EmailChangeAsked,
    /// To the new address: it is the one to sign in with.
    EmailChanged,
    /// To the old address: it is no longer.
    EmailLeft,
    /// A link into an organisation.
    Invitation,
    /// A sign-in from a browser that was not seen before.
    NewDevice,
    /// The password was changed.
    PasswordChanged,
    /// A second factor was added.
    FactorAdded,
    /// A second factor was taken away.
    FactorRemoved,
    /// New recovery codes were made.
    RecoveryCodesMade,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// An API token was made.
    TokenCreated,
    /// An administrator changed what the person may do in an organisation.
    RolesChanged,
    /// An administrator let the person go.
    LetGo,
    /// An administrator took the second factors off the account.
    FactorsReset,
    /// An administrator ended the sessions.
    SignedOut,
    /// Somebody is to get a role that takes two people.
    GrantAsked,
    /// What the person asked for was decided.
    GrantDecided,
    /// To administrators: who operates the platform acts in the organisation as one of its people.
    SupportBegan,
    /// To administrators: that is over.
    SupportEnded,
    /// To administrators: somebody was asked from outside to rule the organisation with them.
    AdministratorInvited,
    /// To administrators: that person does now.
    AdministratorJoined,
    /// The provider of an organisation lets the person in from now on.
    ProviderLinked,
    /// To a donor: the code that opens the report behind a link.
    DonorCode,
    /// To who made a link for a donor: it ends soon.
    DonorLinkEnds,
    /// The same, of one that cannot live longer.
    DonorLinkEndsForGood,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 28] = [
        Self::PasswordReset,
        Self::DeviceLink,
        Self::EmailConfirm,
        Self::EmailChangeAsked,
        Self::EmailChanged,
        Self::EmailLeft,
        Self::Invitation,
        Self::NewDevice,
        Self::PasswordChanged,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::RecoveryCodesMade,
        Self::RecoveryCodeUsed,
        Self::TokenCreated,
        Self::ProviderLinked,
        Self::RolesChanged,
        Self::LetGo,
        Self::FactorsReset,
        Self::SignedOut,
        Self::GrantAsked,
        Self::GrantDecided,
        Self::SupportBegan,
        Self::SupportEnded,
        Self::AdministratorInvited,
        Self::AdministratorJoined,
        Self::DonorCode,
        Self::DonorLinkEnds,
        Self::DonorLinkEndsForGood,
    ];

    /// Whether the link or code in it is dead after so many minutes; news never are.
    #[must_use]
    pub const fn is_stale_after(self, minutes: i64) -> bool {
        match self {
            Self::DonorCode => minutes > 10,
            Self::PasswordReset | Self::DeviceLink => minutes > 20,
            Self::EmailConfirm => minutes > 60,
            Self::Invitation => minutes > 7 * 24 * 60,
            _ => false,
        }
    }

    /// Its name in the inbox.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset",
            Self::DeviceLink => "device_link",
            Self::EmailConfirm => "email_confirm",
            Self::EmailChangeAsked => "email_change_asked",
            Self::EmailChanged => "email_changed",
            Self::EmailLeft => "email_left",
            Self::Invitation => "invitation",
            Self::NewDevice => "new_device",
            Self::PasswordChanged => "password_changed",
            Self::FactorAdded => "factor_added",
            Self::FactorRemoved => "factor_removed",
            Self::RecoveryCodesMade => "recovery_codes_made",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::TokenCreated => "token_created",
            Self::ProviderLinked => "provider_linked",
            Self::RolesChanged => "roles_changed",
            Self::LetGo => "let_go",
            Self::FactorsReset => "factors_reset",
            Self::SignedOut => "signed_out",
            Self::GrantAsked => "grant_asked",
            Self::GrantDecided => "grant_decided",
            Self::SupportBegan => "support_began",
            Self::SupportEnded => "support_ended",
            Self::AdministratorInvited => "administrator_invited",
            Self::AdministratorJoined => "administrator_joined",
            Self::DonorCode => "donor_code",
            Self::DonorLinkEnds => "donor_link_ends",
            Self::DonorLinkEndsForGood => "donor_link_ends_for_good",
        }
    }
}

/// A letter. Every text in it is data; the words around are the template's.
#[derive(Clone, Serialize, Deserialize)]
pub struct Letter {
    /// What it is about.
    pub kind: Kind,
    /// The address.
    pub to: String,
    /// The name of who gets it; empty where it is not known.
    pub name: String,
    /// Its language.
    pub locale: Locale,
    /// A path of this site with a one-time secret in its fragment, e.g. `/reset#…`; empty for none.
    pub path: String,
    /// The organisation, where it is about one.
    pub organisation: String,
    /// The browser that did it, in a few words; empty where it is not known.
    pub device: String,
    /// When, in UTC.
    pub at: String,
    /// What it is about, where that is no person's account: a code to be typed, or who a link is for.
    #[serde(default)]
    pub about: String,
}

/// A letter as it is sent.
pub struct Written {
    pub subject: String,
    pub plain: String,
    pub html: String,
}

/// What both languages are made of.
struct Words<'a> {
    letter: &'a Letter,
    link: &'a str,
    site: &'a str,
}

#[derive(Template)]
#[template(path = "mail/letter.en.txt", escape = "none")]
struct English<'a>(Words<'a>);

#[derive(Template)]
#[template(path = "mail/letter.sw.txt", escape = "none")]
struct Swahili<'a>(Words<'a>);

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Page<'a> {
    lang: &'a str,
    subject: &'a str,
    paragraphs: Vec<&'a str>,
    link: &'a str,
}

impl Letter {
    /// Writes the letter for a site with this address.
    pub(super) fn write(&self, site: &str) -> Result<Written> {
        let failed = |error: askama::Error| Error::Internal(format!("letter: {error}"));
        let link = if self.path.is_empty() { String::new() } else { format!("{site}{}", self.path) };
        // a line break in a name must become neither a header nor a paragraph
        let one_line = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
        let letter = Self {
            name: one_line(&self.name),
            organisation: one_line(&self.organisation),
            device: one_line(&self.device),
            about: one_line(&self.about),
            ..self.clone()
        };
        let words = Words { letter: &letter, link: &link, site };
        let text = match self.locale {
            Locale::En => English(words).render(),
            Locale::Sw => Swahili(words).render(),
        }
        .map_err(failed)?;
        // the first line is the subject
        let (subject, plain) = text.trim_start().split_once('\n').unwrap_or((&text, ""));
        let paragraphs: Vec<&str> = plain.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).collect();
        let page = Page { lang: self.locale.as_str(), subject, paragraphs: paragraphs.clone(), link: &link };
        let html = page.render().map_err(failed)?;
        Ok(Written { plain: format!("{}\n", paragraphs.join("\n\n")), html, subject: subject.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(kind: Kind, locale: Locale) -> Letter {
        Letter {
            kind,
            to: "meal@amani.test".into(),
            name: "Juma <b>Kato</b>".into(),
            locale,
            path: "/reset#secret".into(),
            organisation: "Amani\r\nBcc: all@amani.test".into(),
            device: "Firefox, Linux".into(),
            at: "2026-11-25 08:30 UTC".into(),
            about: "The Fund".into(),
        }
    }

    #[test]
    fn every_kind_is_written_in_every_language() {
        let mut seen = std::collections::HashSet::new();
        for kind in Kind::ALL {
            for locale in Locale::ALL {
                let written = letter(kind, locale).write("https://kipimo.test").unwrap();
                assert!(written.subject.len() > 8 && !written.subject.contains(['\r', '\n']), "{kind:?} {}", written.subject);
                assert!(written.plain.len() > 80, "{kind:?} {}", written.plain);
                assert!(!written.html.contains("<b>Kato"), "{}", written.html);
                assert!(seen.insert(written.plain), "{kind:?} {locale:?} says something of its own");
            }
        }
    }

    #[test]
    fn a_link_stands_in_both_forms_once() {
        let written = letter(Kind::PasswordReset, Locale::Sw).write("https://kipimo.test").unwrap();
        assert_eq!(written.plain.matches("https://kipimo.test/reset#secret").count(), 1);
        assert_eq!(written.html.matches("href=\"https://kipimo.test/reset#secret\"").count(), 1);
    }

    #[test]
    fn names_are_stable() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.as_str()));
        }
    }
}
