"""Cursors and options of the scanning commands."""

from __future__ import annotations

import pytest

from redpoll.dispatch.scan import COUNT_MAX, parse_cursor, parse_scan_options
from redpoll.errors import CommandError

CURSOR_MAX = (1 << 64) - 1


@pytest.mark.parametrize(
    ("word", "cursor"),
    [
        (b"0", 0),
        (b"42", 42),
        (b"007", 7),
        (b"+5", 5),
        (b" 5", 5),
        (b"-0", 0),
        (b"18446744073709551615", CURSOR_MAX),
        (b" -5", CURSOR_MAX - 4),
        (b"-18446744073709551615", 1),
        (b"0" * 5000 + b"9", 9),
    ],
)
def test_a_cursor_is_read_as_leniently_as_redis_reads_it(word: bytes, cursor: int) -> None:
    assert parse_cursor(word) == cursor


@pytest.mark.parametrize("word", [b"", b" ", b"x", b"-1", b"1 ", b"1.5", b"0x1", b"18446744073709551616", b"9" * 5000])
def test_anything_else_is_no_cursor(word: bytes) -> None:
    with pytest.raises(CommandError, match=r"^ERR invalid cursor$"):
        parse_cursor(word)


def test_options_may_repeat_and_the_last_one_counts() -> None:
    found = parse_scan_options([b"count", b"5", b"MATCH", b"a*", b"COUNT", b"7", b"match", b"b*"], b"sscan")
    assert found.count == 7
    assert found.matches is not None
    assert found.matches(b"bc")
    assert not found.matches(b"ac")


def test_a_pattern_that_matches_all_is_no_filter() -> None:
    assert parse_scan_options([b"MATCH", b"*"], b"scan").matches is None


def test_a_huge_count_is_cut() -> None:
    assert parse_scan_options([b"COUNT", b"9223372036854775807"], b"scan").count == COUNT_MAX


def test_some_options_belong_to_one_command() -> None:
    assert parse_scan_options([b"NOVALUES"], b"hscan").no_values
    assert parse_scan_options([b"noscores"], b"zscan").no_scores
    assert parse_scan_options([b"TYPE", b"ZSET"], b"scan").type_name == b"zset"


@pytest.mark.parametrize(
    ("words", "command", "error"),
    [
        ([b"NOVALUES"], b"sscan", "ERR NOVALUES option can only be used in HSCAN"),
        ([b"NOSCORES"], b"hscan", "ERR NOSCORES option can only be used in ZSCAN"),
        ([b"TYPE", b"string"], b"hscan", "ERR syntax error"),
        ([b"TYPE", b"text"], b"scan", "ERR unknown type name 'text'"),
        ([b"COUNT", b"0"], b"scan", "ERR syntax error"),
        ([b"COUNT", b"x"], b"scan", "ERR value is not an integer or out of range"),
        ([b"MATCH"], b"scan", "ERR syntax error"),
    ],
)
def test_refused_options_are_refused_in_redis_words(words: list[bytes], command: bytes, error: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_scan_options(words, command)
    assert caught.value.wire.decode() == error
