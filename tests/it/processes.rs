//! The program itself: killed in the middle of an import, and the database killed under it. Whatever dies, nothing is left
//! half-done, no process is left behind, and the next start goes on.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use secrecy::{ExposeSecret, SecretString};
use server::db::cluster::Cluster;
use server::kernel::crypto::Keys;
use sqlx::{ConnectOptions, PgConnection, Row};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::imports::SMALL;
use crate::stage::{PASSWORD, TOTP, multipart};

const MAPPING: &str = r#"{"layout":"wide","dates":{"start":"start_date","end":"end_date"},"location":{"code":"location_id","name":"location_name"},"indicators":"*","missing":["NA",""],"create":["locations","periods"]}"#;

/// A running `kipimo serve` with a directory of its own.
struct Program {
    data: PathBuf,
    child: Child,
    address: SocketAddr,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn kipimo(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kipimo"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("KIPIMO_DATA_DIR", data);
    command.env("KIPIMO_DEMO_PASSWORD", PASSWORD).env("KIPIMO_DEMO_TOTP_SECRET", TOTP).current_dir(data);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl Program {
    async fn start(data: &Path) -> Self {
        Self::run(data, kipimo(data).args(["serve", "--demo"])).await
    }

    /// Another process that serves the same database under the same key, with a directory of its own.
    async fn beside(&self) -> Self {
        let key = self.data.join("secret.key");
        let keys = Keys::from_hex(&SecretString::from(std::fs::read_to_string(&key).unwrap())).unwrap();
        let password = keys.login_password("kipimo_app").unwrap();
        let socket = self.data.join("socket").display().to_string().replace('/', "%2F");
        let data = data_dir();
        let mut command = kipimo(&data);
        command.env("DATABASE_URL", format!("postgres://kipimo_app:{}@localhost/kipimo?host={socket}", password.expose_secret()));
        Self::run(&data, command.arg("serve").env("KIPIMO_SECRET_KEY_FILE", key)).await
    }

    async fn run(data: &Path, command: &mut Command) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let listen = command.env("KIPIMO_LISTEN", address.to_string());
        let child = listen.env("KIPIMO_INTERNAL_LISTEN", format!("127.0.0.1:{}", free_port())).spawn().unwrap();
        let mut program = Self { data: data.to_owned(), child, address };
        while !program.answers("/login", "").await {
            assert!(program.child.try_wait().unwrap().is_none(), "the server ended: see {}", data.display());
            tokio::task::yield_now().await;
        }
        program
    }

    async fn answers(&self, path: &str, token: &str) -> bool {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n");
        self.send(request.into_bytes()).await.is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    async fn send(&self, request: Vec<u8>) -> Option<String> {
        let mut stream = TcpStream::connect(self.address).await.ok()?;
        stream.write_all(&request).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        Some(String::from_utf8_lossy(&answer).into_owned())
    }

    /// A form as a browser sends it; the answer's head.
    async fn form(&self, path: &str, cookies: &str, body: &str) -> String {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nsec-fetch-site: same-origin\r\nconnection: close\r\n\
             cookie: {cookies}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len(),
            address = self.address
        );
        self.send(request.into_bytes()).await.unwrap()
    }

    /// Whether a page opens with these cookies.
    async fn opens(&self, path: &str, cookies: &str) -> bool {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncookie: {cookies}\r\n\r\n", self.address);
        self.send(request.into_bytes()).await.unwrap().starts_with("HTTP/1.1 200")
    }

    async fn import(&self, project: uuid::Uuid, token: &str) -> Option<String> {
        let (kind, body) = multipart(&[("mapping", MAPPING)], ("small.csv", SMALL.as_bytes()));
        let head = format!(
            "POST /api/v1/projects/{project}/imports?valid_rows=true HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             authorization: Bearer {token}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.send([head.as_bytes(), &body].concat()).await
    }

    /// The superuser of its private cluster, which runs: this only attaches to it.
    async fn superuser(&self) -> PgConnection {
        let secret = std::fs::read_to_string(self.data.join("secret.key")).unwrap();
        let keys = Keys::from_hex(&SecretString::from(secret)).unwrap();
        Cluster::start(&self.data, &keys, true).await.unwrap().superuser("kipimo").connect().await.unwrap()
    }

    fn token(&self) -> String {
        let made = kipimo(&self.data).args(["demo", "token", "meal@amani.test"]).stdout(Stdio::piped()).output().unwrap();
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    }

    /// The process of PostgreSQL itself; none when it has stopped in order.
    fn postmaster(&self) -> Option<String> {
        let file = std::fs::read_to_string(self.data.join("postgres/postmaster.pid")).ok()?;
        file.lines().next().map(str::to_owned)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // it may have been killed by the test already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn data_dir() -> PathBuf {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let dir = std::env::temp_dir().join(format!("kipimo-program-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed)));
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

async fn camps(superuser: &mut PgConnection) -> uuid::Uuid {
    sqlx::query("select id from app.project where code = 'camps'").fetch_one(superuser).await.unwrap().get(0)
}

/// An import that has written its values and waits, uncommitted, for the one who holds the rollup.
async fn import_half_way(program: &Program, token: &str) -> PgConnection {
    let mut holder = program.superuser().await;
    let project = camps(&mut holder).await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("begin; select pg_advisory_xact_lock(hashtextextended('rollup:{project}', 0))")))
        .execute(&mut holder)
        .await
        .unwrap();
    let mut watcher = program.superuser().await;
    let waits = async {
        let waiting = "select from pg_stat_activity where usename = 'kipimo_app' and wait_event_type = 'Lock'";
        while sqlx::query(waiting).fetch_optional(&mut watcher).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = program.import(project, token) => panic!("the import did not wait: {answer:?}"),
        () = waits => {}
    }
    holder
}

/// Kills PostgreSQL under the server, which starts it again and serves on, without being started anew itself.
async fn kill_postgres(program: &Program, token: &str) {
    let first = program.postmaster().unwrap();
    assert!(Command::new("kill").args(["-9", &first]).status().unwrap().success());
    while program.postmaster().is_none_or(|pid| pid == first) || !program.answers("/api/v1/me", token).await {
        tokio::task::yield_now().await;
    }
}

/// Ends a server, waits until its database has ended too, and removes what they kept.
async fn clear(program: Program, data: &Path) {
    drop(program);
    while std::fs::exists(data.join("postgres/postmaster.pid")).unwrap() {
        tokio::task::yield_now().await;
    }
    std::fs::remove_dir_all(data).unwrap();
}

async fn values_of_camps(program: &Program) -> i64 {
    let mut conn = program.superuser().await;
    sqlx::query("select count(*) from app.indicator_value v join app.project p on p.id = v.project_id where p.code = 'camps'")
        .fetch_one(&mut conn)
        .await
        .unwrap()
        .get(0)
}

fn chains_are_intact(data: &Path) -> bool {
    kipimo(data).args(["audit", "verify"]).status().unwrap().success()
}

#[tokio::test]
async fn whatever_is_killed_in_an_import_nothing_is_half_done() {
    let data = data_dir();
    let mut program = Program::start(&data).await;
    let token = program.token();

    let _holder = import_half_way(&program, &token).await;
    program.child.kill().unwrap();
    program.child.wait().unwrap();
    while program.postmaster().is_some() {
        // the server can no longer stop it: it notices by itself and leaves no orphan
        tokio::task::yield_now().await;
    }

    let program = Program::start(&data).await;
    assert_eq!(values_of_camps(&program).await, 0, "the server was killed");
    assert!(chains_are_intact(&data));

    let _holder = import_half_way(&program, &token).await;
    kill_postgres(&program, &token).await;
    assert_eq!(values_of_camps(&program).await, 0, "PostgreSQL was killed");
    assert!(chains_are_intact(&data));
    clear(program, &data).await;
}

/// Nothing but the wait of the write itself takes it to the disk within ten seconds.
#[tokio::test]
async fn what_was_answered_survives_a_crash_of_the_database() {
    let data = data_dir();
    let program = Program::start(&data).await;
    let token = program.token();
    let mut superuser = program.superuser().await;
    let project = camps(&mut superuser).await;
    for setting in ["alter system set wal_writer_delay = '10s'", "select pg_reload_conf()"] {
        sqlx::raw_sql(setting).execute(&mut superuser).await.unwrap();
    }
    // so that the new delay is in force and nothing waits for the disk but what follows
    sqlx::raw_sql("checkpoint").execute(&mut superuser).await.unwrap();
    let answer = program.import(project, &token).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    kill_postgres(&program, &token).await;
    assert!(values_of_camps(&program).await > 0);
    assert!(chains_are_intact(&data));
    clear(program, &data).await;
}

/// The cookies that an answer sets, as a browser sends them back.
fn cookies_of(answer: &str) -> String {
    let set = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    set.filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn two_processes_share_sessions_and_limits() {
    let first = Program::start(&data_dir()).await;
    let second = first.beside().await;
    let page = "/o/amani-wash/projects";
    let password = PASSWORD.replace(' ', "+");
    let signed_in = first.form("/fn/sessions/open", "", &format!("email=meal%40amani.test&password={password}&back=%2Flogin")).await;
    let cookies = cookies_of(&signed_in);
    assert!(first.opens(page, &cookies).await, "{signed_in}");
    assert!(second.opens(page, &cookies).await, "signed in at one, and so at the other");
    second.form("/logout", &cookies, "").await;
    assert!(!first.opens(page, &cookies).await, "signed out at one, and so at the other");
    // five guesses are had by turns; then both make whoever guesses wait
    let guess = "email=field%40amani.test&password=x&back=%2Flogin";
    for program in [&first, &second, &first, &second, &first] {
        assert!(!program.form("/fn/sessions/open", "", guess).await.contains("retry-after"));
    }
    for program in [&second, &first] {
        assert!(program.form("/fn/sessions/open", "", guess).await.contains("retry-after"));
    }
}
