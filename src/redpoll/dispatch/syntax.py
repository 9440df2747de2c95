"""The arguments of a command in docs notation, and the argument tree COMMAND DOCS reports of them.

    key value condition:[NX | XX | IFEQ comparison-value@8.1.0] [GET] expiration:[EX seconds | KEEPTTL]

| notation            | meaning                                                                              |
|---------------------|--------------------------------------------------------------------------------------|
| `key`, `count`      | a value; its type follows from its name (see TYPES), else string                      |
| `size:integer`      | a value of another type                                                               |
| `NX`, `sorting=ALPHA` | a token alone; its name is its lower-case text unless given; odd texts are quoted    |
| `EX seconds`        | a value after a token; `name="id" x` cannot take one, so `=` also separates two words |
| `[...]`, `(...)`    | optional, required group; alternatives are parted by a bar, a sequence is a block      |
| `limit:[...]`       | a named group, in the tree even if it holds one argument; `LIMIT limit:(a b)` with token |
| `field...`          | may repeat; after the brackets of an unnamed group of one, its token repeats with it   |
| `@7.0.0`, `!2.8.12` | since, deprecated since, after the name (`limit@7.0.0:[...]`) or the token alone       |
| `#1`, `#-`          | the key specification it belongs to, none; keys are numbered in order unless told      |
| `~password`         | the name to display, if it is another                                                 |
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from redpoll.replies import SetReply, Status

# The type that a value's name implies. Names not listed are strings.
TYPES: dict[str, str] = {
    "key": "key",
    "newkey": "key",
    "source": "key",
    "destination": "key",
    "pattern": "pattern",
    "seconds": "integer",
    "milliseconds": "integer",
    "count": "integer",
    "offset": "integer",
    "start": "integer",
    "end": "integer",
    "stop": "integer",
    "index": "integer",
    "numkeys": "integer",
    "decrement": "integer",
    "cursor": "integer",
    "client-id": "integer",
    "timeout": "double",
    "longitude": "double",
    "latitude": "double",
    "unix-time-seconds": "unix-time",
    "unix-time-milliseconds": "unix-time",
}

OPTIONAL = "optional"
MULTIPLE = "multiple"
MULTIPLE_TOKEN = "multiple_token"
FLAG_ORDER = (OPTIONAL, MULTIPLE, MULTIPLE_TOKEN)


class SyntaxNotationError(Exception):
    """A syntax string that cannot be read; a mistake in a declaration."""


@dataclass(frozen=True)
class Argument:
    """One node of the argument tree. `token` is None if there is none (an empty token exists: MIGRATE)."""

    name: str
    type: str
    token: str | None = None
    flags: tuple[str, ...] = ()
    key_spec_index: int | None = None
    display: str = ""
    since: str = ""
    deprecated_since: str = ""
    arguments: tuple[Argument, ...] = ()

    def reply(self) -> dict[bytes, object]:
        """The node as COMMAND DOCS replies it."""
        found: dict[bytes, object] = {b"name": self.name.encode(), b"type": self.type.encode()}
        if not self.arguments:
            found[b"display_text"] = (self.display or self.name).encode()
        if self.key_spec_index is not None:
            found[b"key_spec_index"] = self.key_spec_index
        if self.token is not None:
            found[b"token"] = self.token.encode()
        if self.since:
            found[b"since"] = self.since.encode()
        if self.deprecated_since:
            found[b"deprecated_since"] = self.deprecated_since.encode()
        if self.flags:
            found[b"flags"] = SetReply(Status(flag.encode()) for flag in self.flags)
        if self.arguments:
            found[b"arguments"] = [argument.reply() for argument in self.arguments]
        return found


def parse_syntax(text: str) -> tuple[Argument, ...]:
    """Read a syntax string into the argument tree."""
    parser = _Parser(text)
    sequences = parser.alternatives(closing="")
    if len(sequences) != 1:
        raise SyntaxNotationError(f"alternatives need a group: {text!r}")
    return tuple(sequences[0])


def minimum_words(arguments: tuple[Argument, ...]) -> int:
    """The smallest number of words a request needs for these arguments."""
    return sum(_minimum(argument) for argument in arguments)


def _minimum(argument: Argument) -> int:
    if OPTIONAL in argument.flags:
        return 0
    token = 1 if argument.token is not None else 0
    if argument.type == "oneof":
        return token + min(_minimum(each) for each in argument.arguments)
    if argument.type == "block":
        return token + minimum_words(argument.arguments)
    return token if argument.type == "pure-token" else token + 1


_LEXEME = re.compile(
    r"""\s*(?:
        (?P<dots>\.\.\.)
      | (?P<mark>[\[\]()|])
      | (?P<name>[A-Za-z0-9][\w./-]*?(?=\.\.\.|[^\w./-]|$))
        (?P<token>=(?:"[^"]*"|[^\s\[\]()|@!\#~:.]+))?
        (?P<details>(?:[@!\#~](?:"[^"]*"|[\w-]+(?:\.[\w-]+)*))*)
        (?P<type>:[a-z][a-z-]*)?
        (?P<more>(?:[@!\#~](?:"[^"]*"|[\w-]+(?:\.[\w-]+)*))*)
        (?P<colon>:(?=[\[(]))?
    )""",
    re.VERBOSE,
)
_DETAIL = re.compile(r"""([@!\#~])(?:"([^"]*)"|([\w-]+(?:\.[\w-]+)*))""")


@dataclass(frozen=True)
class _Word:
    """A lexeme that is not punctuation."""

    name: str
    token: str | None
    type: str
    details: dict[str, str]
    names_group: bool

    @property
    def is_token(self) -> bool:
        return self.token is not None or self.name == self.name.upper()


class _Parser:
    """A recursive-descent reader of one syntax string."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._items = _lexemes(text)
        self._at = 0
        self._keys = 0

    def alternatives(self, closing: str) -> list[list[Argument]]:
        """Sequences parted by bars, up to the closing bracket, which is consumed."""
        found: list[list[Argument]] = [[]]
        while True:
            item = self._take()
            if item == (closing or None):
                return found
            if item == "|":
                found.append([])
            elif item is None:
                raise self._error("a bracket is not closed")
            else:
                found[-1].append(self._element(item))

    def _take(self) -> str | _Word | None:
        if self._at >= len(self._items):
            return None
        self._at += 1
        return self._items[self._at - 1]

    def _peek(self) -> str | _Word | None:
        return self._items[self._at] if self._at < len(self._items) else None

    def _error(self, reason: str) -> SyntaxNotationError:
        return SyntaxNotationError(f"{reason}: {self._text!r}")

    def _element(self, item: str | _Word) -> Argument:
        if isinstance(item, str):
            return self._group(item, None, None)
        if item.names_group:
            return self._named_group(item, None)
        if not item.is_token:
            return self._repeated(self._value(item, None), token=False)
        following = self._peek()
        if item.token is None and isinstance(following, _Word) and not following.is_token:
            self._at += 1
            if following.names_group:
                return self._named_group(following, item.name)
            return self._repeated(self._value(following, item.name), token=False)
        return self._repeated(self._pure_token(item), token=False)

    def _named_group(self, name: _Word, token: str | None) -> Argument:
        opening = self._take()
        assert isinstance(opening, str)
        return self._group(opening, name, token)

    def _group(self, opening: str, name: _Word | None, token: str | None) -> Argument:
        if opening not in "[(":
            raise self._error(f"{opening} out of place")
        sequences = self.alternatives("]" if opening == "[" else ")")
        flags = (OPTIONAL,) if opening == "[" else ()
        if name is None and len(sequences) == 1 and len(sequences[0]) == 1:
            inner = sequences[0][0]
            return self._repeated(_flagged(inner, *flags), token=inner.token is not None)
        details = name.details if name is not None else {}
        arguments = sequences[0] if len(sequences) == 1 else [self._alternative(each) for each in sequences if each]
        group = Argument(
            name=name.name if name is not None else "args",
            type="block" if len(sequences) == 1 else "oneof",
            token=token,
            flags=flags,
            since=details.get("@", ""),
            deprecated_since=details.get("!", ""),
            arguments=tuple(arguments),
        )
        return self._repeated(group, token=False)

    def _alternative(self, sequence: list[Argument]) -> Argument:
        if len(sequence) == 1:
            return sequence[0]
        return Argument(name="args", type="block", arguments=tuple(sequence))

    def _value(self, word: _Word, token: str | None) -> Argument:
        kind = word.type or TYPES.get(word.name, "string")
        return Argument(
            name=word.name,
            type=kind,
            token=token,
            key_spec_index=self._key_index(word, kind),
            display=word.details.get("~", ""),
            since=word.details.get("@", ""),
            deprecated_since=word.details.get("!", ""),
        )

    def _key_index(self, word: _Word, kind: str) -> int | None:
        told = word.details.get("#")
        if told is not None:
            index = None if told == "-" else int(told)
        else:
            index = self._keys if kind == "key" else None
        if index is not None:
            self._keys = index + 1
        return index

    def _pure_token(self, word: _Word) -> Argument:
        return Argument(
            name=word.name.lower() if word.token is None else word.name,
            type="pure-token",
            token=word.name if word.token is None else word.token,
            display=word.details.get("~", ""),
            since=word.details.get("@", ""),
            deprecated_since=word.details.get("!", ""),
        )

    def _repeated(self, argument: Argument, token: bool) -> Argument:
        if self._peek() != "...":
            return argument
        self._at += 1
        return _flagged(argument, MULTIPLE, MULTIPLE_TOKEN) if token else _flagged(argument, MULTIPLE)


def _flagged(argument: Argument, *flags: str) -> Argument:
    wanted = {*argument.flags, *flags}
    return replace(argument, flags=tuple(flag for flag in FLAG_ORDER if flag in wanted))


def _lexemes(text: str) -> list[str | _Word]:
    found: list[str | _Word] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _LEXEME.match(text, position)
        if match is None or match.end() == position:
            raise SyntaxNotationError(f"cannot read {text[position:]!r} in {text!r}")
        position = match.end()
        mark = match["dots"] or match["mark"]
        found.append(mark if mark else _word(match))
    return found


def _word(match: re.Match[str]) -> _Word:
    details = {mark: quoted or plain for mark, quoted, plain in _DETAIL.findall(match["details"] + match["more"])}
    token = match["token"]
    return _Word(
        name=match["name"],
        token=token[1:].strip('"') if token is not None else None,
        type=(match["type"] or "")[1:],
        details=details,
        names_group=match["colon"] is not None,
    )
