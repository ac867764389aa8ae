//! Which database, and with which keys.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use secrecy::{ExposeSecret, SecretString};
use server::db::cluster::Cluster;
use server::db::{Db, migrate, options};
use server::kernel::crypto::{Keys, hex, random};
use sqlx::postgres::PgConnectOptions;

use crate::config::{Environment, Settings};

/// A reachable database with its logins.
pub struct Database {
    /// The login that serves.
    pub runtime: PgConnectOptions,
    /// The login that migrates; none where only the runtime login was given.
    pub owner: Option<PgConnectOptions>,
    /// A login that sees every row, for verifying the log: the private cluster's superuser, or the owner.
    pub all_seeing: Option<PgConnectOptions>,
    /// The keys.
    pub keys: Keys,
    cluster: Option<Cluster>,
}

impl Database {
    /// Opens the configured database, or starts the private one.
    pub async fn open(settings: &Settings) -> Result<Self> {
        let keys = keys(settings)?;
        if let Some(url) = &settings.database_url {
            let owner = settings.owner_database_url.as_ref().map(options).transpose().context("KIPIMO_OWNER_DATABASE_URL")?;
            let runtime = options(url).context("DATABASE_URL")?;
            return Ok(Self { runtime, all_seeing: owner.clone(), owner, keys, cluster: None });
        }
        if settings.environment == Environment::Production {
            bail!("production needs a PostgreSQL of your own: set DATABASE_URL");
        }
        // benchmarks and tests of other things may do without durability; nothing else may
        let durable = std::env::var_os("KIPIMO_TEST_NOT_DURABLE").is_none();
        let cluster = Cluster::start(&settings.data_dir, &keys, durable).await?;
        Ok(Self {
            runtime: cluster.runtime()?,
            owner: Some(cluster.owner()?),
            all_seeing: Some(cluster.superuser("kipimo")),
            keys,
            cluster: Some(cluster),
        })
    }

    /// Whether there is a database to look into: a command that only looks must not make an empty one.
    pub fn expect(settings: &Settings) -> Result<()> {
        if settings.database_url.is_none() && !Cluster::exists(&settings.data_dir) {
            bail!(
                "there is no database in {}: call this where `kipimo serve` was started, or set KIPIMO_DATA_DIR",
                settings.data_dir.display()
            );
        }
        Ok(())
    }

    /// The login that migrates.
    pub fn owner(&self) -> Result<&PgConnectOptions> {
        self.owner.as_ref().context("set KIPIMO_OWNER_DATABASE_URL to the login that migrates")
    }

    /// Applies what is missing. With a database of one's own and no owner's login, nothing: `kipimo migrate` was run.
    pub async fn migrate(&self) -> Result<()> {
        match &self.owner {
            Some(owner) => Ok(migrate::migrate(owner, &self.keys).await?),
            None => Ok(()),
        }
    }

    /// The server's own way to the data.
    pub fn connect(&self, connections: u32) -> Db {
        Db::connect(self.runtime.clone(), self.keys.clone(), connections)
    }

    /// Stops what was started.
    pub fn close(self) {
        if let Some(cluster) = self.cluster {
            cluster.stop();
        }
    }
}

fn keys(settings: &Settings) -> Result<Keys> {
    let file = match (&settings.secret_key_file, settings.environment) {
        (Some(file), _) => file.clone(),
        (None, Environment::Production) => bail!("production needs KIPIMO_SECRET_KEY_FILE: 32 random bytes in hexadecimal"),
        (None, Environment::Development) => {
            let file = settings.data_dir.join("secret.key");
            make_secret(&file)?;
            file
        }
    };
    let text = fs::read_to_string(&file).with_context(|| format!("secret key file {}", file.display()))?;
    Ok(Keys::from_hex(&SecretString::from(text))?)
}

/// Makes a secret where there is none; two programs starting at once agree on one.
fn make_secret(file: &Path) -> Result<()> {
    if file.exists() {
        return Ok(());
    }
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory).with_context(|| format!("data directory {}", directory.display()))?;
    }
    let secret = SecretString::from(hex(&random::<32>()?));
    let fresh = file.with_extension(format!("{}.new", std::process::id()));
    let mut out = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    writeln!(out, "{}", secret.expose_secret())?;
    out.sync_all()?;
    // a hard link fails where another has been first, and never shows half a file
    let linked = fs::hard_link(&fresh, file);
    fs::remove_file(&fresh)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}
