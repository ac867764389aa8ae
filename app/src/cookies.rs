//! Session cookies outlive a change of the key: one that an older key encrypted is encrypted anew on its way in.
//!
//! The session layer takes a single key. So this stands before it, and does nothing while there is one key only.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_sessions::cookie::{Cookie, CookieJar, Key};

/// The keys of the session's cookie.
#[derive(Clone)]
pub struct CookieKeys {
    name: String,
    /// Encrypts.
    pub newest: Key,
    /// Only decrypt.
    older: Arc<[Key]>,
}

impl CookieKeys {
    /// Keys for the cookie of that name, the newest first.
    #[must_use]
    pub fn new(name: String, keys: &[[u8; 64]]) -> Self {
        let mut keys = keys.iter().map(|key| Key::from(key));
        let newest = keys.next().unwrap_or_else(Key::generate);
        Self { name, newest, older: keys.collect() }
    }

    /// The text of a `Cookie` header, with the session's cookie encrypted by the newest key; none if nothing is to be done.
    fn renewed(&self, header: &str) -> Option<String> {
        let jar: Vec<Cookie<'_>> = Cookie::split_parse(header.to_owned()).flatten().collect();
        let ours = jar.iter().find(|cookie| cookie.name() == self.name)?;
        let plain = self.older.iter().find_map(|key| CookieJar::new().private(key).decrypt(ours.clone().into_owned()))?;
        let mut fresh = CookieJar::new();
        fresh.private_mut(&self.newest).add(plain);
        let fresh = fresh.get(&self.name)?.clone();
        let kept = jar.iter().filter(|cookie| cookie.name() != self.name);
        Some(kept.chain([&fresh]).map(|cookie| cookie.stripped().to_string()).collect::<Vec<_>>().join("; "))
    }
}

/// Encrypts the session's cookie of a request anew, where an older key did.
pub async fn renew(State(keys): State<CookieKeys>, mut request: Request, next: Next) -> Response {
    if !keys.older.is_empty() {
        let sent = request.headers().get(header::COOKIE).and_then(|value| value.to_str().ok());
        if let Some(header) = sent.and_then(|sent| keys.renewed(sent)).and_then(|text| HeaderValue::from_str(&text).ok()) {
            request.headers_mut().insert(header::COOKIE, header);
        }
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_of_an_older_key_is_encrypted_anew_and_others_are_left() {
        let (new, old, strange) = ([1; 64], [2; 64], [3; 64]);
        let sealed = |key: &[u8; 64]| {
            let mut jar = CookieJar::new();
            jar.private_mut(&Key::from(key)).add(Cookie::new("kipimo", "id"));
            jar.get("kipimo").map(|cookie| cookie.stripped().to_string()).unwrap()
        };
        let keys = CookieKeys::new("kipimo".into(), &[new, old]);
        let renewed = keys.renewed(&format!("lang=sw; {}; a=b", sealed(&old))).unwrap();
        let jar: Vec<_> = Cookie::split_parse(renewed).flatten().collect();
        let ours = jar.iter().find(|cookie| cookie.name() == "kipimo").unwrap();
        assert_eq!(CookieJar::new().private(&Key::from(&new)).decrypt(ours.clone()).unwrap().value(), "id");
        assert_eq!(jar.iter().filter(|cookie| ["lang", "a"].contains(&cookie.name())).count(), 2);
        for header in [sealed(&new), sealed(&strange), "lang=sw".to_owned(), String::new(), "kipimo=nonsense".to_owned()] {
            assert_eq!(keys.renewed(&header), None, "{header}");
        }
    }
}
