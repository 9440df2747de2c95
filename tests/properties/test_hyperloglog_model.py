"""HyperLogLogs against plain lists of registers, and how far off their counts are."""

from __future__ import annotations

import random
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redpoll.errors import CommandError
from redpoll.native import sketches
from redpoll.native.keyspace import Keyspace
from tests.commands.harness import Connection, Server
from tests.model.bitmaps import Sketch, registers_in

ELEMENT = st.one_of(st.binary(max_size=20), st.integers(0, 400).map(lambda number: b"%d" % number))
# Many at once: an example reaches the dense form in a few steps.
ELEMENTS = st.one_of(
    st.lists(ELEMENT, max_size=6),
    st.builds(
        lambda first, count: [b"e%d" % n for n in range(first, first + count)],
        st.integers(0, 5000),
        st.integers(1, 900),
    ),
)
KEY = st.sampled_from([b"a", b"b", b"c"])
STEP = st.one_of(
    st.tuples(st.just("add"), KEY, ELEMENTS),
    st.tuples(st.just("merge"), KEY, st.lists(KEY, max_size=3)),
    st.tuples(st.just("count"), KEY, st.just([])),
    st.tuples(st.just("dense"), KEY, st.just([])),
)


@given(st.sampled_from([0, 40, 500, 3000, 16000]), st.lists(STEP, max_size=12))
def test_registers_are_those_of_a_plain_list(
    sparse_bytes_max: int, steps: list[tuple[str, bytes, list[bytes]]]
) -> None:
    keyspace = Keyspace(1)
    keyspace.sparse_bytes_max = sparse_bytes_max
    db, model = keyspace[0], dict[bytes, Sketch]()
    for action, key, words in steps:
        if action == "add":
            is_new = key not in model
            raised = [model.setdefault(key, Sketch()).add(word) for word in words]
            model.setdefault(key, Sketch())
            assert sketches.add(db, key, tuple(words)) == (is_new or any(raised))
        elif action == "merge":
            target = model.setdefault(key, Sketch())
            for word in words:
                target.merge(model.get(word, Sketch()))
            sketches.merge(db, key, tuple(words))
        elif action == "count":
            assert sketches.count(db, key) == sketches.count_union(db, (key,))
            assert sketches.count(db, key) == sketches.count_union(db, (key, b"absent", key))
        else:
            sketches.make_dense(db, key)
    for key, sketch in model.items():
        held = db.string(key)
        assert held is not None
        assert registers_in(held) == sketch.registers
        assert held[4] == 0 or len(held) <= max(sparse_bytes_max, 18)
        assert sketches.registers_of(db, key) == sketch.registers
    keyspace.check()


@given(st.binary(max_size=60), st.integers(0, 2), st.lists(ELEMENT, max_size=5))
def test_any_bytes_behind_a_header_are_counted_or_refused(runs: bytes, form: int, elements: list[bytes]) -> None:
    db = Keyspace(1)[0]
    for action in (
        lambda: sketches.add(db, b"k", tuple(elements)), lambda: sketches.count(db, b"k"),
        lambda: sketches.merge(db, b"k", (b"k",)), lambda: sketches.make_dense(db, b"k"),
        lambda: sketches.runs_text(db, b"k"), lambda: sketches.count_union(db, (b"k", b"k")),
    ):  # fmt: skip
        db.set_string(b"k", b"HYLL" + bytes([form, 0, 0, 0]) + bytes(7) + b"\x80" + runs)
        try:
            action()
        except CommandError as error:
            assert error.code in (b"WRONGTYPE", b"INVALIDOBJ")
    db.keyspace.check()


@pytest.mark.parametrize("count", [100, 1000, 10_000, 100_000])
def test_the_standard_error_is_what_the_registers_promise(count: int) -> None:
    """1.04 / sqrt(16384) is 0.81 %; 64 samples show it to a tenth or so."""
    rng, samples, total = random.Random(count), 64, 0.0
    for sample in range(samples):
        db = Keyspace(1)[0]
        first = rng.getrandbits(60)
        for at in range(0, count, 10_000):
            numbers = range(first + at, first + min(at + 10_000, count))
            sketches.add(db, b"k", tuple(b"%d" % number for number in numbers))
        total += (sketches.count(db, b"k") / count - 1) ** 2
        assert sample or sketches.form(db, b"k") == (b"sparse" if count <= 1000 else b"dense")
    assert sqrt(total / samples) < 0.0081 * 1.3


def test_the_self_test_passes() -> None:
    assert sketches.self_test() is None


def pfadd(key: str, first: int, count: int) -> list[bytes]:
    """A command that adds some elements."""
    return [b"PFADD", key.encode(), *(b"%d" % number for number in range(first, first + count))]


@pytest.mark.parametrize("count", [0, 1, 50, 1200, 3000, 100_000])
@pytest.mark.parametrize("there_first", [True, False])
def test_a_sketch_goes_on_in_the_other_server(
    oracle: Server, redpoll_tcp: Server, count: int, there_first: bool
) -> None:
    servers = [redpoll_tcp, oracle]
    with servers[there_first].connect() as source, servers[not there_first].connect() as target:
        for connection in (source, target):
            connection.call("FLUSHALL")
        continue_both(source, target, count)


def continue_both(source: Connection, target: Connection, count: int) -> None:
    """Add in one server, carry the bytes over, add the same in both: all bytes and counts stay the same."""
    source.call(pfadd("k", 0, count))
    carried = source.call("GET k").value
    assert target.call([b"SET", b"k", carried]).value == b"OK"
    for connection in (source, target):
        connection.call(pfadd("other", 500, 2000))
    for call in ("PFCOUNT k", "PFCOUNT k other", "GET k"):
        assert source.call(call) == target.call(call)
    for connection in (source, target):
        connection.call(pfadd("k", 777, 300))
        connection.call("PFMERGE union k other")
    for call in ("GET k", "PFCOUNT k", "GET union", "PFCOUNT union", "PFDEBUG ENCODING k"):
        assert source.call(call) == target.call(call)
