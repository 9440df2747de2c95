"""SORT and SORT_RO: the elements of a list, set or sorted set in order, by themselves or by other keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from redpoll.dispatch.arguments import Cursor, parse_float
from redpoll.dispatch.declare import ACCESS, DENYOOM, OW, READONLY, RO, UPDATE, WRITE, Family, Key
from redpoll.dispatch.keyspec import sort_keys
from redpoll.errors import SyntaxFault, WrongType
from redpoll.values.collections import HASH, LIST, LIST_EVENT, SORTABLE, make_list

if TYPE_CHECKING:
    from redpoll.native.executor import Context

generic = Family("generic")
FAMILIES = (generic,)

_BY_AND_GET = Key(
    RO,
    ACCESS,
    begin=None,
    notes=(
        "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from "
        "the content of the key we sort"
    ),
)
_SYNTAX = (
    "key [BY by-pattern~pattern#1:pattern] LIMIT limit:[offset count] [GET "
    "get-pattern~pattern#1:pattern]... order:[ASC | DESC] [sorting=ALPHA]"
)
_CATEGORIES = ("@set", "@sortedset", "@list", "@dangerous")


@dataclass(slots=True)
class _Request:
    """What follows the key."""

    by: bytes | None = None
    get: list[bytes] = field(default_factory=list)
    offset: int = 0
    count: int = -1
    descending: bool = False
    alpha: bool = False
    store: bytes | None = None

    @property
    def is_sorted(self) -> bool:
        """A BY pattern without an asterisk asks for no order at all."""
        return self.by is None or b"*" in self.by


@generic.command(
    WRITE | DENYOOM,
    key=(
        Key(RO, ACCESS),
        _BY_AND_GET,
        Key(
            OW,
            UPDATE,
            begin=None,
            notes=(
                "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear "
                "anywhere in the argument array"
            ),
        ),
    ),
    since="1.0.0",
    cost="O(N+M*log(M))",
    syntax=_SYNTAX + " [STORE destination]",
    categories=_CATEGORIES,
    getkeys=sort_keys,
)
def sort(ctx: Context, key: bytes, *options: bytes) -> Any:
    """Sort the elements of a list, set or sorted set; perhaps store the result."""
    request = _request(options, may_store=True)
    result = _sorted(ctx, key, request)
    if request.store is None:
        return result
    return _store(ctx, request.store, result)


@generic.command(
    READONLY,
    key=(Key(RO, ACCESS), _BY_AND_GET),
    since="7.0.0",
    cost="O(N+M*log(M))",
    syntax=_SYNTAX,
    categories=_CATEGORIES,
)
def sort_ro(ctx: Context, key: bytes, *options: bytes) -> Any:
    """Sort the elements of a list, set or sorted set."""
    return _sorted(ctx, key, _request(options, may_store=False))


def _request(options: tuple[bytes, ...], may_store: bool) -> _Request:
    request = _Request()
    cursor = Cursor(options)
    while cursor.more:
        order = cursor.take_any(b"ASC", b"DESC")
        if order is not None:
            request.descending = order == b"DESC"
        elif cursor.take_token(b"ALPHA"):
            request.alpha = True
        elif cursor.take_token(b"LIMIT", following=2):
            request.offset, request.count = cursor.next_int(), cursor.next_int()
        elif may_store and cursor.take_token(b"STORE", following=1):
            request.store = cursor.next_bytes()
        elif cursor.take_token(b"BY", following=1):
            request.by = cursor.next_bytes()
        elif cursor.take_token(b"GET", following=1):
            request.get.append(cursor.next_bytes())
        else:
            raise SyntaxFault
    return request


def _sorted(ctx: Context, key: bytes, request: _Request) -> list[bytes | None]:
    """The elements in the order asked for, or what GET makes of them."""
    kind, elements = _elements(ctx, key)
    if request.is_sorted:
        elements = _in_order(elements, _weights(ctx, elements, request), request)
    elif kind == b"set":
        # A set has no order; one that is stored gets one, to be the same on every server.
        if request.store is not None:
            elements.sort(reverse=request.descending)
    elif request.descending:
        elements.reverse()
    start = max(0, request.offset)
    chosen = elements[start:] if request.count < 0 else elements[start : start + request.count]
    if not request.get:
        return list(chosen)
    return [_lookup(ctx, pattern, each) for each in chosen for pattern in request.get]


def _elements(ctx: Context, key: bytes) -> tuple[bytes | None, list[bytes]]:
    """The type at a key and its elements in their own order; raises WrongType."""
    kind = ctx.db.type_name(key)
    if kind is not None and kind not in SORTABLE:
        raise WrongType
    collection = ctx.db.value(key, SORTABLE.get(kind or b"", LIST))
    return kind, [] if collection is None else list(collection.elements())


def _weights(ctx: Context, elements: list[bytes], request: _Request) -> list[bytes | None]:
    """What each element is ordered by."""
    by = request.by
    return list(elements) if by is None else [_lookup(ctx, by, each) for each in elements]


def _in_order(elements: list[bytes], weights: list[bytes | None], request: _Request) -> list[bytes]:
    """Elements by weight; those of equal weight by themselves, or as they stood if the weights are words."""
    pairs = zip(weights, elements, strict=True)
    keys: list[Any]
    if not request.alpha:
        keys = [(_number(weight), each) for weight, each in pairs]
    elif request.by is None:
        keys = [each for _, each in pairs]
    else:
        keys = [(weight is not None, weight or b"") for weight, _ in pairs]
    order = sorted(range(len(elements)), key=keys.__getitem__, reverse=request.descending)
    return [elements[at] for at in order]


def _number(weight: bytes | None) -> float:
    if weight is None:
        return 0.0
    return parse_float(weight, "ERR One or more scores can't be converted into double")


def _lookup(ctx: Context, pattern: bytes, element: bytes) -> bytes | None:
    """What a pattern names for an element: itself (#), a string (a*), or a field of a hash (a*->f)."""
    if pattern == b"#":
        return element
    before, star, after = pattern.partition(b"*")
    if not star:
        return None
    rest, arrow, name = after.partition(b"->")
    if not arrow or not name:
        return ctx.db.string_or_none(before + element + after)
    key = before + element + rest
    if ctx.db.type_name(key) not in (None, b"hash"):
        return None
    fields = ctx.db.value(key, HASH)
    found: bytes | None = None if fields is None else fields.get(name)
    return found


def _store(ctx: Context, target: bytes, result: list[bytes | None]) -> int:
    """Leave a list at `target`, or nothing if the result is empty."""
    if not result:
        ctx.db.delete(target)
        return 0
    ctx.db.put_value(target, make_list([each or b"" for each in result]))
    ctx.db.changed(LIST_EVENT, b"sortstore", target)
    return len(result)
