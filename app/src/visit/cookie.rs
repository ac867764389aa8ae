//! The cookies of the site: what they are called, which hosts get them, and what a request has of them.

use axum::http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};
use server::identity::device::Device;
use server::kernel::error::Error;
use server::kernel::text::Locale;

use super::{Settings, Visit};

/// A cookie of ours.
#[derive(Clone, Copy, Debug)]
pub struct Cookie {
    name: &'static str,
    /// Whether every host of the site gets it, where organisations have hosts of their own.
    everywhere: bool,
}

impl Cookie {
    /// One that every host of the site gets.
    #[must_use]
    pub const fn everywhere(name: &'static str) -> Self {
        Self { name, everywhere: true }
    }

    /// One for the host that set it.
    #[must_use]
    pub const fn here(name: &'static str) -> Self {
        Self { name, everywhere: false }
    }
}

/// The cookie by which a browser is known again.
const DEVICE: Cookie = Cookie::everywhere("device");
/// The cookie that carries a visit of support.
pub const SUPPORT: Cookie = Cookie::everywhere("support");

impl Settings {
    /// The name of a cookie of ours: browsers keep the prefix to its promise.
    #[must_use]
    pub fn cookie_name(&self, cookie: Cookie) -> String {
        let prefix = match (self.https, self.domain_of(cookie)) {
            (false, _) => "",
            (true, None) => "__Host-",
            (true, Some(_)) => "__Secure-",
        };
        format!("{prefix}{}", cookie.name)
    }

    /// What a `Set-Cookie` says of the hosts that get a cookie.
    #[must_use]
    pub fn domain_attribute(&self, cookie: Cookie) -> String {
        self.domain_of(cookie).map(|domain| format!("; Domain={domain}")).unwrap_or_default()
    }

    /// The domain to whose hosts a cookie is sent; none where it is sent to the one that set it.
    #[must_use]
    pub fn domain_of(&self, cookie: Cookie) -> Option<&str> {
        self.hosts.as_ref().filter(|_| cookie.everywhere).map(|hosts| hosts.domain())
    }
}

/// The cookies of a request.
pub(super) fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The language: the one chosen, else the browser's, else English.
pub(crate) fn locale(headers: &HeaderMap) -> Locale {
    let chosen = cookies(headers).into_iter().find(|(name, _)| name == "lang").and_then(|(_, code)| Locale::parse(&code));
    let negotiated = || headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).and_then(Locale::negotiate);
    chosen.or_else(negotiated).unwrap_or(Locale::En)
}

impl Visit {
    /// A cookie's value.
    #[must_use]
    pub fn cookie(&self, cookie: Cookie) -> Option<&str> {
        let name = self.app.settings.cookie_name(cookie);
        self.cookies.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }

    /// The browser, by its own cookie; a new one where it has none.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn device(&self) -> Result<Device, Error> {
        Device::of_cookie(self.cookie(DEVICE))
    }

    /// Lets the browser be known again for a year.
    #[must_use]
    pub fn device_cookie(&self, device: &Device) -> String {
        self.set_cookie(DEVICE, device.cookie.expose_secret(), Some(365 * 24 * 60 * 60))
    }

    /// A `Set-Cookie` that carries a secret, for so many seconds.
    #[must_use]
    pub fn secret_cookie(&self, cookie: Cookie, secret: &SecretString, seconds: u32) -> String {
        self.set_cookie(cookie, secret.expose_secret(), Some(seconds))
    }

    /// A `Set-Cookie` of ours; `max_age` in seconds, none for the browser's session.
    #[must_use]
    pub fn set_cookie(&self, cookie: Cookie, value: &str, max_age: Option<u32>) -> String {
        self.written(cookie, &self.app.settings.cookie_name(cookie), value, max_age)
    }

    /// The cookies of a family, which has one for each of several things: what each is of, and its value, in the order in which the browser
    /// sends them.
    #[must_use]
    pub fn family(&self, cookie: Cookie) -> Vec<(&str, &str)> {
        let start = format!("{}-", self.app.settings.cookie_name(cookie));
        self.cookies.iter().filter_map(|(name, value)| Some((name.strip_prefix(&start)?, value.as_str()))).collect()
    }

    /// A `Set-Cookie` of a family, for so many seconds; 0 forgets it. `of` is of letters, digits, hyphens and underscores.
    #[must_use]
    pub fn set_in_family(&self, cookie: Cookie, of: &str, value: &str, seconds: u32) -> String {
        let name = format!("{}-{of}", self.app.settings.cookie_name(cookie));
        self.written(cookie, &name, value, Some(seconds))
    }

    fn written(&self, cookie: Cookie, name: &str, value: &str, max_age: Option<u32>) -> String {
        let domain = self.app.settings.domain_attribute(cookie);
        let secure = if self.app.settings.https { "; Secure" } else { "" };
        let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        format!("{name}={value}; Path=/{domain}; HttpOnly; SameSite=Lax{secure}{age}")
    }
}
