"""The table of every command a node knows: built from families, checked once, frozen for the executor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from redpoll.dispatch.declare import Command, DeclarationError, Family
from redpoll.dispatch.syntax import Argument, SyntaxNotationError, minimum_words

Entry = TypeVar("Entry")


class CommandTable:
    """Commands by the name a client calls them; sub-commands stay inside their container."""

    def __init__(self, families: Iterable[Family]) -> None:
        self.commands: dict[bytes, Command] = {}
        for family in families:
            for command in family.commands:
                if command.name in self.commands:
                    raise DeclarationError(f"{command.name.decode()} is declared twice")
                check_command(command)
                self.commands[command.name] = command

    def __len__(self) -> int:
        return len(self.commands)

    def __iter__(self) -> Iterator[Command]:
        """Every command, each container directly before its sub-commands."""
        for command in self.commands.values():
            yield command
            yield from command.subcommands

    def lookup(self, name: bytes) -> Command | None:
        """The command of this name in any case, `client|list` for a sub-command; None if there is none."""
        first, bar, rest = name.lower().partition(b"|")
        command = self.commands.get(first)
        if command is None or not bar:
            return command
        return _subcommand(command, rest)

    def resolve(self, argv: Sequence[bytes]) -> Command | None:
        """The command, or the sub-command, that a request calls; None if there is none."""
        command = self.commands.get(argv[0].lower())
        if command is None or not command.subcommands or len(argv) == 1:
            return command
        return _subcommand(command, argv[1].lower())

    def rename(self, name: bytes, new_name: bytes) -> None:
        """Let clients call a command by another name, or (with an empty one) not at all; ValueError says why not."""
        name, new_name = name.lower(), new_name.lower()
        if name not in self.commands:
            raise ValueError("No such command in rename-command")
        if new_name and new_name in self.commands:
            raise ValueError("Target command name already exists")
        command = self.commands.pop(name)
        if new_name:
            self.commands[new_name] = command

    def entries(self, entry_class: Callable[..., Entry]) -> list[Entry]:
        """The table as the executor's own entries; those of sub-commands hang under their container's."""
        return [_entry(entry_class, command) for command in self.commands.values()]

    def install(self, executor: Any, entry_class: Callable[..., Any]) -> None:
        """Register every command with an executor, under the names that clients call."""
        for name, entry in zip(self.commands, self.entries(entry_class), strict=True):
            executor.register(entry, name)


def _subcommand(command: Command, name: bytes) -> Command | None:
    full = command.name + b"|" + name
    return next((each for each in command.subcommands if each.name == full), None)


def _entry(entry_class: Callable[..., Any], command: Command) -> Any:
    below = {each.name.partition(b"|")[2]: _entry(entry_class, each) for each in command.subcommands}
    return entry_class(
        command.name,
        command.handler,
        command.arity,
        command.flags,
        command.spec,
        command=command,
        subcommands=below or None,
    )


def check_command(command: Command) -> None:
    """Raise DeclarationError if a declaration contradicts itself."""
    name = command.name.decode()
    if not command.summary:
        raise DeclarationError(f"{name} has no docstring, which is its summary")
    if command.handler is None and not command.subcommands:
        raise DeclarationError(f"{name} has neither a handler nor sub-commands")
    try:
        arguments = command.arguments
    except SyntaxNotationError as error:
        raise DeclarationError(f"{name}: {error}") from error
    words = 1 + command.name.count(b"|") + minimum_words(arguments)
    # A minimum may be lower than the grammar's: Redis declares it so where a later check words the error.
    if command.arity > 0 and not command.subcommands and words != command.arity:
        raise DeclarationError(f"{name}: arity {command.arity}, but its syntax has {words} words")
    for argument in _flatten(arguments):
        if argument.key_spec_index is not None and argument.key_spec_index >= len(command.keys):
            raise DeclarationError(f"{name}: argument {argument.name} has no key specification")
    seen: set[bytes] = set()
    for each in command.subcommands:
        if each.name in seen:
            raise DeclarationError(f"{each.name.decode()} is declared twice")
        seen.add(each.name)
        check_command(each)


def _flatten(arguments: Iterable[Argument]) -> Iterator[Argument]:
    for argument in arguments:
        yield argument
        yield from _flatten(argument.arguments)
