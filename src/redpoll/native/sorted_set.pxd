"""Sorted sets without Python around them; see sorted_set.pyx."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from redpoll.native.listpack cimport DECIMAL_ROOM, Pack
from redpoll.native.record cimport Record
from redpoll.native.sorted_index cimport Index
from redpoll.native.sorted_node cimport Bound, Node
from redpoll.native.table cimport Table

cdef enum:
    # What setting a score did.
    SAME = 0
    CHANGED = 1
    ADDED = 2

cdef struct Large:
    Table table                # from member to record, whose value is the score
    Index index                # the same records in order
    size_t record_bytes        # of all records
    uint64_t freed_buckets     # of the table of a set that is being freed

cdef struct SortedSet:
    Pack pack                  # members and scores in turn, in order; large: `data` points to a Large, `size` is 0

cdef struct Element:
    const char* text           # of the member; valid until the set changes or the next step
    size_t size
    double score
    char room[DECIMAL_ROOM]

cdef struct Walk:              # along a section of a set, forwards or backwards
    SortedSet* owner
    uint64_t rank              # of the next element
    uint64_t left              # elements to come
    bint backwards
    uint32_t at                # of the next element in the pack, or in the leaf
    Node* leaf                 # NULL: look for it

cdef inline bint is_large(SortedSet* z) noexcept nogil:
    return z.pack.size == 0

cdef inline Large* large_of(SortedSet* z) noexcept nogil:
    return <Large*>z.pack.data

cdef inline uint64_t sorted_set_count(SortedSet* z) noexcept nogil:
    return large_of(z).index.count if is_large(z) else z.pack.count >> 1

cdef bint sorted_set_free_step(SortedSet* z, int budget) noexcept nogil
cdef void sorted_set_release(SortedSet* z) noexcept nogil
cdef size_t sorted_set_bytes(SortedSet* z) noexcept nogil
cdef int sorted_set_convert(SortedSet* z, uint64_t count) except -1 nogil
cdef bint sorted_set_score(SortedSet* z, const char* member, size_t size, double* score) noexcept nogil
cdef int sorted_set_put(
    SortedSet* z, const char* member, size_t size, double score, int64_t entries_max, int64_t value_max
) except -1 nogil
cdef bint sorted_set_delete(SortedSet* z, const char* member, size_t size) noexcept nogil
cdef void sorted_set_delete_section(SortedSet* z, uint64_t start, uint64_t count) noexcept nogil
cdef int64_t sorted_set_rank(SortedSet* z, const char* member, size_t size, double* score) noexcept nogil
cdef uint64_t sorted_set_before(SortedSet* z, Bound* bound) noexcept nogil
cdef void sorted_set_walk(SortedSet* z, Walk* w, uint64_t start, uint64_t count, bint backwards) noexcept nogil
cdef bint sorted_set_next(Walk* w, Element* e) noexcept nogil
cdef int sorted_set_check(SortedSet* z) except -1
