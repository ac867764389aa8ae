//! The keys of people's and organisations' data: read from the database, unwrapped, and known for a few minutes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::PgConnection;
use uuid::Uuid;

use super::Db;
use crate::kernel::crypto::DataKey;
use crate::kernel::error::Result;
use crate::kernel::ids::{DonorLinkId, TenantId, UserId};

/// How long a key is known without asking again: so long may a server seal with a key that another has destroyed.
const KNOWN_FOR: Duration = Duration::from_mins(5);
/// Keys known at a time. When there are more, all are asked for anew.
const KNOWN_AT_MOST: usize = 10_000;

/// Whose data a key seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyOwner(Uuid);

impl KeyOwner {
    /// What belongs to no person and no organisation.
    pub const PLATFORM: Self = Self(Uuid::nil());

    /// The owner whose id stands beside something sealed.
    pub(crate) fn of(id: Uuid) -> Self {
        Self(id)
    }

    /// The id.
    pub(crate) fn id(self) -> Uuid {
        self.0
    }
}

impl From<UserId> for KeyOwner {
    fn from(id: UserId) -> Self {
        Self(id.0)
    }
}

impl From<TenantId> for KeyOwner {
    fn from(id: TenantId) -> Self {
        Self(id.0)
    }
}

impl From<DonorLinkId> for KeyOwner {
    fn from(id: DonorLinkId) -> Self {
        Self(id.0)
    }
}

/// The keys that this server knows.
#[derive(Clone, Default)]
pub(super) struct KnownKeys(Arc<Mutex<HashMap<KeyOwner, (Instant, DataKey)>>>);

impl KnownKeys {
    fn get(&self, owner: KeyOwner) -> Option<DataKey> {
        let known = self.0.lock().ok()?;
        known.get(&owner).filter(|(since, _)| since.elapsed() < KNOWN_FOR).map(|(_, key)| key.clone())
    }

    fn keep(&self, owner: KeyOwner, key: &DataKey) {
        if let Ok(mut known) = self.0.lock() {
            if known.len() >= KNOWN_AT_MOST {
                known.clear();
            }
            known.insert(owner, (Instant::now(), key.clone()));
        }
    }
}

impl Db {
    /// The key of an owner's data, made at its first use; none once it was destroyed.
    ///
    /// # Errors
    /// The database's.
    pub async fn data_key(&self, conn: &mut PgConnection, owner: KeyOwner) -> Result<Option<DataKey>> {
        if let Some(key) = self.known.get(owner) {
            return Ok(Some(key));
        }
        let offered = self.keys.wrapped_data_key(owner.0)?;
        let row = sqlx::query!(r#"select wrapped as "wrapped!", fresh as "fresh!" from gate.data_key($1, $2)"#, owner.0, offered)
            .fetch_optional(conn)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(key) = self.keys.data_key(owner.0, &row.wrapped) else {
            // as good as destroyed: nothing is sealed with it, and nothing that it sealed is opened
            tracing::error!(?owner, "a data key that no master key of this server has wrapped");
            return Ok(None);
        };
        if !row.fresh {
            // one that this transaction made may yet be undone with it
            self.known.keep(owner, &key);
        }
        Ok(Some(key))
    }
}
