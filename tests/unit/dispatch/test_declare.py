"""What a declaration says, and what is derived from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from redpoll.dispatch.declare import (
    ACCESS,
    ADMIN,
    BLOCKING,
    DELETE,
    FAST,
    LOADING,
    MOVABLE_KEYS,
    NOSCRIPT,
    NOT_KEY,
    PUBSUB,
    READONLY,
    RO,
    RW,
    STALE,
    SYSTEM,
    WRITE,
    Command,
    DeclarationError,
    Family,
    Key,
    categories_of,
)
from redpoll.dispatch.keyspec import InvalidArguments
from redpoll.replies import Status


def declared(handler: Callable[..., Any], flags: int = 0, group: str = "string", **details: Any) -> Command:
    family = Family(group)
    assert family.command(flags, **details)(handler) is handler, "the function itself is returned"
    (command,) = family.commands
    return command


def getdel(ctx: Any, key: bytes) -> bytes | None:
    """Return the string stored at a key, and delete the key.

    Further lines are for readers of the code.
    """


def test_a_command_is_what_its_function_says() -> None:
    command = declared(getdel, WRITE | FAST, key=Key(RW, ACCESS, DELETE), since="6.2.0", cost="O(1)", syntax="key")
    assert command.name == b"getdel"
    assert command.arity == 2
    assert command.spec == b"b"
    assert command.summary == "Return the string stored at a key, and delete the key."
    assert command.handler is getdel
    assert (command.since, command.cost, command.group) == ("6.2.0", "O(1)", "string")
    assert command.flag_names == ("write", "fast")
    assert command.acl_categories == ("@write", "@string", "@fast")
    assert command.key_range == (1, 1, 1)
    assert command.is_write
    assert [argument.name for argument in command.arguments] == ["key"]


def no_arguments(ctx: Any) -> None:
    """Nothing."""


def numbers(ctx: Any, a: int, b: float) -> None:
    """Numbers."""


def defaults(ctx: Any, a: bytes, b: int = 0, c: bytes | None = None) -> None:
    """Defaults."""


def variadic(ctx: Any, a: bytes, *rest: bytes) -> None:
    """Many."""


def variadic_numbers(ctx: Any, *rest: int) -> None:
    """Many."""


@pytest.mark.parametrize(
    "handler, arity, spec",
    [(no_arguments, 1, b""), (numbers, 3, b"if"), (defaults, -2, b"bib"), (variadic, -2, b"bB"),
     (variadic_numbers, -1, b"I")],
)  # fmt: skip
def test_arity_and_conversion_follow_from_the_signature(handler: Callable[..., Any], arity: int, spec: bytes) -> None:
    command = declared(handler)
    assert (command.arity, command.spec) == (arity, spec)


def test_arity_spec_name_and_group_can_be_overridden() -> None:
    command = declared(variadic, arity=-4, spec="BB", name="other", group="generic")
    assert (command.arity, command.spec, command.name, command.group) == (-4, b"BB", b"other", "generic")
    assert command.acl_categories == ("@keyspace", "@slow")


def test_a_trailing_underscore_is_not_part_of_the_name() -> None:
    def type_(ctx: Any, key: bytes) -> None:
        """Type."""

    assert declared(type_).name == b"type"


def test_only_bytes_int_and_float_can_be_converted() -> None:
    def odd(ctx: Any, keys: list[bytes]) -> None:
        """Odd."""

    with pytest.raises(DeclarationError, match="argument keys"):
        declared(odd)


@pytest.mark.parametrize("details", [{"flags": WRITE | RW}, {"key": Key(WRITE)}])
def test_command_flags_and_key_flags_do_not_mix(details: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError, match="mixed up"):
        declared(getdel, **details)


@pytest.mark.parametrize(
    "group, flags, expected",
    [
        ("string", READONLY | FAST, "@read @string @fast"),
        ("generic", WRITE, "@keyspace @write @slow"),
        ("sorted-set", WRITE | BLOCKING, "@write @sortedset @slow @blocking"),
        ("server", ADMIN, "@admin @slow @dangerous"),
        ("pubsub", PUBSUB | LOADING, "@pubsub @slow"),
        ("scripting", READONLY, "@slow @scripting"),
        ("transactions", FAST, "@fast @transaction"),
        ("connection", 0, "@slow @connection"),
        ("cluster", 0, "@slow"),
    ],
)
def test_categories_follow_from_group_and_flags(group: str, flags: int, expected: str) -> None:
    assert " ".join(categories_of(group, flags)) == expected


def test_categories_can_stand_instead_of_the_groups() -> None:
    assert categories_of("generic", WRITE, ("@set", "@dangerous")) == ("@write", "@set", "@slow", "@dangerous")
    with pytest.raises(DeclarationError, match="@nosuch"):
        categories_of("generic", 0, ("@nosuch",))


def test_keys_that_move_are_marked() -> None:
    assert declared(variadic, key=Key(RO, keynum=0)).flags & MOVABLE_KEYS
    assert declared(variadic, key=[Key(RO), Key(RO, begin=None)]).flags & MOVABLE_KEYS
    assert not declared(variadic, key=Key(RO, last=-1)).flags & MOVABLE_KEYS
    assert declared(variadic, key=Key(RO, last=-1), movable=True).flag_names == ("movablekeys",)
    assert declared(variadic, getkeys=lambda argv: []).flags & MOVABLE_KEYS


def test_keys_are_found_by_the_declared_means() -> None:
    argv = [b"x", b"a", b"b"]
    assert declared(variadic, key=[Key(RO), Key(RW, begin=2)]).find_keys(argv) == [(1, RO), (2, RW)]
    assert declared(variadic, key=Key(RO), getkeys=lambda argv: [(2, RW)]).find_keys(argv) == [(2, RW)]
    assert declared(variadic, key=Key(NOT_KEY, last=-1)).find_keys(argv) == []
    with pytest.raises(InvalidArguments):
        declared(variadic, key=Key(RO, begin=5)).find_keys(argv)


def test_a_command_knows_whether_it_has_keys() -> None:
    assert declared(getdel, key=Key(RO)).has_keys
    assert declared(getdel, getkeys=lambda argv: []).has_keys
    assert not declared(getdel, key=Key(NOT_KEY)).has_keys
    assert not declared(getdel).has_keys


def test_the_mark_of_a_system_command_is_no_flag_of_command_info() -> None:
    assert declared(getdel, SYSTEM | ADMIN).flag_names == ("admin",)


def test_rarer_details_are_kept() -> None:
    command = declared(
        getdel, tips=["nondeterministic_output"], history=[("7.0.0", "Changed.")], deprecated=("5.0.0", "`OTHER`")
    )
    assert command.tips == ("nondeterministic_output",)
    assert command.history == (("7.0.0", "Changed."),)
    assert command.deprecated == ("5.0.0", "`OTHER`")


def container_with_help() -> Command:
    family = Family("connection")
    client = family.container("client", since="2.4.0", summary="A container.", cost="Depends on subcommand.")

    @client.command(NOSCRIPT, since="5.0.0")
    def client_no_evict(ctx: Any, mode: bytes) -> None:
        """Set a mode."""

    client.help(["NO-EVICT (ON|OFF)", "    Set a mode."], since="5.0.1")
    (command,) = family.commands
    return command


def test_a_container_holds_its_subcommands() -> None:
    container = container_with_help()
    assert (container.name, container.arity, container.handler) == (b"client", -2, None)
    assert (container.summary, container.since) == ("A container.", "2.4.0")
    no_evict, help_ = container.subcommands
    assert (no_evict.name, no_evict.arity, no_evict.spec) == (b"client|no-evict", 3, b"b")
    assert (help_.name, help_.arity, help_.since, help_.flags) == (b"client|help", 2, "5.0.1", LOADING | STALE)
    assert no_evict.acl_categories == ("@slow", "@connection")


def test_help_frames_its_lines() -> None:
    handler = container_with_help().subcommands[1].handler
    assert handler is not None
    lines = handler(None)
    assert lines == [
        b"CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        b"NO-EVICT (ON|OFF)",
        b"    Set a mode.",
        b"HELP",
        b"    Print this help.",
    ]
    assert all(isinstance(line, Status) for line in lines)


def test_a_container_can_be_a_command_too() -> None:
    family = Family("server")
    group = family.container("command", LOADING, summary="All.", arity=-1)

    @group.default
    def everything(ctx: Any) -> list[int]:
        """Return everything."""
        return []

    @group.command()
    def command_count(ctx: Any) -> int:
        """Count."""
        return 0

    (command,) = family.commands
    assert (command.name, command.arity, command.handler) == (b"command", -1, everything)
    assert [each.name for each in command.subcommands] == [b"command|count"]
    assert command.summary == "Return everything."


def test_a_subcommand_is_named_after_its_container() -> None:
    group = Family("server").container("config", summary="x")
    with pytest.raises(DeclarationError, match="named config_"):
        group.command()(no_arguments)


def test_a_family_keeps_the_order_of_declaration() -> None:
    family = Family("string")
    family.command()(numbers)
    family.command()(defaults)
    assert [each.name for each in family.commands] == [b"numbers", b"defaults"]
