//! Who operates the platform: which organisations there are, how much they use, and visits to help. What organisations hold is not seen
//! from here: the role behind this desk reads no table, and calls a few functions of the database.

pub mod log;
pub mod organisations;
pub mod support_visits;
mod told;

use std::sync::Arc;

use chrono_tz::Tz;

use crate::access::{Actor, ActorKind, Fresh, RequestFacts};
use crate::audit::Event;
use crate::db::{Db, DoorRole, Tx};
use crate::kernel::calendar::today_in;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{TenantId, UserId};

/// The platform is no organisation: its log is the chain of this id.
const PLATFORM: TenantId = TenantId(uuid::Uuid::nil());

/// The desk of somebody who operates the platform, signed in with a second factor. Every way to its data leads through one.
#[derive(Clone, Debug)]
pub struct Desk {
    db: Db,
    operator: UserId,
    facts: Arc<RequestFacts>,
}

impl Desk {
    /// For who operates the platform.
    ///
    /// # Errors
    /// Not found, for everybody else: they need not know that there is such a thing.
    pub fn of(db: Db, actor: &Actor, facts: Arc<RequestFacts>) -> Result<Self> {
        match (actor.kind(), actor.user(), actor.is_super_admin() && actor.has_second_factor()) {
            (ActorKind::Session, Some(operator), true) => Ok(Self { db, operator, facts }),
            _ => Err(Error::NotFound),
        }
    }

    async fn enter(&self, read_only: bool) -> Result<Tx> {
        let context = format!("{PLATFORM}|{}|user|session||{}|", self.operator, self.facts.id);
        self.db.enter(DoorRole::Platform, read_only, &context, today_in(Tz::UTC)).await
    }

    async fn read(&self) -> Result<Tx> {
        self.enter(true).await
    }

    /// For who proved themselves a moment ago.
    async fn write(&self, _proof: Fresh) -> Result<Writer> {
        self.stop().await
    }

    /// For who ends what they began: whoever wants to stop is not held up.
    async fn stop(&self) -> Result<Writer> {
        Ok(Writer { tx: self.enter(false).await?, desk: self.clone() })
    }
}

/// A change from this desk. Dropping it undoes everything; it is kept together with its event, or not at all.
struct Writer {
    tx: Tx,
    desk: Desk,
}

impl Writer {
    fn conn(&mut self) -> &mut sqlx::PgConnection {
        self.tx.conn()
    }

    /// Writes what was done to the platform's log and commits both together.
    async fn commit(self, event: &Event) -> Result<()> {
        let Self { mut tx, desk } = self;
        desk.db.record(&mut tx, PLATFORM, desk.operator.into(), &desk.facts, event).await?;
        tx.commit_to_disk(&desk.db).await
    }
}
