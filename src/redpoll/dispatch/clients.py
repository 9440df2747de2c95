"""Connections as CLIENT LIST shows them, and the filters of CLIENT LIST and CLIENT KILL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from redpoll.dispatch.arguments import parse_int
from redpoll.dispatch.session import DEFAULT_USER, Session
from redpoll.errors import CommandError, SyntaxFault
from redpoll.native.client import (
    BLOCKED,
    CLOSE_AFTER_REPLY,
    CLOSE_ASAP,
    IN_MULTI,
    MONITOR,
    NO_EVICT,
    NO_TOUCH,
    TRACKING,
    Client,
)

# What one connection costs before its buffers: the native client itself.
CLIENT_BYTES = 512

KNOWN_FLAGS = frozenset(b"ABEIMNOPRSTUbcdeirtux")
KNOWN_CAPABILITIES = frozenset(b"r")

# The bits that show as one letter, in the order of the letters.
_FLAG_LETTERS = (
    (MONITOR, b"O"), (IN_MULTI, b"x"), (BLOCKED, b"b"), (TRACKING, b"t"), (CLOSE_AFTER_REPLY, b"c"),
    (CLOSE_ASAP, b"A"), (NO_EVICT, b"e"), (NO_TOUCH, b"T"),
)  # fmt: skip


def is_printable_word(text: bytes) -> bool:
    """True if the text may be a client's name: it must not break the line it is printed in."""
    return all(33 <= byte <= 126 for byte in text)


def flag_letters(client: Client) -> bytes:
    """The `flags=` of a connection."""
    session: Session | None = client.session
    bits = client.flags
    letters = b"".join(letter for bit, letter in _FLAG_LETTERS[:1] if bits & bit)
    if session is not None and session.is_subscribed:
        letters += b"P"
    letters += b"".join(letter for bit, letter in _FLAG_LETTERS[1:4] if bits & bit)
    if session is not None and session.tracking is not None:
        letters += b"R" * session.tracking.broken + b"B" * session.tracking.broadcast
    if session is not None and session.dirty:
        letters += b"d"
    letters += b"".join(letter for bit, letter in _FLAG_LETTERS[4:6] if bits & bit)
    if (client.address or b"").startswith(b"/"):
        letters += b"U"
    letters += b"".join(letter for bit, letter in _FLAG_LETTERS[6:] if bits & bit)
    return letters or b"N"


def type_of(client: Client) -> bytes:
    """normal or pubsub: what TYPE filters by."""
    session: Session | None = client.session
    return b"pubsub" if session is not None and session.is_subscribed else b"normal"


def describe(client: Client, now_ms: int) -> bytes:
    """One connection as one line."""
    command = b"NULL" if client.last_command is None else client.last_command.name
    session: Session | None = client.session
    return _line(client, now_ms, command, 0 if session is None else sum(map(len, session.held)))


def describe_running(client: Client, now_ms: int, command: bytes, argv: Sequence[bytes]) -> bytes:
    """The connection whose command is running now, as one line."""
    session: Session | None = client.session
    if session is not None and session.transaction is not None and session.transaction.executing:
        command, argv = b"exec", (b"exec",)
    return _line(client, now_ms, command, sum(map(len, argv)))


def _line(client: Client, now_ms: int, command: bytes, argument_bytes: int) -> bytes:
    session: Session = client.session if client.session is not None else Session(client)
    transaction = session.transaction
    if transaction is not None:
        multi = len(transaction.commands)
    else:
        multi = 0 if session.had_transaction else -1
    queue_bytes = 0 if transaction is None else transaction.memory
    output = client.output_buffer_size
    total = CLIENT_BYTES + client.query_buffer_size + output + argument_bytes + queue_bytes
    fields = (
        (b"id", b"%d" % client.id),
        (b"addr", client.address or b""),
        (b"laddr", client.local_address or b""),
        (b"fd", b"%d" % client.fd),
        (b"name", client.name or b""),
        (b"age", b"%d" % _seconds(now_ms - client.created_ms)),
        (b"idle", b"%d" % _seconds(now_ms - client.last_interaction_ms)),
        (b"flags", flag_letters(client)),
        (b"capa", session.capabilities),
        (b"db", b"%d" % client.db_index),
        (b"sub", b"%d" % len(session.channels)),
        (b"psub", b"%d" % len(session.patterns)),
        (b"ssub", b"%d" % len(session.shard_channels)),
        (b"multi", b"%d" % multi),
        (b"watch", b"%d" % (0 if session.dirty else len(session.watched))),
        (b"qbuf", b"%d" % client.query_buffer_size),
        (b"qbuf-free", b"0"),
        (b"argv-mem", b"%d" % argument_bytes),
        (b"multi-mem", b"%d" % queue_bytes),
        (b"rbs", b"0"),
        (b"rbp", b"0"),
        (b"obl", b"0"),
        (b"oll", b"%d" % bool(output)),
        (b"omem", b"%d" % output),
        (b"tot-mem", b"%d" % total),
        (b"events", b"rw" if output else b"r"),
        (b"cmd", command),
        (b"user", client.user or DEFAULT_USER),
        (b"redir", b"%d" % (-1 if session.tracking is None else session.tracking.redirect)),
        (b"resp", b"%d" % client.resp),
        (b"lib-name", client.lib_name or b""),
        (b"lib-ver", client.lib_ver or b""),
        (b"tot-net-in", b"%d" % client.total_net_in),
        (b"tot-net-out", b"%d" % client.total_net_out),
        (b"tot-cmds", b"%d" % client.commands_processed),
    )
    return b" ".join([name + b"=" + value for name, value in fields])


def _seconds(milliseconds: int) -> int:
    return max(0, milliseconds) // 1000


Test = Callable[[Client], bool]


@dataclass
class Filter:
    """The conditions of one CLIENT LIST or CLIENT KILL: all of them must hold."""

    tests: list[Test] = field(default_factory=list)
    skip_me: bool | None = None

    def selects(self, client: Client) -> bool:
        """True if the connection meets every condition."""
        return all(test(client) for test in self.tests)


@dataclass(frozen=True)
class FilterReader:
    """Reads the arguments of a filter; what it must know of the server is given to it."""

    now_ms: int
    database_count: int
    users: frozenset[bytes] = frozenset((DEFAULT_USER,))

    def read(self, words: Sequence[bytes]) -> Filter:
        """The filter these arguments write."""
        found = Filter()
        at = 0
        while at < len(words):
            name = words[at].upper()
            if at + 1 == len(words):
                raise SyntaxFault()
            if name in (b"ID", b"NOT-ID"):
                end = _end_of_ids(words, at + 1)
                found.tests.append(_by_id(words[at + 1 : end], name == b"ID"))
                at = end
                continue
            if name == b"SKIPME":
                found.skip_me = _yes_or_no(words[at + 1])
            else:
                found.tests.append(self._test(name, words[at + 1]))
            at += 2
        return found

    def _test(self, name: bytes, value: bytes) -> Test:
        if name == b"MAXAGE":
            limit = _positive(value, "maxage")
            return lambda client: (self.now_ms - client.created_ms) // 1000 >= limit
        if name == b"IDLE":
            limit = _positive(value, "idle")
            return lambda client: (self.now_ms - client.last_interaction_ms) // 1000 >= limit
        positive = name.removeprefix(b"NOT-")
        make = _TESTS.get(positive)
        if make is None:
            raise SyntaxFault()
        test = make(self, value, name != positive)
        return test if name == positive else lambda client: not test(client)

    def by_type(self, value: bytes, negated: bool) -> Test:
        """TYPE normal|primary|replica|pubsub."""
        wanted = value.lower()
        if wanted not in (b"normal", b"primary", b"master", b"replica", b"slave", b"pubsub"):
            raise CommandError(b"ERR Unknown client type '" + value + b"'")
        return lambda client: type_of(client) == wanted

    def by_user(self, value: bytes, negated: bool) -> Test:
        """USER name."""
        if value not in self.users:
            raise CommandError(b"ERR No such user '" + value + b"'")
        return lambda client: (client.user or DEFAULT_USER) == value

    def by_flags(self, value: bytes, negated: bool) -> Test:
        """FLAGS letters: all of them must be set."""
        if not KNOWN_FLAGS.issuperset(value):
            where = b"the NOT-FLAGS filter" if negated else b"the provided filter"
            raise CommandError(b"ERR Unknown flags found in " + where + b": " + value)
        return lambda client: set(value) <= set(flag_letters(client))

    def by_capability(self, value: bytes, negated: bool) -> Test:
        """CAPA letters: all of them must be set."""
        if not KNOWN_CAPABILITIES.issuperset(value):
            where = b"the NOT-CAPA filter" if negated else b"the provided filter"
            raise CommandError(b"ERR Unknown capa found in " + where + b": " + value)
        return lambda client: set(value) <= set(client.session.capabilities if client.session is not None else b"")

    def by_database(self, value: bytes, negated: bool) -> Test:
        """DB index."""
        index = parse_int(value, "ERR DB is not an integer or out of range")
        if not 0 <= index < self.database_count:
            raise CommandError(f"ERR DB number should be between 0 and {self.database_count - 1}")
        return lambda client: client.db_index == index


def _by_text(read: Callable[[Client], bytes | None]) -> Callable[[FilterReader, bytes, bool], Test]:
    # A connection without a name is not one whose name is empty.
    return lambda reader, value, negated: lambda client: (read(client) or None) == value


_TESTS: dict[bytes, Callable[[FilterReader, bytes, bool], Test]] = {
    b"TYPE": FilterReader.by_type,
    b"USER": FilterReader.by_user,
    b"FLAGS": FilterReader.by_flags,
    b"CAPA": FilterReader.by_capability,
    b"DB": FilterReader.by_database,
    b"ADDR": _by_text(lambda client: client.address),
    b"LADDR": _by_text(lambda client: client.local_address),
    b"NAME": _by_text(lambda client: client.name),
    b"LIB-NAME": _by_text(lambda client: client.lib_name),
    b"LIB-VER": _by_text(lambda client: client.lib_ver),
    b"IP": _by_text(lambda client: (client.address or b"").rpartition(b":")[0]),
}


def _end_of_ids(words: Sequence[bytes], at: int) -> int:
    # The first must be a number; the list goes on for as long as there are numbers.
    end = at
    while end < len(words) and words[end].removeprefix(b"-").isdigit():
        end += 1
    if end == at:
        raise SyntaxFault()
    return end


def _by_id(words: Sequence[bytes], wanted: bool) -> Test:
    ids = frozenset(parse_int(word) for word in words)
    if min(ids) < 1:
        raise CommandError("ERR client-id should be greater than 0")
    return lambda client: (client.id in ids) is wanted


def _yes_or_no(word: bytes) -> bool:
    answer = {b"yes": True, b"no": False}.get(word.lower())
    if answer is None:
        raise SyntaxFault()
    return answer


def _positive(word: bytes, name: str) -> int:
    number = parse_int(word, f"ERR {name} is not an integer or out of range")
    if number < 1:
        raise CommandError(f"ERR {name} should be greater than 0")
    return number
