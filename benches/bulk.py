"""Many figures at once: hundreds of thousands imported, and given out again, each by a server of its own, so that its memory is theirs alone."""

import datetime
import http.client
import json
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from browser import Browser
from singles import line
from stage import NotMeasured, Server, Stage

# a file has at most 200,000 rows and 20 MB, and brings at most 500,000 values: a row a place and month, a column an indicator
INDICATORS, MONTHS, FIRST_YEAR = 50, 100, 2016
AT_A_TIME = 200
# so long are values read; of what is slower not all of them are
OUT_SECONDS = 180
MEGABYTES = 150
VALUES_PER_SECOND = 20_000
MAPPING = json.dumps({
    "layout": "wide",
    "dates": {"start": "from", "end": "to"},
    "location": {"code": "place", "name": "name"},
    "indicators": "*",
    "missing": [""],
    "create": ["locations", "periods"],
})


class Watched(NamedTuple):
    """What some work took."""

    seconds: float
    # the server's memory at its highest
    highest_mb: float
    # its memory before, and seconds of processor
    details: dict[str, float]


def file(values: int) -> bytes:
    """A file with so many values."""
    months = [datetime.date(FIRST_YEAR + m // 12, m % 12 + 1, 1) for m in range(MONTHS + 1)]
    spans = [(first, following - datetime.timedelta(days=1)) for first, following in zip(months, months[1:])]
    heads = ["from", "to", "place", "name", *(f"bulk_{i}" for i in range(1, INDICATORS + 1))]
    rows = [",".join(heads)]
    for place in range(values // (INDICATORS * MONTHS)):
        for month, (first, last) in enumerate(spans):
            figures = (str(1 + (i * 31 + place * 7 + month * 3) % 9973) for i in range(INDICATORS))
            rows.append(",".join([first.isoformat(), last.isoformat(), f"bulk-{place}", f"Village {place}", *figures]))
    return ("\n".join(rows) + "\n").encode()


def watched(stage: Stage, name: str, work: Callable[[Server], None]) -> Watched:
    """Has a fresh server do some work and looks at its memory."""
    server = Server(stage.data, stage.dir / f"{name}.log")
    try:
        server.first("/healthz")
        server.forget_highest()
        memory, before, began = server.memory_mb()["VmRSS"], stage.processor(server), time.monotonic()
        work(server)
        seconds = round(time.monotonic() - began, 3)
        used, database = (round(b - a, 3) for a, b in zip(before, stage.processor(server), strict=True))
        details = {"seconds": seconds, "before_mb": memory, "server_seconds": used, "database_seconds": database}
        return Watched(seconds, server.memory_mb()["VmHWM"], details)
    finally:
        server.stop()


def given_out(server: Server, path: str, token: str) -> Iterator[int]:
    """Numbers of values of page after page, as a program reads them, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    first = address = f"{path}?limit={AT_A_TIME}"
    until = time.monotonic() + OUT_SECONDS
    while address and time.monotonic() < until:
        connection.request("GET", address, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        page = json.loads(answer.read())
        if answer.status != 200:
            raise NotMeasured(f"values are not given out: {page}")
        yield len(page["items"])
        address = page["next"] and f"{first}&after={page['next']}"
    connection.close()


def bulk(stage: Stage, values: int) -> list[dict]:
    """Imports so many values in one call of the API, and reads them by its list."""
    stage.script("bulk.sql")
    project, token = stage.project("bench-bulk"), stage.token("meal@amani.test")
    lines = taken_in(stage, f"/api/v1/projects/{project}/imports", token, values)
    # as the database does by itself within a minute
    stage.ask("vacuum (analyze)")
    return lines + read_out(stage, f"/api/v1/projects/{project}/values", token, values)


def taken_in(stage: Stage, path: str, token: str, values: int) -> list[dict]:
    """The import."""
    content, answer = file(values), {}
    seen = watched(stage, "taken-in", lambda server: answer.update(Browser(server.url).upload(path, token, "bulk.csv", content, MAPPING)[0]))
    if not answer.get("applied") or answer["values"] != values:
        raise NotMeasured(f"the import of {values:,} values was refused after {seen.seconds} s: {str(answer)[:500]}")
    details = {"rows": answer["rows"], "file_bytes": len(content)} | seen.details
    return [
        line(f"import of {values:,} values: memory at its highest", seen.highest_mb, "MB", limit=MEGABYTES, **details),
        line(f"import of {values:,} values", values / seen.seconds, "/s", least=VALUES_PER_SECOND, **details),
    ]


def read_out(stage: Stage, path: str, token: str, values: int) -> list[dict]:
    """The same values, taken out."""
    counts: list[int] = []
    seen = watched(stage, "read-out", lambda server: counts.extend(given_out(server, path, token)))
    given = sum(counts)
    if given > values or (given < values and seen.seconds < OUT_SECONDS):
        raise NotMeasured(f"{given:,} of {values:,} values were given out")
    details = {"of": values, "requests": len(counts)} | seen.details
    return [
        line(f"{given:,} values given out: memory at its highest", seen.highest_mb, "MB", limit=MEGABYTES, **details),
        line(f"{given:,} values given out", given / seen.seconds, "/s", **details),
    ]
