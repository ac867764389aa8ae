//! Bringing a database to the present shape: roles, migrations, the context key.

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use crate::kernel::crypto::Keys;
use crate::kernel::error::{Error, Result};

/// Every migration, built in.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// The roles without which a migration fails; bootstrap.sql makes them, and lets the server's login enter all but the first two.
const ROLES: [&str; 9] = [
    "kipimo_owner",
    "kipimo_gate",
    "kipimo_tenant",
    "kipimo_identity",
    "kipimo_account",
    "kipimo_mail",
    "kipimo_worker",
    "kipimo_platform",
    "kipimo_portal",
];

/// Creates roles and gives the schemas' owners their place in this database. Changes nothing the second time.
///
/// Roles belong to the whole cluster, and PostgreSQL refuses two changes of one role at a time. An advisory lock would
/// hold for one database only, so those who do this take turns by a lock on the catalogue of roles itself.
///
/// # Errors
/// The database's, e.g. when the login may not create roles.
pub async fn bootstrap(conn: &mut PgConnection) -> Result<()> {
    let mut tx = conn.begin().await?;
    sqlx::raw_sql("lock table pg_catalog.pg_authid in share row exclusive mode").execute(&mut *tx).await?;
    sqlx::raw_sql(include_str!("bootstrap.sql")).execute(&mut *tx).await?;
    let database: String = sqlx::query_scalar!("select current_database()::text as \"name!\"").fetch_one(&mut *tx).await?;
    let name = database.replace('"', "\"\"");
    // DDL takes no parameters; the name comes from the server and is quoted
    let grants = format!(
        "grant create, connect on database \"{name}\" to kipimo_owner, kipimo_gate;
         grant connect on database \"{name}\" to kipimo_app, kipimo_migrate, kipimo_backup;
         revoke all on database \"{name}\" from public;
         revoke all on schema public from public;
         grant usage, create on schema public to kipimo_migrate"
    );
    sqlx::raw_sql(AssertSqlSafe(grants)).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets the passwords of the two logins of a private cluster.
///
/// # Errors
/// The database's.
pub async fn set_passwords(conn: &mut PgConnection, keys: &Keys) -> Result<()> {
    for login in ["kipimo_app", "kipimo_migrate"] {
        let password = keys.login_password(login)?;
        // ALTER ROLE takes no parameters; the password is hexadecimal that we made
        let statement = format!("alter role {login} password '{}'", password.expose_secret());
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Applies what is missing, as the owner's login, and installs the key that signs contexts.
///
/// # Errors
/// The database's, or a migration that was changed after it was applied.
pub async fn migrate(options: &PgConnectOptions, keys: &Keys) -> Result<()> {
    let mut conn = options.connect().await?;
    let missing = sqlx::query_scalar!(
        r#"select coalesce(string_agg(wanted, ', '), '') as "missing!" from unnest($1::text[]) wanted
           where not exists (select from pg_roles r join pg_roles app on app.rolname = 'kipimo_app'
             where r.rolname = wanted and (pg_has_role(app.oid, r.oid, 'member') or wanted in ('kipimo_owner', 'kipimo_gate')))"#,
        &ROLES.map(str::to_owned)[..]
    )
    .fetch_one(&mut conn)
    .await?;
    let superuser =
        sqlx::query_scalar!("select rolsuper as \"yes!\" from pg_roles where rolname = current_user").fetch_one(&mut conn).await?;
    if superuser {
        bootstrap(&mut conn).await?;
    } else if !missing.is_empty() {
        return Err(Error::Internal(format!(
            "database roles are missing ({missing}): run `kipimo migrate` as a superuser, or server/src/db/bootstrap.sql by hand"
        )));
    }
    MIGRATOR.run(&mut conn).await.map_err(|error| Error::Internal(format!("migration: {error}")))?;
    watch_again(&mut conn).await?;
    install_context_key(&mut conn, keys).await?;
    conn.close().await?;
    Ok(())
}

/// The log's functions know the columns of their tables: those that migrations changed are written anew.
async fn watch_again(conn: &mut PgConnection) -> Result<()> {
    let mut tx = conn.begin().await?;
    sqlx::raw_sql("set local role kipimo_owner").execute(&mut *tx).await?;
    sqlx::query!("call app.watch_again()").execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

async fn install_context_key(conn: &mut PgConnection, keys: &Keys) -> Result<()> {
    let (inner, outer) = keys.context_pads()?;
    let mut tx = conn.begin().await?;
    sqlx::raw_sql("set local role kipimo_owner").execute(&mut *tx).await?;
    sqlx::query!("select gate.set_context_key($1, $2)", &inner[..], &outer[..]).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// The address of a database of the private cluster for a login.
#[must_use]
pub fn private_options(socket_dir: &std::path::Path, login: &str, password: &SecretString, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass().socket(socket_dir).username(login).password(password.expose_secret()).database(database)
}
