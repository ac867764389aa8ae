#!/usr/bin/env python3
"""The benchmarks: pages of the server against the same SQL in pgbench, measured side by side in one run.

Never fails by time: only where something could not be measured. KIPIMO_BENCH_QUICK=1 for a look of four minutes;
KIPIMO_BENCH_SCALE (organisations) and KIPIMO_BENCH_SECONDS (of a round) for others.

KIPIMO_BENCH_ONLY=a,b,import measures these parts alone, and keeps their files apart, in target/bench/only. Of loads: a, a-brotli, b,
policies, portal, portal-brotli, c, c-plain, c-many, d, d-plain, e, e-short, deep. Of what is measured once: aborts, portal-weight, wide, weights,
sign-ins, import, memory, start, paper, bulk.
"""

import math
import os
import signal
import sys
import time
import urllib.parse
from collections.abc import Callable

import data
import portal
import report
import singles
from aborts import aborting
from bulk import bulk
from loads import Load, Round, Runner, measure
from stage import PASSWORD, NotMeasured, Stage, answer_of, program

QUICK = bool(os.environ.get("KIPIMO_BENCH_QUICK"))
ORGANISATIONS = int(os.environ.get("KIPIMO_BENCH_SCALE", "4" if QUICK else "50"))
SECONDS = int(os.environ.get("KIPIMO_BENCH_SECONDS", "2" if QUICK else "8"))
ROUNDS = 2 if QUICK else 3
EVENTS = 100_000 if QUICK else 1_000_000
MANY = 100_000 if QUICK else 500_000
LOADS = "a a-brotli b policies portal portal-brotli c c-plain c-many d d-plain e e-short deep".split()
ONCE = "aborts portal-weight wide weights sign-ins import memory start paper bulk".split()
ONLY = set(filter(None, os.environ.get("KIPIMO_BENCH_ONLY", "").split(",")))
# 1.0 and 0.4 ms where the yardstick takes 0.12
TIMES = (1.0 / 0.12, 0.4 / 0.12)
ORG = "/o/amani-wash"
PROJECTS = [f"{ORG}/projects/bench-{n}" for n in range(1, data.PROJECTS + 1)]


def say(text: str) -> None:
    """Tells progress as the scripts do."""
    print(f"==> {text}", flush=True)


def is_wanted(*names: str) -> bool:
    """Whether any of these parts is measured."""
    return not ONLY or not ONLY.isdisjoint(names)


def overview(stage: Stage, runner: Runner) -> Load:
    """(a): a project's page."""
    rows = runner.pgbench("overview.sql", stage.door(), ctx=stage.context("amani-wash", "meal@amani.test"))
    return Load("a", f"(a) project with {data.INDICATORS} latest figures", runner.pages(PROJECTS, stage.meal), rows, 0.20, 0.45, *TIMES)


def reads(stage: Stage, runner: Runner) -> list[Load]:
    """(a) and (b): a project's page and its tracking table."""
    as_meal = {"ctx": stage.context("amani-wash", "meal@amani.test")}
    page = overview(stage, runner)
    unprotected = runner.pgbench("overview-unprotected.sql", tenant=stage.tenant("amani-wash"), **as_meal)
    sums = runner.pgbench("sums.sql", stage.door(), **as_meal)
    tables = [f"{project}/tracking" for project in PROJECTS]
    return [
        page,
        Load("a-brotli", "(a) the same, compressed", runner.pages(PROJECTS, stage.meal, "br")),
        Load("b", "(b) tracking table from the rollup", runner.pages(tables, stage.meal), sums, 0.65, 2.0),
        Load("policies", "SQL of (a) with policies, without", page.yardstick, unprotected, 0.80, 0.88),
    ]


def writes(stage: Stage, runner: Runner) -> list[Load]:
    """(c) and (d): a value changed, a donor's link opened. Both are held to the SQL that the server itself runs, sealed log and
    all, as (a) and (e) are; beside them stands the same change of plain tables, which no chain orders."""
    actor = stage.ask("select id from auth.user_account where email = 'meal@amani.test'")
    plain = runner.pgbench("save.sql", actor=actor)
    doors = runner.pgbench("save-doors.sql", stage.door(), ctx=stage.context("amani-wash", "meal@amani.test"))
    links = -(-2000 // ORGANISATIONS)

    door = stage.door_token()

    def opening(seconds: int = 0) -> Round:
        return runner.wrk("open.lua", ORGANISATIONS, links, door, seconds=seconds)

    opened = runner.pgbench("open-doors.sql", stage.login("kipimo_app"), organisations=str(ORGANISATIONS), links=str(links))
    return [
        Load("c", "(c) value changed, against its own SQL", saving(stage, runner, True), doors, 0.40, 0.55),
        Load("c-plain", "(c) the same, against plain tables", saving(stage, runner, True), plain),
        Load("c-many", "(c) the same, many organisations", saving(stage, runner, False), plain),
        Load("d", "(d) donor link opened and logged, against its own SQL", opening, opened, 0.35, 0.50),
        Load("d-plain", "(d) the same, against plain tables", opening, runner.pgbench("open.sql")),
    ]


def saving(stage: Stage, runner: Runner, only_first: bool):
    """Rounds of saves; each begins from the versions that the drafts have by then."""

    def run(seconds: int = 0) -> Round:
        return runner.wrk("save.lua", data.drafts(stage, only_first), 2, cookie=stage.meal.cookie, seconds=seconds)

    return run


def identity(stage: Stage, runner: Runner) -> list[dict]:
    """Sign-ins beside the bare rate of hashing, and decisions of limits."""
    people = [f"{who}@{domain}.test" for who in ("pm", "field", "viewer") for domain in ("amani", "baraka")]
    typed = urllib.parse.quote(PASSWORD)
    bare = float(answer_of([program(), "hash-rate"], stage.server.environment, stage.data))
    signed_in = runner.wrk("sign_in.lua", typed, *people)
    if signed_in.details["refused"] or signed_in.details["errors"]:
        raise NotMeasured(f"sign-ins were refused: {signed_in.details}")
    limit = runner.pgbench("limit.sql", stage.login("kipimo_app"))(0)
    return [
        singles.line("sign-ins, of the bare rate of hashing", signed_in.rate / bare, "", least=0.85, per_second=signed_in.rate, bare=bare),
        singles.line("decisions of limits", limit.rate, "/s"),
    ]


def logs(stage: Stage, runner: Runner) -> list[Load]:
    """(e): the newest page of a long log, and of a short one beside it."""
    as_admin = {"ctx": stage.context("amani-wash", "admin@amani.test")}
    long, short = (f"(e) log page at {data.events(stage, slug):,} events" for slug in ("amani-wash", "baraka-health"))
    newest = runner.pgbench("log.sql", stage.door(), **as_admin)
    return [
        Load("e", long, runner.pages([f"{ORG}/audit"], stage.admin), newest, 0.30, 0.55),
        Load("e-short", short, runner.pages(["/o/baraka-health/audit"], stage.other_admin)),
    ]


def deep(stage: Stage, runner: Runner) -> list[Load]:
    """A tracking table of 200 indicators, broken down by three dimensions."""
    stage.script("deep.sql")
    rows = runner.pgbench("deep.sql", stage.door(), ctx=stage.context("amani-wash", "meal@amani.test"))
    return [Load("deep", "tracking table, 200 × 12 × 3 dimensions", runner.pages([f"{ORG}/projects/bench-deep/tracking?by=*"], stage.meal), rows)]


def against_rows(result: dict) -> dict:
    """How much more processor time the deep table takes than the rows that it is made of."""
    times = result["processor_ms"] / result["yardstick_processor_ms"]
    rates = {"rate": 1 / result["ratio"], "server_ms": result["server_ms"], "database_ms": result["database_ms"]}
    return singles.line("tracking table broken down: processor, against its rows", times, "×", limit=3, **rates)


def growth(long: dict, short: dict) -> dict:
    """How much longer a page of the long log takes than one of the short."""
    return singles.line("time of the log page, long against short", short["per_second"] / long["per_second"], "×", limit=1.5, aim=1.1)


class Bench:
    """What was measured so far, of what is wanted."""

    def __init__(self, stage: Stage):
        self.stage, self.runner = stage, Runner(stage, SECONDS)
        self.results: list[dict] = []
        self.once: list[dict] = []

    def loads(self, text: str, keys: str, made: Callable[[Stage, Runner], list[Load]]) -> list[dict]:
        """Measures loads in turns; what they need is made only if one of them is wanted."""
        if not is_wanted(*keys.split()):
            return []
        say(text)
        results = measure([load for load in made(self.stage, self.runner) if is_wanted(load.key)], ROUNDS)
        self.results += results
        return results

    def single(self, name: str, measured: Callable[[], list[dict]]) -> None:
        """Measures something once."""
        if is_wanted(name):
            say(name)
            self.once += measured()

    def pages(self) -> None:
        """What is read."""
        self.loads("pages", "a a-brotli b policies", reads)
        self.single("aborts", lambda: [aborting(self.stage, overview, PROJECTS)])
        if is_wanted("portal", "portal-brotli", "portal-weight"):
            told = portal.Portal(self.stage)
            self.loads("the donor's portal", "portal portal-brotli", lambda _, runner: told.loads(runner))
            self.single("portal-weight", lambda: [told.weight()])
        self.single("wide", lambda: [singles.wide_table(self.stage)])
        self.single("weights", lambda: singles.weights(self.stage))

    def changes(self) -> None:
        """What is written, and who comes in."""
        self.loads("writes", "c c-plain c-many d d-plain", writes)
        self.single("sign-ins", lambda: identity(self.stage, self.runner))
        self.single("import", lambda: [*singles.importing(self.stage), singles.log_after_import(self.stage)])

    def log(self) -> None:
        """What a log of many events costs."""
        if not is_wanted("e", "e-short"):
            return
        say(f"the log, filled to {EVENTS:,} events")
        data.fill_log(self.stage, "amani-wash", EVENTS)
        logged = self.loads("its pages", "e e-short", logs)
        if len(logged) == 2:
            self.once.append(growth(*logged))

    def server(self) -> None:
        """The server itself, loaded with what is read and written all day."""
        self.single("memory", lambda: [singles.memory(self.stage, "loaded", limit=60, aim=30)])
        self.single("start", lambda: [singles.starting(self.stage)])

    def large(self) -> None:
        """What is large; last comes what makes everything that is read longer."""
        self.once += map(against_rows, self.loads("a deep tracking table", "deep", deep))
        self.single("paper", lambda: [portal.paper(self.stage)])
        self.single("memory", lambda: [singles.memory(self.stage, "after deep tables and paper")])
        self.single("bulk", lambda: bulk(self.stage, MANY))


def bench(stage: Stage) -> int:
    """Seeds, measures, tells. Answers the exit code."""
    began = time.monotonic()
    data.seed(stage, ORGANISATIONS)
    sizes = {"organisations": ORGANISATIONS, "projects": data.PROJECTS, "indicators": data.INDICATORS, "months": data.PERIODS}
    values = math.prod(sizes.values())
    told = " × ".join(f"{count} {name}" for name, count in sizes.items())
    say(f"{told}: {values:,} values in {time.monotonic() - began:.0f} s")
    settings = {"organisations": ORGANISATIONS, "values": values, "round_seconds": SECONDS, "rounds": ROUNDS, "only": sorted(ONLY)}
    facts = report.machine(stage, settings)
    found = Bench(stage)
    for part in (found.pages, found.changes, found.log, found.server, found.large):
        part()
    out = report.OUT / "only" if ONLY else report.OUT
    report.show(found.results, found.once)
    report.save(out, facts, found.results, found.once)
    say(f"{time.monotonic() - began:.0f} s in all; written to {out}")
    return 1 if any(r["faults"] for r in found.results) else 0


def main() -> int:
    """Whatever ends the run, the stage is cleared."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        if unknown := ONLY.difference(LOADS, ONCE):
            raise NotMeasured(f"KIPIMO_BENCH_ONLY names no part {', '.join(sorted(unknown))}; there are {' '.join(LOADS + ONCE)}")
        with Stage() as stage:
            return bench(stage)
    except NotMeasured as fault:
        print(f"kipimo: {fault}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
