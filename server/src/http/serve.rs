//! The accept loop: our own, since `axum::serve` installs no timer and so would wait for headers for ever.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tower::Service;

/// Connections at once.
const CONNECTIONS: usize = 2_000;
/// Connections at once from one address: an office behind one address is many people.
const PER_ADDRESS: usize = 400;
/// Seconds for a client to send its headers.
const HEADER_SECONDS: u64 = 10;
/// Seconds for a client to take the next part of an answer.
const WRITE_SECONDS: u64 = 30;
/// Seconds for requests under way to end when the server stops.
const DRAIN_SECONDS: u64 = 20;

/// Counts connections of each address; a place is given back when it is dropped.
#[derive(Clone, Default)]
struct Places(Arc<Mutex<HashMap<IpAddr, usize>>>);

struct Place {
    places: Places,
    ip: IpAddr,
}

impl Places {
    fn take(&self, ip: IpAddr) -> Option<Place> {
        let mut counts = self.0.lock().ok()?;
        let count = counts.entry(ip).or_default();
        if *count >= PER_ADDRESS {
            return None;
        }
        *count += 1;
        Some(Place { places: self.clone(), ip })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(mut counts) = self.places.0.lock()
            && let Some(count) = counts.get_mut(&self.ip)
        {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.ip);
            }
        }
    }
}

/// Serves until `stop` resolves, then lets requests under way end.
pub async fn run(listener: TcpListener, app: Router, stop: impl Future<Output = ()>) {
    // HTTP/1.1 alone: browsers speak HTTP/2 only behind TLS, which a proxy ends, and to tell the two apart one would have to
    // wait for a client's first bytes without a limit
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(HEADER_SECONDS)).max_headers(64);
    let (graceful, places, slots) = (GracefulShutdown::new(), Places::default(), Arc::new(Semaphore::new(CONNECTIONS)));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        let Some((stream, peer, slot)) = accepted else { continue };
        let Some(place) = places.take(one_client(peer.ip())) else { continue };
        // a page is one small answer: waiting to fill a packet only delays it
        let _ = stream.set_nodelay(true);
        let app = app.clone();
        let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            app.clone().call(request)
        });
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(Duration::from_secs(WRITE_SECONDS)));
        let connection = builder.serve_connection(TokioIo::new(Box::pin(stream)), service);
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = watched.await {
                tracing::debug!(%error, "connection ended");
            }
            drop((slot, place));
        });
    }
    drop(listener);
    if tokio::time::timeout(Duration::from_secs(DRAIN_SECONDS), graceful.shutdown()).await.is_err() {
        tracing::warn!("requests under way did not end in time");
    }
}

/// What counts as one client: an address or, of IPv6, the network of 64 bits that is somebody's to number as they like.
fn one_client(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, slot)),
        Err(error) => {
            // out of file descriptors: a moment later some are free again
            tracing::warn!(%error, "accept");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}
