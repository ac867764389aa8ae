//! The two doors. `read` looks, `write` changes and ends only in an event.

use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use uuid::Uuid;

use super::actor::{Actor, ActorKind, Standing};
use super::can::Can;
use super::policy::{Refusal, Scope, decide};
use crate::audit::Event;
use crate::db::{Db, DoorRole, Tx};
use crate::kernel::calendar::today_in;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{ProjectId, RequestId, TenantId, UserId};

/// The longest address that somebody on a visit of support looks at, in bytes: no page needs more, and nothing is hidden in the rest.
const LONGEST_LOOK: usize = 500;

/// What the log keeps of a request.
#[derive(Clone, Debug)]
pub struct RequestFacts {
    /// Names the request in logs and events.
    pub id: RequestId,
    /// The address it came from, behind trusted proxies only.
    pub ip: Option<std::net::IpAddr>,
    /// What the browser says of itself, cut at 256 characters.
    pub agent: Option<String>,
}

/// Who asks, and the way to the data they may reach.
#[derive(Clone, Debug)]
pub struct Cx {
    actor: Arc<Actor>,
    db: Db,
    facts: Arc<RequestFacts>,
}

/// The read door, opened. The transaction is READ ONLY and ends when this is dropped.
pub struct Reader {
    tx: Tx,
    /// How far the permission goes.
    pub scope: Scope,
}

/// The write door, opened. Dropping it undoes everything.
pub struct Writer {
    reader: Reader,
    cx: Cx,
    /// How far the permission goes.
    pub scope: Scope,
}

impl Cx {
    /// A context for an authenticated actor.
    #[must_use]
    pub fn new(db: Db, actor: Actor, facts: Arc<RequestFacts>) -> Self {
        Self { actor: Arc::new(actor), db, facts }
    }

    /// Who asks.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The person who asks.
    ///
    /// # Errors
    /// Not found, for a donor.
    pub fn user(&self) -> Result<UserId> {
        self.actor.user.ok_or(Error::NotFound)
    }

    /// What the person is in this organisation.
    ///
    /// # Errors
    /// Not found, for who is nobody there.
    pub fn standing(&self) -> Result<&Standing> {
        self.actor.standing.as_ref().ok_or(Error::NotFound)
    }

    /// Where the days of the organisation begin and end; universal time for who is nobody there, as donors are.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.actor.standing.as_ref().map_or(Tz::UTC, |standing| standing.zone)
    }

    /// The day that it is there: `app.today` within its doors.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        today_in(self.zone())
    }

    /// The database, for what lies outside an organisation's data: limits and letters.
    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    /// What the log keeps of the request.
    pub(crate) fn facts(&self) -> &RequestFacts {
        &self.facts
    }

    /// Whether something would be allowed: for showing a button, never instead of a door.
    #[must_use]
    pub fn may(&self, can: Can) -> bool {
        matches!(decide(&self.actor, can), Ok(_) | Err(Refusal::StepUp))
    }

    /// Opens the read door.
    ///
    /// # Errors
    /// Refusal, or the database's.
    pub async fn read(&self, can: Can) -> Result<Reader> {
        let scope = self.admit(can).await?;
        let tx = self.db.enter(self.door(), true, &self.context()?, self.today()).await?;
        Ok(Reader { tx, scope })
    }

    /// Waits until what others committed is on the disk, before it is told.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`].
    pub(crate) async fn confirm(&self) -> Result<()> {
        self.db.flush().await
    }

    /// Opens the write door.
    ///
    /// # Errors
    /// Refusal, or the database's.
    pub async fn write(&self, can: Can) -> Result<Writer> {
        let scope = self.admit(can).await?;
        let tx = self.db.enter(self.door(), false, &self.context()?, self.today()).await?;
        Ok(Writer { reader: Reader { tx, scope: scope.clone() }, cx: self.clone(), scope })
    }

    /// Decides, and writes a refusal of a signed-in person to the organisation's log. Where a door was opened to
    /// learn what is asked for, e.g. which project a code names, it is closed before.
    ///
    /// # Errors
    /// Refusal, or the database's.
    pub(crate) async fn admit(&self, can: Can) -> Result<Scope> {
        match decide(&self.actor, can) {
            Ok(scope) => Ok(scope),
            Err(Refusal::SecondFactor) => Err(Error::SignedOut),
            // no refusal: they prove themselves and go on
            Err(Refusal::StepUp) => Err(Error::StepUp),
            Err(refusal) => {
                if self.actor.standing.is_some() {
                    self.note(Event::denied(can.permission().name(), can.project())).await?;
                }
                Err(refusal.into())
            }
        }
    }

    /// Writes to the organisation's log which page is looked at by who acts as somebody else; for others, nothing.
    ///
    /// # Errors
    /// Not found for an address that is too long to be written down whole, or the database's; then the page is not shown.
    pub async fn looked(&self, path: &str) -> Result<()> {
        let Some(visit) = self.actor.impersonator().map(|who| who.visit) else { return Ok(()) };
        if path.len() > LONGEST_LOOK {
            return Err(Error::NotFound);
        }
        self.note(Event::SupportLooked { visit, path: path.to_owned() }).await
    }

    /// Writes to the organisation's log that a call of a program could not be read, so that nothing was done.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn refused(&self, call: &str, why: &'static str) -> Result<()> {
        self.note(Event::CallRefused { call: call.to_owned(), why }).await
    }

    /// Writes to the organisation's log that a change was refused because a colleague had changed the same thing meanwhile. Nothing
    /// of what was typed is kept there: who typed it has it before them.
    ///
    /// # Errors
    /// The database's.
    pub async fn conflicted(&self, form: &'static str, project: Option<ProjectId>, about: Option<(&'static str, Uuid)>) -> Result<()> {
        self.note(Event::ConflictMet { form, project, about }).await
    }

    fn door(&self) -> DoorRole {
        match self.actor.kind {
            ActorKind::Donor(..) => DoorRole::Portal,
            _ => DoorRole::Tenant,
        }
    }

    fn tenant(&self) -> Result<TenantId> {
        self.actor.tenant.ok_or(Error::NotFound)
    }

    /// The body of the signed setting: organisation, actor, both kinds, impersonator, request, programmes.
    fn context(&self) -> Result<String> {
        let actor = match self.actor.kind {
            ActorKind::Donor(link, _) => link.0,
            _ => self.user()?.0,
        };
        let impersonator = match &self.actor.kind {
            ActorKind::Impersonation(who) => who.user.to_string(),
            _ => String::new(),
        };
        let (kind, session) = (self.actor.kind.actor_word(), self.actor.kind.session_word());
        let programmes = self.actor.standing.iter().flat_map(|standing| &standing.programmes).map(ToString::to_string).collect::<Vec<_>>();
        Ok(format!("{}|{actor}|{kind}|{session}|{impersonator}|{}|{}", self.tenant()?, self.facts.id, programmes.join(",")))
    }

    /// Writes an event that no change goes with.
    async fn note(&self, event: Event) -> Result<()> {
        let tx = self.db.enter(self.door(), false, &self.context()?, self.today()).await?;
        self.seal(tx, event).await
    }

    async fn seal(&self, mut tx: Tx, event: Event) -> Result<()> {
        let actor = match self.actor.kind {
            ActorKind::Donor(link, _) => link.into(),
            _ => self.user()?.into(),
        };
        self.db.record(&mut tx, self.tenant()?, actor, &self.facts, &event).await?;
        tx.commit_to_disk(&self.db).await
    }
}

impl Reader {
    /// The same door for something else, which what was read has named: how far is decided anew.
    ///
    /// # Errors
    /// Refusal, or the database's.
    pub(crate) async fn go_on(self, cx: &Cx, can: Can) -> Result<Self> {
        let Self { tx, .. } = self;
        if let Ok(scope) = decide(&cx.actor, can) {
            return Ok(Self { tx, scope });
        }
        // one connection at a time: the refusal is written through a door of its own
        drop(tx);
        Err(cx.admit(can).await.err().unwrap_or(Error::Forbidden))
    }

    /// The connection: within this crate only, so that pages cannot run SQL.
    pub(crate) fn conn(&mut self) -> &mut sqlx::PgConnection {
        self.tx.conn()
    }
}

impl Writer {
    /// The connection: within this crate only, so that pages cannot run SQL.
    pub(crate) fn conn(&mut self) -> &mut sqlx::PgConnection {
        self.reader.conn()
    }

    /// The same for what only looks: it sees what this transaction sees, and what this holds stays as it is.
    pub(crate) fn reader(&mut self) -> &mut Reader {
        &mut self.reader
    }

    /// Batch work: an import or a review of thousands of values may take longer than a page.
    pub(crate) async fn allow_long_work(&mut self) -> Result<()> {
        sqlx::query!("set local statement_timeout = '120s'").execute(self.conn()).await?;
        Ok(())
    }

    /// Work of a background job: what another holds is waited for longer than a page would.
    pub(crate) async fn allow_long_waits(&mut self) -> Result<()> {
        sqlx::query!("set local lock_timeout = '60s'").execute(self.conn()).await?;
        Ok(())
    }

    /// Who changes.
    #[must_use]
    pub fn cx(&self) -> &Cx {
        &self.cx
    }

    /// Writes what was done to the log and commits both together: the only way to keep a change.
    ///
    /// # Errors
    /// The database's; then nothing was kept. [`Error::Unconfirmed`], where it was and the disk did not say so.
    pub async fn commit(self, event: Event) -> Result<()> {
        let Self { reader, cx, .. } = self;
        cx.seal(reader.tx, event).await
    }
}
