"""Sorted sets as values; see zset_value.pyx."""

from libc.stdint cimport int64_t, uint64_t
from redpoll.native.sorted_node cimport Bound
from redpoll.native.sorted_set cimport Element, SortedSet
from redpoll.native.value cimport Value

cdef class ZsetValue(Value):
    cdef SortedSet set_
    cdef int section_of(self, uint64_t start, uint64_t count, bint backwards) except -1
    cdef tuple lex_range_in_pack(self, bytes low, bytes high, bint backwards)
