"""Operations on the bits of byte strings in place: count, find, numbers of any width, joining several strings.

Bit 0 is the highest bit of the first byte, as in Redis. Ranges of bits are inclusive and lie within the string.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

cdef extern from "bit_kernels.h":
    uint64_t ones "rp_ones"(const uint8_t*, size_t) noexcept nogil
    size_t same_words "rp_same_words"(const uint8_t*, size_t, uint64_t) noexcept nogil
    void join_and "rp_join_and"(uint8_t*, const uint8_t*, size_t) noexcept nogil
    void join_or "rp_join_or"(uint8_t*, const uint8_t*, size_t) noexcept nogil
    void join_xor "rp_join_xor"(uint8_t*, const uint8_t*, size_t) noexcept nogil
    void invert "rp_invert"(uint8_t*, size_t) noexcept nogil

cdef extern from *:
    int leading_zeros "__builtin_clz"(unsigned int) noexcept nogil

cdef enum:
    # Of the result of a join: stays in the first-level cache while one source after the other is joined into it.
    BLOCK_BYTES = 16384


cdef inline uint8_t masked(const uint8_t* data, int64_t at, int64_t first, int64_t last) noexcept nogil:
    """The byte at `at` without its bits outside first..last."""
    cdef uint8_t byte = data[at]
    if at == first >> 3:
        byte &= <uint8_t>(255 >> (first & 7))
    if at == last >> 3:
        byte &= <uint8_t>(255 << (7 - (last & 7)))
    return byte


cdef uint64_t count_ones(const uint8_t* data, int64_t first, int64_t last) noexcept nogil:
    """How many bits of first..last are one."""
    cdef int64_t start = first >> 3, end = last >> 3
    cdef uint8_t edge
    cdef uint64_t total
    if first > last:
        return 0
    edge = masked(data, start, first, last)
    total = ones(&edge, 1)
    if start == end:
        return total
    edge = masked(data, end, first, last)
    return total + ones(&edge, 1) + ones(data + start + 1, end - start - 1)


cdef int64_t find_bit(const uint8_t* data, int64_t first, int64_t last, bint bit) noexcept nogil:
    """Where in first..last the first bit of this kind stands, or -1."""
    cdef int64_t at = first >> 3, end = last >> 3, found
    cdef uint8_t fill = 0 if bit else 255
    cdef uint8_t byte
    if first > last:
        return -1
    # Bits before the first look like what is not wanted.
    byte = (data[at] ^ fill) & <uint8_t>(255 >> (first & 7))
    if byte == 0:
        at += 1
        if at <= end:
            at += <int64_t>same_words(data + at, end - at + 1, 0 if bit else ~<uint64_t>0)
        while at <= end and data[at] == fill:
            at += 1
        if at > end:
            return -1
        byte = data[at] ^ fill
    found = (at << 3) + leading_zeros(byte) - 24
    return found if found <= last else -1


cdef uint64_t field_read(const uint8_t* data, size_t size, uint64_t offset, int width) noexcept nogil:
    """`width` bits (1 to 64) from `offset` as a number, the highest first; those beyond the end are zero."""
    cdef uint64_t at = offset >> 3, value = 0
    cdef int i, bits = <int>(offset & 7) + width
    cdef uint64_t byte
    for i in range((bits + 7) >> 3):
        byte = data[at + i] if at + i < size else 0
        if i == 8:  # a ninth byte: only its upper bits belong to the number
            return (value << (bits - 64) | byte >> (72 - bits)) & (~<uint64_t>0 >> (64 - width))
        value = value << 8 | byte
    return (value >> (-bits & 7)) & (~<uint64_t>0 >> (64 - width))


cdef void field_write(uint8_t* data, uint64_t offset, int width, uint64_t value) noexcept nogil:
    """Write the lowest `width` bits (1 to 64) of a number at `offset`; the string is long enough."""
    cdef uint64_t at = (offset + width - 1) >> 3
    cdef int above = <int>(7 - ((offset + width - 1) & 7))   # bits behind the number in its last byte
    cdef int taken = 8 - above if 8 - above < width else width
    cdef uint8_t mask
    while width > 0:
        mask = <uint8_t>(((1 << taken) - 1) << above)
        data[at] = (data[at] & <uint8_t>~mask) | <uint8_t>((value << above) & mask)
        value >>= taken
        width -= taken
        at -= 1
        above = 0
        taken = 8 if width > 8 else width


cdef void join(int operation, uint8_t* out, size_t size, const Span* sources, int count) noexcept nogil:
    """Join strings bit by bit, zeros behind the end of each; `size` is that of the longest."""
    cdef size_t at = 0, length
    while at < size:
        length = BLOCK_BYTES if size - at > BLOCK_BYTES else size - at
        join_block(operation, out + at, at, length, sources, count)
        at += length


cdef void join_block(
    int operation, uint8_t* out, size_t at, size_t length, const Span* sources, int count
) noexcept nogil:
    cdef size_t n
    cdef int i
    for i in range(count):
        n = 0 if sources[i].size <= at else sources[i].size - at
        n = length if n > length else n
        if i == 0:
            memcpy(out, sources[0].data + at, n)
            memset(out + n, 0, length - n)
        elif operation == JOIN_AND:
            join_and(out, sources[i].data + at, n)
            memset(out + n, 0, length - n)
        elif operation == JOIN_OR:
            join_or(out, sources[i].data + at, n)
        else:
            join_xor(out, sources[i].data + at, n)
    if operation == JOIN_NOT:
        invert(out, length)
