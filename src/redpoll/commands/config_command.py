"""CONFIG: the settings of a running node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.declare import ADMIN, LOADING, NOSCRIPT, STALE, Family
from redpoll.dispatch.locality import is_local
from redpoll.errors import CommandError
from redpoll.replies import OK, Status

if TYPE_CHECKING:
    from redpoll.native.executor import Context

server = Family("server")
FAMILIES = (server,)

EVERYWHERE = ("request_policy:all_nodes", "response_policy:all_succeeded")

config_group = server.container(
    "config", summary="A container for server configuration commands.", since="2.0.0", cost="Depends on subcommand."
)


@config_group.command(
    ADMIN | NOSCRIPT | LOADING | STALE,
    since="2.0.0",
    cost="O(N)",
    syntax="parameter...",
    history=(("7.0.0", "Added the ability to pass multiple pattern parameters in one call"),),
    arity=-3,
)
def config_get(ctx: Context, *patterns: bytes) -> dict[bytes, bytes]:
    """Return the settings that match any of the patterns."""
    found: dict[bytes, bytes] = ctx.node.config.get_globs(patterns)
    return found


config_group.help(
    (
        "GET <pattern>",
        "    Return parameters matching the glob-like <pattern> and their values.",
        "SET <directive> <value>",
        "    Set the configuration <directive> to <value>.",
        "RESETSTAT",
        "    Reset statistics reported by the INFO command.",
        "REWRITE",
        "    Rewrite the configuration file.",
    )
)


@config_group.command(ADMIN | NOSCRIPT | LOADING | STALE, since="2.0.0", cost="O(1)", tips=EVERYWHERE)
def config_resetstat(ctx: Context) -> Status:
    """Reset the server's statistics."""
    ctx.node.stats.reset()
    return OK


@config_group.command(ADMIN | NOSCRIPT | LOADING | STALE, since="2.8.0", cost="O(1)", tips=EVERYWHERE)
def config_rewrite(ctx: Context) -> Status:
    """Write the settings in effect to the configuration file."""
    try:
        ctx.node.config.rewrite()
    except CommandError as error:
        ctx.node.log.warning("CONFIG REWRITE failed: %s", str(error))
        raise
    ctx.node.log.notice("CONFIG REWRITE executed with success.")
    return OK


@config_group.command(
    ADMIN | NOSCRIPT | LOADING | STALE,
    since="2.0.0",
    cost="O(N)",
    syntax="data:(parameter value)...",
    tips=EVERYWHERE,
    history=(("7.0.0", "Added the ability to set multiple parameters in one call."),),
    arity=-4,
)
def config_set(ctx: Context, *words: bytes) -> Status:
    """Change settings, all of them or none."""
    ctx.node.config.set_many(words, is_local(ctx.client))
    return OK
