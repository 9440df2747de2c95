"""The longest common subsequence against the textbook's table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from redpoll.values.lcs import common_length, common_ranges, common_subsequence, table_bytes

texts = st.text("abc", max_size=40).map(str.encode) | st.binary(max_size=40)


def textbook_walk(one: bytes, two: bytes) -> list[tuple[int, int]]:
    """The matched positions by the full table, last first; on a tie back along the second string."""
    table = [[0] * (len(two) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one, 1):
        for j, b in enumerate(two, 1):
            table[i][j] = table[i - 1][j - 1] + 1 if a == b else max(table[i - 1][j], table[i][j - 1])
    i, j, walk = len(one), len(two), []
    while i and j:
        if one[i - 1] == two[j - 1]:
            i, j = i - 1, j - 1
            walk.append((i, j))
        elif table[i - 1][j] > table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return walk


@given(texts, texts)
def test_the_subsequence_is_the_textbooks(one: bytes, two: bytes) -> None:
    walk = textbook_walk(one, two)
    assert common_subsequence(one, two) == bytes(one[i] for i, _ in reversed(walk))
    assert common_length(one, two) == len(walk)


@given(texts, texts)
def test_ranges_cover_the_subsequence_in_runs(one: bytes, two: bytes) -> None:
    ranges, length = common_ranges(one, two)
    walked = [(i + at, j + at) for i, j, size in ranges for at in reversed(range(size))]
    assert walked == textbook_walk(one, two)
    assert length == len(walked)


def test_ranges_of_redis_own_example() -> None:
    assert common_ranges(b"ohmytext", b"mynewtext") == ([(4, 5, 4), (2, 0, 2)], 6)


def test_a_large_pair_takes_no_table() -> None:
    one, two = b"abcde" * 2000, b"aecdb" * 2000
    assert common_length(one, two) == len(common_subsequence(one, two)) > 5000
    assert table_bytes(one, two) == 10001 * 10001 * 4
