"""WATCH: which clients are to be told that a key they watch has changed.

Optimistic locking needs no versions: the first event of a watched key marks every watcher dirty. So a key whose
watcher is still clean is as it was when WATCH saw it, and whether it existed then is all there is to remember.
"""

from __future__ import annotations

from typing import Protocol

from redpoll.keyspace.feed import ChangeFeed
from redpoll.keyspace.notifications import EXPIRED
from redpoll.native.database import Database

# Database.deadline() of a key that does not exist.
ABSENT = -2


class Watcher(Protocol):
    """One that watches; `dirty` becomes True at the first change."""

    dirty: bool


class WatchTable:
    """Watched keys of all databases. Observes the feed only while there are any."""

    def __init__(self, feed: ChangeFeed) -> None:
        self._feed = feed
        # By database and key: who watches, and whether the key existed then.
        self._by_database: dict[int, dict[bytes, dict[Watcher, bool]]] = {}

    def watch(self, watcher: Watcher, db: Database, key: bytes) -> None:
        """Mark the watcher dirty when this key changes."""
        if not self._by_database:
            self._feed.attach(self)
        watchers = self._by_database.setdefault(db.index, {}).setdefault(key, {})
        watchers.setdefault(watcher, db.deadline(key) != ABSENT)

    def unwatch(self, watcher: Watcher, index: int, key: bytes) -> None:
        """The reverse of `watch`."""
        keys = self._by_database[index]
        watchers = keys[key]
        del watchers[watcher]
        if watchers:
            return
        del keys[key]
        if not keys:
            del self._by_database[index]
        if not self._by_database:
            self._feed.detach(self)

    def is_expired(self, watcher: Watcher, db: Database, key: bytes) -> bool:
        """True if the key was there and its time has come since, even if nothing has removed it yet."""
        return self._by_database[db.index][key][watcher] and db.deadline(key) == ABSENT

    def watcher_count(self, index: int, key: bytes) -> int:
        """How many watch this key."""
        return len(self._by_database.get(index, {}).get(key, ()))

    def changed(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        """Mark who watches the key."""
        keys = self._by_database.get(db.index)
        if keys is None:
            return
        for watcher, existed in keys.get(key, {}).items():
            # A key that was past its time when WATCH saw it was absent already.
            if existed or event_class != EXPIRED:
                watcher.dirty = True

    def notified(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        """What is no change touches no watcher."""

    def flushed(self, db: Database) -> None:
        """Mark who watches a key that was there."""
        for watchers in self._by_database.get(db.index, {}).values():
            for watcher, existed in watchers.items():
                if existed:
                    watcher.dirty = True

    def swapped(self, first: Database, second: Database) -> None:
        """Mark who watches, in either database, a key that was there before or is now."""
        for db in (first, second):
            for key, watchers in self._by_database.get(db.index, {}).items():
                is_there = db.deadline(key) != ABSENT
                for watcher, existed in watchers.items():
                    if existed or is_there:
                        watcher.dirty = True

    def check(self) -> None:
        """Assert that nothing is kept for nobody."""
        for keys in self._by_database.values():
            assert keys, "a database without watched keys is kept"
            for watchers in keys.values():
                assert watchers, "a key without watchers is kept"
