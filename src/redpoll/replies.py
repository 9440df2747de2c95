"""Replies a handler can return beside plain Python values. Level 0: imports nothing of the package.

`bytes` bulk string, `int` integer, `None` null, `list` and `tuple` array, `dict` map, `set` set, `float` double, `bool`
boolean; the classes here name what Python has no value for. `native.resp` encodes them for RESP2 and RESP3
(specification: redis-specifications, RESP3).
"""

from __future__ import annotations

from typing import Any


class Status(bytes):
    """A simple string, such as `+OK`."""


class Encoded(bytes):
    """A reply, or several, as bytes in the protocol of the client it goes to."""


class Verbatim:
    """A text with a three-letter format; a bulk string in RESP2."""

    __slots__ = ("format", "text")

    def __init__(self, text: bytes, format: bytes = b"txt") -> None:
        self.text = text
        self.format = format


class BigNumber:
    """An integer beyond 64 bits; a bulk string in RESP2. Holds its decimal digits."""

    __slots__ = ("digits",)

    def __init__(self, digits: bytes | int) -> None:
        self.digits = digits if isinstance(digits, bytes) else b"%d" % digits


class SetReply(list[Any]):
    """A RESP3 set in a given order; an array in RESP2."""


class MapReply(list[Any]):
    """A RESP3 map as a flat list of keys and values (keys may repeat or be unhashable); an array in RESP2."""


class Push(list[Any]):
    """Out-of-band data in RESP3; an array in RESP2."""


class Several(list[Any]):
    """Several replies in a row to one command, as SUBSCRIBE gives."""


class Attributed:
    """A RESP3 attribute map before a value; RESP2 sees the value alone."""

    __slots__ = ("attributes", "value")

    def __init__(self, attributes: dict[Any, Any], value: Any) -> None:
        self.attributes = attributes
        self.value = value


class _Sentinel:
    """A named constant."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


OK = Status(b"OK")
QUEUED = Status(b"QUEUED")
PONG = Status(b"PONG")
NULL_ARRAY = _Sentinel("NULL_ARRAY")
NO_REPLY = _Sentinel("NO_REPLY")
PROCEED = _Sentinel("PROCEED")
