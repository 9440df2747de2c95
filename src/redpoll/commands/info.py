"""INFO: everything there is to know about a node, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.declare import LOADING, STALE, Family
from redpoll.dispatch.info_sections import DEFAULT, chosen, render
from redpoll.replies import Verbatim

if TYPE_CHECKING:
    from redpoll.native.executor import Context

server = Family("server")
FAMILIES = (server,)


@server.command(
    LOADING | STALE,
    since="1.0.0",
    cost="O(1)",
    syntax="[section...]",
    categories=("@dangerous",),
    tips=("nondeterministic_output", "request_policy:all_shards", "response_policy:special"),
    history=(("7.0.0", "Added support for taking multiple section arguments."),),
)
def info(ctx: Context, *sections: bytes) -> Verbatim:
    """Return information and statistics about the server."""
    names = [section.decode("utf-8", "surrogateescape") for section in sections]
    text = render(ctx.node, chosen(names) if names else DEFAULT)
    return Verbatim(text.encode("utf-8", "surrogateescape"))
