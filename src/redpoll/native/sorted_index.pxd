"""The order-statistics tree over records with scores; see sorted_index.pyx."""

from libc.stdint cimport uint32_t, uint64_t
from redpoll.native.record cimport Record
from redpoll.native.sorted_node cimport Bound, Node

cdef enum:
    # A tree of 2^64 entries with two children each would be as deep; real ones have five levels at most.
    DEPTH_MAX = 64

cdef struct Index:
    Node* root                 # NULL if there are no entries
    uint32_t level             # of the root
    uint64_t count
    size_t node_bytes          # of all nodes, as blocks take them

cdef struct Path:              # from the leaf, at level 0, to the root
    Node* node[DEPTH_MAX]
    uint32_t at[DEPTH_MAX]

cdef bint index_insert(Index* t, Record* r) noexcept nogil
cdef void index_remove(Index* t, Record* r) noexcept nogil
cdef Record* index_remove_at(Index* t, uint64_t rank) noexcept nogil
cdef bint index_rescore(Index* t, Record* r, double score) noexcept nogil
cdef uint64_t index_before(Index* t, Bound* bound) noexcept nogil
cdef uint64_t index_rank(Index* t, Record* r) noexcept nogil
cdef Node* index_leaf(Index* t, uint64_t rank, uint32_t* at) noexcept nogil
cdef void index_release(Index* t) noexcept nogil
cdef int index_free_step(Index* t, int budget) noexcept nogil
cdef int index_check(Index* t) except -1
