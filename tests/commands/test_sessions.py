"""What several connections see of each other: the same script on Redpoll and on a real server, all replies equal.

A step is (connection, command): the command is sent and one reply is read. `READ` reads one more, for what comes
unasked; `send(command)` sends and reads nothing, for a command whose reply comes later. `{1}` is the id of
connection 1.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from redpoll.clock import ManualClock
from redpoll.dispatch.clients import FilterReader
from redpoll.errors import CommandError
from redpoll.keyspace.notifications import EXPIRED, GENERIC, STRING, parse_classes
from tests.commands.harness import CLOSED, Connection, Decoder, Reply, Server, Words, encode_command
from tests.nodes import embedded_node, feed

READ = None


class send(NamedTuple):  # noqa: N801 - reads as a verb in the scripts
    """A command whose reply is read by a later step; it arrives before the next step is taken."""

    command: str
    # False while everything is paused: nobody can be asked then whether the command has arrived.
    arrives: bool = True


Step = tuple[int, "str | send | None"]

TRANSACTIONS: dict[str, list[Step]] = {
    "a change by another connection stops EXEC": [
        (1, "SET k 1"), (1, "WATCH k"), (2, "SET k 2"), (1, "MULTI"), (1, "GET k"), (1, "EXEC"), (1, "EXEC"),
    ],
    "the same value written again is a change": [
        (1, "SET k 1"), (1, "WATCH k"), (2, "SET k 1"), (1, "MULTI"), (1, "EXEC"),
    ],
    "a change between MULTI and EXEC counts": [
        (1, "WATCH k"), (1, "MULTI"), (1, "PING"), (2, "INCR k"), (1, "EXEC"), (1, "GET k"),
    ],
    "reading is no change": [
        (1, "SET k 1"), (1, "WATCH k"), (2, "GET k"), (2, "TYPE k"), (2, "TTL k"), (2, "EXISTS k"), (1, "MULTI"),
        (1, "EXEC"),
    ],
    "an unwatched key may change": [
        (1, "WATCH k"), (1, "UNWATCH"), (2, "SET k 2"), (1, "MULTI"), (1, "GET k"), (1, "EXEC"),
    ],
    "DISCARD unwatches": [
        (1, "WATCH k"), (1, "MULTI"), (1, "DISCARD"), (2, "SET k 2"), (1, "MULTI"), (1, "GET k"), (1, "EXEC"),
    ],
    "FLUSHALL, FLUSHDB and SWAPDB change keys that are there": [
        (1, "SET k 1"), (1, "WATCH k"), (2, "FLUSHALL"), (1, "MULTI"), (1, "EXEC"),
        (1, "WATCH k"), (2, "FLUSHDB"), (1, "MULTI"), (1, "EXEC"),
        (1, "SET k 1"), (1, "WATCH k"), (2, "SWAPDB 0 3"), (1, "MULTI"), (1, "EXEC"),
        (1, "WATCH k"), (2, "SWAPDB 3 0"), (1, "MULTI"), (1, "EXEC"),
        (1, "WATCH other"), (2, "SWAPDB 3 0"), (1, "MULTI"), (1, "EXEC"),
    ],
    "a key of another database is another key": [
        (1, "WATCH k"), (2, "SELECT 3"), (2, "SET k 1"), (1, "MULTI"), (1, "EXEC"),
    ],
    "MOVE, RENAME and COPY change both ends": [
        (2, "SET k 1"), (1, "WATCH m"), (2, "RENAME k m"), (1, "MULTI"), (1, "EXEC"),
        (1, "WATCH m"), (2, "RENAME m k"), (1, "MULTI"), (1, "EXEC"),
        (1, "WATCH m"), (2, "COPY k m"), (1, "MULTI"), (1, "EXEC"),
        (1, "WATCH m"), (2, "MOVE m 3"), (1, "MULTI"), (1, "EXEC"),
    ],
    "queueing hides nothing and shows nothing": [
        (1, "MULTI"), (1, "SET k 1"), (2, "GET k"), (1, "EXEC"), (2, "GET k"),
    ],
    "two watchers both fail": [
        (1, "WATCH k"), (2, "WATCH k"), (3, "SET k 1"), (1, "MULTI"), (2, "MULTI"), (1, "EXEC"), (2, "EXEC"),
    ],
    "the first of two transactions wins": [
        (1, "WATCH k"), (2, "WATCH k"), (1, "MULTI"), (2, "MULTI"), (1, "INCR k"), (2, "INCR k"), (1, "EXEC"),
        (2, "EXEC"), (1, "GET k"),
    ],
}  # fmt: skip

PUBSUB: dict[str, list[Step]] = {
    "messages reach channels, then patterns": [
        (1, "SUBSCRIBE a b"), (1, READ), (1, "PSUBSCRIBE a*"), (2, "PUBLISH a hello"), (1, READ), (1, READ),
        (2, "PUBLISH b hello"), (1, READ), (2, "PUBLISH c hello"), (1, "PING"),
    ],
    "every subscriber gets the message": [
        (1, "SUBSCRIBE a"), (2, "SUBSCRIBE a"), (3, "PUBLISH a hello"), (1, READ), (2, READ),
        (2, "UNSUBSCRIBE"), (3, "PUBLISH a again"), (1, READ), (2, "PING"),
    ],
    "PUBSUB counts": [
        (1, "SUBSCRIBE a b"), (1, READ), (2, "SUBSCRIBE a"), (2, "PSUBSCRIBE x*"), (1, "SSUBSCRIBE s"),
        (3, "PUBSUB NUMSUB a b c"), (3, "PUBSUB NUMPAT"), (3, "PUBSUB CHANNELS b*"), (3, "PUBSUB SHARDCHANNELS"),
        (3, "PUBSUB SHARDNUMSUB s a"), (1, "RESET"), (3, "PUBSUB NUMSUB a b c"), (3, "PUBSUB SHARDCHANNELS"),
    ],
    "shard channels are apart": [
        (1, "SSUBSCRIBE a"), (2, "PUBLISH a no"), (2, "SPUBLISH a yes"), (1, READ), (1, "PING"),
    ],
    "the same pattern counts once for each who listens": [
        (1, "PSUBSCRIBE *"), (2, "PSUBSCRIBE *"), (3, "PUBSUB NUMPAT"), (3, "PUBLISH a hello"), (1, READ), (2, READ),
    ],
    "messages come in order, between replies": [
        (1, "SUBSCRIBE a"), (2, "PUBLISH a 1"), (2, "PUBLISH a 2"), (2, "PUBLISH a 3"), (1, READ), (1, READ), (1, READ),
    ],
    "publishing inside a transaction": [
        (1, "SUBSCRIBE a"), (2, "MULTI"), (2, "PUBLISH a 1"), (2, "SET k 1"), (2, "PUBLISH a 2"), (2, "EXEC"),
        (1, READ), (1, READ),
    ],
    "QUIT unsubscribes": [
        (1, "SUBSCRIBE a"), (1, "QUIT"), (1, READ), (2, "PUBLISH a hello"),
    ],
    "messages come although replies are off": [
        (1, send("CLIENT REPLY OFF")), (1, "SUBSCRIBE a"), (2, "PUBLISH a hello"), (1, READ),
    ],
}  # fmt: skip

NOTIFICATIONS: dict[str, list[Step]] = {
    "keyspace and keyevent": [
        (1, "CONFIG SET notify-keyspace-events KEA"), (2, "PSUBSCRIBE __key*"), (1, "SET k 1"), (2, READ), (2, READ),
        (1, "DEL k"), (2, READ), (2, READ), (1, "DEL k"), (2, "PING"),
    ],
    "only the classes asked for": [
        (1, "CONFIG SET notify-keyspace-events Eg"), (2, "PSUBSCRIBE __key*"), (1, "SET k 1"), (1, "DEL k"), (2, READ),
        (2, "PING"),
    ],
    "in the database where it happens": [
        (1, "CONFIG SET notify-keyspace-events K$"), (2, "PSUBSCRIBE __key*"), (1, "SELECT 3"), (1, "SET k 1"),
        (2, READ), (2, "PING"),
    ],
    "new keys and missed keys": [
        (1, "CONFIG SET notify-keyspace-events Emn"), (2, "PSUBSCRIBE __key*"), (1, "GET k"), (2, READ),
        (1, "SET k 1"), (2, READ), (1, "SET k 1"), (2, "PING"),
    ],
    "expiry, at its time": [
        (1, "CONFIG SET notify-keyspace-events Ex"), (2, "PSUBSCRIBE __key*"), (1, "SET k 1 PX 30"), (2, READ),
        (1, "EXISTS k"),
    ],
    "nothing without a place to tell": [
        (1, "CONFIG SET notify-keyspace-events A"), (2, "PSUBSCRIBE *"), (1, "SET k 1"), (2, "PING"),
    ],
    "a setting, in its own spelling": [
        (1, "CONFIG SET notify-keyspace-events E$lshzxetdgK"), (1, "CONFIG GET notify-keyspace-events"),
        (1, "CONFIG SET notify-keyspace-events q"), (1, "CONFIG GET notify-keyspace-events"),
    ],
    "inside a transaction, in order": [
        (1, "CONFIG SET notify-keyspace-events E$g"), (2, "PSUBSCRIBE __key*"), (1, "MULTI"), (1, "SET k 1"),
        (1, "INCR k"), (1, "DEL k"), (1, "EXEC"), (2, READ), (2, READ), (2, READ),
    ],
}  # fmt: skip

# Only RESP3 connections are told directly.
TRACKING: dict[str, list[Step]] = {
    "who has read a key is told once": [
        (1, "HELLO 3"), (1, "CLIENT TRACKING on"), (1, "GET k"), (2, "SET k 1"), (1, READ), (2, "SET k 2"), (1, "PING"),
        (1, "GET k"), (2, "DEL k"), (1, READ),
    ],
    "several keys, several readers": [
        (1, "HELLO 3"), (2, "HELLO 3"), (1, "CLIENT TRACKING on"), (2, "CLIENT TRACKING on"), (1, "MGET a b"),
        (2, "GET b"), (3, "MSET a 1 b 2 c 3"), (1, READ), (1, READ), (2, READ), (2, "PING"),
    ],
    "one's own change follows its reply": [
        (1, "HELLO 3"), (1, "CLIENT TRACKING on"), (1, "GET k"), (1, "SET k 1"), (1, READ),
    ],
    "NOLOOP hides one's own change": [
        (1, "HELLO 3"), (1, "CLIENT TRACKING on NOLOOP"), (1, "GET k"), (1, "SET k 1"), (1, "PING"), (1, "GET k"),
        (2, "SET k 2"), (1, READ),
    ],
    "everything, at a flush": [
        (1, "HELLO 3"), (1, "CLIENT TRACKING on"), (1, "GET k"), (2, "FLUSHALL"), (1, READ), (2, "SET k 1"),
        (2, "FLUSHDB"), (1, READ), (1, "PING"),
    ],
    "a key that expires": [
        (1, "HELLO 3"), (1, "CLIENT TRACKING on"), (2, "SET k 1 PX 60"), (1, "GET k"), (1, READ),
    ],
    "OPTIN": [
        (1, "HELLO 3"), (1, "CLIENT TRACKING on OPTIN"), (1, "GET k"), (2, "SET k 1"), (1, "CLIENT CACHING yes"),
        (1, "GET k"), (1, "GET m"), (2, "SET m 1"), (2, "SET k 2"), (1, READ), (1, "PING"),
    ],
    "OPTOUT": [
        (1, "HELLO 3"), (1, "CLIENT TRACKING on OPTOUT"), (1, "CLIENT CACHING no"), (1, "GET k"), (1, "GET m"),
        (2, "SET k 1"), (2, "SET m 1"), (1, READ), (1, "PING"),
    ],
    "OPTIN holds for a transaction": [
        (1, "HELLO 3"), (1, "CLIENT TRACKING on OPTIN"), (1, "CLIENT CACHING yes"), (1, "MULTI"), (1, "GET k"),
        (1, "GET m"), (1, "EXEC"), (1, "CLIENT TRACKINGINFO"), (2, "SET m 1"), (1, READ), (2, "SET k 1"), (1, READ),
    ],
    "BCAST, by prefix": [
        (1, "HELLO 3"), (1, "CLIENT TRACKING on BCAST PREFIX a PREFIX b"), (2, "SET a1 1"), (1, READ), (2, "SET c 1"),
        (2, "SET b1 1"), (1, READ), (2, "MSET a1 1 a2 2"), (1, READ), (1, "PING"),
    ],
    "BCAST without one's own changes": [
        (1, "HELLO 3"), (1, "CLIENT TRACKING on BCAST NOLOOP"), (1, "SET k 1"), (1, "PING"), (2, "SET k 2"), (1, READ),
    ],
    "redirection to a subscriber": [
        (1, "SUBSCRIBE __redis__:invalidate"), (2, "CLIENT TRACKING on REDIRECT {1}"), (2, "GET k"), (3, "SET k 1"),
        (1, READ), (3, "FLUSHALL"), (1, READ),
    ],
    "redirection to a connection of RESP3, which then goes": [
        (1, "HELLO 3"), (2, "HELLO 3"), (2, "CLIENT TRACKING on REDIRECT {1}"), (2, "GET k"), (3, "SET k 1"), (1, READ),
        (2, "GET k"), (1, "QUIT"), (1, READ), (3, "SET k 2"), (3, "PING"), (2, "CLIENT LIST FLAGS R DB 9"),
    ],
    "nothing after it is turned off": [
        (1, "HELLO 3"), (1, "CLIENT TRACKING on"), (1, "GET k"), (1, "CLIENT TRACKING off"), (2, "SET k 1"),
        (1, "PING"),
    ],
}  # fmt: skip

STATES: dict[str, list[Step]] = {
    "a password": [
        (1, "CONFIG SET requirepass secret"), (1, "PING"), (2, "PING"), (2, "NOSUCH"), (2, "GET"), (2, "CLIENT NOSUCH"),
        (2, "HELLO 3"), (2, "HELLO 4"), (2, "HELLO 3 AUTH default wrong"), (2, "HELLO 3 SETNAME a"), (2, "AUTH wrong"),
        (2, "AUTH nobody secret"), (2, "MULTI"), (2, "SUBSCRIBE a"), (2, "CLIENT REPLY OFF"), (2, "AUTH secret"),
        (2, "PING"), (2, "RESET"), (2, "PING"), (2, "AUTH default secret"), (2, "PING"), (2, "QUIT"), (2, READ),
        (3, "QUIT"), (3, READ), (4, "RESET"), (4, "PING"), (1, "CONFIG SET requirepass ''"), (4, "PING"),
    ],
    "a pause of writes": [
        (1, "SET k 1"), (1, "CLIENT PAUSE 60000 WRITE"), (2, "GET k"), (2, send("SET k 2")), (2, send("GET k")),
        (3, "GET k"), (3, send("PUBLISH a b")), (4, "MULTI"), (4, "GET k"), (1, "GET k"), (1, "CLIENT UNPAUSE"),
        (2, READ), (2, READ), (3, READ), (4, "EXEC"),
    ],
    "a pause of everything ends by itself": [
        (2, "PING"), (1, "CLIENT PAUSE 60"), (2, send("PING", arrives=False)), (1, send("GET k", arrives=False)),
        (2, READ), (1, READ),
    ],
    "a paused connection hangs up": [
        (1, "CLIENT PAUSE 60000 WRITE"), (2, send("SET k 1")), (1, "GET k"), (2, "hang up"), (1, "CLIENT UNPAUSE"),
    ],
    "killing by address of nobody, then by name": [
        (2, "CLIENT SETNAME victim"), (1, "CLIENT KILL ADDR 1.2.3.4:5"), (1, "CLIENT KILL NAME victim"), (2, READ),
        (1, "CLIENT KILL NAME victim"),
    ],
    "killing oneself": [
        (1, "CLIENT SETNAME me"), (1, "CLIENT KILL NAME me"), (1, "CLIENT KILL NAME me SKIPME no"), (1, READ),
    ],
    "killing subscribers": [
        (2, "SUBSCRIBE a"), (1, "CLIENT KILL TYPE pubsub"), (2, READ), (1, "PUBLISH a hello"),
    ],
    "killing inside a transaction": [
        (1, "CLIENT SETNAME me"), (1, "MULTI"), (1, "CLIENT KILL NAME me SKIPME no"), (1, "SET k 1"),
        (1, send("EXEC")), (2, "GET k"),
    ],
    "listing by what they are": [
        (2, "SUBSCRIBE a"), (1, "CLIENT LIST TYPE normal NAME nosuch"), (1, "CLIENT LIST FLAGS P SKIPME no DB 9"),
    ],
    "a monitor may not touch keys": [
        (1, "MONITOR"), (1, "GET k"), (1, "SET k 1"), (1, "RESET"), (1, "GET k"),
    ],
}  # fmt: skip

SCRIPTS = {**TRANSACTIONS, **PUBSUB, **NOTIFICATIONS, **TRACKING, **STATES}


Look = Callable[[Connection], None]


def play(server: Server, script: list[Step], resp: int, look_at_end: Look | None = None) -> list[Reply]:
    """Every reply of a script, in the order of its steps; the server is left as it was found.

    `look_at_end` may ask what it likes, on a connection of its own, before those of the script are closed.
    """
    replies: list[Reply] = []
    with server.connect() as janitor:
        janitor.call("FLUSHALL")
        connections: dict[int, Connection] = {}
        ids: dict[int, Any] = {}
        try:
            for number, step in script:
                if step == "hang up":
                    connections[number].close()
                    continue
                if number not in connections:
                    connections[number] = server.connect()
                    ids[number] = connections[number].call("CLIENT ID").value
                    if resp == 3 and isinstance(ids[number], int):
                        connections[number].call("HELLO 3")
                connection = connections[number]
                if isinstance(step, str):
                    step = _with_ids(step, ids)
                if isinstance(step, send):
                    connection.send(step.command)
                    if step.arrives:
                        janitor.call("PING")
                else:
                    reply = connection.read() if step is READ else connection.call(step)
                    replies.append(_neutral(step, reply))
            if look_at_end is not None:
                look_at_end(janitor)
        finally:
            for connection in connections.values():
                connection.close()
            for repair in ("CLIENT UNPAUSE", "CONFIG SET requirepass ''", "CONFIG SET notify-keyspace-events ''"):
                janitor.call(repair)
    return replies


def _with_ids(step: str, ids: dict[int, Any]) -> str:
    return re.sub(r"\{(\d)\}", lambda match: str(ids[int(match[1])]), step)


def _neutral(step: str | None, reply: Reply) -> Reply:
    # HELLO names the server; a broken redirection names a connection.
    if (step is not None and step.startswith("HELLO") and reply.kind != "-") or "tracking-redir-broken" in str(reply):
        return Reply(reply.kind, "")
    return reply


@pytest.mark.parametrize("resp", (2, 3))
@pytest.mark.parametrize("title", SCRIPTS)
def test_a_script_answers_as_the_oracle(title: str, resp: int, redpoll_tcp: Server, oracle: Server) -> None:
    script = SCRIPTS[title]
    assert play(redpoll_tcp, script, resp) == play(oracle, script, resp)


def test_a_transaction_tells_whoever_is_answered_in_the_same_batch(redpoll_tcp: Server) -> None:
    with redpoll_tcp.connect(3) as told, redpoll_tcp.connect() as telling:
        telling.call("CONFIG SET notify-keyspace-events KEA")
        told.call("SUBSCRIBE __keyevent@0__:set")
        together(redpoll_tcp, (told, ["PING"]), (telling, ["MULTI", "GET k", "SET k 1", "GET k", "EXEC", "PING"]))
        telling.send("DEL k", "CONFIG SET notify-keyspace-events ''")
        replies = [telling.read() for _ in range(8)]
        assert replies[4] == Reply("*", [Reply("$-1", None), Reply("+", b"OK"), Reply("$", b"1")])
        assert replies[5] == Reply("+", b"PONG")
        assert [told.read().kind for _ in range(2)] == ["+", ">"]


def together(server: Server, *sent: tuple[Connection, list[Words]]) -> None:
    """Let commands of several connections arrive while the server sleeps, so that it finds all of them at once."""
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        for connection, calls in sent:
            connection.send(*calls)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


# --- what a connection looks like ------------------------------------------------------------------------------------

SHOWN = ("name", "flags", "capa", "db", "sub", "psub", "ssub", "multi", "watch", "argv-mem", "cmd", "user", "redir",
         "resp", "lib-name", "lib-ver", "events")  # fmt: skip

LOOKS: dict[str, list[str]] = {
    "fresh": [],
    "named": ["CLIENT SETNAME jim", "CLIENT SETINFO LIB-NAME lib", "CLIENT SETINFO LIB-VER 1.0"],
    "elsewhere": ["SELECT 7"],
    "subscribed": ["SUBSCRIBE a", "PSUBSCRIBE b", "SSUBSCRIBE c"],
    "queueing": ["MULTI", "SET k 1", "GET k"],
    "after a transaction": ["MULTI", "EXEC"],
    "watching": ["WATCH k m"],
    "dirty": ["SET k 1", "WATCH k", "SET k 2"],
    "failed": ["MULTI", "NOSUCH", "PING"],
    "untouching": ["CLIENT NO-TOUCH on", "CLIENT NO-EVICT on"],
    "capable": ["CLIENT CAPA redirect"],
    "newer": ["HELLO 3"],
    "monitoring": ["MONITOR"],
    "reset": [
        "CLIENT SETNAME jim",
        "CLIENT SETINFO LIB-NAME lib",
        "CLIENT CAPA redirect",
        "CLIENT NO-TOUCH on",
        "CLIENT NO-EVICT on",
        "SELECT 3",
        "HELLO 3",
        "RESET",
    ],
}


def look(server: Server, commands: list[str]) -> dict[str, str]:
    """The fields CLIENT LIST shows of a connection after these commands."""
    with server.connect() as subject, server.connect() as viewer:
        number = subject.call("CLIENT ID").value
        for command in commands:
            subject.call(command)
        line = viewer.call(f"CLIENT LIST ID {number}").value.decode().strip()
    return dict(field.split("=", 1) for field in line.split(" "))


@pytest.mark.parametrize("title", LOOKS)
def test_a_connection_is_shown_as_the_oracle_shows_it(title: str, redpoll_tcp: Server, oracle: Server) -> None:
    ours, theirs = look(redpoll_tcp, LOOKS[title]), look(oracle, LOOKS[title])
    assert list(ours) == list(theirs)
    assert {name: ours[name] for name in SHOWN} == {name: theirs[name] for name in SHOWN}


def test_the_running_command_is_shown_with_its_arguments(redpoll_tcp: Server, oracle: Server) -> None:
    shown = []
    for server in (redpoll_tcp, oracle):
        with server.connect() as connection:
            line = connection.call("CLIENT LIST TYPE normal").value.decode()
            shown.append(re.findall(r"argv-mem=(?!0)\d+|cmd=client\|list", line))
    assert shown[0] == shown[1]


MONITORED: list[Words] = [
    "SET k 'a b'", "GET k", ["SET", "k", b"\x00\xff\"\\\r\n\t"], "SELECT 3", "AUTH default secret",
    "HELLO 3 AUTH default secret SETNAME jim", "MULTI", "PING", "EXEC", "NOSUCH", "GET", "CONFIG GET port", "CLIENT ID",
    "CLIENT LIST", "SELECT 99", "ECHO last",
]  # fmt: skip


def monitored(server: Server) -> list[bytes]:
    """The lines MONITOR shows of these commands, without times and addresses."""
    with server.connect() as monitor, server.connect() as subject:
        assert monitor.call("MONITOR") == Reply("+", b"OK")
        for command in MONITORED:
            subject.call(command)
        lines: list[bytes] = []
        while not lines or b"last" not in lines[-1]:
            lines.append(re.sub(rb"^[0-9.]+ \[(\d+) [^]]*\]", rb"[\1]", monitor.read().value))
    return lines


def test_monitor_shows_what_the_oracle_shows(redpoll_tcp: Server, oracle: Server) -> None:
    assert monitored(redpoll_tcp) == monitored(oracle)


def test_a_monitor_sees_its_own_commands_after_their_replies(redpoll_tcp: Server) -> None:
    with redpoll_tcp.connect() as monitor:
        monitor.call("MONITOR")
        assert monitor.call("PING") == Reply("+", b"PONG")
        assert monitor.read().value.endswith(b'] "PING"')


# --- in-process ------------------------------------------------------------------------------------------------------


def replies_of(data: bytes) -> list[Reply]:
    """All replies in a string of bytes."""
    decoder = Decoder()
    decoder.feed(data)
    replies = []
    while decoder.pending:
        replies.append(decoder.next())
    return replies


def commands(*lines: str) -> bytes:
    """Commands as one pipeline."""
    return b"".join(map(encode_command, lines))


def test_a_watched_key_that_expires_stops_exec_even_if_nothing_removed_it() -> None:
    clock = ManualClock()
    node = embedded_node(clock)
    client = node.new_client()
    feed(node, client, commands("SET k 1 PX 100", "WATCH k", "MULTI", "PING"))
    clock.advance(0.2)
    assert replies_of(feed(node, client, commands("EXEC"))) == [Reply("*-1", None)]


def test_a_key_past_its_time_when_watched_may_be_removed() -> None:
    clock = ManualClock()
    node = embedded_node(clock)
    client, other = node.new_client(), node.new_client()
    feed(node, client, commands("SET k 1 PX 100"))
    clock.advance(0.2)
    feed(node, client, commands("WATCH k", "MULTI", "PING"))
    feed(node, other, commands("GET k"))
    assert replies_of(feed(node, client, commands("EXEC"))) == [Reply("*", [Reply("+", b"PONG")])]


def test_nobody_observes_the_keyspace_unless_somebody_listens() -> None:
    node = embedded_node(notify_keyspace_events="KEA")
    client = node.new_client()
    assert node.keyspace.observer is None
    feed(node, client, commands("WATCH a b"))
    assert node.keyspace.observer is node.sessions.watch_table
    feed(node, client, commands("PSUBSCRIBE *"))
    assert node.keyspace.observer is node.sessions.feed
    feed(node, client, commands("RESET"))
    assert node.keyspace.observer is None


def test_a_client_that_goes_leaves_nothing_behind() -> None:
    node = embedded_node()
    staying, going = node.new_client(), node.new_client()
    feed(node, going, commands("HELLO 3", "WATCH k", "SUBSCRIBE a", "PSUBSCRIBE b*", "SSUBSCRIBE c", "MULTI", "PING"))
    node.sessions.check()
    node.forget_client(going)
    node.forget_client(going)
    node.sessions.check()
    assert node.sessions.watch_table.watcher_count(0, b"k") == 0
    assert not node.sessions.pubsub.has_listeners
    assert replies_of(feed(node, staying, commands("PUBLISH a x", "SPUBLISH c x"))) == [Reply(":", 0)] * 2


def test_what_a_pause_put_off_runs_in_order_and_in_the_name_of_its_client() -> None:
    clock = ManualClock()
    node = embedded_node(clock)
    first, second, third = node.new_client(), node.new_client(), node.new_client()
    feed(node, first, commands("CLIENT PAUSE 1000"))
    assert feed(node, second, commands("APPEND k 2", "CLIENT ID")) == b""
    assert feed(node, third, commands("APPEND k 3", "GET k")) == b""
    assert node.sessions.pause.postponed_count == 2
    clock.advance(0.5)
    assert feed(node, first, commands("GET k")) == b""
    clock.advance(0.6)
    node.begin_cycle()
    assert replies_of(second.take_output()) == [Reply(":", 1), Reply(":", second.id)]
    assert replies_of(third.take_output()) == [Reply(":", 2), Reply("$", b"23")]
    assert replies_of(first.take_output()) == [Reply("$", b"23")]


def test_a_message_to_oneself_follows_the_reply() -> None:
    node = embedded_node(notify_keyspace_events="E$")
    client = node.new_client()
    feed(node, client, commands("HELLO 3", "SUBSCRIBE a __keyevent@0__:set"))
    kinds = [reply.kind for reply in replies_of(feed(node, client, commands("PUBLISH a x", "SET k 1", "PING")))]
    assert kinds == [":", ">", "+", ">", "+"]


def test_ten_thousand_subscribers_share_one_encoded_message() -> None:
    node = embedded_node()
    publisher = node.new_client()
    subscribers = [node.new_client() for _ in range(10_000)]
    for each in subscribers:
        feed(node, each, commands("SUBSCRIBE a"))
    assert feed(node, publisher, commands("PUBLISH a hello")) == b":10000\r\n"
    outputs = {each.take_output() for each in subscribers}
    assert outputs == {b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$5\r\nhello\r\n"}


def test_a_killed_client_gets_no_further_replies() -> None:
    node = embedded_node()
    client = node.new_client()
    replies = replies_of(feed(node, client, commands("CLIENT KILL TYPE normal SKIPME no", "PING")))
    assert replies == [Reply(":", 1)]


@pytest.mark.parametrize(
    ("text", "classes"),
    [("", 0), ("x", EXPIRED), ("$g", STRING | GENERIC), ("A", parse_classes("g$lshzxetd"))],
)
def test_event_classes_are_read(text: str, classes: int) -> None:
    assert parse_classes(text) == classes


def test_a_filter_selects_by_every_condition() -> None:
    node = embedded_node()
    client = node.new_client()
    feed(node, client, commands("CLIENT SETNAME jim", "SELECT 2", "CLIENT CAPA redirect"))
    selects: Callable[[str], bool] = lambda text: (  # noqa: E731
        FilterReader(node.clock.now_ms(), 16).read(text.encode().split()).selects(client)
    )
    assert selects(f"ID {client.id} NAME jim DB 2 CAPA r FLAGS N TYPE normal USER default")
    assert not selects("NAME jim DB 3")
    assert not selects("NOT-NAME jim")
    assert selects("NOT-NAME joe NOT-DB 1 NOT-TYPE pubsub NOT-FLAGS x")
    with pytest.raises(CommandError, match="syntax error"):
        selects("NOSUCH a")


def test_a_closed_connection_is_a_reply_of_its_own(redpoll_tcp: Server) -> None:
    with redpoll_tcp.connect() as connection:
        connection.call("QUIT")
        assert connection.read() == CLOSED
