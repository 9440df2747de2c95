"""Commands on ranges of sorted sets: by rank, by score, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from redpoll.dispatch.arguments import Cursor, parse_int
from redpoll.dispatch.declare import ACCESS, DELETE, DENYOOM, FAST, OW, READONLY, RO, RW, UPDATE, WRITE, Family, Key
from redpoll.dispatch.sorted_sets import (
    LexBounds,
    Result,
    ScoreBounds,
    lex_bounds,
    rank_section,
    removed,
    score_bounds,
    store,
    to_read,
    to_write,
)
from redpoll.errors import CommandError, SyntaxFault
from redpoll.native.zset_value import ZsetValue

if TYPE_CHECKING:
    from redpoll.native.executor import Context

sorted_sets = Family("sorted-set")
FAMILIES = (sorted_sets,)

_LIMIT_OF_RANKS = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
_SCORES_BY_LEX = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"


class By(Enum):
    """What a range goes by."""

    RANK = 0
    SCORE = 1
    LEX = 2


class Ranks(NamedTuple):
    """Bounds by rank, counted from the end if negative."""

    start: int
    stop: int


Bounds = Ranks | ScoreBounds | LexBounds


@dataclass(slots=True)
class _Request:
    """What a command of ZRANGE's family asks for; None: still to be said."""

    by: By | None
    backwards: bool | None
    storing: bool = False
    scored: bool = False
    offset: int = 0
    count: int = -1

    def read(self, words: Sequence[bytes]) -> None:
        """Read the options behind the bounds."""
        options = Cursor(words)
        while options.more:
            if not self.storing and options.take_token(b"WITHSCORES"):
                self.scored = True
            elif options.take_token(b"LIMIT", following=2):
                self.offset, self.count = options.next_int(), options.next_int()
            elif self.backwards is None and options.take_token(b"REV"):
                self.backwards = True
            elif self.by is None and options.take_token(b"BYLEX"):
                self.by = By.LEX
            elif self.by is None and options.take_token(b"BYSCORE"):
                self.by = By.SCORE
            else:
                raise SyntaxFault()
        self.by = self.by or By.RANK
        if self.count != -1 and self.by is By.RANK:
            raise CommandError(_LIMIT_OF_RANKS)
        if self.scored and self.by is By.LEX:
            raise CommandError(_SCORES_BY_LEX)


def _parse_bounds(by: By | None, low: bytes, high: bytes) -> Bounds:
    if by is By.SCORE:
        return score_bounds(low, high)
    if by is By.LEX:
        return lex_bounds(low, high)
    return Ranks(parse_int(low), parse_int(high))


def _section(value: ZsetValue, bounds: Bounds, backwards: bool = False) -> tuple[int, int]:
    """(lowest rank, count) of what is within bounds; ranks given backwards count from the highest score."""
    if isinstance(bounds, ScoreBounds):
        return value.score_range(*bounds)
    if isinstance(bounds, LexBounds):
        return value.lex_range(bounds.low, bounds.high, backwards)
    size = len(value)
    start, count = rank_section(bounds.start, bounds.stop, size)
    return (size - start - count, count) if backwards else (start, count)


def _limited(request: _Request, value: ZsetValue, lowest: int, count: int) -> tuple[int, int]:
    """(first rank, count) in the direction asked for, after LIMIT."""
    offset, limit = (0, -1) if request.by is By.RANK else (request.offset, request.count)
    if offset < 0 and value.encoding() != b"listpack":
        # From the end of the range, but only in large sets: so it came to be, and clients see it.
        offset += count
    if offset < 0 or offset >= count:
        return 0, 0
    left = count - offset if limit < 0 else min(limit, count - offset)
    return (lowest + count - 1 - offset if request.backwards else lowest + offset), left


def _range(ctx: Context, key: bytes, words: Sequence[bytes], request: _Request) -> tuple[ZsetValue | None, int, int]:
    """The sorted set, and the section of it, that bounds and options ask for."""
    request.read(words[2:])
    low, high = words[:2]
    if request.backwards and request.by is not By.RANK:
        low, high = high, low
    bounds = _parse_bounds(request.by, low, high)
    value = to_read(ctx, key)
    if value is None:
        return None, 0, 0
    return value, *_limited(request, value, *_section(value, bounds, bool(request.backwards)))


def _answer(ctx: Context, key: bytes, words: Sequence[bytes], request: _Request) -> list[Any]:
    value, start, count = _range(ctx, key, words, request)
    if value is None:
        return []
    backwards = bool(request.backwards)
    if not request.scored:
        return value.section(start, count, backwards)
    return value.pairs(start, count, backwards) if ctx.resp == 3 else value.flat(start, count, backwards)


@sorted_sets.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="1.2.0",
    cost="O(log(N)+M)",
    syntax=(
        "key start:string stop:string sortby@6.2.0:[BYSCORE | BYLEX] [REV@6.2.0] LIMIT "
        "limit@6.2.0:[offset count] [WITHSCORES]"
    ),
    history=(("6.2.0", "Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options."),),
)
def zrange(ctx: Context, key: bytes, start: bytes, stop: bytes, *options: bytes) -> list[Any]:
    """The members within a range of ranks, scores or names."""
    return _answer(ctx, key, (start, stop, *options), _Request(by=None, backwards=None))


@sorted_sets.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="1.2.0",
    cost="O(log(N)+M)",
    syntax="key start stop [WITHSCORES]",
)
def zrevrange(ctx: Context, key: bytes, start: bytes, stop: bytes, *options: bytes) -> list[Any]:
    """The members within a range of ranks, the highest scores first."""
    return _answer(ctx, key, (start, stop, *options), _Request(By.RANK, backwards=True))


@sorted_sets.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="1.0.5",
    cost="O(log(N)+M)",
    syntax="key min:double max:double [WITHSCORES@2.0.0] LIMIT limit:[offset count]",
    history=(("2.0.0", "Added the `WITHSCORES` modifier."),),
)
def zrangebyscore(ctx: Context, key: bytes, low: bytes, high: bytes, *options: bytes) -> list[Any]:
    """The members within a range of scores."""
    return _answer(ctx, key, (low, high, *options), _Request(By.SCORE, backwards=False))


@sorted_sets.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="2.2.0",
    cost="O(log(N)+M)",
    syntax="key max:double min:double [WITHSCORES] LIMIT limit:[offset count]",
    history=(("2.1.6", "`min` and `max` can be exclusive."),),
)
def zrevrangebyscore(ctx: Context, key: bytes, high: bytes, low: bytes, *options: bytes) -> list[Any]:
    """The members within a range of scores, the highest first."""
    return _answer(ctx, key, (high, low, *options), _Request(By.SCORE, backwards=True))


@sorted_sets.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="2.8.9",
    cost="O(log(N)+M)",
    syntax="key min max LIMIT limit:[offset count]",
)
def zrangebylex(ctx: Context, key: bytes, low: bytes, high: bytes, *options: bytes) -> list[Any]:
    """The members within a range of names, where all scores are equal."""
    return _answer(ctx, key, (low, high, *options), _Request(By.LEX, backwards=False))


@sorted_sets.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="2.8.9",
    cost="O(log(N)+M)",
    syntax="key max min LIMIT limit:[offset count]",
)
def zrevrangebylex(ctx: Context, key: bytes, high: bytes, low: bytes, *options: bytes) -> list[Any]:
    """The members within a range of names, the last first, where all scores are equal."""
    return _answer(ctx, key, (high, low, *options), _Request(By.LEX, backwards=True))


@sorted_sets.command(
    WRITE | DENYOOM,
    key=(
        Key(OW, UPDATE),
        Key(RO, ACCESS, begin=2),
    ),
    since="6.2.0",
    cost="O(log(N)+M)",
    syntax="dst:key src:key min max sortby:[BYSCORE | BYLEX] [REV] LIMIT limit:[offset count]",
    arity=-5,
)
def zrangestore(ctx: Context, target: bytes, source: bytes, *words: bytes) -> int:
    """Store the members within a range of ranks, scores or names; how many there are."""
    request = _Request(by=None, backwards=None, storing=True)
    value, start, count = _range(ctx, source, words, request)
    pairs = [] if value is None else value.pairs(start, count, bool(request.backwards))
    return store(ctx, target, Result(pairs, len(pairs) if request.by is By.RANK else 0), b"zrangestore")


# ---- counting


@sorted_sets.command(
    READONLY | FAST, key=Key(RO, ACCESS), since="2.0.0", cost="O(log(N))", syntax="key min:double max:double"
)
def zcount(ctx: Context, key: bytes, low: bytes, high: bytes) -> int:
    """How many members have scores within a range."""
    return _count(ctx, key, score_bounds(low, high))


@sorted_sets.command(READONLY | FAST, key=Key(RO, ACCESS), since="2.8.9", cost="O(log(N))", syntax="key min max")
def zlexcount(ctx: Context, key: bytes, low: bytes, high: bytes) -> int:
    """How many members are within a range of names, where all scores are equal."""
    return _count(ctx, key, lex_bounds(low, high))


def _count(ctx: Context, key: bytes, bounds: Bounds) -> int:
    value = to_read(ctx, key)
    return 0 if value is None else _section(value, bounds)[1]


# ---- removing


@sorted_sets.command(WRITE, key=Key(RW, DELETE), since="2.0.0", cost="O(log(N)+M)", syntax="key start stop")
def zremrangebyrank(ctx: Context, key: bytes, start: int, stop: int) -> int:
    """Remove the members within a range of ranks; how many there were."""
    return _remove(ctx, key, Ranks(start, stop), b"zremrangebyrank")


@sorted_sets.command(WRITE, key=Key(RW, DELETE), since="1.2.0", cost="O(log(N)+M)", syntax="key min:double max:double")
def zremrangebyscore(ctx: Context, key: bytes, low: bytes, high: bytes) -> int:
    """Remove the members with scores within a range; how many there were."""
    return _remove(ctx, key, score_bounds(low, high), b"zremrangebyscore")


@sorted_sets.command(WRITE, key=Key(RW, DELETE), since="2.8.9", cost="O(log(N)+M)", syntax="key min max")
def zremrangebylex(ctx: Context, key: bytes, low: bytes, high: bytes) -> int:
    """Remove the members within a range of names, where all scores are equal; how many there were."""
    return _remove(ctx, key, lex_bounds(low, high), b"zremrangebylex")


def _remove(ctx: Context, key: bytes, bounds: Bounds, event: bytes) -> int:
    value = to_write(ctx, key)
    if value is None:
        return 0
    start, count = _section(value, bounds)
    if count:
        value.delete_section(start, count)
        removed(ctx, key, value, (event, count))
    return count
