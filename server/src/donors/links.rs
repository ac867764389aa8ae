//! Donor links: the secret travels in the address's fragment, and only its hash is kept. A link is made, renewed, given anew with another
//! secret, and revoked.

use secrecy::SecretString;

use super::own_only;
use super::register::{DonorForm, Named};
use crate::access::{Can, Cx};
use crate::audit::Event;
use crate::identity::passwords;
use crate::kernel::crypto::{base64url, random, sha256};
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{DonorLinkId, ProjectId, SnapshotId};
use crate::kernel::text::{self, Email};
use crate::tenancy::settings::whole;

/// The letters of passcodes that are made here: none is taken for another one.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A link as typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkForm<'a> {
    /// Who gets it.
    pub recipient_name: &'a str,
    /// Their address; needed where a code is mailed.
    pub recipient_email: &'a str,
    /// The donor, if one is named.
    pub donor: DonorForm<'a>,
    /// What locks it: nothing, `passcode` or `mail_code`.
    pub lock: &'a str,
    /// The passcode; one is made where none is typed.
    pub passcode: &'a str,
    /// Whether the report may be taken out.
    pub allow_download: bool,
    /// How often it may be opened; empty for as often as one likes.
    pub max_views: &'a str,
    /// Days for which it lives after it was last opened; empty for as many as the organisation allows.
    pub days: &'a str,
}

impl<'a> LinkForm<'a> {
    /// A plain link for somebody.
    #[must_use]
    pub fn to(recipient_name: &'a str) -> Self {
        Self { recipient_name, ..Self::default() }
    }
}

/// What locks a link beside its secret.
enum Lock {
    /// Nothing.
    Open,
    /// A passcode that was typed, or made.
    Passcode { passcode: SecretString, is_made: bool },
    /// A code that is mailed to the recipient each time.
    MailCode,
}

struct New {
    recipient: String,
    email: Option<Email>,
    donor: Option<Named>,
    lock: Lock,
    allow_download: bool,
    max_views: Option<i32>,
    days: i32,
}

/// Ten letters: fifty bits.
fn made_passcode() -> Result<SecretString> {
    let letters = random::<10>()?.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    Ok(SecretString::from(letters.iter().collect::<String>()))
}

impl LinkForm<'_> {
    fn parse(&self, most_days: i32) -> Result<New> {
        let mut bad = Invalid::default();
        let recipient = bad.keep("recipient_name", text::line(self.recipient_name, 1, 120));
        let email = match self.recipient_email.trim() {
            "" => None,
            typed => bad.keep("recipient_email", Email::parse(typed)),
        };
        let donor = self.donor.parse(&mut bad);
        let lock = match (self.lock, self.passcode.trim()) {
            ("", _) => Some(Lock::Open),
            ("passcode", "") => Some(Lock::Passcode { passcode: made_passcode()?, is_made: true }),
            ("passcode", typed) => bad
                .keep("passcode", text::line(typed, 6, 64))
                .map(|typed| Lock::Passcode { passcode: SecretString::from(typed), is_made: false }),
            ("mail_code", _) => {
                if self.recipient_email.trim().is_empty() {
                    bad.note("recipient_email", "required");
                }
                Some(Lock::MailCode)
            }
            _ => bad.keep("lock", Err("not_a_choice")),
        };
        let max_views = match self.max_views.trim() {
            "" => None,
            typed => bad.keep("max_views", whole(typed, 1, 10_000)),
        };
        let days = match self.days.trim() {
            "" => Some(most_days),
            typed => bad.keep("link_days", whole(typed, 1, most_days)),
        };
        match (recipient, lock, days, bad.0.is_empty()) {
            (Some(recipient), Some(lock), Some(days), true) => {
                Ok(New { recipient, email, donor, lock, allow_download: self.allow_download, max_views, days })
            }
            _ => Err(Error::Invalid(bad)),
        }
    }
}

/// A new link: the only time that its secret is seen.
pub struct NewLink {
    /// Its id.
    pub id: DonorLinkId,
    /// `/d/{public id}#{secret}`, to be put behind the public address.
    pub path: SecretString,
    /// The passcode, where it was made here.
    pub passcode: Option<SecretString>,
}

/// The parts of an address: public id and secret.
struct Address {
    public_id: String,
    secret: String,
}

impl Address {
    fn fresh() -> Result<Self> {
        Ok(Self { public_id: base64url(&random::<12>()?), secret: base64url(&random::<32>()?) })
    }

    fn hash(&self) -> [u8; 32] {
        sha256(self.secret.as_bytes())
    }

    fn path(&self) -> SecretString {
        SecretString::from(format!("/d/{}#{}", self.public_id, self.secret))
    }
}

/// Gives a donor a link to a published snapshot: so many days from the last visit, 365 days in all.
///
/// # Errors
/// Refusal, refused fields, not found, or the database's.
pub async fn create(cx: &Cx, project: ProjectId, snapshot: SnapshotId, form: &LinkForm<'_>) -> Result<NewLink> {
    let mut r = cx.read(Can::CreateDonorLink(project)).await?;
    let most_days =
        sqlx::query_scalar!("select donor_link_default_days from app.tenant where id = (select app.tenant())").fetch_one(r.conn()).await?;
    let withdrawn = sqlx::query_scalar!(
        r#"select exists(select from app.report_withdrawal w where w.tenant_id = s.tenant_id and w.snapshot_id = s.id) as "withdrawn!"
           from app.report_snapshot s where s.project_id = $1 and s.id = $2"#,
        project.0,
        snapshot.0
    )
    .fetch_optional(r.conn())
    .await?;
    drop(r);
    let new = form.parse(most_days)?;
    match withdrawn {
        None => return Err(Error::NotFound),
        Some(true) => return Err(Error::Rule("already_withdrawn")),
        Some(false) => {}
    }
    // hashed with no connection held: it takes its turn among sign-ins
    let (hash, passcode) = match &new.lock {
        Lock::Passcode { passcode, is_made } => (Some(passwords::hash(passcode.clone()).await?), is_made.then(|| passcode.clone())),
        Lock::Open | Lock::MailCode => (None, None),
    };
    let (id, address) = (DonorLinkId::new(), Address::fresh()?);
    let mut w = cx.write(Can::CreateDonorLink(project)).await?;
    let donor = match &new.donor {
        Some(named) => Some(named.keep(&mut w).await?.0),
        None => None,
    };
    sqlx::query!(
        "insert into app.donor_link (id, project_id, snapshot_id, public_id, secret_hash, recipient_name, recipient_email, donor_id,
           allow_download, max_views, days, passcode_hash, mail_code, rolling_until, hard_until)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now() + make_interval(days => $11), now() + interval '365 days')",
        id.0,
        project.0,
        snapshot.0,
        address.public_id,
        &address.hash()[..],
        new.recipient,
        new.email.as_ref().map(Email::as_str),
        donor,
        new.allow_download,
        new.max_views,
        new.days,
        hash,
        matches!(new.lock, Lock::MailCode)
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::DonorLinkCreated { link: id, project }).await?;
    Ok(NewLink { id, path: address.path(), passcode })
}

/// Why nothing was changed: it lives until its end already, it has ended, or it is not there for this person.
async fn why_not(cx: &Cx, project: ProjectId, link: DonorLinkId) -> Result<Error> {
    let mut r = cx.read(Can::ReadDonorLinks(Some(project))).await?;
    let own = own_only(cx, Some(project)).then_some(cx.user()?.0);
    let lives = sqlx::query_scalar!(
        r#"select revoked_at is null and rolling_until > now() as "lives!"
           from app.donor_link where project_id = $1 and id = $2 and ($3::uuid is null or created_by = $3)"#,
        project.0,
        link.0,
        own
    )
    .fetch_optional(r.conn())
    .await?;
    Ok(match lives {
        Some(true) => Error::Rule("link_at_its_end"),
        Some(false) => Error::Rule("link_ended"),
        None => Error::NotFound,
    })
}

/// Lets a living link live for its days from now on, and never beyond a year from its making.
///
/// # Errors
/// Refusal, not found, rules `link_ended` and `link_at_its_end`, or the database's.
pub async fn renew(cx: &Cx, project: ProjectId, link: DonorLinkId) -> Result<()> {
    let mut w = cx.write(Can::CreateDonorLink(project)).await?;
    let own = own_only(cx, Some(project)).then_some(cx.user()?.0);
    let done = sqlx::query!(
        "update app.donor_link set renewed_at = now(), renewed_by = $3, rolling_until = least(now() + make_interval(days => days), hard_until)
         where project_id = $1 and id = $2 and revoked_at is null and rolling_until > now() and rolling_until < hard_until
           and ($4::uuid is null or created_by = $4)",
        project.0,
        link.0,
        cx.user()?.0,
        own
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() != 1 {
        drop(w);
        return Err(why_not(cx, project, link).await?);
    }
    w.commit(Event::DonorLinkRenewed { link, project }).await
}

/// Puts another link in the place of a living one, which opens nothing from now on: for the same recipient, with the same lock and limits,
/// and ending when the old one would have. What is left of its openings is the new one's.
///
/// # Errors
/// Refusal, not found, rules `link_ended`, `already_withdrawn` and `no_views_left`, or the database's.
pub async fn rotate(cx: &Cx, project: ProjectId, link: DonorLinkId) -> Result<NewLink> {
    let mut w = cx.write(Can::CreateDonorLink(project)).await?;
    let own = own_only(cx, Some(project)).then_some(cx.user()?.0);
    let done = sqlx::query!(
        "update app.donor_link set revoked_at = now(), revoked_by = $3, revoke_reason = 'replaced'
         where project_id = $1 and id = $2 and revoked_at is null and rolling_until > now() and ($4::uuid is null or created_by = $4)",
        project.0,
        link.0,
        cx.user()?.0,
        own
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() != 1 {
        drop(w);
        return Err(why_not(cx, project, link).await?);
    }
    // counted once the link is held: an opening for which its row was waited for is seen too
    let old = sqlx::query!(
        r#"select l.max_views - (select count(*) from app.donor_visit v where v.tenant_id = l.tenant_id and v.link_id = l.id)::int as "left",
             exists(select from app.report_withdrawal w where w.tenant_id = l.tenant_id and w.snapshot_id = l.snapshot_id) as "withdrawn!"
           from app.donor_link l where l.project_id = $1 and l.id = $2"#,
        project.0,
        link.0
    )
    .fetch_one(w.conn())
    .await?;
    // as for a link that is made: what was taken back is given to nobody anew
    if old.withdrawn {
        return Err(Error::Rule("already_withdrawn"));
    }
    if old.left.is_some_and(|left| left < 1) {
        return Err(Error::Rule("no_views_left"));
    }
    let (id, address) = (DonorLinkId::new(), Address::fresh()?);
    sqlx::query!(
        "insert into app.donor_link (id, project_id, snapshot_id, public_id, secret_hash, recipient_name, recipient_email, donor_id,
           allow_download, max_views, days, passcode_hash, mail_code, rolling_until, hard_until, rotated_from, created_by)
         select $3, o.project_id, o.snapshot_id, $4, $5, o.recipient_name, o.recipient_email, o.donor_id,
           o.allow_download, $6, o.days, o.passcode_hash, o.mail_code, o.rolling_until, o.hard_until, o.id, o.created_by
         from app.donor_link o where o.project_id = $1 and o.id = $2",
        project.0,
        link.0,
        id.0,
        address.public_id,
        &address.hash()[..],
        old.left
    )
    .execute(w.conn())
    .await?;
    w.commit(Event::DonorLinkRotated { link: id, from: link, project }).await?;
    Ok(NewLink { id, path: address.path(), passcode: None })
}

/// Revokes a living link: visits that are open end with it.
///
/// # Errors
/// Refusal, a missing reason, not found, rule `link_ended`, or the database's.
pub async fn revoke(cx: &Cx, project: ProjectId, link: DonorLinkId, reason: &str) -> Result<()> {
    let mut w = cx.write(Can::RevokeDonorLink(Some(project))).await?;
    let reason = text::line(reason, 3, 500).map_err(|fault| Error::field("reason", fault))?;
    let own = own_only(cx, Some(project)).then_some(cx.user()?.0);
    let done = sqlx::query!(
        "update app.donor_link set revoked_at = now(), revoked_by = $3, revoke_reason = $4
         where project_id = $1 and id = $2 and revoked_at is null and rolling_until > now() and ($5::uuid is null or created_by = $5)",
        project.0,
        link.0,
        cx.user()?.0,
        reason,
        own
    )
    .execute(w.conn())
    .await?;
    if done.rows_affected() != 1 {
        drop(w);
        return Err(why_not(cx, project, link).await?);
    }
    w.commit(Event::DonorLinkRevoked { link, project, reason }).await
}

/// The project of a link, for whoever may see it.
///
/// # Errors
/// Not found, or the database's.
pub async fn project_of(cx: &Cx, link: DonorLinkId) -> Result<ProjectId> {
    let mut r = cx.read(Can::ReadDonorLinks(None)).await?;
    let within = r.scope.projects();
    sqlx::query_scalar!(
        r#"select project_id as "project: ProjectId" from app.donor_link where id = $1 and ($2::uuid[] is null or project_id = any ($2))"#,
        link.0,
        within.as_deref()
    )
    .fetch_optional(r.conn())
    .await?
    .ok_or(Error::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_with_the_days_that_the_organisation_allows() {
        let good = LinkForm::to("A donor");
        let new = good.parse(60).unwrap();
        assert_eq!((new.days, new.max_views, new.allow_download), (60, None, false));
        for (form, field) in [
            (LinkForm::to(" "), "recipient_name"),
            (LinkForm { recipient_email: "nobody", ..good }, "recipient_email"),
            (LinkForm { lock: "mail_code", ..good }, "recipient_email"),
            (LinkForm { lock: "padlock", ..good }, "lock"),
            (LinkForm { lock: "passcode", passcode: "short", ..good }, "passcode"),
            (LinkForm { max_views: "0", ..good }, "max_views"),
            (LinkForm { days: "61", ..good }, "link_days"),
            (LinkForm { days: "soon", ..good }, "link_days"),
        ] {
            let refused = form.parse(60).err();
            assert!(matches!(&refused, Some(Error::Invalid(bad)) if bad.0.len() == 1 && bad.0.contains_key(field)), "{field}: {refused:?}");
        }
    }

    #[test]
    fn passcodes_that_are_made_are_long_and_differ() {
        use secrecy::ExposeSecret;
        let (one, other) = (made_passcode().unwrap(), made_passcode().unwrap());
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert!(one.expose_secret().len() == 10 && one.expose_secret().bytes().all(|byte| LETTERS.contains(&byte)));
    }
}
