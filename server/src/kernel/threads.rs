//! Work that keeps a processor busy, on a thread of its own, so that pages go on.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::error::{Error, Result};

/// How long anybody waits for a turn: then they are told rather than kept.
const PATIENCE: Duration = Duration::from_secs(10);

/// Does work on a thread of its own, so many at a time. The thread keeps its place until it is done, also where nobody waits for it.
///
/// # Errors
/// [`Error::Busy`] where no turn comes; where the work panicked, or the program ends.
pub async fn on_a_thread<T: Send + 'static>(places: &'static Semaphore, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let failed = |error: &dyn std::fmt::Display| Error::Internal(format!("a thread: {error}"));
    let turn = tokio::time::timeout(PATIENCE, places.acquire()).await.map_err(|_| Error::Busy)?;
    let place = turn.map_err(|error| failed(&error))?;
    tokio::task::spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    })
    .await
    .map_err(|error| failed(&error))
}
