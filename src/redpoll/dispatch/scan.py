"""What SCAN, HSCAN, SSCAN and ZSCAN share: reading the cursor and the options behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redpoll.dispatch.arguments import Cursor
from redpoll.errors import CommandError, SyntaxFault
from redpoll.globs import compile_glob

COUNT_DEFAULT = 10
# A larger COUNT asks for everything as this one does; ten times as many steps must still fit 64 bits.
COUNT_MAX = 1 << 48

TYPE_NAMES = (b"string", b"list", b"set", b"zset", b"hash", b"stream")

_CURSOR_MAX = (1 << 64) - 1
_CANONICAL_NEGATIVE = re.compile(rb"-[1-9][0-9]{0,18}\Z")
_CURSOR = re.compile(rb"[ \t\n\v\f\r]*([+-]?)([0-9]+)\Z")


@dataclass(slots=True)
class ScanOptions:
    """The options of a scanning command; `matches` is None if every element is wanted."""

    count: int = COUNT_DEFAULT
    matches: Callable[[bytes], object] | None = None
    type_name: bytes | None = None
    no_values: bool = False
    no_scores: bool = False


def parse_cursor(word: bytes) -> int:
    """A cursor as clients send it: an unsigned 64-bit number, read as leniently as Redis does."""
    match = _CURSOR.match(word)
    # A plain negative number is refused; one that only C's strtoull understands wraps around there, and so here.
    if match is None or _CANONICAL_NEGATIVE.match(word) is not None:
        raise CommandError("ERR invalid cursor")
    sign, digits = match[1], match[2].lstrip(b"0") or b"0"
    if len(digits) > 20 or int(digits) > _CURSOR_MAX:
        raise CommandError("ERR invalid cursor")
    return -int(digits) & _CURSOR_MAX if sign == b"-" else int(digits)


def parse_scan_options(words: Sequence[bytes], command: bytes) -> ScanOptions:
    """The options behind the cursor of `command` (lower case): TYPE is for scan, NOVALUES for hscan, NOSCORES zscan."""
    found = ScanOptions()
    options = Cursor(words)
    while options.more:
        if options.take_token(b"COUNT", following=1):
            found.count = _count(options)
        elif options.take_token(b"MATCH", following=1):
            pattern = options.next_bytes()
            found.matches = None if pattern == b"*" else compile_glob(pattern)
        elif command == b"scan" and options.take_token(b"TYPE", following=1):
            found.type_name = _type_name(options.next_bytes())
        elif options.take_token(b"NOVALUES"):
            found.no_values = _only_in(b"hscan", command, "NOVALUES")
        elif options.take_token(b"NOSCORES"):
            found.no_scores = _only_in(b"zscan", command, "NOSCORES")
        else:
            raise SyntaxFault()
    return found


def _count(options: Cursor) -> int:
    count = options.next_int()
    if count < 1:
        raise SyntaxFault()
    return min(count, COUNT_MAX)


def _type_name(word: bytes) -> bytes:
    if word.lower() not in TYPE_NAMES:
        raise CommandError(b"ERR unknown type name '" + word + b"'")
    return word.lower()


def _only_in(home: bytes, command: bytes, option: str) -> bool:
    if command != home:
        raise CommandError(f"ERR {option} option can only be used in {home.decode().upper()}")
    return True
