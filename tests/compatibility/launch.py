"""Starts a server as an operator does, and reads its log."""

from __future__ import annotations

import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.commands.harness import package_environment

LINE_SECONDS_MAX = 20.0
END_SECONDS_MAX = 20.0


class Launched:
    """A process whose output is read line by line."""

    def __init__(self, arguments: Sequence[str], directory: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            list(arguments),
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**package_environment(), **environment},
        )
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.decode(errors="replace").rstrip("\n"))
        self._queue.put(None)

    def give(self, text: str) -> None:
        """All of standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())
        self.process.stdin.close()

    def wait_for(self, pattern: str) -> str:
        """The next line that matches; fails if the output ends before."""
        while True:
            line = self._queue.get(timeout=LINE_SECONDS_MAX)
            assert line is not None, f"no line like {pattern!r} in:\n" + "\n".join(self.lines)
            self.lines.append(line)
            if re.search(pattern, line):
                return line

    def wait_until_ready(self) -> Launched:
        """Wait for the line that says so."""
        self.wait_for("Ready to accept connections")
        return self

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """The exit status, once the process has ended and all its lines are read."""
        status = self.process.wait(END_SECONDS_MAX)
        while (line := self._queue.get(timeout=LINE_SECONDS_MAX)) is not None:
            self.lines.append(line)
        return status

    def stop(self) -> int:
        """End it if it has not ended."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(END_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()

    @property
    def output(self) -> str:
        """Everything read so far."""
        return "\n".join(self.lines)


def server_command() -> list[str]:
    """`redpoll-server` from the package under test."""
    code = "import sys; from redpoll.cli.main import server; sys.exit(server())"
    return [sys.executable, "-c", code]
