"""Commands on hashes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from redpoll.dispatch.arguments import INT64_MAX, INT64_MIN, parse_int
from redpoll.dispatch.declare import (
    ACCESS,
    DELETE,
    DENYOOM,
    FAST,
    INSERT,
    READONLY,
    RO,
    RW,
    UPDATE,
    WRITE,
    Family,
    Key,
)
from redpoll.dispatch.scan import parse_cursor, parse_scan_options
from redpoll.errors import CommandError, NotFloat, SyntaxFault, WrongArity
from redpoll.native.hash_value import HashValue
from redpoll.replies import MapReply, Status
from redpoll.values.strings import add_long_double

if TYPE_CHECKING:
    from redpoll.native.executor import Context

hashes = Family("hash")
FAMILIES = (hashes,)

TYPE_HASH = 4
EVENT_HASH = 64

_OK = Status(b"OK")
_INFINITE = re.compile(rb"[+-]?inf(?:inity)?\Z", re.IGNORECASE)
_COUNT_ERROR = f"ERR value is out of range, value must between {-INT64_MAX} and {INT64_MAX}"
_FIELDS_ERROR = "ERR numfields should be greater than 0 and match the provided number of fields"


def _to_read(ctx: Context, key: bytes) -> HashValue | None:
    found: HashValue | None = ctx.db.value(key, TYPE_HASH)
    return found


def _to_write(ctx: Context, key: bytes) -> HashValue | None:
    found: HashValue | None = ctx.db.value_to_write(key, TYPE_HASH)
    return found


def _set(ctx: Context, key: bytes, value: HashValue | None, pairs: Sequence[bytes], event: bytes) -> int:
    """Set fields of a hash, made if absent; how many are new."""
    is_new = value is None
    value = HashValue() if value is None else value
    config = ctx.node.config
    limits = config["hash-max-listpack-entries"], config["hash-max-listpack-value"]
    added = 0
    for index in range(0, len(pairs), 2):
        added += value.set(pairs[index], pairs[index + 1], *limits)
    if is_new:
        ctx.db.put_value(key, value)
    ctx.db.changed(EVENT_HASH, event, key)
    return added


@hashes.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, UPDATE),
    since="2.0.0",
    cost="O(1)",
    syntax="key data:(field value)...",
    history=(("4.0.0", "Accepts multiple `field` and `value` arguments."),),
    arity=-4,
)
def hset(ctx: Context, key: bytes, *pairs: bytes) -> int:
    """Set fields of a hash; how many are new."""
    if len(pairs) % 2:
        raise WrongArity(b"hset")
    return _set(ctx, key, _to_write(ctx, key), pairs, b"hset")


@hashes.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, UPDATE),
    since="2.0.0",
    cost="O(N)",
    syntax="key data:(field value)...",
    arity=-4,
)
def hmset(ctx: Context, key: bytes, *pairs: bytes) -> Status:
    """Set fields of a hash."""
    if len(pairs) % 2:
        raise WrongArity(b"hmset")
    _set(ctx, key, _to_write(ctx, key), pairs, b"hset")
    return _OK


@hashes.command(WRITE | DENYOOM | FAST, key=Key(RW, INSERT), since="2.0.0", cost="O(1)", syntax="key field value")
def hsetnx(ctx: Context, key: bytes, field: bytes, value: bytes) -> int:
    """Set a field of a hash if it has none of this name."""
    held = _to_write(ctx, key)
    if held is not None and held.value_size(field) >= 0:
        return 0
    return _set(ctx, key, held, (field, value), b"hset")


@hashes.command(READONLY | FAST, key=Key(RO, ACCESS), since="2.0.0", cost="O(1)", syntax="key field")
def hget(ctx: Context, key: bytes, field: bytes) -> bytes | None:
    """The value of a field."""
    value = _to_read(ctx, key)
    return None if value is None else value.get(field)


@hashes.command(READONLY | FAST, key=Key(RO, ACCESS), since="2.0.0", cost="O(N)", syntax="key field...", arity=-3)
def hmget(ctx: Context, key: bytes, *fields: bytes) -> list[bytes | None]:
    """The values of several fields, null where there is none."""
    value = _to_read(ctx, key)
    return [None if value is None else value.get(field) for field in fields]


@hashes.command(
    WRITE | FAST,
    key=Key(RW, DELETE),
    since="2.0.0",
    cost="O(N)",
    syntax="key field...",
    history=(("2.4.0", "Accepts multiple `field` arguments."),),
    arity=-3,
)
def hdel(ctx: Context, key: bytes, *fields: bytes) -> int:
    """Remove fields, and the hash with the last of them; how many there were."""
    value = _to_write(ctx, key)
    if value is None:
        return 0
    removed = sum(map(value.delete, fields))
    _removed(ctx, key, value, removed)
    return removed


@hashes.command(
    WRITE | FAST,
    key=Key(RW, ACCESS, DELETE),
    since="9.1.0",
    cost="O(N)",
    syntax="key FIELDS fields:(numfields#0:integer field...)",
    arity=-5,
)
def hgetdel(ctx: Context, key: bytes, keyword: bytes, numfields: bytes, *fields: bytes) -> list[bytes | None]:
    """Remove fields, and the hash with the last of them; their values, null where there was none."""
    if keyword.upper() != b"FIELDS":
        raise SyntaxFault()
    if parse_int(numfields) != len(fields):
        raise CommandError(_FIELDS_ERROR)
    value = _to_write(ctx, key)
    if value is None:
        return [None] * len(fields)
    found, removed = [], 0
    for field in fields:
        found.append(value.get(field))
        removed += value.delete(field)
    _removed(ctx, key, value, removed)
    return found


def _removed(ctx: Context, key: bytes, value: HashValue, count: int) -> None:
    if count:
        ctx.db.changed(EVENT_HASH, b"hdel", key)
        if not len(value):
            ctx.db.delete(key)


@hashes.command(READONLY | FAST, key=Key(RO), since="2.0.0", cost="O(1)", syntax="key field")
def hexists(ctx: Context, key: bytes, field: bytes) -> int:
    """Whether a hash has a field."""
    return int(_size(ctx, key, field) >= 0)


@hashes.command(READONLY | FAST, key=Key(RO), since="3.2.0", cost="O(1)", syntax="key field")
def hstrlen(ctx: Context, key: bytes, field: bytes) -> int:
    """The length of a field's value; 0 if there is none."""
    return max(_size(ctx, key, field), 0)


def _size(ctx: Context, key: bytes, field: bytes) -> int:
    value = _to_read(ctx, key)
    return -1 if value is None else value.value_size(field)


@hashes.command(READONLY | FAST, key=Key(RO), since="2.0.0", cost="O(1)", syntax="key")
def hlen(ctx: Context, key: bytes) -> int:
    """The number of fields of a hash."""
    value = _to_read(ctx, key)
    return 0 if value is None else len(value)


@hashes.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="2.0.0",
    cost="O(N)",
    syntax="key",
    tips=("nondeterministic_output_order",),
)
def hgetall(ctx: Context, key: bytes) -> MapReply:
    """All fields of a hash and their values."""
    value = _to_read(ctx, key)
    return MapReply(() if value is None else value.items())


@hashes.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="2.0.0",
    cost="O(N)",
    syntax="key",
    tips=("nondeterministic_output_order",),
)
def hkeys(ctx: Context, key: bytes) -> list[bytes]:
    """All fields of a hash."""
    value = _to_read(ctx, key)
    return [] if value is None else value.fields()


@hashes.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="2.0.0",
    cost="O(N)",
    syntax="key",
    tips=("nondeterministic_output_order",),
)
def hvals(ctx: Context, key: bytes) -> list[bytes]:
    """All values of a hash."""
    value = _to_read(ctx, key)
    return [] if value is None else value.values()


@hashes.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, ACCESS, UPDATE),
    since="2.0.0",
    cost="O(1)",
    syntax="key field increment:integer",
)
def hincrby(ctx: Context, key: bytes, field: bytes, increment: int) -> int:
    """Add to the integer in a field, 0 if there is none; the sum."""
    value = _to_write(ctx, key)
    held = None if value is None else value.get(field)
    total = increment + (0 if held is None else parse_int(held, "ERR hash value is not an integer"))
    if not INT64_MIN <= total <= INT64_MAX:
        raise CommandError("ERR increment or decrement would overflow")
    _set(ctx, key, value, (field, b"%d" % total), b"hincrby")
    return total


@hashes.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, ACCESS, UPDATE),
    since="2.6.0",
    cost="O(1)",
    syntax="key field increment:double",
)
def hincrbyfloat(ctx: Context, key: bytes, field: bytes, increment: bytes) -> bytes:
    """Add to the floating point number in a field, 0 if there is none; the sum."""
    if _INFINITE.match(increment):
        raise CommandError("ERR value is NaN or Infinity")
    add_long_double(None, increment)
    value = _to_write(ctx, key)
    held = None if value is None else value.get(field)
    try:
        total = add_long_double(held, increment)
    except NotFloat:
        raise CommandError("ERR hash value is not a float") from None
    _set(ctx, key, value, (field, total), b"hincrbyfloat")
    return total


@hashes.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="2.8.0",
    cost="O(1)",
    syntax="key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
    tips=("nondeterministic_output",),
)
def hscan(ctx: Context, key: bytes, cursor: bytes, *options: bytes) -> list[bytes | list[bytes]]:
    """Walk the fields of a hash step by step."""
    position = parse_cursor(cursor)
    value = _to_read(ctx, key)
    if value is None:
        # An absent hash ends the walk before the options are looked at.
        return [b"0", []]
    wanted = parse_scan_options(options, b"hscan")
    position, items = value.scan(position, wanted.count)
    found: list[bytes] = []
    for index in range(0, len(items), 2):
        if wanted.matches is None or wanted.matches(items[index]):
            found.extend(items[index : index + 1 if wanted.no_values else index + 2])
    return [b"%d" % position, found]


@hashes.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="6.2.0",
    cost="O(N)",
    syntax="key options:[count [WITHVALUES]]",
    tips=("nondeterministic_output",),
)
def hrandfield(ctx: Context, key: bytes, *words: bytes) -> object:
    """A random field of a hash; with a count so many different ones, or if negative any that come."""
    if not words:
        value = _to_read(ctx, key)
        return None if value is None else _draw(ctx, value)[0]
    count = parse_int(words[0])
    if count == INT64_MIN:
        raise CommandError(_COUNT_ERROR)
    with_values = len(words) > 1
    if len(words) > 2 or (with_values and words[1].upper() != b"WITHVALUES"):
        raise SyntaxFault()
    if with_values and not -(INT64_MAX // 2) <= count <= INT64_MAX // 2:
        raise CommandError("ERR value is out of range")
    value = _to_read(ctx, key)
    if value is None or not count:
        return []
    chosen = _chosen(ctx, value, count)
    if not with_values:
        return [field for field, _ in chosen]
    if ctx.resp == 3:
        return [list(pair) for pair in chosen]
    return [word for pair in chosen for word in pair]


def _draw(ctx: Context, value: HashValue) -> tuple[bytes, bytes]:
    return value.random_item(ctx.random.getrandbits(63))


def _chosen(ctx: Context, value: HashValue, count: int) -> list[tuple[bytes, bytes]]:
    if count < 0:
        return [_draw(ctx, value) for _ in range(-count)]
    # A few of many are drawn until they differ; otherwise some of all are taken.
    if count * 3 <= len(value):
        drawn: dict[bytes, bytes] = {}
        while len(drawn) < count:
            field, held = _draw(ctx, value)
            drawn[field] = held
        return list(drawn.items())
    items = value.items()
    pairs = list(zip(items[::2], items[1::2], strict=True))
    if count >= len(pairs):
        return pairs
    return ctx.random.sample(pairs, count)
