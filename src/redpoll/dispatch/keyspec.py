"""Where a command's keys are: declared once as `Key`, read by COMMAND, access control and the cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence

# What a command does with a key as a whole (one of the four), and with its value (any of the rest). The order of the
# bits is the order in which COMMAND INFO reports them; they share no bit with command flags, so that mixing the two up
# is noticed.
RO = 1 << 32
RW = 1 << 33
OW = 1 << 34
RM = 1 << 35
ACCESS = 1 << 36
UPDATE = 1 << 37
INSERT = 1 << 38
DELETE = 1 << 39
NOT_KEY = 1 << 40
INCOMPLETE = 1 << 41
VARIABLE_FLAGS = 1 << 42

FLAG_NAMES: dict[int, str] = {
    RO: "RO",
    RW: "RW",
    OW: "OW",
    RM: "RM",
    ACCESS: "access",
    UPDATE: "update",
    INSERT: "insert",
    DELETE: "delete",
    NOT_KEY: "not_key",
    INCOMPLETE: "incomplete",
    VARIABLE_FLAGS: "variable_flags",
}

# No request has more arguments than fit in 31 bits, so a longer count cannot be true.
COUNT_DIGITS_MAX = 10

# Words after an option of SORT that are no options themselves, whatever they say.
SORT_OPTION_WORDS: dict[bytes, int] = {b"LIMIT": 2, b"GET": 1, b"BY": 1}

FoundKey = tuple[int, int]
"""The index of a key in the argument vector, and the key flags it is used with."""

GetKeys = Callable[[Sequence[bytes]], "list[FoundKey]"]
"""Finds the keys of a command whose specifications cannot tell; returns an empty list if there are none."""


class InvalidArguments(Exception):
    """The arguments do not fit the key specification: too few, or a key count that is no count."""


class Key:
    """One key specification: how the first key is found (`begin`), and which arguments after it are keys too.

    `Key(RW, ACCESS, DELETE)` is the first argument alone. `begin` is an index, a (keyword, start index) pair to search
    for, or None if unknown. `last` counts from the first key (negative: from the end of the arguments), every `step`-th
    argument is a key, `limit` halves the range (2 = the first half). With `keynum` the number of keys stands
    `keynum` arguments after the beginning, and the first key `first` arguments after it.
    """

    __slots__ = ("begin", "first", "flags", "keynum", "last", "limit", "notes", "step")

    def __init__(
        self,
        *flags: int,
        begin: int | tuple[str, int] | None = 1,
        last: int = 0,
        step: int = 1,
        limit: int = 0,
        keynum: int | None = None,
        first: int = 1,
        notes: str = "",
    ) -> None:
        merged = 0
        for flag in flags:
            merged |= flag
        self.flags = merged
        self.begin = begin
        self.last = last
        self.step = step
        self.limit = limit
        self.keynum = keynum
        self.first = first
        self.notes = notes

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"Key({values})"

    @property
    def flag_names(self) -> tuple[str, ...]:
        """The flags as COMMAND INFO names them."""
        return names_of(self.flags)

    @property
    def is_plain_range(self) -> bool:
        """True if first, last and step say it all, as the oldest clients need."""
        return isinstance(self.begin, int) and self.keynum is None and self.limit == 0

    @property
    def is_complete(self) -> bool:
        """True if the specification alone finds every key, with the right flags."""
        return self.begin is not None and not self.flags & (INCOMPLETE | VARIABLE_FLAGS)

    def find(self, argv: Sequence[bytes]) -> list[FoundKey]:
        """The keys in an argument vector (whose first element is the command's name)."""
        begin = self._begin(argv)
        if begin is None:
            return []
        if self.keynum is not None:
            return self._find_counted(argv, begin)
        last = begin + self.last if self.last >= 0 else len(argv) + self.last
        if self.limit >= 2 and self.last < 0:
            last = begin + (len(argv) - begin) // self.limit + self.last
        if last >= len(argv) or last < begin:
            raise InvalidArguments
        return [(index, self.flags) for index in range(begin, last + 1, self.step)]

    def _begin(self, argv: Sequence[bytes]) -> int | None:
        if self.begin is None or isinstance(self.begin, int):
            return self.begin
        keyword, start = self.begin
        wanted = keyword.encode().upper()
        # A negative start counts from the end and searches backwards.
        span = range(start, len(argv)) if start > 0 else range(len(argv) + start, 0, -1)
        for index in span:
            if argv[index].upper() == wanted:
                return index + 1
        return None

    def _find_counted(self, argv: Sequence[bytes], begin: int) -> list[FoundKey]:
        assert self.keynum is not None
        if begin + self.keynum >= len(argv):
            raise InvalidArguments
        digits = argv[begin + self.keynum]
        # At least one key: whether none is welcome, the command's flags say (NO_MANDATORY_KEYS).
        if not digits.isdigit() or digits.startswith(b"0") or len(digits) > COUNT_DIGITS_MAX:
            raise InvalidArguments
        first = begin + self.first
        last = first + (int(digits) - 1) * self.step
        if last >= len(argv):
            raise InvalidArguments
        return [(index, self.flags) for index in range(first, last + 1, self.step)]


def names_of(flags: int) -> tuple[str, ...]:
    """The names of key flags, in the order COMMAND INFO reports them."""
    return tuple(name for bit, name in FLAG_NAMES.items() if flags & bit)


def legacy_range(keys: Sequence[Key]) -> tuple[int, int, int]:
    """First key, last key and step as the oldest clients read them from COMMAND; zeros if there are none."""
    ranges = [key for key in keys if key.is_plain_range]
    if not ranges:
        return (0, 0, 0)
    first = ranges[0]
    assert isinstance(first.begin, int)
    end, step = _end_of(first), first.step
    for key in ranges[1:]:
        assert isinstance(key.begin, int)
        if end < 0 or key.begin != end + 1 or key.step != 1:
            break
        end = _end_of(key)
    return (first.begin, end, step)


def _end_of(key: Key) -> int:
    assert isinstance(key.begin, int)
    return key.begin + key.last if key.last >= 0 else key.last


def set_keys(argv: Sequence[bytes]) -> list[FoundKey]:
    """The key of SET, which is read as well only if GET is among the options."""
    reads = any(word.upper() == b"GET" for word in argv[3:])
    return [(1, RW | ACCESS | UPDATE if reads else OW | UPDATE)]


def sort_keys(argv: Sequence[bytes]) -> list[FoundKey]:
    """The keys of SORT: its source, and the destination after the last STORE."""
    destination = 0
    skip = 0
    for index in range(2, len(argv)):
        if skip:
            skip -= 1
            continue
        word = argv[index].upper()
        skip = SORT_OPTION_WORDS.get(word, 0)
        if word == b"STORE" and index + 1 < len(argv):
            destination = index + 1
    found = [(1, RO | ACCESS)]
    if destination:
        found.append((destination, OW | UPDATE))
    return found
