"""How a command is declared: once, beside its handler. Everything else about it is derived from the declaration.

    string = Family("string")

    @string.command(WRITE | FAST, key=Key(RW, ACCESS, DELETE), since="6.2.0", cost="O(1)", syntax="key")
    def getdel(ctx: Context, key: bytes) -> bytes | None:
        "Return the string stored at a key, and delete the key."

The name is the function's (a trailing underscore is dropped), arity and native argument conversion come from its
signature, the summary is the first line of its docstring, the access categories follow from family and flags.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypedDict, TypeVar, Unpack

from redpoll.dispatch.keyspec import (
    ACCESS,
    DELETE,
    INCOMPLETE,
    INSERT,
    NOT_KEY,
    OW,
    RM,
    RO,
    RW,
    UPDATE,
    VARIABLE_FLAGS,
    FoundKey,
    GetKeys,
    Key,
    legacy_range,
)
from redpoll.dispatch.syntax import Argument, parse_syntax
from redpoll.replies import Status

# Command flags. Plain integers: the executor tests them on its hot path. The order of the bits is the order in which
# COMMAND INFO reports them.
WRITE = 1 << 0
READONLY = 1 << 1
DENYOOM = 1 << 2
MODULE = 1 << 3
ADMIN = 1 << 4
PUBSUB = 1 << 5
NOSCRIPT = 1 << 6
BLOCKING = 1 << 7
LOADING = 1 << 8
STALE = 1 << 9
SKIP_MONITOR = 1 << 10
SKIP_SLOWLOG = 1 << 11
ASKING = 1 << 12
FAST = 1 << 13
NO_AUTH = 1 << 14
MAY_REPLICATE = 1 << 15
SENTINEL = 1 << 16
ONLY_SENTINEL = 1 << 17
NO_MANDATORY_KEYS = 1 << 18
PROTECTED = 1 << 19
NO_ASYNC_LOADING = 1 << 20
NO_MULTI = 1 << 21
MOVABLE_KEYS = 1 << 22
ALLOW_BUSY = 1 << 23
# Marks commands that are part of the system (COMMAND DOCS calls them syscmd); not a flag of COMMAND INFO.
SYSTEM = 1 << 24

FLAG_NAMES: dict[int, str] = {
    WRITE: "write",
    READONLY: "readonly",
    DENYOOM: "denyoom",
    MODULE: "module",
    ADMIN: "admin",
    PUBSUB: "pubsub",
    NOSCRIPT: "noscript",
    BLOCKING: "blocking",
    LOADING: "loading",
    STALE: "stale",
    SKIP_MONITOR: "skip_monitor",
    SKIP_SLOWLOG: "skip_commandlog",
    ASKING: "asking",
    FAST: "fast",
    NO_AUTH: "no_auth",
    MAY_REPLICATE: "may_replicate",
    NO_MANDATORY_KEYS: "no_mandatory_keys",
    NO_ASYNC_LOADING: "no_async_loading",
    NO_MULTI: "no_multi",
    MOVABLE_KEYS: "movablekeys",
    ALLOW_BUSY: "allow_busy",
}

# Access categories, in the order COMMAND INFO reports them.
CATEGORIES: tuple[str, ...] = (
    "@keyspace", "@read", "@write", "@set", "@sortedset", "@list", "@hash", "@string", "@bitmap", "@hyperloglog",
    "@geo", "@stream", "@pubsub", "@admin", "@fast", "@slow", "@blocking", "@dangerous", "@connection", "@transaction",
    "@scripting",
)  # fmt: skip

# The category that membership in a group brings. The groups "server" and "cluster" bring none.
GROUP_CATEGORIES: dict[str, str] = {
    "generic": "@keyspace",
    "string": "@string",
    "list": "@list",
    "set": "@set",
    "sorted-set": "@sortedset",
    "hash": "@hash",
    "stream": "@stream",
    "bitmap": "@bitmap",
    "hyperloglog": "@hyperloglog",
    "geo": "@geo",
    "pubsub": "@pubsub",
    "scripting": "@scripting",
    "transactions": "@transaction",
    "connection": "@connection",
}

SPEC_OF_ANNOTATION: dict[str, str] = {"bytes": "b", "int": "i", "float": "f"}

Handler = TypeVar("Handler", bound=Callable[..., Any])


class Details(TypedDict, total=False):
    """What a declaration can say beside the flags."""

    key: Key | Sequence[Key] | None  # where the keys are
    since: str  # the first version that had it
    cost: str  # time complexity, as COMMAND DOCS reports it
    syntax: str  # the arguments in docs notation, see dispatch/syntax.py
    categories: Sequence[str]  # instead of the family's category; those that follow from flags are always added
    arity: int  # overrides what the signature says (negative: a minimum), the command's name included
    spec: str  # overrides the native argument conversion
    tips: Sequence[str]  # hints for clients
    history: Sequence[tuple[str, str]]  # (version, what changed)
    name: str  # overrides the function's name
    deprecated: tuple[str, str]  # (since, replaced by)
    getkeys: GetKeys  # finds the keys where the specifications cannot
    group: str  # overrides the family's group
    movable: bool  # overrides whether clients must ask COMMAND GETKEYS


class DeclarationError(Exception):
    """A declaration contradicts itself; raised at import or when a table is built, never while serving."""


@dataclass(frozen=True)
class Command:
    """One command (or sub-command) as declared. `name` is the full lower-case name, as in `client|getname`."""

    name: bytes
    group: str
    flags: int
    handler: Callable[..., Any] | None
    arity: int
    spec: bytes
    summary: str
    keys: tuple[Key, ...] = ()
    since: str = "1.0.0"
    cost: str = ""
    syntax: str = ""
    categories: tuple[str, ...] = ()
    tips: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    deprecated: tuple[str, str] | None = None
    getkeys: GetKeys | None = None
    subcommands: tuple[Command, ...] = ()

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """The argument tree COMMAND DOCS reports."""
        return parse_syntax(self.syntax)

    @cached_property
    def acl_categories(self) -> tuple[str, ...]:
        """The access categories, each with its @."""
        return tuple(category for category in CATEGORIES if category in self.categories)

    @cached_property
    def flag_names(self) -> tuple[str, ...]:
        """The flags as COMMAND INFO names them."""
        return tuple(name for bit, name in FLAG_NAMES.items() if self.flags & bit)

    @cached_property
    def key_range(self) -> tuple[int, int, int]:
        """First key, last key and step for clients that know no key specifications."""
        return legacy_range(self.keys)

    def find_keys(self, argv: Sequence[bytes]) -> list[FoundKey]:
        """Index and key flags of each key in a request; InvalidArguments if it does not fit the specifications."""
        if self.getkeys is not None:
            return self.getkeys(argv)
        return [found for key in self.keys if not key.flags & NOT_KEY for found in key.find(argv)]

    @property
    def has_keys(self) -> bool:
        """True if a request can name keys (channels of sharded pub/sub are none)."""
        return self.getkeys is not None or any(not key.flags & NOT_KEY for key in self.keys)

    @property
    def is_write(self) -> bool:
        """True if it can change the keyspace."""
        return bool(self.flags & WRITE)


class Family:
    """The commands of one group, in the order they were declared."""

    def __init__(self, group: str) -> None:
        self.group = group
        self._declared: list[Command | Container] = []

    @property
    def commands(self) -> tuple[Command, ...]:
        """Every command declared so far, containers with their sub-commands."""
        return tuple(each.freeze() if isinstance(each, Container) else each for each in self._declared)

    def command(self, flags: int = 0, **details: Unpack[Details]) -> Callable[[Handler], Handler]:
        """Declare the decorated function as a command; the function itself is returned unchanged."""

        def declare(handler: Handler) -> Handler:
            self._declared.append(_command(self.group, handler, flags, details))
            return handler

        return declare

    def container(self, name: str, flags: int = 0, /, *, summary: str, **details: Unpack[Details]) -> Container:
        """Declare a command that exists for its sub-commands."""
        container = Container(self.group, name, flags, summary, details)
        self._declared.append(container)
        return container


class Container:
    """A command such as CLIENT that holds sub-commands, and is (with `default`) sometimes a command itself."""

    def __init__(self, group: str, name: str, flags: int, summary: str, details: Details) -> None:
        self.group = group
        self.name = name
        self._flags = flags
        self._summary = summary
        self._details = details
        self._default: Command | None = None
        self._commands: list[Command] = []

    def command(self, flags: int = 0, **details: Unpack[Details]) -> Callable[[Handler], Handler]:
        """Declare the decorated function, named container_subcommand, as a sub-command."""

        def declare(handler: Handler) -> Handler:
            self._commands.append(_command(self.group, handler, flags, details, container=self.name))
            return handler

        return declare

    def default(self, handler: Handler) -> Handler:
        """Declare the decorated function as what the container does when called without a sub-command."""
        details: Details = {"name": self.name, **self._details}
        self._default = _command(self.group, handler, self._flags, details)
        return handler

    def help(self, lines: Iterable[str], flags: int = LOADING | STALE, **details: Unpack[Details]) -> None:
        """Declare the HELP sub-command. `lines` describe the others, a description indented by four blanks."""
        name = self.name.upper()
        layout = (
            f"{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
            *lines,
            "HELP",
            "    Print this help.",
        )
        reply = [Status(line.encode()) for line in layout]

        def show_help(ctx: Any) -> list[Status]:
            return reply

        show_help.__doc__ = f"List the sub-commands of {name}, with what each does."
        settled: Details = {"since": "5.0.0", "cost": "O(1)", **details, "name": f"{self.name}_help"}
        self._commands.append(_command(self.group, show_help, flags, settled, container=self.name))

    def freeze(self) -> Command:
        """The container as a command, with the sub-commands declared so far."""
        subcommands = tuple(self._commands)
        if self._default is not None:
            return _with_subcommands(self._default, subcommands)
        details: Details = {"arity": -2, "spec": "B", **self._details}
        bare = _from_details(self.name.encode(), self.group, self._flags, details)
        return _with_subcommands(bare, subcommands, summary=self._summary)


def _with_subcommands(command: Command, subcommands: tuple[Command, ...], summary: str | None = None) -> Command:
    values = {name: getattr(command, name) for name in Command.__dataclass_fields__}
    values["subcommands"] = subcommands
    if summary is not None:
        values["summary"] = summary
    return Command(**values)


def _command(
    group: str, handler: Callable[..., Any], flags: int, details: Details, container: str | None = None
) -> Command:
    name = details.get("name", handler.__name__.removesuffix("_"))
    if container is not None:
        if not name.startswith(container + "_"):
            raise DeclarationError(f"{name}: a sub-command of {container} is named {container}_...")
        name = f"{container}|{name.removeprefix(container + '_').replace('_', '-')}"
    arity, spec = _signature_of(handler, 1 if container is None else 2)
    settled: Details = {"arity": arity, "spec": spec, **details}
    return _from_details(name.encode(), group, flags, settled, handler)


def _from_details(
    name: bytes, group: str, flags: int, details: Details, handler: Callable[..., Any] | None = None
) -> Command:
    key = details.get("key")
    keys = () if key is None else (key,) if isinstance(key, Key) else tuple(key)
    getkeys = details.get("getkeys")
    movable = any(not each.is_plain_range for each in keys) or (getkeys is not None and not keys)
    if details.get("movable", movable):
        flags |= MOVABLE_KEYS
    if flags >= RO or any(each.flags < RO for each in keys):
        raise DeclarationError(f"{name.decode()}: command flags and key flags are mixed up")
    group = details.get("group", group)
    docstring = (inspect.getdoc(handler) or "").split("\n", 1)[0] if handler is not None else ""
    return Command(
        name=name,
        group=group,
        flags=flags,
        handler=handler,
        arity=details["arity"],
        spec=details["spec"].encode(),
        summary=docstring,
        keys=keys,
        since=details.get("since", "1.0.0"),
        cost=details.get("cost", ""),
        syntax=details.get("syntax", ""),
        categories=categories_of(group, flags, details.get("categories")),
        tips=tuple(details.get("tips", ())),
        history=tuple(details.get("history", ())),
        deprecated=details.get("deprecated"),
        getkeys=getkeys,
    )


def categories_of(group: str, flags: int, instead: Sequence[str] | None = None) -> tuple[str, ...]:
    """The access categories that follow from a group (or stand `instead` of it) and from command flags."""
    found = set(instead) if instead is not None else {GROUP_CATEGORIES.get(group, "")}
    if flags & WRITE:
        found.add("@write")
    # A script may read anything: its own category decides, not @read.
    if flags & READONLY and "@scripting" not in found:
        found.add("@read")
    if flags & ADMIN:
        found |= {"@admin", "@dangerous"}
    if flags & PUBSUB:
        found.add("@pubsub")
    if flags & BLOCKING:
        found.add("@blocking")
    found.add("@fast" if flags & FAST else "@slow")
    unknown = found.difference(CATEGORIES) - {""}
    if unknown:
        raise DeclarationError(f"unknown access categories: {sorted(unknown)}")
    return tuple(category for category in CATEGORIES if category in found)


def _signature_of(handler: Callable[..., Any], words: int) -> tuple[int, str]:
    """Arity and native conversion of a handler whose name takes `words` arguments of the request."""
    required, spec, open_ended = words, "", False
    for index, parameter in enumerate(inspect.signature(handler).parameters.values()):
        if index == 0:
            continue
        annotation = parameter.annotation
        written = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
        code = SPEC_OF_ANNOTATION.get(written.removesuffix(" | None"))
        if code is None:
            raise DeclarationError(f"{handler.__name__}: argument {parameter.name} must be bytes, int or float")
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            spec, open_ended = spec + code.upper(), True
        elif parameter.default is not inspect.Parameter.empty:
            spec, open_ended = spec + code, True
        else:
            spec, required = spec + code, required + 1
    return (-required if open_ended else required), spec


__all__ = [
    "ACCESS", "ADMIN", "ALLOW_BUSY", "ASKING", "BLOCKING", "CATEGORIES", "DELETE", "DENYOOM", "FAST", "FLAG_NAMES",
    "INCOMPLETE", "INSERT", "LOADING", "MAY_REPLICATE", "MODULE", "MOVABLE_KEYS", "NOSCRIPT", "NOT_KEY",
    "NO_ASYNC_LOADING", "NO_AUTH", "NO_MANDATORY_KEYS", "NO_MULTI", "ONLY_SENTINEL", "OW", "PROTECTED", "PUBSUB",
    "READONLY", "RM", "RO", "RW", "SENTINEL", "SKIP_MONITOR", "SKIP_SLOWLOG", "STALE", "SYSTEM", "UPDATE",
    "VARIABLE_FLAGS", "WRITE", "Argument", "Command", "Container", "DeclarationError", "Details", "Family", "Key",
    "categories_of",
]  # fmt: skip
