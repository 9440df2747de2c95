"""Commands that wait for replicas and for the append-only file.

There are no replicas, so none ever acknowledges: to wait for one takes until the time is over. Nor is there a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.arguments import parse_int
from redpoll.dispatch.blocking import may_wait, parse_timeout_ms
from redpoll.dispatch.declare import BLOCKING, Family
from redpoll.dispatch.hub import sessions_of
from redpoll.errors import CommandError

if TYPE_CHECKING:
    from redpoll.native.executor import Context

generic = Family("generic")
FAMILIES = (generic,)


@generic.command(
    BLOCKING,
    since="3.0.0",
    cost="O(1)",
    syntax="numreplicas:integer timeout:integer",
    categories=("@connection",),
    tips=("request_policy:all_shards", "response_policy:agg_min"),
)
def wait(ctx: Context, numreplicas: int, timeout: bytes) -> object:
    """Wait until so many replicas have what this connection has written; how many have."""
    timeout_ms = parse_timeout_ms(timeout, ctx.now_ms)
    if numreplicas <= 0 or not may_wait(ctx):
        return 0
    return sessions_of(ctx).blocking.wait(ctx, timeout_ms, late=0)


@generic.command(
    BLOCKING,
    since="7.2.0",
    cost="O(1)",
    syntax="numlocal:integer numreplicas:integer timeout:integer",
    categories=("@connection",),
    tips=("request_policy:all_shards", "response_policy:agg_min"),
)
def waitaof(ctx: Context, numlocal: int, numreplicas: bytes, timeout: bytes) -> object:
    """Wait until the append-only files here and of so many replicas hold what this connection has written."""
    if not 0 <= numlocal <= 1:
        raise CommandError("ERR value is out of range, value must between 0 and 1")
    error = "ERR value is out of range, must be positive"
    wanted = parse_int(numreplicas, error)
    if wanted < 0:
        raise CommandError(error)
    timeout_ms = parse_timeout_ms(timeout, ctx.now_ms)
    if numlocal:
        raise CommandError("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
    if not wanted or not may_wait(ctx):
        return [0, 0]
    return sessions_of(ctx).blocking.wait(ctx, timeout_ms, late=[0, 0])
