"""Commands on lists, and those that wait for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.arguments import INT64_MAX, INT64_MIN, Cursor, parse_int
from redpoll.dispatch.blocking import may_wait, parse_timeout
from redpoll.dispatch.declare import (
    ACCESS,
    BLOCKING,
    DELETE,
    DENYOOM,
    FAST,
    INSERT,
    READONLY,
    RO,
    RW,
    UPDATE,
    WRITE,
    Family,
    Key,
)
from redpoll.dispatch.hub import sessions_of
from redpoll.errors import CommandError, NoSuchKey, OutOfRange, SyntaxFault, WrongArity
from redpoll.native.list_value import ListValue
from redpoll.replies import NULL_ARRAY, Status
from redpoll.values.collections import register_list_maker

if TYPE_CHECKING:
    from redpoll.native.executor import Context

lists = Family("list")
FAMILIES = (lists,)

TYPE_LIST = 1
EVENT_LIST = 16
# list-max-listpack-size where no settings are at hand.
FILL_DEFAULT = -2

_OK = Status(b"OK")
_MANY_ELEMENTS = (("2.4.0", "Accepts multiple `element` arguments."),)
_MANY_ELEMENTS_LATER = (("4.0.0", "Accepts multiple `element` arguments."),)
_TIMEOUT = (("6.0.0", "`timeout` is interpreted as a double instead of an integer."),)
_COUNT = (("6.2.0", "Added the `count` argument."),)


def _fill(ctx: Context) -> int:
    fill: int = ctx.node.config["list-max-listpack-size"]
    return fill


def _made_of(elements: list[bytes]) -> ListValue:
    """A new list, as SORT STORE leaves it."""
    value = ListValue()
    value.push(tuple(elements), False, FILL_DEFAULT)
    return value


register_list_maker(_made_of)


def _to_read(ctx: Context, key: bytes) -> ListValue | None:
    found: ListValue | None = ctx.db.value(key, TYPE_LIST)
    return found


def _to_write(ctx: Context, key: bytes) -> ListValue | None:
    found: ListValue | None = ctx.db.value_to_write(key, TYPE_LIST)
    return found


def _push(ctx: Context, key: bytes, elements: tuple[bytes, ...], left: bool, make: bool = True) -> int:
    value = _to_write(ctx, key)
    if value is None:
        if not make:
            return 0
        value = ListValue()
        value.push(elements, left, _fill(ctx))
        ctx.db.put_value(key, value)
    else:
        value.push(elements, left, _fill(ctx))
    ctx.db.changed(EVENT_LIST, b"lpush" if left else b"rpush", key)
    return len(value)


def _drop_if_empty(ctx: Context, key: bytes, value: ListValue) -> None:
    if not len(value):
        ctx.db.delete(key)


def _take(ctx: Context, key: bytes, value: ListValue, left: bool, count: int) -> list[bytes]:
    """Pop elements off a list that has some, and tell of it."""
    taken = value.pop(left, count, _fill(ctx))
    ctx.db.changed(EVENT_LIST, b"lpop" if left else b"rpop", key)
    _drop_if_empty(ctx, key, value)
    return taken


def _side(word: bytes) -> bool:
    """Whether LEFT is meant."""
    side = word.upper()
    if side not in (b"LEFT", b"RIGHT"):
        raise SyntaxFault()
    return side == b"LEFT"


@lists.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, INSERT),
    since="1.0.0",
    cost="O(1)",
    syntax="key element...",
    history=_MANY_ELEMENTS,
    arity=-3,
)
def lpush(ctx: Context, key: bytes, *elements: bytes) -> int:
    """Put elements before the head of a list, made if absent; its new length."""
    return _push(ctx, key, elements, left=True)


@lists.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, INSERT),
    since="1.0.0",
    cost="O(1)",
    syntax="key element...",
    history=_MANY_ELEMENTS,
    arity=-3,
)
def rpush(ctx: Context, key: bytes, *elements: bytes) -> int:
    """Put elements behind the tail of a list, made if absent; its new length."""
    return _push(ctx, key, elements, left=False)


@lists.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, INSERT),
    since="2.2.0",
    cost="O(1)",
    syntax="key element...",
    history=_MANY_ELEMENTS_LATER,
    arity=-3,
)
def lpushx(ctx: Context, key: bytes, *elements: bytes) -> int:
    """Put elements before the head of a list if there is one; its new length."""
    return _push(ctx, key, elements, left=True, make=False)


@lists.command(
    WRITE | DENYOOM | FAST,
    key=Key(RW, INSERT),
    since="2.2.0",
    cost="O(1)",
    syntax="key element...",
    history=_MANY_ELEMENTS_LATER,
    arity=-3,
)
def rpushx(ctx: Context, key: bytes, *elements: bytes) -> int:
    """Put elements behind the tail of a list if there is one; its new length."""
    return _push(ctx, key, elements, left=False, make=False)


@lists.command(
    WRITE | FAST,
    key=Key(RW, ACCESS, DELETE),
    since="1.0.0",
    cost="O(N)",
    syntax="key [count@6.2.0]",
    history=_COUNT,
)
def lpop(ctx: Context, key: bytes, *count: bytes) -> object:
    """Take the first element, or so many from the head, off a list."""
    return _pop(ctx, "lpop", key, count)


@lists.command(
    WRITE | FAST,
    key=Key(RW, ACCESS, DELETE),
    since="1.0.0",
    cost="O(N)",
    syntax="key [count@6.2.0]",
    history=_COUNT,
)
def rpop(ctx: Context, key: bytes, *count: bytes) -> object:
    """Take the last element, or so many from the tail, off a list."""
    return _pop(ctx, "rpop", key, count)


def _pop(ctx: Context, name: str, key: bytes, count: tuple[bytes, ...]) -> object:
    if len(count) > 1:
        raise WrongArity(name.encode())
    wanted = _positive(count[0]) if count else 1
    value = _to_write(ctx, key)
    if value is None:
        return NULL_ARRAY if count else None
    if count and not wanted:
        return []
    taken = _take(ctx, key, value, name == "lpop", wanted)
    return taken if count else taken[0]


def _positive(word: bytes) -> int:
    error = "ERR value is out of range, must be positive"
    value = parse_int(word, error)
    if value < 0:
        raise CommandError(error)
    return value


@lists.command(READONLY | FAST, key=Key(RO), since="1.0.0", cost="O(1)", syntax="key")
def llen(ctx: Context, key: bytes) -> int:
    """The length of a list."""
    value = _to_read(ctx, key)
    return 0 if value is None else len(value)


@lists.command(READONLY, key=Key(RO, ACCESS), since="1.0.0", cost="O(N)", syntax="key index")
def lindex(ctx: Context, key: bytes, index: bytes) -> bytes | None:
    """The element at an index, negative from the tail."""
    value = _to_read(ctx, key)
    return None if value is None else value.index(parse_int(index))


@lists.command(READONLY, key=Key(RO, ACCESS), since="1.0.0", cost="O(S+N)", syntax="key start stop")
def lrange(ctx: Context, key: bytes, start: int, stop: int) -> list[bytes]:
    """The elements from one index to another, both included, negative from the tail."""
    value = _to_read(ctx, key)
    if value is None:
        return []
    first, count = _bounds(start, stop, len(value))
    return value.section(first, count)


def _bounds(start: int, stop: int, length: int) -> tuple[int, int]:
    """The first index and the number of elements that a range of indexes means."""
    first = max(start + length if start < 0 else start, 0)
    last = min(stop + length if stop < 0 else stop, length - 1)
    return (first, last - first + 1) if first <= last and first < length else (0, 0)


@lists.command(WRITE | DENYOOM, key=Key(RW, UPDATE), since="1.0.0", cost="O(N)", syntax="key index element")
def lset(ctx: Context, key: bytes, index: bytes, element: bytes) -> Status:
    """Put an element in the place of the one at an index."""
    value = _to_write(ctx, key)
    if value is None:
        raise NoSuchKey()
    if not value.set(parse_int(index), element, _fill(ctx)):
        raise OutOfRange()
    value.shrink(_fill(ctx))
    ctx.db.changed(EVENT_LIST, b"lset", key)
    return _OK


@lists.command(
    WRITE | DENYOOM,
    key=Key(RW, INSERT),
    since="2.2.0",
    cost="O(N)",
    syntax="key where:(BEFORE | AFTER) pivot element",
)
def linsert(ctx: Context, key: bytes, where: bytes, pivot: bytes, element: bytes) -> int:
    """Insert an element before or after the first one equal to a pivot; the new length, -1 without such a pivot."""
    side = where.upper()
    if side not in (b"BEFORE", b"AFTER"):
        raise SyntaxFault()
    value = _to_write(ctx, key)
    if value is None:
        return 0
    value.grow((element,), _fill(ctx))
    if not value.insert(pivot, element, side == b"AFTER", _fill(ctx)):
        return -1
    ctx.db.changed(EVENT_LIST, b"linsert", key)
    return len(value)


@lists.command(WRITE, key=Key(RW, DELETE), since="1.0.0", cost="O(N+M)", syntax="key count element")
def lrem(ctx: Context, key: bytes, count: int, element: bytes) -> int:
    """Take out elements equal to one: so many from the head, from the tail if negative, all if zero."""
    _refuse_least(count)
    value = _to_write(ctx, key)
    if value is None:
        return 0
    removed = value.remove(element, count, _fill(ctx))
    if removed:
        value.shrink(_fill(ctx))
        ctx.db.changed(EVENT_LIST, b"lrem", key)
        _drop_if_empty(ctx, key, value)
    return removed


@lists.command(WRITE, key=Key(RW, DELETE), since="1.0.0", cost="O(N)", syntax="key start stop")
def ltrim(ctx: Context, key: bytes, start: int, stop: int) -> Status:
    """Keep only the elements from one index to another."""
    value = _to_write(ctx, key)
    if value is None:
        return _OK
    length = len(value)
    first, count = _bounds(start, stop, length)
    value.trim(first, length - first - count, _fill(ctx))
    ctx.db.changed(EVENT_LIST, b"ltrim", key)
    _drop_if_empty(ctx, key, value)
    return _OK


@lists.command(
    READONLY,
    key=Key(RO, ACCESS),
    since="6.0.6",
    cost="O(N)",
    syntax="key element [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN len:integer]",
)
def lpos(ctx: Context, key: bytes, element: bytes, *words: bytes) -> int | list[int] | None:
    """The index of an element, or of several equal ones."""
    rank, count, max_length = 1, -1, 0
    options = Cursor(words)
    while options.more:
        if options.take_token(b"RANK", following=1):
            rank = _rank(options.next_bytes())
        elif options.take_token(b"COUNT", following=1):
            count = _not_negative(options.next_bytes(), "COUNT")
        elif options.take_token(b"MAXLEN", following=1):
            max_length = _not_negative(options.next_bytes(), "MAXLEN")
        else:
            raise SyntaxFault()
    value = _to_read(ctx, key)
    if value is None:
        return [] if count >= 0 else None
    found = value.positions(element, rank, count if count >= 0 else 1, max_length)
    if count >= 0:
        return found
    return found[0] if found else None


def _rank(word: bytes) -> int:
    rank = parse_int(word)
    _refuse_least(rank)
    if rank == 0:
        raise CommandError(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to "
            "start from the end of the list"
        )
    return rank


def _refuse_least(value: int) -> None:
    """Refuse the one 64-bit integer that has no negative."""
    if value == INT64_MIN:
        raise CommandError(f"ERR value is out of range, value must between {-INT64_MAX} and {INT64_MAX}")


def _not_negative(word: bytes, option: str) -> int:
    error = f"ERR {option} can't be negative"
    value = parse_int(word, error)
    if value < 0:
        raise CommandError(error)
    return value


@lists.command(
    WRITE | DENYOOM,
    key=(Key(RW, ACCESS, DELETE), Key(RW, INSERT, begin=2)),
    since="6.2.0",
    cost="O(1)",
    syntax="source destination wherefrom:(LEFT | RIGHT) whereto:(LEFT | RIGHT)",
)
def lmove(ctx: Context, source: bytes, destination: bytes, wherefrom: bytes, whereto: bytes) -> bytes | None:
    """Take an element off an end of one list and put it to an end of another; the element."""
    return _move(ctx, source, destination, _side(wherefrom), _side(whereto))


@lists.command(
    WRITE | DENYOOM,
    key=(Key(RW, ACCESS, DELETE), Key(RW, INSERT, begin=2)),
    since="1.2.0",
    cost="O(1)",
    syntax="source destination",
)
def rpoplpush(ctx: Context, source: bytes, destination: bytes) -> bytes | None:
    """Take the last element off one list and put it before the head of another; the element."""
    return _move(ctx, source, destination, left_from=False, left_to=True)


def _move(ctx: Context, source: bytes, destination: bytes, left_from: bool, left_to: bool) -> bytes | None:
    value = _to_write(ctx, source)
    if value is None:
        return None
    # The destination's type is refused before anything changes.
    _to_write(ctx, destination)
    element = value.pop(left_from, 1, _fill(ctx))[0]
    if source == destination:
        # The list never is empty for anybody, even if it has one element.
        value.push((element,), left_to, _fill(ctx))
        ctx.db.changed(EVENT_LIST, b"lpush" if left_to else b"rpush", destination)
        ctx.db.changed(EVENT_LIST, b"lpop" if left_from else b"rpop", source)
        return element
    _push(ctx, destination, (element,), left_to)
    ctx.db.changed(EVENT_LIST, b"lpop" if left_from else b"rpop", source)
    _drop_if_empty(ctx, source, value)
    return element


@lists.command(
    WRITE,
    key=Key(RW, ACCESS, DELETE, keynum=0),
    since="7.0.0",
    cost="O(N+M)",
    syntax="numkeys key... where:(LEFT | RIGHT) [COUNT count]",
    arity=-4,
)
def lmpop(ctx: Context, numkeys: bytes, *words: bytes) -> object:
    """Take elements off the first list of several that is not empty; its name and the elements."""
    keys, left, count = _several(numkeys, words)
    return _take_first(ctx, keys, left, count) or NULL_ARRAY


def _several(numkeys: bytes, words: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], bool, int]:
    """Keys, side and count of LMPOP."""
    count_of_keys = _at_least_one(numkeys, "numkeys")
    if count_of_keys > len(words) - 1:
        raise SyntaxFault()
    options = Cursor(words, count_of_keys)
    left, count = _side(options.next_bytes()), 0
    while options.more:
        if count or not options.take_token(b"COUNT", following=1):
            raise SyntaxFault()
        count = _at_least_one(options.next_bytes(), "count")
    return words[:count_of_keys], left, count or 1


def _take_first(ctx: Context, keys: tuple[bytes, ...], left: bool, count: int) -> list[object] | None:
    """Pop elements off the first list there is; its name and the elements."""
    for key in keys:
        value = _to_write(ctx, key)
        if value is not None:
            return [key, _take(ctx, key, value, left, count)]
    return None


def _at_least_one(word: bytes, what: str) -> int:
    error = f"ERR {what} should be greater than 0"
    value = parse_int(word, error)
    if value < 1:
        raise CommandError(error)
    return value


@lists.command(
    WRITE | BLOCKING,
    key=Key(RW, ACCESS, DELETE, last=-2),
    since="2.0.0",
    cost="O(N)",
    syntax="key... timeout",
    history=_TIMEOUT,
    arity=-3,
)
def blpop(ctx: Context, key: bytes, *words: bytes) -> object:
    """Take the first element off the first list of several that is not empty, or wait for one; name and element."""
    return _pop_or_wait(ctx, (key, *words[:-1]), words[-1], left=True)


@lists.command(
    WRITE | BLOCKING,
    key=Key(RW, ACCESS, DELETE, last=-2),
    since="2.0.0",
    cost="O(N)",
    syntax="key... timeout",
    history=_TIMEOUT,
    arity=-3,
)
def brpop(ctx: Context, key: bytes, *words: bytes) -> object:
    """Take the last element off the first list of several that is not empty, or wait for one; name and element."""
    return _pop_or_wait(ctx, (key, *words[:-1]), words[-1], left=False)


def _pop_or_wait(ctx: Context, keys: tuple[bytes, ...], timeout: bytes, left: bool) -> object:
    timeout_ms = parse_timeout(timeout, ctx.now_ms)
    for key in keys:
        value = _to_write(ctx, key)
        if value is not None:
            return [key, _take(ctx, key, value, left, 1)[0]]
    return _wait(ctx, keys, timeout_ms)


def _wait(ctx: Context, keys: tuple[bytes, ...], timeout_ms: int) -> object:
    if not may_wait(ctx):
        return NULL_ARRAY
    return sessions_of(ctx).blocking.wait(ctx, timeout_ms, keys=keys, kind=b"list")


@lists.command(
    WRITE | DENYOOM | BLOCKING,
    key=(Key(RW, ACCESS, DELETE), Key(RW, INSERT, begin=2)),
    since="6.2.0",
    cost="O(1)",
    syntax="source destination wherefrom:(LEFT | RIGHT) whereto:(LEFT | RIGHT) timeout",
)
def blmove(ctx: Context, source: bytes, destination: bytes, wherefrom: bytes, whereto: bytes, timeout: bytes) -> object:
    """Take an element off an end of one list, or wait for one, and put it to an end of another; the element."""
    left_from, left_to = _side(wherefrom), _side(whereto)
    return _move_or_wait(ctx, (source, destination), (left_from, left_to), timeout)


@lists.command(
    WRITE | DENYOOM | BLOCKING,
    key=(Key(RW, ACCESS, DELETE), Key(RW, INSERT, begin=2)),
    since="2.2.0",
    cost="O(1)",
    syntax="source destination timeout",
    history=_TIMEOUT,
)
def brpoplpush(ctx: Context, source: bytes, destination: bytes, timeout: bytes) -> object:
    """Take the last element off one list, or wait for one, and put it before the head of another; the element."""
    return _move_or_wait(ctx, (source, destination), (False, True), timeout)


def _move_or_wait(ctx: Context, keys: tuple[bytes, bytes], left: tuple[bool, bool], timeout: bytes) -> object:
    timeout_ms = parse_timeout(timeout, ctx.now_ms)
    element = _move(ctx, *keys, *left)
    if element is None and may_wait(ctx):
        return _wait(ctx, keys[:1], timeout_ms)
    return element


@lists.command(
    WRITE | BLOCKING,
    key=Key(RW, ACCESS, DELETE, begin=2, keynum=0),
    since="7.0.0",
    cost="O(N+M)",
    syntax="timeout numkeys key... where:(LEFT | RIGHT) [COUNT count]",
    arity=-5,
)
def blmpop(ctx: Context, timeout: bytes, numkeys: bytes, *words: bytes) -> object:
    """Take elements off the first list of several that is not empty, or wait for one; its name and the elements."""
    keys, left, count = _several(numkeys, words)
    timeout_ms = parse_timeout(timeout, ctx.now_ms)
    return _take_first(ctx, keys, left, count) or _wait(ctx, keys, timeout_ms)
