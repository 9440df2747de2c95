"""Commands on whole databases: count, empty, exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.arguments import parse_int32
from redpoll.dispatch.declare import FAST, READONLY, WRITE, Family
from redpoll.errors import CommandError, SyntaxFault
from redpoll.replies import OK

if TYPE_CHECKING:
    from redpoll.native.executor import Context
    from redpoll.replies import Status

server = Family("server")
FAMILIES = (server,)

# Records freed between two looks at whether any are left.
_FREE_BUDGET = 1 << 16


@server.command(
    READONLY | FAST,
    since="1.0.0",
    cost="O(1)",
    categories=("@keyspace",),
    tips=("request_policy:all_shards", "response_policy:agg_sum"),
)
def dbsize(ctx: Context) -> int:
    """How many keys the database has."""
    return len(ctx.db)


@server.command(
    WRITE,
    since="1.0.0",
    cost="O(N)",
    syntax="flush-type:[ASYNC@4.0.0 | SYNC@6.2.0]",
    categories=("@keyspace", "@dangerous"),
    tips=("request_policy:all_shards", "response_policy:all_succeeded"),
    history=(
        ("4.0.0", "Added the `ASYNC` flushing mode modifier."),
        ("6.2.0", "Added the `SYNC` flushing mode modifier."),
    ),
)
def flushdb(ctx: Context, *mode: bytes) -> Status:
    """Remove all keys of the database."""
    wait = _wants_to_wait(mode)
    ctx.db.flush()
    return _freed(ctx, wait)


@server.command(
    WRITE,
    since="1.0.0",
    cost="O(N)",
    syntax="flush-type:[ASYNC@4.0.0 | SYNC@6.2.0]",
    categories=("@keyspace", "@dangerous"),
    tips=("request_policy:all_shards", "response_policy:all_succeeded"),
    history=(
        ("4.0.0", "Added the `ASYNC` flushing mode modifier."),
        ("6.2.0", "Added the `SYNC` flushing mode modifier."),
    ),
)
def flushall(ctx: Context, *mode: bytes) -> Status:
    """Remove all keys of all databases."""
    wait = _wants_to_wait(mode)
    for index in range(len(ctx.keyspace)):
        ctx.keyspace[index].flush()
    return _freed(ctx, wait)


def _wants_to_wait(mode: tuple[bytes, ...]) -> bool:
    if not mode:
        return False
    word = mode[0].upper()
    if len(mode) > 1 or word not in (b"SYNC", b"ASYNC"):
        raise SyntaxFault()
    return word == b"SYNC"


def _freed(ctx: Context, wait: bool) -> Status:
    # Without SYNC the memory is freed in steps between requests.
    while wait and ctx.keyspace.lazy_free_step(_FREE_BUDGET):
        pass
    return OK


@server.command(
    WRITE | FAST,
    since="4.0.0",
    cost="O(N)",
    syntax="index1:integer index2:integer",
    categories=("@keyspace", "@dangerous"),
)
def swapdb(ctx: Context, first: bytes, second: bytes) -> Status:
    """Exchange the contents of two databases; clients see the other one at once."""
    indexes = (
        parse_int32(first, "ERR invalid first DB index"),
        parse_int32(second, "ERR invalid second DB index"),
    )
    if not all(0 <= index < len(ctx.keyspace) for index in indexes):
        raise CommandError("ERR DB index is out of range")
    one, other = (ctx.keyspace[index] for index in indexes)
    one.swap(other)
    return OK
