"""LATENCY: spikes of latency, and how long commands take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from redpoll.dispatch.declare import ADMIN, LOADING, NOSCRIPT, STALE, Family
from redpoll.dispatch.latency_report import analysis, graph
from redpoll.errors import CommandError
from redpoll.native.command_entry import CommandEntry
from redpoll.replies import MapReply, Verbatim

if TYPE_CHECKING:
    from redpoll.native.executor import Context

server = Family("server")
FAMILIES = (server,)

FLAGS = ADMIN | NOSCRIPT | LOADING | STALE
EVERYWHERE = ("nondeterministic_output", "request_policy:all_nodes", "response_policy:special")

latency_group = server.container(
    "latency", summary="A container for latency diagnostics commands.", since="2.8.13", cost="Depends on subcommand."
)


@latency_group.command(FLAGS, since="2.8.13", cost="O(1)", tips=EVERYWHERE)
def latency_doctor(ctx: Context) -> Verbatim:
    """Return a report of the latency spikes, with advice."""
    node = ctx.node
    text = analysis(node.latency, node.config.get("slowlog-log-slower-than"), ctx.now_ms // 1000)
    return Verbatim(text.encode())


@latency_group.command(FLAGS, since="2.8.13", cost="O(1)", syntax="event", tips=EVERYWHERE)
def latency_graph(ctx: Context, event: bytes) -> Verbatim:
    """Return a graph of the latency spikes of an event."""
    history = ctx.node.latency.events.get(event)
    if history is None:
        raise CommandError(b"ERR No samples available for event '" + event + b"'")
    return Verbatim(graph(event, history, ctx.now_ms // 1000).encode())


latency_group.help(
    (
        "DOCTOR",
        "    Return a human readable latency analysis report.",
        "GRAPH <event>",
        "    Return an ASCII latency graph for the <event> class.",
        "HISTORY <event>",
        "    Return time-latency samples for the <event> class.",
        "LATEST",
        "    Return the latest latency samples for all events.",
        "RESET [<event> ...]",
        "    Reset latency data of one or more <event> classes.",
        "    (default: reset all data for all event classes)",
        "HISTOGRAM [COMMAND ...]",
        "    Return a cumulative distribution of latencies in the format of a histogram for the specified command "
        "names.",
        "    If no commands are specified then all histograms are replied.",
    ),
    since="2.8.13",
)


@latency_group.command(FLAGS, since="7.0.0", cost="O(N)", syntax="[command...]", tips=EVERYWHERE)
def latency_histogram(ctx: Context, *names: bytes) -> MapReply:
    """Return how long commands took, as cumulative distributions."""
    executor = ctx.node.executor
    entries: Iterable[CommandEntry | None] = map(executor.lookup, names) if names else executor.all_entries()
    reply = MapReply()
    for named in entries:
        if named is None:
            continue
        for entry in (named, *(named.subcommands or {}).values()):
            if entry.calls:
                reply += (entry.name, {b"calls": entry.calls, b"histogram_usec": entry.latency_histogram()})
    return reply


@latency_group.command(FLAGS, since="2.8.13", cost="O(1)", syntax="event", tips=EVERYWHERE)
def latency_history(ctx: Context, event: bytes) -> list[Any]:
    """Return when an event had latency spikes, and how long they were."""
    history = ctx.node.latency.events.get(event)
    return [] if history is None else [list(spike) for spike in history.spikes]


@latency_group.command(FLAGS, since="2.8.13", cost="O(1)", tips=EVERYWHERE)
def latency_latest(ctx: Context) -> list[Any]:
    """Return the latest latency spike of every event."""
    return [
        [event, *history.spikes[-1], history.longest_ms, history.total_ms, history.count]
        for event, history in ctx.node.latency.events.items()
    ]


@latency_group.command(
    FLAGS,
    since="2.8.13",
    cost="O(1)",
    syntax="[event...]",
    tips=("request_policy:all_nodes", "response_policy:agg_sum"),
)
def latency_reset(ctx: Context, *events: bytes) -> int:
    """Forget the latency spikes of some events, or of all."""
    forgotten: int = ctx.node.latency.forget(events)
    return forgotten
