"""The benchmark's command line."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from statistics import median
from typing import Any

from bench import driver, report, scenarios
from bench.driver import PIPELINES, REQUESTS, TESTS, Sample
from bench.scenarios import Cores
from bench.servers import Server, commands, running

SCENARIOS = ("memory", "load", "idle", "expiry", "insert")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    everything = [*TESTS, *SCENARIOS]
    parser.add_argument(
        "--only", nargs="+", choices=everything, default=everything, metavar="NAME", help=", ".join(everything)
    )
    parser.add_argument("--pipeline", nargs="+", type=int, default=list(PIPELINES), help="requests sent at once")
    parser.add_argument("--requests", type=int, help="requests per run (default: by pipeline)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each test; the median counts")
    parser.add_argument("--servers", nargs="+", choices=list(commands()), default=list(commands()))
    parser.add_argument(
        "--pin", choices=("apart", "together", "none"), default="apart", help="cores of server and client"
    )
    parser.add_argument("--quick", action="store_true", help="one round of a tenth: a smoke test, not a measurement")
    parser.add_argument(
        "--readme", action="store_true", help="print the newest kept figures as markdown, measure nothing"
    )
    return parser.parse_args(arguments)


def choose_cores(pin: str) -> Cores:
    """The cores for servers and clients."""
    usable = sorted(os.sched_getaffinity(0))
    if pin == "none" or (pin == "apart" and len(usable) < 2):
        return Cores(None, None)
    return Cores(usable[0], usable[0] if pin == "together" else usable[1])


def measure_requests(options: argparse.Namespace, cores: Cores) -> dict[str, dict[str, dict[str, float]]]:
    """Medians by test and pipeline, by server; the servers take turns in every round."""
    tests = [name for name in TESTS if name in options.only]
    samples: dict[tuple[str, int, str], list[Sample]] = defaultdict(list)
    if not tests:
        return {}
    with running(options.servers, cores.server) as servers:
        for server in servers:
            driver.populate(server)
        for number in range(options.rounds):
            for pipeline in options.pipeline:
                for test in tests:
                    _progress(f"round {number + 1}: {test} P={pipeline}")
                    _take_turns(servers, test, pipeline, options, cores, samples)
    _progress("")
    return _medians(samples)


def _take_turns(
    servers: list[Server],
    test: str,
    pipeline: int,
    options: argparse.Namespace,
    cores: Cores,
    samples: dict[tuple[str, int, str], list[Sample]],
) -> None:
    requests = options.requests or REQUESTS.get(pipeline, 500_000) // (10 if options.quick else 1)
    for server in servers:
        samples[test, pipeline, server.name].append(driver.run_test(server, test, pipeline, requests, cores.client))


def _medians(samples: dict[tuple[str, int, str], list[Sample]]) -> dict[str, dict[str, dict[str, float]]]:
    figures: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for (test, pipeline, name), runs in samples.items():
        rows = [asdict(run) for run in runs]
        figures[f"{test} P={pipeline}"][name] = {key: median(row[key] for row in rows) for key in rows[0]}
    return dict(figures)


def measure_scenarios(options: argparse.Namespace, cores: Cores) -> dict[str, dict[str, float]]:
    """The figures of the other scenarios, by server."""
    scale = 0.1 if options.quick else 1.0
    names: list[str] = options.servers
    runs = {
        "memory": lambda: scenarios.memory(names, cores, scale),
        "load": lambda: scenarios.load(names, cores, scale, options.rounds),
        "idle": lambda: scenarios.idle(names, cores, scale),
        "expiry": lambda: scenarios.expiry(names, cores, scale),
        "insert": lambda: scenarios.worst_insert(scale, options.rounds),
    }
    merged: dict[str, dict[str, float]] = defaultdict(dict)
    for scenario in SCENARIOS:
        if scenario in options.only:
            _progress(scenario)
            for name, figures in runs[scenario]().items():
                merged[name].update(figures)
    _progress("")
    return dict(merged)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def versions(names: Sequence[str], cores: Cores) -> dict[str, str]:
    """What each server says of itself."""
    found: dict[str, str] = {}
    with running(names, cores.server) as servers:
        for server in servers:
            text = server.call("INFO", "server").decode("utf-8", "replace")
            by_field: dict[str, str] = dict(re.findall(r"(redpoll_version|valkey_version|redis_version):(\S+)", text))
            found[server.name] = by_field.get(f"{server.name}_version", by_field.get("redis_version", ""))
    return found


def describe(options: argparse.Namespace) -> dict[str, Any]:
    """Under which conditions the figures were made; `complete` if nothing was left out."""
    everything = vars(parse([]))
    kept = {name: getattr(options, name) for name in ("rounds", "pin", "quick", "requests", "only", "pipeline")}
    return {**kept, "complete": all(vars(options)[name] == value for name, value in everything.items())}


def main() -> None:
    """Measure, print and keep."""
    options = parse()
    if options.readme:
        kept = report.newest()
        print("Nothing measured yet." if kept is None else report.markdown(kept))
        return
    driver.require_tools()
    if options.quick:
        options.rounds = 1
    cores = choose_cores(options.pin)
    results: dict[str, Any] = {
        "date": datetime.now().isoformat(timespec="seconds"),
        "machine": report.machine(),
        "servers": options.servers,
        "versions": versions(options.servers, cores),
        "options": describe(options),
        "requests": measure_requests(options, cores),
        "scenarios": measure_scenarios(options, cores),
    }
    report.print_tables(results)
    print(f"\n{report.save(results)}")


if __name__ == "__main__":
    main()
