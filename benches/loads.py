"""Loads: a page of the server and its yardstick in pgbench, measured in turns with the same number of connections."""

import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from browser import Browser
from stage import HERE, SUPERUSER, NotMeasured, Stage, bin_dir

CONNECTIONS = 8
THREADS = 2
# so long do the backends of a pgbench that has ended take to end too, and to be counted by their parent
SETTLE_SECONDS = 0.2


class Round(NamedTuple):
    """What one run of some seconds came to; processor milliseconds are those of one request."""

    rate: float
    server_ms: float
    database_ms: float
    details: dict


def middle(rounds: list[Round]) -> Round:
    """The median of each figure, with the details of the last round."""
    return Round(*(round(median(r[i] for r in rounds), 3) for i in range(3)), rounds[-1].details)


class Runner:
    """Runs wrk and pgbench against a stage and counts the processor time that each request took."""

    def __init__(self, stage: Stage, seconds: int):
        self.stage, self.seconds = stage, seconds

    def counted(self, command: list[str], environment: dict[str, str], read: Callable[[str], tuple[int, float, dict]]) -> Round:
        """Runs a generator of load; `read` finds requests, seconds and details in what it prints."""
        before = self.stage.processor()
        done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=self.seconds + 60, check=False)
        time.sleep(SETTLE_SECONDS)
        after = self.stage.processor()
        if done.returncode:
            raise NotMeasured(f"{command[0]}: {done.stderr or done.stdout}")
        requests, seconds, details = read(done.stdout)
        # what is not answered within a round counts as answered at its end: slow is measured too
        requests = max(requests, 1)
        server_ms, database_ms = ((b - a) * 1000 / requests for a, b in zip(before, after, strict=True))
        return Round(requests / seconds, server_ms, database_ms, details)

    def wrk(self, script: str, *arguments: object, cookie: str = "", encoding: str = "", seconds: int = 0) -> Round:
        """A round of requests made by one of the Lua scripts."""
        headers = [f"Cookie: {cookie}"] * bool(cookie) + [f"Accept-Encoding: {encoding}"] * bool(encoding)
        command = ["wrk", f"-c{CONNECTIONS}", f"-t{THREADS}", f"-d{seconds or self.seconds}s", "--timeout", "20s"]
        command += ["-s", str(HERE / "wrk" / script)]
        command += [part for header in headers for part in ("-H", header)]
        command += [self.stage.server.url, "--", *map(str, arguments)]
        return self.counted(command, {"BENCH_WRK": str(HERE / "wrk")}, read_wrk)

    def pages(self, paths: list[str], person: Browser, encoding: str = "") -> Callable[[int], Round]:
        """Rounds over pages as a person sees them; each is looked at once, so that no refusal is measured."""
        for path in paths:
            answer = person.get(path)
            if answer.status != 200:
                raise NotMeasured(f"{path} answers {answer.status}")
        return lambda seconds=0: self.wrk("get.lua", *paths, cookie=person.cookie, encoding=encoding, seconds=seconds)

    def pgbench(self, script: str, login: dict[str, str] | None = None, **variables: str) -> Callable[[int], Round]:
        """Rounds of one of the SQL scripts, as a login or as the superuser."""

        def run(seconds: int = 0) -> Round:
            command = [str(bin_dir() / "pgbench"), "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", str(THREADS)]
            command += ["-T", str(seconds or self.seconds), "-f", str(HERE / "pgbench" / script)]
            command += [part for name, value in variables.items() for part in ("-D", f"{name}={value}")]
            return self.counted(command, login or self.stage.login(SUPERUSER), read_pgbench)

        return run


def read_wrk(output: str) -> tuple[int, float, dict]:
    """Of the line of JSON that the Lua scripts print."""
    found = json.loads(output.splitlines()[-1])
    return found["requests"], found["seconds"], found


def read_pgbench(output: str) -> tuple[int, float, dict]:
    """Of pgbench's report."""

    def number(pattern: str) -> float:
        found = re.search(pattern, output)
        if not found:
            raise NotMeasured(f"pgbench said:\n{output}")
        return float(found.group(1))

    requests, rate = int(number(r"actually processed: (\d+)")), number(r"tps = ([\d.]+)")
    details = {"errors": int(number(r"failed transactions: (\d+)")), "refused": 0, "average_ms": number(r"latency average = ([\d.]+)")}
    return requests, requests / rate, details


@dataclass
class Load:
    """A kind of request, what it is measured against, and what it is to reach."""

    key: str
    name: str
    page: Callable[[int], Round]
    yardstick: Callable[[int], Round] | None = None
    floor: float | None = None
    aim: float | None = None
    # limits of processor time, in times the yardstick's: milliseconds of two machines cannot be compared
    floor_times: float | None = None
    aim_times: float | None = None
    rounds: list[Round] = field(default_factory=list)
    limits: list[Round] = field(default_factory=list)

    def warm(self) -> None:
        """Statements are prepared and pages are read before anything counts."""
        self.page(1)
        if self.yardstick:
            self.yardstick(1)

    def step(self) -> None:
        """A round of the page, then one of the yardstick."""
        self.rounds.append(self.page(0))
        if self.yardstick:
            self.limits.append(self.yardstick(0))

    def result(self) -> dict:
        """What was measured, beside what it is to reach."""
        page, limit = middle(self.rounds), middle(self.limits) if self.limits else None
        faults = sum(r.details["errors"] + r.details["refused"] for r in self.rounds + self.limits)
        return {
            "key": self.key,
            "name": self.name,
            "per_second": page.rate,
            "yardstick_per_second": limit and limit.rate,
            "ratio": round(median(p.rate / q.rate for p, q in zip(self.rounds, self.limits, strict=True)), 3) if limit else None,
            "floor": self.floor,
            "aim": self.aim,
            "server_ms": page.server_ms,
            "database_ms": page.database_ms,
            "processor_ms": round(page.server_ms + page.database_ms, 3),
            "yardstick_processor_ms": limit and limit.database_ms,
            "floor_ms": self.floor_times and limit and round(self.floor_times * limit.database_ms, 3),
            "aim_ms": self.aim_times and limit and round(self.aim_times * limit.database_ms, 3),
            "faults": faults,
            "rounds": [r._asdict() for r in self.rounds],
            "yardstick_rounds": [r._asdict() for r in self.limits],
        }


def measure(loads: list[Load], rounds: int) -> list[dict]:
    """Measures loads in turns: what disturbs the machine for a while disturbs all of them."""
    for load in loads:
        load.warm()
    for _ in range(rounds):
        for load in loads:
            load.step()
    return [load.result() for load in loads]
