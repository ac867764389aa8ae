"""The stage: a server of its own on a private, durable PostgreSQL in a temporary directory, and nothing of it afterwards."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import keys
from browser import Answer, Browser

ROOT = pathlib.Path(__file__).resolve().parent.parent
HERE = ROOT / "benches"
PASSWORD = "correct horse battery staple"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SUPERUSER = "kipimo_root"
START_SECONDS = 90
PATIENCE_SECONDS = 600
TICKS = os.sysconf("SC_CLK_TCK")


class NotMeasured(Exception):
    """Something could not be measured: a fault of the stage or of the server, never of its speed."""


def bin_dir() -> pathlib.Path:
    """The programs of the newest PostgreSQL, which is the one that the server starts."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise NotMeasured("no PostgreSQL is installed")
    return found[-1]


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the program's name; the first is the state."""
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def answer_of(command: list[str], environment: dict[str, str], directory: pathlib.Path, given: str | None = None) -> str:
    """What a program prints that is done within ten minutes and without complaint."""
    done = subprocess.run(
        command, env=environment, cwd=directory, input=given, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    if done.returncode:
        raise NotMeasured(f"{command[0]}: {done.stderr}")
    return done.stdout.strip()


class Server:
    """One `kipimo serve` on the stage's data directory. The second attaches to the first one's PostgreSQL."""

    def __init__(self, data: pathlib.Path, log: pathlib.Path, *flags: str):
        port, internal = free_ports(2)
        self.log, self.port, self.url = log, port, f"http://127.0.0.1:{port}"
        self.environment = environment(data, port, internal)
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [program(), "serve", *flags], env=self.environment, cwd=data, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )

    def first(self, path: str, cookies: dict[str, str] | None = None) -> Answer:
        """The first answer: the port is bound at once and serves once the database does."""
        browser, deadline = Browser(self.url), time.monotonic() + START_SECONDS
        browser.cookies = cookies or {}
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return browser.get(path)
            except OSError:
                time.sleep(0.002)
        raise NotMeasured("the server does not answer")

    def memory_mb(self) -> dict[str, float]:
        """Memory of its process, now, at its highest, and what of it is the program's own file."""
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        found = dict(line.split(":", 1) for line in lines if line.startswith(("VmRSS", "VmHWM", "RssFile")))
        return {name: round(int(value.split()[0]) / 1024, 1) for name, value in found.items()}

    def forget_highest(self) -> None:
        """From here on its memory at its highest is that of what comes."""
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def last_words(self) -> str:
        """The end of what it printed."""
        return self.log.read_text()[-2000:]

    def stop(self) -> None:
        """Ends it in order, or else at once; its PostgreSQL ends with it."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def program() -> str:
    """The program that is measured."""
    path = pathlib.Path(os.environ.get("KIPIMO_BENCH_PROGRAM", ROOT / "target/release/kipimo"))
    if not path.exists():
        raise NotMeasured(f"{path} is missing: run make build")
    return str(path)


def environment(data: pathlib.Path, port: int, internal: int) -> dict[str, str]:
    """Nothing of the caller's configuration reaches the server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KIPIMO_", "DATABASE_", "PG"))}
    return kept | {
        "KIPIMO_DATA_DIR": str(data),
        "KIPIMO_SITE_DIR": str(ROOT / "target/site"),
        "KIPIMO_LISTEN": f"127.0.0.1:{port}",
        "KIPIMO_INTERNAL_LISTEN": f"127.0.0.1:{internal}",
        "KIPIMO_DEMO_PASSWORD": PASSWORD,
        "KIPIMO_DEMO_TOTP_SECRET": TOTP,
        # donors come from many networks, by which their limit counts: the load names them
        "KIPIMO_TRUSTED_PROXIES": "127.0.0.0/8",
    }


class Stage:
    """The server under load, its database, and who is signed in."""

    def __enter__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="kipimo-bench-"))
        self.dir.chmod(0o755)  # as root, PostgreSQL runs as somebody else, who must walk through
        self.data = self.dir / "data"
        self.data.mkdir()
        try:
            self.server = Server(self.data, self.dir / "server.log", "--demo")
            self.server.first("/healthz")
            self.master = bytes.fromhex((self.data / "secret.key").read_text().strip())
            self.sign_everybody_in()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, fault, *_):
        if hasattr(self, "server"):
            self.server.stop()
            if fault:
                print(f"the server's last words:\n{self.server.last_words()}", file=sys.stderr)
        shutil.rmtree(self.dir, ignore_errors=True)

    def sign_everybody_in(self) -> None:
        """A MEAL officer, and the administrators of a large and of a small log."""
        self.meal = Browser(self.server.url).sign_in("meal@amani.test", PASSWORD)
        self.admin = Browser(self.server.url).sign_in("admin@amani.test", PASSWORD, TOTP)
        self.other_admin = Browser(self.server.url).sign_in("admin@baraka.test", PASSWORD, TOTP)
        for person in (self.meal, self.admin, self.other_admin):
            if not person.cookies:
                raise NotMeasured("a sign-in was refused")

    def login(self, name: str) -> dict[str, str]:
        """How libpq's programs reach the database as a login."""
        password = keys.login_password(self.master, name)
        return {"PGHOST": str(self.data / "socket"), "PGUSER": name, "PGPASSWORD": password, "PGDATABASE": "kipimo"}

    def door(self) -> dict[str, str]:
        """The server's own login, in the role of the doors from the start: pgbench prepares before it begins."""
        return self.login("kipimo_app") | {"PGOPTIONS": "-c role=kipimo_tenant"}

    def psql(self, *arguments: str, given: str | None = None) -> str:
        """What psql answers, as the superuser."""
        command = [str(bin_dir() / "psql"), "-qAtX", "-v", "ON_ERROR_STOP=1", *arguments]
        return answer_of(command, os.environ | self.login(SUPERUSER), self.dir, given)

    def ask(self, sql: str) -> str:
        """The one value that a query answers."""
        return self.psql("-c", sql)

    def script(self, name: str, **variables: object) -> None:
        """Runs one of the SQL files with variables."""
        given = [part for key, value in variables.items() for part in ("-v", f"{key}={value}")]
        self.psql(*given, "-f", str(HERE / "sql" / name))

    def context(self, slug: str, email: str) -> str:
        """A signed context of somebody in an organisation, for pgbench."""
        return keys.context(self.master, self.tenant(slug), self.ask(f"select id from auth.user_account where email = '{email}'"))

    def donor_context(self, slug: str, link: str) -> str:
        """The same of a donor's visit."""
        return keys.context(self.master, self.tenant(slug), link, "donor_link", "donor")

    def tenant(self, slug: str) -> str:
        """The id of an organisation."""
        return self.ask(f"select id from app.tenant where slug = '{slug}'")

    def project(self, code: str) -> str:
        """The id of a project of the first organisation."""
        return self.ask(f"select p.id from app.project p join app.tenant t on t.id = p.tenant_id where t.slug = 'amani-wash' and p.code = '{code}'")

    def door_token(self) -> str:
        """What the form at the door of every link holds, without which it opens nothing."""
        page = Browser(self.server.url).get("/d/0000000000000000").body.decode()
        found = re.search(r'name="door" value="([0-9a-f]+)"', page)
        if not found:
            raise NotMeasured("the door of links holds no token")
        return found.group(1)

    def token(self, email: str) -> str:
        """A fresh API token."""
        return answer_of([program(), "demo", "token", email], self.server.environment, self.data)

    def processor(self, server: Server | None = None) -> tuple[float, float]:
        """Seconds of processor that a server and all of its PostgreSQL have used, ended backends included."""
        server = stat((server or self.server).process.pid)
        postmaster = int((self.data / "postgres/postmaster.pid").read_text().splitlines()[0])
        database = sum(map(int, stat(postmaster)[11:15]))
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and (fields := stat(int(entry.name)))[1] == str(postmaster):
                    database += int(fields[11]) + int(fields[12])
            except OSError:  # ended while we looked: its postmaster has counted it, or will
                continue
        return sum(map(int, server[11:13])) / TICKS, database / TICKS
