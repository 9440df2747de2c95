"""Every command, one module per family; the modules do not import each other. This list is the only register."""

from __future__ import annotations

from importlib import import_module

from redpoll.dispatch.declare import Family

MODULES: tuple[str, ...] = (
    "strings",
    "bitmaps",
    "hyperloglog",
    "hashes",
    "lists",
    "sets",
    "sorted_sets",
    "sorted_set_ranges",
    "sorted_set_algebra",
    "string_ranges",
    "keys",
    "scan",
    "expiry",
    "databases",
    "object_",
    "sort",
    "wait",
    "transactions",
    "pubsub",
    "connection",
    "client",
    "server",
    "info",
    "config_command",
    "command",
    "debug",
    "memory",
    "latency",
    "slowlog",
    "lolwut",
)


def families() -> tuple[Family, ...]:
    """The families of every module, in the order of the list."""
    # Imported here, not above: a module of this package may be imported alone, without all the others.
    return tuple(family for module in MODULES for family in import_module(f"{__name__}.{module}").FAMILIES)
