"""Glob patterns as Redis reads them, turned into regular expressions that cannot backtrack at length.

`*` any bytes, `?` one byte, `[a-z]` one of a class, `[^a]` none of it, a backslash takes the next byte as it is. A
class that is not closed ends with the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable

ANY_BYTE = rb"[\x00-\xff]"


def compile_glob(pattern: bytes, ignore_case: bool = False) -> Callable[[bytes], object]:
    """A function that gives a true value for each text the pattern matches as a whole."""
    segments: list[list[bytes]] = [[]]
    at = 0
    while at < len(pattern):
        if pattern[at] == 0x2A:  # *
            segments.append([])
            at += 1
        else:
            element, at = _element(pattern, at, ignore_case)
            segments[-1].append(element)
    first, *rest = (b"".join(segment) for segment in segments)
    if not rest:
        expression = first
    elif len(rest) > 1 and not any((first, *rest)):
        # Redis lets several stars match every text but the empty one; a single star matches that too.
        expression = ANY_BYTE + b"+"
    else:
        # Each part between two stars has a fixed length, so its leftmost place is as good as any later one: an atomic
        # group forbids trying the others, which would take exponential time on patterns such as a*a*a*a*b.
        middle = b"".join(b"(?>" + ANY_BYTE + b"*?" + part + b")" for part in rest[:-1] if part)
        expression = first + middle + ANY_BYTE + b"*" + rest[-1]
    return re.compile(expression, re.IGNORECASE if ignore_case else 0).fullmatch


def glob_match(pattern: bytes, text: bytes, ignore_case: bool = False) -> bool:
    """True if the pattern matches the whole text; for many texts, compile the pattern once."""
    return compile_glob(pattern, ignore_case)(text) is not None


def _element(pattern: bytes, at: int, ignore_case: bool) -> tuple[bytes, int]:
    """The expression of one element that matches one byte, and where the next element starts."""
    mark = pattern[at : at + 1]
    if mark == b"?":
        return ANY_BYTE, at + 1
    if mark == b"[":
        return _class(pattern, at + 1, ignore_case)
    if mark == b"\\" and at + 1 < len(pattern):
        at += 1
    return re.escape(pattern[at : at + 1]), at + 1


def _class(pattern: bytes, at: int, ignore_case: bool) -> tuple[bytes, int]:
    negated = pattern[at : at + 1] == b"^"
    at += negated
    members: set[int] = set()
    while at < len(pattern) and pattern[at] != 0x5D:  # ]
        if pattern[at] == 0x5C and at + 1 < len(pattern):  # a backslash
            members.add(pattern[at + 1])
            at += 2
        elif at + 2 < len(pattern) and pattern[at + 1] == 0x2D:  # -
            low, high = sorted((_folded(pattern[at], ignore_case), _folded(pattern[at + 2], ignore_case)))
            members.update(range(low, high + 1))
            at += 3
        else:
            members.add(pattern[at])
            at += 1
    if ignore_case:
        members |= {byte ^ 0x20 for byte in members if chr(byte).isascii() and chr(byte).isalpha()}
    if negated:
        members = set(range(256)) - members
    listed = b"".join(re.escape(bytes((byte,))) for byte in sorted(members))
    return (b"[" + listed + b"]" if listed else b"(?!)"), at + 1


def _folded(byte: int, ignore_case: bool) -> int:
    return bytes((byte,)).lower()[0] if ignore_case else byte
