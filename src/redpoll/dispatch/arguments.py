"""Reading the arguments a handler gets as bytes: strict numbers, and a cursor over options.

Numbers follow Redis: no blanks, no plus sign, no leading zeros, nothing after the last digit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from redpoll.errors import CommandError, NotFloat, NotInteger, SyntaxFault

INT64_MIN = -(1 << 63)
INT64_MAX = (1 << 63) - 1
INT32_MIN = -(1 << 31)
INT32_MAX = (1 << 31) - 1

_INTEGER = re.compile(rb"(?:0|-?[1-9][0-9]{0,18})\Z")
_FLOAT = re.compile(rb"[+-]?(?:([0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?)\Z", re.IGNORECASE)


def parse_int(word: bytes, error: str | bytes | None = None) -> int:
    """A signed 64-bit integer, or raise NotInteger (or `error`, a wire text)."""
    if _INTEGER.match(word) is not None:
        value = int(word)
        if INT64_MIN <= value <= INT64_MAX:
            return value
    raise NotInteger() if error is None else CommandError(error)


def parse_float(word: bytes, error: str | bytes | None = None) -> float:
    """A double (infinities are welcome, NaN is not), or raise NotFloat (or `error`, a wire text)."""
    match = _FLOAT.match(word)
    if match is not None:
        value, digits = float(word), match[1]
        # A written infinity is welcome; digits that overflow to one, or vanish to zero, are refused.
        if digits is None or not (math.isinf(value) or (value == 0.0 and digits.strip(b"0."))):
            return value
    raise NotFloat() if error is None else CommandError(error)


def parse_int32(word: bytes, error: str | bytes | None = None) -> int:
    """A signed 32-bit integer, or a CommandError that says which rule is broken (or `error`, a wire text)."""
    value = parse_int(word, error)
    if not INT32_MIN <= value <= INT32_MAX:
        # "must between" is how Redis words it.
        raise CommandError(error or f"ERR value is out of range, value must between {INT32_MIN} and {INT32_MAX}")
    return value


def parse_db_index(word: bytes, count: int, error: str | bytes | None = None) -> int:
    """The index of one of `count` databases."""
    index = parse_int32(word, error)
    if not 0 <= index < count:
        raise CommandError("ERR DB index is out of range")
    return index


class Cursor:
    """A position in the trailing arguments of a command."""

    __slots__ = ("_words", "at")

    def __init__(self, words: Sequence[bytes], at: int = 0) -> None:
        self._words = words
        self.at = at

    @property
    def more(self) -> bool:
        """True while there are arguments left."""
        return self.at < len(self._words)

    @property
    def left(self) -> int:
        """How many arguments are left."""
        return len(self._words) - self.at

    def peek(self) -> bytes:
        """The next argument, left in place; SyntaxFault at the end."""
        if self.at >= len(self._words):
            raise SyntaxFault()
        return self._words[self.at]

    def take_token(self, token: bytes, following: int = 0) -> bool:
        """Step over the next argument if it is `token` in any case and at least `following` arguments follow it."""
        if self.at + following >= len(self._words) or self._words[self.at].upper() != token:
            return False
        self.at += 1
        return True

    def take_any(self, *tokens: bytes) -> bytes | None:
        """Step over the next argument if it is one of the tokens; which one, or None."""
        if self.at < len(self._words):
            word = self._words[self.at].upper()
            if word in tokens:
                self.at += 1
                return word
        return None

    def next_bytes(self) -> bytes:
        """The next argument; SyntaxFault at the end."""
        word = self.peek()
        self.at += 1
        return word

    def next_token(self) -> bytes:
        """The next argument in upper case; SyntaxFault at the end."""
        return self.next_bytes().upper()

    def next_int(self, error: str | bytes | None = None) -> int:
        """The next argument as a 64-bit integer."""
        return parse_int(self.next_bytes(), error)

    def next_float(self, error: str | bytes | None = None) -> float:
        """The next argument as a double."""
        return parse_float(self.next_bytes(), error)

    def rest(self) -> Sequence[bytes]:
        """All arguments that are left; the cursor moves to the end."""
        words = self._words[self.at :]
        self.at = len(self._words)
        return words
