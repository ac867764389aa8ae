//! A donor's visit: a secret is exchanged for a cookie of its own, which opens one snapshot. Where the link is locked, the secret is
//! exchanged for a chance to answer first, and a right answer for the visit.

mod shown;

pub use shown::{Card, Names, Page, card, page, page_in_turn};

use std::sync::Arc;

use chrono::{Days, NaiveDate, Utc};
use secrecy::{ExposeSecret, SecretString};

use crate::access::{Actor, ActorKind, Cx, RequestFacts};
use crate::db::{Db, KeyOwner, Why};
use crate::identity::{device, limits, passwords};
use crate::kernel::crypto::{base64url, hex, random, same, sha256};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{DonorLinkId, SnapshotId, TenantId, VisitId};
use crate::kernel::text::Locale;
use crate::mail::{self, Kind, Letter};

/// What is asked for beside the secret of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// A passcode that the organisation has told the donor.
    Passcode,
    /// A code that was mailed a moment ago.
    Code,
}

/// What a secret has opened.
pub enum Opened {
    /// A visit, by the secret of its cookie.
    Visit(SecretString),
    /// A chance to answer, by the secret of its cookie.
    Asked(SecretString),
}

/// What stands in a form at the door, so that what was never shown the door opens nothing: it holds for a day.
#[must_use]
pub fn door_token(db: &Db) -> String {
    token_of(db, Utc::now().date_naive())
}

/// Whether a form was taken from the door, today or yesterday.
#[must_use]
pub fn is_door_token(db: &Db, token: &str) -> bool {
    let today = Utc::now().date_naive();
    let is_of = |day| same(token_of(db, day).as_bytes(), token.trim().as_bytes());
    is_of(today) || today.checked_sub_days(Days::new(1)).is_some_and(is_of)
}

fn token_of(db: &Db, day: NaiveDate) -> String {
    hex(&db.keys().fingerprint(&format!("door {day}")))
}

/// Tells visitors of one link apart, and nobody across links.
fn visitor(db: &Db, facts: &RequestFacts, public_id: &str) -> Option<Vec<u8>> {
    facts.ip.map(|ip| db.keys().fingerprint(&format!("visitor of {public_id}: {}", ip.to_canonical())).to_vec())
}

fn hash_of(secret: &str) -> [u8; 32] {
    sha256(secret.as_bytes())
}

/// Exchanges the secret of a link for the secret of a visit or, where the link is locked, of a chance to answer. Unknown, wrong, expired,
/// revoked and used up are one answer.
///
/// # Errors
/// Not found, limited, or the database's.
pub async fn open(db: &Db, facts: &RequestFacts, public_id: &str, secret: &SecretString) -> Result<Opened> {
    limits::hit(db, limits::LINKS, &limits::network_of(facts.ip)).await?;
    let fresh = base64url(&random::<32>()?);
    let public_id: String = public_id.chars().take(40).collect();
    let row = sqlx::query!(
        r#"select link_id as "link!", asks from gate.open_link($1, $2, $3, $4, $5, $6, $7, $8)"#,
        public_id,
        &hash_of(secret.expose_secret().trim())[..],
        VisitId::new().0,
        &hash_of(&fresh)[..],
        VisitId::new().0,
        visitor(db, facts, &public_id),
        device::of(facts.agent.as_deref()),
        facts.agent
    )
    .fetch_optional(db.gate())
    .await?;
    // an opening is written down for good before it is one; so is a refusal
    db.flush().await?;
    let row = row.ok_or(Error::NotFound)?;
    let asked = SecretString::from(fresh);
    match row.asks.as_deref() {
        None => return Ok(Opened::Visit(asked)),
        Some("code") => mail_code(db, &asked, DonorLinkId(row.link)).await?,
        Some(_) => {}
    }
    Ok(Opened::Asked(asked))
}

/// What a chance to answer asks for, while there is one.
///
/// # Errors
/// The database's.
pub async fn asked(db: &Db, knock: &str) -> Result<Option<Asks>> {
    let mails =
        sqlx::query_scalar!(r#"select mail_code as "mails!" from gate.knock($1)"#, &hash_of(knock)[..]).fetch_optional(db.gate()).await?;
    Ok(mails.map(|mails| if mails { Asks::Code } else { Asks::Passcode }))
}

/// Keeps nothing of a code but this.
fn mark_of(db: &Db, knock: &str, code: &str) -> Vec<u8> {
    let digits: String = code.chars().filter(char::is_ascii_digit).take(12).collect();
    db.keys().fingerprint(&format!("donor code {} {digits}", hex(&hash_of(knock)))).to_vec()
}

/// Mails another code; the one before is good no longer.
///
/// # Errors
/// Not found, limited, or the database's.
pub async fn send_code(db: &Db, knock: &SecretString) -> Result<()> {
    let hash = hash_of(knock.expose_secret());
    let link = sqlx::query_scalar!(r#"select link_id as "link!" from gate.knock($1) where mail_code"#, &hash[..])
        .fetch_optional(db.gate())
        .await?
        .ok_or(Error::NotFound)?;
    mail_code(db, knock, DonorLinkId(link)).await
}

async fn mail_code(db: &Db, knock: &SecretString, link: DonorLinkId) -> Result<()> {
    // whoever has the link fills nobody's letter box
    limits::hit(db, limits::LETTERS, &format!("code of {link}")).await?;
    let code = format!("{:06}", u32::from_be_bytes(random::<4>()?) % 1_000_000);
    let mut tx = db.system(Why::Mail).await?;
    let row = sqlx::query!(
        r#"select email as "email!", name as "name!", organisation as "organisation!", locale as "locale!"
           from gate.code_for_knock($1, $2)"#,
        &hash_of(knock.expose_secret())[..],
        mark_of(db, knock.expose_secret(), &code)
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let letter = Letter {
        kind: Kind::DonorCode,
        to: row.email,
        name: row.name,
        locale: Locale::parse(&row.locale).unwrap_or(Locale::En),
        path: String::new(),
        organisation: row.organisation,
        device: String::new(),
        at: String::new(),
        about: code,
    };
    mail::post(db, &mut tx, KeyOwner::PLATFORM, &letter).await?;
    tx.commit().await
}

/// Counts an attempt by one limit after the other; answers how long to wait by the first that is reached. What it refuses counts by none
/// behind it: whoever is refused takes nothing from others.
async fn wait(db: &Db, counts: [(limits::Limit, &str); 3]) -> Result<Option<u32>> {
    for (limit, of) in counts {
        match limits::hit(db, limit, of).await {
            Ok(()) => {}
            Err(Error::Limited(seconds)) => return Ok(Some(seconds)),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// A visit that an answer has opened.
pub struct Proved {
    /// The link that was knocked at.
    pub public_id: String,
    /// The secret of the visit's cookie.
    pub secret: SecretString,
}

/// Exchanges an answer for the secret of a visit. The same chance opens one visit, however often the answer is sent.
///
/// # Errors
/// A wrong answer as a refused field, rule `answers_used_up`, limited, not found where there is no chance any more or the link has ended, or
/// the database's.
pub async fn prove(db: &Db, facts: &RequestFacts, knock: &str, answer: &SecretString) -> Result<Proved> {
    let row = sqlx::query!(
        r#"select link_id as "link!", public_id as "public_id!", mail_code as "mails!", passcode_hash from gate.knock($1)"#,
        &hash_of(knock)[..]
    )
    .fetch_optional(db.gate())
    .await?
    .ok_or(Error::NotFound)?;
    // counted before the answer is looked at, so that many at once are no more than one after the other
    let network = limits::network_of(facts.ip);
    let of_link = DonorLinkId(row.link).to_string();
    let of_both = format!("{of_link} {network}");
    let limited = wait(db, [(limits::LINKS, network.as_str()), (limits::PASSCODES, &of_both), (limits::LINK_ANSWERS, &of_link)]).await?;
    let is_right = match &row.passcode_hash {
        Some(hash) if limited.is_none() => passwords::verify(SecretString::from(answer.expose_secret().trim()), Some(hash.clone())).await?,
        _ => false,
    };
    let fresh = base64url(&random::<32>()?);
    let outcome = sqlx::query_scalar!(
        "select gate.answer_knock($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &hash_of(knock)[..],
        limited.is_some(),
        is_right,
        mark_of(db, knock, answer.expose_secret()),
        VisitId::new().0,
        &hash_of(&fresh)[..],
        VisitId::new().0,
        visitor(db, facts, &row.public_id),
        device::of(facts.agent.as_deref()),
        facts.agent
    )
    .fetch_one(db.gate())
    .await?;
    db.flush().await?;
    match outcome.as_deref() {
        Some("ok") => {
            limits::forgive(db, limits::PASSCODES, &of_both).await?;
            Ok(Proved { public_id: row.public_id, secret: SecretString::from(fresh) })
        }
        Some("bad_passcode") if row.mails => Err(Error::field("code", "mailed_code_wrong")),
        Some("bad_passcode") => Err(Error::field("passcode", "passcode_wrong")),
        // its five answers were given: only the link gives another chance
        Some("rate_limited") => Err(limited.map_or(Error::Rule("answers_used_up"), Error::Limited)),
        _ => Err(Error::NotFound),
    }
}

/// What is done on a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Something is read.
    Page,
    /// The report itself is taken, or a file that it shows: whoever may read may keep it.
    Copy,
    /// The figures are taken, which the link must allow.
    Figures,
}

impl Act {
    const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Copy => "download",
            Self::Figures => "figures",
        }
    }
}

/// What is looked at on a visit, as the organisation reads it later.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The address of the page or file, without a query.
    pub page: &'a str,
    /// What is done there.
    pub what: Act,
    /// Whether it is written down: a page that a browser fetches beforehand is not, whatever is handed out is.
    pub is_noted: bool,
}

/// A visit, while its link lives.
pub struct Visited {
    /// Its context.
    pub cx: Cx,
    /// The one snapshot that it opens.
    pub snapshot: SnapshotId,
    /// Whether the report may be taken out.
    pub allow_download: bool,
}

/// The context of a visit, while its link lives; what is looked at is written down by the same statement.
///
/// # Errors
/// The database's.
pub async fn authenticate(db: &Db, visit: &str, facts: Arc<RequestFacts>, look: Look<'_>) -> Result<Option<Visited>> {
    let page: String = look.page.split('?').next().unwrap_or_default().chars().take(200).collect();
    let row = sqlx::query!(
        r#"select tenant_id as "tenant!", link_id as "link!", snapshot_id as "snapshot!", allow_download as "allow_download!"
           from gate.look($1, $2, $3, $4, $5)"#,
        &hash_of(visit)[..],
        look.what.name(),
        page,
        VisitId::new().0,
        look.is_noted
    )
    .fetch_optional(db.gate())
    .await?;
    if look.is_noted {
        db.flush().await?;
    }
    Ok(row.map(|row| {
        let snapshot = SnapshotId(row.snapshot);
        let actor = Actor {
            kind: ActorKind::Donor(DonorLinkId(row.link), snapshot),
            user: None,
            name: String::new(),
            email: String::new(),
            super_admin: false,
            second_factor_at: None,
            provider_generation: None,
            fresh: false,
            limits: None,
            tenant: Some(TenantId(row.tenant)),
            standing: None,
        };
        Visited { cx: Cx::new(db.clone(), actor, facts), snapshot, allow_download: row.allow_download }
    }))
}
