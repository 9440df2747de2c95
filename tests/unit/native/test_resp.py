"""The request parser: whatever arrives, in whatever pieces, it neither crashes nor hangs nor grows without bound."""

from __future__ import annotations

import resource
import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.commands.harness import Decoder, Incomplete, Server, encode_command

from redpoll.native.client import CLOSE_AFTER_REPLY, CLOSE_ASAP, NEED_AUTH
from redpoll.native.resp import parse_requests, split_inline

INLINE_BYTES_MAX = 64 * 1024

# Requests of every shape; each is answered at once.
MESSAGES: dict[str, bytes] = {
    "no argument": encode_command("PING"),
    "one argument": encode_command(["ECHO", b"hello"]),
    "empty bulk": encode_command(["ECHO", b""]),
    "binary": encode_command(["ECHO", bytes(range(256))]),
    "line breaks inside": encode_command(["ECHO", b"*1\r\n$4\r\nPING\r\n"]),
    "many arguments": encode_command(["MSET", *[b"%d" % number for number in range(200)]]),
    "longer bulk": encode_command(["ECHO", b"x" * 600]),
    "inline": b"ECHO hello\r\n",
    "inline with a bare newline": b"ECHO hello\n",
    "inline with quotes": b"ECHO \"a b\\x41\\n\"\r\nECHO 'it\\'s'\r\n",
    "empty lines before": b"\r\n\n\r\nPING\r\n",
    "empty array before": b"*0\r\n*-1\r\nPING\r\n",
    "mixed pipeline": b"PING\r\n" + encode_command("PING") + b"ECHO a\n" + encode_command(["ECHO", b"b"]),
    "an error between": encode_command("NOSUCH a") + encode_command("GET") + encode_command("PING"),
}

# What a broken request is answered with, before the connection is closed.
PROTOCOL_ERRORS: list[tuple[bytes, bytes]] = [
    (b"*x\r\n", b"invalid multibulk length"),
    (b"*\r\n", b"invalid multibulk length"),
    (b"* 1\r\n$4\r\nPING\r\n", b"invalid multibulk length"),
    (b"*01\r\n$4\r\nPING\r\n", b"invalid multibulk length"),
    (b"*+1\r\n$4\r\nPING\r\n", b"invalid multibulk length"),
    (b"*1\n$4\r\nPING\r\n", b"invalid multibulk length"),
    (b"*2147483648\r\n", b"invalid multibulk length"),
    (b"*9223372036854775808\r\n", b"invalid multibulk length"),
    (b"*" + b"1" * 70000, b"too big mbulk count string"),
    (b"*1\r\n+PING\r\n", b"expected '$', got '+'"),
    (b"*1\r\n\r\n", b"expected '$', got ' '"),
    (b"*3\r\n$4\r\nECHO\r\n:1\r\n", b"expected '$', got ':'"),
    (b"*1\r\n$-1\r\n", b"invalid bulk length"),
    (b"*1\r\n$\r\n", b"invalid bulk length"),
    (b"*1\r\n$x\r\n", b"invalid bulk length"),
    (b"*1\r\n$04\r\nPING\r\n", b"invalid bulk length"),
    (b"*1\r\n$4\nPING\r\n\r\n", b"invalid bulk length"),
    (b"*1\r\n$536870913\r\n", b"invalid bulk length"),
    (b"*2\r\n$4\r\nECHO\r\n$00000000000000000000005\r\nhello\r\n", b"invalid bulk length"),
    (b"*1\r\n$" + b"1" * 70000, b"too big bulk count string"),
    (b"*1\r\n$4\r\nPINGxx", b"invalid CRLF in request"),
    (b"GET 'a\r\n", b"unbalanced quotes in request"),
    (b'GET "a\r\n', b"unbalanced quotes in request"),
    (b"a" * 70000, b"too big inline request"),
]


def is_closing(client: Any) -> bool:
    """True if the connection ends after what was answered."""
    return bool(client.flags & (CLOSE_AFTER_REPLY | CLOSE_ASAP))


def answer(node: Any, *pieces: bytes) -> bytes:
    """What a fresh client is answered to bytes that arrive in pieces."""
    client = node.new_client()
    replies = b"".join(node.executor.feed(client, piece) for piece in pieces)
    node.forget_client(client)
    return replies


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_a_message_split_at_every_byte_is_answered_alike(node: Any, message: bytes) -> None:
    whole = answer(node, message)
    assert whole
    for cut in range(1, len(message)):
        assert answer(node, message[:cut], message[cut:]) == whole, f"cut at {cut}"


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_a_message_that_arrives_byte_by_byte_is_answered_alike(node: Any, message: bytes) -> None:
    assert answer(node, *(message[at : at + 1] for at in range(len(message)))) == answer(node, message)


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1000, 4096])
def test_a_pipeline_may_be_cut_anywhere(node: Any, size: int) -> None:
    stream = b"".join(encode_command(["ECHO", b"%d" % number]) for number in range(500))
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    expected = b"".join(b"$%d\r\n%d\r\n" % (len(str(number)), number) for number in range(500))
    assert answer(node, *pieces) == expected


@pytest.mark.parametrize(("message", "text"), PROTOCOL_ERRORS, ids=lambda value: repr(value[:24]))
def test_a_broken_request_is_answered_and_ends_the_connection(node: Any, message: bytes, text: bytes) -> None:
    client = node.new_client()
    assert node.executor.feed(client, message) == b"-ERR Protocol error: " + text + b"\r\n"
    assert is_closing(client)


@pytest.mark.parametrize(("message", "text"), PROTOCOL_ERRORS, ids=lambda value: repr(value[:24]))
def test_the_oracle_answers_a_broken_request_so(oracle: Server, message: bytes, text: bytes) -> None:
    with oracle.connect() as connection:
        connection.send_raw(message)
        reply = connection.read()
    assert (reply.kind, reply.value) == ("-", b"ERR Protocol error: " + text)


@pytest.mark.parametrize(("message", "text"), PROTOCOL_ERRORS, ids=lambda value: repr(value[:24]))
def test_redpoll_answers_a_broken_request_so_over_tcp(redpoll_tcp: Server, message: bytes, text: bytes) -> None:
    with redpoll_tcp.connect() as connection:
        connection.send_raw(message)
        connection.socket.shutdown(socket.SHUT_WR)
        reply = connection.read()
    assert (reply.kind, reply.value) == ("-", b"ERR Protocol error: " + text)


def test_requests_before_a_broken_one_are_answered(node: Any) -> None:
    replies = answer(node, encode_command("PING") + b"*1\r\n!\r\n" + encode_command("PING"))
    assert replies == b"+PONG\r\n-ERR Protocol error: expected '$', got '!'\r\n"


def test_nothing_is_answered_after_a_protocol_error(node: Any) -> None:
    client = node.new_client()
    assert node.executor.feed(client, b"*x\r\n")
    assert node.executor.feed(client, encode_command("PING")) == b""


@pytest.mark.parametrize("size", [INLINE_BYTES_MAX - 2, INLINE_BYTES_MAX])
def test_an_inline_request_may_have_64_kib(node: Any, size: int) -> None:
    line = b"ECHO " + b"x" * (size - 7) + b"\r\n"
    assert answer(node, line[:1000], line[1000:]) == b"$%d\r\n%b\r\n" % (size - 7, b"x" * (size - 7))


def test_a_line_without_end_is_refused_in_pieces_too(node: Any) -> None:
    replies = answer(node, *[b"x" * 1000] * 80)
    assert replies == b"-ERR Protocol error: too big inline request\r\n"


def test_unauthenticated_clients_may_send_little(node: Any) -> None:
    for message, text in (
        (b"*11\r\n", b"unauthenticated multibulk length"),
        (b"*2\r\n$4\r\nAUTH\r\n$16385\r\n", b"unauthenticated bulk length"),
    ):
        client = node.new_client()
        client.flags |= NEED_AUTH
        assert node.executor.feed(client, message) == b"-ERR Protocol error: " + text + b"\r\n"


def test_a_request_of_many_arguments_in_many_pieces(node: Any) -> None:
    count = 100_000
    words = [b"MSET"]
    for number in range(count):
        words += [b"key:%d" % number, b"%d" % number]
    stream = encode_command(words)
    assert answer(node, *(stream[at : at + 16_000] for at in range(0, len(stream), 16_000))) == b"+OK\r\n"
    assert answer(node, encode_command(["MGET", b"key:0", b"key:99999"])) == b"*2\r\n$1\r\n0\r\n$5\r\n99999\r\n"


def test_a_large_value_in_many_pieces(node: Any) -> None:
    value = bytes(range(256)) * 40_000
    stream = encode_command(["SET", b"large", value])
    assert answer(node, *(stream[at : at + 65_536] for at in range(0, len(stream), 65_536))) == b"+OK\r\n"
    assert answer(node, encode_command("GET large")) == b"$%d\r\n%b\r\n" % (len(value), value)


@pytest.mark.parametrize(
    "message",
    [
        b"*2147483647\r\n",
        b"*2147483647\r\n$1\r\na\r\n",
        b"*1\r\n$536870912\r\n",
        b"*2\r\n$3\r\nGET\r\n$500000000\r\nabc",
    ],
    ids=repr,
)
def test_an_announced_size_takes_no_memory(node: Any, message: bytes) -> None:
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    client = node.new_client()
    for _ in range(20):
        client = node.new_client()
        assert node.executor.feed(client, message) == b""
        assert not is_closing(client)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 16 * 1024


words = st.lists(st.binary(max_size=40), min_size=1, max_size=30)


@given(requests=st.lists(words, max_size=20), data=st.data())
def test_requests_come_out_as_they_went_in(requests: list[list[bytes]], data: st.DataObject) -> None:
    stream = b"".join(map(encode_command, requests))
    assert parse_requests(stream) == (requests, len(stream), None)
    cut = data.draw(st.integers(0, len(stream)))
    first, used, problem = parse_requests(stream[:cut])
    assert problem is None
    assert used <= cut
    assert first + parse_requests(stream[used:])[0] == requests


# Bytes that look like the protocol go deeper than bytes that do not.
pieces = st.sampled_from(
    [
        b"*",
        b"$",
        b"\r\n",
        b"\n",
        b"\r",
        b"1",
        b"2",
        b"-1",
        b"0",
        b"65536",
        b"PING",
        b"ECHO",
        b"GET",
        b'"',
        b"'",
        b"\\x",
        b" ",
    ]
)
garbage = st.one_of(
    st.binary(max_size=200), st.lists(st.one_of(pieces, st.binary(max_size=3)), max_size=60).map(b"".join)
)


@settings(max_examples=300, deadline=None)
@given(stream=garbage)
def test_garbage_is_answered_with_whole_replies_or_not_at_all(shared_node: Any, stream: bytes) -> None:
    client = shared_node.new_client()
    decoder = Decoder()
    decoder.feed(shared_node.executor.feed(client, stream))
    with pytest.raises(Incomplete):
        while True:
            decoder.next()
    assert decoder.pending == 0
    shared_node.forget_client(client)


@settings(max_examples=200, deadline=None)
@given(stream=garbage, cut=st.integers(0, 200))
def test_garbage_in_two_pieces_is_answered_as_in_one(shared_node: Any, stream: bytes, cut: int) -> None:
    assert answer(shared_node, stream[:cut], stream[cut:]) == answer(shared_node, stream)


@given(line=st.binary(max_size=80))
def test_any_line_splits_or_is_unbalanced(line: bytes) -> None:
    found = split_inline(line)
    assert found is None or all(isinstance(word, bytes) for word in found)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"", []),
        (b"  a   b ", [b"a", b"b"]),
        (b'"a b" c', [b"a b", b"c"]),
        (b'"\\x41\\n\\t\\"\\\\"', [b'A\n\t"\\']),
        (b'"\\xzz"', [b"xzz"]),
        (b"'a\\'b\\n'", [b"a'b\\n"]),
        (b"''", [b""]),
        (b'"a', None),
        (b"'a", None),
    ],
)
def test_a_line_is_split_as_redis_does(line: bytes, expected: list[bytes] | None) -> None:
    assert split_inline(line) == expected
