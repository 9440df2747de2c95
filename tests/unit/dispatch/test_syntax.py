"""Reading syntax strings into argument trees."""

from __future__ import annotations

import pytest

from redpoll.dispatch.syntax import Argument, SyntaxNotationError, minimum_words, parse_syntax
from redpoll.replies import SetReply, Status


def only(text: str) -> Argument:
    (argument,) = parse_syntax(text)
    return argument


@pytest.mark.parametrize(
    "text, expected",
    [
        ("value", Argument("value", "string")),
        ("key", Argument("key", "key", key_spec_index=0)),
        ("count", Argument("count", "integer")),
        ("timeout", Argument("timeout", "double")),
        ("size:integer", Argument("size", "integer")),
        ("key:string", Argument("key", "string")),
        ("key#-", Argument("key", "key")),
        ("pattern#1", Argument("pattern", "pattern", key_spec_index=1)),
        ("NX", Argument("nx", "pure-token", "NX")),
        ("NO-ONE", Argument("no-one", "pure-token", "NO-ONE")),
        ("sorting=ALPHA", Argument("sorting", "pure-token", "ALPHA")),
        ('auto-id="*"', Argument("auto-id", "pure-token", "*")),
        ('empty-string=""', Argument("empty-string", "pure-token", "")),
        ("EX seconds", Argument("seconds", "integer", "EX")),
        ("[NX]", Argument("nx", "pure-token", "NX", ("optional",))),
        ("[count@6.2.0]", Argument("count", "integer", flags=("optional",), since="6.2.0")),
        ("old!2.8.12", Argument("old", "string", deprecated_since="2.8.12")),
        ("AUTH auth~password@4.0.7", Argument("auth", "string", "AUTH", display="password", since="4.0.7")),
        ('addr~"ip:port":string', Argument("addr", "string", display="ip:port")),
        ("field...", Argument("field", "string", flags=("multiple",))),
        ("[field...]", Argument("field", "string", flags=("optional", "multiple"))),
        ("[KEYS key...]", Argument("key", "key", "KEYS", ("optional", "multiple"), 0)),
        ("[GET name]...", Argument("name", "string", "GET", ("optional", "multiple", "multiple_token"))),
        ("(GET name)...", Argument("name", "string", "GET", ("multiple", "multiple_token"))),
        ("[name]...", Argument("name", "string", flags=("optional", "multiple"))),
    ],
)
def test_one_argument(text: str, expected: Argument) -> None:
    assert only(text) == expected


NX = Argument("nx", "pure-token", "NX")
XX = Argument("xx", "pure-token", "XX")
OFFSET = Argument("offset", "integer")
COUNT = Argument("count", "integer")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("condition:[NX | XX]", Argument("condition", "oneof", None, ("optional",), arguments=(NX, XX))),
        ("condition:(NX | XX)", Argument("condition", "oneof", arguments=(NX, XX))),
        ("condition@7.0.0:(NX | XX)", Argument("condition", "oneof", since="7.0.0", arguments=(NX, XX))),
        ("condition:(NX |)", Argument("condition", "oneof", arguments=(NX,))),
        ("[NX | XX]", Argument("args", "oneof", None, ("optional",), arguments=(NX, XX))),
        ("limit:(offset count)", Argument("limit", "block", arguments=(OFFSET, COUNT))),
        ("LIMIT limit:[offset count]", Argument("limit", "block", "LIMIT", ("optional",), arguments=(OFFSET, COUNT))),
        ("limit:(count)", Argument("limit", "block", arguments=(COUNT,))),
        ("(count)", COUNT),
        ("data:(offset count)...", Argument("data", "block", None, ("multiple",), arguments=(OFFSET, COUNT))),
        (
            "[LIMIT limit:(offset count)]...",
            Argument("limit", "block", "LIMIT", ("optional", "multiple", "multiple_token"), arguments=(OFFSET, COUNT)),
        ),
        (
            "(NX | offset count)",
            Argument("args", "oneof", arguments=(NX, Argument("args", "block", arguments=(OFFSET, COUNT)))),
        ),
    ],
)
def test_one_group(text: str, expected: Argument) -> None:
    assert only(text) == expected


def test_keys_are_numbered_in_order_unless_told() -> None:
    tree = parse_syntax("key newkey other:key#5 destination")
    assert [argument.key_spec_index for argument in tree] == [0, 1, 5, 6]


def test_a_token_with_a_name_does_not_take_the_next_word() -> None:
    first, second = parse_syntax("nx=NX value")
    assert (first.type, second.token) == ("pure-token", None)


def test_tokens_may_stand_in_a_row() -> None:
    assert [argument.token for argument in parse_syntax("NO ONE")] == ["NO", "ONE"]


@pytest.mark.parametrize("text", ["a | b", "(a", "[a", "a)", "a]", "(", "a ; b", "x:(", "|"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(SyntaxNotationError):
        parse_syntax(text)


@pytest.mark.parametrize(
    "text, words",
    [("", 0), ("key value", 2), ("key [NX]", 1), ("EX seconds", 2), ("(a | b c)", 1), ("LIMIT limit:(offset count)", 3),
     ("data:(field value)...", 2), ("(EX seconds | KEEPTTL)", 1), ("NO ONE", 2), ('x=""', 1)],
)  # fmt: skip
def test_the_fewest_words_are_counted(text: str, words: int) -> None:
    assert minimum_words(parse_syntax(text)) == words


def test_an_argument_replies_as_command_docs_does() -> None:
    reply = only('[AUTH auth~"pass word"@4.0.7!5.0.0...]').reply()
    assert reply == {
        b"name": b"auth",
        b"type": b"string",
        b"display_text": b"pass word",
        b"token": b"AUTH",
        b"since": b"4.0.7",
        b"deprecated_since": b"5.0.0",
        b"flags": [b"optional", b"multiple"],
    }
    flags = reply[b"flags"]
    assert isinstance(flags, SetReply)
    assert all(isinstance(flag, Status) for flag in flags)


def test_a_group_replies_without_a_text_to_display() -> None:
    reply = only("source:(key | count)").reply()
    assert list(reply) == [b"name", b"type", b"arguments"]
    assert reply[b"arguments"][0][b"key_spec_index"] == 0  # type: ignore[index]
