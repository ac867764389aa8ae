//! The browsers of an account: what one says of itself, in a few words that its owner recognises, and a cookie of its own by
//! which it is known again. It signs nobody in: it says that this browser once was the owner's.

use secrecy::{ExposeSecret, SecretString};
use sqlx::PgConnection;

use crate::kernel::crypto::{base64url, hex, random, sha256};
use crate::kernel::error::Result;
use crate::kernel::ids::UserId;

/// A browser, by the random value of its cookie.
pub struct Device {
    /// The value that the cookie is to have.
    pub cookie: SecretString,
}

impl Device {
    /// The browser of a cookie, or a new one.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn of_cookie(cookie: Option<&str>) -> Result<Self> {
        let cookie = match cookie {
            Some(value) if value.len() == 43 && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) => {
                value.to_owned()
            }
            _ => base64url(&random::<32>()?),
        };
        Ok(Self { cookie: SecretString::from(cookie) })
    }

    /// What counts its attempts.
    pub(super) fn name(&self) -> String {
        hex(&self.hash())
    }

    fn hash(&self) -> [u8; 32] {
        sha256(self.cookie.expose_secret().as_bytes())
    }

    /// Whether the account was used with it before.
    pub(super) async fn is_of(&self, conn: &mut PgConnection, user: UserId) -> Result<bool> {
        let known = sqlx::query_scalar!(
            r#"select exists(select from auth.device where user_id = $1 and hash = $2) as "known!""#,
            user.0,
            &self.hash()[..]
        );
        Ok(known.fetch_one(conn).await?)
    }

    /// Remembers it as one of the account's; answers whether it was that before.
    pub(super) async fn remember(&self, conn: &mut PgConnection, user: UserId) -> Result<bool> {
        let known = sqlx::query!("update auth.device set last_seen = now() where user_id = $1 and hash = $2", user.0, &self.hash()[..])
            .execute(&mut *conn)
            .await?;
        if known.rows_affected() == 1 {
            return Ok(true);
        }
        sqlx::query!("insert into auth.device (user_id, hash) values ($1, $2) on conflict do nothing", user.0, &self.hash()[..])
            .execute(conn)
            .await?;
        Ok(false)
    }
}

/// Browsers by what they call themselves, the more particular first: nearly all claim to be others too.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("UCBrowser", "UC Browser"),
    ("Firefox/", "Firefox"),
    ("CriOS", "Chrome"),
    ("HeadlessChrome", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

/// Systems, likewise.
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// Browser and system, e.g. `Firefox, Linux`; none where neither is known.
#[must_use]
pub fn of(agent: Option<&str>) -> Option<String> {
    let agent = agent?;
    let known = |all: &[(&str, &'static str)]| all.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (known(&BROWSERS), known(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser}, {system}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart() {
        let cases = [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Some("Firefox, Linux")),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                Some("Chrome, Windows"),
            ),
            ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36 Edg/142.0", Some("Edge, Windows")),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
                Some("Samsung Internet, Android"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1",
                Some("Safari, iPhone"),
            ),
            ("curl/8", None),
        ];
        for (agent, expected) in cases {
            assert_eq!(of(Some(agent)).as_deref(), expected, "{agent}");
        }
        assert_eq!(of(None), None);
    }
}
