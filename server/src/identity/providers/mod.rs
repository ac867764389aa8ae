//! Signing in through the OpenID Connect provider of an organisation. It stands for the password and for nothing more: who has a second
//! factor here is asked for it, and who owes one sets it up first.

mod domains;
mod outward;
mod protocol;
mod sign_in;

use std::net::SocketAddr;

use ipnet::IpNet;

pub use domains::{Domains, PREFIX};
pub use outward::Outward;
pub use sign_in::{ATTEMPT_SECONDS, Arrival, COOKIE, Wish, begin, finish, name, of_address, wished};
pub(crate) use sign_in::{of_domain, secret_place};

use crate::kernel::error::Result;
use crate::kernel::ids::ProviderId;

/// What is needed to ask providers and domains.
#[derive(Clone, Debug)]
pub struct Providers {
    outward: Outward,
    domains: Domains,
    public_url: String,
}

impl Providers {
    /// For a site of this address, which reaches the public internet and these networks, and asks this name server or the machine's.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(public_url: &str, networks: &[IpNet], name_server: Option<SocketAddr>) -> Result<Self> {
        Ok(Self { outward: Outward::new(networks)?, domains: Domains(name_server), public_url: public_url.to_owned() })
    }

    /// Where a provider sends people back to: an administrator registers it there. Each has an address of its own, so that the answer of
    /// one is never taken for that of another, who would be shown its code (RFC 9700, 4.4).
    #[must_use]
    pub fn redirect_uri(&self, provider: ProviderId) -> String {
        format!("{}/login/organisation/{provider}/back", self.public_url)
    }

    /// Whether a domain says that it belongs to who was given this proof.
    pub(crate) async fn domain_says(&self, domain: &str, proof: &str) -> bool {
        self.domains.says(domain, proof).await
    }
}
