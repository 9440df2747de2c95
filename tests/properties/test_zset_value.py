"""Sorted sets against a dict, through both encodings and the change between them."""

from __future__ import annotations

import random

import pytest

from redpoll.native import memory
from redpoll.native.zset_value import ADDED, CHANGED, SAME, ZsetValue

INF = float("inf")
SCORES = (-INF, -1.5, -1.0, -0.0, 0.0, 0.1, 1.0, 2.0, 1e17, 1e300, 5e-324, 33643.88087446768, INF)

Model = dict[bytes, float]


def some_score(rng: random.Random) -> float:
    """Special scores, small integers, and numbers of many digits."""
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(SCORES)
    return float(rng.randrange(-5, 100)) if kind < 0.7 else rng.uniform(-1000, 1000)


def member(rng: random.Random, members: int) -> bytes:
    """One of some names; the empty one too."""
    number = rng.randrange(members)
    return b"" if number == 0 else (b"%d", b"m%d", b"\xff\x00%d")[number % 3] % number


def ordered(model: Model) -> list[tuple[bytes, float]]:
    """What the set should hold, in order."""
    return sorted(model.items(), key=lambda item: (item[1], item[0]))


def verify(value: ZsetValue, model: Model, rng: random.Random) -> None:
    """Everything a sorted set can be asked."""
    value.check()
    pairs = ordered(model)
    size = len(pairs)
    assert len(value) == size
    assert value.pairs(0, size) == pairs
    assert value.section(0, size) == [name for name, _ in pairs]
    assert value.flat(0, size) == [word for pair in pairs for word in pair]
    if size:
        start, count = rng.randrange(size), rng.randrange(size)
        assert value.section(start, min(count, size - start)) == [name for name, _ in pairs[start : start + count]]
        backwards = pairs[start::-1][:count]
        assert value.pairs(start, len(backwards), True) == backwards
        name, score = pairs[start]
        assert value.rank(name) == (start, score)
        assert value.score(name) == score
    for low in (-INF, 0.0, some_score(rng)):
        high = some_score(rng)
        start, count = value.score_range(low, False, high, False)
        assert pairs[start : start + count] == [pair for pair in pairs if low <= pair[1] <= high]
        start, count = value.score_range(low, True, high, True)
        assert pairs[start : start + count] == [pair for pair in pairs if low < pair[1] < high]
    scanned, cursor = dict[bytes, float](), 0
    while True:
        cursor, found = value.scan(cursor, 7)
        scanned.update(found)
        if cursor == 0:
            break
    assert scanned == model


def one_step(rng: random.Random, value: ZsetValue, model: Model, members: int, entries_max: int) -> None:
    """Set a score, delete a member, or delete a section."""
    name, action = member(rng, members), rng.random()
    if action < 0.6:
        score = some_score(rng)
        expected = ADDED if name not in model else SAME if model[name] == score else CHANGED
        assert value.set(name, score, entries_max, 64) == expected
        # Zero keeps the sign it came with; nobody sees it.
        model[name] = score if expected != SAME else model[name]
    elif action < 0.97 or not model:
        assert value.delete(name) == (model.pop(name, None) is not None)
    else:
        start = rng.randrange(len(model))
        count = rng.randint(0, min(5, len(model) - start))
        gone = ordered(model)[start : start + count]
        value.delete_section(start, count)
        for each, _ in gone:
            del model[each]
    assert value.score(name) == model.get(name)
    assert (value.rank(name) is None) == (name not in model)


@pytest.mark.parametrize(("entries_max", "members"), [(128, 60), (16, 60), (0, 800)])
@pytest.mark.parametrize("seed", range(3))
def test_a_sorted_set_behaves_as_a_dict_in_order(entries_max: int, members: int, seed: int) -> None:
    rng = random.Random(seed)
    value, model = ZsetValue(), Model()
    for step in range(4000):
        one_step(rng, value, model, members, entries_max)
        if step % 80 == 0:
            verify(value, model, rng)
            verify(value.copy(), model, rng)
    verify(value, model, rng)
    assert value.encoding() == (b"listpack" if entries_max > members else b"skiplist")


@pytest.mark.parametrize("entries_max", [128, 0])
def test_members_of_one_score_are_bounded_by_name(entries_max: int) -> None:
    rng = random.Random(1)
    bounds = [b"-", b"+", *(mark + member(rng, 60) for mark in (b"[", b"(") for _ in range(20))]
    value = ZsetValue()
    for _ in range(40):
        value.set(member(rng, 60), 1.0, entries_max, 64)
    names = value.section(0, len(value))
    assert names == sorted(names)
    for low in bounds:
        for high in bounds:
            expected = [each for each in names if not _outside(each, low, True) and not _outside(each, high, False)]
            for backwards in (False, True):
                start, count = value.lex_range(low, high, backwards)
                assert names[start : start + count] == expected


def _outside(name: bytes, bound: bytes, is_low: bool) -> bool:
    if bound in (b"-", b"+"):
        return (bound == b"-") != is_low
    if name == bound[1:]:
        return bound[:1] == b"("
    return (name < bound[1:]) == is_low


def test_a_section_that_is_not_there_is_refused() -> None:
    value = ZsetValue()
    value.set(b"a", 1.0, 128, 64)
    for start, count, backwards in ((1, 1, False), (0, 2, False), (0, 2, True), (1, 1, True)):
        with pytest.raises(IndexError):
            value.section(start, count, backwards)
    with pytest.raises(IndexError):
        value.delete_section(0, 2)


def test_preparing_converts_when_the_hint_exceeds_a_limit() -> None:
    for count, size, encoding in ((128, 64, b"listpack"), (129, 1, b"skiplist"), (1, 65, b"skiplist")):
        value = ZsetValue()
        value.set(b"a", 1.0, 128, 64)
        value.prepare(count, size, 128, 64)
        value.check()
        assert value.encoding() == encoding
        assert value.pairs(0, 1) == [(b"a", 1.0)]


def test_sorting_makes_a_table() -> None:
    value = ZsetValue()
    for number in range(5):
        value.set(b"m%d" % number, -number, 128, 64)
    assert value.elements() == [b"m4", b"m3", b"m2", b"m1", b"m0"]
    assert value.encoding() == b"skiplist"
    value.check()


def test_all_memory_comes_back() -> None:
    rng = random.Random(1)
    before = memory.used_bytes()
    values: list[ZsetValue] = []
    for size in range(0, 1000, 50):
        value = ZsetValue()
        for number in range(size):
            value.set(b"m%d" % number * rng.choice((1, 1, 20)), some_score(rng), 128, 64)
        value.delete_section(0, size // 3)
        values += [value, value.copy()]
    assert 0 < memory.used_bytes() - before <= sum(each.memory_bytes() for each in values)
    values.clear()
    del value
    assert memory.used_bytes() == before
    memory.check()
