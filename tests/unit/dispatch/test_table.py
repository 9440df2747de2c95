"""The table: built from families, checked, renamed, frozen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from redpoll.dispatch.declare import LOADING, RO, Command, DeclarationError, Family, Key
from redpoll.dispatch.table import CommandTable


def get(ctx: Any, key: bytes) -> None:
    """Return the value of a key."""


def client_id(ctx: Any) -> int:
    """Return the id."""
    return 1


def undocumented(ctx: Any) -> None:
    pass


def families() -> list[Family]:
    string, connection = Family("string"), Family("connection")
    string.command(key=Key(RO), syntax="key")(get)
    client = connection.container("client", summary="A container.")
    client.command(LOADING)(client_id)
    client.help([])
    return [string, connection]


@pytest.fixture
def table() -> CommandTable:
    return CommandTable(families())


def name_of(command: Command | None) -> bytes | None:
    return None if command is None else command.name


@pytest.mark.parametrize(
    "name, found",
    [(b"get", b"get"), (b"GeT", b"get"), (b"client", b"client"), (b"Client|ID", b"client|id"), (b"client|nosuch", None),
     (b"client|", None), (b"get|x", None), (b"nosuch", None), (b"id", None)],
)  # fmt: skip
def test_a_name_is_looked_up_in_any_case(table: CommandTable, name: bytes, found: bytes | None) -> None:
    assert name_of(table.lookup(name)) == found


@pytest.mark.parametrize(
    "request_line, found",
    [(b"GET a", b"get"), (b"CLIENT", b"client"), (b"CLIENT id", b"client|id"), (b"CLIENT nosuch", None),
     (b"CLIENT|ID", None), (b"nosuch", None)],
)  # fmt: skip
def test_a_request_resolves_to_what_it_calls(table: CommandTable, request_line: bytes, found: bytes | None) -> None:
    assert name_of(table.resolve(request_line.split())) == found


def test_the_table_counts_commands_and_iterates_over_subcommands_too(table: CommandTable) -> None:
    assert len(table) == 2
    assert [command.name for command in table] == [b"get", b"client", b"client|id", b"client|help"]


def test_a_renamed_command_answers_to_its_new_name_alone(table: CommandTable) -> None:
    table.rename(b"GET", b"Fetch")
    assert table.lookup(b"get") is None
    assert name_of(table.lookup(b"FETCH")) == b"get"
    table.rename(b"client", b"")
    assert len(table) == 1


@pytest.mark.parametrize(
    "name, new_name, reason",
    [(b"nosuch", b"x", "No such command in rename-command"), (b"get", b"CLIENT", "Target command name already exists")],
)
def test_a_rename_that_cannot_be_done_says_why(table: CommandTable, name: bytes, new_name: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        table.rename(name, new_name)


class Entry:
    """As much of the executor's entry as the table needs."""

    def __init__(
        self, name: bytes, handler: Any, arity: int, flags: int, spec: bytes, *, command: Command, subcommands: Any
    ) -> None:
        self.plain = (name, handler, arity, flags, spec)
        self.command = command
        self.subcommands = subcommands


class Executor:
    """As much of an executor as the table needs."""

    def __init__(self) -> None:
        self.entries: dict[bytes, Entry] = {}

    def register(self, entry: Entry, name: bytes) -> None:
        self.entries[name] = entry


def test_entries_are_frozen_with_their_declaration(table: CommandTable) -> None:
    get_, client = table.entries(Entry)
    assert get_.plain == (b"get", get, 2, 0, b"b")
    assert get_.command is table.commands[b"get"]
    assert get_.subcommands is None
    assert client.plain[:3] == (b"client", None, -2)
    assert list(client.subcommands) == [b"id", b"help"]
    assert client.subcommands[b"id"].plain == (b"client|id", client_id, 2, LOADING, b"")


def test_an_executor_gets_the_commands_by_the_names_clients_call(table: CommandTable) -> None:
    executor = Executor()
    table.rename(b"get", b"fetch")
    table.install(executor, Entry)
    assert {name: entry.plain[0] for name, entry in executor.entries.items()} == {
        b"client": b"client",
        b"fetch": b"get",
    }


def declare(handler: Callable[..., Any], **details: Any) -> list[Family]:
    family = Family("string")
    family.command(**details)(handler)
    return [family]


@pytest.mark.parametrize(
    "declared, reason",
    [
        (families() + families(), "get is declared twice"),
        (declare(undocumented), "no docstring"),
        (declare(get, syntax="(a"), "not closed"),
        (declare(get, syntax="key value", key=Key(RO)), "its syntax has 3 words"),
        (declare(get, syntax="key#3", key=Key(RO)), "no key specification"),
        (declare(get, syntax="key"), "no key specification"),
    ],
)
def test_a_wrong_declaration_does_not_become_a_table(declared: list[Family], reason: str) -> None:
    with pytest.raises(DeclarationError, match=reason):
        CommandTable(declared)


def test_a_container_needs_subcommands_and_has_each_once() -> None:
    family = Family("connection")
    client = family.container("client", summary="A container.")
    with pytest.raises(DeclarationError, match="neither"):
        CommandTable([family])
    client.command()(client_id)
    client.command()(client_id)
    with pytest.raises(DeclarationError, match="id is declared twice"):
        CommandTable([family])
