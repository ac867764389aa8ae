//! What people do with their own accounts, as the log keeps it and as they are told of it.

use super::device;
use crate::access::RequestFacts;
use crate::db::{Db, KeyOwner, Tx, Why};
use crate::kernel::error::Result;
use crate::kernel::ids::{TenantId, UserId};
use crate::kernel::text::Locale;
use crate::mail::{self, Kind, Letter};

/// An act on an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountEvent {
    /// Signed in; from a browser that the account has not been used with before, or not.
    SignedIn { new_device: bool },
    /// A sign-in was refused: at the password, or at the code.
    SignInRefused(&'static str),
    /// Signed out.
    SignedOut,
    /// Sessions were ended from the list.
    SessionsEnded,
    /// Proved themselves again.
    SteppedUp,
    /// Failed to.
    StepUpRefused,
    /// Could not confirm one that was offered.
    FactorRefused,
    /// Made an API token.
    TokenCreated,
    /// Added a second factor, or another authenticator in place of one; of which kind.
    FactorAdded(&'static str),
    /// Took one away; of which kind.
    FactorRemoved(&'static str),
    /// Made recovery codes.
    RecoveryCodesMade,
    /// Used one to sign in.
    RecoveryCodeUsed,
    /// Asked for a link to choose a new password.
    ResetAsked,
    /// Asked for a link that lets a new browser sign in.
    DeviceAsked,
    /// Let a new browser sign in.
    DeviceTrusted,
    /// Chose a new password by such a link.
    PasswordReset,
    /// Changed the password.
    PasswordChanged,
    /// Asked for another address.
    EmailChangeAsked,
    /// Confirmed it.
    EmailChanged,
    /// Is let in by the provider of an organisation from now on.
    ProviderLinked,
    /// Changed name or language.
    ProfileChanged,
    /// Set up the account that the owner's command had made.
    Created,
}

impl AccountEvent {
    /// Action, result, whether the person was signed in, and why.
    fn words(&self) -> (&'static str, &'static str, bool, Option<&'static str>) {
        match self {
            Self::SignedIn { .. } => ("session.started", "ok", true, None),
            Self::SignInRefused(why) => ("session.refused", "denied", false, Some(why)),
            Self::SignedOut => ("session.ended", "ok", true, None),
            Self::SessionsEnded => ("session.others_ended", "ok", true, None),
            Self::SteppedUp => ("step_up.given", "ok", true, None),
            Self::StepUpRefused => ("step_up.refused", "denied", true, None),
            Self::FactorRefused => ("second_factor.refused", "denied", true, None),
            Self::TokenCreated => ("account.token_created", "ok", true, None),
            Self::FactorAdded(kind) => ("second_factor.added", "ok", true, Some(kind)),
            Self::FactorRemoved(kind) => ("second_factor.removed", "ok", true, Some(kind)),
            Self::RecoveryCodesMade => ("recovery_code.made", "ok", true, None),
            Self::RecoveryCodeUsed => ("recovery_code.used", "ok", false, None),
            Self::ResetAsked => ("password.reset_asked", "ok", false, None),
            Self::DeviceAsked => ("session.device_asked", "ok", false, None),
            Self::DeviceTrusted => ("session.device_trusted", "ok", false, None),
            Self::PasswordReset => ("password.reset", "ok", false, None),
            Self::PasswordChanged => ("password.changed", "ok", true, None),
            Self::EmailChangeAsked => ("email.change_asked", "ok", true, None),
            Self::EmailChanged => ("email.changed", "ok", true, None),
            Self::ProviderLinked => ("account.provider_linked", "ok", false, None),
            Self::ProfileChanged => ("account.updated", "ok", true, None),
            Self::Created => ("account.created", "ok", false, None),
        }
    }

    /// What the person is told of it, by mail and in the inbox.
    fn notice(&self) -> Option<Kind> {
        match self {
            Self::SignedIn { new_device: true } => Some(Kind::NewDevice),
            Self::TokenCreated => Some(Kind::TokenCreated),
            Self::FactorAdded(_) => Some(Kind::FactorAdded),
            Self::FactorRemoved(_) => Some(Kind::FactorRemoved),
            Self::RecoveryCodesMade => Some(Kind::RecoveryCodesMade),
            Self::RecoveryCodeUsed => Some(Kind::RecoveryCodeUsed),
            Self::PasswordReset | Self::PasswordChanged => Some(Kind::PasswordChanged),
            Self::EmailChangeAsked => Some(Kind::EmailChangeAsked),
            Self::EmailChanged => Some(Kind::EmailChanged),
            Self::ProviderLinked => Some(Kind::ProviderLinked),
            Self::SignedIn { new_device: false }
            | Self::SignInRefused(_)
            | Self::SignedOut
            | Self::SessionsEnded
            | Self::SteppedUp
            | Self::StepUpRefused
            | Self::FactorRefused
            | Self::ResetAsked
            | Self::DeviceAsked
            | Self::DeviceTrusted
            | Self::ProfileChanged
            | Self::Created => None,
        }
    }
}

/// A change of one person's account: a transaction that ends only in an event.
pub(super) struct Change {
    tx: Tx,
    db: Db,
    user: UserId,
    facts: RequestFacts,
}

/// Who gets a letter.
pub(super) struct Addressee {
    pub email: String,
    pub name: String,
    pub locale: Locale,
}

impl Change {
    /// Begins to change a person's account.
    pub(super) async fn begin(db: &Db, facts: &RequestFacts, user: UserId) -> Result<Self> {
        Ok(Self { tx: db.account(user, facts.id).await?, db: db.clone(), user, facts: facts.clone() })
    }

    pub(super) fn conn(&mut self) -> &mut sqlx::PgConnection {
        self.tx.conn()
    }

    /// The address, name and language of the person, as they stand now.
    pub(super) async fn addressee(&mut self) -> Result<Addressee> {
        let row =
            sqlx::query!("select email, name, locale from auth.user_account where id = $1", self.user.0).fetch_one(self.tx.conn()).await?;
        Ok(Addressee { email: row.email, name: row.name, locale: Locale::parse(&row.locale).unwrap_or(Locale::En) })
    }

    /// Puts a letter to somebody into the outbox.
    pub(super) async fn write_to(&mut self, to: Addressee, kind: Kind, path: &str) -> Result<()> {
        let at = now(&mut self.tx).await?;
        let letter = Letter {
            kind,
            to: to.email,
            name: to.name,
            locale: to.locale,
            path: path.to_owned(),
            organisation: String::new(),
            device: device::of(self.facts.agent.as_deref()).unwrap_or_default(),
            at,
            about: String::new(),
        };
        mail::post(&self.db, &mut self.tx, self.user.into(), &letter).await
    }

    /// Keeps the change with its event: in the log of each organisation that the person belongs to, in the platform's where
    /// they belong to none, and where it matters, in their inbox and in a letter.
    pub(super) async fn commit(mut self, event: &AccountEvent) -> Result<()> {
        record(&self.db, &mut self.tx, Some(self.user), &self.facts, event).await?;
        if let Some(kind) = event.notice() {
            sqlx::query!(
                "insert into auth.notice (id, user_id, kind, agent) values ($1, $2, $3, $4)",
                uuid::Uuid::now_v7(),
                self.user.0,
                kind.as_str(),
                self.facts.agent
            )
            .execute(self.tx.conn())
            .await?;
            let to = self.addressee().await?;
            self.write_to(to, kind, "").await?;
        }
        self.tx.commit_to_disk(&self.db).await
    }
}

/// The time of the database, as letters write it.
async fn now(tx: &mut Tx) -> Result<String> {
    let text = sqlx::query_scalar!(r#"select to_char(now() at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' as "at!""#)
        .fetch_one(tx.conn())
        .await?;
    Ok(text)
}

/// Writes an event of nobody: a sign-in to an account that there is not.
pub(super) async fn record_nobodys(db: &Db, facts: &RequestFacts, event: &AccountEvent) -> Result<()> {
    let mut tx = db.system(Why::SignIn).await?;
    record(db, &mut tx, None, facts, event).await?;
    tx.commit().await
}

async fn record(db: &Db, tx: &mut Tx, user: Option<UserId>, facts: &RequestFacts, event: &AccountEvent) -> Result<()> {
    let chains = sqlx::query_scalar!(r#"select chain as "chain!" from gate.chains_of($1)"#, user.map(|u| u.0)).fetch_all(tx.conn()).await?;
    let (action, result, signed_in, reason) = event.words();
    for chain in chains {
        let person = user.map_or(KeyOwner::PLATFORM, KeyOwner::from);
        let address = db.sealed_address(tx, TenantId(chain), person, facts).await?;
        sqlx::query!(
            "select gate.record_account($1, $2, $3, $4, $5, '{}', $6, $7, $8, $9, $10, $11)",
            chain,
            user.map(|u| u.0),
            action,
            result,
            signed_in,
            reason,
            facts.id.0,
            address.sealed,
            address.index,
            address.net_index,
            facts.agent
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}
