"""What is measured once or a few times: the import, the wide table, the weight of pages, memory and the start."""

import time
from statistics import median

import data
from browser import Browser
from stage import NotMeasured, Server, Stage

COPIES = 3
# an import may take so many times as long as COPY of its cells, and so many seconds more
TIMES_COPY, MORE_SECONDS = 10, 5
STARTS = 5
LOOKS = 20


def line(
    name: str, value: float, unit: str, limit: float | None = None, aim: float | None = None, least: float | None = None, **details: object
) -> dict:
    """A figure of which less is better, beside what it is to keep to; where `least` is given, of which more is."""
    return {"name": name, "value": round(value, 3), "unit": unit, "limit": limit, "aim": aim, "least": least, "details": details}


def importing(stage: Stage) -> list[dict]:
    """A file checked and applied by the API, against COPY of the same cells into a plain table."""
    name, content = data.report_file(stage)
    project = stage.project("camps")
    path, token = f"/api/v1/projects/{project}/imports", stage.token("meal@amani.test")
    checked, dry_seconds = stage.meal.upload(f"{path}?dry_run=true", token, name, content, data.MAPPING)
    before = stage.processor()
    applied, seconds = stage.meal.upload(f"{path}?valid_rows=true", token, name, content, data.MAPPING)
    server, database = (b - a for a, b in zip(before, stage.processor(), strict=True))
    if not applied.get("applied"):
        raise NotMeasured(f"the import was refused: {str(applied)[:500]}")
    copied = copy_seconds(stage, applied["import"])
    sizes = {"file": name, "rows": applied["rows"], "values": applied["values"]}
    processor = {"server_seconds": round(server, 3), "database_seconds": round(database, 3)}
    return [
        line("import: dry run", dry_seconds, "s", **sizes, values_checked=checked["values"]),
        line("import: COPY of its cells", copied, "s"),
        line("import: apply", seconds, "s", limit=round(TIMES_COPY * copied + MORE_SECONDS, 3), **sizes, **processor),
    ]


def copy_seconds(stage: Stage, job: str) -> float:
    """Seconds of the fastest way that PostgreSQL has to take the same cells, durably."""
    cells = stage.ask(f"select indicator_id, period_id, location_id, value from app.indicator_value where import_id = '{job}'")
    taken = []
    for _ in range(COPIES):
        began = time.monotonic()
        stage.psql("-c", "copy bench.cell from stdin with (delimiter '|', null '')", given=cells + "\n")
        taken.append(time.monotonic() - began)
    return median(taken)


def looks(browser: Browser, path: str, times: int = LOOKS) -> float:
    """Milliseconds of a page for one person alone."""
    taken = []
    for _ in range(times):
        began = time.monotonic()
        answer = browser.get(path)
        taken.append((time.monotonic() - began) * 1000)
        if answer.status != 200:
            raise NotMeasured(f"{path} answers {answer.status}")
    return median(taken)


def log_after_import(stage: Stage) -> dict:
    """The log page while its newest events are the rows of an import, which it passes over."""
    return line("log page right after the import", looks(stage.admin, "/o/amani-wash/audit"), "ms")


def wide_table(stage: Stage) -> dict:
    """The tracking table of 200 indicators × 12 periods × 10 locations."""
    path = "/o/amani-wash/projects/bench-wide/tracking"
    plain, small = (len(stage.meal.get(path, encoding).body) for encoding in ("identity", "br"))
    return line("tracking table, 200 indicators × 12 × 10", looks(stage.meal, path), "ms", bytes=plain, bytes_brotli=small)


def weights(stage: Stage) -> list[dict]:
    """What a cold browser fetches: a page without an island and one with."""
    project = "/o/amani-wash/projects/bench-1"
    pages = [("overview", project, 30_000, 14_600), ("entry, with an island", f"{project}/entry", 150_000, None)]
    return [
        line(f"first screen: {name}", (bytes_of := stage.meal.weight(path))["all"], "B", limit=limit, aim=aim, **bytes_of)
        for name, path, limit, aim in pages
    ]


def memory(stage: Stage, when: str, limit: float | None = None, aim: float | None = None) -> dict:
    """The server's memory after what it did until then."""
    found = stage.server.memory_mb()
    return line(f"memory of the server, {when}", found["VmRSS"], "MB", limit=limit, aim=aim, highest=found["VmHWM"], of_files=found["RssFile"])


def starting(stage: Stage) -> dict:
    """Seconds from the start of another server on the running database to the first signed-in page."""
    taken = [start(stage, number) for number in range(STARTS)]
    return line("start to first signed-in page", median(taken), "s", limit=0.5, aim=0.15)


def start(stage: Stage, number: int) -> float:
    """One such start."""
    began = time.monotonic()
    server = Server(stage.data, stage.dir / f"start-{number}.log")
    try:
        if server.first("/o/amani-wash/projects/bench-1", stage.meal.cookies).status != 200:
            raise NotMeasured("the first page after a start was refused")
        return time.monotonic() - began
    finally:
        server.stop()
