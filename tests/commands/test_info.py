"""INFO and the statistics behind it: sections, fields and that the figures are true."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest

from redpoll.clock import ManualClock
from redpoll.dispatch.info_sections import ALL, DEFAULT, EVERYTHING, SECTIONS, chosen
from redpoll.dispatch.memory_report import readable
from redpoll.dispatch.statistics import RATE_SAMPLES, Rate
from redpoll.version import REDIS_VERSION, __version__
from tests.commands.harness import Decoder, Reply, Server, encode_command
from tests.nodes import embedded_node

SMALL = "set latency-tracking-info-percentiles"

# What Redis 7.4 tells and Redpoll cannot: there is no such thing here, or nothing that could count it.
ABSENT_FIELDS = {
    "atomicvar_api",
    "clients_hz",
    "availability_zone",
    "valkey_version",
    "valkey_release_stage",
    "server_mode",
    "total_reads_processed",
    "total_writes_processed",
    "reply_buffer_shrinks",
    "reply_buffer_expands",
}


class Face:
    """A client of a node without sockets, called with a line."""

    def __init__(self, node: Any) -> None:
        self.node = node
        self.client = node.new_client()

    def __call__(self, line: str) -> Reply:
        decoder = Decoder()
        decoder.feed(
            self.node.executor.feed(self.client, encode_command([word.encode() for word in shlex.split(line)]))
        )
        return decoder.next()

    def info(self, *sections: str) -> dict[str, dict[str, str]]:
        """INFO by section title and field."""
        return parse_info(self(" ".join(["INFO", *sections])).value)


def parse_info(text: bytes) -> dict[str, dict[str, str]]:
    """INFO's text by section title and field."""
    sections: dict[str, dict[str, str]] = {}
    for line in text.decode().split("\r\n"):
        if line.startswith("# "):
            fields = sections[line[2:]] = {}
        elif line:
            name, _, value = line.partition(":")
            fields[name] = value
    return sections


@pytest.fixture
def clock() -> ManualClock:
    """A clock that the test moves."""
    return ManualClock()


@pytest.fixture
def face(clock: ManualClock) -> Face:
    """A client of an empty node."""
    return Face(embedded_node(clock))


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["default"], DEFAULT),
        (["all"], ALL),
        (["everything"], EVERYTHING),
        (["ALL", "modules"], EVERYTHING),
        (["server", "KEYSPACE"], {"server", "keyspace"}),
        (["default", "commandstats"], DEFAULT | {"commandstats"}),
        (["nothing"], set()),
    ],
)
def test_words_choose_sections(words: list[str], wanted: set[str]) -> None:
    assert chosen(words) == wanted


def test_sections_come_in_the_order_of_redis(face: Face) -> None:
    titles = [title for title, _ in SECTIONS.values()]
    assert list(face.info("everything")) == titles
    assert list(face.info("keyspace", "server")) == ["Server", "Keyspace"]
    assert "Commandstats" not in face.info()


def test_sections_are_parted_by_an_empty_line(face: Face) -> None:
    text = face("INFO cluster keyspace").value
    assert text == b"# Cluster\r\ncluster_enabled:0\r\n\r\n# Keyspace\r\n"
    assert face("INFO nothing").value == b""


def test_info_is_verbatim_in_resp3(face: Face) -> None:
    face("HELLO 3")
    assert face("INFO cluster") == Reply("=", b"txt:# Cluster\r\ncluster_enabled:0\r\n")


def test_every_field_that_redis_tells_is_there(face: Face, redis7: Server | None) -> None:
    if redis7 is None:
        pytest.skip("redis-server is not installed")
    theirs = parse_info(redis7.call("INFO everything").value)
    ours = face.info("everything")
    assert list(ours) == list(theirs)
    for title, fields in theirs.items():
        if title not in ("Commandstats", "Errorstats", "Latencystats", "Keyspace", "Modules"):
            missing = fields.keys() - ours[title].keys() - ABSENT_FIELDS
            assert not {name for name in missing if not name.startswith("listener")}, title


def test_fields_come_in_the_order_of_redis(face: Face, redis7: Server | None) -> None:
    if redis7 is None:
        pytest.skip("redis-server is not installed")
    theirs = parse_info(redis7.call("INFO everything").value)
    for title in ("Server", "Clients", "Memory", "Persistence", "Replication", "CPU"):
        ours = list(face.info(title)[title])
        common = [name for name in theirs[title] if name in ours]
        assert [name for name in ours if name in theirs[title]] == common, title


def test_it_says_who_it_is(face: Face, clock: ManualClock) -> None:
    clock.advance(2 * 86400 + 5)
    server = face.info("server")["Server"]
    assert server["redis_version"] == REDIS_VERSION == "7.4.0"
    assert server["redpoll_version"] == __version__
    assert server["server_name"] == "redpoll"
    assert server["uptime_in_seconds"] == str(2 * 86400 + 5)
    assert server["uptime_in_days"] == "2"
    assert server["server_time_usec"] == str(clock.now_us())
    assert re.fullmatch("[0-9a-f]{40}", server["run_id"])


def test_over_tcp_it_names_process_port_and_listeners(redpoll_tcp: Server) -> None:
    server = parse_info(redpoll_tcp.call("INFO server").value)["Server"]
    assert int(server["process_id"]) == redpoll_tcp.process.pid
    assert int(server["tcp_port"]) == redpoll_tcp.port
    assert server["listener0"].startswith("name=tcp,bind=")
    assert server["listener0"].endswith(f",port={redpoll_tcp.port}")
    stats = parse_info(redpoll_tcp.call("INFO stats").value)["Stats"]
    assert int(stats["total_connections_received"]) >= 2
    assert int(stats["total_net_input_bytes"]) > 0


def test_clients_are_counted(face: Face) -> None:
    other, watcher = Face(face.node), Face(face.node)
    other("SUBSCRIBE news")
    watcher("WATCH a")
    watcher("WATCH b")
    clients = face.info("clients")["Clients"]
    assert clients["connected_clients"] == "3"
    assert clients["pubsub_clients"] == "1"
    assert clients["watching_clients"] == "1"
    assert clients["total_watched_keys"] == "2"
    assert face.info("stats")["Stats"]["pubsub_channels"] == "1"


def test_memory_grows_with_the_data_and_remembers_its_peak(face: Face) -> None:
    before = face.info("memory")["Memory"]
    face("DEBUG POPULATE 1000 key 2000")
    full = face.info("memory")["Memory"]
    grown = int(full["used_memory"]) - int(before["used_memory"])
    assert 2_000_000 < grown < 3_000_000
    assert int(full["used_memory_rss"]) > 2_000_000
    face("FLUSHALL")
    face("MEMORY PURGE")
    empty = face.info("memory")["Memory"]
    assert int(empty["used_memory"]) < int(full["used_memory"]) - 2_000_000
    assert int(empty["used_memory_peak"]) >= int(full["used_memory"])
    assert empty["used_memory_peak_human"] == readable(int(empty["used_memory_peak"]))
    assert int(empty["used_memory_dataset"]) + int(empty["used_memory_overhead"]) == int(empty["used_memory"])


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0B"), (1023, "1023B"), (1024, "1.00K"), (1018512, "994.64K"), (6671728, "6.36M"), (25276510208, "23.54G")],
)
def test_sizes_read_as_in_redis(count: int, text: str) -> None:
    assert readable(count) == text


def test_hits_misses_and_expired_keys_are_counted(face: Face, clock: ManualClock) -> None:
    face("SET k v PX 10")
    face("GET k")
    face("GET none")
    clock.advance(1)
    face.node.begin_cycle()
    face("GET k")
    stats = face.info("stats")["Stats"]
    assert (stats["keyspace_hits"], stats["keyspace_misses"], stats["expired_keys"]) == ("1", "2", "1")


def test_the_keyspace_is_told_by_database(face: Face, clock: ManualClock) -> None:
    face("SET a 1")
    face("SET b 1 PX 5000")
    face("SELECT 3")
    face("SET c 1")
    assert face.info("keyspace")["Keyspace"] == {
        "db0": "keys=2,expires=1,avg_ttl=5000,subexpiry=0",
        "db3": "keys=1,expires=0,avg_ttl=0,subexpiry=0",
    }


def test_commands_and_errors_are_counted(face: Face) -> None:
    face("CONFIG RESETSTAT")
    face("SET k 1")
    face("GET k")
    face("GET")
    face("INCRBY k x")
    face("NOTACOMMAND")
    face("CONFIG GET timeout")
    told = face.info("commandstats", "errorstats", "stats", "latencystats")
    commands = told["Commandstats"]
    assert re.fullmatch(
        r"calls=1,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=1,failed_calls=0", commands["cmdstat_get"]
    )
    assert commands["cmdstat_incrby"].endswith("rejected_calls=0,failed_calls=1")
    assert commands["cmdstat_config|get"].startswith("calls=1,")
    assert told["Errorstats"] == {"errorstat_ERR": "count=3"}
    assert told["Stats"]["total_error_replies"] == "3"
    percentiles = told["Latencystats"]["latency_percentiles_usec_set"]
    assert re.fullmatch(r"p50=[\d.]+,p99=[\d.]+,p99\.9=[\d.]+", percentiles)


def test_percentiles_follow_their_settings(face: Face) -> None:
    face("PING")
    face(f"CONFIG {SMALL} '0 75.5 100'")
    percentiles = face.info("latencystats")["Latencystats"]["latency_percentiles_usec_ping"]
    assert [part.split("=")[0] for part in percentiles.split(",")] == ["p0", "p75.5", "p100"]
    face("CONFIG SET latency-tracking no")
    assert face.info("latencystats")["Latencystats"] == {}


def test_resetstat_begins_anew(face: Face) -> None:
    face("GET")
    face("GET k")
    assert face("CONFIG RESETSTAT") == Reply("+", b"OK")
    told = face.info("stats", "commandstats", "errorstats", "latencystats")
    assert told["Stats"]["keyspace_misses"] == "0"
    assert told["Stats"]["total_error_replies"] == "0"
    assert told["Stats"]["total_commands_processed"] == "1"
    assert told["Errorstats"] == {}
    assert set(told["Commandstats"]) <= {"cmdstat_config|resetstat"}


def test_rates_are_means_of_the_last_samples() -> None:
    rate = Rate()
    for step in range(1, RATE_SAMPLES + 1):
        rate.sample(step * 50, 100)
    assert rate.per_second == 500
    rate.restart()
    assert rate.per_second == 0


def test_operations_per_second_follow_what_is_done(face: Face, clock: ManualClock) -> None:
    for _ in range(RATE_SAMPLES):
        for _ in range(20):
            face("PING")
        clock.advance(0.1)
        face.node.tick()
    assert face.info("stats")["Stats"]["instantaneous_ops_per_sec"] == "200"


def test_a_clock_set_back_does_no_harm(face: Face, clock: ManualClock) -> None:
    clock.set_ms(clock.now_ms() - 10_000)
    face.node.tick()
    clock.advance(0.1)
    face("PING")
    face.node.tick()
    assert int(face.info("stats")["Stats"]["instantaneous_ops_per_sec"]) >= 0


def test_cpu_time_and_memory_are_of_this_process(face: Face) -> None:
    cpu = face.info("cpu")["CPU"]
    assert float(cpu["used_cpu_user"]) > 0
    assert all(re.fullmatch(r"\d+\.\d{6}", value) for value in cpu.values())
