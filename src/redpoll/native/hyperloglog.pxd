"""HyperLogLogs as Redis writes them, sparse and dense; see hyperloglog.pyx."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

cdef enum:
    REGISTERS = 16384
    HEADER_BYTES = 16
    DENSE_BYTES = 12304        # the header and 16384 registers of 6 bits
    EMPTY_BYTES = 18           # the header and one run of zeros
    # How much longer one register can make a sparse one.
    RAISE_BYTES_MAX = 3

cdef enum:
    RAISED = 1
    UNCHANGED = 0
    CORRUPT = -1
    # The sparse form cannot hold it, or may not grow so long.
    NEEDS_DENSE = -2

cdef bint is_sketch(const uint8_t* data, size_t size) noexcept nogil
cdef void write_empty(uint8_t* data) noexcept nogil
cdef int rank_of(const char* element, size_t size, uint32_t* register) noexcept nogil
cdef int raise_dense(uint8_t* data, uint32_t register, int rank) noexcept nogil
cdef int sparse_register(const uint8_t* data, size_t size, uint32_t register) noexcept nogil
cdef int raise_sparse(uint8_t* data, size_t* size, uint32_t register, int rank, size_t limit) noexcept nogil
cdef bint to_dense(const uint8_t* sparse, size_t size, uint8_t* dense) noexcept nogil
cdef void write_dense(const uint8_t* registers, uint8_t* data) noexcept nogil
cdef bint merge_registers(const uint8_t* data, size_t size, uint8_t* registers) noexcept nogil
cdef int64_t estimate(const uint8_t* registers) noexcept nogil
cdef bytes sparse_text(const uint8_t* data, size_t size)

cdef inline bint is_sparse(const uint8_t* data) noexcept nogil:
    return data[4] == 1

cdef inline bint cache_is_valid(const uint8_t* data) noexcept nogil:
    """Whether the header holds the cardinality of the registers as they are."""
    return data[15] & 128 == 0

cdef inline void invalidate_cache(uint8_t* data) noexcept nogil:
    data[15] |= 128

cdef inline int dense_register(const uint8_t* data, uint32_t register) noexcept nogil:
    cdef const uint8_t* at = data + HEADER_BYTES + ((register * 6) >> 3)
    cdef int shift = (register * 6) & 7
    # The last register ends with the string.
    return ((at[0] >> shift) | ((at[1] << (8 - shift)) if shift > 2 else 0)) & 63
