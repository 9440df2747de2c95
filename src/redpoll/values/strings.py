"""Sums of the floating point numbers that strings hold, as an x87 long double gives them."""

from __future__ import annotations

import re
from fractions import Fraction

from redpoll.errors import CommandError, NotFloat

# The x87 long double: 64 bits of significand, exponents of 15 bits.
_SIGNIFICAND_BITS = 64
_EXPONENT_MIN = -16445
_OVERFLOW = Fraction(2) ** 16384
# Decimal exponents beyond which the value is an infinity or zero, whatever the digits are.
_DECIMAL_EXPONENT_MAX = 4933
_DECIMAL_EXPONENT_MIN = -4967

_TEXT_BYTES_MAX = 5 * 1024 - 1
# Redis shows so many digits after the point, then drops trailing zeros.
_FRACTION_DIGITS = 17

_DECIMAL = re.compile(rb"([+-]?)([0-9]+\.?[0-9]*|\.[0-9]+)(?:e([+-]?[0-9]+))?\Z", re.IGNORECASE)
_HEXADECIMAL = re.compile(rb"([+-]?)0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p([+-]?[0-9]+))?\Z", re.IGNORECASE)
_INFINITE = re.compile(rb"[+-]?inf(?:inity)?\Z", re.IGNORECASE)


def add_long_double(held: bytes | None, increment: bytes) -> bytes:
    """The sum of two numbers written as text (the first may be absent), as INCRBYFLOAT writes it."""
    value = Fraction(0) if held is None else _parse(held)
    addend = _parse(increment)
    total = None if value is None or addend is None else _rounded(value + addend)
    if total is None or abs(total) >= _OVERFLOW:
        raise CommandError("ERR increment would produce NaN or Infinity")
    return format_fixed(total)


def _parse(text: bytes) -> Fraction | None:
    """A number in the notations of C's strtold, rounded to a long double; None if infinite."""
    if len(text) <= _TEXT_BYTES_MAX:
        if _INFINITE.match(text):
            return None
        match, base = _DECIMAL.match(text), 10
        if match is None:
            match, base = _HEXADECIMAL.match(text), 16
        if match is not None:
            return _representable(match, base)
    raise NotFloat


def _representable(match: re.Match[bytes], base: int) -> Fraction:
    sign, digits, exponent_text = match.groups()
    whole, _, fraction = digits.partition(b".")
    figures = (whole + fraction).lstrip(b"0")
    significand = _integer(figures) if base == 10 else int(figures or b"0", 16)
    if significand == 0:
        return Fraction(0)
    exponent = _clamped(exponent_text or b"0")
    if base == 10:
        exponent -= len(fraction)
        leading = exponent + len(figures)
        if not _DECIMAL_EXPONENT_MIN <= leading <= _DECIMAL_EXPONENT_MAX:
            raise NotFloat
        exact = Fraction(significand) * Fraction(10) ** exponent
    else:
        exponent -= 4 * len(fraction)
        if not _EXPONENT_MIN - 1 <= exponent + significand.bit_length() <= 16385:
            raise NotFloat
        exact = Fraction(significand) * Fraction(2) ** exponent
    value = _rounded(exact)
    # Too large for a long double, or so small that nothing is left.
    if value == 0 or value >= _OVERFLOW:
        raise NotFloat
    return -value if sign == b"-" else value


def _clamped(exponent: bytes) -> int:
    """An exponent as an integer; one of many digits is cut, for it decides by its sign alone."""
    digits = exponent.lstrip(b"+-").lstrip(b"0") or b"0"
    size = int(digits) if len(digits) < 10 else 10**10
    return -size if exponent[:1] == b"-" else size


def _rounded(exact: Fraction) -> Fraction:
    """The nearest long double, ties to even."""
    if exact == 0:
        return exact
    # At most one above the true exponent; corrected by the comparison.
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length()
    if abs(exact) < Fraction(2) ** exponent:
        exponent -= 1
    unit = Fraction(2) ** max(exponent - _SIGNIFICAND_BITS + 1, _EXPONENT_MIN)
    return round(exact / unit) * unit


def format_fixed(value: Fraction) -> bytes:
    """A number with up to 17 digits after the point, no exponent, no trailing zeros."""
    scaled = round(abs(value) * 10**_FRACTION_DIGITS)
    whole, fraction = divmod(scaled, 10**_FRACTION_DIGITS)
    text = _decimal_digits(whole)
    if fraction:
        text += (b".%0*d" % (_FRACTION_DIGITS, fraction)).rstrip(b"0")
    return b"-" + text if value < 0 and scaled else text


def _integer(digits: bytes) -> int:
    """An integer of any number of decimal digits (`int` refuses to read more than some thousands at once)."""
    number = 0
    for at in range(0, len(digits), 1000):
        part = digits[at : at + 1000]
        number = number * 10 ** len(part) + int(part)
    return number


def _decimal_digits(number: int) -> bytes:
    """Decimal digits of a number of any size (`int` refuses to print more than some thousands at once)."""
    parts: list[bytes] = []
    while number >= 10**1000:
        number, part = divmod(number, 10**1000)
        parts.append(b"%01000d" % part)
    parts.append(b"%d" % number)
    return b"".join(reversed(parts))
