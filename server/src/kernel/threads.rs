//! Work that keeps a processor busy, on a thread of its own, so that pages go on.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::{Error, Result};

/// How long anybody waits for a turn: then they are told rather than kept.
const PATIENCE: Duration = Duration::from_secs(10);

fn failed(error: &dyn std::fmt::Display) -> Error {
    Error::Internal(format!("a thread: {error}"))
}

/// A place among so many at a time, taken before anything is held that others wait for.
pub struct Turn {
    _place: SemaphorePermit<'static>,
}

impl Turn {
    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Error::Busy`] where none comes; or the program ends.
    pub async fn take(places: &'static Semaphore) -> Result<Self> {
        let turn = tokio::time::timeout(PATIENCE, places.acquire()).await.map_err(|_| Error::Busy)?;
        turn.map(|place| Self { _place: place }).map_err(|error| failed(&error))
    }

    /// Does work on a thread of its own. The thread keeps the place until it is done, also where nobody waits for it; then it is given back
    /// with what came of the work, for who holds it longer.
    ///
    /// # Errors
    /// Where the work panicked.
    pub async fn work<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<(T, Self)> {
        tokio::task::spawn_blocking(move || (work(), self)).await.map_err(|error| failed(&error))
    }
}

/// Waits for a turn and does work: for who holds nothing meanwhile.
///
/// # Errors
/// As [`Turn::take`] and [`Turn::work`].
pub async fn on_a_thread<T: Send + 'static>(places: &'static Semaphore, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let (done, _) = Turn::take(places).await?.work(work).await?;
    Ok(done)
}
