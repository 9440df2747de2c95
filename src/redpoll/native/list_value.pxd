"""Lists: a deque of listpacks; see list_value.pyx."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from redpoll.native.listpack cimport Pack
from redpoll.native.value cimport Value

cdef class ListValue(Value):
    cdef Pack* chunks
    cdef uint32_t first        # the chunks stand at first … first + count - 1
    cdef uint32_t count
    cdef uint32_t capacity
    cdef bint small            # one listpack, and said to be one
    cdef uint64_t length
    cdef size_t pack_bytes     # of all chunks
    cdef Pack* chunk(self, uint32_t i) noexcept
    cdef int make_room(self, bint left) except -1
    cdef int add_chunk(self, uint32_t i, Pack* pack) except -1
    cdef void drop_chunk(self, uint32_t i) noexcept
    cdef bint exceeds(self, uint64_t size, uint64_t entries, int64_t fill) noexcept
    cdef void grow_by(self, uint64_t size, uint64_t entries, int64_t fill) noexcept
    cdef int push_one(self, const char* text, size_t size, bint left, int64_t fill) except -1
    cdef const char* end(self, bint left, size_t* size, char* room) noexcept
    cdef void shrink_to(self, int64_t fill) noexcept
    cdef uint32_t locate(self, uint64_t index, uint32_t* inner) noexcept
    cdef int insert_at(self, uint32_t i, uint32_t at, bytes text, int64_t fill) except -1
    cdef int settle(self, uint32_t i, int64_t fill) except -1
    cdef int delete_at(self, uint32_t i, uint32_t at, uint32_t entries) except -1
    cdef int join_behind(self, uint32_t i, uint32_t shares, int64_t fill) except -1
    cdef int drop(self, uint64_t entries, bint left) except -1
