"""Many figures at once: hundreds of thousands imported, and given out again, each by a server of its own, so that its memory is theirs alone."""

import datetime
import http.client
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from browser import Browser
from singles import line
from stage import PASSWORD, NotMeasured, Server, Stage

# a file has at most 200,000 rows and 20 MB, and brings at most 500,000 values: a row a place and month, a column an indicator
INDICATORS, MONTHS, FIRST_YEAR = 50, 100, 2016
PIECE = 64 * 1024
AT_A_TIME = 200
# so long values are read by the list of the API; what is slower is not read to its end
LIST_SECONDS = 20
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


def streamed(server: Server, cookies: dict[str, str]) -> int:
    """How many rows the file of all values says that it has, in its last one; it is read as it comes, and not kept."""
    reader = Browser(server.url)
    reader.cookies = cookies
    heads = {"Cookie": reader.cookie, "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.request("POST", "/o/amani-wash/projects/bench-bulk/export", "format=values", heads)
    answer, end = connection.getresponse(), b""
    while piece := answer.read(PIECE):
        end = (end + piece)[-PIECE:]
    connection.close()
    found = re.search(rb'"#rows",(\d+)', end)
    if answer.status != 200 or not found:
        raise NotMeasured(f"the file of all values answers {answer.status}, and ends with {end[-200:]}")
    return int(found.group(1))


def listed(server: Server, path: str, token: str) -> Iterator[int]:
    """Numbers of values of page after page of the API's list, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    first = address = f"{path}?limit={AT_A_TIME}"
    until = time.monotonic() + LIST_SECONDS
    while address and time.monotonic() < until:
        connection.request("GET", address, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        page = json.loads(answer.read())
        if answer.status != 200:
            raise NotMeasured(f"values are not listed: {page}")
        yield len(page["items"])
        address = page["next"] and f"{first}&after={page['next']}"
    connection.close()


def bulk(stage: Stage, values: int) -> list[dict]:
    """Imports so many values in one call of the API, takes them out as a file, and reads them by the API's list."""
    stage.script("bulk.sql")
    project, token = stage.project("bench-bulk"), stage.token("meal@amani.test")
    lines = taken_in(stage, f"/api/v1/projects/{project}/imports", token, values)
    # as the database does by itself within a minute
    stage.ask("vacuum (analyze)")
    return [*lines, *taken_out(stage, values), read_by_list(stage, f"/api/v1/projects/{project}/values", token)]


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


def taken_out(stage: Stage, values: int) -> list[dict]:
    """The file of all values, for somebody who has just proven who they are: elsewhere, as that takes memory too."""
    person = Browser(stage.server.url).sign_in("meal@amani.test", PASSWORD)
    rows: list[int] = []
    seen = watched(stage, "taken-out", lambda server: rows.append(streamed(server, person.cookies)))
    if rows != [values]:
        raise NotMeasured(f"{rows} of {values:,} values were taken out")
    return [
        line(f"export of {values:,} values: memory at its highest", seen.highest_mb, "MB", limit=MEGABYTES, **seen.details),
        line(f"export of {values:,} values", values / seen.seconds, "/s", **seen.details),
    ]


def read_by_list(stage: Stage, path: str, token: str) -> dict:
    """The same values, or as many of them as are read in some seconds, by a program."""
    counts: list[int] = []
    seen = watched(stage, "listed", lambda server: counts.extend(listed(server, path, token)))
    details = {"values": sum(counts), "highest_mb": seen.highest_mb} | seen.details
    return line("values read by the list of the API", sum(counts) / seen.seconds, "/s", **details)
