//! A host for each organisation, where the operator wants that: `{org}.kipimo.example` beside `kipimo.example`. Browsers then keep the
//! pages of organisations apart, and one session serves all of them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use server::kernel::text::organisation;

/// The site's own host, of which those of organisations are subdomains.
#[derive(Clone, Debug)]
pub struct Hosts {
    scheme: String,
    /// With the port, if the address has one.
    host: String,
}

impl Hosts {
    /// Hosts under this address; none where it names no host that can have subdomains.
    #[must_use]
    pub fn under(public_url: &str) -> Option<Self> {
        let (scheme, host) = public_url.split_once("://")?;
        let name = host.split(':').next()?;
        let is_number = name.starts_with('[') || name.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let hosts = Self { scheme: scheme.to_owned(), host: host.to_owned() };
        (name.contains('.') && !is_number && !host.contains('/')).then_some(hosts)
    }

    /// What cookies say that are sent to every host of the site.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.host.split(':').next().unwrap_or_default()
    }

    /// What may follow a form that was sent from any host of the site, as a source of a content security policy.
    #[must_use]
    pub fn sources(&self) -> String {
        format!("{}://{} {}://*.{}", self.scheme, self.host, self.scheme, self.host)
    }

    /// Where a page is to be asked for instead, if not at this host.
    fn elsewhere(&self, host: &str, path: &str) -> Option<String> {
        let named = host.strip_suffix(&self.host).and_then(|label| label.strip_suffix('.')).filter(|label| has_host(label));
        if host != self.host && named.is_none() {
            return None;
        }
        let wanted = path.strip_prefix("/o/").map(|rest| rest.split(['/', '?']).next().unwrap_or_default()).filter(|org| has_host(org));
        match (wanted, named) {
            (Some(wanted), named) if named != Some(wanted) => Some(format!("{}://{wanted}.{}{path}", self.scheme, self.host)),
            // the front page knows where its reader belongs; this host may be another organisation's
            (None, Some(_)) if path == "/" => Some(format!("{}://{}/", self.scheme, self.host)),
            _ => None,
        }
    }
}

fn has_host(label: &str) -> bool {
    organisation(label).is_ok_and(|name| name == label)
}

/// Leads to the host of the organisation that a page belongs to.
pub async fn lead(State(hosts): State<Option<Arc<Hosts>>>, request: Request, next: Next) -> Response {
    if let Some(hosts) = hosts
        && matches!(*request.method(), Method::GET | Method::HEAD)
        && let Some(host) = request.headers().get(header::HOST).and_then(|value| value.to_str().ok())
        && let Some(path) = request.uri().path_and_query()
        && let Some(there) = hosts.elsewhere(&host.to_ascii_lowercase(), path.as_str())
    {
        return Redirect::to(&there).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_belong_to_the_host_of_their_organisation() {
        let hosts = Hosts::under("https://kipimo.example:8443").unwrap();
        for (host, path, there) in [
            ("kipimo.example:8443", "/", None),
            ("kipimo.example:8443", "/login", None),
            ("kipimo.example:8443", "/o/amani/projects?x=1", Some("https://amani.kipimo.example:8443/o/amani/projects?x=1")),
            ("kipimo.example:8443", "/o/amani", Some("https://amani.kipimo.example:8443/o/amani")),
            ("amani.kipimo.example:8443", "/", Some("https://kipimo.example:8443/")),
            ("amani.kipimo.example:8443", "/o/amani/projects", None),
            ("amani.kipimo.example:8443", "/o/baraka?y", Some("https://baraka.kipimo.example:8443/o/baraka?y")),
            ("amani.kipimo.example:8443", "/settings/account", None),
            ("kipimo.example:8443", "/o/www", None),
            ("kipimo.example:8443", "/o/evil.test/x", None),
            ("kipimo.example:8443", "/o/evil.test%2f", None),
            ("kipimo.example:8443", "/o/a@evil.test", None),
            ("www.kipimo.example:8443", "/", None),
            ("a.b.kipimo.example:8443", "/", None),
            ("amanikipimo.example:8443", "/", None),
            ("elsewhere.test", "/o/amani", None),
        ] {
            assert_eq!(hosts.elsewhere(host, path).as_deref(), there, "{host} {path}");
        }
        assert_eq!(hosts.domain(), "kipimo.example");
    }

    #[test]
    fn not_every_address_has_subdomains() {
        for none in ["http://localhost:3000", "https://127.0.0.1", "https://[::1]:3000", "kipimo.example", "https://kipimo.example/below"] {
            assert!(Hosts::under(none).is_none(), "{none}");
        }
    }
}
