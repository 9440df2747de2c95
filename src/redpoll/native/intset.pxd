"""Sorted sets of integers in Redis's intset layout; see intset.pyx."""

from libc.stdint cimport int64_t, uint32_t
from redpoll.native.bits cimport load32
from redpoll.native.memory cimport mem_usable

cdef enum:
    INTS_HEADER = 8

cdef inline uint32_t ints_count(const char* s) noexcept nogil:
    return load32(s + 4)

cdef inline size_t ints_size(const char* s) noexcept nogil:
    """Bytes of the intset itself."""
    return INTS_HEADER + <size_t>load32(s) * load32(s + 4)

cdef inline size_t ints_bytes(const char* s) noexcept nogil:
    """Bytes the block really takes."""
    return mem_usable(ints_size(s))

cdef char* ints_new() noexcept nogil
cdef void ints_release(char* s) noexcept nogil
cdef char* ints_copy(const char* s) noexcept nogil
cdef int64_t ints_get(const char* s, uint32_t index) noexcept nogil
cdef bint ints_find(const char* s, int64_t value, uint32_t* index) noexcept nogil
cdef bint ints_seek(const char* s, int64_t value, uint32_t* index) noexcept nogil
cdef char* ints_insert(char* s, uint32_t index, int64_t value) noexcept nogil
cdef char* ints_delete(char* s, uint32_t index) noexcept nogil
cdef int ints_check(const char* s) except -1
