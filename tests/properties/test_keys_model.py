"""Generated commands on strings, keys and deadlines: replies and state as the model's, through either tier alike."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redpoll.clock import ManualClock
from redpoll.native.database import Database
from tests.commands.harness import Decoder, Reply, encode_command
from tests.model.strings_and_keys import Model
from tests.nodes import embedded_node, feed

START_MS = 1_700_000_000_000
DATABASES = 3

Argv = list[bytes]

KEY = st.sampled_from([b"a", b"b", b"c", b"", b"\x00\xff\r\n", b"k" * 300])
VALUE = st.one_of(
    st.sampled_from([b"", b"0", b"10", b"-7", b"9223372036854775807", b"-9223372036854775808", b"01", b"abc"]),
    st.binary(max_size=80),
    st.integers(4000, 9000).map(lambda size: b"v" * size),
)
NUMBER = st.one_of(st.integers(-30, 30), st.integers(-(1 << 63), (1 << 63) - 1)).map(lambda number: b"%d" % number)
AMOUNT = st.one_of(NUMBER, st.sampled_from([b"x", b"1.5", b"", b"9223372036854775808"]))
SECONDS = st.one_of(st.integers(1, 9).map(lambda number: b"%d" % number), AMOUNT)
MILLISECONDS = st.one_of(st.integers(1, 9000).map(lambda number: b"%d" % number), AMOUNT)
MOMENT_MS = st.integers(START_MS + 1, START_MS + 60_000).map(lambda number: b"%d" % number)
MOMENT = st.integers(START_MS // 1000 + 1, START_MS // 1000 + 60).map(lambda number: b"%d" % number)
PAST = st.sampled_from([b"1", b"0", b"-1", b"1699999999"])
INDEX = st.integers(0, DATABASES - 1).map(lambda number: b"%d" % number)


def command(name: bytes, *arguments: st.SearchStrategy[bytes]) -> st.SearchStrategy[Argv]:
    """A command with one argument of each strategy."""
    return st.tuples(*arguments).map(lambda words: [name, *words])


def many(name: bytes, *arguments: st.SearchStrategy[bytes]) -> st.SearchStrategy[Argv]:
    """A command with its arguments repeated one to four times."""
    groups = st.lists(st.tuples(*arguments), min_size=1, max_size=4)
    return groups.map(lambda found: [name, *(word for group in found for word in group)])


def spelled(options: list[bytes]) -> st.SearchStrategy[Argv]:
    """One of the options, each a line of words; either case, as clients write them."""
    return st.sampled_from([*options, *map(bytes.lower, options)]).map(bytes.split)


CONDITIONS = spelled([b"", b"", b"NX", b"XX", b"GT", b"LT", b"XX GT", b"XX LT", b"NX XX", b"GT LT", b"NX NX"])


def expiry(name: bytes, time: st.SearchStrategy[bytes]) -> st.SearchStrategy[Argv]:
    """A command of EXPIRE's family, with conditions."""
    return st.builds(lambda key, when, words: [name, key, when, *words], KEY, st.one_of(time, time, PAST), CONDITIONS)


SET_PLAIN = st.builds(
    lambda key, value, words: [b"SET", key, value, *words],
    KEY,
    VALUE,
    spelled([b"", b"NX", b"XX", b"KEEPTTL", b"GET", b"NX GET", b"XX KEEPTTL GET"]),
)
SET_WITH_DEADLINE = st.builds(
    lambda key, value, deadline, words: [b"SET", key, value, *deadline, *words],
    KEY,
    VALUE,
    st.one_of(
        st.tuples(st.just(b"EX"), SECONDS),
        st.tuples(st.just(b"px"), MILLISECONDS),
        st.tuples(st.just(b"EXAT"), MOMENT),
        st.tuples(st.just(b"PXAT"), MOMENT_MS),
    ),
    spelled([b"", b"NX", b"XX", b"GET", b"XX GET"]),
)
COPY = st.builds(
    lambda source, target, words: [b"COPY", source, target, *words],
    KEY,
    KEY,
    spelled([b"", b"REPLACE", b"DB 1", b"DB 0 REPLACE", b"REPLACE DB 2"]),
)
STRINGS = (
    SET_PLAIN, SET_WITH_DEADLINE, command(b"GET", KEY), command(b"SETNX", KEY, VALUE), command(b"INCR", KEY),
    command(b"SETEX", KEY, SECONDS, VALUE), command(b"PSETEX", KEY, MILLISECONDS, VALUE), command(b"DECR", KEY),
    command(b"GETSET", KEY, VALUE), command(b"GETDEL", KEY), command(b"INCRBY", KEY, AMOUNT),
    command(b"DECRBY", KEY, AMOUNT), command(b"APPEND", KEY, VALUE), command(b"STRLEN", KEY),
    command(b"GETRANGE", KEY, AMOUNT, AMOUNT), command(b"DELIFEQ", KEY, VALUE),
    command(b"SETRANGE", KEY, st.integers(-1, 5000).map(lambda at: b"%d" % at), VALUE),
    many(b"MGET", KEY), many(b"MSET", KEY, VALUE), many(b"MSETNX", KEY, VALUE),
)  # fmt: skip
KEYS = (
    many(b"DEL", KEY), many(b"UNLINK", KEY), many(b"EXISTS", KEY), many(b"TOUCH", KEY), command(b"TYPE", KEY), COPY,
    command(b"RENAME", KEY, KEY), command(b"RENAMENX", KEY, KEY), command(b"MOVE", KEY, INDEX), command(b"DBSIZE"),
    command(b"PING"), command(b"KEYS", st.just(b"*")), command(b"SELECT", INDEX), command(b"SWAPDB", INDEX, INDEX),
    command(b"SCAN", st.just(b"0"), st.just(b"COUNT"), st.just(b"100000")),
    st.sampled_from([[b"FLUSHDB"], [b"FLUSHALL"]]),
)  # fmt: skip
DEADLINES = (
    expiry(b"EXPIRE", SECONDS), expiry(b"PEXPIRE", MILLISECONDS), expiry(b"EXPIREAT", MOMENT),
    expiry(b"PEXPIREAT", MOMENT_MS), command(b"TTL", KEY), command(b"PTTL", KEY), command(b"EXPIRETIME", KEY),
    command(b"PEXPIRETIME", KEY), command(b"PERSIST", KEY),
)  # fmt: skip
BATCH = st.lists(st.one_of(st.one_of(STRINGS), st.one_of(KEYS), st.one_of(DEADLINES)), min_size=1, max_size=12)
WAIT_MS = st.one_of(st.just(0), st.integers(1, 5000))
# Pipelined commands, and how much time passes after them.
RUN = st.lists(st.tuples(BATCH, WAIT_MS), min_size=1, max_size=8)


@dataclass
class Recorder:
    """Notes what an observer of the keyspace sees."""

    seen: list[tuple[object, ...]] = field(default_factory=list)

    def changed(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        self.seen.append((db.index, event_class, event, key))

    def notified(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        self.seen.append((db.index, event_class, event, key))

    def flushed(self, db: Database) -> None:
        self.seen.append((db.index, "flushed"))

    def swapped(self, first: Database, second: Database) -> None:
        self.seen.append((first.index, second.index, "swapped"))


class Subject:
    """A node under test, whose time is ours."""

    def __init__(self, native_tier: bool, observed: bool) -> None:
        self.clock = ManualClock(START_MS)
        self.node = embedded_node(self.clock)
        self.node.executor.native_tier = native_tier
        self.client = self.node.new_client()
        self.recorder = Recorder()
        if observed:
            self.node.sessions.feed.attach(self.recorder)

    def run(self, batch: list[Argv]) -> bytes:
        """Feed a batch in one piece."""
        return feed(self.node, self.client, b"".join(map(encode_command, batch)))

    def wait(self, milliseconds: int) -> None:
        """Time passes, and what is due expires."""
        self.clock.set_ms(self.clock.now_ms() + milliseconds)
        self.node.begin_cycle()

    def state(self) -> list[dict[bytes, tuple[bytes | None, int]]]:
        """Every key of the databases in use, its value and its deadline (0 for none)."""
        self.node.keyspace.check()
        found = []
        for db in self.node.keyspace.databases[:DATABASES]:
            found.append({key: (db.peek_string(key), max(db.deadline(key), 0)) for key in db.keys()})
        return found

    def counters(self) -> dict[str, int]:
        """What statistics and persistence go by."""
        keyspace = self.node.keyspace
        return {
            "dirty": keyspace.dirty,
            "expired": keyspace.expired_keys,
            "hits": keyspace.hits,
            "misses": keyspace.misses,
            "commands": self.node.executor.commands_processed,
        }


def replies_of(data: bytes, batch: list[Argv]) -> list[Reply]:
    """The replies to a batch, names of keys in order where none is promised."""
    decoder = Decoder()
    decoder.feed(data)
    replies = [_ordered(argv[0], decoder.next()) for argv in batch]
    assert decoder.pending == 0
    return replies


def _ordered(name: bytes, reply: Reply) -> Reply:
    if name == b"KEYS":
        return Reply(reply.kind, sorted(reply.value))
    if name == b"SCAN":
        cursor, keys = reply.value
        return Reply(reply.kind, [cursor, Reply(keys.kind, sorted(keys.value))])
    return reply


def model_state(model: Model) -> list[dict[bytes, tuple[bytes | None, int]]]:
    """The model's keys as `Subject.state` shows them."""
    return [
        {key: (entry.value, entry.deadline_ms) for key, entry in keys.items()} for keys in model.databases[:DATABASES]
    ]


@pytest.mark.parametrize("native_tier", [True, False], ids=["native tier", "general tier"])
@settings(max_examples=150, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
@given(run=RUN)
def test_replies_and_state_are_those_of_the_model(native_tier: bool, run: list[tuple[list[Argv], int]]) -> None:
    model, subject = Model(START_MS), Subject(native_tier, observed=False)
    for batch, wait_ms in run:
        expected = b"".join(map(model.execute, batch))
        assert replies_of(subject.run(batch), batch) == replies_of(expected, batch)
        assert subject.state() == model_state(model)
        model.wait(wait_ms)
        subject.wait(wait_ms)
        assert subject.state() == model_state(model)


@settings(max_examples=150, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
@given(run=RUN)
def test_both_tiers_have_the_same_effects(run: list[tuple[list[Argv], int]]) -> None:
    native, watched, general = Subject(True, False), Subject(True, True), Subject(False, True)
    for batch, wait_ms in run:
        expected = replies_of(general.run(batch), batch)
        for subject in (native, watched):
            assert replies_of(subject.run(batch), batch) == expected
            assert subject.state() == general.state()
            assert subject.counters() == general.counters()
        assert watched.recorder.seen == general.recorder.seen
        for subject in (native, watched, general):
            subject.wait(wait_ms)
