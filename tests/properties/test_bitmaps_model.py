"""Bitmaps against lists of bits, and both tiers against each other."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from redpoll.native import bitmaps
from redpoll.native.database import Database
from redpoll.native.keyspace import Keyspace
from tests.commands.harness import encode_command
from tests.model.bitmaps import Fields, bits_of, bytes_of, cut, fitted, joined
from tests.nodes import embedded_node, feed

DATA = st.one_of(
    st.binary(max_size=80),
    st.builds(lambda byte, size: bytes([byte]) * size, st.sampled_from([0, 255, 1, 128]), st.integers(0, 300)),
    st.builds(
        lambda fill, size, at: (bytes([fill]) * size)[:at] + b"\x10" + bytes([fill]) * (size - at),
        st.sampled_from([0, 255]),
        st.integers(1, 300),
        st.integers(0, 300),
    ),
    st.builds(lambda piece, times: piece * times, st.binary(min_size=1, max_size=60), st.integers(50, 400)),
)
INDEX = st.one_of(st.integers(-20, 20), st.integers(-3000, 3000), st.sampled_from([-(1 << 63), (1 << 63) - 1]))


def holding(data: bytes) -> Database:
    """A database whose key k holds a string."""
    db = Keyspace(1)[0]
    db.set_string(b"k", data)
    return db


@given(DATA, INDEX, INDEX, st.booleans())
def test_ones_are_counted_as_in_a_list(data: bytes, start: int, end: int, in_bits: bool) -> None:
    units = [[bit] for bit in bits_of(data)] if in_bits else [bits_of(bytes([byte])) for byte in data]
    backwards = start < 0 and end < 0 and start > end
    expected = 0 if backwards else sum(sum(units[at]) for at in cut(len(units), start, end))
    assert bitmaps.count_bits(holding(data), b"k", start, end, in_bits) == expected


@given(DATA, st.integers(0, 1), INDEX, INDEX, st.booleans(), st.booleans())
@example(b"\xff" * 64, 0, 0, -1, False, True)
def test_a_bit_is_found_where_a_list_has_it(
    data: bytes, bit: int, start: int, end: int, in_bits: bool, beyond_end: bool
) -> None:
    bits, unit = bits_of(data), 1 if in_bits else 8
    found = cut(len(bits) // unit, start, end)
    inside = range(found.start * unit, found.stop * unit)
    expected = next((at for at in inside if bits[at] == bit), -1)
    if expected < 0 and found and bit == 0 and beyond_end:
        expected = len(bits)
    assert bitmaps.bit_position(holding(data), b"k", bit, start, end, in_bits, beyond_end) == expected


@given(st.sampled_from([b"AND", b"OR", b"XOR", b"NOT"]), st.lists(DATA, min_size=1, max_size=4), st.booleans())
def test_strings_are_joined_as_numbers(operation: bytes, sources: list[bytes], into_source: bool) -> None:
    sources = sources[:1] if operation == b"NOT" else sources
    db = Keyspace(1)[0]
    names = tuple(b"%d" % at for at in range(len(sources)))
    for name, data in zip(names, sources, strict=True):
        db.set_string(name, data, deadline_ms=1 << 50)
    target = names[-1] if into_source else b"target"
    expected = joined(operation, sources)
    assert bitmaps.join_bitmaps(db, bitmaps.JOINS[operation], target, names) == len(expected)
    assert (db.string(target) or b"") == expected
    assert db.deadline(target) == (-1 if expected else -2)
    db.keyspace.check()


FIELD = st.tuples(st.booleans(), st.integers(1, 64), st.integers(0, 200)).filter(lambda each: each[0] or each[1] < 64)
NUMBER = st.one_of(st.integers(-300, 300), st.integers(-(1 << 63), (1 << 63) - 1))
STEP = st.tuples(
    st.sampled_from([b"GET", b"SET", b"INCRBY"]), FIELD, NUMBER, st.sampled_from([b"WRAP", b"SAT", b"FAIL"])
)


@given(st.binary(max_size=30), st.lists(STEP, min_size=1, max_size=6))
def test_fields_are_numbers_in_a_list_of_bits(
    data: bytes, steps: list[tuple[bytes, tuple[bool, int, int], int, bytes]]
) -> None:
    node = embedded_node()
    client, model = node.new_client(), Fields(data)
    node.keyspace[0].set_string(b"k", data)
    words: list[bytes] = []
    expected: list[int | None] = []
    for name, (is_signed, width, offset), number, overflow in steps:
        words += [b"OVERFLOW", overflow, name, b"%c%d" % (b"ui"[is_signed], width), b"%d" % offset]
        words += [] if name == b"GET" else [b"%d" % number]
        old = model.read(is_signed, width, offset)
        if name == b"GET":
            expected.append(old)
            continue
        wanted = old + number if name == b"INCRBY" else number if is_signed else number % (1 << 64)
        new = fitted(wanted, is_signed, width, overflow, name == b"SET")
        model.write(width, offset, old if new is None else new)
        expected.append(old if name == b"SET" and new is not None else new)
    reply = feed(node, client, encode_command([b"BITFIELD", b"k", *words]))
    lines = [b"$-1" if value is None else b":%d" % value for value in expected]
    assert reply == b"\r\n".join([b"*%d" % len(lines), *lines, b""])
    # The string grows before the first step, to what the last of all writing ones needs.
    held = node.keyspace[0].string(b"k")
    assert held is not None
    assert held == bytes_of(model.bits)


@given(st.binary(max_size=20), st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 1)), max_size=20))
def test_single_bits_are_set_in_a_list(data: bytes, steps: list[tuple[int, int]]) -> None:
    db, model = holding(data), bits_of(data)
    for offset, bit in steps:
        model += [0] * ((offset // 8 + 1) * 8 - len(model))
        assert bitmaps.get_bit(db, b"k", offset) == model[offset]
        assert bitmaps.set_bit(db, b"k", offset, bit) == model[offset]
        model[offset] = bit
    assert db.string(b"k") == bytes_of(model)
    db.keyspace.check()


def test_the_last_bit_of_four_gigabits_costs_one_page() -> None:
    db = Keyspace(1)[0]
    assert bitmaps.set_bit(db, b"k", (1 << 32) - 1, 1) == 0
    assert db.string_size(b"k") == 1 << 29
    assert bitmaps.get_bit(db, b"k", (1 << 32) - 1) == 1
    assert bitmaps.get_bit(db, b"k", (1 << 32) - 2) == 0


def test_a_growing_bitmap_is_seldom_moved() -> None:
    db = Keyspace(1)[0]
    rooms = set()
    for offset in range(0, 8 << 20, 2048):
        bitmaps.set_bit(db, b"k", offset, 1)
        rooms.add(db.memory_usage(b"k"))
    assert len(rooms) < 40
    assert bitmaps.count_bits(db, b"k", 0, -1, False) == 4096


KEY = st.sampled_from([b"a", b"b", b"list"])
OFFSET = st.one_of(st.integers(0, 70), st.integers(0, 40_000), st.integers(8388600, 8388610)).map(lambda at: b"%d" % at)
ODD = st.sampled_from([b"-1", b"x", b"", b"01", b"4294967296", b"9223372036854775808"])
ELEMENTS = st.lists(st.integers(0, 3000).map(lambda number: b"%d" % number), max_size=40)
COMMANDS = st.one_of(
    st.tuples(st.just(b"SETBIT"), KEY, st.one_of(OFFSET, OFFSET, ODD), st.sampled_from([b"0", b"1", b"1", b"2", b"x"])),
    st.tuples(st.just(b"GETBIT"), KEY, st.one_of(OFFSET, OFFSET, ODD)),
    st.tuples(st.just(b"BITCOUNT"), KEY),
    st.tuples(st.just(b"SET"), KEY, st.one_of(st.binary(max_size=10), st.integers(0, 99).map(lambda n: b"%d" % n))),
    st.builds(lambda key, elements: (b"PFADD", key, *elements), KEY, ELEMENTS),
    st.tuples(st.sampled_from([b"PFCOUNT", b"DEL", b"OBJECT ENCODING"]), KEY),
    st.tuples(st.just(b"EXPIRE"), KEY, st.just(b"100")),
)


@pytest.mark.parametrize("sparse_bytes_max", ["3000", "60", "0"])
@given(commands=st.lists(COMMANDS, max_size=30))
def test_bitmaps_and_sketches_are_the_same_in_both_tiers(
    sparse_bytes_max: str, commands: list[tuple[bytes, ...]]
) -> None:
    nodes = [embedded_node(hll_sparse_max_bytes=sparse_bytes_max) for _ in range(2)]
    nodes[1].executor.native_tier = False
    clients = [node.new_client() for node in nodes]
    for words in ((b"RPUSH", b"list", b"x"), *commands):
        request = encode_command([*words[0].split(), *words[1:]])
        native, general = (feed(node, client, request) for node, client in zip(nodes, clients, strict=True))
        assert native == general, words
        assert nodes[0].keyspace.dirty == nodes[1].keyspace.dirty, words
    for key in (b"a", b"b"):
        native, general = (feed(n, c, encode_command([b"GET", key])) for n, c in zip(nodes, clients, strict=True))
        assert native == general
    assert nodes[0].keyspace.hits == nodes[1].keyspace.hits
    assert nodes[0].keyspace.misses == nodes[1].keyspace.misses
    nodes[0].keyspace.check()
