"""Commands that wait: what several connections see of each other, as on a real server; time; and a plain model."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from redpoll.clock import ManualClock
from redpoll.native.client import Client
from tests.commands.harness import Connection, Reply, Server, Words
from tests.commands.test_sessions import READ, Step, commands, play, replies_of, send, together
from tests.nodes import embedded_node, feed

LISTS: dict[str, list[Step]] = {
    "who came first is served first": [
        (1, send("BLPOP k 0")), (2, send("BRPOP k 0")), (3, send("BLMPOP 0 1 k LEFT COUNT 10")), (4, send("BLPOP k 0")),
        (5, "RPUSH k 1 2 3 4 5"), (1, READ), (2, READ), (3, READ), (5, "CLIENT UNBLOCK {4}"), (4, READ),
    ],
    "each of several keys counts": [
        (1, send("BLPOP a b c 0")), (2, send("BLPOP c 0")), (3, "RPUSH b 1"), (1, READ), (3, "RPUSH c 2"), (2, READ),
        (3, "DBSIZE"),
    ],
    "of several keys that come at once the first named is taken": [
        (1, send("BLPOP a b c 0")), (2, "MULTI"), (2, "RPUSH c 1"), (2, "RPUSH b 2"), (2, "RPUSH a 3"), (2, "EXEC"),
        (1, READ), (2, "DBSIZE"),
    ],
    "one key named twice": [
        (1, send("BLPOP k k 0")), (2, "RPUSH k 1 2"), (1, READ), (2, "LRANGE k 0 -1"),
    ],
    "an element that is there is taken at once": [
        (1, "RPUSH k 1 2 3 4 5 6"), (1, "BLPOP a k 0"), (1, "BRPOP k 0"), (1, "BLMOVE k m LEFT RIGHT 0"),
        (1, "BRPOPLPUSH k m 0"), (1, "BLMPOP 0 2 a k RIGHT COUNT 5"), (1, "LRANGE m 0 -1"),
    ],
    "a chain of moves": [
        (1, send("BLMOVE a b LEFT LEFT 0")), (2, send("BLMOVE b c RIGHT LEFT 0")), (3, send("BLPOP c 0")),
        (4, "RPUSH a x y"), (1, READ), (2, READ), (3, READ), (4, "LRANGE a 0 -1"), (4, "EXISTS b c"),
    ],
    "a circle of moves ends": [
        (1, send("BRPOPLPUSH a b 0")), (2, send("BRPOPLPUSH b a 0")), (3, "RPUSH a x"), (1, READ), (2, READ),
        (3, "LRANGE a 0 -1"), (3, "EXISTS b"),
    ],
    "a move onto itself": [
        (1, send("BLMOVE k k LEFT RIGHT 0")), (2, "RPUSH k 1 2"), (1, READ), (2, "LRANGE k 0 -1"),
    ],
    "two moves wait for one key": [
        (1, send("BLMOVE a b LEFT LEFT 0")), (2, send("BLMOVE a c LEFT LEFT 0")), (3, "RPUSH a x y z"), (1, READ),
        (2, READ), (3, "LRANGE a 0 -1"), (3, "LRANGE b 0 -1"), (3, "LRANGE c 0 -1"),
    ],
    "another type is ignored": [
        (1, send("BLPOP k 0")), (2, "SET k 1"), (2, "DEL k"), (2, "HSET k f v"), (2, "RPUSH k 1"), (2, "DEL k"),
        (2, "RPUSH k 1"), (1, READ),
    ],
    "another type of an earlier key is met when a later one comes": [
        (1, send("BLPOP a b 0")), (2, "SET a 1"), (2, "RPUSH b 1"), (1, READ), (2, "LRANGE b 0 -1"),
    ],
    "another type of a later key is not": [
        (1, send("BLPOP a b 0")), (2, "SET b 1"), (2, "RPUSH a 1"), (1, READ),
    ],
    "a destination of another type": [
        (1, send("BLMOVE a b LEFT LEFT 0")), (2, send("BLPOP a 0")), (3, "SET b 1"), (3, "RPUSH a x"), (1, READ),
        (2, READ), (3, "EXISTS a"),
    ],
    "of another type at once": [
        (1, "SET s 1"), (1, "RPUSH k 1"), (1, "BLPOP s k 0"), (1, "BLPOP none s 0"), (1, "BLPOP k s 0"),
        (1, "RPUSH k 1"), (1, "BLMOVE k s LEFT LEFT 0"), (1, "BLMOVE s k LEFT LEFT 0"), (1, "BRPOPLPUSH s k 0"),
        (1, "BLMPOP 0 2 s k LEFT"), (1, "BLMOVE none s LEFT LEFT 0.01"), (1, "LRANGE k 0 -1"),
    ],
    "lists that come by other ways": [
        (1, send("BLPOP k 0")), (2, "RPUSH m 1"), (2, "RENAME m k"), (1, READ),
        (1, send("BLPOP k 0")), (2, "RPUSH m 2"), (2, "COPY m k"), (1, READ),
        (1, send("BLPOP k 0")), (2, "SORT m STORE k"), (1, READ),
        (1, send("BLPOP k 0")), (2, "SELECT 3"), (2, "RPUSH k 3"), (2, "MOVE k 0"), (1, READ),
        (1, send("BLPOP k 0")), (2, "RPUSH k 4"), (2, "SWAPDB 0 3"), (1, READ), (2, "SWAPDB 0 3"),
        (1, send("BLPOP k 0")), (2, "SELECT 0"), (2, "SET k 1"), (2, "COPY m k REPLACE"), (1, READ),
        (1, send("BLPOP k 0")), (2, "LMOVE m k LEFT LEFT"), (1, READ), (2, "DBSIZE"),
    ],
    "in the database where one waits": [
        (1, "SELECT 3"), (1, send("BLPOP k 0")), (2, "RPUSH k 0"), (2, "SELECT 3"), (2, "RPUSH k 3"), (1, READ),
        (2, "EXISTS k"), (2, "SELECT 0"), (2, "LRANGE k 0 -1"),
    ],
    "a key that is gone again when the transaction is over": [
        (1, send("BLPOP k 0")), (2, "MULTI"), (2, "RPUSH k 1"), (2, "DEL k"), (2, "EXEC"), (2, "MULTI"),
        (2, "RPUSH k 1"), (2, "SET k 1"), (2, "EXEC"), (2, "MULTI"), (2, "DEL k"), (2, "RPUSH k old"), (2, "LPOP k"),
        (2, "RPUSH k new"), (2, "EXEC"), (1, READ), (2, "EXISTS k"),
    ],
    "what a transaction leaves": [
        (1, send("BLPOP k 0")), (2, send("BLPOP k 0")), (3, "MULTI"), (3, "RPUSH k 1"), (3, "LPUSH k 2"),
        (3, "RPOP k"), (3, "EXEC"), (1, READ), (3, "CLIENT UNBLOCK {2}"), (2, READ),
    ],
    "a transaction does not wait": [
        (1, "MULTI"), (1, "BLPOP a 0"), (1, "BRPOP a b 0"), (1, "BLMOVE a b LEFT LEFT 0"), (1, "BRPOPLPUSH a b 0"),
        (1, "BLMPOP 0 1 a LEFT"), (1, "WAIT 1 0"), (1, "WAITAOF 0 1 0"), (1, "RPUSH a 1 2"), (1, "BLPOP a 0"),
        (1, "BLPOP b x"), (1, "EXEC"),
    ],
    "what follows in the pipeline waits too": [
        (1, send("BLPOP k 0")), (1, send("RPUSH k mine")), (1, send("LRANGE k 0 -1")), (2, "RPUSH k 1"), (1, READ),
        (1, READ), (1, READ), (2, "LPOP k"),
    ],
    "a watched key is changed by its serving": [
        (1, "RPUSH m 1"), (1, "WATCH k"), (2, send("BLPOP k 0")), (3, "RPUSH k 1"), (2, READ), (1, "MULTI"),
        (1, "EXEC"),
    ],
    "events are told in order": [
        (1, "CONFIG SET notify-keyspace-events KEAm"), (2, "PSUBSCRIBE __keyevent*"),
        (3, send("BLMOVE a b LEFT RIGHT 0")), (4, "RPUSH a x"), (3, READ), (2, READ), (2, READ), (2, READ), (2, READ),
        (3, "BLPOP b 0"), (2, READ), (2, READ), (2, "PING"),
    ],
    "messages come while one waits": [
        (1, "HELLO 3"), (1, "SUBSCRIBE a"), (1, send("BLPOP k 0")), (2, "PUBLISH a hello"), (1, READ),
        (2, "RPUSH k 1"), (1, READ), (2, "PUBLISH a hello"), (1, READ),
    ],
    "a cached key is invalidated before one is served with it": [
        (1, "HELLO 3"), (1, "CLIENT TRACKING on"), (1, "LRANGE k 0 -1"), (1, send("BLPOP k 0")), (2, "RPUSH k 1"),
        (1, READ), (1, READ), (1, "PING"),
    ],
    "no replies are wanted": [
        (1, send("CLIENT REPLY OFF")), (1, send("BLPOP k 0")), (2, "RPUSH k 1"), (2, "EXISTS k"),
        (1, send("BLPOP k 0.01")), (1, "CLIENT REPLY ON"), (1, send("CLIENT REPLY SKIP")), (1, send("BLPOP k 0.01")),
        (1, "PING"), (1, send("CLIENT REPLY SKIP")), (1, send("BLPOP k 0")), (2, "RPUSH k 1"), (1, "PING"),
        (1, send("CLIENT REPLY SKIP")), (1, send("BLPOP k 0")), (2, "CLIENT UNBLOCK {1} ERROR"), (1, "PING"),
    ],
}  # fmt: skip

ENDS: dict[str, list[Step]] = {
    "time is over": [
        (1, "BLPOP k 0.01"), (1, "BRPOP a b 0.01"), (1, "BLMOVE a b LEFT LEFT 0.01"), (1, "BRPOPLPUSH a b 0.01"),
        (1, "BLMPOP 0.01 1 a LEFT"), (1, "BLPOP k 1e-300"), (1, "BLPOP k 0x0.01p0"), (1, "WAIT 1 10"),
        (1, "WAITAOF 0 1 10"), (1, send("BLPOP k 0.01")), (1, send("PING")), (1, READ), (1, READ),
    ],
    "time is over, and the element is another's": [
        (1, "BLPOP k 0.01"), (2, send("BLPOP k 0")), (3, "RPUSH k 1"), (2, READ), (3, "EXISTS k"),
    ],
    "CLIENT UNBLOCK": [
        (1, send("BLPOP k 0")), (2, "CLIENT UNBLOCK {1}"), (1, READ), (1, send("BLPOP k 0")),
        (2, "CLIENT UNBLOCK {1} error"), (1, READ), (1, send("BLMOVE a b LEFT LEFT 0")),
        (2, "CLIENT UNBLOCK {1} TIMEOUT"), (1, READ), (2, "CLIENT UNBLOCK {1}"), (1, send("WAIT 1 0")),
        (2, "CLIENT UNBLOCK {1} ERROR"), (1, READ), (1, send("WAIT 1 0")), (2, "CLIENT UNBLOCK {1}"), (1, READ),
        (1, send("WAITAOF 0 1 0")), (2, "CLIENT UNBLOCK {1}"), (1, READ), (2, "CLIENT UNBLOCK {2}"),
        (1, send("BLPOP k 0")), (2, "CLIENT UNBLOCK {1} nonsense"), (2, "CLIENT UNBLOCK {1} ERROR ERROR"), (1, READ),
        (2, "CLIENT UNBLOCK x y"), (2, "CLIENT UNBLOCK x"), (2, "CLIENT UNBLOCK -1"), (2, "RPUSH k 1"), (1, "PING"),
    ],
    "CLIENT UNBLOCK inside a transaction": [
        (1, send("BLPOP k 0")), (2, send("BLPOP k 0")), (3, "MULTI"), (3, "RPUSH k 1"), (3, "CLIENT UNBLOCK {1}"),
        (3, "CLIENT UNBLOCK {1}"), (3, "EXEC"), (1, READ), (2, READ),
    ],
    "who hangs up takes nothing": [
        (1, send("BLPOP k 0")), (2, send("BLPOP k 0")), (1, "hang up"), (3, "PING"), (3, "RPUSH k 1"), (2, READ),
        (3, "EXISTS k"),
    ],
    "who is killed takes nothing": [
        (1, send("BLPOP k 0")), (2, send("BLMOVE k m LEFT LEFT 0")), (3, "MULTI"), (3, "CLIENT KILL ID {1}"),
        (3, "RPUSH k 1"), (3, "EXEC"), (1, READ), (2, READ), (3, "LRANGE m 0 -1"),
    ],
    "what is left at the end may be RESET and QUIT": [
        (1, send("BLPOP k 0")), (1, send("RESET")), (1, send("QUIT")), (2, "RPUSH k 1"), (1, READ), (1, READ),
        (1, READ), (1, READ),
    ],
    "a pause does not stop a wait from ending": [
        (1, send("BLPOP k 0.05")), (2, "CLIENT PAUSE 60000 WRITE"), (1, READ), (1, send("BLPOP k 0")), (3, "PING"),
        (3, "CLIENT UNBLOCK {1}"), (2, "CLIENT UNPAUSE"), (2, "PING"), (2, "CLIENT UNBLOCK {1}"), (1, READ),
    ],
    "a pause puts off serving": [
        (1, send("BLPOP k 0.05")), (2, "MULTI"), (2, "RPUSH k 1"), (2, "CLIENT PAUSE 60000 WRITE"), (2, "EXEC"),
        (2, "CLIENT UNBLOCK {1}"), (2, "LRANGE k 0 -1"), (2, "CLIENT UNPAUSE"), (1, READ), (2, "EXISTS k"),
    ],
    "what a pause has put off serves": [
        (1, send("BLPOP k 0")), (2, "CLIENT PAUSE 60000 WRITE"), (3, send("RPUSH k 1 2")), (4, send("BRPOP k 0")),
        (2, "CLIENT UNPAUSE"), (3, READ), (1, READ), (4, READ),
    ],
    "no memory is left for who waits": [
        (1, send("BLMOVE k m LEFT LEFT 0")), (2, send("BLPOP k 0")), (3, "RPUSH k 1"), (1, READ),
        (3, "CLIENT UNBLOCK {2}"), (2, READ),
    ],
}  # fmt: skip

SCRIPTS = {**LISTS, **ENDS}


@pytest.mark.parametrize("resp", (2, 3))
@pytest.mark.parametrize("title", SCRIPTS)
def test_a_script_answers_as_the_oracle(title: str, resp: int, redpoll_tcp: Server, oracle: Server) -> None:
    script = SCRIPTS[title]
    assert play(redpoll_tcp, script, resp) == play(oracle, script, resp)


def test_who_waits_and_who_brings_may_come_in_one_batch(redpoll_tcp: Server) -> None:
    with redpoll_tcp.connect() as first, redpoll_tcp.connect() as second, redpoll_tcp.connect() as bringing:
        waits: list[Words] = ["PING", "BLPOP k 0", "PING", "BLPOP k 0", "ECHO end"]
        brings: list[Words] = ["PING", "RPUSH k 1", "RPUSH k 2 3", "MULTI", "RPUSH k 4", "EXEC"]
        together(redpoll_tcp, (first, waits), (second, waits), (bringing, brings))
        assert [bringing.read().kind for _ in brings] == ["+", ":", ":", "+", "+", "*"]
        taken = []
        for waiting in (first, second):
            replies = [waiting.read() for _ in waits]
            assert [reply.value for reply in replies[::2]] == [b"PONG", b"PONG", b"end"]
            taken += [reply.value[1].value for reply in replies[1::2]]
        assert sorted(taken) == [b"1", b"2", b"3", b"4"]
        assert bringing.call("EXISTS k") == Reply(":", 0)


# --- figures ---------------------------------------------------------------------------------------------------------

FIGURES = ("blocked_clients", "clients_in_timeout_table", "total_blocking_keys", "total_blocking_keys_on_nokey",
           "cmdstat_blpop", "cmdstat_wait", "errorstat_UNBLOCKED")  # fmt: skip

COUNTED: dict[str, list[Step]] = {
    "while some wait": [(1, send("BLPOP a b 0")), (2, send("BLPOP b c 100")), (3, send("WAIT 1 0")),
                        (4, send("WAIT 1 100000"))],
    "when all are served": [(1, send("BLPOP a b 0")), (2, send("BLPOP a 100")), (3, "RPUSH a 1 2"), (1, READ),
                            (2, READ)],
    "when the time was over": [(1, "BLPOP a b 0.01"), (1, "WAIT 1 10")],
    "when they were unblocked": [(1, send("BLPOP a 10")), (2, "CLIENT UNBLOCK {1}"), (1, READ), (1, send("BLPOP a 0")),
                                 (2, "CLIENT UNBLOCK {1} ERROR"), (1, READ)],
    "of those who failed": [(1, send("BLPOP a b 10")), (2, "SET a 1"), (2, "RPUSH b 1"), (1, READ)],
    "while a pause puts off": [(2, "CLIENT PAUSE 60000 WRITE"), (1, send("BLPOP a 10")), (3, send("RPUSH a 1"))],
}  # fmt: skip


def figures(server: Server, script: list[Step]) -> tuple[list[str], list[str]]:
    """What INFO and CLIENT LIST tell after a script."""
    told: list[str] = []
    listed: list[str] = []

    def look(viewer: Connection) -> None:
        lines = viewer.call("INFO everything").value.decode().split("\r\n")
        told.extend(re.sub(r"usec=.*(rejected)", r"\1", line) for line in lines if line.startswith(FIGURES))
        lines = viewer.call("CLIENT LIST FLAGS b").value.decode().split("\n")
        listed.extend(re.sub(r".* (argv-mem=\d+ ).* (cmd=\w+ ).* (tot-cmds=\d+)", r"\1\2\3", line) for line in lines)

    server.call("CONFIG RESETSTAT")
    play(server, script, 2, look)
    return sorted(told), listed


@pytest.mark.parametrize("title", COUNTED)
def test_who_waits_is_counted_as_the_oracle_counts(title: str, redpoll_tcp: Server, oracle: Server) -> None:
    assert figures(redpoll_tcp, COUNTED[title]) == figures(oracle, COUNTED[title])


def test_a_monitor_sees_a_command_that_waits_once(redpoll_tcp: Server, oracle: Server) -> None:
    def seen(server: Server) -> list[bytes]:
        with server.connect() as monitor, server.connect() as waiting, server.connect() as other:
            monitor.call("MONITOR")
            waiting.send("BLPOP k 0")
            other.call("PING")
            other.call("RPUSH k 1")
            waiting.read()
            other.call("ECHO last")
            lines: list[bytes] = []
            while not lines or b"last" not in lines[-1]:
                lines.append(re.sub(rb"^[^]]*\] ", b"", monitor.read().value))
            return sorted(lines)

    assert seen(redpoll_tcp) == seen(oracle)


# --- time ------------------------------------------------------------------------------------------------------------


class Waiting:
    """A node whose time is ours, and its clients."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.node = embedded_node(self.clock)
        self.answers: dict[Client, bytes] = {}

    def client(self, *lines: str) -> Client:
        """A new client that has sent these commands."""
        client = self.node.new_client()
        self.send(client, *lines)
        return client

    def send(self, client: Client, *lines: str) -> None:
        """Let a client send commands."""
        self.answers[client] = self.answers.get(client, b"") + feed(self.node, client, commands(*lines))

    def after(self, milliseconds: int) -> None:
        """Let time pass."""
        self.clock.set_ms(self.clock.now_ms() + milliseconds)
        self.node.begin_cycle()
        self.node.sessions.check()

    def replies(self, client: Client) -> list[Reply]:
        """What the client has been answered since it was last asked."""
        return replies_of(self.answers.pop(client, b"") + client.take_output())


NOTHING = Reply("*-1", None)


@pytest.mark.parametrize(
    ("timeout", "milliseconds"),
    [
        ("1", 1000),
        ("0.001", 1),
        ("0.0001", 1),
        ("1e-300", 1),
        ("0.28", 280),
        ("1.1", 1100),
        ("2.0004", 2001),
        ("0x1p-2", 250),
        ("86400", 86_400_000),
        ("31536000", 31_536_000_000),
    ],
)
def test_a_wait_ends_at_the_millisecond(timeout: str, milliseconds: int) -> None:
    world = Waiting()
    client = world.client(f"BLPOP k {timeout}", "PING")
    assert world.node.next_due_ms() == world.clock.now_ms() + milliseconds
    world.after(milliseconds - 1)
    assert world.replies(client) == []
    world.after(1)
    assert world.replies(client) == [NOTHING, Reply("+", b"PONG")]
    assert world.node.next_due_ms() == -1


@pytest.mark.parametrize("timeout", ["0", "-0", "0.0", "-0.0001"])
def test_zero_is_for_ever(timeout: str) -> None:
    world = Waiting()
    client = world.client(f"BLPOP k {timeout}")
    world.after(10**12)
    assert world.replies(client) == []
    world.client("RPUSH k 1")
    assert world.replies(client) == [Reply("*", [Reply("$", b"k"), Reply("$", b"1")])]


def test_waits_end_in_the_order_of_their_ends() -> None:
    world = Waiting()
    order: list[int] = []
    clients = [world.client(f"BLPOP k {timeout}") for timeout in ("0.3", "0.1", "0.2", "0.1")]
    for number, client in enumerate(clients):
        client.on_output = lambda _, number=number: order.append(number)  # type: ignore[misc]
    world.after(1000)
    assert order == [1, 3, 2, 0]


def test_a_wait_does_not_begin_before_its_command() -> None:
    # The cycle began a while ago: a wait counts from now on.
    world = Waiting()
    client = world.client()
    world.node.begin_cycle()
    world.clock.set_ms(world.clock.now_ms() + 40)
    world.node.executor.feed(client, commands("BLPOP k 0.1"))
    world.after(99)
    assert world.replies(client) == []
    world.after(1)
    assert world.replies(client) == [NOTHING]


def test_alarms_of_served_waits_are_swept_out() -> None:
    world = Waiting()
    waiting, bringing = world.client(), world.client()
    for _ in range(1000):
        world.send(waiting, "BLPOP k 3600")
        world.send(bringing, "RPUSH k 1")
    world.node.sessions.check()
    assert len(world.replies(waiting)) == 1000
    assert world.node.sessions.blocking.timed_count == 0


@pytest.mark.parametrize("front", ["", "portable"])
def test_a_real_wait_ends_on_time(
    front: str, serve_redpoll: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDPOLL_REACTOR", front)
    server = serve_redpoll()
    with server.connect() as waiting, server.connect() as other:
        for seconds in (0.005, 0.0371, 0.11):
            late: list[float] = []
            for _ in range(3):
                began = time.monotonic()
                assert waiting.call(f"BLPOP k {seconds}") == NOTHING
                late.append(time.monotonic() - began - seconds)
            assert min(late) >= 0
            # The machine may be busy once, but not always.
            assert min(late) < 0.02
        waiting.send("BLPOP k 10", "PING")
        other.call("RPUSH k 1")
        assert waiting.read().value[1].value == b"1"
        assert waiting.read() == Reply("+", b"PONG")


# --- who goes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("front", ["", "portable"])
def test_who_has_hung_up_takes_nothing(
    front: str, serve_redpoll: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDPOLL_REACTOR", front)
    server = serve_redpoll()
    with server.connect() as other:
        for _ in range(50):
            leaving = server.connect()
            leaving.send("BLPOP k 0")
            while b"blocked_clients:1" not in other.call("INFO clients").value:
                pass
            leaving.close()
            if front == "portable":
                # asyncio takes one connection after the other, the native reactor all that are ready at once.
                other.call("PING")
            assert other.call("RPUSH k 1") == Reply(":", 1)
            assert other.call("LPOP k") == Reply("$", b"1")
        assert b"blocked_clients:0" in other.call("INFO clients").value


def test_nobody_notes_keys_while_nobody_waits() -> None:
    world = Waiting()
    keyspace = world.node.keyspace
    client = world.client("BLPOP k 0")
    assert list(keyspace.awaited or ()) == [(0, b"k")]
    assert keyspace.observer is None
    world.client("RPUSH other 1")
    assert not keyspace.take_ready()
    world.node.forget_client(client)
    assert keyspace.awaited is None
    world.client("RPUSH k 1")
    assert not keyspace.take_ready()
    world.node.sessions.check()


def test_a_thousand_are_served_by_one_command_in_order() -> None:
    world = Waiting()
    clients = [world.client("BLPOP k 0") for _ in range(1000)]
    world.client("RPUSH k " + " ".join(map(str, range(1000))))
    got = [world.replies(client)[0].value[1].value for client in clients]
    assert got == [b"%d" % number for number in range(1000)]
    world.node.sessions.check()
