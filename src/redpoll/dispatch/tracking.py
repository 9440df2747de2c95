"""Client-side caching: who may hold a copy of which key, and telling them when it is out of date.

Without BCAST the keys a connection reads are remembered, and each is told once; with BCAST every change of a key with
one of its prefixes is told, those of one cycle together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from redpoll.dispatch.declare import READONLY
from redpoll.dispatch.keyspec import InvalidArguments
from redpoll.dispatch.outbox import Outbox
from redpoll.dispatch.session import TrackingState, session_of
from redpoll.errors import CommandError
from redpoll.keyspace.feed import ChangeFeed
from redpoll.native.client import SUBSCRIBED, TRACKING, Client
from redpoll.native.command_entry import CommandEntry
from redpoll.native.database import Database
from redpoll.native.resp import encode_reply
from redpoll.replies import Push

CHANNEL = b"__redis__:invalidate"


@dataclass(slots=True)
class _Prefix:
    """Who listens to a prefix, and what has changed under it in this cycle, with the connection that changed it."""

    listeners: dict[Client, None] = field(default_factory=dict)
    changed: dict[bytes, Client | None] = field(default_factory=dict)


class Tracking:
    """The keys connections may have cached."""

    def __init__(self, node: Any, feed: ChangeFeed, outbox: Outbox) -> None:
        self._node = node
        self._feed = feed
        self._outbox = outbox
        self._clients: dict[Client, TrackingState] = {}
        # Keys of all databases alike: an unneeded invalidation does no harm.
        self._readers: dict[bytes, dict[Client, None]] = {}
        self._prefixes: dict[bytes, _Prefix] = {}
        self._everything_changed = False
        self._scheduled = False

    @property
    def client_count(self) -> int:
        """Connections with tracking on."""
        return len(self._clients)

    @property
    def key_count(self) -> int:
        """Keys that somebody may have cached."""
        return len(self._readers)

    @property
    def item_count(self) -> int:
        """Pairs of a key and who may have cached it."""
        return sum(map(len, self._readers.values()))

    @property
    def prefix_count(self) -> int:
        """Prefixes that somebody listens to."""
        return len(self._prefixes)

    # --- on and off --------------------------------------------------------------------------------------------------

    def enable(self, client: Client, wanted: TrackingState) -> None:
        """Turn tracking on, or give it further prefixes; CommandError if that contradicts what it is."""
        if wanted.optin and wanted.optout:
            raise CommandError("ERR You can't specify both OPTIN mode and OPTOUT mode")
        if wanted.prefixes and not wanted.broadcast:
            raise CommandError("ERR PREFIX option requires BCAST mode to be enabled")
        current = self._clients.get(client)
        if current is not None:
            _check_same_mode(current, wanted)
        if wanted.broadcast and (wanted.optin or wanted.optout):
            raise CommandError("ERR OPTIN and OPTOUT are not compatible with BCAST")
        prefixes = list(wanted.prefixes) or [b""]
        if wanted.broadcast:
            _check_prefixes(list(wanted.prefixes), list(current.prefixes) if current is not None else [])
            for prefix in prefixes if current is None or wanted.prefixes else ():
                self._prefixes.setdefault(prefix, _Prefix()).listeners[client] = None
                wanted.prefixes[prefix] = None
            if current is not None:
                wanted.prefixes = {**current.prefixes, **wanted.prefixes}
        if not self._clients:
            self._feed.attach(self)
        self._clients[client] = session_of(client).tracking = wanted
        client.flags |= TRACKING

    def disable(self, client: Client) -> None:
        """Turn tracking off; what the connection read is forgotten when it changes."""
        state = self._clients.pop(client, None)
        if state is None:
            return
        session_of(client).tracking = None
        client.flags &= ~TRACKING
        for prefix in state.prefixes:
            entry = self._prefixes[prefix]
            del entry.listeners[client]
            if not entry.listeners:
                del self._prefixes[prefix]
        if not self._clients:
            self._feed.detach(self)
            self._readers.clear()

    # --- reading -----------------------------------------------------------------------------------------------------

    def remember(self, client: Client, entry: CommandEntry, argv: list[bytes]) -> None:
        """This connection has run a command: it may cache the keys it read."""
        state = self._clients.get(client)
        if state is None:
            return
        if entry.flags & READONLY and state.caches:
            try:
                found = entry.command.find_keys(argv)
            except InvalidArguments:
                found = []
            for index, _ in found:
                self._readers.setdefault(argv[index], {})[client] = None
            self._keep_limit()

    def _keep_limit(self) -> None:
        limit = self._node.config.get("tracking-table-max-keys")
        while limit and len(self._readers) > limit:
            # The oldest key first; its readers are told as if it had changed.
            self._invalidate(next(iter(self._readers)))

    # --- changes -----------------------------------------------------------------------------------------------------

    def changed(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        """Tell who may have cached the key."""
        if key in self._readers:
            self._invalidate(key)
        for prefix, entry in self._prefixes.items():
            if key.startswith(prefix):
                entry.changed[key] = self._outbox.running
                self._schedule()

    def notified(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        """What is no change makes no copy old."""

    def flushed(self, db: Database) -> None:
        """Every copy is old."""
        self._readers.clear()
        self._everything_changed = True
        self._schedule()

    def swapped(self, first: Database, second: Database) -> None:
        """Keys of another database are other keys, but readers of both cannot be told apart: every copy is old."""
        self.flushed(first)

    def _invalidate(self, key: bytes) -> None:
        for client in self._readers.pop(key):
            state = self._clients.get(client)
            # Whoever turned tracking off since, or turned to BCAST, is not told.
            if state is None or state.broadcast or (state.noloop and client is self._outbox.running):
                continue
            self._tell(client, state, [key])

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._node.call_later(0, self.tell_cycle)

    def tell_cycle(self) -> None:
        """Send what was put together for the end of the cycle."""
        self._scheduled = False
        if self._everything_changed:
            self._everything_changed = False
            for client, state in list(self._clients.items()):
                self._tell(client, state, None)
        for entry in list(self._prefixes.values()):
            changed, entry.changed = entry.changed, {}
            for client in list(entry.listeners):
                state = self._clients[client]
                keys = [key for key, origin in changed.items() if not (state.noloop and origin is client)]
                if keys:
                    self._tell(client, state, keys)
        self._node.executor.settle_clients()

    def _tell(self, client: Client, state: TrackingState, keys: list[bytes] | None) -> None:
        target = client
        if state.redirect:
            found = self._node.clients.get(state.redirect)
            if found is None:
                self._redirection_is_broken(client, state)
                return
            target = found
        if target.resp == 3:
            self._send(target, Push([b"invalidate", keys]))
        elif state.redirect and target.flags & SUBSCRIBED:
            self._send(target, Push([b"message", CHANNEL, keys]))

    def _redirection_is_broken(self, client: Client, state: TrackingState) -> None:
        state.broken = True
        if client.resp == 3:
            self._send(client, Push([b"tracking-redir-broken", state.redirect]))

    def _send(self, target: Client, message: Push) -> None:
        self._outbox.send(target, message, encode_reply(message, target.resp))


def _check_same_mode(current: TrackingState, wanted: TrackingState) -> None:
    again = "before disabling tracking for this client, and then re-enabling it with a different mode."
    if current.broadcast != wanted.broadcast:
        raise CommandError(f"ERR You can't switch BCAST mode on/off {again}")
    if (current.optin, current.optout) != (wanted.optin, wanted.optout):
        raise CommandError(f"ERR You can't switch OPTIN/OPTOUT mode {again}")


def _check_prefixes(wanted: list[bytes], existing: Iterable[bytes]) -> None:
    for at, prefix in enumerate(wanted):
        for other in existing:
            if _overlap(prefix, other):
                raise CommandError(
                    b"ERR Prefix '" + prefix + b"' overlaps with an existing prefix '" + other
                    + b"'. Prefixes for a single client must not overlap."
                )  # fmt: skip
        for other in wanted[at + 1 :]:
            if _overlap(prefix, other):
                raise CommandError(
                    b"ERR Prefix '" + prefix + b"' overlaps with another provided prefix '" + other
                    + b"'. Prefixes for a single client must not overlap."
                )  # fmt: skip


def _overlap(one: bytes, other: bytes) -> bool:
    return one.startswith(other) or other.startswith(one)
