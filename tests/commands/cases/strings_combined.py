"""Generated cases of the string commands: every pair of options, ranges around every boundary, numbers, binary data."""

from __future__ import annotations

from itertools import cycle, product
from random import Random

from tests.commands.harness import Words

Row = tuple[list[Words], Words]

FAR = "4102444800"
FAR_MS = "4102444800000"
SEED = 20

_TIMES = (f"EX {FAR}", f"PX {FAR_MS}", f"EXAT {FAR}", f"PXAT {FAR_MS}", "EXAT 1", "EX 0", "EX abc", "EX ''", "ex -5")
_SET_OPTIONS = (*_TIMES, "KEEPTTL", "NX", "XX", "GET", "IFEQ old", "IFEQ new", "PERSIST", "EX", "IFEQ", "get", "''")
_GETEX_OPTIONS = (*_TIMES, "PERSIST", "KEEPTTL", "NX", "EX", "persist")
_MSETEX_OPTIONS = (*_TIMES, "KEEPTTL", "NX", "XX", "GET", "EX", "PERSIST")
_SETUPS: tuple[list[Words], ...] = ([], ["SET k old"], [f"SET k old PXAT {FAR_MS}"])


def _pairs(options: tuple[str, ...]) -> list[str]:
    return [*options, *(" ".join(pair) for pair in product(options, repeat=2))]


def _options() -> list[Row]:
    """All pairs of options: the reply, and for those that can succeed what they leave."""
    rows: list[Row] = []
    for options, call in (
        (_SET_OPTIONS, "SET k new"),
        (_GETEX_OPTIONS, "GETEX k"),
        (_MSETEX_OPTIONS, "MSETEX 2 k new j other"),
    ):
        # Each pair after one of the preparations, in turn: all of them would take a minute.
        rows += [(setup, f"{call} {chosen}") for chosen, setup in zip(_pairs(options), cycle(_SETUPS), strict=False)]
    for chosen, check in product((f"EXAT {FAR}", "EXAT 1", "KEEPTTL", "NX", "XX", "GET"), ("GET k", "EXPIRETIME k")):
        rows += [([*setup, f"SET k new {chosen}"], check) for setup in _SETUPS]
        rows += [([*setup, f"MSETEX 1 k new {chosen}"], check) for setup in _SETUPS]
    for chosen, check in product((f"PXAT {FAR_MS}", "PXAT 1", "PERSIST", ""), ("GET k", "PEXPIRETIME k", "EXISTS k")):
        rows += [([*setup, f"GETEX k {chosen}"], check) for setup in _SETUPS]
    return rows


_BOUNDS = ("0", "1", "4", "5", "-1", "-5", "-6", "100", "-100", "9223372036854775807", "-9223372036854775808")


def _ranges() -> list[Row]:
    """Both ends of a range on both sides of both ends of a string."""
    hello: list[Words] = ["SET k hello"]
    rows: list[Row] = [(hello, f"GETRANGE k {start} {end}") for start, end in product(_BOUNDS, repeat=2)]
    rows += [(["SET k ''"], f"GETRANGE k {start} {end}") for start, end in product(_BOUNDS[:6], repeat=2)]
    for offset, value in product((*_BOUNDS, "536870911", "536870912", "+1", "1.0", ""), ("", "xyz")):
        if offset != "536870911" or not value:
            rows += [(setup, f"SETRANGE k '{offset}' '{value}'") for setup in ([], hello)]
            rows.append(([*hello, f"SETRANGE k '{offset}' '{value}'"], "GET k"))
    return rows


_INTEGERS = ("0", "1", "-1", "9223372036854775807", "-9223372036854775808", "4611686018427387904", "-2")
_NOT_INTEGERS = ("9223372036854775808", "-9223372036854775809", "00", "+1", "1.0", "1e3", "0x1", "", "١")


def _counters() -> list[Row]:
    """Sums at the edges of 64 bits, and words that are no integers on either side."""
    rows: list[Row] = []
    for name, held, by in product(("INCRBY", "DECRBY"), (*_INTEGERS, "abc"), (*_INTEGERS, *_NOT_INTEGERS)):
        rows.append(([f"SET k {held}"], f"{name} k '{by}'"))
    for held, name in product((*_INTEGERS, *_NOT_INTEGERS), ("INCR", "DECR", "INCRBYFLOAT k 0.5")):
        call = name if " " in name else f"{name} k"
        rows.append(([["SET", "k", held]], call))
        rows.append(([["SET", "k", held], call], "GET k"))
    return rows


def _number(random: Random) -> str:
    kind = random.randrange(6)
    sign = random.choice(("", "-", "+"))
    if kind == 0:
        return f"{sign}{random.randrange(10 ** random.randrange(1, 25))}"
    if kind == 1:
        return f"{sign}{random.randrange(10 ** random.randrange(1, 15))}.{random.randrange(10**20):020}"
    if kind == 2:
        return f"{sign}{random.random() * 10.0 ** random.randrange(-25, 25)!r}"
    if kind == 3:
        return f"{sign}{random.randrange(1, 1000)}e{random.randrange(-4980, 4940)}"
    if kind == 4:
        return f"{sign}0x{random.randrange(16**8):x}.{random.randrange(16**4):x}p{random.randrange(-90, 90)}"
    return f"{sign}{random.random() * 10:.{random.randrange(1, 18)}f}"


def _floats() -> list[Row]:
    """Sums of numbers in every notation and of every size."""
    random = Random(SEED)
    return [([["SET", "k", _number(random)]], ["INCRBYFLOAT", "k", _number(random)]) for _ in range(200)]


def _subsequences() -> list[Row]:
    """Texts with many ties between equally long subsequences."""
    random = Random(SEED)
    rows: list[Row] = []
    for _ in range(30):
        alphabet = random.choice(("ab", "abc", "abcdefgh"))
        texts = ["".join(random.choices(alphabet, k=random.randrange(40))) for _ in range(2)]
        setup: list[Words] = [["MSET", "a", texts[0], "b", texts[1]]]
        rows += [(setup, f"LCS a b {tail}") for tail in ("", "LEN", "IDX", "IDX WITHMATCHLEN MINMATCHLEN 2")]
    large: list[Words] = [["MSET", "a", "x" * 11585, "b", "x" * 11585]]
    return [*rows, (large, "LCS a b LEN"), ([*large, "APPEND a xxx"], "LCS a b LEN")]


_BINARY = (b"", b"\0", b"\r\n", b"\xff\xfe", bytes(range(256)), b"a\0b\0", b"$-1\r\n", b"x" * 45, b"x" * 70000)


def _binary() -> list[Row]:
    """Bytes of every value as key and as value, and values on both sides of every encoding."""
    rows: list[Row] = []
    for key, value in product((b"", b"\0k\r\n\xff" * 60), _BINARY):
        held: list[Words] = [[b"SET", key, value]]
        calls: list[list[bytes]] = [
            [b"GET", key],
            [b"STRLEN", key],
            [b"GETDEL", key],
            [b"GETSET", key, b"w"],
            [b"APPEND", key, value],
            [b"GETRANGE", key, b"1", b"-2"],
            [b"MGET", key, b"none", key],
            [b"SET", key, b"\0", b"IFEQ", value, b"GET"],
            [b"DELIFEQ", key, value],
            [b"DELIFEQ", key, value + b"\0"],
        ]
        rows += [(held, call) for call in calls]
        rows.append(([*held, [b"APPEND", key, b"\0" + value]], [b"GET", key]))
        rows.append(([*held, [b"SETRANGE", key, b"300", value]], [b"GET", key]))
    return rows


CASES: list[Row] = [*_options(), *_ranges(), *_counters(), *_floats(), *_subsequences(), *_binary()]
