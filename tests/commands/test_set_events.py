"""What observers of the keyspace see of the commands on sets, and how they count; as the oracle tells and counts."""

from __future__ import annotations

import pytest

from redpoll.clock import ManualClock
from redpoll.native.database import Database
from tests.commands.harness import encode_command
from tests.nodes import embedded_node, feed

FILL = ["SADD a 1 2 3", "SADD b 2 3 4", "SADD one x", "SET str v"]


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
    ("call", "events", "counted"),
    [
        ("SADD n 1 2", "new:n sadd:n", (0, 0, 2)),
        ("SADD a 1", "", (0, 0, 0)),
        ("SADD a 1 9", "sadd:a", (0, 0, 1)),
        ("SREM a 1 2", "srem:a", (0, 0, 2)),
        ("SREM a 9", "", (0, 0, 0)),
        ("SREM n 1", "", (0, 0, 0)),
        ("SREM a 1 2 3", "srem:a del:a", (0, 0, 3)),
        ("SREM one x y", "srem:one del:one", (0, 0, 1)),
        ("SPOP a", "spop:a", (0, 0, 1)),
        ("SPOP one", "spop:one del:one", (0, 0, 1)),
        ("SPOP n", "", (0, 0, 0)),
        ("SPOP a 0", "", (0, 0, 0)),
        ("SPOP a 2", "spop:a", (0, 0, 2)),
        ("SPOP a 3", "spop:a del:a", (1, 0, 3)),
        ("SPOP a 100", "spop:a del:a", (1, 0, 3)),
        ("SPOP n 1", "", (0, 0, 0)),
        ("SMOVE a b 1", "srem:a sadd:b", (0, 0, 2)),
        ("SMOVE a b 2", "srem:a", (0, 0, 1)),
        ("SMOVE a n 1", "srem:a new:n sadd:n", (0, 0, 2)),
        ("SMOVE one a x", "srem:one del:one sadd:a", (0, 0, 2)),
        ("SMOVE one n x", "srem:one del:one new:n sadd:n", (0, 0, 2)),
        ("SMOVE a a 1", "", (0, 0, 0)),
        ("SMOVE n a 1", "", (0, 0, 0)),
        ("SMOVE a b 9", "", (0, 0, 0)),
        ("SMOVE a str 1", "", (0, 0, 0)),
        ("SINTERSTORE n a b", "new:n sinterstore:n", (2, 0, 1)),
        ("SINTERSTORE a a b", "sinterstore:a", (2, 0, 1)),
        ("SINTERSTORE str a b", "sinterstore:str", (2, 0, 1)),
        ("SINTERSTORE n a n", "keymiss:n", (1, 1, 0)),
        ("SINTERSTORE str a n", "keymiss:n del:str", (1, 1, 1)),
        ("SINTERSTORE str a one", "del:str", (2, 0, 1)),
        ("SINTERSTORE n a str", "", (2, 0, 0)),
        ("SINTERSTORE n n str", "keymiss:n", (1, 1, 0)),
        ("SINTERSTORE n str n", "", (1, 0, 0)),
        ("SUNIONSTORE n a b", "new:n sunionstore:n", (2, 0, 1)),
        ("SUNIONSTORE str n m", "keymiss:n keymiss:m del:str", (0, 2, 1)),
        ("SUNIONSTORE n a str", "", (2, 0, 0)),
        ("SDIFFSTORE n a b", "new:n sdiffstore:n", (2, 0, 1)),
        ("SDIFFSTORE a a", "sdiffstore:a", (1, 0, 1)),
        ("SDIFFSTORE str a a", "del:str", (2, 0, 1)),
        ("SDIFFSTORE n a n", "keymiss:n new:n sdiffstore:n", (1, 1, 1)),
        ("SINTER a n str", "keymiss:n", (2, 1, 0)),
        ("SUNION a n b", "keymiss:n", (2, 1, 0)),
        ("SDIFF n a", "keymiss:n", (1, 1, 0)),
        ("SINTERCARD 2 n a", "keymiss:n", (1, 1, 0)),
        ("SISMEMBER n 1", "keymiss:n", (0, 1, 0)),
        ("SMISMEMBER a 1 9", "", (1, 0, 0)),
        ("SCARD n", "keymiss:n", (0, 1, 0)),
        ("SMEMBERS a", "", (1, 0, 0)),
        ("SRANDMEMBER n 0", "keymiss:n", (0, 1, 0)),
        ("SSCAN n 0", "keymiss:n", (0, 1, 0)),
        ("SPOP a x", "", (0, 0, 0)),
    ],
)
def test_a_command_on_sets_tells_and_counts_as_the_oracle(
    call: str, events: str, counted: tuple[int, int, int]
) -> None:
    node = embedded_node(ManualClock())
    client, observer, keyspace = node.new_client(), Events(), node.keyspace
    for line in FILL:
        feed(node, client, encode_command(line))
    node.sessions.feed.attach(observer)
    before = (keyspace.hits, keyspace.misses, keyspace.dirty)
    feed(node, client, encode_command(call))
    after = (keyspace.hits, keyspace.misses, keyspace.dirty)
    assert " ".join(observer.seen) == events
    assert tuple(b - a for a, b in zip(before, after, strict=True)) == counted
