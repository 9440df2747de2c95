"""What observers of the keyspace see of the string commands, and how they count; as the oracle tells and counts."""

from __future__ import annotations

import pytest

from redpoll.clock import ManualClock
from redpoll.native.database import Database
from tests.commands.harness import encode_command
from tests.nodes import embedded_node, feed


class Events:
    """Notes event and key of each change and each notice."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def changed(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        self.seen.append(f"{event.decode()}:{key.decode()}")

    notified = changed

    def flushed(self, db: Database) -> None:
        pass

    def swapped(self, first: Database, second: Database) -> None:
        pass


@pytest.mark.parametrize(
    ("setup", "call", "events", "counted"),
    [
        ([], "SET k v", "new:k set:k", (0, 0, 1)),
        ([], "SET k v EX 100", "new:k set:k expire:k", (0, 0, 1)),
        ([], "SET k v EXAT 1", "", (0, 0, 0)),
        (["SET k v"], "SET k v EXAT 1", "expired:k", (0, 0, 1)),
        (["SET k v"], "SET k v PXAT 1", "expired:k", (0, 0, 1)),
        ([], "SET k v NX", "new:k set:k", (0, 0, 1)),
        (["SET k v"], "SET k v NX", "", (0, 0, 0)),
        (["SET k v EX 100"], "SET k w KEEPTTL", "set:k", (0, 0, 1)),
        (["SET k v"], "SET k w GET", "set:k", (1, 0, 1)),
        (["SET k v"], "SET k w IFEQ v", "set:k", (0, 0, 1)),
        (["SET k v"], "SET k w IFEQ x", "", (0, 0, 0)),
        (["SET k v"], "GETEX k EX 100", "expire:k", (1, 0, 1)),
        (["SET k v"], "GETEX k EXAT 1", "expired:k", (1, 0, 1)),
        (["SET k v"], "GETEX k PERSIST", "", (1, 0, 0)),
        (["SET k v EX 100"], "GETEX k PERSIST", "persist:k", (1, 0, 1)),
        (["SET k v"], "GETEX k", "", (1, 0, 0)),
        ([], "GETEX k EX 5", "keymiss:k", (0, 1, 0)),
        ([], "SETEX k 10 v", "new:k set:k expire:k", (0, 0, 1)),
        ([], "PSETEX k 100000 v", "new:k set:k expire:k", (0, 0, 1)),
        (["SET k v"], "GETDEL k", "del:k", (1, 0, 1)),
        ([], "GETDEL k", "keymiss:k", (0, 1, 0)),
        (["SET k v"], "GETSET k w", "set:k", (1, 0, 1)),
        ([], "GETSET k w", "keymiss:k new:k set:k", (0, 1, 1)),
        (["SET k v"], "DELIFEQ k v", "del:k", (0, 0, 1)),
        (["SET k v"], "DELIFEQ k w", "", (0, 0, 0)),
        ([], "APPEND k v", "new:k append:k", (0, 0, 1)),
        ([], "APPEND k ''", "new:k append:k", (0, 0, 1)),
        (["SET k v"], "APPEND k ''", "append:k", (0, 0, 1)),
        (["SET k v"], "APPEND k a", "append:k", (0, 0, 1)),
        (["SET k v"], "SETRANGE k 1 a", "setrange:k", (0, 0, 1)),
        ([], "SETRANGE k 1 a", "new:k setrange:k", (0, 0, 1)),
        (["SET k v"], "SETRANGE k 1 ''", "", (0, 0, 0)),
        ([], "SETRANGE k 0 ''", "", (0, 0, 0)),
        ([], "INCR k", "new:k incrby:k", (0, 0, 1)),
        ([], "DECR k", "new:k incrby:k", (0, 0, 1)),
        ([], "INCRBY k 3", "new:k incrby:k", (0, 0, 1)),
        ([], "DECRBY k 3", "new:k incrby:k", (0, 0, 1)),
        ([], "INCRBYFLOAT k 3", "new:k incrbyfloat:k", (0, 0, 1)),
        (["SET k 1"], "INCR k", "incrby:k", (0, 0, 1)),
        (["SET k 1"], "INCRBYFLOAT k 1", "incrbyfloat:k", (0, 0, 1)),
        ([], "MSET a 1 b 2", "new:a set:a new:b set:b", (0, 0, 2)),
        ([], "MSET a 1 a 2", "new:a set:a set:a", (0, 0, 2)),
        ([], "MSETNX a 1 b 2", "new:a set:a new:b set:b", (0, 0, 2)),
        (["SET a 1"], "MSETNX a 1 b 2", "", (0, 0, 0)),
        ([], "MSETEX 2 a 1 b 2 EX 100", "new:a set:a expire:a new:b set:b expire:b", (0, 0, 2)),
        ([], "MSETEX 2 a 1 b 2 EXAT 1", "new:a set:a expire:a new:b set:b expire:b", (0, 0, 2)),
        (["MSET a 1 b 2"], "MSETEX 2 a 1 b 2 PXAT 1 XX", "set:a expire:a set:b expire:b", (0, 0, 2)),
        ([], "MSETEX 2 a 1 b 2", "new:a set:a new:b set:b", (0, 0, 2)),
        ([], "SETNX k v", "new:k set:k", (0, 0, 1)),
        (["SET k v"], "SETNX k v", "", (0, 0, 0)),
        ([], "GET k", "keymiss:k", (0, 1, 0)),
        ([], "GETRANGE k 0 1", "keymiss:k", (0, 1, 0)),
        ([], "STRLEN k", "keymiss:k", (0, 1, 0)),
        ([], "LCS a b", "keymiss:a keymiss:b", (0, 2, 0)),
        ([], "MGET a b", "keymiss:a keymiss:b", (0, 2, 0)),
        (["SET k v"], "MGET k b", "keymiss:b", (1, 1, 0)),
        ([], "SORT no STORE d", "keymiss:no", (0, 1, 0)),
        (["SET d 1"], "SORT no STORE d", "keymiss:no del:d", (0, 1, 1)),
        ([], "SORT no", "keymiss:no", (0, 1, 0)),
        ([], "SORT no BY nosort", "keymiss:no", (0, 1, 0)),
        (["SET k v"], "SUBSTR k 0 1", "", (1, 0, 0)),
        (["SET k 1"], "SET k v GET XX", "set:k", (1, 0, 1)),
        ([], "SET k v GET NX", "keymiss:k new:k set:k", (0, 1, 1)),
        ([], "SET k v XX", "", (0, 0, 0)),
        ([], "GETEX k EXAT 1", "keymiss:k", (0, 1, 0)),
        ([], "SET k v IFEQ v", "", (0, 0, 0)),
        ([], "DELIFEQ k w", "", (0, 0, 0)),
    ],
)
def test_a_command_tells_and_counts_as_the_oracle(
    setup: list[str], call: str, events: str, counted: tuple[int, int, int]
) -> None:
    node = embedded_node(ManualClock())
    client, observer, keyspace = node.new_client(), Events(), node.keyspace
    for line in setup:
        feed(node, client, encode_command(line))
    node.sessions.feed.attach(observer)
    before = (keyspace.hits, keyspace.misses, keyspace.dirty)
    feed(node, client, encode_command(call))
    after = (keyspace.hits, keyspace.misses, keyspace.dirty)
    assert " ".join(observer.seen) == events
    assert tuple(b - a for a, b in zip(before, after, strict=True)) == counted
