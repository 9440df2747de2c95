"""Open files: how many clients the operating system lets the server have."""

from __future__ import annotations

import resource
from collections.abc import Callable

# Files the server needs beside its clients: listening sockets, log, snapshots, its own epoll descriptors.
RESERVED_FILES = 32

# An attempt lower than the last one by this many, until one is granted.
_STEP = 16


class TooFewFiles(Exception):
    """Not even one client could be served."""


def adjust_open_files(clients_max: int, warn: Callable[[str], None], notice: Callable[[str], None]) -> int:
    """Raise the open-file limit to what `clients_max` needs; returns how many clients there can be."""
    needed = clients_max + RESERVED_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return clients_max
    granted, why = _raise_limit(soft, hard, needed)
    if granted >= needed:
        notice(f"Increased maximum number of open files to {needed} (it was originally set to {soft}).")
        return clients_max
    possible = granted - RESERVED_FILES
    if possible < 1:
        raise TooFewFiles(
            f"Your current 'ulimit -n' of {soft} is not enough for the server to start. "
            f"Please increase your open file limit to at least {needed}. Exiting."
        )
    warn(f"You requested maxclients of {clients_max} requiring at least {needed} max file descriptors.")
    warn(f"Server can't set maximum open files to {needed} because of OS error: {why}.")
    warn(
        f"Current maximum open files is {granted}. maxclients has been reduced to {possible} to compensate for "
        "low ulimit. If you need higher maxclients increase 'ulimit -n'."
    )
    return possible


def _raise_limit(soft: int, hard: int, needed: int) -> tuple[int, str]:
    why = ""
    wanted = needed
    while wanted > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted) if hard >= 0 else hard))
        except (OSError, ValueError):
            # Both are how Python reports a refusal; the words are the operating system's for it.
            why = "Operation not permitted"
            wanted -= _STEP
        else:
            return wanted, why
    return soft, why


def clients_possible() -> int:
    """How many clients the present limit allows."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 2**31 if soft == resource.RLIM_INFINITY else max(0, soft - RESERVED_FILES)
