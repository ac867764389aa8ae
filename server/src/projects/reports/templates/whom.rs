//! For whom a template is: a donor of the register, one that is not in it, in words, or anybody.

use crate::access::Writer;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::DonorId;
use crate::kernel::text;

/// For whom a template is, as typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct WhomForm<'a> {
    /// The id of a donor of the register; empty for none of it.
    pub donor: &'a str,
    /// A donor that is not in the register; empty for anybody.
    pub words: &'a str,
}

/// For whom a template is. Not both: the words would say what the register says already, or something else.
pub(super) struct Whom {
    pub donor: Option<DonorId>,
    pub words: String,
}

impl WhomForm<'_> {
    pub(super) fn parse(self, bad: &mut Invalid) -> Option<Whom> {
        let chosen = match self.donor.trim() {
            "" => Ok(None),
            id => id.parse().map(Some).map_err(|_| "not_a_choice"),
        };
        let (donor, words) = (bad.keep("donor", chosen), bad.keep("for_donor", text::line(self.words, 0, 120)));
        let (donor, words) = (donor?, words?);
        if donor.is_some() && !words.is_empty() {
            bad.note("for_donor", "donor_said_twice");
            return None;
        }
        Some(Whom { donor, words })
    }
}

impl Whom {
    /// Expects that the donor is in the register.
    ///
    /// # Errors
    /// A refused field, or the database's.
    pub(super) async fn expect(&self, w: &mut Writer) -> Result<()> {
        let Some(donor) = self.donor else { return Ok(()) };
        let known =
            sqlx::query_scalar!(r#"select exists(select from app.donor where id = $1) as "known!""#, donor.0).fetch_one(w.conn()).await?;
        if known { Ok(()) } else { Err(Error::field("donor", "not_a_choice")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome<'a> = std::result::Result<(bool, &'a str), (&'a str, &'a str)>;

    #[test]
    fn a_donor_is_chosen_or_said_in_words() {
        let id = uuid::Uuid::nil().to_string();
        let cases: [(&str, &str, Outcome<'_>); 6] = [
            ("", "", Ok((false, ""))),
            ("", " An agency ", Ok((false, "An agency"))),
            (&id, "", Ok((true, ""))),
            (&id, "An agency", Err(("for_donor", "donor_said_twice"))),
            ("x", "", Err(("donor", "not_a_choice"))),
            ("", "a\u{202e}b", Err(("for_donor", "control_characters"))),
        ];
        for (donor, words, expected) in cases {
            let mut bad = Invalid::default();
            let whom = WhomForm { donor, words }.parse(&mut bad);
            match expected {
                Ok((is_chosen, said)) => {
                    let whom = whom.unwrap();
                    assert_eq!((whom.donor.is_some(), whom.words.as_str()), (is_chosen, said));
                }
                Err((field, fault)) => assert!(whom.is_none() && bad.0.get(field) == Some(&fault), "{donor} {words}: {:?}", bad.0),
            }
        }
    }
}
