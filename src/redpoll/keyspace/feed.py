"""The change feed: who is told of every event of the keyspace.

The native keyspace holds one observer, or none. While it has none the native tier runs commands without leaving C, so
the feed installs one only while somebody really observes, and a single one without a detour.
"""

from __future__ import annotations

from typing import Protocol

from redpoll.native.database import Database
from redpoll.native.keyspace import Keyspace


class Observer(Protocol):
    """What is told of events. Called in the middle of a mutation: it must not change the keyspace."""

    def changed(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        """A key has been changed by this event; classes are in `keyspace.notifications`."""

    def notified(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        """An event that is no change, such as a key looked for in vain."""

    def flushed(self, db: Database) -> None:
        """A database has been emptied."""

    def swapped(self, first: Database, second: Database) -> None:
        """Two databases have exchanged their contents."""


class ChangeFeed:
    """A composite observer that keeps `keyspace.observer` as short as possible."""

    def __init__(self, keyspace: Keyspace) -> None:
        self._keyspace = keyspace
        self._observers: tuple[Observer, ...] = ()

    def attach(self, observer: Observer) -> None:
        """Tell this observer too, after those attached before; attaching twice is attaching once."""
        if observer not in self._observers:
            self._install((*self._observers, observer))

    def detach(self, observer: Observer) -> None:
        """Tell this observer no more."""
        if observer in self._observers:
            self._install(tuple(each for each in self._observers if each is not observer))

    def _install(self, observers: tuple[Observer, ...]) -> None:
        self._observers = observers
        if not observers:
            self._keyspace.observer = None
        else:
            self._keyspace.observer = observers[0] if len(observers) == 1 else self

    def changed(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        """Fan out, in the order of attachment."""
        for observer in self._observers:
            observer.changed(db, event_class, event, key)

    def notified(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        """Fan out."""
        for observer in self._observers:
            observer.notified(db, event_class, event, key)

    def flushed(self, db: Database) -> None:
        """Fan out."""
        for observer in self._observers:
            observer.flushed(db)

    def swapped(self, first: Database, second: Database) -> None:
        """Fan out."""
        for observer in self._observers:
            observer.swapped(first, second)
