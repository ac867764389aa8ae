//! The session store on our own table: writes a session's row under its id, finds it, and lets it end. What happens to a session stands
//! one above.

use std::collections::HashMap;

use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, SessionStore};
use uuid::Uuid;

use super::{ENDED, FACTS, Facts, id_hash, take_turns};
use crate::db::{Db, Why};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{RequestId, UserId};

/// The session store on our own table.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
}

impl Store {
    /// A store on the server's database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn insert(&self, record: &Record) -> Result<()> {
        let facts = record.data.get(FACTS).cloned().and_then(|json| serde_json::from_value::<Facts>(json).ok());
        let facts = facts.ok_or_else(|| Error::Internal("a session of nobody".into()))?;
        let mut tx = self.db.account(UserId(facts.user), RequestId::new()).await?;
        let id = match &facts.follows {
            // it goes on only if nobody has ended it since
            Some(before) => {
                take_turns(tx.conn(), UserId(facts.user)).await?;
                sqlx::query_scalar!(
                    "update auth.session set superseded = false where id_hash = $1 and superseded returning id",
                    &before[..]
                )
                .fetch_optional(tx.conn())
                .await?
                .ok_or_else(|| Error::Internal(ENDED.into()))?
            }
            None => Uuid::new_v4(),
        };
        sqlx::query!(
            "insert into auth.session (id_hash, id, user_id, kind, generation, idle_seconds, absolute_until, mfa_at, ip_sealed, agent,
               stepped_up_at, created_at, provider_id, provider_generation)
             values ($1, $2, $3, $4, $5, $6, coalesce($12, now()) + $7::bigint * interval '1 second', case when $8 then coalesce($14, now()) end, $9, $10,
               case when $11 then now() else $13 end, coalesce($12, now()), $15, $16)",
            &id_hash(record.id)[..],
            id,
            facts.user,
            facts.kind,
            facts.generation,
            facts.idle_seconds,
            facts.absolute_seconds,
            facts.second_factor,
            facts.ip_sealed,
            facts.agent,
            facts.stepped_up,
            facts.began,
            facts.stepped_up_before,
            facts.second_factor_before,
            facts.provider.map(|by| by.id),
            facts.provider.map(|by| by.generation)
        )
        .execute(tx.conn())
        .await?;
        tx.commit_to_disk(&self.db).await
    }

    async fn find(&self, id: Id) -> Result<Option<Record>> {
        let mut tx = self.db.system(Why::SignIn).await?;
        let row = sqlx::query!(
            "select user_id, kind, generation, mfa_at is not null as \"second_factor!\", idle_seconds from auth.session
             where id_hash = $1 and revoked_at is null and absolute_until > now()
               and last_seen + idle_seconds * interval '1 second' > now()",
            &id_hash(id)[..]
        )
        .fetch_optional(tx.conn())
        .await?;
        Ok(row.map(|row| {
            let facts = Facts {
                user: row.user_id,
                kind: row.kind,
                generation: row.generation,
                second_factor: row.second_factor,
                stepped_up: false,
                stepped_up_before: None,
                second_factor_before: None,
                began: None,
                follows: None,
                idle_seconds: row.idle_seconds,
                absolute_seconds: 0,
                ip_sealed: None,
                agent: None,
                provider: None,
            };
            let data = HashMap::from([(FACTS.to_owned(), serde_json::json!(facts))]);
            Record { id, data, expiry_date: OffsetDateTime::now_utc() + std::time::Duration::from_hours(168) }
        }))
    }

    async fn touch(&self, id: Id) -> Result<()> {
        let mut tx = self.db.system(Why::SignIn).await?;
        sqlx::query!("update auth.session set last_seen = now() where id_hash = $1 and revoked_at is null", &id_hash(id)[..])
            .execute(tx.conn())
            .await?;
        tx.commit().await
    }

    async fn revoke(&self, id: Id) -> Result<()> {
        let mut tx = self.db.system(Why::SignIn).await?;
        sqlx::query!("update auth.session set revoked_at = now() where id_hash = $1 and revoked_at is null", &id_hash(id)[..])
            .execute(tx.conn())
            .await?;
        tx.commit().await
    }
}

fn store_error(error: Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

#[async_trait::async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        self.insert(record).await.map_err(store_error)
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.touch(record.id).await.map_err(store_error)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.find(*id).await.map_err(store_error)
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.revoke(*id).await.map_err(store_error)
    }
}
