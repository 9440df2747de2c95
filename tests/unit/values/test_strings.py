"""Sums of long doubles: what an x87 would give, written as Redis writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redpoll.errors import CommandError, NotFloat
from redpoll.values.strings import add_long_double


@pytest.mark.parametrize(
    ("held", "increment", "expected"),
    [
        (None, b"10.5", b"10.5"),
        (b"10.50", b"0.1", b"10.6"),
        (b"5.0e3", b"2.0e2", b"5200"),
        (b"3", b"-3", b"0"),
        (b"-1.5", b"1", b"-0.5"),
        (b"0.1", b"0.2", b"0.3"),
        (b"1", b"1e-18", b"1"),
        (b"1", b"1e-17", b"1.00000000000000001"),
        (b"0x10", b"0x.8", b"16.5"),
        (b"0X1P-3", b"+5.", b"5.125"),
        (b"-0", b"-0.0", b"0"),
        (b"-1e-18", b"0", b"0"),
        (b"9007199254740993", b"0", b"9007199254740993"),
        (b"9223372036854775807", b"1", b"9223372036854775808"),
        (b"36893488147419103233", b"0", b"36893488147419103232"),
        (b"0e999999999999999999999", b"1", b"1"),
        (b"1e-4950", b"1", b"1"),
        (b"0" * 5118 + b"1", b"1", b"2"),
    ],
)
def test_sums(held: bytes | None, increment: bytes, expected: bytes) -> None:
    assert add_long_double(held, increment) == expected


NO_NUMBERS = [b"", b" 1", b"1 ", b"1e", b"e5", b".", b"0x", b"0x.", b"1p3", b"1_0", b"nan", b"nan(1)", b"1\x00", b"1\n"]
OUT_OF_RANGE = [b"1e4933", b"-1e5000", b"1e-4951", b"1e99999999999999", b"0x1p16384", b"0x1p-16446"]
TOO_LONG = b"0" * 5119 + b"1"


@pytest.mark.parametrize("text", [*NO_NUMBERS, *OUT_OF_RANGE, TOO_LONG, b"9" * 5000])
def test_texts_that_are_no_numbers(text: bytes) -> None:
    for held, increment in ((None, text), (text, b"1"), (text, b"inf")):
        with pytest.raises(NotFloat):
            add_long_double(held, increment)


@pytest.mark.parametrize(
    ("held", "increment"),
    [(b"1", b"inf"), (b"-inf", b"1"), (b"Infinity", b"-INF"), (b"1e4932", b"1e4932"), (None, b"+inf")],
)
def test_an_infinite_sum_is_refused(held: bytes | None, increment: bytes) -> None:
    with pytest.raises(CommandError, match="increment would produce NaN or Infinity"):
        add_long_double(held, increment)


def test_thousands_of_digits_are_written_out() -> None:
    text = add_long_double(b"1e4932", b"0")
    assert len(text) == 4933
    assert text.startswith(b"1000000000000000000006018949")


@given(st.integers(-(2**63), 2**63), st.integers(-(2**62), 2**62))
def test_integers_of_64_bits_are_exact(one: int, two: int) -> None:
    total = one + two
    if abs(total) <= 2**64:
        assert add_long_double(b"%d" % one, b"%d" % two) == b"%d" % total


@given(st.decimals(-1000, 1000, places=6), st.decimals(-1000, 1000, places=6))
def test_short_decimals_stay_short(one: object, two: object) -> None:
    total = float(add_long_double(str(one).encode(), str(two).encode()))
    assert total == pytest.approx(float(str(one)) + float(str(two)), abs=1e-9)
