"""What observers of the keyspace see of the commands on sorted sets, and how they count; as the oracle does.

The numbers are hits, misses and mutations.
"""

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


ROWS: list[tuple[list[str], str, str, tuple[int, int, int]]] = [
    ([], "ZADD z 1 a", "new:z zadd:z", (0, 0, 1)),
    ([], "ZADD z 1 a 2 b", "new:z zadd:z", (0, 0, 2)),
    (["ZADD z 1 a"], "ZADD z 1 a", "", (0, 0, 0)),
    (["ZADD z 1 a"], "ZADD z 2 a 3 b", "zadd:z", (0, 0, 2)),
    (["ZADD z 1 a"], "ZADD z NX 2 a", "", (0, 0, 0)),
    ([], "ZADD z XX 2 a", "", (0, 0, 0)),
    (["ZADD z 1 a"], "ZADD z INCR 2 a", "zincr:z", (0, 0, 1)),
    (["ZADD z 1 a"], "ZADD z INCR 0 a", "", (0, 0, 0)),
    ([], "ZINCRBY z 2 a", "new:z zincr:z", (0, 0, 1)),
    (["ZADD z inf a"], "ZADD z INCR -inf a", "", (0, 0, 0)),
    (["ZADD z 1 a 2 b"], "ZREM z a", "zrem:z", (0, 0, 1)),
    (["ZADD z 1 a 2 b"], "ZREM z a b", "zrem:z del:z", (0, 0, 2)),
    (["ZADD z 1 a 2 b"], "ZREM z x", "", (0, 0, 0)),
    ([], "ZREM z x", "", (0, 0, 0)),
    (["ZADD z 1 a 2 b"], "ZPOPMIN z", "zpopmin:z", (0, 0, 1)),
    (["ZADD z 1 a 2 b"], "ZPOPMAX z 5", "zpopmax:z del:z", (0, 0, 2)),
    (["ZADD z 1 a 2 b"], "ZPOPMAX z 0", "", (0, 0, 0)),
    ([], "ZPOPMAX z", "", (0, 0, 0)),
    (["ZADD z 1 a 2 b"], "ZMPOP 2 n z MIN", "zpopmin:z", (0, 0, 1)),
    (["ZADD z 1 a 2 b"], "ZMPOP 1 z MAX COUNT 2", "zpopmax:z del:z", (0, 0, 2)),
    ([], "ZMPOP 1 z MAX COUNT 2", "", (0, 0, 0)),
    (["ZADD z 1 a 2 b 3 c"], "ZREMRANGEBYRANK z 0 1", "zremrangebyrank:z", (0, 0, 2)),
    (["ZADD z 1 a 2 b 3 c"], "ZREMRANGEBYSCORE z 1 3", "zremrangebyscore:z del:z", (0, 0, 3)),
    (["ZADD z 1 a 1 b 1 c"], "ZREMRANGEBYLEX z [a [b", "zremrangebylex:z", (0, 0, 2)),
    (["ZADD z 1 a 1 b 1 c"], "ZREMRANGEBYLEX z [x [y", "", (0, 0, 0)),
    ([], "ZREMRANGEBYLEX z [x [y", "", (0, 0, 0)),
    (["ZADD z 1 a 2 b"], "ZRANGESTORE d z 0 -1", "new:d zrangestore:d", (1, 0, 1)),
    (["ZADD z 1 a 2 b", "SET d x"], "ZRANGESTORE d z 0 -1", "zrangestore:d", (1, 0, 1)),
    (["ZADD z 1 a 2 b", "SET d x"], "ZRANGESTORE d z 5 6", "del:d", (1, 0, 1)),
    (["ZADD z 1 a 2 b"], "ZRANGESTORE d z 5 6", "", (1, 0, 0)),
    (["SET d x"], "ZRANGESTORE d z 5 6", "keymiss:z del:d", (0, 1, 1)),
    (["ZADD z 1 a 2 b"], "ZUNIONSTORE d 2 z n", "keymiss:n new:d zunionstore:d", (1, 1, 1)),
    (["ZADD z 1 a 2 b"], "ZINTERSTORE z 2 z n", "keymiss:n del:z", (1, 1, 1)),
    (["ZADD z 1 a 2 b"], "ZINTERSTORE d 2 z n", "keymiss:n", (1, 1, 0)),
    (["ZADD z 1 a 2 b"], "ZDIFFSTORE d 1 z", "new:d zdiffstore:d", (1, 0, 1)),
    (["ZADD z 1 a 2 b"], "ZUNION 2 z n", "keymiss:n", (1, 1, 0)),
    (["ZADD z 1 a 2 b"], "ZINTERCARD 2 z n", "keymiss:n", (1, 1, 0)),
    ([], "ZSCORE z a", "keymiss:z", (0, 1, 0)),
    ([], "ZCARD z", "keymiss:z", (0, 1, 0)),
    ([], "ZRANGE z 0 1", "keymiss:z", (0, 1, 0)),
    ([], "ZRANK z a", "keymiss:z", (0, 1, 0)),
    ([], "ZSCAN z 0", "keymiss:z", (0, 1, 0)),
    ([], "ZRANDMEMBER z", "keymiss:z", (0, 1, 0)),
    ([], "ZCOUNT z 1 2", "keymiss:z", (0, 1, 0)),
    ([], "ZMSCORE z 1 2", "keymiss:z", (0, 1, 0)),
    (["ZADD z 1 a"], "ZSCORE z a", "", (1, 0, 0)),
    (["ZADD z 1 a"], "ZRANGE z 0 1", "", (1, 0, 0)),
    (["ZADD z 1 a"], "ZSCAN z 0", "", (1, 0, 0)),
    (["ZADD z 1 a"], "COPY z y", "new:y copy_to:y", (1, 0, 1)),
    (["ZADD z 1 a", "EXPIRE z 100"], "ZUNIONSTORE z 1 z", "zunionstore:z", (1, 0, 1)),
    (["ZADD z 1 a", "ZADD y 1 b"], "ZUNIONSTORE z 2 z y", "zunionstore:z", (2, 0, 1)),
    (["ZADD z 1 a", "EXPIRE z 100"], "ZRANGESTORE z z 0 -1", "zrangestore:z", (1, 0, 1)),
    (["ZADD z 1 a 2 b"], "ZRANGESTORE z z 0 0", "zrangestore:z", (1, 0, 1)),
]


@pytest.mark.parametrize("observed", [True, False])
@pytest.mark.parametrize(("setup", "call", "events", "counted"), ROWS)
def test_a_command_tells_and_counts_as_the_oracle(
    setup: list[str], call: str, events: str, counted: tuple[int, int, int], observed: bool
) -> None:
    node = embedded_node(ManualClock())
    client, observer, keyspace = node.new_client(), Events(), node.keyspace
    for line in setup:
        feed(node, client, encode_command(line))
    if observed:
        node.sessions.feed.attach(observer)
    before = (keyspace.hits, keyspace.misses, keyspace.dirty)
    feed(node, client, encode_command(call))
    after = (keyspace.hits, keyspace.misses, keyspace.dirty)
    assert " ".join(observer.seen) == (events if observed else "")
    assert tuple(b - a for a, b in zip(before, after, strict=True)) == counted
