"""Commands that group other commands: all of them run, one after the other, with nothing in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redpoll.dispatch.declare import (
    ALLOW_BUSY,
    FAST,
    LOADING,
    NO_MULTI,
    NOSCRIPT,
    RO,
    SKIP_SLOWLOG,
    STALE,
    Family,
    Key,
)
from redpoll.dispatch.hub import sessions_of
from redpoll.dispatch.session import session_of
from redpoll.errors import CommandError
from redpoll.native.client import IN_MULTI
from redpoll.replies import OK, Status

if TYPE_CHECKING:
    from redpoll.native.executor import Context

transactions = Family("transactions")
FAMILIES = (transactions,)


@transactions.command(NOSCRIPT | LOADING | STALE | FAST | NO_MULTI | ALLOW_BUSY, since="1.2.0", cost="O(1)")
def multi(ctx: Context) -> Status:
    """Start a transaction: commands are queued until EXEC."""
    sessions_of(ctx).transactions.begin(ctx.client)
    return OK


@transactions.command(
    NOSCRIPT | LOADING | STALE | SKIP_SLOWLOG, since="1.2.0", cost="Depends on commands in the transaction"
)
def exec_(ctx: Context) -> Any:
    """Run all queued commands, unless a watched key has changed."""
    return sessions_of(ctx).transactions.execute(ctx.client)


@transactions.command(NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY, since="2.0.0", cost="O(N)")
def discard(ctx: Context) -> Status:
    """Forget the queued commands and the watched keys."""
    if not ctx.client.flags & IN_MULTI:
        raise CommandError("ERR DISCARD without MULTI")
    sessions_of(ctx).transactions.discard(ctx.client)
    return OK


@transactions.command(
    NOSCRIPT | LOADING | STALE | FAST | NO_MULTI | ALLOW_BUSY,
    key=Key(RO, last=-1),
    since="2.2.0",
    cost="O(1)",
    syntax="key...",
    arity=-2,
)
def watch(ctx: Context, *keys: bytes) -> Status:
    """Let the next EXEC succeed only if none of these keys changes before it."""
    sessions_of(ctx).transactions.watch(ctx.client, ctx.db, keys)
    return OK


@transactions.command(NOSCRIPT | LOADING | STALE | FAST | ALLOW_BUSY, since="2.2.0", cost="O(1)")
def unwatch(ctx: Context) -> Status:
    """Forget every watched key."""
    sessions_of(ctx).transactions.unwatch(session_of(ctx.client))
    return OK
