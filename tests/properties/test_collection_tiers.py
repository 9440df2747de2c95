"""Lists and hashes in both tiers: the same commands, the same replies, state and count of mutations."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.nodes import embedded_node

KEYS = st.sampled_from([b"a", b"b", b"text"])
WORDS = st.one_of(
    st.sampled_from([b"", b"0", b"-1", b"12345678901", b"x", b"field", b"9223372036854775807"]),
    st.integers(-70_000, 70_000).map(lambda n: b"%d" % n),
    st.binary(max_size=8),
    st.integers(60, 300).map(lambda n: b"w" * n),
)
NUMBERS = st.one_of(st.integers(-5, 5).map(lambda n: b"%d" % n), st.sampled_from([b"x", b"", b"9223372036854775807"]))


def words(name: str, *parts: Any) -> st.SearchStrategy[list[bytes]]:
    return st.tuples(st.just([name.encode()]), *parts).map(lambda found: [word for part in found for word in part])


def one(part: st.SearchStrategy[bytes]) -> st.SearchStrategy[list[bytes]]:
    return part.map(lambda word: [word])


def some(part: st.SearchStrategy[bytes], most: int = 4) -> st.SearchStrategy[list[bytes]]:
    return st.lists(part, min_size=1, max_size=most)


COMMANDS = st.one_of(
    *(words(name, one(KEYS), some(WORDS)) for name in ("LPUSH", "RPUSH", "LPUSHX", "RPUSHX", "HDEL", "HMGET", "HSET")),
    words("HSET", one(KEYS), one(WORDS), one(WORDS)),
    words("HMSET", one(KEYS), one(WORDS), one(WORDS), one(WORDS), one(WORDS)),
    *(words(name, one(KEYS)) for name in ("LPOP", "RPOP", "LLEN", "HLEN", "HGETALL", "TYPE", "DEL")),
    *(words(name, one(KEYS), one(NUMBERS)) for name in ("LPOP", "RPOP", "LINDEX")),
    *(words(name, one(KEYS), one(WORDS)) for name in ("HGET", "HEXISTS")),
    words("LRANGE", one(KEYS), one(NUMBERS), one(NUMBERS)),
    words("HINCRBY", one(KEYS), one(WORDS), one(NUMBERS)),
)


class Subject:
    """A node with one tier and small thresholds."""

    def __init__(self, native: bool) -> None:
        self.node = embedded_node()
        self.node.executor.native_tier = native
        self.client = self.node.new_client()
        self.run([b"CONFIG", b"SET", b"hash-max-listpack-entries", b"4", b"list-max-listpack-size", b"3"])
        self.run([b"SET", b"text", b"string"])

    def run(self, argv: list[bytes]) -> bytes:
        request = b"*%d\r\n" % len(argv) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in argv)
        reply: bytes = self.node.executor.feed(self.client, request)
        return reply

    def state(self) -> dict[bytes, Any]:
        db = self.node.keyspace[0]
        found: dict[bytes, Any] = {}
        for key in db.keys():
            kind = db.type_name(key)
            if kind == b"list":
                value = db.value(key, 1)
                value.check()
                found[key] = (db.encoding(key), value.elements())
            elif kind == b"hash":
                value = db.value(key, 4)
                value.check()
                flat = value.items()
                found[key] = (db.encoding(key), dict(zip(flat[::2], flat[1::2], strict=True)))
        return found


def in_any_order(reply: bytes, argv: list[bytes]) -> Any:
    """A reply; the order of a large hash's fields is its table's own."""
    return sorted(reply.split(b"\r\n")) if argv[0] == b"HGETALL" else reply


@settings(max_examples=150)
@given(st.lists(COMMANDS, max_size=40), st.sampled_from([2, 3]))
def test_lists_and_hashes_are_the_same_in_both_tiers(commands: list[list[bytes]], resp: int) -> None:
    native, general = Subject(True), Subject(False)
    for subject in (native, general):
        subject.client.resp = resp
    for argv in commands:
        assert in_any_order(native.run(argv), argv) == in_any_order(general.run(argv), argv), argv
        assert native.node.keyspace.dirty == general.node.keyspace.dirty, argv
    assert native.state() == general.state()
    assert (native.node.keyspace.hits, native.node.keyspace.misses) == (
        general.node.keyspace.hits,
        general.node.keyspace.misses,
    )
    native.node.keyspace.check()
