//! The stage of a test: a database of its own, copied from a template with the demonstration's people in it.

mod browser;

pub use browser::{Browser, Page, fresh_code, multipart, signed_in};

use std::cell::Cell;
use std::sync::{Arc, LazyLock, Mutex};

use app::hosts::Hosts;
use app::visit::{App, Settings};
use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use secrecy::{ExposeSecret, SecretString};
use server::access::Cx;
use server::db::cluster::Cluster;
use server::db::{Db, migrate};
use server::demo::{self, Credentials};
use server::http::api::{self, ApiState};
use server::identity::providers::Providers;
use server::kernel::crypto::Keys;
use server::kernel::files::Files;
use server::kernel::ids::{ProjectId, ReportId, SnapshotId};
use server::projects;
use server::projects::reports::{self, review};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};
use tower::ServiceExt;
use tracing_subscriber::layer::SubscriberExt;

pub const PASSWORD: &str = "correct horse battery";
pub const TOTP: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// The cluster of this test run; it stops with the process.
struct Ground {
    cluster: Cluster,
    keys: Keys,
    made: Mutex<u32>,
}

static GROUND: LazyLock<Ground> = LazyLock::new(|| {
    // a thread of its own: tests run inside a runtime already
    std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(prepare())
    })
    .join()
    .unwrap()
});

thread_local! {
    /// What a test sent: each runs on a thread of its own.
    static STATEMENTS: Cell<usize> = const { Cell::new(0) };
}

/// The statements that this test has sent to the database, but for the beginnings and ends of transactions.
pub fn statements() -> usize {
    STATEMENTS.get()
}

struct Counting;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Counting {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            STATEMENTS.set(STATEMENTS.get() + 1);
        }
    }
}

/// The directories of the clusters, before the number of the process that each belongs to.
const CLUSTERS: &str = "kipimo-test-";

/// Removes the clusters of test processes that have ended: each test is a process, and none of them can clear up after its end.
fn sweep() {
    let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(process) = name.strip_prefix(CLUSTERS).and_then(|number| number.parse::<u32>().ok()) else { continue };
        if !std::path::Path::new(&format!("/proc/{process}")).exists() {
            // another test may be sweeping too
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

async fn prepare() -> Ground {
    // for the whole run, and before anything is logged: what a thread meets without it stays switched off
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Counting)).unwrap();
    let keys = Keys::from_hex(&SecretString::from("5a".repeat(32))).unwrap();
    sweep();
    let data = std::env::temp_dir().join(format!("{CLUSTERS}{}", std::process::id()));
    let cluster = Cluster::start(&data, &keys, false).await.unwrap();
    migrate::migrate(&cluster.owner().unwrap(), &keys).await.unwrap();
    let db = Db::connect(cluster.runtime().unwrap(), keys.clone(), 2);
    let credentials = Credentials { password: SecretString::from(PASSWORD), totp: SecretString::from(TOTP) };
    demo::load(&db, &cluster.owner().unwrap(), &credentials).await.unwrap();
    // twice changes nothing
    demo::load(&db, &cluster.owner().unwrap(), &credentials).await.unwrap();
    db.close().await;
    Ground { cluster, keys, made: Mutex::new(0) }
}

pub struct Stage {
    pub db: Db,
    pub keys: Keys,
    pub runtime: PgConnectOptions,
    pub owner: PgConnectOptions,
    pub superuser: PgConnectOptions,
    pub providers: Providers,
    /// The public address.
    pub public_url: String,
    /// Whether each organisation has a host of its own.
    pub hosts: bool,
}

/// Where the schema of the IATI standard was fetched to; none where it could not be.
pub fn schemas() -> Option<std::path::PathBuf> {
    let folder = std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/iati"));
    Some(folder).filter(|folder| folder.join("iati-activities-schema.xsd").is_file())
}

impl Stage {
    /// A database of one's own.
    pub async fn new() -> Self {
        let ground = &*GROUND;
        let name = {
            let mut made = ground.made.lock().unwrap();
            *made += 1;
            format!("stage_{made}")
        };
        let mut conn = ground.cluster.superuser("postgres").connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("create database {name} template kipimo"))).execute(&mut conn).await.unwrap();
        let mut own = ground.cluster.superuser(&name).connect().await.unwrap();
        migrate::bootstrap(&mut own).await.unwrap();
        let runtime = ground.cluster.runtime().unwrap().database(&name);
        Self {
            db: Db::connect(runtime.clone(), ground.keys.clone(), 4),
            keys: ground.keys.clone(),
            runtime,
            owner: ground.cluster.owner().unwrap().database(&name),
            superuser: ground.cluster.superuser(&name),
            providers: Providers::new("http://localhost:3000", &[], None).unwrap(),
            public_url: "http://localhost:3000".to_owned(),
            hosts: false,
        }
    }

    /// A person's context.
    pub async fn cx(&self, email: &str) -> Cx {
        let mut conn = self.owner.connect().await.unwrap();
        sqlx::raw_sql("set role kipimo_owner").execute(&mut conn).await.unwrap();
        demo::acting(&self.db, &mut conn, email).await.unwrap()
    }

    pub async fn project(&self, email: &str, code: &str) -> ProjectId {
        projects::find(&self.cx(email).await, code).await.unwrap().id
    }

    pub async fn superuser(&self) -> PgConnection {
        self.superuser.connect().await.unwrap()
    }

    /// Another server of the same database: it shares nothing with this one but that.
    pub fn beside(&self) -> Self {
        Self {
            db: Db::connect(self.runtime.clone(), self.keys.clone(), 4),
            keys: self.keys.clone(),
            runtime: self.runtime.clone(),
            owner: self.owner.clone(),
            superuser: self.superuser.clone(),
            providers: self.providers.clone(),
            public_url: self.public_url.clone(),
            hosts: self.hosts,
        }
    }

    /// Where files of evidence lie: beside the cluster, and swept away with it; each database has its own.
    pub fn files(&self) -> std::path::PathBuf {
        let name = self.runtime.get_database().unwrap_or("none");
        std::env::temp_dir().join(format!("{CLUSTERS}{}", std::process::id())).join("files").join(name)
    }

    /// The whole site with the API, as it is served.
    pub fn site(&self) -> Router {
        let public_url = self.public_url.clone();
        let api = ApiState { db: self.db.clone(), trusted_proxies: Arc::new(Vec::new()), public_url: public_url.clone() };
        let settings = Settings {
            https: public_url.starts_with("https://"),
            hosts: self.hosts.then(|| Arc::new(Hosts::under(&public_url).unwrap())),
            public_url,
            trusted_proxies: Vec::new(),
            passkeys: server::identity::passkeys::Site::of("http://localhost:3000", false),
            providers: self.providers.clone(),
            breaches: server::identity::breaches::Breaches::built_in(),
            iati_schemas: schemas(),
            browser: None,
        };
        let files = Files::in_folder(&self.files()).unwrap();
        let app = App { db: self.db.clone(), files, settings: Arc::new(settings) };
        app::router::site(app, &self.keys.cookie_keys().unwrap()).merge(api::router(api))
    }

    /// A program that calls the API with a person's token.
    pub async fn program(&self, email: &str) -> Program {
        Program { site: self.site(), token: demo::token(&self.owner, email).await.unwrap() }
    }

    /// Changes rows past all rules, e.g. to make them old; answers how many.
    pub async fn run(&self, sql: &'static str) -> u64 {
        sqlx::query(sql).execute(&mut self.superuser().await).await.unwrap().rows_affected()
    }

    /// Makes a person a viewer of an organisation, past all rules.
    pub async fn enrol(&self, email: &str, slug: &str) {
        let done = sqlx::query(
            "insert into app.membership (tenant_id, id, user_id, roles, accepted_at)
             select t.id, gen_random_uuid(), u.id, '{viewer}', now() from app.tenant t, auth.user_account u where t.slug = $1 and u.email = $2",
        )
        .bind(slug)
        .bind(email)
        .execute(&mut self.superuser().await)
        .await
        .unwrap();
        assert_eq!(done.rows_affected(), 1);
    }

    /// How many rows a table has, whoever they belong to.
    pub async fn count(&self, what: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {what}"))).fetch_one(&mut self.superuser().await).await.unwrap()
    }
}

/// A program without cookies.
pub struct Program {
    site: Router,
    token: SecretString,
}

impl Program {
    /// Calls the API; the answer as JSON.
    pub async fn call(&self, method: &str, path: &str, kind: &str, body: impl Into<Body>) -> (StatusCode, serde_json::Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token.expose_secret()))
            .header(header::CONTENT_TYPE, kind)
            .body(body.into())
            .unwrap();
        let response = self.site.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    pub async fn get(&self, path: &str) -> (StatusCode, serde_json::Value) {
        self.call("GET", path, "application/json", Body::empty()).await
    }
}

/// Why a report of a test is published anew.
pub const CORRECTION: &str = "something is corrected";

/// Takes a report as far as it can be published: handed over by somebody, approved by somebody else. One that was published is opened again
/// first.
pub async fn approve(writer: &Cx, reader: &Cx, project: ProjectId, report: ReportId) {
    let now = async || reports::find(writer, project, report).await.unwrap().report;
    let found = now().await;
    if matches!(found.status.as_str(), "published" | "withdrawn") {
        review::reopen(writer, project, report, CORRECTION, found.row_version).await.unwrap();
    }
    review::submit(writer, project, report, now().await.row_version).await.unwrap();
    review::approve(reader, project, report, now().await.row_version).await.unwrap();
}

/// Takes a report the whole way: handed over by the project manager, approved by an administrator, and published.
pub async fn publish(stage: &Stage, project: ProjectId, report: ReportId) -> SnapshotId {
    let (pm, admin) = (stage.cx("pm@amani.test").await, stage.cx("admin@amani.test").await);
    approve(&pm, &admin, project, report).await;
    reports::publish(&pm, project, report, CORRECTION, false).await.unwrap()
}
