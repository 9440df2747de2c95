"""Signals: the first asks for an orderly end, the second ends at once."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redpoll.server.lifecycle import Server


class Signals:
    """Handles SIGTERM and SIGINT for a server."""

    def __init__(self, server: Server, abandon: Callable[[], None]) -> None:
        self._server = server
        self._abandon = abandon
        self._asked = False
        # The interpreter runs handlers between two bytecodes; while the native loop waits there are none, so every
        # signal also makes a descriptor readable that the loop watches.
        self._reading, self._writing = socket.socketpair()
        self._reading.setblocking(False)
        self._writing.setblocking(False)

    def install(self) -> None:
        """Take over the signals, and ignore those that must not end a server."""
        self._server.loop.add_reader(self._reading.fileno(), self._drain)
        signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)
        for name in ("SIGHUP", "SIGPIPE"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._reading.recv(4096):
                pass

    def _handle(self, number: int, frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        if self._asked:
            self._server.node.log.warning("You insist... exiting now.")
            self._abandon()
            os._exit(1)
        self._asked = True
        self._server.node.log.notice(f"Received {name} scheduling shutdown...")
        # From here the loop may be in the middle of anything: let it finish that first.
        self._server.loop.call_soon_threadsafe(self._server.shutdown)
