//! API tokens: `kipimo_pat_`, thirty random letters and digits, six of a checksum. Shown once, stored hashed.

use super::events::{AccountEvent, Change};
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::kernel::crypto::{random, sha256};
use crate::kernel::error::Result;
use crate::kernel::ids::TokenId;
use crate::kernel::text;
use secrecy::SecretString;

/// What every token begins with, so that it is recognised where it was leaked.
pub const PREFIX: &str = "kipimo_pat_";
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Whether a text can be a token: the checksum fits. No database is asked about anything else.
#[must_use]
pub fn is_well_formed(token: &str) -> bool {
    let Some(body) = token.strip_prefix(PREFIX) else { return false };
    if body.len() != 36 || !body.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return false;
    }
    let (secret, sum) = body.split_at(30);
    checksum(secret) == sum
}

fn checksum(secret: &str) -> String {
    let mut rest = crc32fast::hash(secret.as_bytes());
    let mut out = [b'0'; 6];
    for place in out.iter_mut().rev() {
        *place = LETTERS[(rest % 62) as usize];
        rest /= 62;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A new token.
pub(crate) fn generate() -> Result<String> {
    let mut secret = String::with_capacity(30);
    while secret.len() < 30 {
        // bytes of 248 and above would make some letters likelier than others
        for byte in random::<32>()?.into_iter().filter(|byte| *byte < 248) {
            if secret.len() < 30 {
                secret.push(char::from(LETTERS[usize::from(byte % 62)]));
            }
        }
    }
    Ok(format!("{PREFIX}{secret}{}", checksum(&secret)))
}

/// Makes a token of the person's own, valid for 90 days. The answer is the only time that it is seen.
///
/// # Errors
/// Refusal, a bad name, or the database's.
pub async fn create(cx: &Cx, name: &str) -> Result<SecretString> {
    let name = text::line(name, 1, 80).map_err(|fault| crate::kernel::error::Error::field("name", fault))?;
    let mut w = cx.write(Can::CreateOwnToken).await?;
    let (id, token) = (TokenId::new(), generate()?);
    let (membership, user) = (cx.standing()?.membership, cx.user()?);
    sqlx::query!(
        "insert into app.api_token (id, name, membership_id, token_hash, last_four, generation, expires_at)
         values ($1, $2, $3, $4, $5, gate.generation($6), now() + interval '90 days')",
        id.0,
        name,
        membership.0,
        &sha256(token.as_bytes())[..],
        &token[token.len() - 4..],
        user.0
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::TokenCreated(id)).await?;
    Change::begin(cx.db(), cx.facts(), user).await?.commit(&AccountEvent::TokenCreated).await?;
    Ok(SecretString::from(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_knows_its_own_form() {
        let token = generate().unwrap();
        assert!(is_well_formed(&token), "{token}");
        let mut altered = token.clone();
        altered.replace_range(15..16, if &token[15..16] == "a" { "b" } else { "a" });
        assert!(!is_well_formed(&altered));
        assert!(!is_well_formed("kipimo_pat_"));
        assert!(!is_well_formed(&token[..40]));
        assert_ne!(token, generate().unwrap());
    }
}
