"""What one connection is in: its transaction, what it watches, what it is subscribed to, what it declared of itself.

The native client holds the hot part (flags, database, protocol version). A session is made when a connection first
needs one, so that ten thousand idle connections cost no Python objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from redpoll.native.client import Client

DEFAULT_USER = b"default"

# The bits of Executor.flags.
SERVER_LOADING = 1
PAUSED_WRITE = 2
PAUSED_ALL = 4
MONITORED = 8
OVER_MEMORY = 16
READ_ONLY = 32


@dataclass(slots=True)
class Transaction:
    """Commands queued between MULTI and EXEC."""

    commands: list[tuple[Any, list[bytes]]] = field(default_factory=list)
    failed: bool = False
    executing: bool = False

    @property
    def flags(self) -> int:
        """The flags of all queued commands together: a transaction that writes is a write."""
        return reduce(or_, (entry.flags for entry, _ in self.commands), 0)

    @property
    def memory(self) -> int:
        """Bytes held by the queue."""
        slots = 1 << max(1, (len(self.commands) - 1).bit_length()) if self.commands else 0
        return 16 * slots + sum(len(word) for _, argv in self.commands for word in argv)


@dataclass(slots=True)
class TrackingState:
    """How a connection wants to be told of changes to what it has cached (CLIENT TRACKING)."""

    # The connection that is told instead; 0 for this one itself.
    redirect: int = 0
    broken: bool = False
    broadcast: bool = False
    optin: bool = False
    optout: bool = False
    noloop: bool = False
    # CLIENT CACHING was called: the next command is the exception.
    excepted: bool = False
    prefixes: dict[bytes, None] = field(default_factory=dict)

    @property
    def caches(self) -> bool:
        """True if what the connection reads now is to be remembered."""
        if self.broadcast:
            return False
        return self.excepted if self.optin else not (self.optout and self.excepted)


@dataclass(slots=True, eq=False)
class Session:
    """The state of one connection beyond what the native client holds."""

    client: Client
    transaction: Transaction | None = None
    # True once there was a MULTI or WATCH: CLIENT LIST tells a connection that never had one from an idle one.
    had_transaction: bool = False
    # Set by the watch table when a watched key changes.
    dirty: bool = False
    watched: dict[tuple[int, bytes], None] = field(default_factory=dict)
    channels: dict[bytes, None] = field(default_factory=dict)
    patterns: dict[bytes, None] = field(default_factory=dict)
    shard_channels: dict[bytes, None] = field(default_factory=dict)
    capabilities: bytes = b""
    tracking: TrackingState | None = None
    # Of `dispatch.blocking`: what the connection waits for.
    waiter: Any = None
    # The words of a command that waits, or was put off.
    held: Sequence[bytes] = ()
    # CLIENT REPLY SKIP inside a skipped command: mute the next one too.
    skip_next: bool = False

    @property
    def subscription_count(self) -> int:
        """Channels and patterns, as the replies of SUBSCRIBE count them."""
        return len(self.channels) + len(self.patterns)

    @property
    def is_subscribed(self) -> bool:
        """True while there is any subscription."""
        return bool(self.channels or self.patterns or self.shard_channels)


def session_of(client: Client) -> Session:
    """The client's session, made at first need."""
    session: Session | None = client.session
    if session is None:
        session = client.session = Session(client)
    return session
