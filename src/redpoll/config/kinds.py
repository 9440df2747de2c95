"""Kinds of settings: how a value is written in a configuration, and which Python value it stands for.

Text is `str` throughout; bytes that are not UTF-8 survive as surrogates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from redpoll.config.quoting import quoted

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
UINT32_MAX = 2**32 - 1
INT64_MAX = 2**63 - 1
UINT64_MAX = 2**64 - 1

_INTEGER = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)
_OCTAL = re.compile(r"-?[0-7]*", re.ASCII)
_MEMORY = re.compile(r"(-?[0-9]*)([a-zA-Z]*)", re.ASCII)
_UNITS = {
    "": 1,
    "b": 1,
    "k": 1000,
    "kb": 1024,
    "m": 1000**2,
    "mb": 1024**2,
    "g": 1000**3,
    "gb": 1024**3,
}


class InvalidValue(Exception):
    """A value does not fit its setting; the text is Redis's."""


def parse_integer(text: str, low: int = -INT64_MAX - 1, high: int = INT64_MAX) -> int | None:
    """The number a text is, without blanks, plus sign or leading zeros; None if it is not one or out of range."""
    if len(text) > 20 or _INTEGER.fullmatch(text) is None:
        return None
    number = int(text)
    return number if low <= number <= high else None


def parse_memory(text: str) -> int | None:
    """Bytes, from a number with an optional unit: 1k is 1000, 1kb is 1024; None if it is not that."""
    match = _MEMORY.fullmatch(text)
    if match is None or len(match[1]) > 20:
        return None
    factor = _UNITS.get(match[2].lower())
    if factor is None or match[1] == "-":
        return None
    return int(match[1] or 0) * factor


def format_memory(size: int) -> str:
    """A size in the largest unit it is a multiple of."""
    for unit in ("gb", "mb", "kb"):
        if size > 0 and size % _UNITS[unit] == 0:
            return f"{size // _UNITS[unit]}{unit}"
    return str(size)


def _check_range(number: int, low: int, high: int) -> int:
    if not low <= number <= high:
        raise InvalidValue(f"argument must be between {low} and {high} inclusive")
    return number


class Kind:
    """One kind of value. Subclasses give `parse_one`, or `parse` where a directive takes several words."""

    # A directive of several words: `save 60 1`. CONFIG SET gives the words in one text.
    takes_many = False
    # A directive that may stand on several lines that add up.
    adds_up = False

    def parse(self, words: Sequence[str]) -> Any:
        """The value of the words after a directive's name, or InvalidValue."""
        if len(words) != 1:
            raise InvalidValue("wrong number of arguments")
        return self.parse_one(words[0])

    def parse_one(self, text: str) -> Any:
        """The value of one word, or InvalidValue."""
        raise InvalidValue("wrong number of arguments")

    def merge(self, old: Any, new: Any) -> Any:
        """What a running server has after `new` is set over `old`."""
        return new

    def add(self, earlier: Any, new: Any) -> Any:
        """The sum of two lines of one file, where a directive adds up."""
        return new

    def format(self, value: Any) -> str:
        """The value as CONFIG GET shows it."""
        return str(value)

    def lines(self, value: Any, default: Any) -> list[tuple[str, bool]]:
        """What CONFIG REWRITE writes after the name, line by line, and if it must be written where there is no line."""
        return [(self.format(value), value != default)]


class Flag(Kind):
    """`yes` or `no`: a bool."""

    def parse_one(self, text: str) -> bool:
        """The value of one word."""
        lowered = text.lower()
        if lowered not in ("yes", "no"):
            raise InvalidValue("argument must be 'yes' or 'no'")
        return lowered == "yes"

    def format(self, value: Any) -> str:
        """`yes` or `no`."""
        return "yes" if value else "no"


class Integer(Kind):
    """A number in a range; `kept` is the narrower range values are moved into."""

    def __init__(self, low: int, high: int, kept: tuple[int, int] | None = None) -> None:
        self.low = low
        self.high = high
        self.kept = kept or (low, high)

    def parse_one(self, text: str) -> int:
        """The value of one word."""
        number = parse_integer(text)
        if number is None:
            raise InvalidValue("argument couldn't be parsed into an integer")
        return min(max(_check_range(number, self.low, self.high), self.kept[0]), self.kept[1])


class Octal(Kind):
    """A file mode: an int written in octal."""

    def parse_one(self, text: str) -> int:
        """The value of one word."""
        if _OCTAL.fullmatch(text) is None or text == "-":
            raise InvalidValue("argument couldn't be parsed as an octal number")
        mode = int(text or "0", 8)
        if not 0 <= mode <= 0o777:
            raise InvalidValue("argument must be between 0 and 777 inclusive")
        return mode

    def format(self, value: Any) -> str:
        """Octal digits."""
        return f"{value:o}"


class Memory(Kind):
    """A size in bytes, written with or without a unit."""

    def __init__(self, low: int = 0, high: int = INT64_MAX, least: int = 0) -> None:
        self.low = low
        self.high = high
        self.least = least if low >= 0 else low

    def parse_one(self, text: str) -> int:
        """The value of one word."""
        size = parse_memory(text)
        if size is None or size > UINT64_MAX or (size < 0 <= self.low):
            raise InvalidValue("argument must be a memory value")
        return max(_check_range(size, self.low, self.high), self.least)

    def lines(self, value: Any, default: Any) -> list[tuple[str, bool]]:
        """The size in the largest unit that fits."""
        return [(format_memory(value), value != default)]


class MemoryOrPercent(Kind):
    """A size in bytes, or a percentage of maxmemory, which is kept as a negative number."""

    def parse_one(self, text: str) -> int:
        """The value of one word."""
        if text.endswith("%"):
            percent = parse_integer(text[:-1], 0)
            if percent is None:
                raise InvalidValue("argument must be a memory or percent value")
            if percent > 100:
                raise InvalidValue("percentage argument must be less or equal to 100")
            return -percent
        size = parse_memory(text)
        if size is None or not 0 <= size <= INT64_MAX:
            raise InvalidValue("argument must be a memory or percent value")
        return size

    def format(self, value: Any) -> str:
        """Bytes, or a number with a percent sign."""
        return f"{-value}%" if value < 0 else str(value)

    def lines(self, value: Any, default: Any) -> list[tuple[str, bool]]:
        """A percentage, or the size in the largest unit that fits."""
        return [(self.format(value) if value < 0 else format_memory(value), value != default)]


class Choice(Kind):
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def parse_one(self, text: str) -> str:
        """The word, in the spelling of its declaration."""
        lowered = text.lower()
        for word in self.words:
            if word.lower() == lowered:
                return word
        raise InvalidValue(f"argument(s) must be one of the following: {', '.join(self.words)}")


class Choices(Choice):
    """Any of a few words, kept as a tuple in the order of the declaration; `default` stands alone."""

    takes_many = True

    def parse(self, words: Sequence[str]) -> tuple[str, ...]:
        """The words chosen."""
        chosen = {self.parse_one(word) for word in (words or ("",))}
        if "save" in chosen and "nosave" in chosen:
            raise InvalidValue("shutdown options SAVE and NOSAVE can't be used simultaneously")
        chosen -= {"default"}
        return tuple(word for word in self.words if word in chosen)

    def format(self, value: Any) -> str:
        """The words, or `default` for none."""
        return " ".join(value) or "default"


class Text(Kind):
    """Any text; `check` gives the reason why one is refused. `keeps_empty`: a file may say that it is empty."""

    def __init__(self, check: Callable[[str], str | None] | None = None, keeps_empty: bool = False) -> None:
        self.check = check
        self.keeps_empty = keeps_empty

    def parse_one(self, text: str) -> str:
        """The text itself."""
        reason = self.check(text) if self.check is not None else None
        if reason is not None:
            raise InvalidValue(reason)
        return text

    def lines(self, value: Any, default: Any) -> list[tuple[str, bool]]:
        """The text in quotes; nothing for one that is not set."""
        if not value and not default and not self.keeps_empty:
            return []
        return [(quoted(value), value != default)]
