"""A heap of records by deadline; see deadlines.pyx."""

from libc.stdint cimport uint32_t, int64_t, uint64_t
from redpoll.native.record cimport Record

cdef struct Due:
    int64_t when_ms
    Record* record

cdef struct Deadlines:
    Due* items
    uint32_t count
    uint32_t capacity
    double sum_ms              # of all deadlines, for the average time to live

cdef bint deadlines_add(Deadlines* d, Record* record, int64_t when_ms) noexcept nogil
cdef void deadlines_remove(Deadlines* d, Record* record) noexcept nogil
cdef void deadlines_change(Deadlines* d, Record* record, int64_t when_ms) noexcept nogil
cdef void deadlines_release(Deadlines* d) noexcept nogil
cdef int deadlines_check(Deadlines* d) except -1

cdef inline void deadlines_moved(Deadlines* d, Record* record, uint32_t place) noexcept nogil:
    """A record with this place in the heap has moved in memory."""
    d.items[place].record = record
