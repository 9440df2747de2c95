"""Commands on deadlines: set them, read them, take them away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.arguments import INT64_MAX, parse_int
from redpoll.dispatch.declare import ACCESS, FAST, READONLY, RO, RW, UPDATE, WRITE, Family, Key
from redpoll.errors import CommandError

if TYPE_CHECKING:
    from redpoll.native.executor import Context

generic = Family("generic")
FAMILIES = (generic,)

_HISTORY = (("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."),)
_SECONDS_MAX = INT64_MAX // 1000

_ABSENT = -2
_FOREVER = -1


@generic.command(
    WRITE | FAST,
    key=Key(RW, UPDATE),
    since="1.0.0",
    cost="O(1)",
    syntax="key seconds condition@7.0.0:[NX | XX | GT | LT]",
    history=_HISTORY,
)
def expire(ctx: Context, key: bytes, seconds: bytes, *conditions: bytes) -> int:
    """Let a key expire in so many seconds."""
    wanted = _conditions(conditions)
    return _set_deadline(ctx, key, _from_now(ctx, _milliseconds(seconds, "expire"), "expire"), wanted)


@generic.command(
    WRITE | FAST,
    key=Key(RW, UPDATE),
    since="1.2.0",
    cost="O(1)",
    syntax="key unix-time-seconds condition@7.0.0:[NX | XX | GT | LT]",
    history=_HISTORY,
)
def expireat(ctx: Context, key: bytes, unix_seconds: bytes, *conditions: bytes) -> int:
    """Let a key expire at a Unix time in seconds."""
    wanted = _conditions(conditions)
    return _set_deadline(ctx, key, _milliseconds(unix_seconds, "expireat"), wanted)


@generic.command(
    WRITE | FAST,
    key=Key(RW, UPDATE),
    since="2.6.0",
    cost="O(1)",
    syntax="key milliseconds condition@7.0.0:[NX | XX | GT | LT]",
    history=_HISTORY,
)
def pexpire(ctx: Context, key: bytes, milliseconds: bytes, *conditions: bytes) -> int:
    """Let a key expire in so many milliseconds."""
    wanted = _conditions(conditions)
    return _set_deadline(ctx, key, _from_now(ctx, parse_int(milliseconds), "pexpire"), wanted)


@generic.command(
    WRITE | FAST,
    key=Key(RW, UPDATE),
    since="2.6.0",
    cost="O(1)",
    syntax="key unix-time-milliseconds condition@7.0.0:[NX | XX | GT | LT]",
    history=_HISTORY,
)
def pexpireat(ctx: Context, key: bytes, unix_milliseconds: bytes, *conditions: bytes) -> int:
    """Let a key expire at a Unix time in milliseconds."""
    wanted = _conditions(conditions)
    return _set_deadline(ctx, key, parse_int(unix_milliseconds), wanted)


def _conditions(words: tuple[bytes, ...]) -> frozenset[bytes]:
    """The conditions under which the deadline is set; refuses those that contradict each other."""
    wanted = set()
    for word in words:
        condition = word.upper()
        if condition not in (b"NX", b"XX", b"GT", b"LT"):
            raise CommandError(b"ERR Unsupported option " + word)
        wanted.add(condition)
    if b"NX" in wanted and len(wanted) > 1:
        raise CommandError("ERR NX and XX, GT or LT options at the same time are not compatible")
    if b"GT" in wanted and b"LT" in wanted:
        raise CommandError("ERR GT and LT options at the same time are not compatible")
    return frozenset(wanted)


def _milliseconds(word: bytes, command: str) -> int:
    seconds = parse_int(word)
    if not -_SECONDS_MAX <= seconds <= _SECONDS_MAX:
        raise _invalid_time(command)
    return seconds * 1000


def _from_now(ctx: Context, milliseconds: int, command: str) -> int:
    if milliseconds > INT64_MAX - ctx.now_ms:
        raise _invalid_time(command)
    return ctx.now_ms + milliseconds


def _invalid_time(command: str) -> CommandError:
    return CommandError(f"ERR invalid expire time in '{command}' command")


def _set_deadline(ctx: Context, key: bytes, when_ms: int, conditions: frozenset[bytes]) -> int:
    present = ctx.db.deadline(key)
    if present == _ABSENT or (conditions and not _allowed(conditions, present, when_ms)):
        return 0
    # A deadline that has passed deletes at once, unless somebody else decides what is expired.
    if when_ms <= ctx.now_ms and not ctx.keyspace.frozen:
        return int(ctx.db.delete(key))
    return int(ctx.db.set_deadline(key, max(when_ms, 1)))


def _allowed(conditions: frozenset[bytes], present: int, when_ms: int) -> bool:
    """A key without a deadline counts as one that expires at the end of time."""
    if b"NX" in conditions and present != _FOREVER:
        return False
    if b"XX" in conditions and present == _FOREVER:
        return False
    if b"GT" in conditions and (present == _FOREVER or when_ms <= present):
        return False
    return not (b"LT" in conditions and present != _FOREVER and when_ms >= present)


@generic.command(WRITE | FAST, key=Key(RW, UPDATE), since="2.2.0", cost="O(1)", syntax="key")
def persist(ctx: Context, key: bytes) -> int:
    """Take a key's deadline away; 0 if it has none."""
    return int(ctx.db.persist(key))


@generic.command(
    READONLY | FAST,
    key=Key(RO, ACCESS),
    since="1.0.0",
    cost="O(1)",
    syntax="key",
    tips=("nondeterministic_output",),
    history=(("2.8.0", "Added the -2 reply."),),
)
def ttl(ctx: Context, key: bytes) -> int:
    """Seconds until a key expires; -1 if it never does, -2 if there is no such key."""
    return _in_seconds(_time_left(ctx, key))


@generic.command(
    READONLY | FAST,
    key=Key(RO, ACCESS),
    since="2.6.0",
    cost="O(1)",
    syntax="key",
    tips=("nondeterministic_output",),
    history=(("2.8.0", "Added the -2 reply."),),
)
def pttl(ctx: Context, key: bytes) -> int:
    """Milliseconds until a key expires; -1 if it never does, -2 if there is no such key."""
    return _time_left(ctx, key)


@generic.command(READONLY | FAST, key=Key(RO, ACCESS), since="7.0.0", cost="O(1)", syntax="key")
def expiretime(ctx: Context, key: bytes) -> int:
    """The Unix time in seconds at which a key expires; -1 if it never does, -2 if there is no such key."""
    return _in_seconds(_deadline_read(ctx, key))


@generic.command(READONLY | FAST, key=Key(RO, ACCESS), since="7.0.0", cost="O(1)", syntax="key")
def pexpiretime(ctx: Context, key: bytes) -> int:
    """The Unix time in milliseconds at which a key expires; -1 if it never does, -2 if there is no such key."""
    return _deadline_read(ctx, key)


def _deadline_read(ctx: Context, key: bytes) -> int:
    # Asking for a deadline is a read for the statistics.
    return ctx.db.read_deadline(key)


def _time_left(ctx: Context, key: bytes) -> int:
    deadline = _deadline_read(ctx, key)
    return deadline if deadline < 0 else max(deadline - ctx.now_ms, 0)


def _in_seconds(milliseconds: int) -> int:
    return milliseconds if milliseconds < 0 else (milliseconds + 500) // 1000
