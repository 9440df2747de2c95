"""Commands on keys of any type: delete, test, name, copy, move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.arguments import Cursor, parse_db_index
from redpoll.dispatch.declare import (
    ACCESS,
    DELETE,
    DENYOOM,
    FAST,
    INSERT,
    OW,
    READONLY,
    RM,
    RO,
    RW,
    UPDATE,
    WRITE,
    Family,
    Key,
)
from redpoll.errors import CommandError, NoSuchKey, SyntaxFault
from redpoll.replies import OK, Status

if TYPE_CHECKING:
    from redpoll.native.database import Database
    from redpoll.native.executor import Context

generic = Family("generic")
FAMILIES = (generic,)

_NONE = Status(b"none")


@generic.command(
    WRITE | DENYOOM,
    key=(Key(RO, ACCESS), Key(OW, UPDATE, begin=2)),
    since="6.2.0",
    cost="O(N)",
    syntax="source destination [DB destination-db:integer] [REPLACE]",
)
def copy(ctx: Context, source: bytes, target: bytes, *options: bytes) -> int:
    """Copy the value of a key, with its deadline, to another key; 0 if there is nothing to copy or no room for it."""
    other, replace = _copy_options(ctx, options)
    if other.index == ctx.db.index and source == target:
        raise CommandError("ERR source and destination objects are the same")
    if not ctx.db.exists(source) or (not replace and other.contains(target)):
        return 0
    return int(ctx.db.copy_to(source, other, target))


def _copy_options(ctx: Context, words: tuple[bytes, ...]) -> tuple[Database, bool]:
    other, replace = ctx.db, False
    options = Cursor(words)
    while options.more:
        if options.take_token(b"REPLACE"):
            replace = True
        elif options.take_token(b"DB", following=1):
            other = _database(ctx, options.next_bytes())
        else:
            raise SyntaxFault()
    return other, replace


def _database(ctx: Context, word: bytes) -> Database:
    return ctx.keyspace[parse_db_index(word, len(ctx.keyspace))]


@generic.command(
    WRITE,
    key=Key(RM, DELETE, last=-1),
    since="1.0.0",
    cost="O(N)",
    syntax="key...",
    tips=("request_policy:multi_shard", "response_policy:agg_sum"),
)
def del_(ctx: Context, key: bytes, *keys: bytes) -> int:
    """Delete keys; how many there were."""
    return sum(map(ctx.db.delete, (key, *keys)))


@generic.command(
    WRITE | FAST,
    key=Key(RM, DELETE, last=-1),
    since="4.0.0",
    cost="O(1)",
    syntax="key...",
    tips=("request_policy:multi_shard", "response_policy:agg_sum"),
)
def unlink(ctx: Context, key: bytes, *keys: bytes) -> int:
    """Delete keys without waiting for their memory to be freed; how many there were."""
    return sum(map(ctx.db.delete, (key, *keys)))


@generic.command(
    READONLY | FAST,
    key=Key(RO, last=-1),
    since="1.0.0",
    cost="O(N)",
    syntax="key...",
    tips=("request_policy:multi_shard", "response_policy:agg_sum"),
    history=(("3.0.3", "Accepts multiple `key` arguments."),),
)
def exists(ctx: Context, key: bytes, *keys: bytes) -> int:
    """How many of the keys exist; a key named twice counts twice."""
    return sum(map(ctx.db.exists, (key, *keys)))


@generic.command(
    READONLY | FAST,
    key=Key(RO, last=-1),
    since="3.2.1",
    cost="O(N)",
    syntax="key...",
    tips=("request_policy:multi_shard", "response_policy:agg_sum"),
)
def touch(ctx: Context, key: bytes, *keys: bytes) -> int:
    """Note an access to keys, as reading them does; how many exist."""
    return sum(map(ctx.db.touch, (key, *keys)))


@generic.command(READONLY | FAST, key=Key(RO), since="1.0.0", cost="O(1)", syntax="key")
def type_(ctx: Context, key: bytes) -> Status:
    """The type of the value at a key, or none."""
    name = ctx.db.type_name(key) if ctx.db.exists(key) else None
    return _NONE if name is None else Status(name)


@generic.command(
    WRITE,
    key=(Key(RW, ACCESS, DELETE), Key(OW, UPDATE, begin=2)),
    since="1.0.0",
    cost="O(1)",
    syntax="key newkey",
)
def rename(ctx: Context, source: bytes, target: bytes) -> Status:
    """Give a key another name, and overwrite what had that name."""
    if not ctx.db.contains(source):
        raise NoSuchKey()
    if source != target:
        ctx.db.rename(source, target)
    return OK


@generic.command(
    WRITE | FAST,
    key=(Key(RW, ACCESS, DELETE), Key(OW, INSERT, begin=2)),
    since="1.0.0",
    cost="O(1)",
    syntax="key newkey",
    history=(("3.2.0", "The command no longer returns an error when source and destination names are the same."),),
)
def renamenx(ctx: Context, source: bytes, target: bytes) -> int:
    """Give a key another name, unless a key has that name."""
    if not ctx.db.contains(source):
        raise NoSuchKey()
    if ctx.db.contains(target):
        return 0
    ctx.db.rename(source, target)
    return 1


@generic.command(WRITE | FAST, key=Key(RW, ACCESS, UPDATE), since="1.0.0", cost="O(1)", syntax="key db:integer")
def move(ctx: Context, key: bytes, index: bytes) -> int:
    """Move a key to another database, unless a key there has its name."""
    other = _database(ctx, index)
    if other.index == ctx.db.index:
        raise CommandError("ERR source and destination objects are the same")
    if not ctx.db.contains(key) or other.contains(key):
        return 0
    return int(ctx.db.move_to(key, other))
