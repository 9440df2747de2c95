"""Connections that misbehave, and very many of them."""

from __future__ import annotations

import resource
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.commands.harness import CLOSED, Connection, Server, encode_command
from tests.compatibility.conftest import Launch

CONNECTIONS = 5_000
BIG = 1 << 20
# 100 MB of replies for one request each.
REPLIES = 100


@pytest.fixture(params=["", "portable"])
def front(request: pytest.FixtureRequest, launch: Launch, port: int) -> Iterator[int]:
    """The port of a server with either front."""
    launch("--port", str(port), REDPOLL_REACTOR=request.param).wait_until_ready()
    yield port


def reset(connection: Connection) -> None:
    """Hang up with a reset instead of an orderly end."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_a_slow_reader_gets_everything(front: int) -> None:
    with Connection(front) as slow, Connection(front) as other:
        slow.call([b"SET", b"big", b"x" * BIG])
        slow.send(*["GET big"] * REPLIES)
        # Meanwhile others are served.
        assert other.call("PING").value == b"PONG"
        for _ in range(REPLIES):
            assert len(slow.read().value) == BIG
        assert slow.call("PING").value == b"PONG"


def test_a_reader_that_never_reads_costs_what_the_limit_says(launch: Launch, port: int) -> None:
    launch("--port", str(port), "--client-output-buffer-limit", "normal 4mb 0 0").wait_until_ready()
    with Connection(port) as slow, Connection(port) as other:
        slow.call([b"SET", b"big", b"x" * BIG])
        slow.send(*["GET big"] * REPLIES)
        while b"cmd=get" in other.call("CLIENT LIST").value:
            pass
        got = 0
        while slow.read() != CLOSED:
            got += 1
        assert got < REPLIES
        assert other.call("PING").value == b"PONG"


def test_a_reset_in_the_middle_of_a_command(front: int) -> None:
    with Connection(front) as other:
        for size in range(1, 30):
            broken = Connection(front)
            broken.send_raw(encode_command([b"SET", b"k", b"v" * 1000])[:size])
            reset(broken)
            assert other.call("EXISTS k").value == 0


def test_a_reset_with_replies_unread(front: int) -> None:
    with Connection(front) as other:
        other.call([b"SET", b"big", b"x" * BIG])
        for _ in range(10):
            broken = Connection(front)
            broken.send(*["GET big"] * 20)
            broken.socket.recv(1)
            reset(broken)
        assert other.call("PING").value == b"PONG"
        while other.call("CLIENT LIST").value.count(b"\n") > 1:
            pass


def test_a_half_closed_connection_gets_its_replies(front: int) -> None:
    with Connection(front) as connection:
        connection.send("SET k v", "GET k")
        connection.socket.shutdown(socket.SHUT_WR)
        assert connection.read().value == b"OK"
        assert connection.read().value == b"v"
        assert connection.read() == CLOSED


def test_client_kill_of_itself(front: int) -> None:
    with Connection(front) as connection, Connection(front) as other:
        number = connection.call("CLIENT ID").value
        connection.send(f"CLIENT KILL ID {number} SKIPME no", "SET after kill")
        assert connection.read().value == 1
        assert connection.read() == CLOSED
        assert other.call("EXISTS after").value == 0


def test_client_kill_of_another(front: int) -> None:
    with Connection(front) as connection, Connection(front) as other:
        number = other.call("CLIENT ID").value
        assert connection.call(f"CLIENT KILL ID {number}").value == 1
        assert other.read() == CLOSED


def test_quit_answers_and_hangs_up(front: int) -> None:
    with Connection(front) as connection:
        connection.send("QUIT", "PING")
        assert connection.read().value == b"OK"
        assert connection.read() == CLOSED


def test_a_large_value_in_small_pieces(front: int) -> None:
    value = bytes(range(256)) * 40_000
    request = encode_command([b"SET", b"k", value])
    with Connection(front) as connection:
        for at in range(0, len(request), 65_537):
            connection.send_raw(request[at : at + 65_537])
        assert connection.read().value == b"OK"
        assert connection.call("GET k").value == value


def test_subscribers_get_what_others_publish(front: int) -> None:
    with Connection(front) as subscriber, Connection(front) as publisher:
        subscriber.call("SUBSCRIBE news")
        assert publisher.call("PUBLISH news hello").value == 1
        assert [each.value for each in subscriber.read().value] == [b"message", b"news", b"hello"]


def test_more_clients_than_maxclients_are_told(launch: Launch, port: int) -> None:
    launch("--port", str(port), "--maxclients", "2").wait_until_ready()
    with Connection(port) as first, Connection(port) as second:
        assert first.call("PING").value == second.call("PING").value == b"PONG"
        with Connection(port) as third:
            assert third.read().value == b"ERR max number of clients reached"
            assert third.read() == CLOSED
        assert b"rejected_connections:1\r\n" in first.call("INFO stats").value


def test_idle_clients_are_closed_after_the_timeout(launch: Launch, port: int) -> None:
    launch("--port", str(port), "--timeout", "1").wait_until_ready()
    with Connection(port) as idle, Connection(port) as subscriber:
        subscriber.call("SUBSCRIBE news")
        assert idle.call("PING").value == b"PONG"
        assert idle.read() == CLOSED
        assert subscriber.call("PING").kind == "*"


@pytest.mark.slow
def test_five_thousand_connections(launch: Launch, port: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 200
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"only {hard} open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    connections: list[Connection] = []
    try:
        launch("--port", str(port), "--tcp-backlog", "4096").wait_until_ready()
        for _ in range(CONNECTIONS):
            connections.append(Connection(port))
        for each in connections:
            each.send("INCR n")
        assert sorted(each.read().value for each in connections) == list(range(1, CONNECTIONS + 1))
        assert b"connected_clients:%d\r\n" % CONNECTIONS in connections[0].call("INFO clients").value
    finally:
        for each in connections:
            each.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_shutdown_under_load(launch: Launch, port: int) -> None:
    server = launch("--port", str(port)).wait_until_ready()
    answered = threading.Event()

    def load() -> None:
        try:
            with Connection(port) as connection:
                while True:
                    connection.send(*["INCR n"] * 100)
                    for _ in range(100):
                        if connection.read() == CLOSED:
                            return
                    answered.set()
        except OSError:
            return

    threads = [threading.Thread(target=load) for _ in range(8)]
    for each in threads:
        each.start()
    assert answered.wait(20)
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    for each in threads:
        each.join(20)
    assert "bye bye" in server.output


def test_the_shutdown_command(serve_redpoll: Callable[..., Server]) -> None:
    server = serve_redpoll()
    assert server.call("SHUTDOWN NOSAVE") == CLOSED
    assert server.process.wait(20) == 0


def test_protected_mode_keeps_the_loopback_open(launch: Launch, port: int) -> None:
    launch("--port", str(port), "--bind", "127.0.0.1", "--protected-mode", "yes").wait_until_ready()
    with Connection(port) as connection:
        assert connection.call("PING").value == b"PONG"


def test_config_set_moves_the_port(launch: Launch, port: int) -> None:
    from tests.commands.harness import free_port

    launch("--port", str(port)).wait_until_ready()
    other = free_port()
    with Connection(port) as connection:
        assert connection.call(f"CONFIG SET port {other}").value == b"OK"
        with Connection(other) as moved:
            assert moved.call("PING").value == b"PONG"
        with pytest.raises(ConnectionRefusedError):
            Connection(port)
        assert connection.call("PING").value == b"PONG"
