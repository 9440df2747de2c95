"""What observers of the keyspace see of the commands on bitmaps and HyperLogLogs, and how they count: as the oracle."""

from __future__ import annotations

import pytest

from redpoll.clock import ManualClock
from redpoll.native.database import Database
from tests.commands.harness import encode_command
from tests.commands.test_string_events import Events
from tests.nodes import embedded_node, feed


class NamedEvents(Events):
    """Notes events of a class; a change without one is only told to watchers."""

    def changed(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        if event_class:
            super().changed(db, event_class, event, key)

    notified = changed


@pytest.mark.parametrize(
    ("setup", "call", "events", "counted"),
    [
        ([], "SETBIT k 3 1", "new:k setbit:k", (0, 0, 1)),
        ([], "SETBIT k 3 0", "new:k setbit:k", (0, 0, 1)),
        ([], "SETBIT k 3 2", "", (0, 0, 0)),
        (["SET k a"], "SETBIT k 3 1", "setbit:k", (0, 0, 1)),
        (["SET k a"], "SETBIT k 3 0", "", (0, 0, 0)),
        (["SET k a"], "SETBIT k 2 1", "", (0, 0, 0)),
        (["SET k a"], "SETBIT k 100 0", "setbit:k", (0, 0, 1)),
        (["SET k a"], "SETBIT k 7 1", "", (0, 0, 0)),
        (["SET k a EX 100"], "SETBIT k 7 1", "", (0, 0, 0)),
        (["LPUSH k a"], "SETBIT k 7 1", "", (0, 0, 0)),
        ([], "GETBIT k 3", "keymiss:k", (0, 1, 0)),
        (["SET k a"], "GETBIT k 3", "", (1, 0, 0)),
        (["LPUSH k a"], "GETBIT k 3", "", (1, 0, 0)),
        ([], "BITCOUNT k", "keymiss:k", (0, 1, 0)),
        ([], "BITCOUNT k 0 0", "keymiss:k", (0, 1, 0)),
        ([], "BITCOUNT k x", "", (0, 0, 0)),
        (["SET k a"], "BITCOUNT k", "", (1, 0, 0)),
        (["SET k a"], "BITCOUNT k 5 3", "", (1, 0, 0)),
        (["LPUSH k a"], "BITCOUNT k 0 0", "", (1, 0, 0)),
        ([], "BITPOS k 1", "keymiss:k", (0, 1, 0)),
        ([], "BITPOS k 1 0", "keymiss:k", (0, 1, 0)),
        ([], "BITPOS k 2", "", (0, 0, 0)),
        ([], "BITPOS k 1 0 0 x", "", (0, 0, 0)),
        (["SET k a"], "BITPOS k 1", "", (1, 0, 0)),
        (["SET k a"], "BITPOS k 1 0 0 BIT", "", (1, 0, 0)),
        (["LPUSH k a"], "BITPOS k 1", "", (1, 0, 0)),
        ([], "BITOP AND d a b", "keymiss:a keymiss:b", (0, 2, 0)),
        (["SET a x"], "BITOP AND d a b", "keymiss:b new:d set:d", (1, 1, 1)),
        (["SET a x", "SET d y"], "BITOP AND d a b", "keymiss:b set:d", (1, 1, 1)),
        (["SET d y"], "BITOP AND d a b", "keymiss:a keymiss:b del:d", (0, 2, 1)),
        (["SET a x", "LPUSH l y"], "BITOP AND d n a l n", "keymiss:n", (2, 1, 0)),
        (["SET a ''"], "BITOP AND d a", "", (1, 0, 0)),
        (["SET a ''", "SET d 1"], "BITOP AND d a", "del:d", (1, 0, 1)),
        (["SET a x"], "BITOP NOT d a", "new:d set:d", (1, 0, 1)),
        (["SET a x"], "BITOP NOT a a", "set:a", (1, 0, 1)),
        (["SET a x"], "BITOP FOO a a", "", (0, 0, 0)),
        (["SET a x"], "BITOP NOT a a a", "", (0, 0, 0)),
        ([], "BITFIELD k GET u8 0", "keymiss:k", (0, 1, 0)),
        ([], "BITFIELD k SET u8 0 1", "new:k setbit:k", (0, 0, 1)),
        ([], "BITFIELD k SET u8 0 0", "new:k setbit:k", (0, 0, 1)),
        ([], "BITFIELD k INCRBY u8 0 1", "new:k setbit:k", (0, 0, 1)),
        ([], "BITFIELD k INCRBY u8 0 0", "new:k setbit:k", (0, 0, 1)),
        ([], "BITFIELD k OVERFLOW FAIL INCRBY u8 0 256", "new:k", (0, 0, 0)),
        ([], "BITFIELD k OVERFLOW FAIL INCRBY u8 0 256 SET u8 0 1", "new:k setbit:k", (0, 0, 1)),
        ([], "BITFIELD k SET u8 0 1 SET u8 8 1 GET u8 0", "new:k setbit:k", (0, 0, 2)),
        ([], "BITFIELD k", "keymiss:k", (0, 1, 0)),
        (["SET k a"], "BITFIELD k", "", (1, 0, 0)),
        (["SET k a"], "BITFIELD k GET u8 0", "", (1, 0, 0)),
        (["SET k a"], "BITFIELD k SET u8 0 97", "", (0, 0, 0)),
        (["SET k a"], "BITFIELD k SET u8 0 98", "setbit:k", (0, 0, 1)),
        (["SET k a"], "BITFIELD k SET u8 0 97 SET u8 8 0", "setbit:k", (0, 0, 2)),
        (["SET k a"], "BITFIELD k SET u8 0 97 SET u8 0 97", "", (0, 0, 0)),
        (["SET k a"], "BITFIELD k SET u8 0 98 SET u8 0 97", "setbit:k", (0, 0, 2)),
        (["SET k a"], "BITFIELD k INCRBY u8 0 0", "", (0, 0, 0)),
        (["SET k a"], "BITFIELD k INCRBY u8 0 0 INCRBY u8 0 1", "setbit:k", (0, 0, 1)),
        (["SET k a"], "BITFIELD k OVERFLOW FAIL INCRBY u8 0 255", "", (0, 0, 0)),
        (["SET k a"], "BITFIELD k OVERFLOW FAIL SET u8 0 256", "", (0, 0, 0)),
        (["SET k a"], "BITFIELD k OVERFLOW FAIL SET u8 800 256", "", (0, 0, 0)),
        (["LPUSH k a"], "BITFIELD k SET u8 0 1", "", (0, 0, 0)),
        (["LPUSH k a"], "BITFIELD k GET u8 0", "", (1, 0, 0)),
        (["SET k a"], "BITFIELD_RO k GET u8 0", "", (1, 0, 0)),
        ([], "BITFIELD_RO k GET u8 0", "keymiss:k", (0, 1, 0)),
        ([], "BITFIELD_RO k", "keymiss:k", (0, 1, 0)),
        ([], "BITFIELD_RO k SET u8 0 1", "", (0, 0, 0)),
        (["LPUSH k a"], "BITFIELD_RO k GET u8 0", "", (1, 0, 0)),
        (["LPUSH k a"], "BITFIELD_RO k", "", (1, 0, 0)),
        (["LPUSH k a"], "BITFIELD k", "", (1, 0, 0)),
        (["SET k 12"], "BITFIELD k GET u8 0", "", (1, 0, 0)),
        ([], "PFADD k", "new:k pfadd:k", (0, 0, 1)),
        ([], "PFADD k a", "new:k pfadd:k", (0, 0, 2)),
        (["PFADD k a"], "PFADD k a", "", (0, 0, 0)),
        (["PFADD k a"], "PFADD k", "", (0, 0, 0)),
        (["PFADD k a"], "PFADD k b c", "pfadd:k", (0, 0, 2)),
        (["PFADD k a"], "PFADD k a b", "pfadd:k", (0, 0, 1)),
        (["SET k x"], "PFADD k a", "", (0, 0, 0)),
        (["SET k x"], "PFADD k", "", (0, 0, 0)),
        (["LPUSH k x"], "PFADD k", "", (0, 0, 0)),
        ([], "PFCOUNT k", "keymiss:k", (0, 1, 0)),
        ([], "PFCOUNT k l m", "keymiss:k keymiss:l keymiss:m", (0, 3, 0)),
        (["PFADD k a"], "PFCOUNT k", "", (1, 0, 1)),
        (["PFADD k a", "PFCOUNT k"], "PFCOUNT k", "", (1, 0, 0)),
        (["PFADD k a", "PFADD l b"], "PFCOUNT k l", "", (2, 0, 0)),
        (["PFADD k a", "PFADD l b"], "PFCOUNT k n l", "keymiss:n", (2, 1, 0)),
        (["PFADD k a", "SET l b"], "PFCOUNT k l", "", (2, 0, 0)),
        (["PFADD k a", "LPUSH l b"], "PFCOUNT k n l n", "keymiss:n", (2, 1, 0)),
        (["SET k b"], "PFCOUNT k", "", (1, 0, 0)),
        ([], "PFMERGE d", "keymiss:d new:d pfadd:d", (0, 1, 1)),
        ([], "PFMERGE d a b", "keymiss:d keymiss:a keymiss:b new:d pfadd:d", (0, 3, 1)),
        (["PFADD a x"], "PFMERGE d a", "keymiss:d new:d pfadd:d", (1, 1, 1)),
        (["PFADD a x", "PFMERGE d a"], "PFMERGE d a", "pfadd:d", (2, 0, 1)),
        (["PFADD d x"], "PFMERGE d", "pfadd:d", (1, 0, 1)),
        (["PFADD d x"], "PFMERGE d n", "keymiss:n pfadd:d", (1, 1, 1)),
        (["PFADD d x"], "PFMERGE d d", "pfadd:d", (2, 0, 1)),
        (["PFADD d x", "SET a x"], "PFMERGE d a", "", (2, 0, 0)),
        (["SET d x"], "PFMERGE d", "", (1, 0, 0)),
        (["LPUSH d x"], "PFMERGE d", "", (1, 0, 0)),
        (["LPUSH d x"], "PFMERGE e d", "keymiss:e", (1, 1, 0)),
        (["SET d x"], "PFMERGE e d", "keymiss:e", (1, 1, 0)),
        (["PFADD a x"], "PFMERGE d n a n", "keymiss:d keymiss:n keymiss:n new:d pfadd:d", (1, 3, 1)),
        (["PFADD k a"], "PFDEBUG GETREG k", "", (0, 0, 1)),
        ([], "PFDEBUG GETREG k", "", (0, 0, 0)),
        (["PFADD k a"], "PFDEBUG TODENSE k", "", (0, 0, 1)),
        (["PFADD k a", "PFDEBUG TODENSE k"], "PFDEBUG TODENSE k", "", (0, 0, 0)),
        (["PFADD k a"], "PFDEBUG ENCODING k", "", (0, 0, 0)),
        (["PFADD k a"], "PFDEBUG DECODE k", "", (0, 0, 0)),
        (["PFADD k a", "PFDEBUG TODENSE k"], "PFDEBUG DECODE k", "", (0, 0, 0)),
        (["PFADD k a"], "PFDEBUG FOO k", "", (0, 0, 0)),
        ([], "PFDEBUG FOO k", "", (0, 0, 0)),
        (["SETBIT k 9 1"], "SETBIT k 9 1", "", (0, 0, 0)),
        (["SET k 12"], "SETBIT k 1 0", "", (0, 0, 0)),
        (["SET d x EX 100", "SET a y"], "BITOP OR d a", "set:d", (1, 0, 1)),
        (["LPUSH d x", "SET a y"], "BITOP OR d a", "set:d", (1, 0, 1)),
    ],
)
def test_a_command_tells_and_counts_as_the_oracle(
    setup: list[str], call: str, events: str, counted: tuple[int, int, int]
) -> None:
    node = embedded_node(ManualClock())
    client, observer, keyspace = node.new_client(), NamedEvents(), node.keyspace
    for line in setup:
        feed(node, client, encode_command(line))
    node.sessions.feed.attach(observer)
    before = (keyspace.hits, keyspace.misses, keyspace.dirty)
    feed(node, client, encode_command(call))
    after = (keyspace.hits, keyspace.misses, keyspace.dirty)
    assert " ".join(observer.seen) == events
    assert tuple(b - a for a, b in zip(before, after, strict=True)) == counted


@pytest.mark.parametrize(
    ("setup", "call", "fails"),
    [
        (["PFADD k a"], "PFCOUNT k", True),
        (["PFADD k a", "PFCOUNT k"], "PFCOUNT k", False),
        (["PFADD k a"], "PFADD k a", False),
        (["PFADD k a"], "PFADD k b", True),
        (["PFADD k a"], "PFDEBUG TODENSE k", False),
        (["PFADD k a"], "PFDEBUG GETREG k", False),
        (["PFADD k a", "PFADD j b"], "PFCOUNT j k", False),
        (["PFADD k a"], "PFMERGE k", True),
        (["PFADD k a"], "PFMERGE j k", False),
        (["SET k 1"], "SETBIT k 2 1", False),
        (["SET k 1"], "SETBIT k 2 0", True),
        (["SET k 1"], "SETBIT k 20 0", True),
        (["SET k 1"], "BITFIELD k OVERFLOW FAIL INCRBY u8 8 256", False),
        ([], "BITFIELD k OVERFLOW FAIL INCRBY u8 0 256", False),
        (["SET k 1"], "BITFIELD k SET u8 0 49", False),
        (["SET k 1"], "BITFIELD k INCRBY u8 0 1", True),
        (["SET k 1"], "BITOP OR k k", True),
        (["SET k 1"], "BITCOUNT k", False),
    ],
)
def test_a_watched_key_fails_a_transaction_as_the_oracle_does(setup: list[str], call: str, fails: bool) -> None:
    node = embedded_node(ManualClock())
    watching, other = node.new_client(), node.new_client()
    for line in setup:
        feed(node, other, encode_command(line))
    feed(node, watching, encode_command("WATCH k"))
    feed(node, other, encode_command(call))
    reply = feed(node, watching, b"".join(map(encode_command, ("MULTI", "PING", "EXEC"))))
    assert reply.endswith(b"*-1\r\n") == fails
