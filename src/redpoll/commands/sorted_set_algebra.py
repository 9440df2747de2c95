"""Unions, intersections and differences of sorted sets; plain sets take part with scores of one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redpoll.dispatch.arguments import Cursor, parse_int
from redpoll.dispatch.declare import ACCESS, DENYOOM, OW, READONLY, RO, UPDATE, WRITE, Family, Key
from redpoll.dispatch.sorted_sets import TYPE_ZSET, Pair, Result, store, with_scores
from redpoll.errors import CommandError, SyntaxFault, WrongType

if TYPE_CHECKING:
    from redpoll.native.executor import Context

sorted_sets = Family("sorted-set")
FAMILIES = (sorted_sets,)

TYPE_SET = 2

Scores = dict[bytes, float]
Combine = Callable[[float, float], float]

_SOURCES = Key(RO, ACCESS, keynum=0)
_TARGET_AND_SOURCES = (Key(OW, UPDATE), Key(RO, ACCESS, begin=2, keynum=0))
_WEIGHTS = " [WEIGHTS weight:integer...] AGGREGATE aggregate:[SUM | MIN | MAX]"


def _sum(held: float, other: float) -> float:
    # Infinities of both signs leave nothing.
    total = held + other
    return 0.0 if math.isnan(total) else total


def _least(held: float, other: float) -> float:
    return other if other < held else held


def _greatest(held: float, other: float) -> float:
    return other if other > held else held


_AGGREGATES: dict[bytes, Combine] = {b"SUM": _sum, b"MIN": _least, b"MAX": _greatest}


@dataclass(slots=True)
class _Request:
    """What a command asks for, and which options it may."""

    weighted: bool = False
    may_score: bool = False
    limited: bool = False
    sources: list[Scores] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    combine: Combine = _sum
    scored: bool = False
    limit: int = 0

    def read(self, ctx: Context, words: Sequence[bytes]) -> None:
        """Read the number of keys, what the keys hold, and the options."""
        options = Cursor(words)
        count = options.next_int()
        if count < 1:
            raise CommandError(b"ERR at least 1 input key is needed for '" + ctx.command.name + b"' command")
        if count > options.left:
            raise SyntaxFault()
        self.sources = [_scores_at(ctx, options.next_bytes()) for _ in range(count)]
        self.weights = [1.0] * count
        while options.more:
            self._option(options, count)

    def _option(self, options: Cursor, count: int) -> None:
        if self.weighted and options.take_token(b"WEIGHTS", following=count):
            self.weights = [options.next_float("ERR weight value is not a float") for _ in range(count)]
        elif self.weighted and options.take_token(b"AGGREGATE", following=1):
            combine = _AGGREGATES.get(options.next_token())
            if combine is None:
                raise SyntaxFault()
            self.combine = combine
        elif self.may_score and options.take_token(b"WITHSCORES"):
            self.scored = True
        elif self.limited and options.take_token(b"LIMIT", following=1):
            self.limit = _limit(options.next_bytes())
        else:
            raise SyntaxFault()

    def by_size(self) -> list[tuple[Scores, float]]:
        """Sources with their weights, the smallest first: in this order scores are combined."""
        return sorted(zip(self.sources, self.weights, strict=True), key=lambda each: len(each[0]))


def _limit(word: bytes) -> int:
    error = "ERR LIMIT can't be negative"
    limit = parse_int(word, error)
    if limit < 0:
        raise CommandError(error)
    return limit


def _scores_at(ctx: Context, key: bytes) -> Scores:
    """The members at a key with their scores; raises WrongType."""
    kind = ctx.db.type_name(key)
    if kind == b"set":
        return dict.fromkeys(ctx.db.value(key, TYPE_SET).elements(), 1.0)
    if kind not in (None, b"zset"):
        raise WrongType
    value = ctx.db.value(key, TYPE_ZSET)
    return {} if value is None else dict(value.pairs(0, len(value)))


# ---- combining


def _weighted(score: float, weight: float) -> float:
    product = score * weight
    # Nothing times infinity is nothing.
    return 0.0 if math.isnan(product) else product


def _union(request: _Request) -> Scores:
    found: Scores = {}
    combine = request.combine
    for scores, weight in request.by_size():
        for member, score in scores.items():
            product = _weighted(score, weight)
            found[member] = combine(found[member], product) if member in found else product
    return found


def _intersection(request: _Request) -> Scores:
    (smallest, weight), *others = request.by_size()
    found = {member: _weighted(score, weight) for member, score in smallest.items()}
    combine = request.combine
    for scores, weight in others:
        # A product that is no number makes a sum nothing, and loses every comparison.
        found = {member: combine(score, scores[member] * weight) for member, score in found.items() if member in scores}
    return found


def _difference(request: _Request) -> Scores:
    first, *others = request.sources
    return {member: score for member, score in first.items() if not any(member in scores for scores in others)}


def _ordered(scores: Scores) -> list[Pair]:
    return sorted(scores.items(), key=_score_then_member)


def _score_then_member(pair: Pair) -> tuple[float, bytes]:
    return pair[1], pair[0]


Operation = Callable[[_Request], Scores]


def _answer(ctx: Context, words: Sequence[bytes], request: _Request, operation: Operation) -> list[Any]:
    request.read(ctx, words)
    pairs = _ordered(operation(request))
    return with_scores(ctx, pairs) if request.scored else [member for member, _ in pairs]


# ---- commands


@sorted_sets.command(
    READONLY,
    key=_SOURCES,
    since="6.2.0",
    cost="O(N)",
    syntax="numkeys key..." + _WEIGHTS + " [WITHSCORES]",
    arity=-3,
)
def zunion(ctx: Context, *words: bytes) -> list[Any]:
    """The members of any of several sets."""
    return _answer(ctx, words, _Request(weighted=True, may_score=True), _union)


@sorted_sets.command(
    READONLY,
    key=_SOURCES,
    since="6.2.0",
    cost="O(N*K)",
    syntax="numkeys key..." + _WEIGHTS + " [WITHSCORES]",
    arity=-3,
)
def zinter(ctx: Context, *words: bytes) -> list[Any]:
    """The members of all of several sets."""
    return _answer(ctx, words, _Request(weighted=True, may_score=True), _intersection)


@sorted_sets.command(
    READONLY,
    key=_SOURCES,
    since="6.2.0",
    cost="O(L + (N-K)log(N))",
    syntax="numkeys key... [WITHSCORES]",
    arity=-3,
)
def zdiff(ctx: Context, *words: bytes) -> list[Any]:
    """The members of the first of several sets that are in none of the others."""
    return _answer(ctx, words, _Request(may_score=True), _difference)


@sorted_sets.command(
    READONLY,
    key=_SOURCES,
    since="7.0.0",
    cost="O(N*K)",
    syntax="numkeys key... [LIMIT limit:integer]",
    arity=-3,
)
def zintercard(ctx: Context, *words: bytes) -> int:
    """How many members all of several sets have in common, counted up to a limit."""
    request = _Request(limited=True)
    request.read(ctx, words)
    count = len(_intersection(request))
    return min(count, request.limit) if request.limit else count


@sorted_sets.command(
    WRITE | DENYOOM,
    key=_TARGET_AND_SOURCES,
    since="2.0.0",
    cost="O(N)",
    syntax="destination numkeys key..." + _WEIGHTS,
    arity=-4,
)
def zunionstore(ctx: Context, target: bytes, *words: bytes) -> int:
    """Store the members of any of several sets; how many there are."""
    return _store(ctx, target, words, _union)


@sorted_sets.command(
    WRITE | DENYOOM,
    key=_TARGET_AND_SOURCES,
    since="2.0.0",
    cost="O(N*K)",
    syntax="destination numkeys key..." + _WEIGHTS,
    arity=-4,
)
def zinterstore(ctx: Context, target: bytes, *words: bytes) -> int:
    """Store the members of all of several sets; how many there are."""
    return _store(ctx, target, words, _intersection)


@sorted_sets.command(
    WRITE | DENYOOM,
    key=_TARGET_AND_SOURCES,
    since="6.2.0",
    cost="O(L + (N-K)log(N))",
    syntax="destination numkeys key...",
    arity=-4,
)
def zdiffstore(ctx: Context, target: bytes, *words: bytes) -> int:
    """Store the members of the first of several sets that are in none of the others; how many there are."""
    return _store(ctx, target, words, _difference)


def _store(ctx: Context, target: bytes, words: Sequence[bytes], operation: Operation) -> int:
    request = _Request(weighted=operation is not _difference)
    request.read(ctx, words)
    scores = operation(request)
    result = Result(_ordered(scores), len(scores), max(map(len, scores), default=0))
    return store(ctx, target, result, ctx.command.name)
