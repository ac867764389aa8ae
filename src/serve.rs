//! `kipimo serve`.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use app::assets::Browser;
use app::hosts::Hosts;
use app::visit::{App, Settings as SiteSettings};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use server::db::{Db, check};
use server::donors::reminders;
use server::http::api::{self, ApiState};
use server::identity::breaches::Breaches;
use server::identity::letter_requests;
use server::identity::passkeys::Site;
use server::identity::providers::Providers;
use server::kernel::files::Files;
use server::mail::{Postman, Transport};
use server::platform::{organisations, support_visits};
use server::worker::Worker;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::commands::load_demo;
use crate::config::{Environment, Settings};
use crate::database::Database;

/// Serves until SIGTERM or Ctrl-C, then drains and stops what it started.
pub async fn run(settings: Settings, demo: bool) -> Result<ExitCode> {
    let public_url = settings.public_url.trim_end_matches('/').to_owned();
    let https = public_url.starts_with("https://");
    if settings.environment == Environment::Production && !https {
        bail!("production needs an https address: set KIPIMO_PUBLIC_URL");
    }
    // bound first: a port in use is told before a database is started
    let listener = TcpListener::bind(settings.listen).await.with_context(|| format!("cannot listen on {}", settings.listen))?;
    let internal =
        TcpListener::bind(settings.internal_listen).await.with_context(|| format!("cannot listen on {}", settings.internal_listen))?;
    let database = Database::open(&settings).await?;
    let served = with_database(&settings, &database, demo, &public_url, https, listener, internal).await;
    database.close();
    served
}

async fn with_database(
    settings: &Settings,
    database: &Database,
    demo: bool,
    public_url: &str,
    https: bool,
    listener: TcpListener,
    internal: TcpListener,
) -> Result<ExitCode> {
    database.migrate().await?;
    let faults = check::faults(&database.runtime).await.context("the database cannot be checked")?;
    if !faults.is_empty() {
        bail!("refusing to start:\n  {}", faults.join("\n  "));
    }
    if demo {
        load_demo(settings, database).await?;
    }
    let db = database.connect(settings.database_connections);
    let hosts = settings.organisation_hosts.then(|| Hosts::under(public_url));
    if hosts.as_ref().is_some_and(Option::is_none) {
        bail!("KIPIMO_ORGANISATION_HOSTS needs a KIPIMO_PUBLIC_URL that can have subdomains");
    }
    let hosts = hosts.flatten();
    let site = SiteSettings {
        public_url: public_url.to_owned(),
        https,
        trusted_proxies: settings.trusted_proxies.clone(),
        passkeys: Site::of(public_url, hosts.is_some()),
        hosts: hosts.map(Arc::new),
        providers: Providers::new(public_url, &settings.provider_networks(), settings.name_server)?,
        breaches: Breaches::with_file(&settings.breach_filter())?,
        browser: Browser::find(&settings.site_dir),
        iati_schemas: settings.iati_schemas.join("iati-activities-schema.xsd").is_file().then(|| settings.iati_schemas.clone()),
    };
    let postman = postman(settings, &db, public_url)?;
    let files = files(settings)?;
    let worker = Worker::new(db.clone(), files.clone());
    let app = site_and_api(&db, files, site)?;
    println!("Kipimo is at {public_url}");
    let inside = tokio::spawn(server::http::serve::run(internal, internal_routes(db.clone()), stop()));
    let mail = tokio::spawn(postman.run(stop()));
    let letters = tokio::spawn(keep_house(db.clone(), stop()));
    let clock = tokio::spawn(worker.clone().keep_time(stop()));
    let jobs = tokio::spawn(worker.run(stop()));
    server::http::serve::run(listener, app, stop()).await;
    let _ = tokio::join!(inside, mail, letters, clock, jobs);
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Where files of evidence are kept: in a bucket that was named, or beside the data.
fn files(settings: &Settings) -> Result<Files> {
    match &settings.files_url {
        Some(address) => Files::at(address).context("KIPIMO_FILES_URL"),
        None => Files::in_folder(&settings.data_dir.join("files")).context("KIPIMO_DATA_DIR"),
    }
}

/// Who sends mail: by the mail server that was named, or into files that a developer can open.
fn postman(settings: &Settings, db: &Db, public_url: &str) -> Result<Postman> {
    let transport = match (&settings.smtp_url, settings.environment) {
        (Some(url), _) => Transport::smtp(url).context("KIPIMO_SMTP_URL")?,
        (None, Environment::Production) => bail!("production needs a mail server: set KIPIMO_SMTP_URL"),
        (None, Environment::Development) => Transport::files(&settings.data_dir.join("mail"))?,
    };
    if settings.environment == Environment::Production && settings.mail_from.contains("@localhost") {
        bail!("production needs the address that mails come from: set KIPIMO_MAIL_FROM");
    }
    Postman::new(db.clone(), transport, &settings.mail_from, public_url).context("KIPIMO_MAIL_FROM")
}

/// Writes the letters that somebody asked for, after they were answered, ends visits of support that may not go on, tells administrators of
/// others that were asked from outside, and every ten minutes forgets what has had its time and tells whose links to donors end soon.
async fn keep_house(db: Db, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut swept = Instant::now();
    loop {
        if let Err(error) = letter_requests::answer(&db).await {
            tracing::error!(%error, "letters that were asked for could not be written");
        }
        if let Err(error) = support_visits::end_old(&db).await {
            tracing::error!(%error, "visits of support could not be ended");
        }
        if let Err(error) = organisations::tell_of_administrators(&db).await {
            tracing::error!(%error, "administrators could not be told of another one");
        }
        if swept.elapsed() > Duration::from_mins(10) {
            swept = Instant::now();
            if let Err(error) = db.sweep().await {
                tracing::error!(%error, "what has had its time could not be forgotten");
            }
            if let Err(error) = reminders::tell_of_ends(&db).await {
                tracing::error!(%error, "nobody could be told of links that end soon");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(2)) => {}
            () = &mut stop => return,
        }
    }
}

/// Pages, forms and the API.
fn site_and_api(db: &Db, files: Files, site: SiteSettings) -> Result<Router> {
    let api = ApiState { db: db.clone(), trusted_proxies: Arc::new(site.trusted_proxies.clone()), public_url: site.public_url.clone() };
    let cookie_keys = db.keys().cookie_keys()?;
    let pages = app::router::site(App { db: db.clone(), files, settings: Arc::new(site) }, &cookie_keys);
    Ok(pages.merge(api::router(api.clone())).merge(api::well_known(api)))
}

/// The internal listener: whether this server should get requests.
fn internal_routes(db: Db) -> Router {
    Router::new()
        .route("/readyz", get(move || async move { if db.is_ready().await { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE } }))
}

async fn stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
