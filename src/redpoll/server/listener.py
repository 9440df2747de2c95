"""Listening sockets: TCP on several addresses, and a Unix socket."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Callable, Sequence
from typing import Any

# Errors of bind() that an address of an optional kind (prefix `-`) may end in.
_UNAVAILABLE = frozenset({"EADDRNOTAVAIL", "EAFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "EPFNOSUPPORT"})


class ListenFailed(Exception):
    """No socket could be opened; the text is the log's."""


class Listener:
    """The sockets of one kind of connection, `tcp` or `unix`."""

    def __init__(self, name: str, addresses: Sequence[str], port: int, sockets: list[socket.socket]) -> None:
        self.name = name
        self.addresses = tuple(addresses)
        self.port = port
        self.sockets = sockets

    def info(self) -> str:
        """What INFO says of it."""
        binds = "".join(f",bind={address}" for address in self.addresses)
        port = f",port={self.port}" if self.name == "tcp" else ""
        return f"name={self.name}{binds}{port}"

    def set_keepalive(self, seconds: int) -> None:
        """Probe idle connections after `seconds`; accepted sockets inherit this from the listening one."""
        if self.name == "tcp":
            for each in self.sockets:
                set_keepalive(each, seconds)

    def close(self, remove: bool = True) -> None:
        """Accept nothing more, and remove the file of a Unix socket."""
        for each in self.sockets:
            each.close()
        self.sockets = []
        if remove and self.name == "unix":
            with contextlib.suppress(OSError):
                os.unlink(self.addresses[0])


def set_keepalive(connection: socket.socket, seconds: int) -> None:
    """Let the operating system probe a silent peer: first after `seconds`, then three times, a third of it apart."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, int(seconds > 0))
    if seconds > 0 and hasattr(socket, "TCP_KEEPIDLE"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, max(1, seconds // 3))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)


def open_tcp(addresses: Sequence[str], port: int, backlog: int, warn: Callable[[str], None]) -> Listener:
    """Listen on every address; one with the prefix `-` may be missing on this machine."""
    sockets: list[socket.socket] = []
    for address in addresses:
        optional, host = address.startswith("-"), address.removeprefix("-")
        try:
            sockets.extend(_bind_all(host, port, backlog))
        except OSError as error:
            warn(f"Warning: Could not create server TCP listening socket {host}:{port}: {_reason(error)}")
            if optional and _name(error) in _UNAVAILABLE:
                continue
            for each in sockets:
                each.close()
            raise ListenFailed(f"Failed listening on port {port} (tcp), aborting.") from error
    if not sockets:
        raise ListenFailed(f"Failed listening on port {port} (tcp), aborting.")
    return Listener("tcp", addresses, port, sockets)


def _bind_all(host: str, port: int, backlog: int) -> list[socket.socket]:
    if host == "*":
        return [_listen(socket.AF_INET, ("0.0.0.0", port), backlog)]
    if host == "::*":
        return [_listen(socket.AF_INET6, ("::", port), backlog)]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise OSError(error.errno, error.strerror) from error
    family, _, _, _, target = found[0]
    return [_listen(family, target, backlog)]


def _listen(family: int, target: Any, backlog: int) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setblocking(False)
        if family != socket.AF_UNIX:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(target)
        listening.listen(backlog)
    except BaseException:
        listening.close()
        raise
    return listening


def open_unix(path: str, permissions: int, backlog: int) -> Listener:
    """Listen on a Unix socket; a socket file left there by an earlier server is replaced."""
    with contextlib.suppress(OSError):
        if stat.S_ISSOCK(os.stat(path).st_mode):
            os.unlink(path)
    try:
        listening = _listen(socket.AF_UNIX, path, backlog)
        if permissions:
            os.chmod(path, permissions)
    except OSError as error:
        raise ListenFailed(f"Failed opening Unix socket: {_reason(error)}") from error
    return Listener("unix", (path,), 0, [listening])


def _reason(error: OSError) -> str:
    if isinstance(error.__cause__, socket.gaierror):
        return str(error.strerror)
    return f"bind: {os.strerror(error.errno)}" if error.errno else str(error)


def _name(error: OSError) -> str:
    if isinstance(error.__cause__, socket.gaierror):
        return "EADDRNOTAVAIL"
    return errno.errorcode.get(error.errno or 0, "")


def check_backlog(backlog: int) -> str | None:
    """The warning to log where the kernel's own limit cuts the accept queue."""
    try:
        with open("/proc/sys/net/core/somaxconn", encoding="ascii") as file:
            limit = int(file.read())
    except (OSError, ValueError):
        return None
    if limit >= backlog:
        return None
    return (
        f"WARNING: The TCP backlog setting of {backlog} cannot be enforced because "
        f"/proc/sys/net/core/somaxconn is set to the lower value of {limit}."
    )
