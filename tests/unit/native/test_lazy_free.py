"""Large collections are freed in steps, and every byte comes back."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from redpoll.native import memory
from redpoll.native.database import Database, Keyspace
from redpoll.native.hash_value import HashValue
from redpoll.native.list_value import ListValue
from redpoll.native.set_value import SetValue
from redpoll.native.value import Value
from redpoll.native.zset_value import ZsetValue

COUNT = 50_000


def large_hash() -> Value:
    value = HashValue()
    for n in range(COUNT):
        value.set(b"field:%d" % n, b"value" * (n % 7), 512, 64)
    return value


def large_list() -> Value:
    value = ListValue()
    value.push(tuple(b"element:%d" % n * (n % 9) for n in range(COUNT)), False, -2)
    return value


def large_sorted_set() -> Value:
    value = ZsetValue()
    for n in range(COUNT):
        value.set(b"member:%d" % n, n % 1000, 128, 64)
    return value


def large_set() -> Value:
    value = SetValue()
    value.add(tuple(b"member:%d" % n for n in range(COUNT)), (512, 128, 64))
    return value


def put(db: Database, key: bytes, make: object) -> None:
    # No name here may keep the value alive: only the key does.
    db.put_value(key, make())  # type: ignore[operator]


@pytest.mark.parametrize(
    "make",
    [large_hash, large_list, large_set, large_sorted_set],
    ids=["hash", "list", "set", "sorted set"],
)
@pytest.mark.parametrize("way", ["delete", "overwrite", "expire", "flush"])
def test_a_large_collection_is_freed_in_steps(make: object, way: str) -> None:
    keyspace = Keyspace(1)
    keyspace.now_ms = 1000
    db = keyspace[0]
    gc.collect()
    before = memory.used_bytes()
    put(db, b"big", make)
    if way == "delete":
        db.delete(b"big")
    elif way == "overwrite":
        db.set_string(b"big", b"small")
        db.delete(b"big")
    elif way == "expire":
        db.set_deadline(b"big", 1001)
        keyspace.now_ms = 1001
        keyspace.expire_due()
    else:
        db.flush()
    assert keyspace.lazy_free_pending == 1
    steps = 0
    while keyspace.lazy_free_step(32):
        steps += 1
        keyspace.check()
    assert steps > 2
    assert keyspace.lazy_free_pending == 0
    assert memory.used_bytes() <= before + 1024  # the deadline heap keeps its smallest array


@pytest.mark.parametrize("make", [large_hash, large_list, large_set], ids=["hash", "list", "set"])
def test_renaming_a_large_collection_keeps_it(make: Callable[[], Value]) -> None:
    keyspace = Keyspace(1)
    db = keyspace[0]
    put(db, b"a", make)
    db.rename(b"a", b"b")
    while keyspace.lazy_free_step(32):
        pass
    assert len(db.value(b"b", {large_list: 1, large_set: 2, large_hash: 4}[make])) == COUNT


def test_a_keyspace_that_goes_frees_what_still_waits() -> None:
    gc.collect()
    before = memory.used_bytes()
    keyspace = Keyspace(1)
    put(keyspace[0], b"big", large_hash)
    keyspace[0].delete(b"big")
    del keyspace
    gc.collect()
    assert memory.used_bytes() == before
