"""Strings, keys and deadlines as plain dictionaries: the replies, in RESP2, and the state each command leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1

Answer = bytes | int | str | Sequence["Answer"] | None


class Failed(Exception):
    """A command is refused with this text."""


class Entry(NamedTuple):
    """A value and its deadline; 0 for none."""

    value: bytes
    deadline_ms: int = 0


NOT_INTEGER = "ERR value is not an integer or out of range"


def integer(word: bytes) -> int:
    """A 64-bit integer as Redis writes it."""
    try:
        value = int(word)
    except ValueError:
        raise Failed(NOT_INTEGER) from None
    if b"%d" % value != word or not INT64_MIN <= value <= INT64_MAX:
        raise Failed(NOT_INTEGER)
    return value


def encode(answer: Answer) -> bytes:
    """RESP2; a `str` is a status."""
    if answer is None:
        return b"$-1\r\n"
    if isinstance(answer, str):
        return b"+%s\r\n" % answer.encode()
    if isinstance(answer, int):
        return b":%d\r\n" % answer
    if isinstance(answer, bytes):
        return b"$%d\r\n%b\r\n" % (len(answer), answer)
    return b"*%d\r\n" % len(answer) + b"".join(map(encode, answer))


class Model:
    """All databases of a node, and one client."""

    def __init__(self, now_ms: int, databases: int = 16) -> None:
        self.now_ms = now_ms
        self.databases: list[dict[bytes, Entry]] = [{} for _ in range(databases)]
        self.selected = 0

    @property
    def keys(self) -> dict[bytes, Entry]:
        """The database the client has selected."""
        return self.databases[self.selected]

    def wait(self, milliseconds: int) -> None:
        """Time passes, and what is due expires."""
        self.now_ms += milliseconds
        self._drop_expired()

    def _drop_expired(self) -> None:
        for index, keys in enumerate(self.databases):
            live = {key: entry for key, entry in keys.items() if not 0 < entry.deadline_ms <= self.now_ms}
            self.databases[index] = live

    def execute(self, argv: list[bytes]) -> bytes:
        """Run one command; its reply on the wire."""
        name = argv[0].decode().lower()
        handler: Callable[..., Answer] = getattr(self, f"do_{name}")
        try:
            answer = encode(handler(*argv[1:]))
        except Failed as failed:
            answer = b"-%s\r\n" % str(failed).encode()
        self._drop_expired()
        return answer

    # --- strings -----------------------------------------------------------------------------------------------------

    def _value(self, key: bytes) -> bytes | None:
        entry = self.keys.get(key)
        return None if entry is None else entry.value

    def _put(self, key: bytes, value: bytes, deadline_ms: int = 0) -> None:
        self.keys[key] = Entry(value, deadline_ms)

    def _replace(self, key: bytes, value: bytes) -> None:
        self._put(key, value, self.keys.get(key, Entry(b"")).deadline_ms)

    def do_get(self, key: bytes) -> Answer:
        return self._value(key)

    def do_set(self, key: bytes, value: bytes, *options: bytes) -> Answer:
        words = [word.upper() for word in options]
        old = self.keys.get(key)
        deadline = old.deadline_ms if old is not None and b"KEEPTTL" in words else 0
        units = {b"EX": 1000, b"PX": 1, b"EXAT": 1000, b"PXAT": 1}
        for at, word in enumerate(words):
            if word in units:
                deadline = self._deadline(words[at + 1], units[word], word in (b"EX", b"PX"), "set")
        refused = (b"NX" in words and old is not None) or (b"XX" in words and old is None)
        if not refused:
            self._put(key, value, deadline)
        if b"GET" in words:
            return None if old is None else old.value
        return None if refused else "OK"

    def _deadline(self, word: bytes, unit_ms: int, relative: bool, command: str) -> int:
        time = integer(word)
        base = self.now_ms if relative else 0
        if time <= 0 or time > INT64_MAX // unit_ms or time * unit_ms > INT64_MAX - base:
            raise Failed(f"ERR invalid expire time in '{command}' command")
        return base + time * unit_ms

    def do_setnx(self, key: bytes, value: bytes) -> Answer:
        return 0 if self.do_set(key, value, b"NX") is None else 1

    def do_setex(self, key: bytes, seconds: bytes, value: bytes) -> Answer:
        self._put(key, value, self._deadline(seconds, 1000, True, "setex"))
        return "OK"

    def do_psetex(self, key: bytes, milliseconds: bytes, value: bytes) -> Answer:
        self._put(key, value, self._deadline(milliseconds, 1, True, "psetex"))
        return "OK"

    def do_getset(self, key: bytes, value: bytes) -> Answer:
        old = self._value(key)
        self._put(key, value)
        return old

    def do_getdel(self, key: bytes) -> Answer:
        entry = self.keys.pop(key, None)
        return None if entry is None else entry.value

    def do_delifeq(self, key: bytes, value: bytes) -> Answer:
        if self._value(key) != value:
            return 0
        return self.do_del(key)

    def do_mget(self, *keys: bytes) -> Answer:
        return [self._value(key) for key in keys]

    def do_mset(self, *pairs: bytes) -> Answer:
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            self._put(key, value)
        return "OK"

    def do_msetnx(self, *pairs: bytes) -> Answer:
        if any(key in self.keys for key in pairs[::2]):
            return 0
        self.do_mset(*pairs)
        return 1

    def do_incr(self, key: bytes) -> Answer:
        return self._add(key, 1)

    def do_decr(self, key: bytes) -> Answer:
        return self._add(key, -1)

    def do_incrby(self, key: bytes, amount: bytes) -> Answer:
        return self._add(key, integer(amount))

    def do_decrby(self, key: bytes, amount: bytes) -> Answer:
        less = integer(amount)
        if less == INT64_MIN:
            raise Failed("ERR decrement would overflow")
        return self._add(key, -less)

    def _add(self, key: bytes, amount: int) -> int:
        total = integer(self.keys.get(key, Entry(b"0")).value) + amount
        if not INT64_MIN <= total <= INT64_MAX:
            raise Failed("ERR increment or decrement would overflow")
        self._replace(key, b"%d" % total)
        return total

    def do_append(self, key: bytes, tail: bytes) -> Answer:
        self._replace(key, (self._value(key) or b"") + tail)
        return self.do_strlen(key)

    def do_strlen(self, key: bytes) -> Answer:
        return len(self._value(key) or b"")

    def do_setrange(self, key: bytes, offset: bytes, part: bytes) -> Answer:
        at = integer(offset)
        if at < 0:
            raise Failed("ERR offset is out of range")
        if part:
            old = (self._value(key) or b"").ljust(at, b"\0")
            self._replace(key, old[:at] + part + old[at + len(part) :])
        return self.do_strlen(key)

    def do_getrange(self, key: bytes, start: bytes, end: bytes) -> Answer:
        value = self._value(key) or b""
        first, last = integer(start), integer(end)
        if first < 0 and last < 0 and first > last:
            return b""
        first = max(first + len(value), 0) if first < 0 else first
        last = max(last + len(value), 0) if last < 0 else last
        return value[first : last + 1]

    # --- keys --------------------------------------------------------------------------------------------------------

    def do_ping(self) -> Answer:
        return "PONG"

    def do_select(self, index: bytes) -> Answer:
        self.selected = int(index)
        return "OK"

    def do_del(self, *keys: bytes) -> Answer:
        return sum(self.keys.pop(key, None) is not None for key in keys)

    do_unlink = do_del

    def do_exists(self, *keys: bytes) -> Answer:
        return sum(key in self.keys for key in keys)

    do_touch = do_exists

    def do_type(self, key: bytes) -> Answer:
        return "string" if key in self.keys else "none"

    def do_rename(self, source: bytes, target: bytes) -> Answer:
        if source not in self.keys:
            raise Failed("ERR no such key")
        self.keys[target] = self.keys.pop(source)
        return "OK"

    def do_renamenx(self, source: bytes, target: bytes) -> Answer:
        if source in self.keys and target in self.keys:
            return 0
        self.do_rename(source, target)
        return 1

    def do_copy(self, source: bytes, target: bytes, *options: bytes) -> Answer:
        words = [word.upper() for word in options]
        other = self.databases[int(words[words.index(b"DB") + 1])] if b"DB" in words else self.keys
        if other is self.keys and source == target:
            raise Failed("ERR source and destination objects are the same")
        if source not in self.keys or (target in other and b"REPLACE" not in words):
            return 0
        other[target] = self.keys[source]
        return 1

    def do_move(self, key: bytes, index: bytes) -> Answer:
        other = self.databases[int(index)]
        if other is self.keys:
            raise Failed("ERR source and destination objects are the same")
        if key not in self.keys or key in other:
            return 0
        other[key] = self.keys.pop(key)
        return 1

    def do_keys(self, pattern: bytes) -> Answer:
        assert pattern == b"*"
        return sorted(self.keys)

    def do_scan(self, cursor: bytes, *options: bytes) -> Answer:
        assert (cursor, options) == (b"0", (b"COUNT", b"100000"))
        return [b"0", sorted(self.keys)]

    def do_dbsize(self) -> Answer:
        return len(self.keys)

    def do_flushdb(self) -> Answer:
        self.keys.clear()
        return "OK"

    def do_flushall(self) -> Answer:
        for keys in self.databases:
            keys.clear()
        return "OK"

    def do_swapdb(self, first: bytes, second: bytes) -> Answer:
        one, other = int(first), int(second)
        self.databases[one], self.databases[other] = self.databases[other], self.databases[one]
        return "OK"

    # --- deadlines ---------------------------------------------------------------------------------------------------

    def do_expire(self, key: bytes, time: bytes, *conditions: bytes) -> Answer:
        return self._expire(key, (time, 1000, True, "expire"), conditions)

    def do_pexpire(self, key: bytes, time: bytes, *conditions: bytes) -> Answer:
        return self._expire(key, (time, 1, True, "pexpire"), conditions)

    def do_expireat(self, key: bytes, time: bytes, *conditions: bytes) -> Answer:
        return self._expire(key, (time, 1000, False, "expireat"), conditions)

    def do_pexpireat(self, key: bytes, time: bytes, *conditions: bytes) -> Answer:
        return self._expire(key, (time, 1, False, "pexpireat"), conditions)

    def _expire(self, key: bytes, wanted: tuple[bytes, int, bool, str], conditions: tuple[bytes, ...]) -> int:
        words = {word.upper() for word in conditions}
        word, unit_ms, relative, command = wanted
        if b"NX" in words and len(words) > 1:
            raise Failed("ERR NX and XX, GT or LT options at the same time are not compatible")
        if {b"GT", b"LT"} <= words:
            raise Failed("ERR GT and LT options at the same time are not compatible")
        when = integer(word) * unit_ms
        if not INT64_MIN <= when <= INT64_MAX - (self.now_ms if relative else 0):
            raise Failed(f"ERR invalid expire time in '{command}' command")
        when += self.now_ms if relative else 0
        entry = self.keys.get(key)
        if entry is None or not self._allowed(words, entry.deadline_ms, when):
            return 0
        self.keys[key] = Entry(entry.value, max(when, 1))
        return 1

    @staticmethod
    def _allowed(words: set[bytes], present: int, when: int) -> bool:
        # Without a deadline a key lives longer than any deadline lets it.
        end = present or INT64_MAX + 1
        checks = {b"NX": present == 0, b"XX": present != 0, b"GT": when > end, b"LT": when < end}
        return all(checks[word] for word in words)

    def do_persist(self, key: bytes) -> Answer:
        entry = self.keys.get(key)
        if entry is None or entry.deadline_ms == 0:
            return 0
        self._put(key, entry.value)
        return 1

    def do_pexpiretime(self, key: bytes) -> int:
        if key not in self.keys:
            return -2
        return self.keys[key].deadline_ms or -1

    def do_expiretime(self, key: bytes) -> int:
        return _rounded(self.do_pexpiretime(key))

    def do_pttl(self, key: bytes) -> int:
        deadline = self.do_pexpiretime(key)
        return deadline if deadline < 0 else deadline - self.now_ms

    def do_ttl(self, key: bytes) -> int:
        return _rounded(self.do_pttl(key))


def _rounded(milliseconds: int) -> int:
    return milliseconds if milliseconds < 0 else (milliseconds + 500) // 1000
