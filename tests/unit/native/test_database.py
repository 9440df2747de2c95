"""Databases against a plain-Python model: strings, deadlines, moves, and what observers see."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redpoll.native import memory
from redpoll.native.database import Database, Keyspace

START_MS = 1_000_000
KEYS = st.one_of(st.integers(0, 12).map(lambda n: b"k%d" % n), st.just(b"x" * 300))
VALUES = st.one_of(st.binary(max_size=40), st.integers(0, 9000).map(lambda n: b"v" * n))
STEP = st.one_of(
    st.tuples(st.just("set"), KEYS, VALUES, st.integers(0, 3)),
    st.tuples(st.just("append"), KEYS, VALUES, st.just(0)),
    st.tuples(st.just("set_range"), KEYS, VALUES, st.integers(0, 6000)),
    st.tuples(st.just("delete"), KEYS, st.just(b""), st.just(0)),
    st.tuples(st.just("expire"), KEYS, st.just(b""), st.integers(1, 5000)),
    st.tuples(st.just("persist"), KEYS, st.just(b""), st.just(0)),
    st.tuples(st.just("rename"), KEYS, st.integers(0, 12).map(lambda n: b"k%d" % n), st.just(0)),
    st.tuples(st.just("wait"), KEYS, st.just(b""), st.integers(0, 3000)),
)


class Model:
    """What a database should be: values with deadlines (0: none), and a time."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.keys: dict[bytes, tuple[bytes, int]] = {}

    def step(self, verb: str, key: bytes, value: bytes, number: int) -> None:
        self.keys = {k: v for k, v in self.keys.items() if v[1] == 0 or v[1] > self.now_ms}
        old, deadline = self.keys.get(key, (b"", 0))
        if verb == "set":
            new = {0: 0, 1: deadline, 2: self.now_ms + 700, 3: 0}[number]
            self.keys[key] = (value, new)
        elif verb == "append":
            self.keys[key] = (old + value, deadline)
        elif verb == "set_range":
            self.keys[key] = (old[:number].ljust(number, b"\0") + value + old[number + len(value) :], deadline)
        elif verb == "delete":
            self.keys.pop(key, None)
        elif verb == "expire" and key in self.keys:
            self.keys[key] = (old, self.now_ms + number)
        elif verb == "persist" and key in self.keys:
            self.keys[key] = (old, 0)
        elif verb == "rename" and key in self.keys and key != value:
            self.keys[value] = self.keys.pop(key)
        elif verb == "wait":
            self.now_ms += number
            self.keys = {k: v for k, v in self.keys.items() if v[1] == 0 or v[1] > self.now_ms}


def apply(db: Database, step: tuple[str, bytes, bytes, int]) -> None:
    verb, key, value, number = step
    if verb == "set":
        db.set_string(key, value, db.keyspace.now_ms + 700 if number == 2 else 0, number == 1)
    elif verb == "append":
        db.append(key, value)
    elif verb == "set_range":
        db.set_range(key, number, value)
    elif verb == "delete":
        db.delete(key)
    elif verb == "expire":
        db.set_deadline(key, db.keyspace.now_ms + number)
    elif verb == "persist":
        db.persist(key)
    elif verb == "rename":
        if key != value and db.contains(key):
            db.rename(key, value)
    else:
        db.keyspace.now_ms += number


@given(st.lists(STEP, max_size=80), st.booleans())
@settings(max_examples=200, deadline=None)
def test_database_agrees_with_a_plain_model(steps: list[tuple[str, bytes, bytes, int]], active: bool) -> None:
    keyspace, model = Keyspace(2), Model()
    keyspace.now_ms = START_MS
    for step in steps:
        apply(keyspace[0], step)
        model.step(*step)
        if active:
            keyspace.expire_due()
    keyspace.check()
    db = keyspace[0]
    assert {key: (db.string(key), max(0, db.deadline(key))) for key in db.keys()} == model.keys
    assert sorted(db.keys()) == sorted(model.keys)


def test_memory_returns_to_the_start_after_random_work() -> None:
    gc.collect()
    before = memory.used_bytes()
    keyspace = Keyspace(1)
    for n in range(5000):
        keyspace[0].set_string(b"key:%d" % n, b"v" * (n % 6000), n % 3 * 10**9)
    keyspace[0].flush()
    while keyspace.lazy_free_step():
        pass
    del keyspace
    gc.collect()
    assert memory.used_bytes() == before


class Recorder:
    """An observer that writes down what it sees."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []

    def changed(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        self.seen.append((event, key))

    def notified(self, db: Database, event_class: int, event: bytes, key: bytes) -> None:
        self.seen.append((event, key))

    def flushed(self, db: Database) -> None:
        self.seen.append((b"flush", b""))

    def swapped(self, a: Database, b: Database) -> None:
        self.seen.append((b"swap", b""))


def test_an_observer_sees_each_mutation_once_and_in_order() -> None:
    keyspace = Keyspace(2)
    keyspace.now_ms = START_MS
    keyspace.observer = recorder = Recorder()
    db = keyspace[0]
    db.set_string(b"a", b"1")
    db.append(b"a", b"2")
    db.set_deadline(b"a", START_MS + 10)
    db.rename(b"a", b"b")
    keyspace.now_ms += 10
    assert keyspace.expire_due() == 1
    assert db.string(b"b") is None
    db.flush()
    assert recorder.seen == [
        (b"new", b"a"), (b"set", b"a"), (b"append", b"a"), (b"expire", b"a"), (b"new", b"b"),
        (b"rename_from", b"a"), (b"rename_to", b"b"), (b"expired", b"b"), (b"keymiss", b"b"), (b"flush", b""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "encoding"),
    [(b"12", b"int"), (b"-9223372036854775808", b"int"), (b"9223372036854775808", b"embstr"), (b"012", b"embstr"),
     (b"", b"embstr"), (b"x" * 44, b"embstr"), (b"x" * 45, b"raw"), (b"x" * 5000, b"raw")],
)  # fmt: skip
def test_encoding_is_what_redis_would_say(value: bytes, encoding: bytes) -> None:
    db = Keyspace(1)[0]
    db.set_string(b"k", value)
    assert db.encoding(b"k") == encoding


def test_an_appended_string_is_raw() -> None:
    db = Keyspace(1)[0]
    db.set_string(b"k", b"1")
    db.append(b"k", b"2")
    assert db.encoding(b"k") == b"raw"
    assert db.string(b"k") == b"12"
