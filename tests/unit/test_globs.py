"""Glob patterns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redpoll.globs import compile_glob, glob_match


@pytest.mark.parametrize(
    "pattern, text, matches",
    [
        (b"", b"", True), (b"", b"a", False), (b"*", b"", True), (b"**", b"", False), (b"**", b"a", True),
        (b"a*c", b"abbc", True), (b"a*c", b"abcd", False), (b"?", b"\n", True), (b"?", b"", False),
        (b"h?llo", b"hello", True),
        (b"[ab]", b"b", True), (b"[ab]", b"c", False), (b"[^ab]", b"c", True), (b"[^ab]", b"a", False),
        (b"[a-c]", b"b", True), (b"[c-a]", b"b", True), (b"[a-]", b"]", True), (b"[]", b"a", False),
        (b"[^]", b"a", True),
        (b"[a", b"a", True), (b"[", b"[", False), (b"[\\]]", b"]", True), (b"\\*", b"*", True), (b"\\*", b"a", False),
        (b"\\", b"\\", True), (b"a\\", b"a\\", True), (b"*a*b*c*", b"xxaxxbxxcxx", True), (b"*ab", b"abab", True),
        (b"*a?", b"aab", True), (b"\xff*", b"\xff\x00\xfe", True), (b"a.c", b"abc", False), (b"*.*", b"a.b", True),
    ],
)  # fmt: skip
def test_a_pattern_matches_as_in_redis(pattern: bytes, text: bytes, matches: bool) -> None:
    assert glob_match(pattern, text) is matches


@pytest.mark.parametrize(
    "pattern, text", [(b"AB*", b"abc"), (b"[A-C]x", b"bX"), (b"[a]", b"A"), (b"\\A", b"a"), (b"[^a]", b"b")]
)
def test_case_can_be_ignored(pattern: bytes, text: bytes) -> None:
    assert glob_match(pattern, text, ignore_case=True)


def test_a_negated_class_ignores_case_too() -> None:
    assert not glob_match(b"[^a]", b"A", ignore_case=True)


def test_many_stars_do_not_take_exponential_time() -> None:
    assert not glob_match(b"a*" * 40 + b"b", b"a" * 5000)


@given(st.binary(max_size=20))
def test_a_text_matches_itself_escaped(text: bytes) -> None:
    escaped = b"".join(b"\\" + bytes((byte,)) for byte in text)
    assert glob_match(escaped, text)
    assert compile_glob(b"*" + escaped)(b"before" + text)


PIECES = st.sampled_from([b"a", b"b", b"?", b"*", b"[ab]", b"[^a]"])


@given(st.lists(PIECES, max_size=7), st.text("abc", max_size=8).map(str.encode))
def test_matching_equals_a_plain_recursive_matcher(pieces: list[bytes], text: bytes) -> None:
    # The one special rule, several stars against nothing, has its own case above.
    expected = plain_match(pieces, text) if text else set(pieces) <= ({b"*"} if len(pieces) == 1 else set())
    assert glob_match(b"".join(pieces), text) == expected


def plain_match(pieces: list[bytes], text: bytes) -> bool:
    if not pieces:
        return not text
    head, *rest = pieces
    if head == b"*":
        return any(plain_match(rest, text[start:]) for start in range(len(text) + 1))
    members = {b"?": b"abc", b"[ab]": b"ab", b"[^a]": b"bc"}.get(head, head)
    return bool(text) and text[:1] in {bytes((byte,)) for byte in members} and plain_match(rest, text[1:])
