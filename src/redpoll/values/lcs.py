"""The longest common subsequence of two strings, by the classic table (Wagner and Fischer, 1974).

Where several are equally long the walk back decides, as Redis's does: from the ends of both strings, on a tie towards
the beginning of the second string.
"""

from __future__ import annotations

from array import array

# Four bytes a cell, as many bytes as a string may have: the transient table is as bounded as a value.
LCS_CELLS_MAX = 512 * 1024 * 1024


def _table(one: bytes, two: bytes) -> list[array[int]]:
    """lengths[i][j]: the length for the first i bytes of `one` and the first j of `two`."""
    width = len(two) + 1
    above = array("I", bytes(4 * width))
    rows = [above]
    for byte in one:
        row = array("I", bytes(4 * width))
        left = 0
        for j, other in enumerate(two):
            if byte == other:
                left = above[j] + 1
            elif above[j + 1] > left:
                left = above[j + 1]
            row[j + 1] = left
        rows.append(row)
        above = row
    return rows


def _walk(one: bytes, two: bytes) -> list[tuple[int, int]]:
    """The matched positions, last first."""
    rows = _table(one, two)
    i, j = len(one), len(two)
    matched = []
    while i and j:
        if one[i - 1] == two[j - 1]:
            i -= 1
            j -= 1
            matched.append((i, j))
        elif rows[i - 1][j] > rows[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return matched


def common_subsequence(one: bytes, two: bytes) -> bytes:
    """The bytes common to both, in order."""
    return bytes(one[i] for i, _ in reversed(_walk(one, two)))


def common_ranges(one: bytes, two: bytes) -> tuple[list[tuple[int, int, int]], int]:
    """Runs of matches as (start in one, start in two, length), last first, and the total length."""
    matched = _walk(one, two)
    ranges: list[tuple[int, int, int]] = []
    for i, j in matched:
        if ranges and ranges[-1][0] == i + 1 and ranges[-1][1] == j + 1:
            ranges[-1] = (i, j, ranges[-1][2] + 1)
        else:
            ranges.append((i, j, 1))
    return ranges, len(matched)
