"""COMMAND: what the server knows about its own commands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from redpoll.dispatch import keyspec
from redpoll.dispatch.arguments import Cursor
from redpoll.dispatch.declare import LOADING, NO_MANDATORY_KEYS, STALE, SYSTEM, Command, Family, Key
from redpoll.errors import CommandError, SyntaxFault
from redpoll.globs import compile_glob
from redpoll.replies import MapReply, SetReply, Status

if TYPE_CHECKING:
    from redpoll.native.executor import Context

server = Family("server")
FAMILIES = (server,)

INTROSPECTION = ("@connection",)

command_group = server.container(
    "command",
    LOADING | STALE,
    summary="Return details about every command.",
    arity=-1,
    since="2.8.13",
    cost="O(N)",
    categories=INTROSPECTION,
    tips=("nondeterministic_output_order",),
)


@command_group.default
def command(ctx: Context) -> list[Any]:
    """Return details about every command."""
    return [info_of(each) for each in ctx.node.table.commands.values()]


@command_group.command(LOADING | STALE, since="2.8.13", cost="O(1)", categories=INTROSPECTION)
def command_count(ctx: Context) -> int:
    """Count the commands, sub-commands not included."""
    return len(ctx.node.table)


@command_group.command(
    LOADING | STALE,
    since="7.0.0",
    cost="O(N)",
    syntax="[command-name...]",
    categories=INTROSPECTION,
    tips=("nondeterministic_output_order",),
)
def command_docs(ctx: Context, *names: bytes) -> MapReply:
    """Return the documentation of all commands, or of those named."""
    table = ctx.node.table
    wanted = (table.lookup(name) for name in names) if names else iter(table.commands.values())
    reply = MapReply()
    for each in wanted:
        if each is not None:
            reply += (each.name, docs_of(each))
    return reply


@command_group.command(
    LOADING | STALE, since="2.8.13", cost="O(N)", syntax="command [arg...]", categories=INTROSPECTION
)
def command_getkeys(ctx: Context, name: bytes, *arguments: bytes) -> list[bytes]:
    """Return the keys in a request."""
    argv = (name, *arguments)
    return [argv[index] for index, _ in _keys_of(ctx, argv)]


@command_group.command(LOADING | STALE, since="7.0.0", cost="O(N)", syntax="command [arg...]", categories=INTROSPECTION)
def command_getkeysandflags(ctx: Context, name: bytes, *arguments: bytes) -> list[list[Any]]:
    """Return the keys in a request, each with what the command does with it."""
    argv = (name, *arguments)
    return [[argv[index], _statuses(keyspec.names_of(flags))] for index, flags in _keys_of(ctx, argv)]


command_group.help(
    (
        "(no subcommand)",
        "    Return details about all commands.",
        "COUNT",
        "    Return the total number of commands in this server.",
        "LIST",
        "    Return a list of all commands in this server.",
        "INFO [<command-name> ...]",
        "    Return details about multiple commands.",
        "    If no command names are given, documentation details for all",
        "    commands are returned.",
        "DOCS [<command-name> ...]",
        "    Return documentation details about multiple commands.",
        "    If no command names are given, documentation details for all",
        "    commands are returned.",
        "GETKEYS <full-command>",
        "    Return the keys from a full command.",
        "GETKEYSANDFLAGS <full-command>",
        "    Return the keys and the access flags from a full command.",
    ),
    categories=INTROSPECTION,
)


@command_group.command(
    LOADING | STALE,
    since="2.8.13",
    cost="O(N)",
    syntax="[command-name...]",
    categories=INTROSPECTION,
    tips=("nondeterministic_output_order",),
    history=(("7.0.0", "Allowed to be called with no argument to get info on all commands."),),
)
def command_info(ctx: Context, *names: bytes) -> list[Any]:
    """Return details about all commands, or about those named."""
    if not names:
        return command(ctx)
    found = (ctx.node.table.lookup(name) for name in names)
    return [None if each is None else info_of(each) for each in found]


@command_group.command(
    LOADING | STALE,
    since="7.0.0",
    cost="O(N)",
    syntax="FILTERBY filterby:[MODULE module-name | ACLCAT category | PATTERN pattern]",
    categories=INTROSPECTION,
    tips=("nondeterministic_output_order",),
)
def command_list(ctx: Context, *options: bytes) -> list[bytes]:
    """List the names of all commands and sub-commands, or of those that pass a filter."""
    table = ctx.node.table
    if not options:
        return [each.name for each in table]
    cursor = Cursor(options)
    if cursor.left != 3 or not cursor.take_token(b"FILTERBY"):
        raise SyntaxFault()
    if cursor.take_token(b"MODULE"):
        return []
    if cursor.take_token(b"ACLCAT"):
        category = "@" + cursor.next_bytes().lower().decode("utf-8", "surrogateescape")
        return [each.name for each in table if category in each.acl_categories]
    if cursor.take_token(b"PATTERN"):
        matches = compile_glob(cursor.next_bytes(), ignore_case=True)
        return [each.name for each in table if matches(each.name)]
    raise SyntaxFault()


def info_of(command: Command) -> list[Any]:
    """A command as COMMAND INFO reports it."""
    return [
        command.name,
        command.arity,
        _statuses(command.flag_names),
        *command.key_range,
        _statuses(command.acl_categories),
        SetReply(tip.encode() for tip in command.tips),
        SetReply(_key_info(key) for key in command.keys),
        [info_of(each) for each in command.subcommands],
    ]


def docs_of(command: Command) -> dict[bytes, Any]:
    """A command as COMMAND DOCS reports it."""
    docs: dict[bytes, Any] = {
        b"summary": command.summary.encode(),
        b"since": command.since.encode(),
        b"group": command.group.encode(),
    }
    if command.cost:
        docs[b"complexity"] = command.cost.encode()
    marks = ["deprecated"] if command.deprecated else []
    marks += ["syscmd"] if command.flags & SYSTEM else []
    if marks:
        docs[b"doc_flags"] = _statuses(marks)
    if command.deprecated:
        since, replacement = command.deprecated
        docs[b"deprecated_since"] = since.encode()
        docs[b"replaced_by"] = replacement.encode()
    if command.history:
        docs[b"history"] = SetReply([version.encode(), change.encode()] for version, change in command.history)
    if command.arguments:
        docs[b"arguments"] = [argument.reply() for argument in command.arguments]
    if command.subcommands:
        docs[b"subcommands"] = {each.name: docs_of(each) for each in command.subcommands}
    return docs


def _statuses(names: Iterable[str]) -> SetReply:
    return SetReply(Status(name.encode()) for name in names)


def _key_info(key: Key) -> dict[bytes, Any]:
    info: dict[bytes, Any] = {b"notes": key.notes.encode()} if key.notes else {}
    info[b"flags"] = _statuses(key.flag_names)
    if key.begin is None:
        info[b"begin_search"] = {b"type": b"unknown", b"spec": {}}
        info[b"find_keys"] = {b"type": b"unknown", b"spec": {}}
        return info
    if isinstance(key.begin, int):
        info[b"begin_search"] = {b"type": b"index", b"spec": {b"index": key.begin}}
    else:
        keyword, start = key.begin
        info[b"begin_search"] = {b"type": b"keyword", b"spec": {b"keyword": keyword.encode(), b"startfrom": start}}
    if key.keynum is None:
        found = {b"lastkey": key.last, b"keystep": key.step, b"limit": key.limit}
        info[b"find_keys"] = {b"type": b"range", b"spec": found}
    else:
        found = {b"keynumidx": key.keynum, b"firstkey": key.first, b"keystep": key.step}
        info[b"find_keys"] = {b"type": b"keynum", b"spec": found}
    return info


def _keys_of(ctx: Context, argv: tuple[bytes, ...]) -> list[keyspec.FoundKey]:
    called: Command | None = ctx.node.table.resolve(argv)
    if called is None:
        raise CommandError("ERR Invalid command specified")
    if not called.has_keys:
        raise CommandError("ERR The command has no key arguments")
    if len(argv) != called.arity if called.arity > 0 else len(argv) < -called.arity:
        raise CommandError("ERR Invalid number of arguments specified for command")
    try:
        found = called.find_keys(argv)
    except keyspec.InvalidArguments:
        found = []
    if not found and not called.flags & NO_MANDATORY_KEYS:
        raise CommandError("ERR Invalid arguments specified for command")
    return found
