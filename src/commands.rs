//! What each subcommand does.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use secrecy::{ExposeSecret, SecretString};
use server::audit::verify::{self as chains, Verdict};
use server::db::check;
use server::demo::{self, Credentials, SignIn};
use server::identity::totp::secret_to_base32;
use server::identity::{breaches, set_up};
use server::kernel::crypto::{base64url, random};
use sqlx::ConnectOptions;

use crate::config::{Admin, Audit, BreachFilter, Cli, Command, Demo, Environment, Settings};
use crate::database::Database;
use crate::{serve, verify};

/// Runs a subcommand.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    let settings = cli.settings;
    match cli.command {
        Command::Openapi => {
            println!("{}", server::http::api::openapi().to_pretty_json()?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve { demo } => serve::run(settings, demo).await,
        Command::Verify { file, keys } => verify::file(&file, keys.as_deref()),
        Command::HashRate => {
            println!("{:.2}", server::identity::passwords::rate(3)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::BreachFilter { what: BreachFilter::Build { list, out } } => {
            build_filter(&list, &out.unwrap_or_else(|| settings.breach_filter()))
        }
        command => {
            let makes_one = matches!(command, Command::Migrate | Command::Demo { what: Demo::Load });
            if !makes_one {
                Database::expect(&settings)?;
            }
            let database = Database::open(&settings).await?;
            let done = with_database(&settings, &database, command).await;
            database.close();
            done
        }
    }
}

async fn with_database(settings: &Settings, database: &Database, command: Command) -> Result<ExitCode> {
    match command {
        Command::Migrate => {
            database.owner()?;
            database.migrate().await?;
            println!("the database is up to date");
        }
        Command::Check => {
            let faults = check::faults(&database.runtime).await?;
            for fault in &faults {
                println!("{fault}");
            }
            return Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Demo { what: Demo::Load } => {
            database.migrate().await?;
            load_demo(settings, database).await?;
        }
        Command::Demo { what: Demo::Token { email } } => {
            allow_demo(settings)?;
            let token = demo::token(database.owner()?, &email).await.context("no such demonstration person")?;
            println!("{}", token.expose_secret());
        }
        Command::Psql { owner, args } => return psql(database, owner, &args),
        Command::Audit { what: Audit::Verify { org } } => return audit_verify(database, org.as_deref()).await,
        Command::Admin { what: Admin::Invite { email } } => {
            let path = invite_super_admin(database, &email).await?;
            println!("{}{}", settings.public_url.trim_end_matches('/'), path.expose_secret());
        }
        Command::Serve { .. } | Command::Verify { .. } | Command::Openapi | Command::HashRate | Command::BreachFilter { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// The path of a one-time link for a new super-admin.
async fn invite_super_admin(database: &Database, email: &str) -> Result<SecretString> {
    let mut conn = database.owner()?.connect().await?;
    set_up::invite_super_admin(&mut conn, email).await.context("no invitation: is there an account of that address already?")
}

fn build_filter(list: &std::path::Path, out: &std::path::Path) -> Result<ExitCode> {
    let lines = std::io::BufReader::new(std::fs::File::open(list).with_context(|| list.display().to_string())?);
    let mut filter = Vec::new();
    let count = breaches::build(lines, &mut filter)?;
    std::fs::write(out, filter).with_context(|| out.display().to_string())?;
    println!("{count} passwords in {}", out.display());
    Ok(ExitCode::SUCCESS)
}

fn allow_demo(settings: &Settings) -> Result<()> {
    if settings.environment == Environment::Production {
        bail!("the demonstration is for development only");
    }
    Ok(())
}

/// Loads the demonstration and prints its sign-ins, with what was made up for them.
pub async fn load_demo(settings: &Settings, database: &Database) -> Result<()> {
    allow_demo(settings)?;
    let file = settings.data_dir.join("demo-sign-ins.txt");
    let (password, totp) = match (&settings.demo_password, &settings.demo_totp_secret, remembered(&file)) {
        (Some(password), Some(totp), _) => (password.clone(), totp.clone()),
        (password, totp, Some(kept)) => (password.clone().unwrap_or(kept.0), totp.clone().unwrap_or(kept.1)),
        (password, totp, None) => {
            let made = SecretString::from(base64url(&random::<12>()?));
            let secret = SecretString::from(secret_to_base32(&random::<20>()?));
            (password.clone().unwrap_or(made), totp.clone().unwrap_or(secret))
        }
    };
    remember(&file, &password, &totp)?;
    let credentials = Credentials { password, totp };
    let db = database.connect(4);
    let sign_ins = demo::load(&db, database.owner()?, &credentials).await?;
    db.close().await;
    print_sign_ins(&sign_ins, &credentials);
    Ok(())
}

/// The demonstration's sign-ins of an earlier start: accounts are made once, so a second start prints the same.
fn remembered(file: &std::path::Path) -> Option<(SecretString, SecretString)> {
    let text = std::fs::read_to_string(file).ok()?;
    let mut lines = text.lines();
    Some((SecretString::from(lines.next()?), SecretString::from(lines.next()?)))
}

fn remember(file: &std::path::Path, password: &SecretString, totp: &SecretString) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    if file.exists() {
        return Ok(());
    }
    let mut out = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    writeln!(out, "{}\n{}", password.expose_secret(), totp.expose_secret())?;
    Ok(())
}

fn print_sign_ins(sign_ins: &[SignIn], credentials: &Credentials) {
    println!("Demonstration sign-ins, all with the password: {}", credentials.password.expose_secret());
    for sign_in in sign_ins {
        println!("  {}{}", sign_in.email, if sign_in.second_factor { "   (asks for a code)" } else { "" });
    }
    println!("Secret for codes, for an authenticator or `oathtool --totp -b`: {}", credentials.totp.expose_secret());
}

fn psql(database: &Database, owner: bool, args: &[String]) -> Result<ExitCode> {
    let login = if owner { database.owner()? } else { &database.runtime };
    let url = login.to_url_lossy();
    let password = url.password().unwrap_or_default().to_owned();
    let mut command = std::process::Command::new("psql");
    match login.get_socket() {
        Some(socket) => command.arg("-h").arg(socket),
        None => command.args(["-h", login.get_host()]),
    };
    let status = command
        .args(["-p", &login.get_port().to_string(), "-U", login.get_username(), "-d", login.get_database().unwrap_or("kipimo")])
        .args(args)
        .env("PGPASSWORD", percent_decoded(&password))
        .status()
        .context("psql is not installed")?;
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
}

/// The password of a URL, its percent signs resolved.
fn percent_decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let hex: String = bytes.by_ref().take(2).map(char::from).collect();
                out.push(u8::from_str_radix(&hex, 16).unwrap_or(b'?'));
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

async fn audit_verify(database: &Database, org: Option<&str>) -> Result<ExitCode> {
    let login = database.all_seeing.as_ref().context("set KIPIMO_OWNER_DATABASE_URL to a login that may read every chain")?;
    let mut conn = login.connect().await?;
    let all = chains::chains(&mut conn, org).await?;
    if all.is_empty() {
        bail!("there is no such chain");
    }
    let mut code = ExitCode::SUCCESS;
    for (slug, tenant) in all {
        match chains::chain(&mut conn, tenant).await? {
            Verdict::Intact(events) => println!("{slug}: intact, {events} events"),
            Verdict::Broken(seq, why) => {
                println!("{slug}: broken at {seq}: {why}");
                code = ExitCode::FAILURE;
            }
        }
    }
    Ok(code)
}
