"""MEMORY: where the memory goes."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from redpoll.dispatch.arguments import Cursor
from redpoll.dispatch.declare import LOADING, READONLY, RO, Family, Key
from redpoll.dispatch.memory_report import MemoryReport, memory_report, ratio, readable
from redpoll.errors import SyntaxFault
from redpoll.native import memory
from redpoll.replies import OK, Status, Verbatim

if TYPE_CHECKING:
    from redpoll.native.executor import Context

server = Family("server")
FAMILIES = (server,)

EVERY_SHARD = ("nondeterministic_output", "request_policy:all_shards", "response_policy:special")
DEPENDS = "Depends on how much memory is allocated, could be slow"

# Below this there is nothing to find out about: every figure is noise.
DIAGNOSIS_BYTES_MIN = 5 << 20
WORRYING_PEAK = 1.5
WORRYING_FRAGMENTATION = 1.4
WORRYING_CLIENT_BYTES = 200 << 10
LAZY_FREE_BUDGET = 1 << 16

memory_group = server.container(
    "memory", summary="A container for memory diagnostics commands.", since="4.0.0", cost="Depends on subcommand."
)


@memory_group.command(since="4.0.0", cost="O(1)", tips=EVERY_SHARD)
def memory_doctor(ctx: Context) -> Verbatim:
    """Return a report of what is wrong with the memory."""
    return Verbatim(_diagnosis(memory_report(ctx.node), len(ctx.node.clients)).encode())


def _diagnosis(report: MemoryReport, client_count: int) -> str:
    if report.used - report.startup < DIAGNOSIS_BYTES_MIN:
        return (
            "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these "
            "conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be "
            "back to our programming as soon as I finished rebooting.\n"
        )
    found = []
    if report.peak > report.used * WORRYING_PEAK:
        found.append(
            f" * Peak memory: once {readable(report.peak)} were in use, now {readable(report.used)}. What was freed "
            "is used again before more is asked from the system."
        )
    if report.active > report.allocated * WORRYING_FRAGMENTATION:
        found.append(
            f" * Fragmentation: {readable(report.active)} of slabs hold {readable(report.allocated)} of data. Many "
            "keys of one size were removed; new ones of that size fill the gaps."
        )
    if client_count and report.clients / client_count > WORRYING_CLIENT_BYTES:
        found.append(
            f" * Big buffers: clients hold {readable(report.clients // client_count)} each on average. Look for slow "
            "readers in CLIENT LIST, field tot-mem."
        )
    if not found:
        return (
            "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n"
        )
    lines = "\n\n".join(found)
    return f"Sam, I detected a few issues in this Redpoll instance memory implants:\n\n{lines}\n"


memory_group.help(
    (
        "DOCTOR",
        "    Return memory problems reports.",
        "MALLOC-STATS",
        "    Return internal statistics report from the memory allocator.",
        "PURGE",
        "    Attempt to purge dirty pages for reclamation by the allocator.",
        "STATS",
        "    Return information about the memory usage of the server.",
        "USAGE <key> [SAMPLES <count>]",
        "    Return memory in bytes used by <key> and its value. Nested values are",
        "    sampled up to <count> times (default: 5, 0 means sample all).",
    ),
    since="4.0.0",
)


@memory_group.command(LOADING, since="4.0.0", cost=DEPENDS, tips=EVERY_SHARD)
def memory_malloc_stats(ctx: Context) -> bytes:
    """Return the figures of the allocator."""
    lines = [f"{name}: {value}" for name, value in memory.stats().items()]
    return "\n".join(["Slab allocator of keys and values", *lines, ""]).encode()


@memory_group.command(
    LOADING, since="4.0.0", cost=DEPENDS, tips=("request_policy:all_shards", "response_policy:all_succeeded")
)
def memory_purge(ctx: Context) -> Status:
    """Give freed memory back to the system."""
    while ctx.keyspace.lazy_free_step(LAZY_FREE_BUDGET):
        pass
    # Slabs go back as they become free; what the C library keeps has to be asked for, and only glibc can be.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    return OK


@memory_group.command(since="4.0.0", cost="O(1)", tips=EVERY_SHARD)
def memory_stats(ctx: Context) -> dict[bytes, Any]:
    """Return where the memory goes, in figures."""
    report = memory_report(ctx.node)
    stats: dict[bytes, Any] = {
        b"peak.allocated": report.peak,
        b"total.allocated": report.used,
        b"startup.allocated": report.startup,
        b"replication.backlog": 0,
        b"replicas.repl.buffer": 0,
        b"clients.slaves": 0,
        b"clients.normal": report.clients,
        b"cluster.links": 0,
        b"aof.buffer": 0,
        b"lua.caches": 0,
        b"functions.caches": 0,
    }
    for each in report.databases:
        stats[b"db.%d" % each.index] = {
            b"overhead.hashtable.main": each.table_bytes,
            b"overhead.hashtable.expires": each.deadlines_bytes,
        }
    return stats | _totals(report)


def _totals(report: MemoryReport) -> dict[bytes, Any]:
    data = report.used - report.startup
    return {
        b"overhead.total": report.overhead,
        b"overhead.db.hashtable.lut": sum(each.table_bytes for each in report.databases),
        b"overhead.db.hashtable.rehashing": report.rehashing_bytes,
        b"db.dict.rehashing.count": report.rehashing_count,
        b"keys.count": report.key_count,
        b"keys.bytes-per-key": data // report.key_count if report.key_count else 0,
        b"dataset.bytes": report.dataset,
        b"dataset.percentage": report.dataset_percent,
        b"peak.percentage": report.peak_percent,
        b"allocator.allocated": report.allocated,
        b"allocator.active": report.active,
        b"allocator.resident": report.held,
        b"allocator.muzzy": 0,
        b"allocator-fragmentation.ratio": ratio(report.active, report.allocated),
        b"allocator-fragmentation.bytes": report.active - report.allocated,
        b"allocator-rss.ratio": ratio(report.held, report.active),
        b"allocator-rss.bytes": report.held - report.active,
        b"rss-overhead.ratio": ratio(report.resident, report.held),
        b"rss-overhead.bytes": report.resident - report.held,
        b"fragmentation": ratio(report.resident, report.used),
        b"fragmentation.bytes": report.resident - report.used,
    }


@memory_group.command(
    READONLY, key=Key(RO, begin=2), since="4.0.0", cost="O(N)", syntax="key [SAMPLES count]", arity=-3
)
def memory_usage(ctx: Context, key: bytes, *options: bytes) -> int | None:
    """Estimate the memory a key takes, in bytes."""
    cursor = Cursor(options)
    while cursor.more:
        # A value knows its size: there is nothing to sample, but the option must be sound.
        if not cursor.take_token(b"SAMPLES", following=1) or cursor.next_int() < 0:
            raise SyntaxFault()
    usage: int | None = ctx.db.memory_usage(key)
    return usage
