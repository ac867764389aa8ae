//! Whether a domain says that it belongs to an organisation: by a TXT record that only its owner can write.

use std::net::SocketAddr;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;

/// In front of the proof in the record: a domain has records for many services.
pub const PREFIX: &str = "kipimo-domain=";

/// Asks for records of domains: this name server, or those of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Domains(pub Option<SocketAddr>);

impl Domains {
    /// Made anew for each question, which are few: an administrator who has just written the record must not be told for an hour,
    /// from a cache, that there is none.
    fn resolver(self) -> Result<TokioResolver, NetError> {
        let builder = match self.0 {
            Some(at) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = at.port();
                    connection
                });
                let server = NameServerConfig::new(at.ip(), true, connections.into());
                TokioResolver::builder_with_config(ResolverConfig::from_name_servers(vec![server]), TokioRuntimeProvider::default())
            }
            None => TokioResolver::builder_tokio()?,
        };
        builder.build()
    }

    /// Whether a TXT record of the domain says this. A domain that cannot be asked says nothing.
    pub(crate) async fn says(self, domain: &str, proof: &str) -> bool {
        let wanted = format!("{PREFIX}{proof}");
        let asked = async {
            // the dot at its end: no search domain of this machine is tried
            let answer = self.resolver()?.txt_lookup(format!("{domain}.")).await?;
            Ok::<_, NetError>(answer.answers().iter().any(|record| match &record.data {
                RData::TXT(text) => text.txt_data.concat() == wanted.as_bytes(),
                _ => false,
            }))
        };
        asked.await.unwrap_or_else(|error| {
            tracing::info!(%error, domain, "no TXT record was found");
            false
        })
    }
}
