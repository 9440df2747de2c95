"""Where the memory goes: the figures that INFO memory, MEMORY STATS and MEMORY DOCTOR share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redpoll.dispatch.clients import CLIENT_BYTES
from redpoll.dispatch.process_figures import resident_bytes
from redpoll.native import memory

SLAB_BYTES = 65536
WARM_SLABS = 16
BUCKET_BYTES = 64
DEADLINE_BYTES = 16


@dataclass(frozen=True)
class DatabaseOverhead:
    """Bytes of one database beside its records."""

    index: int
    table_bytes: int
    deadlines_bytes: int
    rehashing_bytes: int


@dataclass(frozen=True)
class MemoryReport:
    """Bytes by purpose."""

    startup: int
    allocated: int
    active: int
    held: int
    resident: int
    clients: int
    peak: int
    key_count: int
    databases: tuple[DatabaseOverhead, ...]

    @property
    def used(self) -> int:
        """Everything in use: the program, the data, the buffers of clients."""
        return self.startup + self.allocated + self.clients

    @property
    def overhead(self) -> int:
        """What is neither a key nor a value."""
        tables = sum(each.table_bytes + each.deadlines_bytes for each in self.databases)
        return self.startup + self.clients + tables

    @property
    def dataset(self) -> int:
        """Keys and values."""
        return max(0, self.used - self.overhead)

    @property
    def dataset_percent(self) -> float:
        """The data's part in what came after the start."""
        grown = self.used - self.startup
        return 100.0 * self.dataset / grown if grown > 0 else 0.0

    @property
    def peak_percent(self) -> float:
        """What is used now, of the most that ever was."""
        return 100.0 * self.used / self.peak if self.peak else 0.0

    @property
    def rehashing_count(self) -> int:
        """Tables that are being resized."""
        return sum(1 for each in self.databases if each.rehashing_bytes)

    @property
    def rehashing_bytes(self) -> int:
        """What the tables being resized take twice."""
        return sum(each.rehashing_bytes for each in self.databases)


def memory_report(node: Any) -> MemoryReport:
    """Look at a node's memory now."""
    keyspace, statistics = node.keyspace, node.stats
    figures = memory.stats()
    allocated = keyspace.memory_used()
    buffers = sum(each.query_buffer_capacity + each.output_buffer_capacity for each in node.clients.values())
    clients = len(node.clients) * CLIENT_BYTES + buffers
    statistics.note_memory(statistics.startup_bytes + allocated + clients)
    databases = [keyspace[index] for index in range(len(keyspace))]
    return MemoryReport(
        startup=statistics.startup_bytes,
        allocated=allocated,
        active=(figures["slabs"] - figures["free_slabs"]) * SLAB_BYTES + figures["large_bytes"],
        # Of free slabs a few stay resident; the pages of the others went back to the system.
        held=(figures["slabs"] - max(0, figures["free_slabs"] - WARM_SLABS)) * SLAB_BYTES + figures["large_bytes"],
        resident=resident_bytes(),
        clients=clients,
        peak=statistics.peak_bytes,
        key_count=sum(map(len, databases)),
        databases=tuple(_overhead_of(each) for each in databases if len(each)),
    )


def _overhead_of(db: Any) -> DatabaseOverhead:
    table = db.table_stats()
    buckets = table["buckets"] + table["target"] + table["children"]
    return DatabaseOverhead(
        index=db.index,
        table_bytes=buckets * BUCKET_BYTES,
        deadlines_bytes=db.volatile_count * DEADLINE_BYTES,
        rehashing_bytes=table["target"] * BUCKET_BYTES,
    )


def ratio(part: float, whole: float) -> float:
    """A quotient that is 0 where there is nothing to divide by."""
    return part / whole if whole else 0.0


def readable(count: int) -> str:
    """Bytes with a unit: 512B, 1.50K, 2.00G."""
    units = "BKMGTP"
    power = 0 if count < 1 else min((count.bit_length() - 1) // 10, len(units) - 1)
    return f"{count / (1 << 10 * power):.2f}{units[power]}" if power else f"{count}B"
