"""What a server is asked as a whole: its time, its role, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.declare import (
    ADMIN,
    ALLOW_BUSY,
    FAST,
    LOADING,
    NO_MULTI,
    NOSCRIPT,
    STALE,
    Family,
)
from redpoll.errors import CommandError, SyntaxFault
from redpoll.replies import NO_REPLY, OK, Status

if TYPE_CHECKING:
    from redpoll.native.executor import Context

server = Family("server")
FAMILIES = (server,)

CANNOT_SHUT_DOWN = "ERR Errors trying to SHUTDOWN. Check logs."
SHUTDOWN_WORDS = frozenset((b"NOSAVE", b"SAVE", b"NOW", b"FORCE", b"SAFE", b"FAILOVER", b"ABORT"))


@server.command(
    LOADING | STALE | FAST,
    since="1.0.0",
    cost="O(1)",
    categories=("@admin", "@dangerous"),
    tips=("nondeterministic_output",),
)
def lastsave(ctx: Context) -> int:
    """Return when the data was last known to be on disk; without persistence that is the start."""
    return int(ctx.node.started_ms // 1000)


@server.command(NOSCRIPT | LOADING | STALE | FAST, since="2.8.12", cost="O(1)", categories=("@admin", "@dangerous"))
def role(ctx: Context) -> list[object]:
    """Return the role in replication: a master, its offset, its replicas."""
    return [b"master", 0, []]


@server.command(
    ADMIN | NOSCRIPT | LOADING | STALE | NO_MULTI | ALLOW_BUSY,
    since="1.0.0",
    cost="O(N)",
    syntax=(
        "abort-selector:[save-selector-block:(save-selector:[NOSAVE | SAVE] [NOW@7.0.0] [FORCE@7.0.0] "
        "[SAFE@9.0.0] [FAILOVER@9.0.0]) | ABORT@7.0.0]"
    ),
    history=(
        ("7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers."),
        ("9.0.0", "Added the `SAFE` and `FAILOVER` modifiers."),
    ),
)
def shutdown(ctx: Context, *words: bytes) -> object:
    """End the server in order."""
    wanted = {word.upper() for word in words}
    if not wanted <= SHUTDOWN_WORDS or {b"SAVE", b"NOSAVE"} <= wanted or (b"ABORT" in wanted and len(wanted) > 1):
        raise SyntaxFault()
    running = ctx.node.server
    if b"ABORT" in wanted:
        return _abort_shutdown(running)
    save = True if b"SAVE" in wanted else False if b"NOSAVE" in wanted else None
    if running is None or not running.shutdown(save=save, now=b"NOW" in wanted, force=b"FORCE" in wanted):
        raise CommandError(CANNOT_SHUT_DOWN)
    return NO_REPLY


def _abort_shutdown(running: object) -> Status:
    abort = getattr(running, "abort_shutdown", None)
    if abort is None or not abort():
        raise CommandError("ERR No shutdown in progress.")
    return OK


@server.command(LOADING | STALE | FAST, since="2.6.0", cost="O(1)", tips=("nondeterministic_output",))
def time(ctx: Context) -> list[bytes]:
    """Return the time: seconds since the Unix epoch, and microseconds."""
    seconds, microseconds = divmod(ctx.node.clock.now_us(), 1_000_000)
    return [b"%d" % seconds, b"%d" % microseconds]
