"""Being a process among others: background, pid file, supervisors."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Callable, Mapping

# Where a daemon writes its pid if it is not told where.
DAEMON_PID_FILE = "/var/run/redis.pid"


def go_to_background() -> None:
    """Leave the terminal: the caller goes on in a child, and the process that was started ends."""
    if os.fork():
        os._exit(0)
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    if null > 2:
        os.close(null)


def write_pid_file(path: str, warn: Callable[[str], None]) -> bool:
    """Write the pid; a server runs without the file where it cannot."""
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(f"{os.getpid()}\n")
    except OSError as error:
        warn(f"Failed to write PID file: {os.strerror(error.errno or 0)}")
        return False
    return True


def remove_pid_file(path: str) -> None:
    """The reverse."""
    with contextlib.suppress(OSError):
        os.unlink(path)


def supervisor(setting: str, environment: Mapping[str, str]) -> str:
    """Who supervises this process, of `no`, `systemd` and `upstart`, as the setting says or the environment shows."""
    if setting in ("systemd", "auto") and environment.get("NOTIFY_SOCKET"):
        return "systemd"
    if setting in ("upstart", "auto") and environment.get("UPSTART_JOB"):
        return "upstart"
    return "no"


def notify_supervisor(kind: str, environment: Mapping[str, str], state: str) -> None:
    """Tell the supervisor that the server is ready, or ends."""
    if kind == "systemd":
        address = environment["NOTIFY_SOCKET"]
        # An at sign stands for the zero byte of an abstract socket's name.
        name = "\0" + address[1:] if address.startswith("@") else address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
            connection.sendto(state.encode(), name)
    elif kind == "upstart" and state.startswith("READY"):
        os.kill(os.getpid(), signal.SIGSTOP)
