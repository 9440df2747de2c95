"""Bits of byte strings, the first bit being the highest of the first byte; see bit_operations.pyx."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

cdef enum:
    JOIN_AND = 0
    JOIN_OR = 1
    JOIN_XOR = 2
    JOIN_NOT = 3

cdef struct Span:              # one source of a join
    const uint8_t* data
    size_t size

cdef uint64_t count_ones(const uint8_t* data, int64_t first, int64_t last) noexcept nogil
cdef int64_t find_bit(const uint8_t* data, int64_t first, int64_t last, bint bit) noexcept nogil
cdef uint64_t field_read(const uint8_t* data, size_t size, uint64_t offset, int width) noexcept nogil
cdef void field_write(uint8_t* data, uint64_t offset, int width, uint64_t value) noexcept nogil
cdef void join(int operation, uint8_t* out, size_t size, const Span* sources, int count) noexcept nogil

cdef inline bint bit_at(const uint8_t* data, uint64_t offset) noexcept nogil:
    return (data[offset >> 3] >> (7 - (offset & 7))) & 1

cdef inline void put_bit(uint8_t* data, uint64_t offset, bint bit) noexcept nogil:
    cdef uint8_t mask = <uint8_t>(128 >> (offset & 7))
    if bit:
        data[offset >> 3] |= mask
    else:
        data[offset >> 3] &= <uint8_t>~mask
