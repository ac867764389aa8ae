//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

use crate::access::RequestFacts;
use crate::kernel::ids::RequestId;

/// The address of the client: the socket's peer or, behind trusted proxies, the last address in `X-Forwarded-For` that
/// is not a trusted proxy. What stands further left was written by the client and proves nothing.
#[must_use]
pub fn address(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = peer?.ip().to_canonical();
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    if !is_trusted(&peer) {
        return Some(peer);
    }
    let forwarded = headers.get_all("x-forwarded-for").into_iter().filter_map(|value| value.to_str().ok());
    let mut hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    while let Some(hop) = hops.pop() {
        match hop.parse::<IpAddr>() {
            Ok(ip) if is_trusted(&ip.to_canonical()) => {}
            Ok(ip) => return Some(ip.to_canonical()),
            Err(_) => return Some(peer),
        }
    }
    Some(peer)
}

/// What the log keeps of a request.
#[must_use]
pub fn facts(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> RequestFacts {
    let agent = headers
        .get("user-agent")
        .and_then(|value| value.to_str().ok())
        .map(|text| text.chars().filter(|c| !c.is_control()).take(256).collect());
    RequestFacts { id: RequestId::new(), ip: address(peer, headers, trusted), agent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let table = [
            ("203.0.113.9:1", "198.51.100.1", "203.0.113.9"),
            ("10.0.0.1:1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1:1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
            ("10.0.0.1:1", "1.2.3.4, nonsense", "10.0.0.1"),
            ("10.0.0.1:1", "", "10.0.0.1"),
            ("[::ffff:10.0.0.1]:1", "198.51.100.1", "198.51.100.1"),
        ];
        for (peer, header, expected) in table {
            let mut headers = HeaderMap::new();
            if !header.is_empty() {
                headers.insert("x-forwarded-for", header.parse().unwrap());
            }
            assert_eq!(address(Some(peer.parse().unwrap()), &headers, &trusted), Some(expected.parse().unwrap()), "{peer} {header}");
        }
    }
}
