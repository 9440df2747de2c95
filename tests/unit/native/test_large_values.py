"""Long values: taken over from the input buffer, answered whole, and accounted for."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from redpoll.native import memory

VALUE = bytes(range(256)) * 12_000  # 3 MB


def pieces(data: bytes, size: int = 65_536) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def send(node: Any, client: Any, data: bytes) -> bytes:
    return b"".join(node.executor.feed(client, piece) for piece in pieces(data))


@pytest.mark.parametrize("before", [(), (b"short",), (VALUE[::-1],)], ids=["new", "over short", "over long"])
@pytest.mark.parametrize(
    "options", [(), (b"PX", b"100000"), (b"NX",), (b"XX",)], ids=lambda words: b" ".join(words).decode()
)
def test_a_long_value_that_comes_in_pieces_is_set(
    node: Any, before: tuple[bytes, ...], options: tuple[bytes, ...]
) -> None:
    client, db = node.new_client(), node.keyspace[0]
    for value in before:
        db.set_string(b"key", value)
    held = db.string(b"key")
    reply = send(node, client, command(b"SET", b"key", VALUE, *options))
    refused = (b"NX" in options) == bool(before) and (b"NX" in options or b"XX" in options)
    assert reply == (b"$-1\r\n" if refused else b"+OK\r\n")
    assert db.string(b"key") == (held if refused else VALUE)
    assert send(node, client, command(b"PING") + command(b"GET", b"key")).startswith(b"+PONG\r\n")
    node.keyspace.check()


def test_what_follows_a_long_value_is_executed(node: Any) -> None:
    client = node.new_client()
    stream = command(b"SET", b"a", VALUE) + command(b"APPEND", b"a", b"!") + command(b"SET", b"b", VALUE) + b"PING\r\n"
    assert send(node, client, stream) == b"+OK\r\n:%d\r\n+OK\r\n+PONG\r\n" % (len(VALUE) + 1)
    assert node.keyspace[0].string(b"a") == VALUE + b"!"
    assert node.keyspace[0].string(b"b") == VALUE


def test_the_memory_of_long_values_is_given_back(node: Any) -> None:
    client = node.new_client()
    gc.collect()
    before = memory.used_bytes()
    send(node, client, command(b"SET", b"a", VALUE))
    assert memory.used_bytes() >= before + len(VALUE)
    send(node, client, command(b"DEL", b"a"))
    assert memory.used_bytes() == before


def test_the_slow_log_shows_the_words_of_a_long_set(node: Any) -> None:
    client = node.new_client()
    seen: list[list[bytes]] = []
    node.executor.slowlog_threshold_us = 0
    node.executor.on_slow = lambda client, entry, argv, usec: seen.append(argv)
    send(node, client, command(b"SET", b"key", VALUE))
    assert seen == [[b"SET", b"key", VALUE]]
