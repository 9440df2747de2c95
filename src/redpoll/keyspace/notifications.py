"""Keyspace notifications: event classes, the `notify-keyspace-events` setting, and the observer that publishes."""

from __future__ import annotations

from collections.abc import Callable

from redpoll.native.database import Database

# One bit a class, in the order of the letters; `native.database` passes these numbers with its events.
KEYSPACE = 1 << 0
KEYEVENT = 1 << 1
GENERIC = 1 << 2
STRING = 1 << 3
LIST = 1 << 4
SET = 1 << 5
HASH = 1 << 6
SORTED_SET = 1 << 7
EXPIRED = 1 << 8
EVICTED = 1 << 9
STREAM = 1 << 10
MODULE = 1 << 11
KEY_MISS = 1 << 12
NEW = 1 << 13

# A stands for every class but keys that are looked for in vain and keys that are new.
ALL = GENERIC | STRING | LIST | SET | HASH | SORTED_SET | EXPIRED | EVICTED | STREAM | MODULE

LETTERS: dict[str, int] = {
    "A": ALL, "g": GENERIC, "$": STRING, "l": LIST, "s": SET, "h": HASH, "z": SORTED_SET, "x": EXPIRED, "e": EVICTED,
    "K": KEYSPACE, "E": KEYEVENT, "t": STREAM, "m": KEY_MISS, "d": MODULE, "n": NEW,
}  # fmt: skip


def parse_classes(text: str) -> int:
    """The classes a setting such as `KEA` names; `config` has checked its letters."""
    classes = 0
    for letter in text:
        classes |= LETTERS[letter]
    return classes


class Notifications:
    """Publishes events of the configured classes on the channels `__keyspace@N__:key` and `__keyevent@N__:event`."""

    def __init__(self, publish: Callable[[bytes, bytes], int]) -> None:
        self._publish = publish
        self.classes = 0

    def wants(self, event_class: int) -> bool:
        """True if an event of this class would be published."""
        return bool(self.classes & event_class and self.classes & (KEYSPACE | KEYEVENT))

    def changed(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        """Publish one event, first by key, then by event."""
        classes = self.classes
        if not classes & event_class:
            return
        if classes & KEYSPACE:
            self._publish(b"__keyspace@%d__:%b" % (db.index, key), event)
        if classes & KEYEVENT:
            self._publish(b"__keyevent@%d__:%b" % (db.index, event), key)

    notified = changed

    def flushed(self, db: Database) -> None:
        """Emptying a database is no event of any key."""

    def swapped(self, first: Database, second: Database) -> None:
        """Nor is exchanging two."""
