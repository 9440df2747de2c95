"""DEBUG, SLOWLOG, LATENCY and MEMORY beyond what a case table can say."""

from __future__ import annotations

import random
from typing import Any

import pytest

from redpoll.clock import ManualClock
from redpoll.config.settings import Config
from redpoll.dispatch.latency_monitor import SPIKES_MAX, EventHistory, LatencyMonitor, Spike
from redpoll.dispatch.latency_report import analysis, graph
from redpoll.dispatch.locality import is_local
from redpoll.dispatch.slowlog_store import shorten
from redpoll.node import Node, Surroundings
from tests.commands.harness import Reply
from tests.commands.test_info import Face
from tests.nodes import embedded_node


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock()


@pytest.fixture
def face(clock: ManualClock) -> Face:
    """A client of an empty node whose sleep moves the clock."""
    config = Config()
    config.load_text("enable-debug-command yes")
    return Face(Node(config, Surroundings(clock, random.Random(1), sleep=clock.advance)))


# --- DEBUG -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "address", "allowed"),
    [
        ("no", b"127.0.0.1:5", False),
        ("yes", b"10.0.0.1:5", True),
        ("local", b"127.0.0.1:5", True),
        ("local", b"[::1]:5", True),
        ("local", b"[::ffff:127.0.0.1]:5", True),
        ("local", b"/tmp/redpoll.sock:0", True),
        ("local", b"", True),
        ("local", b"10.0.0.1:5", False),
        ("local", b"[::12]:5", False),
    ],
)
def test_debug_is_allowed_as_its_setting_says(setting: str, address: bytes, allowed: bool) -> None:
    face = Face(embedded_node(enable_debug_command=setting))
    face.client.address = address
    reply = face("DEBUG DIGEST")
    assert (reply.kind == "+") is allowed
    if not allowed:
        assert reply.value.startswith(b"ERR DEBUG command not allowed. If the enable-debug-command option is set to")


def test_a_client_without_an_address_is_local(face: Face) -> None:
    assert is_local(face.client)


@pytest.mark.parametrize(("word", "ms"), [("0.25", 250), (".5", 500), ("1e-2", 10), ("x", 0), ("-1", 0), ("2x", 2000)])
def test_sleep_stops_the_server_for_a_while(face: Face, clock: ManualClock, word: str, ms: int) -> None:
    before = clock.now_ms()
    assert face(f"DEBUG SLEEP {word}") == Reply("+", b"OK")
    assert clock.now_ms() - before == ms


def digest(face: Face) -> bytes:
    """The fingerprint of all data."""
    value: bytes = face("DEBUG DIGEST").value
    return value


def test_the_digest_does_not_care_about_order_but_about_data(face: Face) -> None:
    empty = digest(face)
    assert empty == b"0" * 40
    face("MSET a 1 b 2")
    both = digest(face)
    face("FLUSHALL")
    assert digest(face) == empty
    face("SET b 2")
    face("SET a 1")
    assert digest(face) == both


@pytest.mark.parametrize(
    "change",
    ["SET a 2", "SET c 1", "DEL a", "RENAME a c", "PEXPIRE a 100000", "MOVE a 1", "MSET a 2 b 1", "APPEND a ''"],
)
def test_any_change_shows_in_the_digest(face: Face, change: str) -> None:
    face("MSET a 1 b 2")
    before = digest(face)
    face(change)
    assert (digest(face) == before) is (change == "APPEND a ''")


def test_equal_values_have_equal_digests(face: Face) -> None:
    face("MSET a 1 b 1 c 2")
    first, second, third, absent = (each.value for each in face("DEBUG DIGEST-VALUE a b c d").value)
    assert first == second != third
    assert absent == b"0" * 40


def test_the_digest_is_the_same_on_another_node(face: Face) -> None:
    other = Face(embedded_node(seed=9))
    for each in (face, other):
        each("DEBUG POPULATE 100")
    assert digest(face) == digest(other) != b"0" * 40


@pytest.mark.parametrize(
    ("value", "encoding", "length"),
    [("12", "int", 2), ("-300", "int", 3), ("70000", "int", 5), ("abc", "embstr", 4), ("x" * 100, "raw", 102)],
)
def test_object_tells_encoding_and_size(face: Face, value: str, encoding: str, length: int) -> None:
    face(f"SET k {value}")
    told = face("DEBUG OBJECT k").value.decode()
    assert f" encoding:{encoding} serializedlength:{length} lru:" in told
    assert "serializedlength" not in face("DEBUG OBJECT k fast").value.decode()


def test_active_expiry_can_be_stopped(face: Face, clock: ManualClock) -> None:
    face("DEBUG SET-ACTIVE-EXPIRE 0")
    assert not face.node.keyspace.active_expire
    face("DEBUG SET-ACTIVE-EXPIRE 1")
    assert face.node.keyspace.active_expire


def test_populate_keeps_what_is_there(face: Face) -> None:
    face("SET key:1 mine")
    face("DEBUG POPULATE 3")
    assert [each.value for each in face("MGET key:0 key:1 key:2").value] == [b"value:0", b"mine", b"value:2"]


@pytest.mark.parametrize(("pattern", "text", "matches"), [("a*c", "abbc", 1), ("a?c", "abbc", 0), ("[^a]", "b", 1)])
def test_patterns_can_be_tried(face: Face, pattern: str, text: str, matches: int) -> None:
    assert face(f"DEBUG STRINGMATCH-LEN {pattern} {text}") == Reply(":", matches)


def test_the_replication_id_can_be_changed(face: Face) -> None:
    before = face.info("replication")["Replication"]["master_replid"]
    face("DEBUG CHANGE-REPL-ID")
    after = face.info("replication")["Replication"]["master_replid"]
    assert len(after) == 40 and after != before


def test_tables_are_described(face: Face) -> None:
    face("DEBUG POPULATE 50")
    face("PEXPIRE key:1 100000")
    text = face("DEBUG HTSTATS 0 full").value.decode()
    assert " number of entries: 50\n" in text
    assert text.startswith("[Dictionary HT]\n")
    assert "[Expires HT]\n number of entries: 1\n" in text


# --- SLOWLOG ---------------------------------------------------------------------------------------------------------


def log_of(face: Face, count: int = -1) -> list[list[Any]]:
    """The slow log as plain values."""
    entries = face(f"SLOWLOG GET {count}").value
    return [
        [[word.value for word in field.value] if field.kind == "*" else field.value for field in entry.value]
        for entry in entries
    ]


@pytest.fixture
def watched(clock: ManualClock) -> Face:
    """A client of a node that logs every command."""
    return Face(embedded_node(clock, slowlog_log_slower_than="0"))


def test_the_slow_log_tells_what_was_called_and_by_whom(watched: Face, clock: ManualClock) -> None:
    watched.client.address = b"127.0.0.1:7"
    watched("CLIENT SETNAME me")
    watched("ECHO hello")
    number, when_s, duration_us, argv, address, name = log_of(watched, 1)[0]
    assert (number, when_s, argv, address, name) == (
        1,
        clock.now_ms() // 1000,
        [b"ECHO", b"hello"],
        b"127.0.0.1:7",
        b"me",
    )
    assert duration_us >= 0


def test_numbers_go_on_after_a_reset(watched: Face) -> None:
    watched("ECHO a")
    watched("SLOWLOG RESET")
    newest = log_of(watched)
    # The reset itself is logged once it is done.
    assert [(entry[0], entry[3]) for entry in newest] == [(1, [b"SLOWLOG", b"RESET"])]


@pytest.mark.parametrize(
    ("argv", "logged"),
    [
        ([b"a"] * 32, [b"a"] * 32),
        ([b"a"] * 33, [b"a"] * 31 + [b"... (2 more arguments)"]),
        ([b"a"] * 41, [b"a"] * 31 + [b"... (10 more arguments)"]),
        ([b"x" * 128], [b"x" * 128]),
        ([b"x" * 129], [b"x" * 128 + b"... (1 more bytes)"]),
        ([b"x" * 200], [b"x" * 128 + b"... (72 more bytes)"]),
    ],
)
def test_long_commands_are_cut(argv: list[bytes], logged: list[bytes]) -> None:
    assert shorten(argv) == logged


@pytest.mark.parametrize(
    ("call", "logged"),
    [
        ("CONFIG SET requirepass secret", b"CONFIG SET requirepass (redacted)"),
        ("CONFIG SET timeout 9 MasterAuth secret", b"CONFIG SET timeout 9 MasterAuth (redacted)"),
        ("AUTH secret", b"AUTH (redacted)"),
        ("HELLO 2 AUTH default secret", b"HELLO 2 AUTH (redacted) (redacted)"),
    ],
)
def test_passwords_are_not_logged(watched: Face, call: str, logged: bytes) -> None:
    watched(call)
    assert b" ".join(watched.node.slowlog.newest(1).__next__().arguments) == logged


def test_the_log_is_as_long_as_its_setting_says(watched: Face) -> None:
    watched("CONFIG SET slowlog-max-len 3")
    for number in range(6):
        watched(f"ECHO {number}")
    assert watched("SLOWLOG LEN") == Reply(":", 3)
    watched("CONFIG SET slowlog-max-len 1")
    assert watched("SLOWLOG LEN") == Reply(":", 1)
    watched("CONFIG SET slowlog-max-len 0")
    assert watched("SLOWLOG LEN") == Reply(":", 0)


def test_native_commands_are_logged_too(watched: Face) -> None:
    watched("SET k v")
    watched("GET k")
    assert [entry[3] for entry in log_of(watched, 2)] == [[b"GET", b"k"], [b"SET", b"k", b"v"]]


def test_commands_of_a_transaction_are_logged_and_exec_is_not(watched: Face) -> None:
    watched("MULTI")
    watched("ECHO a")
    watched("EXEC")
    logged = [entry[3] for entry in log_of(watched)]
    assert logged == [[b"ECHO", b"a"], [b"MULTI"]]


# --- LATENCY ---------------------------------------------------------------------------------------------------------


def history_of(*spikes: tuple[int, int]) -> EventHistory:
    """The history these spikes make."""
    history = EventHistory()
    for spike in spikes:
        history.add(Spike(*spike))
    return history


def test_slow_commands_are_spikes(clock: ManualClock) -> None:
    face = Face(embedded_node(clock, latency_monitor_threshold="10"))
    node = face.node
    node.slow_commands.took_long(face.client, node.executor.lookup(b"lastsave"), [b"LASTSAVE"], 25_000)
    node.slow_commands.took_long(face.client, node.executor.lookup(b"keys"), [b"KEYS", b"*"], 40_999)
    node.slow_commands.took_long(face.client, node.executor.lookup(b"keys"), [b"KEYS", b"*"], 9_999)
    latest = {entry.value[0].value: [each.value for each in entry.value[2:]] for entry in face("LATENCY LATEST").value}
    assert latest == {b"fast-command": [25, 25, 25, 1], b"command": [40, 40, 40, 1]}


def test_the_lower_threshold_rules_the_executor(face: Face) -> None:
    executor = face.node.executor
    for latency_ms, slow_us, expected in ((0, 500, 500), (1, 5000, 1000), (1, 10, 10), (3, -1, 3000), (0, -1, -1)):
        face(f"CONFIG SET latency-monitor-threshold {latency_ms} slowlog-log-slower-than {slow_us}")
        assert executor.slowlog_threshold_us == expected


def test_within_a_second_the_worst_spike_is_kept(clock: ManualClock) -> None:
    monitor = LatencyMonitor(clock)
    monitor.threshold_ms = 5
    for duration_ms in (7, 20, 9, 4):
        monitor.observe(b"command", duration_ms)
    clock.advance(1)
    monitor.observe(b"command", 6)
    history = monitor.events[b"command"]
    assert [spike.duration_ms for spike in history.spikes] == [20, 6]
    assert (history.longest_ms, history.total_ms, history.count) == (20, 42, 4)


def test_the_history_is_bounded(clock: ManualClock) -> None:
    history = history_of(*((second, 10) for second in range(SPIKES_MAX + 40)))
    assert len(history.spikes) == SPIKES_MAX


def test_a_graph_reads_as_in_redis() -> None:
    history = history_of((10, 20), (11, 60), (12, 150), (13, 150))
    assert graph(b"command", history, 13) == (
        "command - high 150 ms, low 20 ms (all time high 150 ms)\n" + "-" * 80 + "\n"
        "  ##\n  ||\n _||\n_|||\n    \n3210\nssss\n"
    )


def test_a_graph_of_many_heights_reads_as_in_redis() -> None:
    history = history_of((2, 20), (3, 20), (4, 30), (5, 40), (6, 50), (8, 60), (9, 70), (10, 80))
    assert graph(b"command", history, 10).split("\n")[2:6] == ["      o#", "    _#||", "   o||||", "__#|||||"]


def test_ages_are_told_in_fitting_units() -> None:
    history = history_of((0, 5), (86400 - 7200, 5), (86400 - 120, 5))
    assert graph(b"e", history, 86400).endswith("\n122\ndhm\n")


def test_the_doctor_counts_spikes_and_gives_advice(clock: ManualClock) -> None:
    monitor = LatencyMonitor(clock)
    assert "Latency monitoring is disabled" in analysis(monitor, 10_000, 0)
    monitor.threshold_ms = 10
    assert "No latency spike was observed" in analysis(monitor, 10_000, 0)
    monitor.events[b"command"] = history_of((10, 20), (11, 60), (12, 150), (13, 150))
    text = analysis(monitor, 20_000, 13)
    assert "1. command: 4 latency spikes (average 95ms, mean deviation 55ms, period 0.75 sec). " in text
    assert "Worst all time event 150ms." in text
    assert "CONFIG SET slowlog-log-slower-than 10000" in text
    monitor.events = {b"other": history_of((1, 20))}
    assert "commands are not what took long" in analysis(monitor, 20_000, 13)


def test_histograms_are_cumulative(face: Face) -> None:
    for _ in range(5):
        face("ECHO a")
    ((name, told),) = zip(*[iter(face("LATENCY HISTOGRAM echo").value)] * 2, strict=True)
    calls, histogram = told.value[1].value, [each.value for each in told.value[3].value]
    assert (name.value, calls) == (b"echo", 5)
    bounds, counts = histogram[::2], histogram[1::2]
    assert all(bound & (bound - 1) == 0 for bound in bounds)
    assert counts == sorted(counts) and counts[-1] == 5


# --- MEMORY ----------------------------------------------------------------------------------------------------------


def stats_of(face: Face) -> dict[bytes, Any]:
    """MEMORY STATS by name."""
    flat = [each.value for each in face("MEMORY STATS").value]
    return dict(zip(flat[::2], flat[1::2], strict=True))


def test_memory_stats_are_true(face: Face) -> None:
    before = stats_of(face)
    face("DEBUG POPULATE 2000 key 100")
    after = stats_of(face)
    assert after[b"keys.count"] == 2000
    assert 200_000 < after[b"total.allocated"] - before[b"total.allocated"] < 500_000
    assert after[b"dataset.bytes"] + after[b"overhead.total"] == after[b"total.allocated"]
    assert after[b"keys.bytes-per-key"] == (after[b"total.allocated"] - after[b"startup.allocated"]) // 2000
    assert [each.value for each in after[b"db.0"]][::2] == [b"overhead.hashtable.main", b"overhead.hashtable.expires"]


def test_usage_grows_with_key_value_and_deadline(face: Face) -> None:
    def usage(key: str) -> int:
        return int(face(f"MEMORY USAGE {key}").value)

    face("SET k v")
    face("SET longer-name-of-a-key v")
    face("SET v " + "x" * 1000)
    assert 16 < usage("k") < usage("longer-name-of-a-key") < usage("v") < 1200
    face("SET big " + "x" * 100_000)
    assert 100_000 < usage("big") < 132_000
    small = usage("k")
    face("PEXPIRE k 100000")
    assert usage("k") > small


def test_the_doctor_sees_what_is_wrong(face: Face) -> None:
    assert b"this instance is empty" in face("MEMORY DOCTOR").value
    face("DEBUG POPULATE 4000 key 2000")
    assert b"can't find any memory issue" in face("MEMORY DOCTOR").value
    face.node.stats.note_memory(1 << 40)
    assert b"Peak memory" in face("MEMORY DOCTOR").value
