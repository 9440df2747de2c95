"""Strict numbers, and the cursor over options."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redpoll.dispatch.arguments import INT64_MAX, INT64_MIN, Cursor, parse_db_index, parse_float, parse_int, parse_int32
from redpoll.errors import CommandError, NotFloat, NotInteger, SyntaxFault


@given(st.integers(INT64_MIN, INT64_MAX))
def test_every_64_bit_integer_in_decimal_is_read(number: int) -> None:
    assert parse_int(b"%d" % number) == number


@pytest.mark.parametrize(
    "word",
    [b"", b"-", b"+1", b" 1", b"1 ", b"01", b"-0", b"00", b"--1", b"1.0", b"1e3", b"1_0", b"0x1", b"1\x00", b"1\n",
     b"9223372036854775808", b"-9223372036854775809", b"99999999999999999999", "\u0661".encode()],
)  # fmt: skip
def test_what_is_not_exactly_an_integer_is_refused(word: bytes) -> None:
    with pytest.raises(NotInteger):
        parse_int(word)


def test_an_integer_can_be_refused_in_other_words() -> None:
    with pytest.raises(CommandError, match="ERR value is out of range, must be positive"):
        parse_int(b"x", "ERR value is out of range, must be positive")


@given(st.floats(allow_nan=False))
def test_every_double_as_python_writes_it_is_read(number: float) -> None:
    assert parse_float(repr(number).encode()) == number


@pytest.mark.parametrize(
    "word, number",
    [(b"+1", 1.0), (b".5", 0.5), (b"5.", 5.0), (b"1E5", 1e5), (b"01", 1.0), (b"+.5e-3", 0.0005), (b"0e99", 0.0),
     (b"inf", math.inf), (b"-Infinity", -math.inf), (b"+INF", math.inf), (b"4.9e-324", 5e-324)],
)  # fmt: skip
def test_a_double_may_be_written_as_c_writes_it(word: bytes, number: float) -> None:
    assert parse_float(word) == number


@pytest.mark.parametrize(
    "word",
    [b"", b".", b"e5", b"1e", b"1e+", b" 1", b"1 ", b"1\n", b"1_0", b"nan", b"-nan", b"nan(1)", b"infin", b"0x10",
     b"1d5", b"1.5.5", b"1e400", b"-1e400", b"1e-400", b"1.8e308", b"9" * 400],
)  # fmt: skip
def test_what_is_not_exactly_a_double_is_refused(word: bytes) -> None:
    with pytest.raises(NotFloat):
        parse_float(word)


def test_a_double_can_be_refused_in_other_words() -> None:
    with pytest.raises(CommandError, match="ERR min or max is not a float"):
        parse_float(b"x", "ERR min or max is not a float")


WIDE = "ERR value is out of range, value must between -2147483648 and 2147483647"
FAR = "ERR DB index is out of range"
NO_NUMBER = "ERR value is not an integer or out of range"


@pytest.mark.parametrize(
    "word, answer",
    [(b"2147483647", 2147483647), (b"-2147483648", -2147483648), (b"2147483648", WIDE), (b"-2147483649", WIDE),
     (b"99999999999999999999", NO_NUMBER), (b"x", NO_NUMBER)],
)  # fmt: skip
def test_a_32_bit_integer_is_refused_by_the_rule_it_breaks(word: bytes, answer: int | str) -> None:
    assert answer_of(lambda: parse_int32(word)) == answer


@pytest.mark.parametrize(
    "word, answer",
    [(b"0", 0), (b"15", 15), (b"16", FAR), (b"-1", FAR), (b"x", NO_NUMBER), (b"2147483648", WIDE)],
)
def test_a_database_is_named_by_an_index_in_range(word: bytes, answer: int | str) -> None:
    assert answer_of(lambda: parse_db_index(word, 16)) == answer


@pytest.mark.parametrize("word", [b"x", b"2147483648"])
def test_a_32_bit_integer_can_be_refused_in_other_words(word: bytes) -> None:
    assert answer_of(lambda: parse_int32(word, "ERR invalid first DB index")) == "ERR invalid first DB index"


def answer_of(read: Callable[[], int]) -> int | str:
    try:
        return read()
    except CommandError as error:
        return error.wire.decode()


def test_a_cursor_reads_tokens_in_any_case_and_values_after_them() -> None:
    cursor = Cursor([b"nx", b"Ex", b"10", b"1.5", b"rest", b"more"])
    assert not cursor.take_token(b"XX")
    assert cursor.take_token(b"NX")
    assert cursor.take_token(b"EX")
    assert cursor.next_int() == 10
    assert cursor.next_float() == 1.5
    assert (cursor.more, cursor.left, cursor.at) == (True, 2, 4)
    assert cursor.rest() == [b"rest", b"more"]
    assert not cursor.more


def test_a_cursor_takes_a_token_only_if_enough_follows_it() -> None:
    assert not Cursor([b"LIMIT", b"1"]).take_token(b"LIMIT", following=2)
    assert Cursor([b"LIMIT", b"1", b"2"]).take_token(b"LIMIT", following=2)


def test_a_cursor_takes_one_of_several_tokens() -> None:
    cursor = Cursor([b"desc", b"x"])
    assert cursor.take_any(b"ASC", b"DESC") == b"DESC"
    assert cursor.take_any(b"ASC", b"DESC") is None
    assert cursor.next_token() == b"X"
    assert cursor.take_any(b"ASC") is None


@pytest.mark.parametrize("method", ["peek", "next_bytes", "next_token", "next_int", "next_float"])
def test_a_missing_argument_is_a_syntax_error(method: str) -> None:
    with pytest.raises(SyntaxFault):
        getattr(Cursor([b"a"], at=1), method)()


def test_peeking_leaves_the_argument_in_place() -> None:
    cursor = Cursor([b"a"])
    assert cursor.peek() == b"a"
    assert cursor.next_bytes() == b"a"
