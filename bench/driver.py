"""Running redis-benchmark and redis-cli against a server, and what they did to it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.servers import Server, encode, pinned

KEYS = 100_000
CONNECTIONS = 50
KEY = "key:__rand_int__"

# What redis-benchmark runs: its own tests by -t, anything else as a command.
TESTS: dict[str, list[str]] = {
    "ping": ["-t", "ping_mbulk"],
    "get": ["-t", "get"],
    "set": ["-t", "set"],
    "incr": ["-t", "incr"],
    "getrange": ["getrange", KEY, "0", "1"],
    "setrange": ["setrange", KEY, "0", "xyz"],
    "expiretime": ["expiretime", KEY],
}
PIPELINES = (1, 16, 64)
REQUESTS = {1: 100_000, 16: 500_000, 64: 1_000_000}

_RATE = re.compile(r"throughput summary: ([0-9.]+) requests per second")
_PERCENTILE = re.compile(r"^([0-9.]+)% <= ([0-9.]+) milliseconds", re.MULTILINE)


@dataclass
class Sample:
    """One run of one test."""

    requests_per_second: float
    cpu_us: float  # of the server, per request
    p50_ms: float
    p99_ms: float
    p999_ms: float


def require_tools() -> None:
    """End with a sentence if the driver is missing."""
    missing = [name for name in ("redis-benchmark", "redis-cli") if shutil.which(name) is None]
    if missing:
        sys.exit(f"The benchmark drives the servers with {' and '.join(missing)}: install redis-tools.")


def populate(server: Server) -> None:
    """The keys that redis-benchmark picks from, three bytes each."""
    for prefix, value in (("key", b"xyz"), ("counter", b"100")):
        requests = [encode("SET", f"{prefix}:{number:012d}", value) for number in range(KEYS)]
        with server.connect() as link:
            for start in range(0, KEYS, 1000):
                link.sendall(b"".join(requests[start : start + 1000]))
                receive(link, 5 * 1000)


def receive(link: socket.socket, count: int) -> None:
    """Take this many bytes of replies."""
    while count > 0:
        data = link.recv(1 << 16)
        if not data:
            raise RuntimeError("the server hung up")
        count -= len(data)


def run_test(server: Server, test: str, pipeline: int, requests: int, core: int | None) -> Sample:
    """One run of redis-benchmark."""
    command = ["redis-benchmark", "-p", str(server.port), "-c", str(CONNECTIONS), "-r", str(KEYS), "-d", "3"]
    command += ["-P", str(pipeline), "-n", str(requests), "--precision", "3", *TESTS[test]]
    before = server.cpu_ns()
    done = subprocess.run(pinned(core, command), capture_output=True, text=True, check=True)
    cpu_ns = server.cpu_ns() - before
    rate = _RATE.search(done.stdout)
    if rate is None:
        raise RuntimeError(f"{server.name} {test}: {done.stdout[-500:]} {done.stderr[-500:]}")
    percentiles = [(float(share), float(limit)) for share, limit in _PERCENTILE.findall(done.stdout)]
    return Sample(
        requests_per_second=float(rate[1]),
        cpu_us=cpu_ns / 1000 / requests,
        p50_ms=_percentile(percentiles, 50),
        p99_ms=_percentile(percentiles, 99),
        p999_ms=_percentile(percentiles, 99.9),
    )


def _percentile(percentiles: Sequence[tuple[float, float]], share: float) -> float:
    return next((limit for at, limit in percentiles if at >= share), 0.0)


def write_sets(path: Path, count: int) -> None:
    """A file of SETs for `redis-cli --pipe`: keys of 16 bytes, values of 4."""
    with path.open("wb") as file:
        for start in range(0, count, 10_000):
            numbers = range(start, min(start + 10_000, count))
            file.write(
                b"".join(b"*3\r\n$3\r\nSET\r\n$16\r\nkey:%012d\r\n$4\r\nabcd\r\n" % number for number in numbers)
            )


def pipe(server: Server, path: Path, core: int | None) -> tuple[float, float]:
    """Load a file with `redis-cli --pipe`; seconds that passed and CPU seconds of the server."""
    before, started = server.cpu_ns(), time.monotonic()
    command = pinned(core, ["redis-cli", "-p", str(server.port), "--pipe"])
    with path.open("rb") as file:
        done = subprocess.run(command, stdin=file, capture_output=True, text=True, check=True)
    if "errors: 0" not in done.stdout:
        raise RuntimeError(f"{server.name}: {done.stdout[-300:]}")
    return time.monotonic() - started, (server.cpu_ns() - before) / 1e9
