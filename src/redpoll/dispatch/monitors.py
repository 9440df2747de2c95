"""MONITOR: every command that has run, as one line to each client that watches."""

from __future__ import annotations

from redpoll.clock import Clock
from redpoll.dispatch.declare import ADMIN, SKIP_MONITOR
from redpoll.dispatch.outbox import Outbox
from redpoll.dispatch.session import MONITORED
from redpoll.native.client import MONITOR, Client
from redpoll.native.command_entry import CommandEntry
from redpoll.native.executor import Executor
from redpoll.native.resp import encode_reply
from redpoll.replies import Status

_REDACTED = b"(redacted)"
_ESCAPES = {
    ord("\\"): b"\\\\", ord('"'): b'\\"', ord("\n"): b"\\n", ord("\r"): b"\\r", ord("\t"): b"\\t", 7: b"\\a", 8: b"\\b"
}  # fmt: skip
_WRITTEN = tuple(_ESCAPES.get(byte, bytes((byte,)) if 32 <= byte < 127 else b"\\x%02x" % byte) for byte in range(256))


def quote(word: bytes) -> bytes:
    """An argument as redis-cli could read it back."""
    return b'"' + b"".join([_WRITTEN[byte] for byte in word]) + b'"'


def redact(entry: CommandEntry, argv: list[bytes]) -> list[bytes]:
    """The arguments without what must be seen by nobody else: passwords."""
    if entry.name == b"auth":
        return [argv[0]] + [_REDACTED] * (len(argv) - 1)
    if entry.name == b"hello":
        for at in range(2, len(argv)):
            if argv[at].upper() == b"AUTH":
                return [*argv[: at + 1], *[_REDACTED] * len(argv[at + 1 : at + 3]), *argv[at + 3 :]]
    return argv


class Monitors:
    """The clients that called MONITOR."""

    def __init__(self, executor: Executor, outbox: Outbox, clock: Clock) -> None:
        self._executor = executor
        self._outbox = outbox
        self._clock = clock
        self._clients: dict[Client, None] = {}

    def add(self, client: Client) -> None:
        """Begin to tell this client."""
        self._clients[client] = None
        client.flags |= MONITOR
        self._executor.flags |= MONITORED

    def remove(self, client: Client) -> None:
        """Tell it no more."""
        if self._clients.pop(client, self) is None:
            client.flags &= ~MONITOR
            if not self._clients:
                self._executor.flags &= ~MONITORED

    def tell(self, client: Client, entry: CommandEntry, argv: list[bytes]) -> None:
        """A command has been run by this client."""
        if not self._clients or entry.flags & (ADMIN | SKIP_MONITOR):
            return
        words = b" ".join([quote(word) for word in redact(entry, argv)])
        time = divmod(self._clock.now_us(), 1_000_000)
        line = b"%d.%06d [%d %b] %b" % (*time, client.db_index, _origin(client), words)
        message = Status(line)
        encoded = encode_reply(message, 2)
        for monitor in list(self._clients):
            self._outbox.send(monitor, message, encoded)


def _origin(client: Client) -> bytes:
    address = client.address or b"embedded"
    return b"unix:" + address.removesuffix(b":0") if address.startswith(b"/") else address
