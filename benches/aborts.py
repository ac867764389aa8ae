"""Requests that are given up half-way, and the rate of pages before and after them."""

import random
import socket
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from loads import CONNECTIONS, Load, Runner, measure
from singles import line
from stage import NotMeasured, Stage

ABORTED = 1_000
# many short rounds: before and after cannot take turns
ROUNDS, SECONDS = 6, 2
# about as long as a page takes while others ask for pages: some are given up before they are read, some while they are answered
LONGEST_SECONDS = 0.008
# closed so, a socket is torn down at once
AT_ONCE = struct.pack("ii", 1, 0)


def give_up(stage: Stage, number: int, path: str) -> None:
    """A page that nobody waits for, or a form of which the half never comes."""
    heads = f"HTTP/1.1\r\nHost: 127.0.0.1:{stage.server.port}\r\nCookie: {stage.meal.cookie}\r\n"
    asked = f"GET {path} {heads}\r\n"
    typed = (
        f"POST /fn/entries/save {heads}Sec-Fetch-Site: same-origin\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\norg=amani-wash&project="
    )
    with socket.create_connection(("127.0.0.1", stage.server.port), timeout=10) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        connection.sendall((typed if number % 2 else asked).encode())
        time.sleep(random.Random(number).random() * LONGEST_SECONDS)


def aborting(stage: Stage, made: Callable[[Stage, Runner], Load], paths: list[str]) -> dict:
    """The rate of pages after a thousand requests that were given up, of that before; each beside its yardstick, which was not disturbed."""
    runner = Runner(stage, SECONDS)
    before = measure([made(stage, runner)], ROUNDS)[0]
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(lambda number: give_up(stage, number, paths[number % len(paths)]), range(ABORTED)))
    if stage.meal.get(paths[0]).status != 200:
        raise NotMeasured("no page after requests that were given up")
    after = measure([made(stage, runner)], ROUNDS)[0]
    details = {f"{key}_{when}": found[key] for when, found in [("before", before), ("after", after)] for key in ("per_second", "ratio", "faults")}
    return line(f"rate of pages after {ABORTED:,} requests given up, of before", after["ratio"] / before["ratio"], "", least=0.9, **details)
