"""What COMMAND INFO and COMMAND DOCS say about each command there is equals what a live Valkey says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from redpoll.commands import families
from redpoll.commands.command import docs_of, info_of
from redpoll.dispatch.declare import Command
from redpoll.dispatch.table import CommandTable
from redpoll.errors import CommandError
from redpoll.replies import MapReply, SetReply, Status
from tests.commands.harness import Connection, Reply, Server

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


@pytest.fixture(scope="module")
def valkey(oracle: Server) -> Iterator[Connection]:
    """A RESP3 connection to a live Valkey."""
    with oracle.connect(resp=3) as connection:
        yield connection


def wire(value: Any) -> Reply:
    """A handler's reply as the harness reads it from a RESP3 connection."""
    if value is None:
        return Reply("_", None)
    if isinstance(value, bytes):
        return Reply("+" if isinstance(value, Status) else "$", bytes(value))
    if isinstance(value, int):
        return Reply(":", value)
    if isinstance(value, dict):
        return Reply("%", [(wire(name), wire(each)) for name, each in value.items()])
    if isinstance(value, MapReply):
        return Reply("%", [(wire(name), wire(each)) for name, each in zip(value[::2], value[1::2], strict=True)])
    return Reply("~" if isinstance(value, SetReply) else "*", [wire(each) for each in value])


def fields(reply: Reply) -> dict[bytes, Reply]:
    """A map reply by name."""
    assert reply.kind == "%"
    return {name.value: value for name, value in reply.value}


def _without_explained(docs: Reply) -> Reply:
    kept = [(name, _without_summaries(value)) for name, value in docs.value if name.value not in EXPLAINED_FIELDS]
    return Reply(docs.kind, kept)


def _without_summaries(reply: Reply) -> Reply:
    if reply.kind == "%":
        pairs = [(name, _without_summaries(value)) for name, value in reply.value if name.value != b"summary"]
        return Reply("%", pairs)
    if isinstance(reply.value, list):
        return Reply(reply.kind, [_without_summaries(each) for each in reply.value])
    return reply


def _compared() -> list[Any]:
    return [
        pytest.param(command, id=name.decode()) for name, command in COMMANDS.items() if name not in EXPLAINED_COMMANDS
    ]


@pytest.mark.parametrize("command", _compared())
def test_command_info_equals_valkeys(valkey: Connection, command: Command) -> None:
    (theirs,) = valkey.call([b"COMMAND", b"INFO", command.name]).value
    assert theirs.value is not None, "Valkey has no such command"
    # The last element holds the sub-commands, which have their own cases.
    assert wire(info_of(command)).value[:-1] == theirs.value[:-1]


@pytest.mark.parametrize("command", _compared())
def test_command_docs_equal_valkeys(valkey: Connection, command: Command) -> None:
    theirs = fields(valkey.call([b"COMMAND", b"DOCS", command.name]))[command.name]
    ours = wire(docs_of(command))
    assert _without_explained(ours) == _without_explained(theirs)
    # Valkey leaves the complexity of a few out, and adds terms to some; here every command declares its cost.
    assert _order(theirs) == b"" or _order(theirs).startswith(_order(ours))
    assert fields(ours)[b"summary"].value


def _order(docs: Reply) -> bytes:
    """The order of growth alone, of a complexity that may go on in prose."""
    found = fields(docs).get(b"complexity")
    return b"" if found is None else found.value.split(b" ", 1)[0].rstrip(b".,:")


def test_each_explained_command_exists() -> None:
    assert EXPLAINED_COMMANDS.keys() <= COMMANDS.keys()


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
def test_the_keys_of_a_request_are_found_as_valkey_finds_them(
    valkey: Connection, subcommand: str, request_line: str
) -> None:
    assert _ours(subcommand, request_line) == valkey.call(f"COMMAND {subcommand} {request_line}")


def _ours(subcommand: str, line: str) -> Reply:
    handler = COMMANDS[f"command|{subcommand.lower()}".encode()].handler
    assert handler is not None
    try:
        return wire(handler(_Context(), *line.encode().split()))
    except CommandError as error:
        return Reply("-", error.wire)


class _Node:
    table = TABLE


class _Context:
    """As much of a context as COMMAND needs."""

    node = _Node()


@pytest.mark.parametrize(
    "filters",
    ["", "FILTERBY ACLCAT string", "FILTERBY ACLCAT @string", "FILTERBY ACLCAT KEYSPACE", "FILTERBY ACLCAT nosuch",
     "FILTERBY MODULE json", "FILTERBY PATTERN *GET*", "FILTERBY PATTERN client|l*", "FILTERBY PATTERN [^a-r]e?",
     "FILTERBY PATTERN", "FILTERBY", "nosuch", "FILTERBY nosuch x", "FILTERBY PATTERN a b", "filterby aclcat fast"],
)  # fmt: skip
def test_command_list_filters_as_valkey_does(valkey: Connection, filters: str) -> None:
    theirs = valkey.call(f"COMMAND LIST {filters}")
    ours = _ours("LIST", filters)
    assert ours.kind == theirs.kind
    if ours.kind == "-":
        assert ours == theirs
        return
    # Each has commands the other has not; of those both have, the same pass.
    known = {name.value for name in valkey.call("COMMAND LIST").value} & COMMANDS.keys() - EXPLAINED_COMMANDS.keys()
    assert {name.value for name in ours.value} & known == {name.value for name in theirs.value} & known


def test_command_help_equals_valkeys(valkey: Connection) -> None:
    assert _ours("HELP", "") == valkey.call("COMMAND HELP")


def test_an_unknown_name_is_null_in_info_and_absent_in_docs(valkey: Connection) -> None:
    names = "nosuch GET client|list CLIENT|nosuch get|x client|"
    theirs = valkey.call(f"COMMAND INFO {names}")
    assert [each.value and each.value[0] for each in _ours("INFO", names).value] == [
        each.value and each.value[0] for each in theirs.value
    ]
    assert [*fields(_ours("DOCS", names))] == [*fields(valkey.call(f"COMMAND DOCS {names}"))]
