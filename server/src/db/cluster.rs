//! The private PostgreSQL: a cluster under the data directory, reached by a unix socket only.

use std::fs;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::migrate::private_options;
use crate::kernel::crypto::{Keys, hex, sha256};
use crate::kernel::error::{Error, Result};

/// The superuser of the private cluster; only Kipimo knows its password.
const SUPERUSER: &str = "kipimo_root";
/// The database.
const DATABASE: &str = "kipimo";

/// Holds PostgreSQL and stops it when its own standard input ends: however Kipimo dies, no orphan is left.
const WATCHDOG: &str = r#"
exec 3<&0
"$@" &
pid=$!
{ cat <&3 >/dev/null; kill -INT "$pid" 2>/dev/null; } &
wait "$pid"
"#;

/// A private cluster: where it is and, if this process started it, the processes that it runs.
pub struct Cluster {
    socket_dir: PathBuf,
    superuser_password: SecretString,
    keys: Keys,
    running: Option<Running>,
}

struct Running {
    stopping: Arc<AtomicBool>,
    lifeline: Arc<Mutex<Option<ChildStdin>>>,
    supervisor: std::thread::JoinHandle<()>,
}

/// Where things lie and as whom they run.
#[derive(Clone)]
struct Layout {
    bin: PathBuf,
    data: PathBuf,
    socket_dir: PathBuf,
    log: PathBuf,
    user: Option<(u32, u32)>,
    /// Only tests and benchmarks of other things do without durability.
    durable: bool,
}

fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |error| Error::Internal(format!("{what}: {error}"))
}

impl Cluster {
    /// Starts the cluster of a data directory, making it first where there is none; or, where another process of
    /// Kipimo runs it, attaches to it.
    ///
    /// # Errors
    /// What is missing on the machine, in a sentence.
    pub async fn start(data_dir: &Path, keys: &Keys, durable: bool) -> Result<Self> {
        fs::create_dir_all(data_dir).map_err(io("data directory"))?;
        let layout = Layout::of(&data_dir.canonicalize().map_err(io("data directory"))?, durable)?;
        let mut cluster = Self {
            socket_dir: layout.socket_dir.clone(),
            superuser_password: keys.login_password(SUPERUSER)?,
            keys: keys.clone(),
            running: None,
        };
        if cluster.superuser("postgres").connect().await.is_ok() {
            return Ok(cluster);
        }
        layout.initialise(&cluster.superuser_password)?;
        cluster.running = Some(layout.run()?);
        cluster.wait().await?;
        cluster.prepare().await?;
        Ok(cluster)
    }

    /// Whether a data directory holds a cluster.
    #[must_use]
    pub fn exists(data_dir: &Path) -> bool {
        let home = data_dir.canonicalize().ok();
        home.and_then(|home| Layout::of(&home, true).ok()).is_some_and(|layout| layout.data.join("PG_VERSION").exists())
    }

    /// Options of the login that serves.
    ///
    /// # Errors
    /// If the password cannot be derived.
    pub fn runtime(&self) -> Result<PgConnectOptions> {
        Ok(private_options(&self.socket_dir, "kipimo_app", &self.keys.login_password("kipimo_app")?, DATABASE))
    }

    /// Options of the login that migrates.
    ///
    /// # Errors
    /// If the password cannot be derived.
    pub fn owner(&self) -> Result<PgConnectOptions> {
        Ok(private_options(&self.socket_dir, "kipimo_migrate", &self.keys.login_password("kipimo_migrate")?, DATABASE))
    }

    /// Options of the superuser, for preparing the cluster and for tests of what even a superuser cannot hide.
    #[must_use]
    pub fn superuser(&self, database: &str) -> PgConnectOptions {
        private_options(&self.socket_dir, SUPERUSER, &self.superuser_password, database)
    }

    /// The directory of the socket.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// Stops what this process started, and waits until it has ended.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(running) = self.running.take() {
            running.stopping.store(true, Ordering::SeqCst);
            if let Ok(mut lifeline) = running.lifeline.lock() {
                lifeline.take();
            }
            // a supervisor that panicked has nothing left to stop
            let _ = running.supervisor.join();
        }
    }

    async fn wait(&self) -> Result<()> {
        let mut last = None;
        for _ in 0..600 {
            match self.superuser("postgres").connect().await {
                Ok(_) => return Ok(()),
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let why = last.map(|error| error.to_string()).unwrap_or_default();
        Err(Error::Internal(format!("the private PostgreSQL does not answer: {why}; see postgres.log beside the data")))
    }

    async fn prepare(&self) -> Result<()> {
        let mut conn = self.superuser("postgres").connect().await?;
        let exists =
            sqlx::query_scalar!("select exists(select from pg_database where datname = 'kipimo') as \"yes!\"").fetch_one(&mut conn).await?;
        if !exists {
            sqlx::raw_sql("create database kipimo").execute(&mut conn).await?;
        }
        let mut conn = self.superuser(DATABASE).connect().await?;
        super::migrate::bootstrap(&mut conn).await?;
        super::migrate::set_passwords(&mut conn, &self.keys).await
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.end();
    }
}

impl Layout {
    fn of(data_dir: &Path, durable: bool) -> Result<Self> {
        let bin = find_postgres()?;
        let user = run_as()?;
        let mut home = data_dir.to_owned();
        // as root PostgreSQL runs as somebody else, who must be able to walk to its files
        if let Some((uid, _)) = user
            && !reachable(data_dir, uid)
        {
            home = Path::new("/var/lib/kipimo").join(&hex(&sha256(data_dir.as_os_str().as_encoded_bytes()))[..16]);
            fs::create_dir_all(&home).map_err(io("data directory of the private PostgreSQL"))?;
        }
        let data = home.join("postgres");
        // a socket's address is at most 107 bytes long
        let mut socket_dir = home.join("socket");
        if socket_dir.as_os_str().len() > 85 {
            socket_dir = PathBuf::from(format!("/tmp/kipimo-{}", &hex(&sha256(home.as_os_str().as_encoded_bytes()))[..16]));
        }
        Ok(Self { bin, data, socket_dir, log: home.join("postgres.log"), user, durable })
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env_remove("PGDATA").env("LC_ALL", "C");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn own(&self, path: &Path, mode: u32) -> Result<()> {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(io("permissions"))?;
        if let Some((uid, gid)) = self.user {
            chown(path, Some(uid), Some(gid)).map_err(io("ownership"))?;
        }
        Ok(())
    }

    /// Makes the cluster beside its place and moves it there when it is whole: a crash half-way leaves nothing.
    fn initialise(&self, password: &SecretString) -> Result<()> {
        fs::create_dir_all(&self.socket_dir).map_err(io("socket directory"))?;
        self.own(&self.socket_dir, 0o700)?;
        if self.data.join("PG_VERSION").exists() {
            return Ok(());
        }
        let fresh = self.data.with_extension("new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(io("half-made cluster"))?;
        }
        fs::create_dir(&fresh).map_err(io("cluster directory"))?;
        self.own(&fresh, 0o700)?;
        // a file, since initdb opens a path; in a directory that only the cluster's user enters
        let password_file = self.socket_dir.join("password");
        fs::write(&password_file, format!("{}\n", password.expose_secret())).map_err(io("initdb"))?;
        self.own(&password_file, 0o600)?;
        let done = self
            .command(self.bin.join("initdb"))
            .args(["--username", SUPERUSER, "--encoding=UTF8", "--locale=C", "--data-checksums"])
            .args(["--auth-local=scram-sha-256", "--auth-host=reject", "--pwfile"])
            .arg(&password_file)
            .arg("--pgdata")
            .arg(&fresh)
            .stdin(Stdio::null())
            .output()
            .map_err(io("initdb"));
        fs::remove_file(&password_file).map_err(io("initdb"))?;
        let done = done?;
        if !done.status.success() {
            return Err(Error::Internal(format!("initdb: {}", String::from_utf8_lossy(&done.stderr))));
        }
        fs::rename(&fresh, &self.data).map_err(io("cluster directory"))
    }

    fn spawn(&self) -> std::io::Result<Child> {
        let log = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&self.log)?;
        let mut command = self.command("/bin/sh");
        command.args(["-c", WATCHDOG, "kipimo-postgres"]).arg(self.bin.join("postgres")).arg("-D").arg(&self.data);
        command.arg("-k").arg(&self.socket_dir);
        for setting in ["listen_addresses=", "unix_socket_permissions=0700", "max_connections=60", "jit=off", "log_min_messages=warning"] {
            command.args(["-c", setting]);
        }
        if !self.durable {
            command.args(["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]);
        }
        // its own group, so that Ctrl-C reaches Kipimo alone, which then stops it in order
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log).spawn()
    }

    /// Runs PostgreSQL and starts it again should it die while Kipimo lives.
    fn run(&self) -> Result<Running> {
        let stopping = Arc::new(AtomicBool::new(false));
        let lifeline = Arc::new(Mutex::new(None));
        let mut child = self.spawn().map_err(io("private PostgreSQL"))?;
        hold(&lifeline, &mut child);
        let (layout, stop, line) = (self.clone(), Arc::clone(&stopping), Arc::clone(&lifeline));
        let supervisor = std::thread::spawn(move || {
            loop {
                let ended = child.wait();
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                tracing::error!(?ended, "the private PostgreSQL ended; starting it again");
                std::thread::sleep(Duration::from_secs(1));
                match layout.spawn() {
                    Ok(next) => child = next,
                    Err(error) => {
                        tracing::error!(%error, "the private PostgreSQL cannot be started");
                        return;
                    }
                }
                hold(&line, &mut child);
                if stop.load(Ordering::SeqCst)
                    && let Ok(mut line) = line.lock()
                {
                    line.take();
                }
            }
        });
        Ok(Running { stopping, lifeline, supervisor })
    }
}

/// Keeps the pipe whose end stops PostgreSQL.
fn hold(lifeline: &Mutex<Option<ChildStdin>>, child: &mut Child) {
    if let Ok(mut line) = lifeline.lock() {
        *line = child.stdin.take();
    }
}

/// The newest installed PostgreSQL of version 15 or later.
fn find_postgres() -> Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(version, bin)| *version >= 15 && bin.join("postgres").exists())
        .collect();
    found.sort();
    if let Some((_, bin)) = found.pop() {
        return Ok(bin);
    }
    let on_path = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).find(|dir| dir.join("postgres").exists() && dir.join("initdb").exists()));
    on_path
        .ok_or_else(|| Error::Internal("no PostgreSQL 15 or later is installed: `apt-get install postgresql`, or set DATABASE_URL".into()))
}

/// As root: the user and group of `postgres`, or of `nobody`. Otherwise nobody else.
fn run_as() -> Result<Option<(u32, u32)>> {
    let me = fs::metadata("/proc/self").map_err(io("own user"))?.uid();
    if me != 0 {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").map_err(io("/etc/passwd"))?;
    let ids = |name: &str| {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
            Some((uid, gid))
        })
    };
    ids("postgres").or_else(|| ids("nobody")).map(Some).ok_or_else(|| Error::Internal("no unprivileged user to run PostgreSQL as".into()))
}

/// Whether a user who is in nobody's group can walk to a directory.
fn reachable(dir: &Path, uid: u32) -> bool {
    dir.ancestors()
        .all(|part| fs::metadata(part).is_ok_and(|meta| meta.mode() & 0o001 != 0 || (meta.uid() == uid && meta.mode() & 0o100 != 0)))
}
