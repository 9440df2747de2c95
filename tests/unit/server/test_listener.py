"""Listening sockets and what they say of themselves."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from redpoll.server.listener import Listener, ListenFailed, check_backlog, open_tcp, open_unix


def open_here(addresses: list[str], port: int) -> tuple[Listener, list[str]]:
    warnings: list[str] = []
    return open_tcp(addresses, port, 16, warnings.append), warnings


def test_every_address_is_listened_on(port: int) -> None:
    listener, warnings = open_here(["127.0.0.1", "127.0.0.2"], port)
    try:
        for address in ("127.0.0.1", "127.0.0.2"):
            socket.create_connection((address, port)).close()
        assert warnings == []
        assert listener.info() == f"name=tcp,bind=127.0.0.1,bind=127.0.0.2,port={port}"
    finally:
        listener.close()


def test_an_optional_address_may_be_missing(port: int) -> None:
    listener, warnings = open_here(["127.0.0.1", "-192.0.2.1"], port)
    listener.close()
    assert warnings == [
        f"Warning: Could not create server TCP listening socket 192.0.2.1:{port}: bind: Cannot assign requested address"
    ]


def test_other_addresses_may_not(port: int) -> None:
    with pytest.raises(ListenFailed, match=rf"^Failed listening on port {port} \(tcp\), aborting\.$"):
        open_here(["127.0.0.1", "192.0.2.1"], port)
    # Nothing stays open behind the failure.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_taken_port_is_a_failure_even_of_an_optional_address(port: int) -> None:
    taken, _ = open_here(["127.0.0.1"], port)
    with pytest.raises(ListenFailed):
        open_here(["-127.0.0.1"], port)
    taken.close()


def test_accepted_sockets_inherit_keepalive_and_no_delay(port: int) -> None:
    listener, _ = open_here(["127.0.0.1"], port)
    listener.set_keepalive(300)
    listener.sockets[0].setblocking(True)
    with socket.create_connection(("127.0.0.1", port)):
        accepted, _ = listener.sockets[0].accept()
        with accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 300
    listener.close()


def test_a_unix_socket_has_its_permissions_and_is_removed(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    listener = open_unix(path, 0o600, 16)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert listener.info() == f"name=unix,bind={path}"
    listener.close()
    assert not os.path.exists(path)


def test_a_file_that_is_no_socket_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("data")
    with pytest.raises(ListenFailed, match="Failed opening Unix socket: bind: Address already in use"):
        open_unix(str(path), 0, 16)
    assert path.read_text() == "data"


def test_a_backlog_above_the_kernels_is_reported() -> None:
    assert check_backlog(1) is None
    warning = check_backlog(1 << 30)
    assert warning is None or "cannot be enforced because /proc/sys/net/core/somaxconn" in warning
