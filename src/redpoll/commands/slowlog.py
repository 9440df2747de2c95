"""SLOWLOG: the commands that took long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.arguments import parse_int
from redpoll.dispatch.declare import ADMIN, LOADING, STALE, Family
from redpoll.errors import CommandError
from redpoll.replies import OK, Status

if TYPE_CHECKING:
    from redpoll.native.executor import Context

server = Family("server")
FAMILIES = (server,)

DEFAULT_COUNT = 10
BAD_COUNT = "ERR count should be greater than or equal to -1"

slowlog_group = server.container(
    "slowlog", summary="A container for slow log commands.", since="2.2.12", cost="Depends on subcommand."
)


@slowlog_group.command(
    ADMIN | LOADING | STALE,
    since="2.2.12",
    cost="O(N)",
    syntax="[count]",
    tips=("request_policy:all_nodes", "nondeterministic_output"),
    history=(("4.0.0", "Added client IP address, port and name to the reply."),),
)
def slowlog_get(ctx: Context, *words: bytes) -> list[list[object]]:
    """Return the newest entries of the slow log."""
    if len(words) > 1:
        raise CommandError("ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.")
    count = parse_int(words[0], BAD_COUNT) if words else DEFAULT_COUNT
    if count < -1:
        raise CommandError(BAD_COUNT)
    return [
        [each.number, each.when_s, each.duration_us, each.arguments, each.address, each.client_name]
        for each in ctx.node.slowlog.newest(count)
    ]


slowlog_group.help(
    (
        "GET [<count>]",
        "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
        "    Entries are made of:",
        "    id, timestamp, time in microseconds, arguments array, client IP and port,",
        "    client name",
        "LEN",
        "    Return the length of the slowlog.",
        "RESET",
        "    Reset the slowlog.",
    ),
    since="6.2.0",
)


@slowlog_group.command(
    ADMIN | LOADING | STALE,
    since="2.2.12",
    cost="O(1)",
    tips=("request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"),
)
def slowlog_len(ctx: Context) -> int:
    """Count the entries of the slow log."""
    return len(ctx.node.slowlog)


@slowlog_group.command(
    ADMIN | LOADING | STALE,
    since="2.2.12",
    cost="O(N)",
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
)
def slowlog_reset(ctx: Context) -> Status:
    """Remove all entries from the slow log."""
    ctx.node.slowlog.clear()
    return OK
