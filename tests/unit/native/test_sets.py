"""Intsets, sets and their algebra against Python's own sets."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations

import pytest

from redpoll.native import memory, set_algebra
from redpoll.native.intset import Intset
from redpoll.native.set_value import SetValue

Limits = tuple[int, int, int]

USUAL: Limits = (512, 128, 64)
EDGES = [0, 1, -1, 32767, 32768, -32768, -32769, 2147483647, 2147483648, -2147483648, -2147483649, 2**63 - 1, -(2**63)]
FORMS = {b"intset": USUAL, b"listpack": (0, 100000, 64), b"hashtable": (0, 0, 0)}


def made(members: list[bytes], limits: Limits = USUAL) -> SetValue:
    """A set as SADD makes it."""
    value = SetValue()
    if members:
        value.prepare(members[0], len(members), limits)
        value.add(tuple(members), limits)
    value.check()
    return value


def numbers(*values: int) -> list[bytes]:
    return [b"%d" % value for value in values]


# --- intsets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], "02000000 00000000"),
        ([5, -1, 1], "02000000 03000000 ffff 0100 0500"),
        ([1, 32768], "04000000 02000000 01000000 00800000"),
        ([1, -32769], "04000000 02000000 ff7fffff 01000000"),
        ([1, 2**31], "08000000 02000000 0100000000000000 0000008000000000"),
    ],
)
def test_an_intset_has_redis_bytes(values: list[int], expected: str) -> None:
    ints = Intset()
    for value in values:
        assert ints.add(value)
    ints.check()
    assert ints.dump() == bytes.fromhex(expected.replace(" ", ""))


def test_an_intset_stays_wide() -> None:
    ints = Intset()
    for value in (1, 2**40):
        ints.add(value)
    assert ints.remove(2**40)
    assert ints.dump() == bytes.fromhex("08000000 01000000 0100000000000000".replace(" ", ""))


@pytest.mark.parametrize("first", EDGES)
@pytest.mark.parametrize("second", EDGES)
def test_an_intset_keeps_every_integer(first: int, second: int) -> None:
    ints = Intset()
    for value in (first, second, 7):
        ints.add(value)
    ints.check()
    assert ints.values() == sorted({first, second, 7})
    assert first in ints
    assert 8 not in ints


@pytest.mark.parametrize("spread", [100, 100_000, 10**12])
@pytest.mark.parametrize("seed", range(3))
def test_an_intset_behaves_as_a_set(spread: int, seed: int) -> None:
    rng = random.Random(seed)
    ints, model = Intset(), set[int]()
    for _ in range(3000):
        value = rng.choice(
            [*EDGES, rng.randint(-spread, spread)] if rng.random() < 0.05 else [rng.randint(-60, spread)]
        )
        if rng.random() < 0.55:
            assert ints.add(value) == (value not in model)
            model.add(value)
        else:
            gone = rng.choice(sorted(model)) if model and rng.random() < 0.7 else value
            assert ints.remove(gone) == (gone in model)
            model.discard(gone)
        assert (value in ints) == (value in model)
        assert len(ints) == len(model)
    ints.check()
    assert ints.values() == sorted(model)


# --- sets ------------------------------------------------------------------------------------------------------------


def some_member(rng: random.Random, names: int) -> bytes:
    kind = rng.random()
    if kind < 0.5:
        return b"%d" % rng.randrange(-names, names)
    if kind < 0.55:
        return b"%d" % rng.choice(EDGES)
    if kind < 0.95:
        return b"m%d" % rng.randrange(names)
    return bytes(rng.choices(b"ab\x00\xff", k=rng.choice((0, 1, 2, 70, 300))))


@pytest.mark.parametrize("names", [5, 60, 600])
@pytest.mark.parametrize("limits", [USUAL, (10, 20, 8), (0, 0, 0), (20, 5, 100), (0, 1000, 1000)])
@pytest.mark.parametrize("seed", range(2))
def test_a_set_behaves_as_a_set(names: int, limits: Limits, seed: int) -> None:
    rng = random.Random(seed)
    value, model = SetValue(), set[bytes]()
    for step in range(1500):
        _one_step(rng, value, model, (names, limits))
        assert len(value) == len(model)
        if step % 50 == 0:
            _same(value, model)
            _same(value.copy(), model)
        if not model or (step % 400 == 399):
            value, model = SetValue(), set()
    _same(value, model)


def _one_step(rng: random.Random, value: SetValue, model: set[bytes], made_of: tuple[int, Limits]) -> None:
    names, limits = made_of
    action = rng.random()
    members = tuple(some_member(rng, names) for _ in range(rng.choice((1, 1, 2, 5))))
    if action < 0.55 or not model:
        value.prepare(members[0], len(members), limits)
        assert value.add(members, limits) == len(set(members) - model)
        model.update(members)
    elif action < 0.85:
        assert value.remove(members) == len(set(members) & model)
        model.difference_update(members)
    elif action < 0.95:
        gone = value.pop(rng.getrandbits(64))
        model.remove(gone)
    elif action < 0.98:
        drawn = value.sample(rng.randint(1, len(model)), rng.getrandbits(64))
        assert set(drawn) <= model
        assert len(set(drawn)) == len(drawn)
        assert set(value.draws(5, rng.getrandbits(64))) <= model
    elif len(model) > 1:
        count = rng.randint(1, len(model) - 1)
        taken = value.take(count, rng.getrandbits(64), limits)
        assert len(set(taken)) == len(taken) == count
        assert set(taken) <= model
        model.difference_update(taken)
    assert all((member in value) == (member in model) for member in members)


def _same(value: SetValue, model: set[bytes]) -> None:
    value.check()
    members = value.elements()
    assert set(members) == model
    assert len(members) == len(model)
    scanned, cursor = set[bytes](), 0
    while True:
        cursor, found = value.scan(cursor, 7)
        scanned.update(found)
        if cursor == 0:
            break
    assert scanned == model


@pytest.mark.parametrize(
    ("members", "limits", "encoding"),
    [
        (numbers(1), USUAL, b"intset"),
        (numbers(*range(512)), USUAL, b"intset"),
        (numbers(*range(513)), USUAL, b"hashtable"),
        ([b"a", *numbers(*range(127))], USUAL, b"listpack"),
        ([b"a", *numbers(*range(128))], USUAL, b"hashtable"),
        ([b"x" * 64], USUAL, b"listpack"),
        ([b"x" * 65], USUAL, b"hashtable"),
        (numbers(1), (0, 10, 5), b"listpack"),
        (numbers(1), (0, 0, 5), b"hashtable"),
        ([*numbers(1000), b"a"], (5, 10, 3), b"hashtable"),
        ([*numbers(-10), b"a"], (5, 10, 2), b"hashtable"),
        ([*numbers(100), b"a"], (5, 10, 3), b"listpack"),
    ],
)
def test_a_set_has_the_smallest_form_allowed(members: list[bytes], limits: Limits, encoding: bytes) -> None:
    assert made(members, limits).encoding() == encoding


@pytest.mark.parametrize(
    ("count", "kept", "encoding"),
    [(30, 1, b"listpack"), (30, 5, b"listpack"), (30, 6, b"hashtable"), (900, 150, b"hashtable")],
)
def test_taking_most_of_a_table_leaves_a_listpack_if_it_may(count: int, kept: int, encoding: bytes) -> None:
    value = made(numbers(*range(count)), (0, 0, 0))
    value.take(count - kept, 7, USUAL)
    value.check()
    assert (len(value), value.encoding()) == (kept, encoding)


# --- chance ----------------------------------------------------------------------------------------------------------


def chi_square(counts: Counter[bytes], names: int) -> float:
    """How far counts of equally probable outcomes are from equal; about `names` if they are by chance."""
    expected = sum(counts.values()) / names
    return sum((count - expected) ** 2 for count in counts.values()) / expected + (names - len(counts)) * expected


@pytest.mark.parametrize("encoding", FORMS)
@pytest.mark.parametrize("draw", ["random_member", "pop", "draws", "sample", "take"])
def test_every_member_is_drawn_as_often(encoding: bytes, draw: str) -> None:
    rng = random.Random(5)
    members = numbers(*range(100, 140))
    value = made(members, FORMS[encoding])
    assert value.encoding() == encoding
    counts: Counter[bytes] = Counter()
    for _ in range(4000):
        counts.update(_drawn(value, draw, rng.getrandbits(64)))
    # 39 degrees of freedom: more than 90 happens to one correct run in 200,000.
    assert chi_square(counts, len(members)) < 90


def _drawn(value: SetValue, draw: str, seed: int) -> list[bytes]:
    if draw == "random_member":
        return [value.random_member(seed)]
    if draw == "pop":
        return [value.copy().pop(seed)]
    if draw == "take":
        return value.copy().take(5, seed, USUAL)
    return value.draws(3, seed) if draw == "draws" else value.sample(5, seed)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("encoding", FORMS)
@pytest.mark.parametrize("draw", ["sample", "take"])
def test_every_selection_is_drawn_as_often(encoding: bytes, draw: str, count: int) -> None:
    rng = random.Random(6)
    members = numbers(*range(5))
    value, counts = made(members, FORMS[encoding]), Counter[tuple[bytes, ...]]()
    for _ in range(3000):
        seed = rng.getrandbits(64)
        drawn = value.sample(count, seed) if draw == "sample" else value.copy().take(count, seed, FORMS[encoding])
        counts[tuple(sorted(drawn))] += 1
    possible = [tuple(each) for each in combinations(members, count)]
    expected = 3000 / len(possible)
    assert set(counts) == set(possible)
    assert sum((counts[each] - expected) ** 2 / expected for each in possible) < 45


# --- algebra ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limits", [USUAL, (10, 20, 8), (0, 0, 0), (20, 5, 100)])
@pytest.mark.parametrize("seed", range(4))
def test_algebra_is_that_of_sets(limits: Limits, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(150):
        names = rng.choice((3, 30, 200))
        models = [{some_member(rng, names) for _ in range(rng.randint(1, names))} for _ in range(rng.randint(1, 5))]
        values = [made(list(model), rng.choice((limits, USUAL))) for model in models]
        met, joined = set.intersection(*models), set.union(*models)
        left = models[0].difference(*models[1:])
        _holds(set_algebra.intersection(values), met)
        _holds(set_algebra.union(values, limits), joined)
        _holds(set_algebra.difference(values[0], values[1:]), left)
        assert set_algebra.intersection_size(values, 0) == len(met)
        assert set_algebra.intersection_size(values, 2) == min(2, len(met))
        for result, expected in (
            (set_algebra.intersection_set(values, limits), met),
            (set_algebra.union_set(values, limits), joined),
            (set_algebra.difference_set(values[0], values[1:], limits), left),
        ):
            result.check()
            _holds(result.elements(), expected)
        for value, model in zip(values, models, strict=True):
            _holds(value.elements(), model)


def _holds(found: list[bytes], expected: set[bytes]) -> None:
    assert set(found) == expected
    assert len(found) == len(expected)


def test_a_set_meets_itself() -> None:
    value = made([b"a", b"b"])
    assert set_algebra.intersection([value, value]) == [b"a", b"b"]
    assert set_algebra.difference(value, [value]) == []
    assert set_algebra.union_set([value, value], USUAL).elements() == [b"a", b"b"]


# --- memory ----------------------------------------------------------------------------------------------------------


def test_the_memory_of_sets_comes_back() -> None:
    rng = random.Random(1)
    before = memory.used_bytes()
    values: list[SetValue] = []
    for count in range(1, 60):
        value = made([some_member(rng, count * 9) for _ in range(count * 9)], rng.choice((USUAL, (1000, 1000, 1000))))
        values += [value, value.copy()]
    used = sum(value.memory_bytes() for value in values)
    assert 0 < memory.used_bytes() - before <= used
    for value in values:
        value.take(len(value) // 2, 3, USUAL) if len(value) > 1 else value.pop(3)
    values.clear()
    del value
    assert memory.used_bytes() == before
    memory.check()


@pytest.mark.parametrize(
    ("members", "most"), [(numbers(*range(10)), 48 + 32), ([b"member:%d" % i for i in range(10)], 48 + 128)]
)
def test_a_small_set_takes_few_bytes(members: list[bytes], most: int) -> None:
    assert made(members).memory_bytes() <= most
