//! The sign-in of an organisation: which OpenID Connect provider stands for the passwords of its people.

use chrono::{DateTime, Utc};
use openidconnect::url::{Host, Url};
use secrecy::{ExposeSecret, SecretString};

use crate::access::{Can, Cx, Role, Writer};
use crate::audit::Event;
use crate::identity::limits;
use crate::identity::providers::{PREFIX, Providers, secret_place};
use crate::kernel::crypto::{hex, random};
use crate::kernel::error::{Error, Invalid, Result};
use crate::kernel::ids::{ProviderId, ProviderRoleId};
use crate::kernel::text;

/// The roles that a group may bring. Those that rule an organisation or its confidential cases need a second person.
pub const ROLES: [Role; 4] = super::invitations::ROLES;
/// Groups that bring roles.
const MOST_ROLES: i64 = 200;

/// The provider of an organisation.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// Its address, exactly as it writes it itself.
    pub issuer: String,
    /// What it knows this server as.
    pub client_id: String,
    /// Whether it gave this server a secret.
    pub has_secret: bool,
    /// The domain for whose addresses it may speak.
    pub domain: String,
    /// What the domain must say.
    proof: String,
    /// Since when the domain is known to say so.
    pub verified: Option<DateTime<Utc>>,
    /// The claim that holds groups.
    pub groups_claim: String,
    /// Whether members with an address of the domain must sign in by it.
    pub required: bool,
    /// The version that an edit must name.
    pub row_version: i32,
    /// Which group brings which role.
    pub roles: Vec<Brings>,
}

impl Provider {
    /// The TXT record by which the domain says that it is the organisation's.
    #[must_use]
    pub fn record(&self) -> String {
        format!("{PREFIX}{}", self.proof)
    }
}

/// A group that brings a role.
#[derive(Clone, Debug)]
pub struct Brings {
    /// Its id.
    pub id: ProviderRoleId,
    /// The group, as the provider names it.
    pub group: String,
    /// The role.
    pub role: Option<Role>,
}

/// What an administrator typed.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The provider's address.
    pub issuer: &'a str,
    /// What it knows this server as.
    pub client_id: &'a str,
    /// The secret that it gave; empty to keep the one there is, or for none.
    pub client_secret: SecretString,
    /// The domain of its addresses.
    pub domain: &'a str,
    /// The claim that holds groups.
    pub groups_claim: &'a str,
    /// The version that was edited; none where there was none.
    pub row_version: Option<i32>,
}

/// The provider of the organisation, if it has one.
///
/// # Errors
/// Refusal, or the database's.
pub async fn get(cx: &Cx) -> Result<Option<Provider>> {
    let mut r = cx.read(Can::ReadProvider).await?;
    let row = sqlx::query!(
        r#"select p.id as "id: ProviderId", p.issuer, p.client_id, p.client_secret is not null as "has_secret!", p.domain, p.domain_proof,
             p.verified_at, p.groups_claim, t.required_provider_id is not null as "required!", p.row_version
           from app.provider p cross join app.tenant t"#
    )
    .fetch_optional(r.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let roles = sqlx::query!(
        r#"select id as "id: ProviderRoleId", group_name, role from app.provider_role where provider_id = $1 order by group_name, role"#,
        row.id.0
    )
    .fetch_all(r.conn())
    .await?;
    Ok(Some(Provider {
        id: row.id,
        issuer: row.issuer,
        client_id: row.client_id,
        has_secret: row.has_secret,
        domain: row.domain,
        proof: row.domain_proof,
        verified: row.verified_at,
        groups_claim: row.groups_claim,
        required: row.required,
        row_version: row.row_version,
        roles: roles.into_iter().map(|row| Brings { id: row.id, group: row.group_name, role: Role::parse(&row.role) }).collect(),
    }))
}

/// What the fields say once they are of their form.
struct Parsed {
    issuer: String,
    client_id: String,
    domain: String,
    groups_claim: String,
}

fn parse(wanted: &Wanted<'_>) -> Result<Parsed> {
    let mut invalid = Invalid::default();
    let issuer = invalid.keep("issuer", issuer(wanted.issuer));
    let client_id = invalid.keep("client_id", text::line(wanted.client_id, 1, 255));
    let domain = invalid.keep("domain", domain(wanted.domain));
    let groups_claim = invalid.keep("groups_claim", text::line(wanted.groups_claim, 1, 80));
    if wanted.client_secret.expose_secret().len() > 512 {
        invalid.note("client_secret", "too_long");
    }
    match (issuer, client_id, domain, groups_claim) {
        (Some(issuer), Some(client_id), Some(domain), Some(groups_claim)) if invalid.0.is_empty() => {
            Ok(Parsed { issuer, client_id, domain, groups_claim })
        }
        _ => Err(Error::Invalid(invalid)),
    }
}

/// An issuer is compared letter by letter, so it stays as it was typed.
fn issuer(text: &str) -> Result<String, &'static str> {
    let issuer = text::line(text, 1, 500)?;
    let url = Url::parse(&issuer).map_err(|_| "not_an_address")?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    if plain && matches!(url.scheme(), "https" | "http") && url.has_host() { Ok(issuer) } else { Err("not_an_address") }
}

fn domain(text: &str) -> Result<String, &'static str> {
    let typed = text::line(text, 1, 253)?;
    match Host::parse(typed.trim_start_matches('@')) {
        Ok(Host::Domain(domain)) if domain.contains('.') && !domain.ends_with('.') => Ok(domain),
        _ => Err("not_a_domain"),
    }
}

/// Whether an administrator may have the server ask a provider or a domain, which costs others something.
async fn may_ask_outside(cx: &Cx) -> Result<()> {
    cx.admit(Can::SetProvider).await?;
    limits::hit(cx.db(), limits::PROVIDERS, &cx.standing()?.tenant.to_string()).await
}

/// Sets the provider up, or changes it. It is asked first whether it is one. Another domain must be shown anew to be the organisation's,
/// and another issuer is not sent the secret of the one before.
///
/// # Errors
/// Refusal, refused fields, stale, limited, or the database's.
pub async fn set(cx: &Cx, providers: &Providers, wanted: Wanted<'_>) -> Result<()> {
    may_ask_outside(cx).await?;
    let new = parse(&wanted)?;
    providers.discover(&new.issuer).await.map_err(|error| Error::field("issuer", error.code()))?;
    let before = get(cx).await?;
    if before.as_ref().map(|before| before.row_version) != wanted.row_version {
        return Err(Error::Stale);
    }
    let tenant = cx.standing()?.tenant;
    let id = ProviderId::of(tenant);
    let mut w = cx.write(Can::SetProvider).await?;
    let typed = wanted.client_secret.expose_secret().trim();
    let sealed = if typed.is_empty() {
        None
    } else {
        let key =
            cx.db().data_key(w.conn(), tenant.into()).await?.ok_or_else(|| Error::Internal("an organisation without a key".into()))?;
        Some(key.seal(&secret_place(tenant, id), typed.as_bytes())?)
    };
    let same_issuer = before.as_ref().is_some_and(|before| before.issuer == new.issuer);
    // who demands it at the same time waits, and then finds what stands here
    sqlx::query!("select id from app.provider for update").fetch_optional(w.conn()).await?;
    // who may speak for the domain was shown for this provider and no other
    let same = same_issuer && before.as_ref().is_some_and(|before| before.domain == new.domain && before.client_id == new.client_id);
    if !same {
        // nobody is held to a provider that cannot let them in
        sqlx::query!("update app.tenant set required_provider_id = null where required_provider_id is not null").execute(w.conn()).await?;
    }
    if before.is_some() && !same {
        end_sessions(&mut w, id).await?;
    }
    let proof = hex(&random::<16>()?);
    match wanted.row_version {
        None => {
            sqlx::query!(
                "insert into app.provider (id, issuer, client_id, client_secret, domain, domain_proof, groups_claim) values ($1, $2, $3, $4, $5, $6, $7)",
                id.0, new.issuer, new.client_id, sealed, new.domain, proof, new.groups_claim
            )
            .execute(w.conn())
            .await
            .map_err(|error| Error::on_duplicate(error, Error::Stale))?;
        }
        Some(version) => {
            let done = sqlx::query!(
                "update app.provider set issuer = $2, client_id = $3, client_secret = coalesce($4, case when $5 then client_secret end),
                   domain = $6, domain_proof = case when $7 then domain_proof else $8 end,
                   groups_claim = $9
                 where id = $1 and row_version = $10",
                id.0,
                new.issuer,
                new.client_id,
                sealed,
                same_issuer,
                new.domain,
                same,
                proof,
                new.groups_claim,
                version
            )
            .execute(w.conn())
            .await?;
            if done.rows_affected() == 0 {
                return Err(Error::Stale);
            }
        }
    }
    w.commit(Event::ProviderSet(id)).await
}

/// Asks the domain whether it is the organisation's. From then on the provider may speak for its addresses.
///
/// # Errors
/// Refusal, not found; `domain_silent`, `domain_taken`; limited, or the database's.
pub async fn verify_domain(cx: &Cx, providers: &Providers) -> Result<()> {
    may_ask_outside(cx).await?;
    let provider = get(cx).await?.ok_or(Error::NotFound)?;
    if !providers.domain_says(&provider.domain, &provider.proof).await {
        return Err(Error::Rule("domain_silent"));
    }
    let mut w = cx.write(Can::SetProvider).await?;
    let mac = cx.db().keys().sign_domain(cx.standing()?.tenant.0, &provider.domain, &provider.proof);
    let done = sqlx::query_scalar!(r#"select gate.verify_provider($1) as "done!""#, mac)
        .fetch_one(w.conn())
        .await
        .map_err(|error| Error::on_duplicate(error, Error::Rule("domain_taken")))?;
    if !done {
        return Err(Error::Stale);
    }
    w.commit(Event::ProviderVerified { provider: provider.id, domain: provider.domain }).await
}

/// Says whether members with an address of the domain must sign in by the provider. Administrators need not: they keep a way in for the
/// day on which it is out of order.
///
/// # Errors
/// Refusal, not found; `domain_not_shown`, or the database's.
pub async fn require(cx: &Cx, required: bool) -> Result<()> {
    let mut w = cx.write(Can::SetProvider).await?;
    let row = sqlx::query!(r#"select id as "id: ProviderId", verified_at from app.provider for update"#)
        .fetch_optional(w.conn())
        .await?
        .ok_or(Error::NotFound)?;
    if required && row.verified_at.is_none() {
        return Err(Error::Rule("domain_not_shown"));
    }
    let id = required.then_some(row.id.0);
    sqlx::query!("update app.tenant set required_provider_id = $1", id).execute(w.conn()).await?;
    w.commit(Event::ProviderRequired { provider: row.id, required }).await
}

/// Takes the provider away: nobody is let in by it any more, and who was is signed out.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn remove(cx: &Cx) -> Result<()> {
    let mut w = cx.write(Can::SetProvider).await?;
    sqlx::query!("update app.tenant set required_provider_id = null where required_provider_id is not null").execute(w.conn()).await?;
    let id = sqlx::query_scalar!(r#"select id as "id: ProviderId" from app.provider for update"#)
        .fetch_optional(w.conn())
        .await?
        .ok_or(Error::NotFound)?;
    end_sessions(&mut w, id).await?;
    sqlx::query!("delete from app.provider_role").execute(w.conn()).await?;
    sqlx::query!("delete from app.provider where id = $1", id.0).execute(w.conn()).await?;
    w.commit(Event::ProviderRemoved(id)).await
}

/// Ends the sessions that a provider of this organisation has begun.
async fn end_sessions(w: &mut Writer, id: ProviderId) -> Result<()> {
    sqlx::query!("select gate.end_provider_sessions($1)", id.0).fetch_one(w.conn()).await?;
    Ok(())
}

/// Lets a group bring a role.
///
/// # Errors
/// Refusal, not found, refused fields, or the database's.
pub async fn add_role(cx: &Cx, group: &str, role: &str) -> Result<()> {
    let mut w = cx.write(Can::SetProvider).await?;
    let mut invalid = Invalid::default();
    let group = invalid.keep("group", text::line(group, 1, 200));
    let role = invalid.keep("role", Role::parse(role).filter(|role| ROLES.contains(role)).ok_or("not_a_choice"));
    let (Some(group), Some(role)) = (group, role) else { return Err(Error::Invalid(invalid)) };
    let row =
        sqlx::query!(r#"select id as "id: ProviderId", (select count(*) from app.provider_role) as "roles!" from app.provider for update"#)
            .fetch_optional(w.conn())
            .await?
            .ok_or(Error::NotFound)?;
    if row.roles >= MOST_ROLES {
        return Err(Error::field("group", "too_many"));
    }
    sqlx::query!(
        "insert into app.provider_role (id, provider_id, group_name, role) values ($1, $2, $3, $4)",
        ProviderRoleId::new().0,
        row.id.0,
        group,
        role.as_str()
    )
    .execute(w.conn())
    .await
    .map_err(|error| Error::or_duplicate(error, "group"))?;
    w.commit(Event::ProviderRoleAdded { provider: row.id, role: role.as_str() }).await
}

/// Lets a group bring a role no more. Who has it by the group keeps it until the next sign-in.
///
/// # Errors
/// Refusal, not found, or the database's.
pub async fn remove_role(cx: &Cx, id: ProviderRoleId) -> Result<()> {
    let mut w = cx.write(Can::SetProvider).await?;
    let provider = sqlx::query_scalar!(r#"delete from app.provider_role where id = $1 returning provider_id as "id: ProviderId""#, id.0)
        .fetch_optional(w.conn())
        .await?
        .ok_or(Error::NotFound)?;
    w.commit(Event::ProviderRoleRemoved(provider)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_and_issuers() {
        for (typed, read) in [
            ("Amani.Test", Ok("amani.test")),
            ("@amani.test", Ok("amani.test")),
            (" mail.amani.test ", Ok("mail.amani.test")),
            ("bücher.example", Ok("xn--bcher-kva.example")),
            ("amani", Err("not_a_domain")),
            ("10.0.0.1", Err("not_a_domain")),
            ("amani.test.", Err("not_a_domain")),
            ("https://amani.test", Err("not_a_domain")),
            ("a b.test", Err("not_a_domain")),
            ("", Err("required")),
        ] {
            assert_eq!(domain(typed), read.map(str::to_owned), "{typed}");
        }
        for good in ["https://id.amani.test", "https://id.amani.test/realms/staff/", "http://localhost:4000"] {
            assert_eq!(issuer(good).as_deref(), Ok(good));
        }
        for bad in
            ["id.amani.test", "https://a:b@id.amani.test", "https://id.amani.test/?x", "https://id.amani.test/#x", "data:x", "ftp://a.test"]
        {
            assert!(issuer(bad).is_err(), "{bad}");
        }
    }
}
