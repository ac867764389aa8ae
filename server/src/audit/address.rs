//! Network addresses in the log: sealed with the key of the person they belong to, and searchable within an organisation
//! by a keyed hash of the address and of its network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use uuid::Uuid;

use crate::kernel::crypto::{DataKey, Place, hex};
use crate::kernel::error::Result;

/// An address as the log keeps it.
#[derive(Default)]
pub struct Sealed {
    /// Hexadecimal of the ciphertext.
    pub sealed: Option<String>,
    /// Keyed hash of the address.
    pub index: Option<Vec<u8>>,
    /// Keyed hash of its network: /24, or /64.
    pub net_index: Option<Vec<u8>>,
}

impl Sealed {
    /// Seals the address of a request for one organisation's log. Without the person's key, which was destroyed when they
    /// were erased, there is nothing to keep.
    ///
    /// # Errors
    /// Those of the cipher.
    pub fn of(tenant: Uuid, request: Uuid, ip: IpAddr, person: Option<&DataKey>, organisation: &DataKey) -> Result<Self> {
        let Some(person) = person else { return Ok(Self::default()) };
        let ip = ip.to_canonical();
        let place = Place { tenant, table: "audit.event", column: "ip", row: request };
        Ok(Self {
            sealed: Some(hex(&person.seal(&place, ip.to_string().as_bytes())?)),
            index: Some(organisation.index(ip.to_string().as_bytes()).to_vec()),
            net_index: Some(organisation.index(network(ip).as_bytes()).to_vec()),
        })
    }
}

/// The network of an address, written out.
#[must_use]
pub fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{}/24", Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(v6) => {
            let s = v6.segments();
            format!("{}/64", Ipv6Addr::new(s[0], s[1], s[2], s[3], 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        for (ip, net) in [("10.1.2.3", "10.1.2.0/24"), ("::ffff:10.1.2.3", "10.1.2.0/24"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")] {
            assert_eq!(network(ip.parse().unwrap()), net);
        }
    }
}
