"""What was measured, as a table for people and as files for programs."""

import datetime
import json
import os
import pathlib
import platform
import subprocess

from stage import ROOT, Stage

OUT = ROOT / "target/bench"


def verdict(result: dict) -> str:
    """`ok` or `below` where there is a floor; how many requests were refused, if any were."""
    if result["faults"]:
        return f"{result['faults']} refused"
    if result["floor"] is None:
        return ""
    slow = result["floor_ms"] is not None and result["processor_ms"] > result["floor_ms"]
    return "below" if result["ratio"] < result["floor"] or slow else "ok"


def kept(single: dict) -> str:
    """`ok` or `over` where there is a limit."""
    if single["least"] is not None:
        return "ok" if single["value"] >= single["least"] else "below"
    if single["limit"] is None:
        return ""
    return "ok" if single["value"] <= single["limit"] else "over"


def machine(stage: Stage, settings: dict) -> dict:
    """Where and on what was measured: figures of two machines cannot be compared, their ratios can."""
    described = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    cpu = [line.partition(":")[2].strip() for line in described if line.startswith("model name")]
    return settings | {
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "commit": said("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"),
        "processors": os.cpu_count(),
        "processor": cpu[0] if cpu else platform.machine(),
        "kernel": platform.release(),
        "filesystem": said("stat", "-f", "-c", "%T", str(stage.data)),
        "postgresql": stage.ask("show server_version"),
        "fsync": stage.ask("show fsync"),
        "synchronous_commit": stage.ask("show synchronous_commit"),
        "busy_before": os.getloadavg()[0],
    }


def said(*command: str) -> str:
    """What a small program prints; nothing if it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def shown(value: object) -> str:
    """A figure in a cell of the table; nothing for none."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
    return str(value)


def table(heads: list[str], rows: list[list[object]]) -> str:
    """Columns side by side, text to the left and figures to the right."""
    cells = [heads] + [[shown(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ([cell.rjust(width) for cell, width in zip(row, widths, strict=True)] for row in cells)
    return "\n".join("  ".join([row[0].ljust(widths[0]), *line[1:]]) for row, line in zip(cells, lines, strict=True))


def show(results: list[dict], singles: list[dict]) -> None:
    """Prints both tables, those that have rows."""
    heads = ["load", "pages/s", "pgbench/s", "ratio", "floor", "aim", "ms cpu", "server", "database", "pgbench", "at most", ""]
    rows = [
        [r["name"], r["per_second"], r["yardstick_per_second"], r["ratio"], r["floor"], r["aim"], r["processor_ms"], r["server_ms"],
         r["database_ms"], r["yardstick_processor_ms"], r["floor_ms"], verdict(r)]
        for r in results
    ]
    if rows:
        print(f"\n{table(heads, rows)}")
    rows = [[s["name"], s["value"], s["unit"], s["least"], s["limit"], s["aim"], kept(s)] for s in singles]
    if rows:
        print(f"\n{table(['once', 'value', 'unit', 'at least', 'at most', 'aim', ''], rows)}")
    print()


def save(out: pathlib.Path, facts: dict, results: list[dict], singles: list[dict]) -> None:
    """A file a load, and all of it with the facts of the machine."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.json"):
        old.unlink()
    loads = [result | {"verdict": verdict(result)} for result in results]
    for load in loads:
        write(out, load["key"], load)
    write(out, "all", {"machine": facts, "loads": loads, "once": [s | {"verdict": kept(s)} for s in singles]})


def write(out: pathlib.Path, name: str, content: dict) -> None:
    """One file."""
    (out / f"{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
