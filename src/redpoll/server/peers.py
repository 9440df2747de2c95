"""Who is at the other end of a connection, in the words CLIENT LIST uses."""

from __future__ import annotations

import socket
from typing import Any, NamedTuple


class Peer(NamedTuple):
    """Both ends of a connection."""

    # The peer's address alone, empty for a Unix socket.
    host: str
    address: bytes
    local_address: bytes


def peer_of(connection: socket.socket) -> Peer:
    """Look at both ends of a connection."""
    return describe(connection.family, connection.getpeername(), connection.getsockname())


def describe(family: int, remote: Any, local: Any) -> Peer:
    """Put two socket addresses into words."""
    if family == getattr(socket, "AF_UNIX", None):
        path = local if isinstance(local, bytes) else str(local or "").encode()
        return Peer("", path + b":0", path + b":0")
    return Peer(remote[0], _join(remote), _join(local))


def _join(address: tuple[str, int]) -> bytes:
    host, port = address[0], address[1]
    return (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").encode()
