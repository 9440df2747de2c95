"""The longest common subsequence of two strings.

One row of the classic table differs from its left neighbour by 0 or 1 in each column, so a row is an integer with a bit
per column, and the next row follows by an addition (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004).
Where several subsequences are equally long the walk back decides, as Redis's does: on a tie towards the beginning of
the second string.
"""

from __future__ import annotations

# Redis needs four bytes for each cell of its table, and limits that; the same texts are refused here.
BYTES_PER_CELL = 4


def table_bytes(one: bytes, two: bytes) -> int:
    """The size of the table that Redis would need."""
    return (len(one) + 1) * (len(two) + 1) * BYTES_PER_CELL


def _rows(one: bytes, two: bytes) -> list[int]:
    """A row per byte of `one`; bit j is 0 where byte j of `two` lengthens the subsequence."""
    ones = (1 << len(two)) - 1
    places: dict[int, int] = {}
    for byte in set(one):
        mask = 0
        at = two.find(byte)
        while at >= 0:
            mask |= 1 << at
            at = two.find(byte, at + 1)
        places[byte] = mask
    row = ones
    rows = []
    for byte in one:
        matches = row & places[byte]
        row = ((row + matches) | (row - matches)) & ones
        rows.append(row)
    return rows


def common_length(one: bytes, two: bytes) -> int:
    """How many bytes are common to both, in order."""
    rows = _rows(one, two)
    return len(two) - rows[-1].bit_count() if rows else 0


def _walk(one: bytes, two: bytes) -> list[tuple[int, int]]:
    """The matched positions, last first."""
    width = (len(two) + 7) // 8
    rows = _rows(one, two)
    i, j = len(one), len(two)
    matched = []
    bits_of, bits = -1, b""
    while i and j:
        if one[i - 1] == two[j - 1]:
            i -= 1
            j -= 1
            matched.append((i, j))
            continue
        if bits_of != i:
            bits_of, bits = i, rows[i - 1].to_bytes(width, "little")
        if bits[(j - 1) >> 3] >> ((j - 1) & 7) & 1:
            j -= 1
        else:
            i -= 1
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
