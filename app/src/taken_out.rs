//! A long file, sent a piece at a time.

use std::future::Future;

use axum::body::Body;
use futures_util::stream::try_unfold;
use server::access::Cx;
use server::kernel::error::Result;

use crate::visit::{Problem, Visit};

/// What is taken out a piece at a time, as many as there are.
pub trait Pieces: Send + 'static {
    /// What it is, for the server's own log.
    const WHAT: &'static str;

    /// The next piece; none at the end.
    fn next(&mut self, cx: &Cx) -> impl Future<Output = Result<Option<Vec<u8>>>> + Send;
}

impl Pieces for server::audit::export::Export {
    const WHAT: &'static str = "the log";

    fn next(&mut self, cx: &Cx) -> impl Future<Output = Result<Option<Vec<u8>>>> + Send {
        Self::next(self, cx)
    }
}

impl Pieces for server::projects::values::export::Export {
    const WHAT: &'static str = "values";

    fn next(&mut self, cx: &Cx) -> impl Future<Output = Result<Option<Vec<u8>>>> + Send {
        Self::next(self, cx)
    }
}

/// A file of them: each is read when the one before was sent.
pub fn body<P: Pieces>(visit: Visit, org: String, pieces: P) -> Body {
    Body::from_stream(try_unfold((pieces, visit, org), |(mut pieces, visit, org)| async move {
        match next(&mut pieces, &visit, &org).await {
            Ok(piece) => Ok(piece.map(|piece| (piece, (pieces, visit, org)))),
            Err(error) => {
                // what was sent stands; the file lacks its end, and the browser is told by a connection that ends too soon
                tracing::error!(?error, what = P::WHAT, "an export was cut");
                Err(std::io::Error::other("cut"))
            }
        }
    }))
}

/// The next piece, for who may still have it: the session is asked anew.
async fn next(pieces: &mut impl Pieces, visit: &Visit, org: &str) -> std::result::Result<Option<Vec<u8>>, Problem> {
    let cx = visit.admitted(org).await?;
    Ok(pieces.next(&cx).await?)
}
