"""What is measured beside requests: memory, loading, idle connections, expiry, the worst insert."""

from __future__ import annotations

import resource
import socket
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from bench import driver
from bench.servers import Server, encode, running

Figures = dict[str, dict[str, float]]

SPREAD_MS = 2000
# A server that has not fired an event this long after its time is not waited for, and counts as this late.
GRACE_SECONDS = 5.0


class Cores:
    """Where servers and clients run; None leaves it to the system."""

    def __init__(self, server: int | None, client: int | None) -> None:
        self.server = server
        self.client = client


def memory(names: Sequence[str], cores: Cores, scale: float) -> Figures:
    """Bytes of resident memory per key of 16 bytes with a value of 4."""
    count = int(2_000_000 * scale)
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sets"
        driver.write_sets(path, count)
        for name in names:
            with running([name], cores.server) as (server,):
                before = server.rss_bytes()
                driver.pipe(server, path, cores.client)
                figures[name] = {"bytes_per_key": (server.rss_bytes() - before) / count}
    return figures


def load(names: Sequence[str], cores: Cores, scale: float, rounds: int) -> Figures:
    """Seconds to load SETs with `redis-cli --pipe` into an empty server."""
    count = int(1_000_000 * scale)
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sets"
        driver.write_sets(path, count)
        for _ in range(rounds):
            for name in names:
                with running([name], cores.server) as (server,):
                    samples[name].append(driver.pipe(server, path, cores.client))
    return {
        name: {"load_s": median(each[0] for each in runs), "load_cpu_s": median(each[1] for each in runs)}
        for name, runs in samples.items()
    }


def idle(names: Sequence[str], cores: Cores, scale: float) -> Figures:
    """Memory that 10,000 connections cost which say nothing (each has said one PING)."""
    count = int(10_000 * scale)
    _raise_file_limit(count + 200)
    figures: Figures = {}
    for name in names:
        with running([name], cores.server, ["--maxclients", str(count + 100)]) as (server,):
            before = server.rss_bytes()
            links = [server.connect() for _ in range(count)]
            for link in links:
                link.sendall(b"PING\r\n")
            for link in links:
                link.recv(64)
            figures[name] = {"idle_mb": (server.rss_bytes() - before) / 1e6}
            for link in links:
                link.close()
    return figures


def _raise_file_limit(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard > 0 else wanted, hard))


def expiry(names: Sequence[str], cores: Cores, scale: float) -> Figures:
    """How late `expired` events come for 1,000 keys due among many other volatile ones."""
    figures: Figures = {}
    for name in names:
        with running([name], cores.server, ["--notify-keyspace-events", "Ex"]) as (server,):
            _fill_volatile(server, int(1_000_000 * scale))
            late = _lateness_ms(server, 1000)
            figures[name] = {
                "expiry_p50_ms": late[500] if len(late) > 500 else GRACE_SECONDS * 1000,
                "expiry_p99_ms": late[int(len(late) * 0.99)] if len(late) == 1000 else GRACE_SECONDS * 1000,
                "expiry_missed": 1000.0 - len(late),
            }
    return figures


def _fill_volatile(server: Server, count: int) -> None:
    with server.connect() as link:
        for start in range(0, count, 1000):
            numbers = range(start, min(start + 1000, count))
            link.sendall(b"".join(encode("SET", f"key:{number:012d}", "abcd", "EX", "3600") for number in numbers))
            driver.receive(link, 5 * len(numbers))


def _lateness_ms(server: Server, count: int) -> list[float]:
    with server.connect() as subscriber, server.connect() as link:
        subscriber.sendall(encode("SUBSCRIBE", "__keyevent@0__:expired"))
        subscriber.recv(1 << 12)
        first_ms = int(time.time() * 1000) + 500
        due = [first_ms + number * SPREAD_MS // count for number in range(count)]
        link.sendall(b"".join(encode("SET", f"due:{when}:{at}", "x", "PXAT", str(when)) for at, when in enumerate(due)))
        driver.receive(link, 5 * count)
        return sorted(_listen(subscriber, count, due[-1] / 1000 + GRACE_SECONDS))


def _listen(subscriber: socket.socket, count: int, until: float) -> list[float]:
    late: list[float] = []
    rest = b""
    subscriber.settimeout(0.2)
    while len(late) < count and time.time() < until:
        with suppress(TimeoutError):
            chunk = subscriber.recv(1 << 16)
            now_ms = time.time() * 1000
            *lines, rest = (rest + chunk).split(b"\r\n")
            late += [now_ms - int(line.split(b":")[1]) for line in lines if line.startswith(b"due:")]
    return late


def worst_insert(scale: float, rounds: int) -> Figures:
    """The longest single insert, in CPU time of its thread, while a keyspace grows to 5M keys; the least of rounds.

    A pause that the table makes comes in every round, one that the machine makes (it is charged to whoever runs) not.
    """
    return {"redpoll": {"worst_insert_ms": min(_worst_insert_ms(int(5_000_000 * scale)) for _ in range(rounds))}}


def _worst_insert_ms(count: int) -> float:
    from redpoll.native.keyspace import Keyspace

    database: Any = Keyspace(1)[0]
    worst_ns, clock = 0, time.thread_time_ns
    before = clock()
    for number in range(count):
        database.set_string(b"key:%012d" % number, b"abcd")
        after = clock()
        worst_ns = max(worst_ns, after - before)
        before = after
    return worst_ns / 1e6
