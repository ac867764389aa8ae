//! The people of the demonstration.

use uuid::Uuid;

use super::{Credentials, SignIn};
use crate::db::Db;
use crate::identity::{passwords, totp};
use crate::kernel::error::{Error, Result};
use crate::kernel::ids::{MembershipId, TenantId, UserId};

const ORGANISATIONS: [(&str, &str, &str); 2] =
    [("amani-wash", "Amani WASH", "amani.test"), ("baraka-health", "Baraka Health", "baraka.test")];

/// Local part, names in the two organisations, role, title.
const PEOPLE: [(&str, [&str; 2], &str, &str); 6] = [
    ("admin", ["Asha Mwangi", "Daudi Okello"], "tenant_admin", "Operations director"),
    ("pm", ["Neema Mushi", "Rehema Juma"], "project_manager", "Project manager"),
    ("meal", ["Juma Kato", "Salma Njeri"], "meal_officer", "MEAL officer"),
    ("field", ["Grace Akinyi", "Peter Lwanga"], "field_officer", "Field officer"),
    ("viewer", ["Tom Becker", "Ines Duarte"], "viewer", "Desk officer"),
    ("safeguarding", ["Halima Yusuf", "Miriam Abdi"], "safeguarding_focal", "Safeguarding focal point"),
];

struct Person<'a> {
    email: String,
    name: &'a str,
    second_factor: bool,
    super_admin: bool,
}

/// Makes accounts, organisations and memberships that are not there.
pub(super) async fn load(db: &Db, owner: &mut sqlx::PgConnection, credentials: &Credentials) -> Result<Vec<SignIn>> {
    let mut sign_ins = Vec::new();
    let root = Person { email: "root@kipimo.test".into(), name: "Root Operator", second_factor: true, super_admin: true };
    account(db, owner, credentials, &root).await?;
    sign_ins.push(SignIn { email: root.email, second_factor: true });
    for (i, (slug, name, domain)) in ORGANISATIONS.into_iter().enumerate() {
        let tenant = organisation(owner, slug, name).await?;
        for (local, names, role, title) in PEOPLE {
            let second_factor = matches!(role, "tenant_admin" | "safeguarding_focal");
            let person = Person { email: format!("{local}@{domain}"), name: names[i], second_factor, super_admin: false };
            let user = account(db, owner, credentials, &person).await?;
            sqlx::query_scalar!("select gate.enrol($1, $2, $3, $4, $5)", tenant, MembershipId::new().0, user, &[role.to_owned()], title)
                .fetch_one(&mut *owner)
                .await?;
            sign_ins.push(SignIn { email: person.email, second_factor });
        }
    }
    Ok(sign_ins)
}

async fn organisation(owner: &mut sqlx::PgConnection, slug: &str, name: &str) -> Result<Uuid> {
    Ok(sqlx::query_scalar!(r#"select gate.create_organisation($1, $2, $3, true) as "id!""#, TenantId::new().0, slug, name)
        .fetch_one(owner)
        .await?)
}

async fn account(db: &Db, owner: &mut sqlx::PgConnection, credentials: &Credentials, person: &Person<'_>) -> Result<Uuid> {
    let known = sqlx::query_scalar!("select gate.account_of($1)", person.email).fetch_one(&mut *owner).await?;
    if let Some(id) = known {
        return Ok(id);
    }
    let id = UserId::new();
    let hash = passwords::hash(credentials.password.clone()).await?;
    let secret = if person.second_factor { Some(sealed(db, owner, credentials, id).await?) } else { None };
    Ok(sqlx::query_scalar!(
        r#"select gate.create_account($1, $2, $3, 'en', $4, $5, $6) as "id!""#,
        id.0,
        person.email,
        person.name,
        hash,
        secret,
        person.super_admin
    )
    .fetch_one(owner)
    .await?)
}

/// The second factor, sealed with the person's key.
async fn sealed(db: &Db, owner: &mut sqlx::PgConnection, credentials: &Credentials, user: UserId) -> Result<Vec<u8>> {
    let key = db.data_key(owner, user.into()).await?.ok_or(Error::NotFound)?;
    key.seal(&totp::place(user), &totp::secret_from_base32(&credentials.totp)?)
}
