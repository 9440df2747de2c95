"""The log of commands that took long, newest first, with their arguments cut to a readable size."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from redpoll.clock import Clock
from redpoll.dispatch.monitors import redact
from redpoll.native.client import Client
from redpoll.native.command_entry import CommandEntry

# What is kept of a command, the same as in Redis: an entry never holds much memory.
ARGUMENTS_MAX = 32
ARGUMENT_BYTES_MAX = 128

# Settings whose values nobody may read in a log.
SECRET_SETTINGS = frozenset(
    (b"requirepass", b"masterauth", b"primaryauth", b"tls-key-file-pass", b"tls-client-key-file-pass")
)
_REDACTED = b"(redacted)"


@dataclass(frozen=True, slots=True)
class SlowCommand:
    """One command that took long."""

    number: int
    when_s: int
    duration_us: int
    arguments: list[bytes]
    address: bytes
    client_name: bytes


class SlowLog:
    """The last slow commands."""

    def __init__(self, clock: Clock, length_max: int) -> None:
        self._clock = clock
        self._length_max = length_max
        self._commands: deque[SlowCommand] = deque()
        self._next_number = 0

    def __len__(self) -> int:
        return len(self._commands)

    def record(self, client: Client, entry: CommandEntry, argv: list[bytes], duration_us: int) -> None:
        """Log one command."""
        number = self._next_number
        self._next_number += 1
        arguments = shorten(without_secrets(entry, argv))
        when_s = self._clock.now_ms() // 1000
        command = SlowCommand(number, when_s, duration_us, arguments, client.address or b"", client.name or b"")
        self._commands.appendleft(command)
        self._trim()

    def newest(self, count: int) -> Iterator[SlowCommand]:
        """Up to `count` commands, newest first; -1 for all."""
        return islice(self._commands, len(self._commands) if count < 0 else count)

    def clear(self) -> None:
        """Forget all commands; numbers go on."""
        self._commands.clear()

    def set_length_max(self, length_max: int) -> None:
        """Keep at most so many."""
        self._length_max = length_max
        self._trim()

    def _trim(self) -> None:
        while len(self._commands) > self._length_max:
            self._commands.pop()


def without_secrets(entry: CommandEntry, argv: list[bytes]) -> list[bytes]:
    """The arguments without passwords."""
    if entry.name != b"config|set":
        return redact(entry, argv)
    return [
        _REDACTED if at >= 3 and at % 2 and argv[at - 1].lower() in SECRET_SETTINGS else word
        for at, word in enumerate(argv)
    ]


def shorten(argv: list[bytes]) -> list[bytes]:
    """At most so many arguments of at most so many bytes, with a note of what is missing."""
    if len(argv) > ARGUMENTS_MAX:
        missing = len(argv) - ARGUMENTS_MAX + 1
        return [*map(_shorten_word, argv[: ARGUMENTS_MAX - 1]), b"... (%d more arguments)" % missing]
    return [_shorten_word(word) for word in argv]


def _shorten_word(word: bytes) -> bytes:
    missing = len(word) - ARGUMENT_BYTES_MAX
    return word if missing <= 0 else b"%b... (%d more bytes)" % (word[:ARGUMENT_BYTES_MAX], missing)
