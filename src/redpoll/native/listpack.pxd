"""Packed sequences of short strings in Redis's listpack layout; see listpack.pyx."""

from libc.stdint cimport int64_t, uint32_t
from redpoll.native.memory cimport mem_usable

cdef enum:
    PACK_HEADER = 6
    PACK_END = 255
    # Room `pack_get` needs to write an integer out.
    DECIMAL_ROOM = 24
    # The most bytes an entry takes beside its text: encoding and length behind.
    ENTRY_OVERHEAD_MAX = 10

cdef struct Pack:
    char* data                 # the listpack itself, header and end byte included
    uint32_t size              # as in its header
    uint32_t count             # entries, exact where the header's 16 bits are not

cdef inline size_t pack_bytes(Pack* p) noexcept nogil:
    """Bytes the block really takes."""
    return mem_usable(p.size)

cdef inline uint32_t pack_end(Pack* p) noexcept nogil:
    """Where the end byte stands: the place after the last entry."""
    return p.size - 1

cdef bint pack_init(Pack* p) noexcept nogil
cdef void pack_release(Pack* p) noexcept nogil
cdef bint pack_copy(Pack* p, Pack* source) noexcept nogil
cdef uint32_t pack_next(Pack* p, uint32_t at) noexcept nogil
cdef uint32_t pack_previous(Pack* p, uint32_t at) noexcept nogil
cdef uint32_t pack_seek(Pack* p, uint32_t index) noexcept nogil
cdef const char* pack_get(Pack* p, uint32_t at, size_t* size, char* room) noexcept nogil
cdef bint pack_integer(Pack* p, uint32_t at, int64_t* value) noexcept nogil
cdef bint pack_insert(Pack* p, uint32_t at, const char* text, size_t size) noexcept nogil
cdef void pack_delete(Pack* p, uint32_t at, uint32_t count) noexcept nogil
cdef bint pack_replace(Pack* p, uint32_t at, const char* text, size_t size) noexcept nogil
cdef bint pack_split(Pack* p, uint32_t at, uint32_t index, Pack* tail) noexcept nogil
cdef bint pack_join(Pack* p, Pack* tail) noexcept nogil
cdef uint32_t pack_find(Pack* p, uint32_t at, const char* text, size_t size, int skip) noexcept nogil
cdef bytes pack_text(Pack* p, uint32_t at)
cdef int pack_check(Pack* p) except -1
