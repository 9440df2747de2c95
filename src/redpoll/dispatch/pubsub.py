"""Who is subscribed to what, and delivery: a message is encoded once per protocol version for all its receivers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from redpoll.dispatch.outbox import Outbox
from redpoll.dispatch.session import Session, session_of
from redpoll.globs import compile_glob, glob_match
from redpoll.native.client import REPLY_OFF, REPLY_SKIP, SUBSCRIBED, Client
from redpoll.native.resp import encode_reply
from redpoll.replies import NO_REPLY, Push, Several


class Topics:
    """One kind of subscription: channels, patterns or shard channels."""

    def __init__(
        self,
        prefix: bytes,
        names_of: Callable[[Session], dict[bytes, None]],
        count_of: Callable[[Session], int],
    ) -> None:
        self.subscribe_verb = prefix + b"subscribe"
        self.unsubscribe_verb = prefix + b"unsubscribe"
        self.message_verb = prefix + b"message"
        # The names a session is subscribed to, and the number its replies tell.
        self.names_of = names_of
        self.count_of = count_of
        self.receivers: dict[bytes, dict[Client, None]] = {}

    def matching(self, pattern: bytes | None) -> list[bytes]:
        """The names somebody is subscribed to."""
        return [name for name in self.receivers if pattern is None or glob_match(pattern, name)]

    def receiver_count(self, name: bytes) -> int:
        """How many are subscribed to this name."""
        return len(self.receivers.get(name, ()))


class PubSub:
    """The registry of subscriptions of all connections."""

    def __init__(self, outbox: Outbox, on_change: Callable[[], None]) -> None:
        self._outbox = outbox
        # Called when the first subscription comes or the last one goes.
        self._on_change = on_change
        self.channels = Topics(b"", lambda session: session.channels, lambda session: session.subscription_count)
        self.patterns = Topics(b"p", lambda session: session.patterns, lambda session: session.subscription_count)
        self.shard_channels = Topics(
            b"s", lambda session: session.shard_channels, lambda session: len(session.shard_channels)
        )

        self._compiled: dict[bytes, Callable[[bytes], object]] = {}

    @property
    def has_listeners(self) -> bool:
        """True if a published message could reach anybody."""
        return bool(self.channels.receivers or self.patterns.receivers)

    def subscribe(self, client: Client, topics: Topics, names: Iterable[bytes]) -> Any:
        """Subscribe to each name; the reply tells each, with the number of subscriptions after it."""
        session = session_of(client)
        replies = []
        had_listeners = self.has_listeners
        for name in names:
            topics.names_of(session)[name] = None
            topics.receivers.setdefault(name, {})[client] = None
            replies.append(Push([topics.subscribe_verb, name, topics.count_of(session)]))
        client.flags |= SUBSCRIBED
        if not had_listeners and self.has_listeners:
            self._on_change()
        return _tell(client, replies)

    def unsubscribe(self, client: Client, topics: Topics, names: Iterable[bytes]) -> Any:
        """Unsubscribe from each name, or from all if none is given."""
        session = session_of(client)
        replies = []
        for name in tuple(names) or tuple(topics.names_of(session)):
            self._remove(session, topics, name)
            replies.append(Push([topics.unsubscribe_verb, name, topics.count_of(session)]))
        if not replies:
            replies.append(Push([topics.unsubscribe_verb, None, topics.count_of(session)]))
        return _tell(client, replies)

    def unsubscribe_all(self, client: Client) -> None:
        """End every subscription, without a word: the connection is reset or gone."""
        if client.session is None:
            return
        session = session_of(client)
        for topics in (self.channels, self.patterns, self.shard_channels):
            for name in tuple(topics.names_of(session)):
                self._remove(session, topics, name)

    def _remove(self, session: Session, topics: Topics, name: bytes) -> None:
        names = topics.names_of(session)
        if name not in names:
            return
        del names[name]
        receivers = topics.receivers[name]
        del receivers[session.client]
        if not receivers:
            del topics.receivers[name]
            if topics is self.patterns:
                self._compiled.pop(name, None)
            if not self.has_listeners:
                self._on_change()
        if not session.is_subscribed:
            session.client.flags &= ~SUBSCRIBED

    def publish(self, channel: bytes, message: bytes) -> int:
        """Deliver to the channel's subscribers, then to those of matching patterns; how many received it."""
        count = self._deliver(self.channels.receivers.get(channel), [b"message", channel, message])
        for pattern, receivers in list(self.patterns.receivers.items()):
            if self._matches(pattern)(channel):
                count += self._deliver(receivers, [b"pmessage", pattern, channel, message])
        return count

    def publish_to_shard(self, channel: bytes, message: bytes) -> int:
        """Deliver to the subscribers of a shard channel; how many received it."""
        return self._deliver(self.shard_channels.receivers.get(channel), [b"smessage", channel, message])

    def _deliver(self, receivers: dict[Client, None] | None, parts: list[bytes]) -> int:
        if not receivers:
            return 0
        message = Push(parts)
        encoded: dict[int, bytes] = {}
        for client in list(receivers):
            version = client.resp
            raw = encoded.get(version)
            if raw is None:
                raw = encoded[version] = encode_reply(message, version)
            self._outbox.send(client, message, raw)
        return len(receivers)

    def _matches(self, pattern: bytes) -> Callable[[bytes], object]:
        matcher = self._compiled.get(pattern)
        if matcher is None:
            matcher = self._compiled[pattern] = compile_glob(pattern)
        return matcher

    def check(self) -> None:
        """Assert that both sides of every subscription agree."""
        for topics in (self.channels, self.patterns, self.shard_channels):
            for name, receivers in topics.receivers.items():
                assert receivers, "a name without receivers is kept"
                for client in receivers:
                    assert name in topics.names_of(session_of(client)), "a receiver does not know its subscription"


def _tell(client: Client, replies: list[Push]) -> Any:
    # Confirmations are messages, not replies: CLIENT REPLY OFF does not silence them.
    if client.flags & (REPLY_OFF | REPLY_SKIP):
        for reply in replies:
            client.push(reply)
        return NO_REPLY
    return Several(replies)
