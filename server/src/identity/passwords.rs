//! Passwords: Argon2id at 19 MiB, two passes (OWASP Password Storage), by a bounded number of threads.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::password_rules::normal;
use crate::db::Db;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{RequestId, UserId};

/// One thread less than there are cores: sign-ins must not starve the pages of those who are in.
static THREADS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(threads())));

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).saturating_sub(1).max(1)
}

/// Hashes a second of this machine, on as many threads as sign-ins may use and with nothing else to do: what `make bench` measures
/// sign-ins against, and an operator can choose a machine by.
///
/// # Errors
/// If hashing fails.
pub fn rate(seconds: u32) -> Result<f64> {
    let until = Duration::from_secs(u64::from(seconds));
    let one = move || {
        let (began, mut done) = (std::time::Instant::now(), 0u32);
        while began.elapsed() < until {
            hash_now(&SecretString::from("how fast is this machine"))?;
            done += 1;
        }
        Ok(f64::from(done) / began.elapsed().as_secs_f64())
    };
    let running: Vec<_> = (0..threads()).map(|_| std::thread::spawn(one)).collect();
    running.into_iter().map(|thread| thread.join().map_err(|_| Error::Internal("hashing".into()))?).sum()
}

/// A hash of no password, with today's parameters: verified for unknown accounts, so that they cost the same time.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now(&SecretString::from("nobody's password")).unwrap_or_default());

fn hash_now(password: &SecretString) -> Result<String> {
    Argon2::default()
        .hash_password(normal(password.expose_secret()).as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Internal(format!("argon2: {error}")))
}

/// Runs a hash on a bounded number of threads. The permit moves into the thread: a client that goes away ends the
/// request, not the hash, and the next one must wait for it.
async fn bounded<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let permit = tokio::time::timeout(Duration::from_secs(2), Arc::clone(&THREADS).acquire_owned())
        .await
        .map_err(|_| Error::Busy)?
        .map_err(|_| Error::Busy)?;
    tokio::task::spawn_blocking(move || {
        let out = work();
        drop(permit);
        out
    })
    .await
    .map_err(|error| Error::Internal(format!("hashing: {error}")))
}

/// The hash to keep of a password.
///
/// # Errors
/// Busy, when too many wait.
pub async fn hash(password: SecretString) -> Result<String> {
    bounded(move || hash_now(&password)).await?
}

/// Whether a password is the one that was hashed. Without a hash it takes the same time and is wrong.
///
/// # Errors
/// Busy, when too many wait.
pub async fn verify(password: SecretString, hash: Option<String>) -> Result<bool> {
    bounded(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let right = PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(normal(password.expose_secret()).as_bytes(), &hash).is_ok());
        right && known
    })
    .await
}

/// Whether a password is a person's.
pub(super) async fn is_of(db: &Db, user: UserId, password: SecretString) -> Result<bool> {
    let mut tx = db.account(user, RequestId::new()).await?;
    let hash = sqlx::query_scalar!("select password_hash from auth.user_account where id = $1", user.0).fetch_one(tx.conn()).await?;
    drop(tx);
    verify(password, hash).await
}
