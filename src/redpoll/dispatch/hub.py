"""What all connections share: subscriptions, watched keys, transactions, waits, pause and gate; the node builds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redpoll.dispatch.blocking import Blocking
from redpoll.dispatch.gate import Gate
from redpoll.dispatch.monitors import Monitors
from redpoll.dispatch.outbox import Outbox
from redpoll.dispatch.passwords import Passwords
from redpoll.dispatch.pause import Pause
from redpoll.dispatch.pubsub import PubSub
from redpoll.dispatch.session import session_of
from redpoll.dispatch.tracking import Tracking
from redpoll.dispatch.transactions import Transactions
from redpoll.keyspace.feed import ChangeFeed
from redpoll.keyspace.notifications import Notifications, parse_classes
from redpoll.keyspace.watch import WatchTable
from redpoll.native.client import NO_EVICT, NO_TOUCH, REPLY_OFF, REPLY_SKIP, Client
from redpoll.native.command_entry import CommandEntry

if TYPE_CHECKING:
    from redpoll.native.executor import Context

# The longest pause with a timer of its own.
SCHEDULED_MS_MAX = 3_600_000


class Sessions:
    """The parts a connection's state lives in, and what happens to them when a connection comes, resets or goes."""

    def __init__(self, node: Any) -> None:
        executor = self._executor = node.executor
        self._node = node
        self.feed = ChangeFeed(node.keyspace)
        self.watch_table = WatchTable(self.feed)
        self.outbox = Outbox()
        self.pubsub = PubSub(self.outbox, self._listeners_changed)
        self.notifications = Notifications(self.pubsub.publish)
        self.monitors = Monitors(executor, self.outbox, node.clock)
        self.tracking = Tracking(node, self.feed, self.outbox)
        self.passwords = Passwords(self._requirepass)
        self.transactions = Transactions(node.keyspace, executor, self.watch_table, self._has_run)
        self.pause = Pause(executor, self._tick_at)
        self.gate = Gate(executor, self)
        self.pause.resume = self._resume
        self.blocking = Blocking(node.keyspace, executor, node.clock, self.gate.resume_waiting)
        executor.gate = self.gate
        node.config.on_change("notify-keyspace-events", self.set_notified_classes)
        self.set_notified_classes(node.config.get("notify-keyspace-events") or "")

    def _has_run(self, client: Client, entry: CommandEntry, argv: list[bytes]) -> None:
        self.tracking.remember(client, entry, argv)
        self.monitors.tell(client, entry, argv)

    def _resume(self, client: Client, entry: CommandEntry, argv: list[bytes]) -> None:
        self.gate.resume(client, entry, argv)
        # What was put off may be what others wait for.
        self.blocking.serve()

    def _requirepass(self) -> bytes:
        password = self._node.config.get("requirepass") or b""
        return password.encode("utf-8", "surrogateescape") if isinstance(password, str) else bytes(password)

    def set_notified_classes(self, classes: str) -> None:
        """Publish keyspace events of these classes, as `notify-keyspace-events` writes them."""
        self.notifications.classes = parse_classes(classes)
        self._listeners_changed()

    def _listeners_changed(self) -> None:
        # Events nobody would receive are not worth leaving the native tier for.
        if self.notifications.classes and self.pubsub.has_listeners:
            self.feed.attach(self.notifications)
        else:
            self.feed.detach(self.notifications)

    def opened(self, client: Client) -> None:
        """A connection has come."""
        self.passwords.opened(client)

    def closed(self, client: Client) -> None:
        """A connection is gone, or soon will be; calling it twice does no harm."""
        self.monitors.remove(client)
        self.pause.forget(client)
        self.tracking.disable(client)
        if client.session is not None:
            self.blocking.forget(client)
            self.transactions.discard(client)
            self.pubsub.unsubscribe_all(client)

    def reset(self, client: Client) -> None:
        """Make a connection as good as new, but for its address and what it said its library is and can do."""
        self.monitors.remove(client)
        self.tracking.disable(client)
        if client.session is not None:
            session = session_of(client)
            self.transactions.discard(client)
            self.pubsub.unsubscribe_all(client)
            session.skip_next = False
        client.flags &= ~(REPLY_OFF | REPLY_SKIP | NO_EVICT | NO_TOUCH)
        client.db_index = 0
        client.resp = 2
        client.name = b""
        self.passwords.opened(client)

    def tick(self, now_ms: int) -> None:
        """Do what is due: end a pause. Not to be called while a command runs."""
        if self.pause.deadline_ms != -1:
            self._node.keyspace.now_ms = now_ms
        if self.pause.tick(now_ms):
            self._executor.settle_clients()

    def _tick_at(self, when_ms: int) -> None:
        milliseconds = when_ms - self._node.clock.now_ms()
        # What lies further ahead is left to the node, which ticks anyway.
        if milliseconds <= SCHEDULED_MS_MAX:
            self._node.call_later(max(0, milliseconds) / 1000, lambda: self.tick(self._node.clock.now_ms()))

    def check(self) -> None:
        """Assert every invariant of the parts."""
        self.pubsub.check()
        self.watch_table.check()
        self.blocking.check()


def sessions_of(ctx: Context) -> Sessions:
    """The sessions of the node a command runs on."""
    sessions: Sessions = ctx.node.sessions
    return sessions
