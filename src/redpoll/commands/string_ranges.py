"""Commands on parts of strings, and what two strings have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redpoll.dispatch.arguments import Cursor
from redpoll.dispatch.declare import ACCESS, DENYOOM, FAST, INSERT, READONLY, RO, RW, UPDATE, WRITE, Family, Key
from redpoll.errors import CommandError, SyntaxFault, WrongType
from redpoll.values.lcs import common_length, common_ranges, common_subsequence, table_bytes

if TYPE_CHECKING:
    from redpoll.native.executor import Context

string = Family("string")
FAMILIES = (string,)


@string.command(READONLY, key=Key(RO, ACCESS), since="2.4.0", cost="O(N)", syntax="key start end")
def getrange(ctx: Context, key: bytes, start: int, end: int) -> bytes:
    """Return a part of the string stored at a key."""
    return ctx.db.string_range(key, start, end)


@string.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="1.0.0",
    cost="O(N)",
    syntax="key start end",
)
def substr(ctx: Context, key: bytes, start: int, end: int) -> bytes:
    """Return a part of the string stored at a key."""
    return ctx.db.string_range(key, start, end)


@string.command(WRITE | DENYOOM, key=Key(RW, UPDATE), since="2.2.0", cost="O(1)", syntax="key offset value")
def setrange(ctx: Context, key: bytes, offset: int, value: bytes) -> int:
    """Overwrite a part of the string stored at a key."""
    if offset < 0:
        raise CommandError("ERR offset is out of range")
    if not value:
        return ctx.db.string_size_to_write(key)
    if offset + len(value) > ctx.node.config.proto_max_bulk_len:
        # A wrong type is told first.
        ctx.db.string_size_to_write(key)
        raise _too_long()
    return ctx.db.set_range(key, offset, value)


@string.command(WRITE | DENYOOM | FAST, key=Key(RW, INSERT), since="2.0.0", cost="O(1)", syntax="key value")
def append(ctx: Context, key: bytes, value: bytes) -> int:
    """Append to the string stored at a key."""
    if ctx.db.string_size_to_write(key) + len(value) > ctx.node.config.proto_max_bulk_len:
        raise _too_long()
    return ctx.db.append(key, value)


def _too_long() -> CommandError:
    return CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)")


@string.command(
    READONLY,
    key=Key(RO, ACCESS, last=1),
    since="7.0.0",
    cost="O(N*M)",
    syntax="key1:key key2#0:key [LEN] [IDX] [MINMATCHLEN min-match-len:integer] [WITHMATCHLEN]",
)
def lcs(ctx: Context, key1: bytes, key2: bytes, *options: bytes) -> Any:
    """Return the longest common subsequence of two strings."""
    try:
        one, two = ctx.db.string(key1) or b"", ctx.db.string(key2) or b""
    except WrongType:
        raise CommandError("ERR The specified keys must contain string values") from None
    wanted = _lcs_options(options)
    if wanted.ranges and wanted.length:
        raise CommandError("ERR If you want both the length and indexes, please just use IDX.")
    if table_bytes(one, two) > ctx.node.config["proto-max-bulk-len"]:
        raise CommandError("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
    if wanted.ranges:
        ranges, length = common_ranges(one, two)
        return {b"matches": _ranges(ranges, wanted), b"len": length}
    return common_length(one, two) if wanted.length else common_subsequence(one, two)


@dataclass(slots=True)
class _LcsOptions:
    """What follows the keys in LCS."""

    length: bool = False
    ranges: bool = False
    range_lengths: bool = False
    shortest: int = 0


def _lcs_options(options: tuple[bytes, ...]) -> _LcsOptions:
    wanted = _LcsOptions()
    cursor = Cursor(options)
    while cursor.more:
        if cursor.take_token(b"IDX"):
            wanted.ranges = True
        elif cursor.take_token(b"LEN"):
            wanted.length = True
        elif cursor.take_token(b"WITHMATCHLEN"):
            wanted.range_lengths = True
        elif cursor.take_token(b"MINMATCHLEN", following=1):
            wanted.shortest = cursor.next_int()
        else:
            raise SyntaxFault
    return wanted


def _ranges(ranges: list[tuple[int, int, int]], wanted: _LcsOptions) -> list[list[Any]]:
    """Matches as LCS IDX shows them: inclusive ranges in both strings, perhaps with their lengths."""
    return [
        [[i, i + length - 1], [j, j + length - 1], *([length] if wanted.range_lengths else [])]
        for i, j, length in ranges
        if length >= wanted.shortest
    ]
