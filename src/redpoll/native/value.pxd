"""The base of every value that is not a string; see value.pyx."""

from libc.stdint cimport uint8_t, uint64_t

cdef class Value:
    cdef readonly uint8_t type_code
    cdef uint8_t form          # which of its encodings a value is in, as its class numbers them
    cdef size_t bytes_used(self) noexcept
    cdef uint64_t blocks(self) noexcept
    cdef bint free_step(self, int budget) noexcept
