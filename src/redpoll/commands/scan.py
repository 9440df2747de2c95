"""Commands that walk the keys of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.declare import READONLY, Family
from redpoll.dispatch.scan import parse_cursor, parse_scan_options
from redpoll.globs import compile_glob

if TYPE_CHECKING:
    from redpoll.native.executor import Context

generic = Family("generic")
FAMILIES = (generic,)


@generic.command(
    READONLY,
    since="2.8.0",
    cost="O(1)",
    syntax="cursor [MATCH pattern] [COUNT count] [TYPE type@6.0.0]",
    tips=("nondeterministic_output", "request_policy:special", "response_policy:special"),
    history=(("6.0.0", "Added the `TYPE` subcommand."),),
)
def scan(ctx: Context, cursor: bytes, *options: bytes) -> list[bytes | list[bytes]]:
    """Walk the keys of the database step by step."""
    position = parse_cursor(cursor)
    wanted = parse_scan_options(options, b"scan")
    position, found = ctx.db.scan(position, wanted.count)
    if wanted.matches is not None:
        found = list(filter(wanted.matches, found))
    if wanted.type_name is not None:
        found = [key for key in found if ctx.db.type_name(key) == wanted.type_name]
    return [b"%d" % position, found]


@generic.command(
    READONLY,
    since="1.0.0",
    cost="O(N)",
    syntax="pattern",
    categories=("@keyspace", "@dangerous"),
    tips=("request_policy:all_shards", "nondeterministic_output_order"),
)
def keys(ctx: Context, pattern: bytes) -> list[bytes]:
    """Every key whose name matches a pattern."""
    walk = ctx.db.keys()
    matching = walk if pattern == b"*" else filter(compile_glob(pattern), walk)
    # Expired keys leave during the walk, and a table that shrinks meanwhile shows keys again.
    return list(dict.fromkeys(matching))


@generic.command(
    READONLY,
    since="1.0.0",
    cost="O(1)",
    tips=("request_policy:all_shards", "response_policy:special", "nondeterministic_output"),
)
def randomkey(ctx: Context) -> bytes | None:
    """A key chosen at random, or null if there is none."""
    return ctx.db.random_key()
