"""Showing figures as tables, and keeping them."""

from __future__ import annotations

import json
import platform
from datetime import datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"

# name of a scenario's figure: title, digits after the point
SCENARIO_TITLES: dict[str, tuple[str, int]] = {
    "bytes_per_key": ("bytes of RSS per key (16-byte key, 4-byte value)", 1),
    "load_s": ("1M SETs with `redis-cli --pipe`, s", 2),
    "load_cpu_s": ("the same, CPU s of the server", 2),
    "idle_mb": ("10,000 idle connections, MB", 1),
    "expiry_p50_ms": ("`expired` event after its time, p50 ms", 1),
    "expiry_p99_ms": ("the same, p99 ms", 1),
    "expiry_missed": ("of 1,000 such events, not seen in 5 s", 0),
    "worst_insert_ms": ("worst insert while growing to 5M keys, CPU ms", 3),
}
# For these, more is better; for everything else, less.
MORE_IS_BETTER = {"requests_per_second"}


def ratio(measure: str, values: dict[str, float]) -> float | None:
    """Ours ÷ the best reference; None without one."""
    references = [value for name, value in values.items() if name != "redpoll" and value > 0]
    if "redpoll" not in values or not references:
        return None
    best = max(references) if measure in MORE_IS_BETTER else min(references)
    return values["redpoll"] / best


def request_rows(results: dict[str, Any], measures: dict[str, tuple[str, int]]) -> list[list[str]]:
    """A row per test, pipeline and measure."""
    names: list[str] = results["servers"]
    rows: list[list[str]] = []
    for key, by_server in results["requests"].items():
        test, pipeline = key.split(" ")
        for measure, (title, digits) in measures.items():
            values = {name: by_server[name][measure] for name in names if name in by_server}
            share = ratio(measure, values)
            cells = [f"{values[name]:,.{digits}f}" if name in values else "" for name in names]
            rows.append([test.upper(), pipeline, title, *cells, "" if share is None else f"{share:.2f}"])
    return rows


def scenario_rows(results: dict[str, Any]) -> list[list[str]]:
    """A row per figure of the other scenarios."""
    names: list[str] = results["servers"]
    rows: list[list[str]] = []
    for measure, (title, digits) in SCENARIO_TITLES.items():
        values = {name: results["scenarios"].get(name, {}).get(measure) for name in names}
        known = {name: value for name, value in values.items() if value is not None}
        if known:
            share = ratio(measure, known)
            cells = [f"{known[name]:,.{digits}f}" if name in known else "" for name in names]
            rows.append([title, *cells, "" if share is None else f"{share:.2f}"])
    return rows


MEASURES = {
    "cpu_us": ("server CPU µs/request", 3),
    "requests_per_second": ("requests/s", 0),
    "p50_ms": ("p50 ms", 3),
    "p99_ms": ("p99 ms", 3),
    "p999_ms": ("p99.9 ms", 3),
}
README_MEASURES = {each: MEASURES[each] for each in ("cpu_us", "requests_per_second")}


def print_tables(results: dict[str, Any]) -> None:
    """Everything, in columns."""
    names = results["servers"]
    if results["requests"]:
        _columns([["test", "pipeline", "measure", *names, "ours ÷ best"], *request_rows(results, MEASURES)])
    if results["scenarios"]:
        print()
        _columns([["measure", *names, "ours ÷ best"], *scenario_rows(results)])


def _columns(rows: list[list[str]]) -> None:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def markdown(results: dict[str, Any]) -> str:
    """The tables for the README, and under which conditions they were made."""
    names = results["servers"]
    versions = ", ".join(f"{name} {results['versions'].get(name, '')}".strip() for name in names)
    lines = [f"Measured {results['date'][:10]} on {results['machine']}: {versions}.", ""]
    if results["requests"]:
        lines += _markdown(
            ["test", "pipeline", "measure", *names, "ours ÷ best"], request_rows(results, README_MEASURES)
        )
        lines.append("")
    if results["scenarios"]:
        lines += _markdown(["measure", *names, "ours ÷ best"], scenario_rows(results))
    return "\n".join(lines)


def _markdown(header: list[str], rows: list[list[str]]) -> list[str]:
    rule = "|".join(["---"] * len(header))
    return ["| " + " | ".join(header) + " |", f"|{rule}|", *("| " + " | ".join(row) + " |" for row in rows)]


def machine() -> str:
    """Processor, cores and Python."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    models = [line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {len(models)} cores, Python {platform.python_version()}"


def save(results: dict[str, Any]) -> Path:
    """Keep the figures as JSON."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now():%Y-%m-%dT%H%M%S}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    return path


def newest() -> dict[str, Any] | None:
    """The figures of the last complete run that was kept, or of the last run if none was complete."""
    runs: list[dict[str, Any]] = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))]
    complete = [each for each in runs if each["options"]["complete"]]
    kept = complete or runs
    return kept[-1] if kept else None
