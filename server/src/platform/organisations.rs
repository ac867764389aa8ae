//! The organisations of the platform: made with a first administrator, put on a plan, suspended and let go on.

use chrono::{DateTime, NaiveDate, Utc};
use secrecy::ExposeSecret;

use super::told::{self, told_by};
use super::{Desk, PLATFORM, Writer};
use crate::access::Fresh;
use crate::audit::Event;
use crate::db::{Db, Why};
use crate::identity::secrets;
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{InvitationId, TenantId};
use crate::kernel::text::{self, Email, Locale};
use crate::mail::{Kind, Letter, post_for_organisation};
use crate::tenancy::plan::Plan;

/// Organisations on a page.
const PAGE: usize = 50;

/// An organisation, by what it uses. Nothing of what it says.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// Its id.
    pub id: TenantId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its plan, as the database names it.
    pub plan: String,
    /// Where its data are to lie.
    pub region: String,
    /// `active`, `suspended` or `closing`.
    pub status: String,
    /// Whether it is a demonstration.
    pub demo: bool,
    /// Whether it lets support in.
    pub support_access: bool,
    /// Since when there is it.
    pub created: DateTime<Utc>,
    /// The version that an edit must name.
    pub row_version: i32,
    /// Members.
    pub members: i64,
    /// Administrators among them.
    pub administrators: i64,
    /// Projects.
    pub projects: i64,
    /// Events in its log.
    pub events: i64,
    /// When the last of them was written.
    pub last_event: Option<DateTime<Utc>>,
}

/// A page of organisations.
#[derive(Clone, Debug)]
pub struct Page {
    /// In the order of their names in addresses.
    pub organisations: Vec<Organisation>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

async fn some(desk: &Desk, only: Option<TenantId>, holds: &str, after: &str) -> Result<Vec<Organisation>> {
    let mut tx = desk.read().await?;
    Ok(sqlx::query_as!(
        Organisation,
        r#"select id as "id!: TenantId", slug as "slug!", name as "name!", plan as "plan!", region as "region!", status as "status!",
             demo as "demo!", support_access as "support_access!", created_at as "created!", row_version as "row_version!",
             members as "members!", administrators as "administrators!", projects as "projects!", events as "events!", last_event
           from gate.platform_organisations($1, $2, $3, $4)"#,
        only.map(|id| id.0),
        holds,
        after,
        i32::try_from(PAGE + 1).unwrap_or(i32::MAX)
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The organisations whose name holds a text, after one of them.
///
/// # Errors
/// The database's.
pub async fn list(desk: &Desk, holds: &str, after: &str) -> Result<Page> {
    let mut organisations = some(desk, None, holds.trim(), after).await?;
    let more = organisations.len() > PAGE;
    organisations.truncate(PAGE);
    let next = organisations.last().filter(|_| more).map(|last| last.slug.clone());
    Ok(Page { organisations, next })
}

/// An organisation.
///
/// # Errors
/// Not found, or the database's.
pub async fn get(desk: &Desk, id: TenantId) -> Result<Organisation> {
    some(desk, Some(id), "", "").await?.pop().ok_or(Error::NotFound)
}

/// Sign-ins of a day.
#[derive(Clone, Debug)]
pub struct Day {
    /// The day, in UTC.
    pub day: NaiveDate,
    /// Sign-ins.
    pub started: i64,
    /// Refused ones.
    pub refused: i64,
}

/// The sign-ins of the last fourteen days, all organisations together.
///
/// # Errors
/// The database's.
pub async fn sign_ins(desk: &Desk) -> Result<Vec<Day>> {
    let mut tx = desk.read().await?;
    Ok(sqlx::query_as!(Day, r#"select day as "day!", started as "started!", refused as "refused!" from gate.platform_sign_ins()"#)
        .fetch_all(tx.conn())
        .await?)
}

/// What an operator typed of a new organisation.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its name in addresses.
    pub slug: &'a str,
    /// Its plan.
    pub plan: &'a str,
    /// Where its data are to lie.
    pub region: &'a str,
    /// The language of what it makes, and of its first letter.
    pub locale: &'a str,
    /// The address of its first administrator.
    pub email: &'a str,
}

/// Makes an organisation and invites its first administrator.
///
/// # Errors
/// Refused fields (`taken` for a name in use), or the database's.
pub async fn create(desk: &Desk, proof: Fresh, wanted: &Wanted<'_>) -> Result<TenantId> {
    let mut invalid = Invalid::default();
    let name = invalid.keep("name", text::line(wanted.name, 1, 120));
    let slug = invalid.keep("slug", text::organisation(wanted.slug));
    let plan = invalid.keep("plan", Plan::parse(wanted.plan).ok_or("not_a_choice"));
    let region = invalid.keep("region", region(wanted.region));
    let locale = invalid.keep("default_locale", Locale::parse(wanted.locale).ok_or("not_a_choice"));
    let email = invalid.keep("email", Email::parse(wanted.email));
    let (Some(name), Some(slug), Some(plan), Some(region), Some(locale), Some(email)) = (name, slug, plan, region, locale, email) else {
        return Err(Error::Invalid(invalid));
    };
    let id = TenantId::new();
    let mut w = desk.write(proof).await?;
    sqlx::query!(
        "select gate.create_organisation($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        slug,
        name,
        plan.as_str(),
        region,
        locale.as_str(),
        desk.facts.agent
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "slug"))?;
    invite(desk, &mut w, id, &email, locale, None).await?;
    w.commit(&Event::OrganisationCreated(id)).await?;
    Ok(id)
}

/// A name of a region: letters, digits and dashes.
fn region(text: &str) -> Result<String, &'static str> {
    let region = text::line(text, 2, 30)?.to_lowercase();
    let fits = region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fits { Ok(region) } else { Err("not_a_code") }
}

async fn invite(desk: &Desk, w: &mut Writer, id: TenantId, email: &Email, locale: Locale, reason: Option<&str>) -> Result<InvitationId> {
    let (invitation, secret) = (InvitationId::new(), secrets::fresh()?);
    let organisation = sqlx::query_scalar!(
        "select gate.invite_administrator($1, $2, $3, $4, $5, $6)",
        id.0,
        invitation.0,
        email.as_str(),
        &secrets::hash(&secret)[..],
        reason,
        desk.facts.agent
    )
    .fetch_one(w.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let letter = Letter {
        kind: Kind::Invitation,
        to: email.as_str().to_owned(),
        name: String::new(),
        locale,
        path: format!("/invite#{}", secret.expose_secret()),
        organisation,
        device: String::new(),
        at: String::new(),
        about: String::new(),
    };
    post_for_organisation(&desk.db, w.conn(), PLATFORM, &letter).await?;
    Ok(invitation)
}

/// Invites another administrator, for an organisation that has lost its own or has nobody who could decide with them.
///
/// # Errors
/// Not found, refused fields, or the database's.
pub async fn invite_administrator(desk: &Desk, proof: Fresh, id: TenantId, email: &str, reason: &str, locale: Locale) -> Result<()> {
    let mut invalid = Invalid::default();
    let email = invalid.keep("email", Email::parse(email));
    let reason = invalid.keep("reason", text::line(reason, 10, 500));
    let (Some(email), Some(reason)) = (email, reason) else { return Err(Error::Invalid(invalid)) };
    let mut w = desk.write(proof).await?;
    let invitation = invite(desk, &mut w, id, &email, locale, Some(&reason)).await?;
    w.commit(&Event::AdministratorInvited { tenant: id, invitation, reason }).await
}

/// Tells administrators of who was asked from outside to rule with them, and of who does now: once of each.
///
/// # Errors
/// The database's.
pub async fn tell_of_administrators(db: &Db) -> Result<()> {
    let mut tx = db.system(Why::Mail).await?;
    let told = told_by!("gate.tell_of_administrators()").fetch_all(tx.conn()).await?;
    told::send(db, &mut tx, told).await?;
    tx.commit().await
}

/// What an operator typed of an organisation that there is.
#[derive(Clone, Copy, Debug)]
pub struct Changed<'a> {
    /// Its plan.
    pub plan: &'a str,
    /// Where its data are to lie.
    pub region: &'a str,
    /// `active` or `suspended`.
    pub status: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The version that was edited.
    pub row_version: i32,
}

/// Sets plan, region and status.
///
/// # Errors
/// Not found, refused fields, stale (also for one that is closing), or the database's.
pub async fn set(desk: &Desk, proof: Fresh, id: TenantId, changed: &Changed<'_>) -> Result<()> {
    get(desk, id).await?;
    let status = changed.status;
    let mut invalid = Invalid::default();
    let plan = invalid.keep("plan", Plan::parse(changed.plan).ok_or("not_a_choice"));
    let region = invalid.keep("region", region(changed.region));
    let reason = invalid.keep("reason", text::line(changed.reason, 10, 500));
    if !matches!(status, "active" | "suspended") {
        invalid.note("status", "not_a_choice");
    }
    let (Some(plan), Some(region), Some(reason), true) = (plan, region, reason, invalid.0.is_empty()) else {
        return Err(Error::Invalid(invalid));
    };
    let mut w = desk.write(proof).await?;
    let done = sqlx::query_scalar!(
        r#"select gate.set_organisation($1, $2, $3, $4, $5, $6, $7) as "done!""#,
        id.0,
        plan.as_str(),
        region,
        status,
        reason,
        changed.row_version,
        desk.facts.agent
    )
    .fetch_one(w.conn())
    .await?;
    if !done {
        return Err(Error::Stale);
    }
    w.commit(&Event::OrganisationSet { tenant: id, plan: plan.as_str(), status: status.to_owned(), reason }).await
}

#[cfg(test)]
mod tests {
    use super::region;

    #[test]
    fn regions() {
        for (typed, read) in [
            ("default", Ok("default")),
            (" EU-1 ", Ok("eu-1")),
            ("", Err("required")),
            ("e", Err("too_short")),
            ("eu 1", Err("not_a_code")),
            ("eü", Err("not_a_code")),
        ] {
            assert_eq!(region(typed), read.map(str::to_owned), "{typed}");
        }
    }
}
