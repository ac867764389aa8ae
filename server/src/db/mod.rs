//! The database: its pool is private to this module, and only the doors lead through it.

pub mod check;
pub mod cluster;
mod data_keys;
pub mod migrate;

pub use data_keys::KeyOwner;

use std::collections::HashSet;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::NaiveDate;
use chrono_tz::Tz;
use futures_util::TryStreamExt;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgPool, Postgres, Transaction};

use crate::access::RequestFacts;
use crate::audit::Event;
use crate::audit::address::Sealed;
use crate::kernel::calendar::{today_in, zone_of};
use crate::kernel::crypto::Keys;
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{RequestId, TenantId, UserId};

/// How long a signed setting is believed. A transaction is over long before.
const CONTEXT_SECONDS: u64 = 300;
/// Exports of a whole log that a server writes at once.
const EXPORTS: usize = 4;
/// A connection that was idle for so long is asked whether it lives.
const RESTED: Duration = Duration::from_secs(5);

/// The roles that are entered under a signed setting: those of the two doors, and that of a person's own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoorRole {
    /// An organisation's data.
    Tenant,
    /// One snapshot, for a donor.
    Portal,
    /// One person's account, for that person.
    Account,
    /// The platform's console, for who operates it.
    Platform,
}

impl DoorRole {
    const fn name(self) -> &'static str {
        match self {
            Self::Tenant => "kipimo_tenant",
            Self::Portal => "kipimo_portal",
            Self::Account => "kipimo_account",
            Self::Platform => "kipimo_platform",
        }
    }
}

/// What the server does in nobody's name. Each reason has a role of its own in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Signing in and out: accounts and sessions, no organisation's data.
    SignIn,
    /// Sending what waits in the outbox.
    Mail,
    /// Taking background jobs, and what the clock asks for.
    Jobs,
}

impl Why {
    /// Every reason, for docs/permissions.md.
    pub const ALL: [(Self, &'static str); 3] = [
        (
            Self::SignIn,
            "kipimo_identity: finds accounts and sessions, keeps refused forms, writes refused sign-ins to the log; no organisation's data",
        ),
        (
            Self::Mail,
            "kipimo_mail: the outbox, whose letters are sealed, the codes of donor links, whose links end soon, and ends visits of support whose time is over",
        ),
        (
            Self::Jobs,
            "kipimo_worker: learns which job is to be done and of whom, says how far it is, and forgets what has had its time; reads no table",
        ),
    ];

    const fn role(self) -> &'static str {
        match self {
            Self::SignIn => "kipimo_identity",
            Self::Mail => "kipimo_mail",
            Self::Jobs => "kipimo_worker",
        }
    }
}

/// The database as the server uses it.
#[derive(Clone)]
pub struct Db {
    pool: PgPool,
    keys: Keys,
    known: data_keys::KnownKeys,
    exports: Arc<Mutex<HashSet<UserId>>>,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Db(..)")
    }
}

/// The room that an export takes; given back when this is dropped.
#[derive(Debug)]
pub(crate) struct ExportRoom {
    person: UserId,
    running: Arc<Mutex<HashSet<UserId>>>,
}

impl Drop for ExportRoom {
    fn drop(&mut self) {
        if let Ok(mut running) = self.running.lock() {
            running.remove(&self.person);
        }
    }
}

/// An open transaction behind a door. Dropped without commit, it undoes everything.
pub(crate) struct Tx(Transaction<'static, Postgres>);

impl Tx {
    pub(crate) fn conn(&mut self) -> &mut sqlx::PgConnection {
        &mut self.0
    }

    pub(crate) async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
    }

    /// Commits, and waits until it is on the disk as [`Db::flush`] does, in the same message. The mark of `gate.flush` takes what was written
    /// before to the disk when it is committed itself. The transaction that is left after that is empty, has neither a role nor a setting, and
    /// ends when it is dropped.
    ///
    /// # Errors
    /// The database's; then nothing was kept. [`Error::Unconfirmed`], where it may have been, and the disk or the database did not say so.
    pub(crate) async fn commit_to_disk(mut self, db: &Db) -> Result<()> {
        let unwritten = {
            let mut answers = sqlx::raw_sql("commit and chain; select gate.flush(); commit and chain").execute_many(self.conn());
            match answers.try_next().await {
                Ok(Some(_)) => {}
                Ok(None) => return Err(Error::Internal("a commit was not answered".to_owned())),
                // all three are answered together: who hears nothing does not know of the first either
                Err(error) if is_cut(&error) => return Err(Error::Unconfirmed),
                Err(error) => return Err(error.into()),
            }
            match (answers.try_next().await, answers.try_next().await) {
                (Ok(Some(_)), Ok(Some(_))) => return Ok(()),
                (Err(error), _) | (_, Err(error)) => error,
                _ => sqlx::Error::Protocol("the disk was not answered for".to_owned()),
            }
        };
        // one connection at a time
        drop(self);
        db.flush_again(unwritten).await
    }
}

/// An open transaction on an organisation's data in nobody's name. Dropped without commit, it undoes everything.
pub(crate) struct Unattended {
    tx: Tx,
    db: Db,
    tenant: TenantId,
}

impl Unattended {
    pub(crate) fn conn(&mut self) -> &mut sqlx::PgConnection {
        self.tx.conn()
    }

    /// Writes what was done to the log, in the system's name, and commits both together: the only way to keep a change.
    pub(crate) async fn commit(self, event: &Event) -> Result<()> {
        let Self { mut tx, db, tenant } = self;
        let facts = RequestFacts { id: RequestId::new(), ip: None, agent: None };
        db.record(&mut tx, tenant, tenant.into(), &facts, event).await?;
        tx.commit_to_disk(&db).await
    }
}

/// Whether the database went away, so that nobody knows what became of what it was asked.
fn is_cut(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(db) => db.code().is_some_and(|code| code.starts_with("57P")),
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        _ => false,
    }
}

/// Connection options of an address.
///
/// # Errors
/// If it cannot be read as one.
pub fn options(url: &SecretString) -> Result<PgConnectOptions> {
    Ok(PgConnectOptions::from_str(url.expose_secret())?)
}

impl Db {
    /// Connects as the server's login. Connections are made when first needed.
    #[must_use]
    pub fn connect(options: PgConnectOptions, keys: Keys, connections: u32) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(5))
            // asking each time would cost every request a round trip: only a connection that rested may have died
            .test_before_acquire(false)
            .before_acquire(|conn, meta| {
                Box::pin(async move {
                    if meta.idle_for > RESTED {
                        conn.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options);
        Self { pool, keys, known: data_keys::KnownKeys::default(), exports: Arc::default() }
    }

    /// Room for one more export: a few are read at once, one a person, and each holds a piece in memory while its reader is slow.
    ///
    /// # Errors
    /// Busy, where there is none.
    pub(crate) fn room_for_export(&self, person: UserId) -> Result<ExportRoom> {
        let mut running = self.exports.lock().map_err(|_| Error::Busy)?;
        if running.len() >= EXPORTS || !running.insert(person) {
            return Err(Error::Busy);
        }
        Ok(ExportRoom { person, running: Arc::clone(&self.exports) })
    }

    /// The keys of this server.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Begins a transaction in a door's role with its signed setting, in one round trip; `today` is the day of the
    /// organisation, for `app.today`.
    pub(crate) async fn enter(&self, role: DoorRole, read_only: bool, body: &str, today: NaiveDate) -> Result<Tx> {
        let expires = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()) + CONTEXT_SECONDS;
        let signed = format!("{body}|{expires}");
        let mac = self.keys.sign_context(&signed);
        // a commit that waits for the disk would hold the organisation's chain while it does: see `Db::flush`
        let mode = if read_only { "read only" } else { "read write; set local synchronous_commit = off" };
        // SET takes no parameters. The text holds uuids, fixed words, a day and hexadecimal only: nothing typed by a person.
        let role = role.name();
        let begin = format!("begin {mode}; set local role {role}; set local app.ctx = '{signed}|{mac}'; set local app.today = '{today}'");
        Ok(Tx(self.begin(begin).await?))
    }

    /// Begins a transaction on one person's account, in that person's name. What it writes is kept by [`Tx::commit_to_disk`].
    pub(crate) async fn account(&self, user: UserId, request: RequestId) -> Result<Tx> {
        self.enter(DoorRole::Account, false, &format!("|{user}|user|session||{request}|"), today_in(Tz::UTC)).await
    }

    /// Begins a transaction on an organisation's data in nobody's name, for what the clock asks for.
    pub(crate) async fn unattended(&self, tenant: TenantId) -> Result<Unattended> {
        let body = format!("{tenant}||system|system||{}|", RequestId::new());
        let mut tx = self.enter(DoorRole::Tenant, false, &body, today_in(Tz::UTC)).await?;
        let zone = sqlx::query_scalar!("select timezone from app.tenant").fetch_optional(tx.conn()).await?;
        let today = today_in(zone.map_or(Tz::UTC, |zone| zone_of(&zone)));
        sqlx::query!("select set_config('app.today', $1::date::text, true)", today).fetch_one(tx.conn()).await?;
        Ok(Unattended { tx, db: self.clone(), tenant })
    }

    /// Waits until everything that was committed before is on the disk. A write is answered only after this.
    ///
    /// The chain of an organisation is locked from its sealing to the end of the commit. Were the disk waited for within
    /// that lock, its writers would queue one disk write at a time; so they commit first and wait here, all together.
    pub(crate) async fn flush(&self) -> Result<()> {
        match self.ask_for_the_disk().await {
            Ok(()) => Ok(()),
            Err(error) => self.flush_again(error).await,
        }
    }

    async fn flush_again(&self, error: sqlx::Error) -> Result<()> {
        tracing::error!(%error, "the disk was not waited for; once more");
        self.ask_for_the_disk().await.map_err(|_| Error::Unconfirmed)
    }

    async fn ask_for_the_disk(&self) -> sqlx::Result<()> {
        sqlx::query!("select gate.flush()").execute(&self.pool).await.map(|_| ())
    }

    /// Forgets what has had its time.
    ///
    /// # Errors
    /// The database's.
    pub async fn sweep(&self) -> Result<()> {
        sqlx::query!("select gate.sweep()").execute(&self.pool).await?;
        Ok(())
    }

    /// Begins a transaction in nobody's name, for one of a few reasons.
    pub(crate) async fn system(&self, why: Why) -> Result<Tx> {
        Ok(Tx(self.begin(format!("begin; set local role {}", why.role())).await?))
    }

    /// In a task of its own: a browser that goes away drops its request, and a connection that has begun a transaction
    /// and does not know it yet would go back to the pool with somebody's organisation in it. The task ends what it began.
    async fn begin(&self, statement: String) -> Result<Transaction<'static, Postgres>> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move {
            match pool.begin_with(AssertSqlSafe(statement.clone())).await {
                // the server was restarted since this connection was made: a new one may do
                Err(error) if is_cut(&error) || matches!(error, sqlx::Error::BeginFailed) => {
                    pool.begin_with(AssertSqlSafe(statement)).await
                }
                other => other,
            }
        });
        Ok(begun.await.map_err(|error| Error::Internal(format!("begin: {error}")))??)
    }

    /// The pool, for the few questions that need no transaction: whose cookie, token or link, is a limit reached.
    pub(crate) fn gate(&self) -> &PgPool {
        &self.pool
    }

    /// Writes an event to the log, in the transaction whose change it describes.
    pub(crate) async fn record(&self, tx: &mut Tx, tenant: TenantId, actor: KeyOwner, facts: &RequestFacts, event: &Event) -> Result<()> {
        let address = self.sealed_address(tx, tenant, actor, facts).await?;
        let text = event.describe();
        sqlx::query!(
            "select gate.record($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            text.action,
            text.entity_type,
            text.entity,
            text.project.map(|p| p.0),
            text.changes,
            text.reason,
            text.result,
            address.sealed,
            address.index.as_deref(),
            address.net_index.as_deref(),
            facts.agent,
        )
        .execute(tx.conn())
        .await?;
        Ok(())
    }

    /// The address of a request for an organisation's log.
    pub(crate) async fn sealed_address(&self, tx: &mut Tx, tenant: TenantId, actor: KeyOwner, facts: &RequestFacts) -> Result<Sealed> {
        let Some(ip) = facts.ip else { return Ok(Sealed::default()) };
        let Some(organisation) = self.data_key(tx.conn(), tenant.into()).await? else { return Ok(Sealed::default()) };
        let person = self.data_key(tx.conn(), actor).await?;
        Sealed::of(tenant.0, facts.id.0, ip, person.as_ref(), &organisation)
    }

    /// Whether the database answers, its context key is ours and the two clocks agree within two seconds: expiries are
    /// judged by its clock, signed tokens by ours.
    pub async fn is_ready(&self) -> bool {
        let ours = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let asked = async {
            let mut tx =
                self.enter(DoorRole::Tenant, true, "00000000-0000-0000-0000-000000000000||system|system|||", today_in(Tz::UTC)).await?;
            let row =
                sqlx::query!(r#"select app.tenant() is not null as "signed!", extract(epoch from clock_timestamp())::bigint as "now!""#)
                    .fetch_one(tx.conn())
                    .await?;
            Ok::<_, Error>(row.signed && row.now.abs_diff(i64::try_from(ours).unwrap_or(0)) < 3)
        };
        asked.await.unwrap_or(false)
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
