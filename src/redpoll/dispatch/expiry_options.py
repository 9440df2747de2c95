"""EX, PX, EXAT, PXAT and their kin, as SET, GETEX and MSETEX take them."""

from __future__ import annotations

from dataclasses import dataclass

from redpoll.dispatch.arguments import INT64_MAX, Cursor, parse_int
from redpoll.errors import CommandError

_WITH_TIME = (b"EX", b"PX", b"EXAT", b"PXAT")
_IN_SECONDS = (b"EX", b"EXAT")
_RELATIVE = (b"EX", b"PX")


@dataclass(frozen=True, slots=True)
class Expiry:
    """A time as a command gave it: EX, PX (relative), EXAT, PXAT (absolute), or a word without a time."""

    unit: bytes
    # Not read before all options are: a syntax error anywhere comes first.
    amount: bytes = b""


def take_expiry(cursor: Cursor, word: bytes) -> Expiry | None:
    """Step over an option with a time, or over `word` (KEEPTTL or PERSIST); None if the next is neither."""
    if cursor.take_token(word):
        return Expiry(word)
    for unit in _WITH_TIME:
        if cursor.take_token(unit, following=1):
            return Expiry(unit, cursor.next_bytes())
    return None


def deadline_of(expiry: Expiry | None, now_ms: int, name: str) -> int:
    """An absolute deadline in milliseconds, 0 for none; refuses times that are no times."""
    if expiry is None or expiry.unit not in _WITH_TIME:
        return 0
    amount = parse_int(expiry.amount)
    if amount <= 0:
        raise _invalid(name)
    if expiry.unit in _IN_SECONDS:
        amount *= 1000
    if amount > INT64_MAX:
        raise _invalid(name)
    if expiry.unit in _RELATIVE:
        amount += now_ms
    if amount > INT64_MAX:
        raise _invalid(name)
    return amount


def _invalid(name: str) -> CommandError:
    return CommandError(f"ERR invalid expire time in '{name}' command")
