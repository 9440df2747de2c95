"""A node without sockets."""

from __future__ import annotations

import pytest

from redpoll.clock import ManualClock
from redpoll.config import ConfigError
from tests.nodes import embedded_node, feed


def test_a_node_answers() -> None:
    node = embedded_node()
    assert feed(node, node.new_client(), b"PING\r\nSET k v\r\nGET k\r\n") == b"+PONG\r\n+OK\r\n$1\r\nv\r\n"


def test_clients_have_numbers_of_their_own_and_are_forgotten() -> None:
    node = embedded_node()
    first, second = node.new_client(), node.new_client()
    assert [first.id, second.id] == [1, 2]
    node.forget_client(first)
    node.forget_client(first)
    assert list(node.clients) == [2]
    assert node.new_client().id == 3


def test_keys_expire_when_a_cycle_begins() -> None:
    clock = ManualClock()
    node = embedded_node(clock)
    feed(node, node.new_client(), b"SET k v PX 100\r\nSET l v\r\n")
    clock.advance(0.2)
    node.begin_cycle()
    assert len(node.keyspace[0]) == 1
    assert node.keyspace.expired_keys == 1


def test_calls_are_made_by_the_cycle_after_their_time() -> None:
    clock = ManualClock()
    node = embedded_node(clock)
    made: list[str] = []
    node.call_later(1, lambda: made.append("first"))
    node.call_later(2, lambda: made.append("second")).cancel()
    node.begin_cycle()
    assert made == []
    clock.advance(3)
    node.begin_cycle()
    node.begin_cycle()
    assert made == ["first"]


def test_commands_are_renamed() -> None:
    node = embedded_node(rename_command="get fetch")
    client = node.new_client()
    assert feed(node, client, b"fetch k\r\n") == b"$-1\r\n"
    assert feed(node, client, b"GET k\r\n").startswith(b"-ERR unknown command 'GET'")


def test_renaming_what_there_is_not_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="No such command in rename-command"):
        embedded_node(rename_command="nosuch other")


def test_settings_of_the_core_apply_at_once() -> None:
    node = embedded_node()
    client = node.new_client()
    feed(node, client, b"CONFIG SET proto-max-bulk-len 1mb\r\n")
    assert b"invalid bulk length" in feed(node, client, b"*2\r\n$3\r\nGET\r\n$2000000\r\n")


def test_two_nodes_with_one_seed_are_alike() -> None:
    assert embedded_node(seed=7).run_id == embedded_node(seed=7).run_id
    assert embedded_node(seed=7).run_id != embedded_node(seed=8).run_id


def test_output_above_its_limit_ends_the_client() -> None:
    node = embedded_node(client_output_buffer_limit="pubsub 1kb 0 0")
    subscriber, publisher = node.new_client(), node.new_client()
    feed(node, subscriber, b"SUBSCRIBE c\r\n")
    feed(node, publisher, b"PUBLISH c " + b"x" * 2000 + b"\r\n")
    assert node.stats.output_buffer_limit_disconnections == 1
