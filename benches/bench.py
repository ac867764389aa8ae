#!/usr/bin/env python3
"""The benchmarks: pages of the server against the same SQL in pgbench, measured side by side in one run.

Never fails by time: only where something could not be measured. KIPIMO_BENCH_QUICK=1 for a look of two minutes;
KIPIMO_BENCH_SCALE (organisations) and KIPIMO_BENCH_SECONDS (of a round) for others.
"""

import os
import signal
import sys
import time
import urllib.parse

import data
import report
import singles
from loads import Load, Round, Runner, measure
from stage import PASSWORD, NotMeasured, Stage, answer_of, program

QUICK = bool(os.environ.get("KIPIMO_BENCH_QUICK"))
ORGANISATIONS = int(os.environ.get("KIPIMO_BENCH_SCALE", "4" if QUICK else "50"))
SECONDS = int(os.environ.get("KIPIMO_BENCH_SECONDS", "2" if QUICK else "8"))
ROUNDS = 2 if QUICK else 3
EVENTS = 100_000 if QUICK else 1_000_000
ORG = "/o/amani-wash"
PROJECTS = [f"{ORG}/projects/bench-{n}" for n in range(1, data.PROJECTS + 1)]


def say(text: str) -> None:
    """Tells progress as the scripts do."""
    print(f"==> {text}", flush=True)


def reads(stage: Stage, runner: Runner) -> list[Load]:
    """(a) and (b): a project's page and its tracking table."""
    as_meal = {"ctx": stage.context("amani-wash", "meal@amani.test")}
    tenant = stage.ask("select id from app.tenant where slug = 'amani-wash'")
    overview = runner.pgbench("overview.sql", stage.door(), **as_meal)
    unprotected = runner.pgbench("overview-unprotected.sql", tenant=tenant, **as_meal)
    sums = runner.pgbench("sums.sql", stage.door(), **as_meal)
    tables = [f"{project}/tracking" for project in PROJECTS]
    return [
        Load("a", "(a) project with 25 latest figures", runner.pages(PROJECTS, stage.meal), overview, 0.20, 0.45, 1.0, 0.4),
        Load("a-brotli", "(a) the same, compressed", runner.pages(PROJECTS, stage.meal, "br")),
        Load("b", "(b) tracking table from the rollup", runner.pages(tables, stage.meal), sums, 0.65, 2.0),
        Load("policies", "SQL of (a) with policies, without", overview, unprotected, 0.80, 0.88),
    ]


def writes(stage: Stage, runner: Runner) -> list[Load]:
    """(c) and (d): a value changed, a donor's link opened. (c) is held to the SQL that the server itself runs, sealed log and
    all, as (a) and (e) are; beside it stands the same change of plain tables, which no chain orders."""
    actor = stage.ask("select id from auth.user_account where email = 'meal@amani.test'")
    plain = runner.pgbench("save.sql", actor=actor)
    doors = runner.pgbench("save-doors.sql", stage.door(), ctx=stage.context("amani-wash", "meal@amani.test"))
    links = -(-2000 // ORGANISATIONS)

    door = stage.door_token()

    def opening(seconds: int = 0) -> Round:
        return runner.wrk("open.lua", ORGANISATIONS, links, door, seconds=seconds)

    return [
        Load("c", "(c) value changed, against its own SQL", saving(stage, runner, True), doors, 0.40, 0.55),
        Load("c-plain", "(c) the same, against plain tables", saving(stage, runner, True), plain),
        Load("c-many", "(c) the same, many organisations", saving(stage, runner, False), plain),
        Load("d", "(d) donor link opened and logged", opening, runner.pgbench("open.sql"), 0.35, 0.50),
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


def growth(long: dict, short: dict) -> dict:
    """How much longer a page of the long log takes than one of the short."""
    return singles.line("time of the log page, long against short", short["per_second"] / long["per_second"], "×", limit=1.5, aim=1.1)


def bench(stage: Stage) -> int:
    """Seeds, measures, tells. Answers the exit code."""
    runner = Runner(stage, SECONDS)
    began = time.monotonic()
    data.seed(stage, ORGANISATIONS)
    values = ORGANISATIONS * data.PROJECTS * 25 * 24
    seconds = time.monotonic() - began
    say(f"{ORGANISATIONS} organisations × {data.PROJECTS} projects × 25 indicators × 24 months: {values:,} values in {seconds:.0f} s")
    facts = report.machine(stage, {"organisations": ORGANISATIONS, "values": values, "round_seconds": SECONDS, "rounds": ROUNDS})
    say("pages")
    results = measure(reads(stage, runner), ROUNDS)
    say("writes")
    results += measure(writes(stage, runner), ROUNDS)
    say("import, wide table, weights")
    once = [*identity(stage, runner), *singles.importing(stage), singles.log_after_import(stage), singles.wide_table(stage), *singles.weights(stage)]
    say(f"the log, filled to {EVENTS:,} events")
    data.fill_log(stage, "amani-wash", EVENTS)
    logged = measure(logs(stage, runner), ROUNDS)
    once += [growth(*logged), singles.memory(stage), singles.starting(stage)]
    results += logged
    report.show(results, once)
    report.save(facts, results, once)
    say(f"{time.monotonic() - began:.0f} s in all; written to {report.OUT}")
    return 1 if any(r["faults"] for r in results) else 0


def main() -> int:
    """Whatever ends the run, the stage is cleared."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Stage() as stage:
            return bench(stage)
    except NotMeasured as fault:
        print(f"kipimo: {fault}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
