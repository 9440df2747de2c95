"""The sorted index against a sorted list: every order of inserting, rescoring and deleting gives the same ranks."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redpoll.native import memory
from redpoll.native.sorted_index import SortedIndex

# Modes of bounds, as in sorted_index.pxd.
SCORE_BELOW, SCORE_UPTO, MEMBER_BELOW, MEMBER_UPTO = 2, 3, 4, 5

INF = float("inf")
# Scores whose upper halves are equal, and all the borders between those that differ.
SCORES = (
    -INF, -1.7e308, -2.5, -1.0, -5e-324, -0.0, 0.0, 5e-324, 0.1, 0.30000000000000004, 0.3, 1.0, 1.0000000000000002,
    1e9, 1e9 + 1, 1e9 + 1e-6, 1.7e308, INF,
)  # fmt: skip

Pick = Callable[[random.Random, int], float]


def ascending(rng: random.Random, step: int) -> float:
    """Each score above all before it."""
    return float(step)


def descending(rng: random.Random, step: int) -> float:
    """Each score below all before it."""
    return -float(step)


def scattered(rng: random.Random, step: int) -> float:
    """Scores all over, many of them equal."""
    return rng.choice(SCORES) if rng.random() < 0.5 else rng.gauss(0, 1000)


def equal(rng: random.Random, step: int) -> float:
    """One score: members decide."""
    return 7.0


class Ranking:
    """The model: pairs of score and member in order."""

    def __init__(self) -> None:
        self.scores: dict[bytes, float] = {}

    def pairs(self) -> list[tuple[float, bytes]]:
        return sorted((score, member) for member, score in self.scores.items())


def verify(index: SortedIndex, model: Ranking) -> None:
    """Everything the index can be asked, for the state as it is."""
    index.check()
    pairs = model.pairs()
    assert len(index) == len(pairs)
    assert index.section(0, len(pairs)) == [(member, score) for score, member in pairs]
    for rank in range(0, len(pairs), max(1, len(pairs) // 7)):
        score, member = pairs[rank]
        assert index.rank(member) == rank
        assert index.section(rank, 3) == [(member, score) for score, member in pairs[rank : rank + 3]]
        assert index.before(SCORE_BELOW, score, b"") == sum(each < score for each, _ in pairs)
        assert index.before(SCORE_UPTO, score, b"") == sum(each <= score for each, _ in pairs)
    for score in SCORES:
        assert index.before(SCORE_BELOW, score, b"") == bisect_left(pairs, (score, b""))


def one_step(rng: random.Random, index: SortedIndex, model: Ranking, score: float, growing: bool) -> None:
    """Insert, rescore or delete."""
    member = rng.choice((b"m%d", b"%06d", b"a\x00\xff%d")) % rng.randrange(3000)
    if rng.random() < (0.75 if growing else 0.3) or not model.scores:
        index.set(member, score)
        model.scores[member] = score
    elif rng.random() < 0.5:
        member = rng.choice(list(model.scores)) if rng.random() < 0.2 else next(iter(model.scores))
        index.delete(member)
        del model.scores[member]
    else:
        rank = rng.choice((0, len(model.scores) - 1, rng.randrange(len(model.scores))))
        expected = model.pairs()[rank][1] if len(model.scores) < 200 else index.section(rank, 1)[0][0]
        assert index.delete_at(rank) == expected
        del model.scores[expected]


@pytest.mark.parametrize("pick", [ascending, descending, scattered, equal])
@pytest.mark.parametrize("seed", range(2))
def test_an_index_behaves_as_a_sorted_list(pick: Pick, seed: int) -> None:
    rng = random.Random(seed)
    index, model = SortedIndex(), Ranking()
    for step in range(12_000):
        one_step(rng, index, model, pick(rng, step), growing=step % 6000 < 3500)
        if step % 200 == 0 or len(model.scores) < 3:
            verify(index, model)
    verify(index, model)


@settings(max_examples=200, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.binary(max_size=2), st.sampled_from(SCORES), st.booleans()), max_size=120))
def test_members_with_special_scores_are_in_order(steps: list[tuple[bytes, float, bool]]) -> None:
    index, model = SortedIndex(), Ranking()
    for member, score, delete in steps:
        if delete and member in model.scores:
            index.delete(member)
            del model.scores[member]
        else:
            index.set(member, score)
            model.scores[member] = score
        index.check()
    verify(index, model)


@settings(max_examples=100, deadline=None, print_blob=True)
@given(st.sets(st.binary(max_size=3), max_size=150), st.binary(max_size=3))
def test_members_of_one_score_are_bounded_by_name(members: set[bytes], bound: bytes) -> None:
    index = SortedIndex()
    for member in members:
        index.set(member, 0.0)
    assert index.before(MEMBER_BELOW, 0.0, bound) == sum(member < bound for member in members)
    assert index.before(MEMBER_UPTO, 0.0, bound) == sum(member <= bound for member in members)


@pytest.mark.parametrize("order", ["up", "down", "random"])
def test_a_large_index_is_shallow_and_small(order: str) -> None:
    numbers = list(range(200_000))
    if order == "random":
        random.Random(1).shuffle(numbers)
    elif order == "down":
        numbers.reverse()
    before = memory.used_bytes()
    index = SortedIndex()
    for number in numbers:
        index.set(b"%08d" % number, float(number))
    index.check()
    stats = index.stats()
    assert stats["levels"] <= 5
    assert stats["node_bytes"] / len(index) < 17
    assert index.section(123_456, 2) == [(b"00123456", 123456.0), (b"00123457", 123457.0)]
    for number in numbers[:199_990]:
        index.delete(b"%08d" % number)
    index.check()
    assert index.stats()["node_bytes"] < 600
    del index
    assert memory.used_bytes() == before
