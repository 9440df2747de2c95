"""OBJECT: how a value is held in memory, and when it was last used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.declare import READONLY, RO, Family, Key
from redpoll.errors import CommandError

if TYPE_CHECKING:
    from redpoll.native.executor import Context

generic = Family("generic")
FAMILIES = (generic,)

_ADJUST = " Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
_NO_FREQUENCY = "ERR An LFU maxmemory policy is not selected, access frequency not tracked." + _ADJUST
_NO_IDLE_TIME = "ERR An LFU maxmemory policy is selected, idle time not tracked." + _ADJUST

object_group = generic.container(
    "object",
    summary="A container for commands that look into a value's representation.",
    since="2.2.3",
    cost="Depends on subcommand.",
    categories=(),
)


@object_group.command(
    READONLY,
    key=Key(RO, begin=2),
    since="2.2.3",
    cost="O(1)",
    syntax="key",
    tips=("nondeterministic_output",),
)
def object_encoding(ctx: Context, key: bytes) -> bytes | None:
    """The representation of the value at a key."""
    return ctx.db.encoding(key)


@object_group.command(
    READONLY,
    key=Key(RO, begin=2),
    since="4.0.0",
    cost="O(1)",
    syntax="key",
    tips=("nondeterministic_output",),
)
def object_freq(ctx: Context, key: bytes) -> int | None:
    """The logarithmic access counter of a key."""
    frequency = ctx.db.frequency(key)
    if frequency is not None and not ctx.keyspace.frequency:
        raise CommandError(_NO_FREQUENCY)
    return frequency


@object_group.command(
    READONLY,
    key=Key(RO, begin=2),
    since="2.2.3",
    cost="O(1)",
    syntax="key",
    tips=("nondeterministic_output",),
)
def object_idletime(ctx: Context, key: bytes) -> int | None:
    """Seconds since the last access to a key."""
    idle = ctx.db.idle_seconds(key)
    if idle is not None and ctx.keyspace.frequency:
        raise CommandError(_NO_IDLE_TIME)
    return idle


@object_group.command(
    READONLY,
    key=Key(RO, begin=2),
    since="2.2.3",
    cost="O(1)",
    syntax="key",
    tips=("nondeterministic_output",),
)
def object_refcount(ctx: Context, key: bytes) -> int | None:
    """How many keys share the value at a key: one, as values are not shared."""
    return 1 if ctx.db.contains(key) else None


object_group.help(
    (
        "ENCODING <key>",
        "    Return the kind of internal representation used in order to store the value",
        "    associated with a <key>.",
        "FREQ <key>",
        "    Return the access frequency index of the <key>. The returned integer is",
        "    proportional to the logarithm of the recent access frequency of the key.",
        "IDLETIME <key>",
        "    Return the idle time of the <key>, that is the approximated number of",
        "    seconds elapsed since the last access to the key.",
        "REFCOUNT <key>",
        "    Return the number of references of the value associated with the specified",
        "    <key>.",
    ),
    since="6.2.0",
)
