//! The postman: takes what is due from the outbox, one letter a transaction, and hands it over.

use std::path::PathBuf;
use std::time::Duration;

use super::letter::Letter;
use super::place;
use crate::db::{Db, KeyOwner, Why};
use crate::kernel::error::{Error, Result};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncFileTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

/// How often the outbox is looked into.
const PAUSE: Duration = Duration::from_secs(2);
/// After so many attempts, over about a day, a letter is given up.
const ATTEMPTS: i32 = 12;

/// How letters leave.
pub enum Transport {
    /// By a mail server.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// As `.eml` files in a directory: for development.
    Files(AsyncFileTransport<Tokio1Executor>),
}

impl Transport {
    /// A mail server's address, e.g. `smtps://user:password@mail.example.org`.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn smtp(url: &SecretString) -> Result<Self> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())
            .map_err(|error| Error::Internal(format!("the mail server's address: {error}")))?;
        Ok(Self::Smtp(builder.timeout(Some(Duration::from_secs(20))).build()))
    }

    /// Files in a directory, which is made if it is missing, for its owner alone: letters hold secrets.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn files(directory: &PathBuf) -> Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|error| Error::Internal(format!("{}: {error}", directory.display())))?;
        Ok(Self::Files(AsyncFileTransport::new(directory)))
    }

    async fn send(&self, message: Message) -> Result<(), String> {
        match self {
            Self::Smtp(smtp) => smtp.send(message).await.map(|_| ()).map_err(|error| error.to_string()),
            Self::Files(files) => files.send(message).await.map(|_| ()).map_err(|error| error.to_string()),
        }
    }
}

/// Sends letters until the server stops. Several servers may do so at once: each letter is taken by one of them.
pub struct Postman {
    db: Db,
    transport: Transport,
    from: Mailbox,
    site: String,
}

impl Postman {
    /// A postman of a site; `from` is the sender's address.
    ///
    /// # Errors
    /// Where `from` is no address.
    pub fn new(db: Db, transport: Transport, from: &str, site: &str) -> Result<Self> {
        let from = from.parse().map_err(|error| Error::Internal(format!("the sender of mails: {error}")))?;
        Ok(Self { db, transport, from, site: site.to_owned() })
    }

    /// Sends what is due, again and again, until `stop`.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let pause = match self.send_one().await {
                // the next one at once, unless the server stops
                Ok(Some(_)) => Duration::ZERO,
                Ok(None) => PAUSE,
                Err(error) => {
                    tracing::error!(%error, "the outbox could not be read");
                    PAUSE
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends every letter that is due; answers how many left.
    ///
    /// # Errors
    /// The database's.
    pub async fn send_due(&self) -> Result<usize> {
        let mut sent = 0;
        while let Some(left) = self.send_one().await? {
            sent += usize::from(left);
        }
        Ok(sent)
    }

    /// Sends one letter, if any is due; answers whether it left. It is put off before it is handed over, so that no
    /// transaction is open meanwhile and no other server sends it too; should this one end there, the letter goes out later.
    async fn send_one(&self) -> Result<Option<bool>> {
        let mut tx = self.db.system(Why::Mail).await?;
        let taken = sqlx::query!(
            "update auth.mail set attempts = attempts + 1, due_at = now() + least(interval '1 minute' * 2 ^ attempts, interval '4 hours')
             where id = (select id from auth.mail where due_at <= now() order by due_at limit 1 for update skip locked)
             returning id, owner_id, sealed, attempts, extract(epoch from now() - created_at)::bigint / 60 as \"age_minutes!\""
        )
        .fetch_optional(tx.conn())
        .await?;
        let Some(row) = taken else { return Ok(None) };
        let key = self.db.data_key(tx.conn(), KeyOwner::of(row.owner_id)).await?;
        tx.commit().await?;
        let letter: Option<Letter> =
            key.and_then(|key| key.open(&place(row.id), &row.sealed)).and_then(|text| serde_json::from_slice(&text).ok());
        let outcome = match &letter {
            // the mail server was away for longer than the link lives: it would only puzzle
            Some(letter) if letter.kind.is_stale_after(row.age_minutes) => Err("its link has died".to_owned()),
            Some(letter) => self.hand_over(letter).await,
            // erased since, or sealed by nobody that this server knows: never to be sent
            None => Err("it cannot be opened".to_owned()),
        };
        if let Err(error) = &outcome {
            tracing::error!(id = %row.id, attempts = row.attempts, %error, "a letter did not leave");
        }
        let stale = letter.as_ref().is_none_or(|letter| letter.kind.is_stale_after(row.age_minutes));
        if outcome.is_ok() || stale || row.attempts >= ATTEMPTS {
            let mut tx = self.db.system(Why::Mail).await?;
            sqlx::query!("delete from auth.mail where id = $1", row.id).execute(tx.conn()).await?;
            tx.commit().await?;
        }
        Ok(Some(outcome.is_ok()))
    }

    async fn hand_over(&self, letter: &Letter) -> Result<(), String> {
        let written = letter.write(&self.site).map_err(|error| error.to_string())?;
        let to: Mailbox = letter.to.parse().map_err(|error| format!("the address: {error}"))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(written.subject)
            // a machine wrote it: no holiday notes in answer (RFC 3834)
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(written.plain, written.html))
            .map_err(|error| error.to_string())?;
        self.transport.send(message).await
    }
}

#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
