"""Addresses in the words of CLIENT LIST."""

from __future__ import annotations

import socket

import pytest

from redpoll.server.peers import Peer, describe
from redpoll.server.protected import is_local


@pytest.mark.parametrize(
    "family, remote, local, peer",
    [
        (socket.AF_INET, ("127.0.0.1", 5), ("127.0.0.1", 6379), Peer("127.0.0.1", b"127.0.0.1:5", b"127.0.0.1:6379")),
        (socket.AF_INET6, ("::1", 5, 0, 0), ("::1", 6379, 0, 0), Peer("::1", b"[::1]:5", b"[::1]:6379")),
        (socket.AF_UNIX, "", "/run/s", Peer("", b"/run/s:0", b"/run/s:0")),
    ],
)
def test_both_ends_are_described(family: int, remote: object, local: object, peer: Peer) -> None:
    assert describe(family, remote, local) == peer


@pytest.mark.parametrize(
    "host, local",
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("", True), ("192.0.2.1", False), ("2001:db8::1", False)],
)
def test_only_the_loopback_is_local(host: str, local: bool) -> None:
    assert is_local(host) is local
