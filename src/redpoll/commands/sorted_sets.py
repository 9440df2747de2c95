"""Commands on single members of sorted sets, and on their ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redpoll.dispatch.arguments import INT64_MAX, INT64_MIN, Cursor, parse_float, parse_int
from redpoll.dispatch.declare import ACCESS, DELETE, DENYOOM, FAST, READONLY, RO, RW, UPDATE, WRITE, Family, Key
from redpoll.dispatch.scan import parse_cursor, parse_scan_options
from redpoll.dispatch.sorted_sets import Pair, changed, limits, removed, to_read, to_write, with_scores
from redpoll.errors import CommandError, SyntaxFault
from redpoll.native.doubles import format_double
from redpoll.native.zset_value import ADDED, CHANGED, SAME, ZsetValue
from redpoll.replies import NULL_ARRAY

if TYPE_CHECKING:
    from redpoll.native.executor import Context

sorted_sets = Family("sorted-set")
FAMILIES = (sorted_sets,)

_NOT_A_NUMBER = "ERR resulting score is not a number (NaN)"
_NOT_POSITIVE = "ERR value is out of range, must be positive"
_COUNT_ERROR = f"ERR value is out of range, value must between {-INT64_MAX} and {INT64_MAX}"
_MANY_ELEMENTS = (("2.4.0", "Accepts multiple elements."),)
_WITHSCORE = (("7.2.0", "Added the optional `WITHSCORE` argument."),)


# ---- scores


@dataclass(slots=True)
class _Rules:
    """Which members ZADD may touch, and how."""

    only_new: bool = False
    only_old: bool = False
    only_greater: bool = False
    only_less: bool = False
    count_changed: bool = False
    increment: bool = False

    def check(self) -> None:
        """Refuse options that exclude each other."""
        if self.only_new and self.only_old:
            raise CommandError("ERR XX and NX options at the same time are not compatible")
        if self.only_new + self.only_greater + self.only_less > 1:
            raise CommandError("ERR GT, LT, and/or NX options at the same time are not compatible")

    def refuse(self, held: float | None, score: float) -> bool:
        """Whether a member stays as it is."""
        if held is None:
            return self.only_old
        return self.only_new or (self.only_greater and score <= held) or (self.only_less and score >= held)


_OPTIONS = {
    b"NX": "only_new",
    b"XX": "only_old",
    b"GT": "only_greater",
    b"LT": "only_less",
    b"CH": "count_changed",
    b"INCR": "increment",
}


@sorted_sets.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, UPDATE),
    since="1.2.0",
    cost="O(log(N))",
    syntax=(
        "key condition@3.0.2:[NX | XX] comparison@6.2.0:[GT | LT] [change=CH@3.0.2] "
        "[increment=INCR@3.0.2] data:(score:double member)..."
    ),
    history=(
        *_MANY_ELEMENTS,
        ("3.0.2", "Added the `XX`, `NX`, `CH` and `INCR` options."),
        ("6.2.0", "Added the `GT` and `LT` options."),
    ),
    arity=-4,
)
def zadd(ctx: Context, key: bytes, *words: bytes) -> int | float | None:
    """Give members scores; how many are new."""
    rules, at = _Rules(), 0
    while at < len(words) and words[at].upper() in _OPTIONS:
        setattr(rules, _OPTIONS[words[at].upper()], True)
        at += 1
    data = words[at:]
    if not data or len(data) % 2:
        raise SyntaxFault()
    rules.check()
    if rules.increment and len(data) > 2:
        raise CommandError("ERR INCR option supports a single increment-element pair")
    return _add(ctx, key, rules, data)


@sorted_sets.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, ACCESS, UPDATE),
    since="1.2.0",
    cost="O(log(N))",
    syntax="key increment:integer member",
)
def zincrby(ctx: Context, key: bytes, increment: bytes, member: bytes) -> float | None:
    """Add to the score of a member, 0 if there is none; the sum."""
    return _add(ctx, key, _Rules(increment=True), (increment, member))


def _add(ctx: Context, key: bytes, rules: _Rules, data: Sequence[bytes]) -> int | float | None:
    scores = [parse_float(word) for word in data[::2]]
    members = data[1::2]
    value = to_write(ctx, key)
    if value is None and rules.only_old:
        return None if rules.increment else 0
    is_new = value is None
    value = ZsetValue() if value is None else value
    value.prepare(len(members), max(map(len, members)), *limits(ctx))
    outcomes: list[int] = []
    reply: float | None = None
    try:
        for member, score in zip(members, scores, strict=True):
            reply = _set(ctx, value, rules, (member, score), outcomes)
    finally:
        # A sum that is no number ends the command, but not what was done before.
        added, altered = outcomes.count(ADDED), outcomes.count(CHANGED)
        if added or altered:
            if is_new:
                ctx.db.put_value(key, value)
            changed(ctx, key, b"zincr" if rules.increment else b"zadd", added + altered)
    if rules.increment:
        return reply
    return added + altered if rules.count_changed else added


def _set(ctx: Context, value: ZsetValue, rules: _Rules, pair: Pair, outcomes: list[int]) -> float | None:
    """Give one member a score if the rules allow it; the score, or None."""
    member, score = pair
    held = value.score(member)
    if rules.only_new and held is not None:
        return None
    if rules.increment and held is not None:
        score += held
        if math.isnan(score):
            raise CommandError(_NOT_A_NUMBER)
    if rules.refuse(held, score):
        return None
    outcomes.append(SAME if score == held else value.set(member, score, *limits(ctx)))
    return score


@sorted_sets.command(READONLY | FAST, key=Key(RO), since="1.2.0", cost="O(1)", syntax="key")
def zcard(ctx: Context, key: bytes) -> int:
    """The number of members of a sorted set."""
    value = to_read(ctx, key)
    return 0 if value is None else len(value)


@sorted_sets.command(READONLY | FAST, key=Key(RO, ACCESS), since="1.2.0", cost="O(1)", syntax="key member")
def zscore(ctx: Context, key: bytes, member: bytes) -> float | None:
    """The score of a member."""
    value = to_read(ctx, key)
    return None if value is None else value.score(member)


@sorted_sets.command(READONLY | FAST, key=Key(RO, ACCESS), since="6.2.0", cost="O(N)", syntax="key member...", arity=-3)
def zmscore(ctx: Context, key: bytes, *members: bytes) -> list[float | None]:
    """The scores of several members, null where there is none."""
    value = to_read(ctx, key)
    return [None if value is None else value.score(member) for member in members]


@sorted_sets.command(
    WRITE | FAST,
    key=Key(RW, DELETE),
    since="1.2.0",
    cost="O(M*log(N))",
    syntax="key member...",
    history=_MANY_ELEMENTS,
    arity=-3,
)
def zrem(ctx: Context, key: bytes, *members: bytes) -> int:
    """Remove members, and the sorted set with the last of them; how many there were."""
    value = to_write(ctx, key)
    if value is None:
        return 0
    count = sum(map(value.delete, members))
    if count:
        removed(ctx, key, value, (b"zrem", count))
    return count


# ---- ranks


@sorted_sets.command(
    READONLY | FAST,
    key=Key(RO, ACCESS),
    since="2.0.0",
    cost="O(log(N))",
    syntax="key member [WITHSCORE]",
    history=_WITHSCORE,
)
def zrank(ctx: Context, key: bytes, member: bytes, *options: bytes) -> object:
    """How many members stand before one; perhaps its score too."""
    return _rank(ctx, key, member, options)


@sorted_sets.command(
    READONLY | FAST,
    key=Key(RO, ACCESS),
    since="2.0.0",
    cost="O(log(N))",
    syntax="key member [WITHSCORE]",
    history=_WITHSCORE,
)
def zrevrank(ctx: Context, key: bytes, member: bytes, *options: bytes) -> object:
    """How many members stand behind one; perhaps its score too."""
    return _rank(ctx, key, member, options, backwards=True)


def _rank(ctx: Context, key: bytes, member: bytes, options: Sequence[bytes], backwards: bool = False) -> object:
    if len(options) > 1:
        raise CommandError(b"ERR wrong number of arguments for '" + ctx.command.name + b"' command")
    if options and options[0].upper() != b"WITHSCORE":
        raise SyntaxFault()
    value = to_read(ctx, key)
    found = None if value is None else value.rank(member)
    if value is None or found is None:
        return NULL_ARRAY if options else None
    rank, score = found
    rank = len(value) - 1 - rank if backwards else rank
    return [rank, score] if options else rank


# ---- taking away at an end


@sorted_sets.command(
    WRITE | FAST,
    key=Key(RW, ACCESS, DELETE),
    since="5.0.0",
    cost="O(log(N)*M)",
    syntax="key [count]",
    arity=-2,
)
def zpopmin(ctx: Context, key: bytes, *words: bytes) -> list[Any]:
    """Remove and return the members with the lowest scores."""
    return _pop_at(ctx, key, words, highest=False)


@sorted_sets.command(
    WRITE | FAST,
    key=Key(RW, ACCESS, DELETE),
    since="5.0.0",
    cost="O(log(N)*M)",
    syntax="key [count]",
    arity=-2,
)
def zpopmax(ctx: Context, key: bytes, *words: bytes) -> list[Any]:
    """Remove and return the members with the highest scores."""
    return _pop_at(ctx, key, words, highest=True)


def _pop_at(ctx: Context, key: bytes, words: Sequence[bytes], highest: bool) -> list[Any]:
    if len(words) > 1:
        raise SyntaxFault()
    count = parse_int(words[0], _NOT_POSITIVE) if words else 1
    if count < 0:
        raise CommandError(_NOT_POSITIVE)
    value = to_write(ctx, key)
    if value is None:
        return []
    pairs = _pop(ctx, key, value, count, highest)
    return with_scores(ctx, pairs) if words else [word for pair in pairs for word in pair]


def _pop(ctx: Context, key: bytes, value: ZsetValue, count: int, highest: bool) -> list[Pair]:
    """Take members away at an end, the outermost first."""
    size = len(value)
    count = min(count, size)
    if not count:
        return []
    pairs = value.pairs(size - 1 if highest else 0, count, highest)
    value.delete_section(size - count if highest else 0, count)
    removed(ctx, key, value, (b"zpopmax" if highest else b"zpopmin", count))
    return pairs


@sorted_sets.command(
    WRITE,
    key=Key(RW, ACCESS, DELETE, keynum=0),
    since="7.0.0",
    cost="O(K)",
    syntax="numkeys key... where:(MIN | MAX) [COUNT count]",
    arity=-4,
)
def zmpop(ctx: Context, *words: bytes) -> object:
    """Remove and return members at an end of the first sorted set that has any."""
    options = Cursor(words)
    numkeys = _positive(options, "ERR numkeys should be greater than 0")
    if numkeys >= options.left:
        raise SyntaxFault()
    keys = [options.next_bytes() for _ in range(numkeys)]
    end = options.take_any(b"MIN", b"MAX")
    if end is None:
        raise SyntaxFault()
    count = 0
    while options.more:
        if count or not options.take_token(b"COUNT", following=1):
            raise SyntaxFault()
        count = _positive(options, "ERR count should be greater than 0")
    for key in keys:
        value = to_write(ctx, key)
        if value is not None:
            return [key, list(_pop(ctx, key, value, count or 1, end == b"MAX"))]
    return NULL_ARRAY


def _positive(options: Cursor, error: str) -> int:
    number = options.next_int(error)
    if number < 1:
        raise CommandError(error)
    return number


# ---- chance, and walking


@sorted_sets.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="6.2.0",
    cost="O(N)",
    syntax="key options:[count [WITHSCORES]]",
    tips=("nondeterministic_output",),
    arity=-2,
)
def zrandmember(ctx: Context, key: bytes, *words: bytes) -> object:
    """A random member of a sorted set; with a count so many different ones, or if negative any that come."""
    if not words:
        value = to_read(ctx, key)
        return None if value is None else _draw(ctx, value)[0]
    count = parse_int(words[0])
    if count == INT64_MIN:
        raise CommandError(_COUNT_ERROR)
    scored = len(words) > 1
    if len(words) > 2 or (scored and words[1].upper() != b"WITHSCORES"):
        raise SyntaxFault()
    if scored and not -(INT64_MAX // 2) <= count <= INT64_MAX // 2:
        raise CommandError("ERR value is out of range")
    value = to_read(ctx, key)
    if value is None or not count:
        return []
    chosen = _chosen(ctx, value, count)
    return with_scores(ctx, chosen) if scored else [member for member, _ in chosen]


def _draw(ctx: Context, value: ZsetValue) -> Pair:
    return value.pairs(ctx.random.randrange(len(value)), 1)[0]


def _chosen(ctx: Context, value: ZsetValue, count: int) -> list[Pair]:
    if count < 0:
        return [_draw(ctx, value) for _ in range(-count)]
    size = len(value)
    if count >= size:
        return value.pairs(size - 1, size, True)
    # Ranks are drawn, so that a few of many cost no more than themselves.
    return [value.pairs(rank, 1)[0] for rank in ctx.random.sample(range(size), count)]


@sorted_sets.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="2.8.0",
    cost="O(1)",
    syntax="key cursor [MATCH pattern] [COUNT count] [NOSCORES]",
    tips=("nondeterministic_output",),
    history=(("8.0.0", "Added noscores option."),),
)
def zscan(ctx: Context, key: bytes, cursor: bytes, *options: bytes) -> list[bytes | list[bytes]]:
    """Walk the members of a sorted set step by step."""
    position = parse_cursor(cursor)
    value = to_read(ctx, key)
    if value is None:
        # An absent set ends the walk before the options are looked at.
        return [b"0", []]
    wanted = parse_scan_options(options, b"zscan")
    position, pairs = value.scan(position, wanted.count)
    found: list[bytes] = []
    for member, score in pairs:
        if wanted.matches is None or wanted.matches(member):
            found.append(member)
            if not wanted.no_scores:
                found.append(format_double(score))
    return [b"%d" % position, found]
