"""What the operating system says of this process: memory and processor time."""

from __future__ import annotations

import os
import resource
import sys
from typing import NamedTuple

PAGE_BYTES = resource.getpagesize()
# Linux counts ru_maxrss in KiB, macOS in bytes.
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


class ProcessorTime(NamedTuple):
    """Seconds of processor time."""

    system: float
    user: float


def resident_bytes() -> int:
    """Bytes of memory this process has in RAM; where that is not told, the most it ever had."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * PAGE_BYTES
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_UNIT


def system_memory_bytes() -> int:
    """Bytes of RAM of this machine."""
    return os.sysconf("SC_PHYS_PAGES") * PAGE_BYTES


def own_time() -> ProcessorTime:
    """Time of all threads of this process."""
    return _time_of(resource.RUSAGE_SELF)


def children_time() -> ProcessorTime:
    """Time of children that have ended."""
    return _time_of(resource.RUSAGE_CHILDREN)


def thread_time() -> ProcessorTime:
    """Time of the calling thread, the one that executes commands."""
    return _time_of(getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF))


def _time_of(who: int) -> ProcessorTime:
    usage = resource.getrusage(who)
    return ProcessorTime(usage.ru_stime, usage.ru_utime)
