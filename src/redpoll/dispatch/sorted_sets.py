"""What the commands on sorted sets share: reaching them, their limits, their bounds, and how scores are answered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from redpoll.errors import CommandError
from redpoll.native.zset_value import ZsetValue

if TYPE_CHECKING:
    from redpoll.native.executor import Context

TYPE_ZSET = 3
EVENT_ZSET = 128

Pair = tuple[bytes, float]

_BOUND = re.compile(rb"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?)\Z", re.IGNORECASE)


class ScoreBounds(NamedTuple):
    """Two scores, each of which may itself be left out."""

    low: float
    low_exclusive: bool
    high: float
    high_exclusive: bool


class LexBounds(NamedTuple):
    """Two bounds by name, as clients write them."""

    low: bytes
    high: bytes


def to_read(ctx: Context, key: bytes) -> ZsetValue | None:
    """The sorted set at a key, for a command that reads."""
    found: ZsetValue | None = ctx.db.value(key, TYPE_ZSET)
    return found


def to_write(ctx: Context, key: bytes) -> ZsetValue | None:
    """The sorted set at a key, for a command that writes."""
    found: ZsetValue | None = ctx.db.value_to_write(key, TYPE_ZSET)
    return found


def limits(ctx: Context) -> tuple[int, int]:
    """The most members, and bytes of one, that a listpack may have."""
    config = ctx.node.config
    return config["zset-max-listpack-entries"], config["zset-max-listpack-value"]


def score_bounds(low: bytes, high: bytes) -> ScoreBounds:
    """Bounds by score: a number, or `(` and a number that is itself left out."""
    return ScoreBounds(_bound(low), low.startswith(b"("), _bound(high), high.startswith(b"("))


def _bound(word: bytes) -> float:
    digits = word.removeprefix(b"(")
    # Nothing counts as zero, and what is too large as infinite: so strtod reads it.
    if digits and _BOUND.match(digits) is None:
        raise CommandError("ERR min or max is not a float")
    return float(digits or b"0")


def lex_bounds(low: bytes, high: bytes) -> LexBounds:
    """Bounds by name: `-`, `+`, `[name`, or `(name` that is itself left out."""
    for word in (low, high):
        if word not in (b"-", b"+") and not word.startswith((b"[", b"(")):
            raise CommandError("ERR min or max not valid string range item")
    return LexBounds(low, high)


def rank_section(start: int, stop: int, size: int) -> tuple[int, int]:
    """(first rank, count) of a range that may count from the end."""
    start = max(start + size if start < 0 else start, 0)
    stop = min(stop + size if stop < 0 else stop, size - 1)
    return (start, stop - start + 1) if start <= stop else (0, 0)


def with_scores(ctx: Context, pairs: Iterable[Pair]) -> list[Any]:
    """Members with scores as a reply: pairs in RESP3, in turn in RESP2."""
    if ctx.resp == 3:
        return list(pairs)
    return [word for pair in pairs for word in pair]


class Result(NamedTuple):
    """What a command stores: members in order, and how many, and how long, it knew them to be before it began."""

    pairs: Sequence[Pair]
    count_foreseen: int = 0
    size_foreseen: int = 0


def store(ctx: Context, key: bytes, result: Result, event: bytes) -> int:
    """Leave a sorted set of these members at a key, or nothing if there are none; how many there are."""
    value = ZsetValue()
    entries_max, value_max = limits(ctx)
    value.prepare(result.count_foreseen, result.size_foreseen, entries_max, value_max)
    for member, score in result.pairs:
        value.set(member, score, entries_max, value_max)
    if not len(value):
        ctx.db.delete(key)
        return 0
    ctx.db.put_value(key, value)
    ctx.db.changed(EVENT_ZSET, event, key)
    return len(value)


def changed(ctx: Context, key: bytes, event: bytes, count: int) -> None:
    """Tell that so many members of a sorted set changed; each counts as a mutation."""
    ctx.db.changed(EVENT_ZSET, event, key)
    ctx.keyspace.dirty += count - 1


def removed(ctx: Context, key: bytes, value: ZsetValue, loss: tuple[bytes, int]) -> None:
    """Tell that members were taken out: by which event, how many. Without the last of them the key goes too."""
    changed(ctx, key, *loss)
    if not len(value):
        ctx.db.delete(key)
        # The members have been counted.
        ctx.keyspace.dirty -= 1
