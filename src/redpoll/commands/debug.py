"""DEBUG: what tests of clients and servers need, behind a setting of its own.

One command with words of its own, not a container: so it is in Redis, and so its errors read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from redpoll.config.kinds import parse_memory
from redpoll.dispatch.arguments import parse_int
from redpoll.dispatch.debug_replies import HELP_LINES, protocol_reply
from redpoll.dispatch.declare import ADMIN, LOADING, NOSCRIPT, STALE, SYSTEM, Family
from redpoll.dispatch.digests import dataset_digest, value_digest
from redpoll.dispatch.info_sections import lru_clock
from redpoll.dispatch.locality import is_local
from redpoll.errors import CommandError, NoSuchKey
from redpoll.globs import glob_match
from redpoll.replies import OK, Status, Verbatim

if TYPE_CHECKING:
    from redpoll.native.database import Database
    from redpoll.native.executor import Context

server = Family("server")
FAMILIES = (server,)

REFUSED = (
    'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a '
    "local connection, otherwise you need to set this option in the configuration file, and then restart the server."
)
NOT_POSITIVE = "ERR value is out of range, must be positive"
BAD_THRESHOLD = "ERR argument must be a memory value bigger than 1 and smaller than 4gb"
THRESHOLD_BYTES_END = 4 << 30

_LEADING_INTEGER = re.compile(rb"\s*([+-]?[0-9]+)")
_LEADING_FLOAT = re.compile(rb"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")


class Word(NamedTuple):
    """A sub-command: how many arguments it takes, and what it does."""

    fewest: int
    most: int
    run: Callable[[Context, tuple[bytes, ...]], object]


@server.command(ADMIN | NOSCRIPT | LOADING | STALE | SYSTEM, since="1.0.0", cost="Depends on subcommand.", arity=-2)
def debug(ctx: Context, subcommand: bytes, *arguments: bytes) -> object:
    """A container for debugging commands."""
    allowed = ctx.node.config.get("enable-debug-command")
    if allowed != "yes" and not (allowed == "local" and is_local(ctx.client)):
        raise CommandError(REFUSED)
    word = WORDS.get(subcommand.upper())
    if word is None or not word.fewest <= len(arguments) <= word.most:
        raise _unknown(subcommand)
    return word.run(ctx, arguments)


def _unknown(subcommand: bytes) -> CommandError:
    return CommandError(
        b"ERR unknown subcommand or wrong number of arguments for '" + subcommand[:128] + b"'. Try DEBUG HELP."
    )


def _help(ctx: Context, arguments: tuple[bytes, ...]) -> list[Status]:
    return [Status(line.encode()) for line in HELP_LINES]


def _sleep(ctx: Context, arguments: tuple[bytes, ...]) -> Status:
    # What does not begin with a number counts as zero, as in C.
    number = _LEADING_FLOAT.match(arguments[0])
    seconds = float(number[1]) if number is not None else 0.0
    if seconds > 0:
        ctx.node.sleep(seconds)
    return OK


def _set_active_expire(ctx: Context, arguments: tuple[bytes, ...]) -> Status:
    number = _LEADING_INTEGER.match(arguments[0])
    ctx.keyspace.active_expire = number is not None and int(number[1]) != 0
    return OK


def _error(ctx: Context, arguments: tuple[bytes, ...]) -> object:
    raise CommandError(arguments[0])


def _log(ctx: Context, arguments: tuple[bytes, ...]) -> Status:
    ctx.node.log.warning("DEBUG LOG: %s", arguments[0].decode("utf-8", "backslashreplace"))
    return OK


def _protocol(ctx: Context, arguments: tuple[bytes, ...]) -> object:
    return protocol_reply(arguments[0].lower(), ctx.resp)


def _digest(ctx: Context, arguments: tuple[bytes, ...]) -> Status:
    return Status(dataset_digest(ctx.keyspace).hex().encode())


def _digest_value(ctx: Context, keys: tuple[bytes, ...]) -> list[Status]:
    return [Status(value_digest(ctx.db, key).hex().encode()) for key in keys]


def _object(ctx: Context, arguments: tuple[bytes, ...]) -> Status:
    key = arguments[0]
    encoding = _encoding_of(ctx.db, key)
    idle_s = ctx.db.idle_seconds(key) or 0
    fast = len(arguments) > 1 and arguments[1].lower() == b"fast"
    serialized = b"" if fast else b" serializedlength:%d" % _serialized_length(ctx.db, key, encoding)
    # A record may move at any write: an address would mean nothing.
    return Status(
        b"Value at:0x0 refcount:1 encoding:%b%b lru:%d lru_seconds_idle:%d"
        % (encoding, serialized, max(0, lru_clock(ctx.node) - idle_s), idle_s)
    )


def _encoding_of(db: Database, key: bytes) -> bytes:
    encoding = db.encoding(key)
    if encoding is None:
        raise NoSuchKey()
    return encoding


def _serialized_length(db: Database, key: bytes, encoding: bytes) -> int:
    """Bytes in a dump file, where short integers and lengths are packed."""
    if db.type_name(key) != b"string":
        # Compact forms are dumped as they are, the others in about as many bytes.
        return db.memory_usage(key) or 0
    value = db.peek_string(key) or b""
    if encoding == b"int":
        for size in (1, 2, 4):
            if -(1 << 8 * size - 1) <= int(value) < 1 << 8 * size - 1:
                return 1 + size
    prefix = 1 if len(value) < 1 << 6 else 2 if len(value) < 1 << 14 else 5
    return prefix + len(value)


def _hash_table_stats(ctx: Context, arguments: tuple[bytes, ...]) -> Verbatim:
    index = parse_int(arguments[0])
    if not 0 <= index < len(ctx.keyspace):
        raise CommandError("ERR Out of range database")
    db = ctx.keyspace[index]
    table, full = db.table_stats(), len(arguments) > 1 and arguments[1].lower() == b"full"
    lines = ["[Dictionary HT]"]
    if table["used"]:
        lines += [
            "Hash table 0 stats (main hash table):",
            f" table size: {table['buckets']}",
            f" number of entries: {table['used']}",
            f" rehashing index: {table['rehash']}",
        ]
        if full:
            lines += [f" top-level buckets: {table['buckets']}", f" child buckets: {table['children']}"]
    lines.append("[Expires HT]")
    if db.volatile_count:
        lines.append(f" number of entries: {db.volatile_count}")
    return Verbatim("\n".join([*lines, ""]).encode())


def _hash_table_stats_of_key(ctx: Context, arguments: tuple[bytes, ...]) -> object:
    _encoding_of(ctx.db, arguments[0])
    raise CommandError("ERR The value stored at the specified key is not represented using an hash table")


def _listpack(ctx: Context, arguments: tuple[bytes, ...]) -> object:
    _encoding_of(ctx.db, arguments[0])
    raise CommandError("ERR Not a listpack encoded object.")


def _quicklist(ctx: Context, arguments: tuple[bytes, ...]) -> object:
    _encoding_of(ctx.db, arguments[0])
    raise CommandError("ERR Not a quicklist encoded object.")


def _packed_threshold(ctx: Context, arguments: tuple[bytes, ...]) -> Status:
    size = parse_memory(arguments[0].decode("latin-1"))
    if size is None or not 0 <= size < THRESHOLD_BYTES_END:
        raise CommandError(BAD_THRESHOLD)
    return OK


def _reply_buffer(ctx: Context, arguments: tuple[bytes, ...]) -> Status:
    # Reply buffers are shared by all clients of a batch: none has a size of its own that could be tuned.
    option, value = arguments[0].upper(), arguments[1].upper()
    if option == b"PEAK-RESET-TIME":
        if value not in (b"NEVER", b"RESET"):
            parse_int(value)
    elif option != b"RESIZING":
        raise _unknown(b"REPLYBUFFER")
    return OK


def _populate(ctx: Context, arguments: tuple[bytes, ...]) -> Status:
    count = _positive(arguments[0])
    prefix = arguments[1] if len(arguments) > 1 else b"key"
    size = _positive(arguments[2]) if len(arguments) > 2 else 0
    db = ctx.db
    for number in range(count):
        key = b"%b:%d" % (prefix, number)
        if not db.contains(key):
            value = b"value:%d" % number
            db.set_string(key, value[:size].ljust(size, b"\0") if size else value)
    return OK


def _positive(word: bytes) -> int:
    number = parse_int(word, NOT_POSITIVE)
    if number < 0:
        raise CommandError(NOT_POSITIVE)
    return number


def _change_replication_id(ctx: Context, arguments: tuple[bytes, ...]) -> Status:
    ctx.node.log.notice("Changing replication IDs after receiving change-repl-id")
    ctx.node.replication_id = b"%040x" % ctx.random.getrandbits(160)
    return OK


def _string_match(ctx: Context, arguments: tuple[bytes, ...]) -> int:
    pattern, text = arguments
    return int(glob_match(pattern, text))


def _struct_size(ctx: Context, arguments: tuple[bytes, ...]) -> bytes:
    return b"bits:64 bucket:64 slab:65536"


def _nothing_to_switch(ctx: Context, arguments: tuple[bytes, ...]) -> Status:
    """Accept a switch of a mechanism that works in another way here."""
    return OK


ANY_NUMBER = 1 << 30

WORDS: dict[bytes, Word] = {
    b"HELP": Word(0, 0, _help),
    b"SLEEP": Word(1, 1, _sleep),
    b"SET-ACTIVE-EXPIRE": Word(1, 1, _set_active_expire),
    b"ERROR": Word(1, 1, _error),
    b"LOG": Word(1, 1, _log),
    b"PROTOCOL": Word(1, 1, _protocol),
    b"DIGEST": Word(0, 0, _digest),
    b"DIGEST-VALUE": Word(0, ANY_NUMBER, _digest_value),
    b"OBJECT": Word(1, 2, _object),
    b"HTSTATS": Word(1, 2, _hash_table_stats),
    b"HTSTATS-KEY": Word(1, 2, _hash_table_stats_of_key),
    b"LISTPACK": Word(1, 1, _listpack),
    b"QUICKLIST": Word(1, 2, _quicklist),
    b"QUICKLIST-PACKED-THRESHOLD": Word(1, 1, _packed_threshold),
    b"REPLYBUFFER": Word(2, 2, _reply_buffer),
    b"POPULATE": Word(1, 3, _populate),
    b"CHANGE-REPL-ID": Word(0, 0, _change_replication_id),
    b"STRINGMATCH-LEN": Word(2, 2, _string_match),
    b"STRUCTSIZE": Word(0, 0, _struct_size),
    b"DICT-RESIZING": Word(1, 1, _nothing_to_switch),
    b"SET-SKIP-CHECKSUM-VALIDATION": Word(1, 1, _nothing_to_switch),
    b"SET-DISABLE-DENY-SCRIPTS": Word(1, 1, _nothing_to_switch),
    b"CLIENT-ENFORCE-REPLY-LIST": Word(1, 1, _nothing_to_switch),
}
