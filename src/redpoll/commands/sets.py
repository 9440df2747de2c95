"""Commands on sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.arguments import INT64_MAX, INT64_MIN, Cursor, parse_int
from redpoll.dispatch.declare import (
    ACCESS,
    DELETE,
    DENYOOM,
    FAST,
    INSERT,
    OW,
    READONLY,
    RO,
    RW,
    UPDATE,
    WRITE,
    Family,
    Key,
)
from redpoll.dispatch.scan import parse_cursor, parse_scan_options
from redpoll.errors import CommandError, SyntaxFault
from redpoll.native import set_algebra
from redpoll.native.set_value import SetValue
from redpoll.replies import SetReply

if TYPE_CHECKING:
    from redpoll.native.executor import Context

sets = Family("set")
FAMILIES = (sets,)

TYPE_SET = 2
EVENT_SET = 32

_MANY_MEMBERS = (("2.4.0", "Accepts multiple `member` arguments."),)
_ANY_ORDER = ("nondeterministic_output_order",)
_STORE_KEYS = (Key(OW, UPDATE), Key(RO, ACCESS, begin=2, last=-1))

_NOT_POSITIVE = "ERR value is out of range, must be positive"
_COUNT_ERROR = f"ERR value is out of range, value must between {-INT64_MAX} and {INT64_MAX}"
_KEYS_ERROR = "ERR numkeys should be greater than 0"
_TOO_MANY_KEYS = "ERR Number of keys can't be greater than number of args"
_LIMIT_ERROR = "ERR LIMIT can't be negative"


def _to_read(ctx: Context, key: bytes) -> SetValue | None:
    found: SetValue | None = ctx.db.value(key, TYPE_SET)
    return found


def _to_write(ctx: Context, key: bytes) -> SetValue | None:
    found: SetValue | None = ctx.db.value_to_write(key, TYPE_SET)
    return found


def _limits(ctx: Context) -> tuple[int, int, int]:
    """Up to where a set is compact."""
    config = ctx.node.config
    return config["set-max-intset-entries"], config["set-max-listpack-entries"], config["set-max-listpack-value"]


def _draw(ctx: Context) -> int:
    return ctx.random.getrandbits(64)


# --- members ---------------------------------------------------------------------------------------------------------


@sets.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, INSERT),
    since="1.0.0",
    cost="O(1)",
    syntax="key member...",
    history=_MANY_MEMBERS,
    arity=-3,
)
def sadd(ctx: Context, key: bytes, *members: bytes) -> int:
    """Add members to a set, made if absent; how many are new."""
    return _add(ctx, key, _to_write(ctx, key), members)


def _add(ctx: Context, key: bytes, value: SetValue | None, members: tuple[bytes, ...]) -> int:
    limits, held = _limits(ctx), value
    value = SetValue() if held is None else held
    value.prepare(members[0], len(members), limits)
    added = value.add(members, limits)
    if held is None:
        ctx.db.put_value(key, value)
    if added:
        ctx.db.changed(EVENT_SET, b"sadd", key, added)
    return added


@sets.command(
    WRITE | FAST,
    key=Key(RW, DELETE),
    since="1.0.0",
    cost="O(N)",
    syntax="key member...",
    history=_MANY_MEMBERS,
    arity=-3,
)
def srem(ctx: Context, key: bytes, *members: bytes) -> int:
    """Remove members, and the set with the last of them; how many there were."""
    value = _to_write(ctx, key)
    if value is None:
        return 0
    removed = value.remove(members)
    if removed:
        _tell_of_removal(ctx, key, value, removed)
    return removed


def _tell_of_removal(ctx: Context, key: bytes, value: SetValue, count: int, event: bytes = b"srem") -> None:
    """Tell of removed members, and drop a set that has no more."""
    if len(value):
        ctx.db.changed(EVENT_SET, event, key, count)
    else:
        # The removal of the key counts as the last member's.
        ctx.db.changed(EVENT_SET, event, key, count - 1)
        ctx.db.delete(key)


@sets.command(READONLY | FAST, key=Key(RO), since="1.0.0", cost="O(1)", syntax="key member")
def sismember(ctx: Context, key: bytes, member: bytes) -> int:
    """Whether a set has a member."""
    value = _to_read(ctx, key)
    return int(value is not None and member in value)


@sets.command(READONLY | FAST, key=Key(RO, ACCESS), since="6.2.0", cost="O(N)", syntax="key member...", arity=-3)
def smismember(ctx: Context, key: bytes, *members: bytes) -> list[int]:
    """Whether a set has each of several members."""
    value = _to_read(ctx, key)
    return [int(value is not None and member in value) for member in members]


@sets.command(READONLY | FAST, key=Key(RO), since="1.0.0", cost="O(1)", syntax="key")
def scard(ctx: Context, key: bytes) -> int:
    """The number of members of a set."""
    value = _to_read(ctx, key)
    return 0 if value is None else len(value)


@sets.command(READONLY, key=Key(RO, ACCESS), since="1.0.0", cost="O(N)", syntax="key", tips=_ANY_ORDER)
def smembers(ctx: Context, key: bytes) -> SetReply:
    """All members of a set."""
    value = _to_read(ctx, key)
    return SetReply(() if value is None else value.elements())


@sets.command(
    WRITE | FAST,
    key=(Key(RW, ACCESS, DELETE), Key(RW, INSERT, begin=2)),
    since="1.0.0",
    cost="O(1)",
    syntax="source destination member",
)
def smove(ctx: Context, source: bytes, target: bytes, member: bytes) -> int:
    """Move a member to another set, made if absent; 0 if it is not there to be moved."""
    value = _to_write(ctx, source)
    if value is None:
        return 0
    other = _to_write(ctx, target)
    if other is value:
        return int(member in value)
    if not value.remove((member,)):
        return 0
    _tell_of_removal(ctx, source, value, 1)
    _add(ctx, target, other, (member,))
    return 1


@sets.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="2.8.0",
    cost="O(1)",
    syntax="key cursor [MATCH pattern] [COUNT count]",
    tips=("nondeterministic_output",),
)
def sscan(ctx: Context, key: bytes, cursor: bytes, *options: bytes) -> list[bytes | list[bytes]]:
    """Walk the members of a set step by step."""
    position = parse_cursor(cursor)
    value = _to_read(ctx, key)
    if value is None:
        # An absent set ends the walk before the options are looked at.
        return [b"0", []]
    wanted = parse_scan_options(options, b"sscan")
    position, found = value.scan(position, wanted.count)
    if wanted.matches is not None:
        found = list(filter(wanted.matches, found))
    return [b"%d" % position, found]


# --- random members --------------------------------------------------------------------------------------------------


@sets.command(
    WRITE | FAST,
    key=Key(RW, ACCESS, DELETE),
    since="1.0.0",
    cost="Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
    syntax="key [count@3.2.0]",
    tips=("nondeterministic_output",),
    history=(("3.2.0", "Added the `count` argument."),),
)
def spop(ctx: Context, key: bytes, *count: bytes) -> object:
    """Remove a random member, or so many, and the set with the last of them; which they were."""
    if len(count) > 1:
        raise SyntaxFault()
    if count:
        return _pop_many(ctx, key, _positive(count[0]))
    value = _to_write(ctx, key)
    if value is None:
        return None
    member = value.pop(_draw(ctx))
    _tell_of_removal(ctx, key, value, 1, b"spop")
    return member


def _positive(word: bytes) -> int:
    count = parse_int(word, _NOT_POSITIVE)
    if count < 0:
        raise CommandError(_NOT_POSITIVE)
    return count


def _pop_many(ctx: Context, key: bytes, count: int) -> SetReply:
    value = _to_write(ctx, key)
    if value is None or not count:
        return SetReply()
    size = len(value)
    if count < size:
        taken = value.take(count, _draw(ctx), _limits(ctx))
        _tell_of_removal(ctx, key, value, count, b"spop")
        return SetReply(taken)
    # To take all is, for statistics, to read them and to delete the key.
    ctx.db.touch(key)
    taken = value.elements()
    ctx.db.changed(EVENT_SET, b"spop", key, size - 1)
    ctx.db.delete(key)
    return SetReply(taken)


@sets.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="1.0.0",
    cost="Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.",
    syntax="key [count@2.6.0]",
    tips=("nondeterministic_output",),
    history=(("2.6.0", "Added the optional `count` argument."),),
)
def srandmember(ctx: Context, key: bytes, *count: bytes) -> object:
    """A random member of a set; with a count so many different ones, or if negative any that come."""
    if len(count) > 1:
        raise SyntaxFault()
    if not count:
        value = _to_read(ctx, key)
        return None if value is None else value.random_member(_draw(ctx))
    wanted = parse_int(count[0])
    if wanted == INT64_MIN:
        raise CommandError(_COUNT_ERROR)
    value = _to_read(ctx, key)
    if value is None or not wanted:
        return []
    if wanted < 0:
        return value.draws(-wanted, _draw(ctx))
    return value.elements() if wanted >= len(value) else value.sample(wanted, _draw(ctx))


# --- several sets ----------------------------------------------------------------------------------------------------


def _all_to_read(ctx: Context, keys: tuple[bytes, ...]) -> list[SetValue | None]:
    """Every set, looked up even if one is missing: any key of another type is an error."""
    return [_to_read(ctx, key) for key in keys]


def _present(ctx: Context, keys: tuple[bytes, ...]) -> list[SetValue]:
    return [value for value in _all_to_read(ctx, keys) if value is not None]


def _to_intersect(ctx: Context, keys: tuple[bytes, ...]) -> list[SetValue]:
    """The sets to intersect; none if one of them is missing."""
    found = _all_to_read(ctx, keys)
    present = [value for value in found if value is not None]
    return present if len(present) == len(found) else []


def _to_subtract(ctx: Context, keys: tuple[bytes, ...]) -> tuple[SetValue | None, list[SetValue]]:
    first, *others = _all_to_read(ctx, keys)
    return first, [value for value in others if value is not None]


def _store(ctx: Context, target: bytes, result: SetValue | None, event: bytes) -> int:
    """Leave a set at `target`, or nothing if it would be empty.

    No caller holds the sets that were read: what is overwritten may be one, and is then freed in steps.
    """
    if result is None or not len(result):
        ctx.db.delete(target)
        return 0
    ctx.db.put_value(target, result)
    ctx.db.changed(EVENT_SET, event, target)
    return len(result)


@sets.command(
    READONLY, key=Key(RO, ACCESS, last=-1), since="1.0.0", cost="O(N*M)", syntax="key...", tips=_ANY_ORDER, arity=-2
)
def sinter(ctx: Context, *keys: bytes) -> SetReply:
    """The members that all sets have."""
    present = _to_intersect(ctx, keys)
    return SetReply(set_algebra.intersection(present) if present else ())


@sets.command(WRITE | DENYOOM, key=_STORE_KEYS, since="1.0.0", cost="O(N*M)", syntax="destination key...", arity=-3)
def sinterstore(ctx: Context, target: bytes, *keys: bytes) -> int:
    """Store the members that all sets have; how many there are."""
    return _store(ctx, target, _intersection(ctx, keys), b"sinterstore")


def _intersection(ctx: Context, keys: tuple[bytes, ...]) -> SetValue | None:
    present = _to_intersect(ctx, keys)
    return set_algebra.intersection_set(present, _limits(ctx)) if present else None


@sets.command(
    READONLY,
    key=Key(RO, ACCESS, keynum=0),
    since="7.0.0",
    cost="O(N*M)",
    syntax="numkeys key... [LIMIT limit:integer]",
    arity=-3,
)
def sintercard(ctx: Context, numkeys: bytes, *words: bytes) -> int:
    """How many members all sets have, counted up to a limit."""
    count = parse_int(numkeys, _KEYS_ERROR)
    if count <= 0:
        raise CommandError(_KEYS_ERROR)
    if count > len(words):
        raise CommandError(_TOO_MANY_KEYS)
    limit, options = 0, Cursor(words, count)
    while options.more:
        if not options.take_token(b"LIMIT", following=1):
            raise SyntaxFault()
        limit = options.next_int(_LIMIT_ERROR)
        if limit < 0:
            raise CommandError(_LIMIT_ERROR)
    present = _to_intersect(ctx, words[:count])
    return set_algebra.intersection_size(present, limit) if present else 0


@sets.command(
    READONLY, key=Key(RO, ACCESS, last=-1), since="1.0.0", cost="O(N)", syntax="key...", tips=_ANY_ORDER, arity=-2
)
def sunion(ctx: Context, *keys: bytes) -> SetReply:
    """The members that any set has."""
    return SetReply(set_algebra.union(_present(ctx, keys), _limits(ctx)))


@sets.command(WRITE | DENYOOM, key=_STORE_KEYS, since="1.0.0", cost="O(N)", syntax="destination key...", arity=-3)
def sunionstore(ctx: Context, target: bytes, *keys: bytes) -> int:
    """Store the members that any set has; how many there are."""
    return _store(ctx, target, _union(ctx, keys), b"sunionstore")


def _union(ctx: Context, keys: tuple[bytes, ...]) -> SetValue:
    return set_algebra.union_set(_present(ctx, keys), _limits(ctx))


@sets.command(
    READONLY, key=Key(RO, ACCESS, last=-1), since="1.0.0", cost="O(N)", syntax="key...", tips=_ANY_ORDER, arity=-2
)
def sdiff(ctx: Context, *keys: bytes) -> SetReply:
    """The members of the first set that no other has."""
    first, others = _to_subtract(ctx, keys)
    return SetReply(() if first is None else set_algebra.difference(first, others))


@sets.command(WRITE | DENYOOM, key=_STORE_KEYS, since="1.0.0", cost="O(N)", syntax="destination key...", arity=-3)
def sdiffstore(ctx: Context, target: bytes, *keys: bytes) -> int:
    """Store the members of the first set that no other has; how many there are."""
    return _store(ctx, target, _difference(ctx, keys), b"sdiffstore")


def _difference(ctx: Context, keys: tuple[bytes, ...]) -> SetValue | None:
    first, others = _to_subtract(ctx, keys)
    return None if first is None else set_algebra.difference_set(first, others, _limits(ctx))
