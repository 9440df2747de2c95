"""Commands on HyperLogLogs: how many different elements were added, about, in 12 kilobytes at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.declare import (
    ACCESS,
    ADMIN,
    DENYOOM,
    FAST,
    INSERT,
    READONLY,
    RO,
    RW,
    SYSTEM,
    WRITE,
    Family,
    Key,
)
from redpoll.errors import CommandError
from redpoll.native import sketches
from redpoll.replies import OK, Status

if TYPE_CHECKING:
    from redpoll.native.executor import Context

hyperloglog = Family("hyperloglog")
FAMILIES = (hyperloglog,)

# There is one way to merge registers; the switch of Valkey's tests is answered all the same.
_MERGING = {b"ON": Status(b"enabled"), b"OFF": Status(b"disabled")}


@hyperloglog.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, INSERT),
    since="2.8.9",
    cost="O(1)",
    syntax="key [element...]",
)
def pfadd(ctx: Context, key: bytes, *elements: bytes) -> int:
    """Add elements to a HyperLogLog, made if absent; 1 if that changed it."""
    return sketches.add(ctx.db, key, elements)


@hyperloglog.command(
    READONLY,
    key=Key(
        RW,
        ACCESS,
        last=-1,
        notes="RW because it may change the internal representation of the key, and propagate to replicas",
    ),
    since="2.8.9",
    cost="O(1)",
    syntax="key...",
    arity=-2,
)
def pfcount(ctx: Context, *keys: bytes) -> int:
    """Count the different elements added to one or several HyperLogLogs, about."""
    return sketches.count(ctx.db, keys[0]) if len(keys) == 1 else sketches.count_union(ctx.db, keys)


@hyperloglog.command(
    WRITE | DENYOOM,
    key=(
        Key(RW, ACCESS, INSERT),
        Key(RO, ACCESS, begin=2, last=-1),
    ),
    since="2.8.9",
    cost="O(N)",
    syntax="destkey:key [sourcekey:key...]",
)
def pfmerge(ctx: Context, target: bytes, *sources: bytes) -> Status:
    """Add the elements of several HyperLogLogs to one."""
    sketches.merge(ctx.db, target, sources)
    return OK


@hyperloglog.command(
    WRITE | DENYOOM | ADMIN | SYSTEM,
    key=Key(RW, ACCESS, begin=2),
    since="2.8.9",
    cost="N/A",
    syntax="subcommand key",
)
def pfdebug(ctx: Context, subcommand: bytes, key: bytes) -> list[int] | bytes | Status | int:
    """Look inside a HyperLogLog."""
    name = subcommand.upper()
    if name == b"SIMD":
        if key.upper() not in _MERGING:
            raise CommandError("ERR Argument must be ON or OFF")
        return _MERGING[key.upper()]
    form = sketches.form(ctx.db, key)
    if form is None:
        raise CommandError("ERR The specified key does not exist")
    if name == b"GETREG":
        return sketches.registers_of(ctx.db, key)
    if name == b"DECODE":
        if form != b"sparse":
            raise CommandError("ERR HLL encoding is not sparse")
        return sketches.runs_text(ctx.db, key)
    if name == b"ENCODING":
        return Status(form)
    if name == b"TODENSE":
        return int(sketches.make_dense(ctx.db, key))
    raise CommandError(b"ERR Unknown PFDEBUG subcommand '" + subcommand + b"'")


@hyperloglog.command(ADMIN | SYSTEM, since="2.8.9", cost="N/A")
def pfselftest(ctx: Context) -> Status:
    """Test the HyperLogLog code."""
    failure = sketches.self_test()
    if failure is not None:
        raise CommandError(f"TESTFAILED {failure}")
    return OK
