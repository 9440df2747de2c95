"""Which changes an observer of the keyspace sees of the commands on keys, and how much each counts as dirty."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from redpoll.clock import ManualClock
from redpoll.native.database import Database
from tests.commands.harness import encode_command
from tests.nodes import embedded_node, feed

Seen = list[tuple[int, bytes, bytes]]


@dataclass
class Changes:
    """Notes database, event and key of each change."""

    seen: Seen = field(default_factory=list)

    def changed(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        self.seen.append((db.index, event, key))

    def notified(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        pass

    def flushed(self, db: Database) -> None:
        self.seen.append((db.index, b"flushed", b""))

    def swapped(self, first: Database, second: Database) -> None:
        self.seen.append((first.index, b"swapped", b"%d" % second.index))


@pytest.mark.parametrize(
    ("setup", "call", "expected", "dirty"),
    [
        (["MSET a 1 b 2"], "DEL a nokey b", [(0, b"del", b"a"), (0, b"del", b"b")], 2),
        (["SET a 1"], "UNLINK a a", [(0, b"del", b"a")], 1),
        (["SET a 1"], "EXPIRE a 10", [(0, b"expire", b"a")], 1),
        (["SET a 1"], "PEXPIREAT a 9000000000000", [(0, b"expire", b"a")], 1),
        (["SET a 1"], "EXPIRE a 10 XX", [], 0),
        (["SET a 1"], "EXPIRE a -1", [(0, b"del", b"a")], 1),
        (["SET a 1"], "EXPIREAT a 1 XX", [], 0),
        ([], "EXPIRE nokey -1", [], 0),
        (["SET a 1 EX 5"], "PERSIST a", [(0, b"persist", b"a")], 1),
        (["SET a 1"], "PERSIST a", [], 0),
        (["SET a 1"], "RENAME a b", [(0, b"rename_from", b"a"), (0, b"rename_to", b"b")], 1),
        (["MSET a 1 b 2"], "RENAME a b", [(0, b"rename_from", b"a"), (0, b"rename_to", b"b")], 1),
        (["SET a 1"], "RENAME a a", [], 0),
        (["SET a 1"], "RENAMENX a b", [(0, b"rename_from", b"a"), (0, b"rename_to", b"b")], 1),
        (["MSET a 1 b 2"], "RENAMENX a b", [], 0),
        (["SET a 1"], "MOVE a 2", [(0, b"move_from", b"a"), (2, b"move_to", b"a")], 1),
        (["SET a 1"], "COPY a b", [(0, b"copy_to", b"b")], 1),
        (["MSET a 1 b 2"], "COPY a b REPLACE", [(0, b"copy_to", b"b")], 1),
        (["MSET a 1 b 2"], "COPY a b", [], 0),
        (["SET a 1"], "COPY a a DB 1", [(1, b"copy_to", b"a")], 1),
        (["SET a 1"], "EXISTS a", [], 0),
        (["SET a 1"], "TOUCH a", [], 0),
        ([], "SWAPDB 0 1", [(0, b"swapped", b"1")], 1),
        (["MSET a 1 b 2"], "FLUSHDB", [(0, b"flushed", b"")], 2),
    ],
)
def test_a_command_tells_of_each_change_once(setup: list[str], call: str, expected: Seen, dirty: int) -> None:
    node = embedded_node(ManualClock())
    client, changes = node.new_client(), Changes()
    for line in setup:
        feed(node, client, encode_command(line))
    node.sessions.feed.attach(changes)
    before = node.keyspace.dirty
    feed(node, client, encode_command(call))
    assert changes.seen == expected
    assert node.keyspace.dirty - before == dirty
