"""Commands on strings: write, read, count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.arguments import INT32_MAX, INT64_MAX, INT64_MIN, Cursor, parse_int
from redpoll.dispatch.declare import (
    ACCESS,
    DELETE,
    DENYOOM,
    FAST,
    INSERT,
    OW,
    READONLY,
    RM,
    RO,
    RW,
    UPDATE,
    VARIABLE_FLAGS,
    WRITE,
    Family,
    Key,
)
from redpoll.dispatch.expiry_options import Expiry, deadline_of, take_expiry
from redpoll.dispatch.keyspec import set_keys
from redpoll.errors import CommandError, SyntaxFault, WrongArity
from redpoll.replies import OK, Status
from redpoll.values.strings import add_long_double

if TYPE_CHECKING:
    from redpoll.native.executor import Context

string = Family("string")
FAMILIES = (string,)

_SHARDS = ("request_policy:multi_shard", "response_policy:all_succeeded")


@string.command(
    WRITE | DENYOOM,
    key=Key(RW, ACCESS, UPDATE, VARIABLE_FLAGS, notes="RW and ACCESS due to the optional `GET` argument"),
    since="1.0.0",
    cost="O(1)",
    syntax=(
        "key value condition:[NX@2.6.12 | XX@2.6.12 | IFEQ comparison-value@8.1.0] [GET@6.2.0] "
        "expiration:[EX seconds@2.6.12 | PX milliseconds@2.6.12 | EXAT unix-time-seconds@6.2.0 | PXAT "
        "unix-time-milliseconds@6.2.0 | KEEPTTL@6.0.0]"
    ),
    history=(
        ("2.6.12", "Added the `EX`, `PX`, `NX` and `XX` options."),
        ("6.0.0", "Added the `KEEPTTL` option."),
        ("6.2.0", "Added the `GET`, `EXAT` and `PXAT` option."),
        ("7.0.0", "Allowed the `NX` and `GET` options to be used together."),
        ("8.1.0", "Added the `IFEQ` option."),
    ),
    getkeys=set_keys,
)
def set_(ctx: Context, key: bytes, value: bytes, *options: bytes) -> Status | bytes | None:
    """Set a key to a string, whatever it held."""
    chosen = _set_options(options)
    deadline = deadline_of(chosen.expiry, ctx.now_ms, "set")
    old = ctx.db.string(key) if chosen.get else None
    if chosen.condition is not None and not _condition_holds(ctx, key, chosen.condition, chosen.expected):
        return old
    if deadline and deadline <= ctx.now_ms:
        # A string that is past its time is not written: whatever was there has expired.
        ctx.db.delete(key, b"expired")
    else:
        _store(ctx, key, value, deadline, chosen.expiry)
    return old if chosen.get else OK


class _SetOptions:
    """What follows key and value in SET."""

    __slots__ = ("condition", "expected", "expiry", "get")

    def __init__(self) -> None:
        self.condition: bytes | None = None
        self.expected = b""
        self.expiry: Expiry | None = None
        self.get = False


def _set_options(options: tuple[bytes, ...]) -> _SetOptions:
    chosen = _SetOptions()
    cursor = Cursor(options)
    while cursor.more:
        condition = cursor.take_any(b"NX", b"XX")
        if condition is None and cursor.take_token(b"IFEQ", following=1):
            condition = b"IFEQ"
            chosen.expected = cursor.next_bytes()
        if condition is not None:
            if chosen.condition is not None and (chosen.condition != condition or condition == b"IFEQ"):
                raise SyntaxFault
            chosen.condition = condition
        elif cursor.take_token(b"GET"):
            chosen.get = True
        else:
            chosen.expiry = _next_expiry(cursor, b"KEEPTTL", chosen.expiry)
    return chosen


def _next_expiry(cursor: Cursor, word: bytes, earlier: Expiry | None) -> Expiry:
    """The next option, which must be a time or `word`, in the unit of an earlier one."""
    expiry = take_expiry(cursor, word)
    if expiry is None or (earlier is not None and earlier.unit != expiry.unit):
        raise SyntaxFault
    return expiry


def _condition_holds(ctx: Context, key: bytes, condition: bytes, expected: bytes) -> bool:
    """Whether NX, XX or IFEQ allows the write; IFEQ of another type raises WrongType."""
    if condition == b"IFEQ":
        return ctx.db.peek_string(key) == expected
    return ctx.db.contains(key) == (condition == b"XX")


def _store(ctx: Context, key: bytes, value: bytes, deadline: int, expiry: Expiry | None) -> None:
    """Write a string and its deadline."""
    keep = expiry is not None and expiry.unit == b"KEEPTTL"
    ctx.db.set_string(key, value, deadline, keep)
    if deadline:
        ctx.db.notify(_GENERIC_EVENT, b"expire", key)


# The class of the event "expire" that follows "set".
_GENERIC_EVENT = 4


@string.command(WRITE | DENYOOM | FAST, key=Key(OW, INSERT), since="1.0.0", cost="O(1)", syntax="key value")
def setnx(ctx: Context, key: bytes, value: bytes) -> int:
    """Set a key to a string if it is absent."""
    if ctx.db.contains(key):
        return 0
    ctx.db.set_string(key, value)
    return 1


@string.command(WRITE | DENYOOM, key=Key(OW, UPDATE), since="2.0.0", cost="O(1)", syntax="key seconds value")
def setex(ctx: Context, key: bytes, seconds: bytes, value: bytes) -> Status:
    """Set a key to a string that expires in so many seconds."""
    return _set_for(ctx, key, value, Expiry(b"EX", seconds), "setex")


@string.command(WRITE | DENYOOM, key=Key(OW, UPDATE), since="2.6.0", cost="O(1)", syntax="key milliseconds value")
def psetex(ctx: Context, key: bytes, milliseconds: bytes, value: bytes) -> Status:
    """Set a key to a string that expires in so many milliseconds."""
    return _set_for(ctx, key, value, Expiry(b"PX", milliseconds), "psetex")


def _set_for(ctx: Context, key: bytes, value: bytes, expiry: Expiry, name: str) -> Status:
    _store(ctx, key, value, deadline_of(expiry, ctx.now_ms, name), expiry)
    return OK


@string.command(WRITE | DENYOOM | FAST, key=Key(RW, ACCESS, UPDATE), since="1.0.0", cost="O(1)", syntax="key value")
def getset(ctx: Context, key: bytes, value: bytes) -> bytes | None:
    """Set a key to a string and return the one before."""
    old = ctx.db.string(key)
    ctx.db.set_string(key, value)
    return old


@string.command(WRITE | FAST, key=Key(RW, ACCESS, DELETE), since="6.2.0", cost="O(1)", syntax="key")
def getdel(ctx: Context, key: bytes) -> bytes | None:
    """Return the string stored at a key, and delete the key."""
    value = ctx.db.string(key)
    if value is not None:
        ctx.db.delete(key)
    return value


@string.command(
    WRITE | FAST,
    key=Key(RW, ACCESS, UPDATE, notes="RW and UPDATE because it changes the TTL"),
    since="6.2.0",
    cost="O(1)",
    syntax=(
        "key expiration:[EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]"
    ),
)
def getex(ctx: Context, key: bytes, *options: bytes) -> bytes | None:
    """Return the string stored at a key, and set or take away its deadline."""
    cursor = Cursor(options)
    expiry: Expiry | None = None
    while cursor.more:
        expiry = _next_expiry(cursor, b"PERSIST", expiry)
    deadline = deadline_of(expiry, ctx.now_ms, "getex")
    value = ctx.db.string(key)
    if value is None:
        return None
    if expiry is not None and expiry.unit == b"PERSIST":
        ctx.db.persist(key)
    elif deadline and deadline <= ctx.now_ms:
        ctx.db.delete(key, b"expired")
    elif deadline:
        ctx.db.set_deadline(key, deadline)
    return value


@string.command(WRITE | FAST, key=Key(RM, DELETE), since="9.0.0", cost="O(1)", syntax="key value")
def delifeq(ctx: Context, key: bytes, value: bytes) -> int:
    """Delete a key if it holds this string."""
    held = ctx.db.peek_string(key)
    if held is None or held != value:
        return 0
    ctx.db.delete(key)
    return 1


@string.command(READONLY | FAST, key=Key(RO, ACCESS), since="1.0.0", cost="O(1)", syntax="key")
def get(ctx: Context, key: bytes) -> bytes | None:
    """Return the string stored at a key."""
    return ctx.db.string(key)


@string.command(READONLY | FAST, key=Key(RO), since="2.2.0", cost="O(1)", syntax="key")
def strlen(ctx: Context, key: bytes) -> int:
    """Return the length of the string stored at a key."""
    return ctx.db.string_size(key)


@string.command(
    READONLY | FAST,
    key=Key(RO, ACCESS, last=-1),
    since="1.0.0",
    cost="O(N)",
    syntax="key...",
    tips=("request_policy:multi_shard",),
    arity=-2,
)
def mget(ctx: Context, *keys: bytes) -> list[bytes | None]:
    """Return the strings stored at several keys."""
    return [ctx.db.string_or_none(key) for key in keys]


@string.command(
    WRITE | DENYOOM,
    key=Key(OW, UPDATE, last=-1, step=2),
    since="1.0.1",
    cost="O(N)",
    syntax="data:(key value)...",
    tips=_SHARDS,
    arity=-3,
)
def mset(ctx: Context, *data: bytes) -> Status:
    """Set several keys to strings."""
    _even(data, b"mset")
    for at in range(0, len(data), 2):
        ctx.db.set_string(data[at], data[at + 1])
    return OK


@string.command(
    WRITE | DENYOOM,
    key=Key(OW, INSERT, last=-1, step=2),
    since="1.0.1",
    cost="O(N)",
    syntax="data:(key value)...",
    arity=-3,
)
def msetnx(ctx: Context, *data: bytes) -> int:
    """Set several keys to strings if all of them are absent."""
    _even(data, b"msetnx")
    if any(ctx.db.contains(key) for key in data[::2]):
        return 0
    for at in range(0, len(data), 2):
        ctx.db.set_string(data[at], data[at + 1])
    return 1


def _even(data: tuple[bytes, ...], name: bytes) -> None:
    if len(data) % 2:
        raise WrongArity(name)


@string.command(
    WRITE | DENYOOM,
    key=Key(OW, UPDATE, keynum=0, step=2),
    since="9.1.0",
    cost="O(N)",
    syntax=(
        "numkeys data:(key value)... condition:[NX | XX] expiration:[EX seconds | PX milliseconds | EXAT "
        "unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]"
    ),
    tips=_SHARDS,
    arity=-4,
)
def msetex(ctx: Context, count: bytes, *words: bytes) -> int:
    """Set several keys to strings with one deadline."""
    pairs = _pair_count(count, words)
    cursor = Cursor(words, 2 * pairs)
    condition: bytes | None = None
    expiry: Expiry | None = None
    while cursor.more:
        found = cursor.take_any(b"NX", b"XX")
        if found is None:
            expiry = _next_expiry(cursor, b"KEEPTTL", expiry)
        elif condition in (None, found):
            condition = found
        else:
            raise SyntaxFault
    deadline = deadline_of(expiry, ctx.now_ms, "msetex")
    keys = words[: 2 * pairs : 2]
    if condition is not None and any(ctx.db.contains(key) != (condition == b"XX") for key in keys):
        return 0
    for at in range(0, 2 * pairs, 2):
        _store(ctx, words[at], words[at + 1], deadline, expiry)
    return 1


def _pair_count(count: bytes, words: tuple[bytes, ...]) -> int:
    pairs = parse_int(count, _BAD_COUNT)
    if not 0 < pairs <= INT32_MAX:
        raise CommandError(_BAD_COUNT)
    if 2 * pairs > len(words):
        raise SyntaxFault
    return pairs


_BAD_COUNT = "ERR invalid numkeys value or out of range"


@string.command(WRITE | DENYOOM | FAST, key=Key(RW, ACCESS, UPDATE), since="1.0.0", cost="O(1)", syntax="key")
def incr(ctx: Context, key: bytes) -> int:
    """Add one to the integer stored at a key."""
    return _add(ctx, key, 1)


@string.command(WRITE | DENYOOM | FAST, key=Key(RW, ACCESS, UPDATE), since="1.0.0", cost="O(1)", syntax="key")
def decr(ctx: Context, key: bytes) -> int:
    """Subtract one from the integer stored at a key."""
    return _add(ctx, key, -1)


@string.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, ACCESS, UPDATE),
    since="1.0.0",
    cost="O(1)",
    syntax="key increment:integer",
)
def incrby(ctx: Context, key: bytes, increment: int) -> int:
    """Add to the integer stored at a key."""
    return _add(ctx, key, increment)


@string.command(WRITE | DENYOOM | FAST, key=Key(RW, ACCESS, UPDATE), since="1.0.0", cost="O(1)", syntax="key decrement")
def decrby(ctx: Context, key: bytes, decrement: int) -> int:
    """Subtract from the integer stored at a key."""
    if decrement == INT64_MIN:
        raise CommandError("ERR decrement would overflow")
    return _add(ctx, key, -decrement)


def _add(ctx: Context, key: bytes, by: int) -> int:
    held = ctx.db.peek_string(key)
    value = (0 if held is None else parse_int(held)) + by
    if not INT64_MIN <= value <= INT64_MAX:
        raise CommandError("ERR increment or decrement would overflow")
    ctx.db.update_string(key, b"%d" % value, b"incrby")
    return value


@string.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, ACCESS, UPDATE),
    since="2.6.0",
    cost="O(1)",
    syntax="key increment:double",
)
def incrbyfloat(ctx: Context, key: bytes, increment: bytes) -> bytes:
    """Add to the floating point number stored at a key."""
    held = ctx.db.peek_string(key)
    value = add_long_double(held, increment)
    ctx.db.update_string(key, value, b"incrbyfloat")
    return value
