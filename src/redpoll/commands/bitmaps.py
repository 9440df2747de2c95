"""Commands on bitmaps, which are strings: bits, counts, joins, and fields of integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.arguments import Cursor, parse_int
from redpoll.dispatch.declare import (
    ACCESS,
    DENYOOM,
    FAST,
    OW,
    READONLY,
    RO,
    RW,
    UPDATE,
    VARIABLE_FLAGS,
    WRITE,
    Family,
    Key,
)
from redpoll.errors import CommandError, SyntaxFault
from redpoll.native import bitmaps

if TYPE_CHECKING:
    from redpoll.native.executor import Context

bitmap = Family("bitmap")
FAMILIES = (bitmap,)

_OFFSET_ERROR = "ERR bit offset is not an integer or out of range"
_BIT_ERROR = "ERR bit is not an integer or out of range"
_FIELD_TYPE_ERROR = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
# Whether a field is signed, and its width.
_FIELD_TYPES = {b"i%d" % width: (True, width) for width in range(1, 65)} | {
    b"u%d" % width: (False, width) for width in range(1, 64)
}
_RANGE_SYNTAX = "range:[start end-unit-block:[end unit@7.0.0:[BYTE | BIT]]]"
_OVERFLOWS = {b"WRAP": bitmaps.WRAP, b"SAT": bitmaps.SATURATE, b"FAIL": bitmaps.FAIL}

# Action, signed, width in bits, offset, operand, what to do with an overflow.
Operation = tuple[int, bool, int, int, int, int]


def _offset(ctx: Context, word: bytes, width: int = 0) -> int:
    """The offset of a bit; with a width also as `#` and the number of a field of this width."""
    if width and word[:1] == b"#":
        # The product keeps 64 bits, as a signed integer of C does.
        offset = (parse_int(word[1:], _OFFSET_ERROR) * width + (1 << 63)) % (1 << 64) - (1 << 63)
    else:
        offset = parse_int(word, _OFFSET_ERROR)
    if offset < 0 or offset >> 3 >= ctx.node.config["proto-max-bulk-len"]:
        raise CommandError(_OFFSET_ERROR)
    return offset


@bitmap.command(
    WRITE | DENYOOM,
    key=Key(RW, ACCESS, UPDATE),
    since="2.2.0",
    cost="O(1)",
    syntax="key offset value:integer",
)
def setbit(ctx: Context, key: bytes, offset: bytes, value: bytes) -> int:
    """Set a bit of a string, made or lengthened as needed; what it was."""
    place = _offset(ctx, offset)
    bit = parse_int(value, _BIT_ERROR)
    if bit not in (0, 1):
        raise CommandError(_BIT_ERROR)
    return bitmaps.set_bit(ctx.db, key, place, bit)


@bitmap.command(READONLY | FAST, key=Key(RO, ACCESS), since="2.2.0", cost="O(1)", syntax="key offset")
def getbit(ctx: Context, key: bytes, offset: bytes) -> int:
    """A bit of a string; 0 beyond its end."""
    return bitmaps.get_bit(ctx.db, key, _offset(ctx, offset))


def _range(words: tuple[bytes, ...]) -> tuple[int, int, bool]:
    """Start, end, and whether they count bits."""
    if len(words) > 3:
        raise SyntaxFault
    start = parse_int(words[0]) if words else 0
    unit = words[2].upper() if len(words) == 3 else b"BYTE"
    if unit not in (b"BYTE", b"BIT"):
        raise SyntaxFault
    end = parse_int(words[1]) if len(words) > 1 else -1
    return start, end, unit == b"BIT"


@bitmap.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="2.6.0",
    cost="O(N)",
    syntax=f"key {_RANGE_SYNTAX}",
    history=(
        ("7.0.0", "Added the `BYTE|BIT` option."),
        ("8.0.0", "`end` made optional; when called without argument the command reports the last BYTE."),
    ),
)
def bitcount(ctx: Context, key: bytes, *words: bytes) -> int:
    """Count the ones of a string, or of a range of it."""
    return bitmaps.count_bits(ctx.db, key, *_range(words))


@bitmap.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="2.8.7",
    cost="O(N)",
    syntax=f"key bit:integer {_RANGE_SYNTAX}",
    history=(("7.0.0", "Added the `BYTE|BIT` option."),),
)
def bitpos(ctx: Context, key: bytes, bit: int, *words: bytes) -> int:
    """Find the first one or the first zero of a string, or of a range of it."""
    if bit not in (0, 1):
        raise CommandError("ERR The bit argument must be 1 or 0.")
    start, end, in_bits = _range(words)
    return bitmaps.bit_position(ctx.db, key, bit, start, end, in_bits, len(words) < 2)


@bitmap.command(
    WRITE | DENYOOM,
    key=(
        Key(OW, UPDATE, begin=2),
        Key(RO, ACCESS, begin=3, last=-1),
    ),
    since="2.6.0",
    cost="O(N)",
    syntax="operation:(AND | OR | XOR | NOT) destkey:key key...",
    arity=-4,
)
def bitop(ctx: Context, operation: bytes, target: bytes, *sources: bytes) -> int:
    """Join strings bit by bit, and store the result; its length."""
    name = operation.upper()
    if name not in bitmaps.JOINS:
        raise SyntaxFault
    if name == b"NOT" and len(sources) != 1:
        raise CommandError("ERR BITOP NOT must be called with a single source key.")
    return bitmaps.join_bitmaps(ctx.db, bitmaps.JOINS[name], target, sources)


@bitmap.command(
    WRITE | DENYOOM,
    key=Key(RW, ACCESS, UPDATE, VARIABLE_FLAGS, notes="This command allows both access and modification of the key"),
    since="3.2.0",
    cost="O(1)",
    syntax=(
        "key operation:[GET get-block:(encoding offset) | write:(OVERFLOW overflow-block:[WRAP | SAT | "
        "FAIL] write-operation:(SET set-block:(encoding offset value:integer) | INCRBY "
        "incrby-block:(encoding offset increment:integer)))]..."
    ),
)
def bitfield(ctx: Context, key: bytes, *words: bytes) -> list[int | None]:
    """Read and change integers of any width inside a string."""
    operations = _operations(ctx, words)
    if all(operation[0] == bitmaps.GET for operation in operations):
        return [*bitmaps.read_fields(ctx.db, key, operations)]
    return bitmaps.change_fields(ctx.db, key, operations)


@bitmap.command(
    READONLY | FAST,
    key=Key(RO, ACCESS),
    since="6.0.0",
    cost="O(1)",
    syntax="key [GET get-block:(encoding offset)]...",
)
def bitfield_ro(ctx: Context, key: bytes, *words: bytes) -> list[int]:
    """Read integers of any width inside a string."""
    operations = _operations(ctx, words)
    if any(operation[0] != bitmaps.GET for operation in operations):
        raise CommandError("ERR BITFIELD_RO only supports the GET subcommand")
    return bitmaps.read_fields(ctx.db, key, operations)


def _operations(ctx: Context, words: tuple[bytes, ...]) -> list[Operation]:
    operations: list[Operation] = []
    cursor = Cursor(words)
    overflow = bitmaps.WRAP
    while cursor.more:
        if cursor.take_token(b"OVERFLOW", following=1):
            name = cursor.next_token()
            if name not in _OVERFLOWS:
                raise CommandError("ERR Invalid OVERFLOW type specified")
            overflow = _OVERFLOWS[name]
        else:
            operations.append(_operation(ctx, cursor, overflow))
    return operations


def _operation(ctx: Context, cursor: Cursor, overflow: int) -> Operation:
    if cursor.take_token(b"GET", following=2):
        action = bitmaps.GET
    elif cursor.take_token(b"SET", following=3):
        action = bitmaps.SET
    elif cursor.take_token(b"INCRBY", following=3):
        action = bitmaps.INCREMENT
    else:
        raise SyntaxFault
    field_type = _FIELD_TYPES.get(cursor.next_bytes())
    if field_type is None:
        raise CommandError(_FIELD_TYPE_ERROR)
    is_signed, width = field_type
    offset = _offset(ctx, cursor.next_bytes(), width)
    operand = 0 if action == bitmaps.GET else cursor.next_int()
    return action, is_signed, width, offset, operand, overflow
