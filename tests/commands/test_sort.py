"""SORT over collections, compared with the oracle: plain stand-ins take the place of the database and its values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from redpoll.commands.sort import sort, sort_ro
from redpoll.errors import CommandError
from redpoll.native.resp import encode_reply
from redpoll.values import collections
from tests.commands.harness import Connection, Decoder, Reply, Server, split_words


class Elements:
    """A list, set or sorted set in the order the oracle keeps it."""

    def __init__(self, kind: bytes, elements: list[bytes]) -> None:
        self.kind = kind
        self._elements = elements

    def elements(self) -> list[bytes]:
        return list(self._elements)


class Fields(dict[bytes, bytes]):
    """A hash."""

    kind = b"hash"


class Holding:
    """A database and the context of a command on it, as far as sorting needs them."""

    def __init__(self) -> None:
        self.db = self
        self.held: dict[bytes, Any] = {}
        self.events: list[tuple[int, bytes, bytes]] = []

    def type_name(self, key: bytes) -> bytes | None:
        held = self.held.get(key)
        return b"string" if isinstance(held, bytes) else held and held.kind

    def value(self, key: bytes, type_code: int) -> Any:
        held = self.held.get(key)
        codes = {**collections.SORTABLE, b"hash": collections.HASH}
        assert held is None or codes[held.kind] == type_code
        return held

    def string_or_none(self, key: bytes) -> bytes | None:
        held = self.held.get(key)
        return held if isinstance(held, bytes) else None

    def put_value(self, key: bytes, value: Elements) -> None:
        self.held[key] = value

    def delete(self, key: bytes, event: bytes = b"del") -> bool:
        if self.held.pop(key, None) is None:
            return False
        self.changed(4, event, key)
        return True

    def changed(self, event_class: int, event: bytes, key: bytes) -> None:
        self.events.append((event_class, event, key))


STRINGS = "MSET w_1 5 w_2 4 w_3 3 w_10 x o_1 one o_2 two e_1 2 e_2 '' e_10 1 a->o_1 arrow str 1"
LISTS = {
    "l": "3 1 2 10",
    "words": "b B a A é z",
    "tied": "1 1.0 01 1.00",
    "special": "1 inf -inf +1 .5 1e3",
    "bad": "1 0x10",
    "empty": "'' 1",
    "blank": "' 1' 2",
    "nan": "nan 1",
    "vast": "1e400",
}
SETS = {"s": "5 1 30 4", "names": "pear apple fig"}
ZSETS = {"z": "3 a 1 b 2 c"}
HASHES = {"h_1": "f A n 2", "h_2": "f B n 1", "h_3": "g C"}


def stand_in(connection: Connection) -> Holding:
    """What the oracle holds, in the oracle's order."""
    holding = Holding()
    words = split_words(STRINGS)[1:]
    holding.held.update(zip(words[::2], words[1::2], strict=True))
    readers = ((LISTS, b"list", "LRANGE {} 0 -1"), (SETS, b"set", "SMEMBERS {}"), (ZSETS, b"zset", "ZRANGE {} 0 -1"))
    for table, kind, reader in readers:
        for name in table:
            elements = [each.value for each in connection.call(reader.format(name)).value]
            holding.held[name.encode()] = Elements(kind, elements)
    for name, fields in HASHES.items():
        pairs = split_words(fields)
        holding.held[name.encode()] = Fields(zip(pairs[::2], pairs[1::2], strict=True))
    return holding


@pytest.fixture
def connection(oracle: Server) -> Iterator[Connection]:
    """A connection to an oracle that holds the tables above."""
    with oracle.connect() as opened:
        opened.call("FLUSHALL")
        opened.call(STRINGS)
        for table, writer in ((LISTS, "RPUSH"), (SETS, "SADD"), (ZSETS, "ZADD"), (HASHES, "HSET")):
            for name, elements in table.items():
                opened.call(f"{writer} {name} {elements}")
        yield opened
        opened.call("FLUSHALL")


@pytest.fixture
def holding(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Holding:
    """A stand-in that holds the same."""
    monkeypatch.setattr(collections, "_list_makers", [lambda elements: Elements(b"list", elements)])
    return stand_in(connection)


def answer(holding: Holding, call: str) -> Reply:
    """What the handler replies, as a client sees it."""
    name, key, *options = split_words(call)
    handler: Any = sort if name == b"SORT" else sort_ro
    try:
        reply = handler(holding, key, *options)
    except CommandError as error:
        return Reply("-", error.wire)
    decoder = Decoder()
    decoder.feed(encode_reply(reply))
    return decoder.next()


CALLS = (
    """
l|l DESC|l ASC DESC|l DESC ASC|l ALPHA|l ALPHA DESC|l BY w_*|l BY w_* ALPHA|l BY e_*|l BY e_* ALPHA
l BY e_* ALPHA DESC|l BY nokey_*|l BY nokey_* DESC|l BY nokey_* ALPHA|l BY nokey_* ALPHA DESC|l BY nosort
l BY nosort DESC|l BY nosort DESC LIMIT 1 2|l LIMIT 1 2|l LIMIT -1 2|l LIMIT 1 -1|l LIMIT 10 1|l LIMIT 0 0
l LIMIT 9223372036854775807 9223372036854775807|l LIMIT 1 9223372036854775807|l LIMIT a b|l LIMIT 1
l LIMIT 0 1 LIMIT 1 2|l GET o_*|l GET #|l GET # GET h_*->f|l GET h_*->g GET nostar GET *|l GET o_*->
l GET ->o_*|l GET h_*->f*|l GET h_*|l BY h_*->n|l BY h_*->n DESC|l BY h_*->f ALPHA|l BY h_*->f|l BY o_*->f
l BY w_*->f GET # GET w_*->f|l BY # DESC|l BY l_* BY nosort|l GET|l BY|l STORE|l FOO|words|words ALPHA
words ALPHA DESC|tied|tied DESC|tied ALPHA|special|special DESC|bad|bad ALPHA|empty|empty ALPHA|blank|nan
nan BY nokey_*|vast|s|s DESC|s BY nosort|s BY nosort DESC|s BY nosort LIMIT 1 2|s GET # GET o_*|names
names ALPHA|names ALPHA DESC|names ALPHA LIMIT 1 1|z|z ALPHA|z BY nosort|z BY nosort DESC
z BY nosort DESC LIMIT 1 1|z BY nosort GET # LIMIT 0 1|str|str FOO|str LIMIT a b|nokey|nokey ALPHA GET #
nokey LIMIT a b|h_1|h_1 BY nosort
""".strip()
    .replace("\n", "|")
    .split("|")
)


@pytest.mark.parametrize("name", ["SORT", "SORT_RO"])
@pytest.mark.parametrize("call", CALLS)
def test_sorting_answers_as_the_oracle(connection: Connection, holding: Holding, name: str, call: str) -> None:
    line = f"{name} {call}"
    assert answer(holding, line) == connection.call(line)


STORED = (
    """
l|l DESC LIMIT 1 2|l GET o_*|l GET h_*->f GET #|s BY nosort|s BY nosort DESC|names BY nosort|names ALPHA DESC
z BY nosort DESC|nokey|l LIMIT 10 1|bad|str|words ALPHA
""".strip()
    .replace("\n", "|")
    .split("|")
)


@pytest.mark.parametrize("target", ["fresh", "w_10", "words"])
@pytest.mark.parametrize("call", STORED)
def test_a_stored_result_is_a_list(connection: Connection, holding: Holding, call: str, target: str) -> None:
    line = f"SORT {call} STORE {target}"
    assert answer(holding, line) == connection.call(line)
    kind = holding.type_name(target.encode())
    assert (kind or b"none") == connection.call(f"TYPE {target}").value
    if kind == b"list":
        stored = [each.value for each in connection.call(f"LRANGE {target} 0 -1").value]
        assert holding.held[target.encode()].elements() == stored


@pytest.mark.parametrize(
    ("call", "events"),
    [
        ("SORT l STORE str", [(16, b"sortstore", b"str")]),
        ("SORT nokey STORE str", [(4, b"del", b"str")]),
        ("SORT nokey STORE fresh", []),
        ("SORT l", []),
    ],
)
def test_a_stored_result_is_one_event(holding: Holding, call: str, events: list[tuple[int, bytes, bytes]]) -> None:
    answer(holding, call)
    assert holding.events == events
