"""Doubles as text, digit for digit as Redis and Valkey print them.

The digits are those of Grisu2 (Florian Loitsch, Printing Floating-Point Numbers Quickly and Accurately with Integers,
PLDI 2010): a double times a cached power of ten is a 64-bit integer whose digits are taken until what is left is
within half the distance to the neighbouring doubles. They always read back, and are the shortest in 999 of 1,000
cases; in the rest clients of Redis see the longer ones, so exact algorithms would print something else.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from redpoll.native.bits cimport highest_bit, load64
from redpoll.native.output cimport write_decimal

cdef enum:
    # Powers of ten from 10^-348 on, eight apart: one of them brings any double to an exponent of -60 … -32.
    POWERS = 87
    POWER_FIRST = -348
    POWER_STEP = 8
    EXPONENT_MIN = -60
    EXPONENT_MAX = -32
    FRACTION_BITS = 52
    EXPONENT_BIAS = 1075
    # Decimal exponents up to which a number is written without one.
    ZEROS_MAX = 7
    SMALL_EXPONENT_END = 4

# Whole numbers up to 2^62 are written as integers.
cdef double INTEGER_MAX = 4611686018427387904.0

# A number of so many digits fits a double exactly, and so does a power of ten of so many zeros.
cdef enum:
    EXACT_DIGITS = 15
    TEXT_BYTES_MAX = 63

cdef extern from *:
    """
    #include <locale.h>
    #include <stdlib.h>
    #ifdef __APPLE__
    #include <xlocale.h>
    #endif
    /* What a program around us sets as its locale must not change what a point means. */
    static locale_t rp_c_locale;
    static inline int rp_open_locale(void) {
        rp_c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); return rp_c_locale != (locale_t)0;
    }
    static inline double rp_read_double(const char *s) { return strtod_l(s, NULL, rp_c_locale); }
    static inline uint64_t rp_mul_high(uint64_t a, uint64_t b) {
        /* The upper half of the product, its lower half rounded at bit 63 as partial products of 32 bits give it. */
        uint64_t al = a & 0xFFFFFFFF, ah = a >> 32, bl = b & 0xFFFFFFFF, bh = b >> 32;
        uint64_t middle = ((ah * bl) & 0xFFFFFFFF) + ((al * bh) & 0xFFFFFFFF) + ((al * bl) >> 32) + (1u << 31);
        return ah * bh + ((ah * bl) >> 32) + ((al * bh) >> 32) + (middle >> 32);
    }
    """
    uint64_t mul_high "rp_mul_high"(uint64_t, uint64_t) noexcept nogil
    bint open_locale "rp_open_locale"() noexcept nogil
    double strtod_c "rp_read_double"(const char*) noexcept nogil

cdef struct Scaled:            # fraction * 2^exponent
    uint64_t fraction
    int32_t exponent

cdef Scaled powers[POWERS]
cdef double tens[EXACT_DIGITS + 1]


cdef int prepare() except -1:
    """Compute the powers of ten, each rounded to 64 bits."""
    cdef int i
    if not open_locale():
        raise MemoryError
    for i in range(EXACT_DIGITS + 1):
        tens[i] = 10.0 ** i
    for i in range(POWERS):
        power = POWER_FIRST + i * POWER_STEP
        numerator, denominator = (10 ** power, 1) if power >= 0 else (1, 10 ** -power)
        shift = numerator.bit_length() - denominator.bit_length() - 64
        while True:
            above, below = (numerator, denominator << shift) if shift >= 0 else (numerator << -shift, denominator)
            fraction = (2 * above + below) // (2 * below)
            if fraction.bit_length() <= 64:
                break
            shift += 1
        if fraction.bit_length() < 64:
            shift -= 1
            above, below = (numerator, denominator << shift) if shift >= 0 else (numerator << -shift, denominator)
            fraction = (2 * above + below) // (2 * below)
        powers[i].fraction = fraction
        powers[i].exponent = shift
    return 0


prepare()


cdef inline int choose_power(int exponent) noexcept nogil:
    """The power that brings a normalised number of this binary exponent into the range."""
    cdef int i = (<int>(-(exponent + POWERS) * 0.30102999566398114) - POWER_FIRST) // POWER_STEP
    while exponent + powers[i].exponent + 64 < EXPONENT_MIN:
        i += 1
    while exponent + powers[i].exponent + 64 > EXPONENT_MAX:
        i -= 1
    return i


cdef inline void round_last(char* last, uint64_t delta, uint64_t rest, uint64_t unit, uint64_t wanted) noexcept nogil:
    """Lower the last digit as long as that comes nearer to the number itself."""
    while rest < wanted and delta - rest >= unit and (
            rest + unit < wanted or wanted - rest > rest + unit - wanted):
        last[0] -= 1
        rest += unit


cdef int digits_of(uint64_t fraction, int exponent, char* digits, int* power) noexcept nogil:
    """Write the decimal digits of fraction * 2^exponent; how many. `power` is the exponent of the last one."""
    cdef uint64_t upper = (fraction << 1) + 1, lower, wanted, delta, one, part, rest, unit, scale = 1
    cdef int shift = 63 - highest_bit(upper), lower_shift = 2 if fraction == <uint64_t>1 << FRACTION_BITS else 1
    cdef int upper_exponent = exponent - 1 - shift, count = 0, place = 10, i = choose_power(upper_exponent), bits
    cdef uint32_t digit
    lower = ((fraction << lower_shift) - 1) << (exponent - lower_shift - upper_exponent)
    wanted = mul_high(fraction << (exponent - upper_exponent), powers[i].fraction)
    upper = mul_high(upper << shift, powers[i].fraction) - 1
    lower = mul_high(lower, powers[i].fraction) + 1
    power[0] = -(POWER_FIRST + i * POWER_STEP)
    bits = -(upper_exponent + powers[i].exponent + 64)
    one = <uint64_t>1 << bits
    wanted = upper - wanted
    delta = upper - lower
    part = upper >> bits
    rest = upper & (one - 1)
    unit = 1000000000
    while place > 0:
        digit = <uint32_t>(part // unit)
        if digit or count:
            digits[count] = <char>(48 + digit)
            count += 1
        part -= digit * unit
        place -= 1
        if (part << bits) + rest <= delta:
            power[0] += place
            round_last(&digits[count - 1], delta, (part << bits) + rest, unit << bits, wanted)
            return count
        unit //= 10
    while True:
        rest *= 10
        delta *= 10
        scale *= 10
        place -= 1
        digit = <uint32_t>(rest >> bits)
        if digit or count:
            digits[count] = <char>(48 + digit)
            count += 1
        rest &= one - 1
        if rest < delta:
            power[0] += place
            round_last(&digits[count - 1], delta, rest, one, wanted * scale)
            return count


cdef int lay_out(char* d, const char* digits, int count, int power) noexcept nogil:
    """Write digits with a point, or an exponent, where Redis puts them; returns how many bytes."""
    cdef int exponent = power + count - 1, point = count + power, n
    cdef int size = exponent if exponent >= 0 else -exponent
    if power >= 0 and size < count + ZEROS_MAX:
        memcpy(d, digits, count)
        memset(d + count, 48, power)
        return count + power
    if power < 0 and (power > -ZEROS_MAX or size < SMALL_EXPONENT_END):
        if point <= 0:
            d[0] = 48
            d[1] = 46
            memset(d + 2, 48, -point)
            memcpy(d + 2 - point, digits, count)
            return count + 2 - point
        memcpy(d, digits, point)
        d[point] = 46
        memcpy(d + point + 1, digits + point, count - point)
        return count + 1
    d[0] = digits[0]
    n = 1
    if count > 1:
        d[1] = 46
        memcpy(d + 2, digits + 1, count - 1)
        n = count + 1
    d[n] = 101
    d[n + 1] = 43 if exponent >= 0 else 45
    return n + 2 + write_decimal(d + n + 2, size)


cdef int write_double(char* d, double value) noexcept nogil:
    """Write a double (up to DOUBLE_ROOM bytes); returns how many."""
    cdef uint64_t bits = load64(&value), fraction = bits & ((<uint64_t>1 << FRACTION_BITS) - 1)
    cdef int biased = <int>(bits >> FRACTION_BITS) & 0x7FF, count, power, n = 0
    cdef char digits[20]
    if bits == <uint64_t>1 << 63:
        memcpy(d, b"-0", 2)
        return 2
    if -INTEGER_MAX <= value <= INTEGER_MAX and value == <double><int64_t>value:
        return write_decimal(d, <int64_t>value)
    if biased == 0x7FF and fraction:
        memcpy(d, b"nan", 3)
        return 3
    if bits >> 63:
        d[0] = 45
        n = 1
    if biased == 0x7FF:
        memcpy(d + n, b"inf", 3)
        return n + 3
    if biased:
        fraction |= <uint64_t>1 << FRACTION_BITS
    else:
        biased = 1
    count = digits_of(fraction, biased - EXPONENT_BIAS, digits, &power)
    return n + lay_out(d + n, digits, count, power)


cdef double read_double(const char* text, size_t size) noexcept nogil:
    """The double that `write_double` wrote."""
    cdef char room[TEXT_BYTES_MAX + 1]
    cdef size_t i = 1 if size and text[0] == 45 else 0
    cdef uint64_t digits = 0
    cdef int count = 0, after = 0
    cdef bint point = False
    while i < size and count <= EXACT_DIGITS:
        if 48 <= text[i] <= 57:
            digits = digits * 10 + <uint64_t>(text[i] - 48)
            count += 1
            after += point
        elif text[i] == 46 and not point:
            point = True
        else:
            break
        i += 1
    if i == size and 0 < count <= EXACT_DIGITS:
        # Both are exact, so their quotient is rounded once: it is the nearest double.
        return (-<double>digits if text[0] == 45 else <double>digits) / tens[after]
    size = size if size < TEXT_BYTES_MAX else <size_t>TEXT_BYTES_MAX
    memcpy(room, text, size)
    room[size] = 0
    return strtod_c(room)


def parse_double(bytes text not None) -> float:
    """A double from the text that `format_double` made of it."""
    return read_double(PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))


def format_double(double value) -> bytes:
    """A double as Redis prints it."""
    cdef char room[DOUBLE_ROOM]
    return PyBytes_FromStringAndSize(room, write_double(room, value))
