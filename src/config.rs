//! Flags and environment variables. `kipimo serve --help` is their documentation.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;

/// Kipimo: records what projects achieve, verifies it, and shows it to donors.
#[derive(Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(flatten)]
    pub settings: Settings,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Environment {
    /// Secrets are made where they are missing; plain HTTP and demonstration data are allowed.
    Development,
    /// Secrets must be given, the public address must be https, demonstration data are refused.
    Production,
}

#[derive(Args, Clone)]
pub struct Settings {
    /// The public listener.
    #[arg(long, env = "KIPIMO_LISTEN", default_value = "127.0.0.1:3000", global = true)]
    pub listen: SocketAddr,
    /// The internal listener: readiness; never routed publicly.
    #[arg(long, env = "KIPIMO_INTERNAL_LISTEN", default_value = "127.0.0.1:3001", global = true)]
    pub internal_listen: SocketAddr,
    /// The address in mails and links.
    #[arg(long, env = "KIPIMO_PUBLIC_URL", default_value = "http://localhost:3000", global = true)]
    pub public_url: String,
    /// Private `PostgreSQL`, files, development keys.
    #[arg(long, env = "KIPIMO_DATA_DIR", default_value = "./data", global = true)]
    pub data_dir: PathBuf,
    /// Where files of evidence are kept, `s3://bucket/prefix`, with what `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION` and
    /// `AWS_ENDPOINT` say; without it in the data directory. They are sealed before they go there.
    #[arg(long, env = "KIPIMO_FILES_URL", global = true)]
    pub files_url: Option<String>,
    /// The schema of the IATI standard, `iati-activities-schema.xsd` with the files beside it; without it files are drafts.
    #[arg(long, env = "KIPIMO_IATI_SCHEMAS", default_value = "./target/iati", global = true)]
    pub iati_schemas: PathBuf,
    /// The built browser part.
    #[arg(long, env = "KIPIMO_SITE_DIR", default_value = "./target/site", global = true)]
    pub site_dir: PathBuf,
    /// The runtime login of a `PostgreSQL` of your own; without it a private one is started.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<SecretString>,
    /// The login that migrates that `PostgreSQL`.
    #[arg(long, env = "KIPIMO_OWNER_DATABASE_URL", hide_env_values = true, global = true)]
    pub owner_database_url: Option<SecretString>,
    /// 32 random bytes in hexadecimal; made under the data directory in development, required in production.
    #[arg(long, env = "KIPIMO_SECRET_KEY_FILE", global = true)]
    pub secret_key_file: Option<PathBuf>,
    /// `development` or `production`.
    #[arg(long = "env", env = "KIPIMO_ENV", value_enum, default_value = "development", global = true)]
    pub environment: Environment,
    /// The mail server, e.g. `smtps://user:password@mail.example.org`; without one each mail is written to the data directory.
    #[arg(long, env = "KIPIMO_SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<SecretString>,
    /// The sender of mails.
    #[arg(long, env = "KIPIMO_MAIL_FROM", default_value = "Kipimo <kipimo@localhost>", global = true)]
    pub mail_from: String,
    /// Networks whose `X-Forwarded-For` is believed, separated by commas.
    #[arg(long, env = "KIPIMO_TRUSTED_PROXIES", value_delimiter = ',', global = true)]
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// A host for each organisation under the public address, e.g. `amani.kipimo.example`, for which DNS and certificate have a `*`.
    /// One session serves all.
    #[arg(long, env = "KIPIMO_ORGANISATION_HOSTS", global = true)]
    pub organisation_hosts: bool,
    /// Networks beyond the public internet where sign-in providers of organisations may be, separated by commas; in development
    /// this machine.
    #[arg(long, env = "KIPIMO_PROVIDER_NETWORKS", value_delimiter = ',', global = true)]
    pub provider_networks: Vec<ipnet::IpNet>,
    /// The name server that is asked whose a domain is; without one those of the machine.
    #[arg(long, env = "KIPIMO_NAME_SERVER", global = true)]
    pub name_server: Option<SocketAddr>,
    /// Connections to the database: two a processor keep it busy, and more only cool its caches.
    #[arg(long, env = "KIPIMO_DATABASE_CONNECTIONS", default_value_t = two_a_processor(), global = true)]
    pub database_connections: u32,
    /// The password of the demonstration sign-ins; otherwise random and printed once.
    #[arg(long, env = "KIPIMO_DEMO_PASSWORD", hide_env_values = true, global = true)]
    pub demo_password: Option<SecretString>,
    /// The second factor of the demonstration sign-ins, base32; otherwise random and printed once.
    #[arg(long, env = "KIPIMO_DEMO_TOTP_SECRET", hide_env_values = true, global = true)]
    pub demo_totp_secret: Option<SecretString>,
}

impl Settings {
    /// Where sign-in providers may be, beyond the public internet.
    pub fn provider_networks(&self) -> Vec<ipnet::IpNet> {
        match self.environment {
            Environment::Development if self.provider_networks.is_empty() => {
                ["127.0.0.0/8", "::1/128"].iter().filter_map(|net| net.parse().ok()).collect()
            }
            _ => self.provider_networks.clone(),
        }
    }

    /// Where the filter of lost passwords lies, if one was built.
    pub fn breach_filter(&self) -> PathBuf {
        self.data_dir.join("breaches.filter")
    }
}

#[derive(Subcommand)]
pub enum Command {
    /// Serves.
    Serve {
        /// Loads the demonstration organisations first.
        #[arg(long)]
        demo: bool,
    },
    /// Applies the migrations that are missing.
    Migrate,
    /// Checks configuration, roles, policies and keys; a line for each fault.
    Check,
    /// The demonstration.
    Demo {
        #[command(subcommand)]
        what: Demo,
    },
    /// Opens psql as the runtime login, or as the owner.
    Psql {
        /// As the login that migrates.
        #[arg(long)]
        owner: bool,
        /// Arguments of psql.
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// The audit log.
    Audit {
        #[command(subcommand)]
        what: Audit,
    },
    /// Says whether a published report is genuine, a PDF or a file of data, without a server; fails where it is not.
    Verify {
        /// The file.
        file: PathBuf,
        /// The list of public keys, fetched from `/verify/keys.json` of the server that published it.
        #[arg(long)]
        keys: Option<PathBuf>,
    },
    /// Prints the `OpenAPI` document.
    Openapi,
    /// How many passwords a second this machine can check.
    HashRate,
    /// Who operates the platform.
    Admin {
        #[command(subcommand)]
        what: Admin,
    },
    /// Passwords that were lost elsewhere, which nobody may choose here.
    BreachFilter {
        #[command(subcommand)]
        what: BreachFilter,
    },
}

#[derive(Subcommand)]
pub enum Demo {
    /// Loads the two demonstration organisations; twice changes nothing.
    Load,
    /// Prints a fresh API token of a demonstration person.
    Token {
        /// The person's address.
        email: String,
    },
}

#[derive(Subcommand)]
pub enum Admin {
    /// Prints a one-time link by which a super-admin sets up their account, within seven days.
    Invite {
        /// The super-admin's address.
        #[arg(long)]
        email: String,
    },
}

#[derive(Subcommand)]
pub enum BreachFilter {
    /// Makes a filter of a list: a line each, a password or its SHA-1 as Have I Been Pwned publishes it.
    Build {
        /// The list.
        list: PathBuf,
        /// The filter; by default where the server looks for it.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub enum Audit {
    /// Verifies the chains; names the first bad sequence number.
    Verify {
        /// Only this organisation; `platform` for the platform's own.
        #[arg(long)]
        org: Option<String>,
    },
}

fn two_a_processor() -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    u32::try_from(processors * 2).unwrap_or(u32::MAX).clamp(4, 64)
}
