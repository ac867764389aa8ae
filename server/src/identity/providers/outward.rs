//! Requests that leave this server, for addresses that an administrator typed: they reach the public internet, or networks that the
//! operator has named, and nothing else.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use ipnet::IpNet;
use openidconnect::url::{Host, Url};
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;

use crate::kernel::error::{Error, Result};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an answer: documents of providers have a few thousand.
const MOST: usize = 1 << 20;

/// Networks that are not the public internet (IANA special-purpose registries, and what wraps IPv4 addresses in IPv6 ones).
const NOT_PUBLIC: [&str; 28] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "::/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "::ffff:0:0:0/96",
];
static CLOSED: LazyLock<Vec<IpNet>> = LazyLock::new(|| NOT_PUBLIC.iter().filter_map(|net| net.parse().ok()).collect());

/// Why there is no answer. The log holds it; the person reads that the provider cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// An address that may not be asked.
    #[error("{0} may not be asked")]
    Closed(String),
    /// The answer was longer than such answers are.
    #[error("the answer is too long")]
    TooLong,
    /// It failed on the way.
    #[error("{0}")]
    Failed(#[from] reqwest::Error),
    /// The request or its answer is none.
    #[error("{0}")]
    Malformed(#[from] http::Error),
}

/// Networks that may be asked beyond the public internet.
#[derive(Clone)]
struct Open(Arc<[IpNet]>);

impl Open {
    fn has(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|net| net.contains(&ip)) || !CLOSED.iter().any(|net| net.contains(&ip))
    }

    /// Whether an address may be asked at all. Without TLS only what the operator has named by its number is: a name could lead elsewhere.
    fn may_ask(&self, url: &Url) -> bool {
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(Host::Domain("localhost")) => Some(IpAddr::from([127, 0, 0, 1])),
            _ => None,
        };
        match (url.scheme(), literal) {
            ("https", None) => true,
            ("https", Some(ip)) => self.has(ip),
            ("http", Some(ip)) => self.0.iter().any(|net| net.contains(&ip.to_canonical())),
            _ => false,
        }
    }
}

/// Resolves a name to those of its addresses that may be asked: what was looked at is what is connected to.
impl Resolve for Open {
    fn resolve(&self, name: Name) -> Resolving {
        let open = self.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.filter(|at| open.has(at.ip())).collect();
            if found.is_empty() {
                return Err(format!("{} has no address that may be asked", name.as_str()).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// The way out.
#[derive(Clone)]
pub struct Outward {
    client: reqwest::Client,
    open: Open,
}

impl std::fmt::Debug for Outward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outward(..)")
    }
}

impl Outward {
    /// A way out to the public internet and to these networks.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(networks: &[IpNet]) -> Result<Self> {
        let open = Open(networks.into());
        let client = reqwest::Client::builder()
            .user_agent("Kipimo")
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(open.clone())
            .connect_timeout(PATIENCE / 2)
            .timeout(PATIENCE)
            .build()
            .map_err(|error| Error::Internal(format!("requests outward: {error}")))?;
        Ok(Self { client, open })
    }

    /// Whether an address may be asked.
    #[must_use]
    pub fn may_ask(&self, url: &Url) -> bool {
        self.open.may_ask(url)
    }

    /// Asks, and reads an answer of bounded length.
    async fn ask(&self, request: HttpRequest) -> std::result::Result<HttpResponse, Unreachable> {
        let address = request.uri().to_string();
        if !Url::parse(&address).is_ok_and(|url| self.may_ask(&url)) {
            return Err(Unreachable::Closed(address));
        }
        let mut answer = self.client.execute(request.try_into()?).await?;
        let mut built = http::Response::builder().status(answer.status());
        if let Some(headers) = built.headers_mut() {
            headers.clone_from(answer.headers());
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await? {
            if body.len() + part.len() > MOST {
                return Err(Unreachable::TooLong);
            }
            body.extend_from_slice(&part);
        }
        Ok(built.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Outward {
    type Error = Unreachable;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<HttpResponse, Unreachable>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_internet_and_named_networks_are_asked() {
        assert_eq!(CLOSED.len(), NOT_PUBLIC.len(), "each is a network");
        let (plain, named) = (Open(Arc::new([])), Open(["127.0.0.0/8".parse().unwrap(), "10.1.0.0/16".parse().unwrap()].into()));
        let table = [
            ("https://id.example.org/", true, true),
            ("http://id.example.org/", false, false),
            ("https://93.184.215.14/", true, true),
            ("http://93.184.215.14/", false, false),
            ("https://127.0.0.1/", false, true),
            ("http://127.0.0.1:4000/", false, true),
            ("http://localhost:4000/", false, true),
            ("https://10.1.2.3/", false, true),
            ("https://10.2.2.3/", false, false),
            ("https://169.254.169.254/latest/meta-data", false, false),
            ("https://[::1]/", false, false),
            ("https://[::ffff:127.0.0.1]/", false, true),
            ("https://[::ffff:10.2.2.3]/", false, false),
            ("https://[64:ff9b::a01:203]/", false, false),
            ("https://[fd00::1]/", false, false),
            ("https://0x7f000001/", false, true),
            ("https://2130706433/", false, true),
            ("file:///etc/passwd", false, false),
            ("ftp://id.example.org/", false, false),
        ];
        for (url, of_plain, of_named) in table {
            let url = Url::parse(url).unwrap();
            assert_eq!((plain.may_ask(&url), named.may_ask(&url)), (of_plain, of_named), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_leads_nowhere() {
        assert!(Open(Arc::new([])).resolve("localhost".parse().unwrap()).await.is_err());
        assert!(Open(["127.0.0.0/8".parse().unwrap()].into()).resolve("localhost".parse().unwrap()).await.is_ok());
    }
}
