"""Nodes of the sorted index: their layout, and comparing what they refer to; see sorted_node.pyx."""

from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memmove
from redpoll.native.bits cimport load32, load64, load_pointer, prefetch, store32, store64, store_pointer
from redpoll.native.record cimport Record, record_key, record_key_size, record_value

cdef enum:
    # A full leaf is a block of 512 bytes, the largest of a slab.
    LEAF_MAX = 42
    LEAF_STEP = 4
    LEAF_ENTRY_BYTES = 12
    INNER_MAX = 30
    INNER_STEP = 2

cdef enum:
    # What a bound keeps apart: records before it by score and member, by score alone, by member alone.
    PAIR_BELOW = 0
    PAIR_UPTO = 1
    SCORE_BELOW = 2
    SCORE_UPTO = 3
    MEMBER_BELOW = 4
    MEMBER_UPTO = 5

cdef struct Node:
    uint16_t count             # entries in use
    uint16_t capacity          # entries the block has room for
    uint32_t level             # 0: a leaf

cdef struct Slot:              # an entry of an inner node
    Node* child
    uint64_t count             # records below
    Record* first              # the first of them, and its score
    double score

cdef struct Bound:
    int mode
    double score
    const char* text
    size_t size

cdef inline double record_score(Record* r) noexcept nogil:
    """The score in the value of a record."""
    cdef uint64_t bits = load64(record_value(r))
    return (<double*>&bits)[0]

cdef inline void record_set_score(Record* r, double score) noexcept nogil:
    store64(record_value(r), load64(&score))

cdef inline uint32_t node_max(Node* n) noexcept nogil:
    return INNER_MAX if n.level else LEAF_MAX

cdef inline size_t entry_bytes(Node* n) noexcept nogil:
    return sizeof(Slot) if n.level else LEAF_ENTRY_BYTES

cdef inline size_t block_bytes(uint32_t level, uint32_t capacity) noexcept nogil:
    return sizeof(Node) + capacity * (sizeof(Slot) if level else <size_t>LEAF_ENTRY_BYTES)

cdef inline char* entry_at(Node* n, uint32_t at) noexcept nogil:
    return <char*>n + sizeof(Node) + at * entry_bytes(n)

cdef inline Slot* slot_at(Node* n, uint32_t at) noexcept nogil:
    return <Slot*>(<char*>n + sizeof(Node)) + at

cdef inline Record* leaf_record(Node* leaf, uint32_t at) noexcept nogil:
    """The record of a leaf's entry."""
    return <Record*>load_pointer(<char*>leaf + sizeof(Node) + at * LEAF_ENTRY_BYTES + 4)

cdef inline uint32_t hint_of(double score) noexcept nogil:
    """The upper half of a score, as a number that orders as the score does."""
    cdef uint64_t bits = 0 if score == 0 else load64(&score)  # both zeros are one
    return <uint32_t>((~bits if bits >> 63 else bits | (<uint64_t>1 << 63)) >> 32)

cdef inline void leaf_put(Node* leaf, uint32_t at, Record* r) noexcept nogil:
    cdef char* entry = <char*>leaf + sizeof(Node) + at * LEAF_ENTRY_BYTES
    store32(entry, hint_of(record_score(r)))
    store_pointer(entry + 4, r)

cdef inline int compare_member(Record* r, Bound* bound) noexcept nogil:
    cdef size_t size = record_key_size(r)
    cdef int order = memcmp(record_key(r), bound.text, size if size < bound.size else bound.size)
    if order:
        return order
    return -1 if size < bound.size else size > bound.size

cdef inline bint is_before(Record* r, double score, Bound* bound) noexcept nogil:
    """Whether a record of this score stands before a bound."""
    cdef int order
    if bound.mode <= SCORE_UPTO:
        if score != bound.score:
            return score < bound.score
        if bound.mode >= SCORE_BELOW:
            return bound.mode == SCORE_UPTO
    order = compare_member(r, bound)
    # The modes that include what is equal are the odd ones.
    return order < (bound.mode & 1)

cdef inline void bound_of(Bound* bound, Record* r, int mode) noexcept nogil:
    bound.mode = mode
    bound.score = record_score(r)
    bound.text = record_key(r)
    bound.size = record_key_size(r)

cdef inline uint32_t leaf_before(Node* leaf, Bound* bound) noexcept nogil:
    """How many entries of a leaf stand before a bound."""
    cdef uint32_t low = 0, high = leaf.count, middle, hint, wanted
    cdef bint scored = bound.mode <= SCORE_UPTO
    cdef bint before
    cdef Record* r
    wanted = hint_of(bound.score) if scored else 0
    while low < high:
        middle = (low + high) >> 1
        hint = load32(entry_at(leaf, middle))
        if scored and hint != wanted:
            before = hint < wanted
        else:
            r = leaf_record(leaf, middle)
            before = is_before(r, record_score(r), bound)
        if before:
            low = middle + 1
        else:
            high = middle
    return low

cdef inline uint32_t inner_child(Node* n, Bound* bound) noexcept nogil:
    """The last child whose first record stands before a bound; the first child if there is none."""
    cdef uint32_t low = 1, high = n.count, middle
    while low < high:
        middle = (low + high) >> 1
        if is_before(slot_at(n, middle).first, slot_at(n, middle).score, bound):
            low = middle + 1
        else:
            high = middle
    return low - 1

cdef inline void prefetch_leaf(Node* n) noexcept nogil:
    """A search will look here and there in a leaf: have all its cache lines come at once."""
    cdef size_t i
    for i in range(0, 512, 64):
        prefetch(<char*>n + i)

cdef inline void node_open(Node* n, uint32_t at) noexcept nogil:
    """Make a gap for an entry; there must be room."""
    memmove(entry_at(n, at + 1), entry_at(n, at), (n.count - at) * entry_bytes(n))
    n.count += 1

cdef inline void node_close(Node* n, uint32_t at) noexcept nogil:
    """Take an entry out."""
    n.count -= 1
    memmove(entry_at(n, at), entry_at(n, at + 1), (n.count - at) * entry_bytes(n))

cdef Node* node_new(size_t* used, uint32_t level, uint32_t count) noexcept nogil
cdef void node_free(size_t* used, Node* n) noexcept nogil
cdef Node* node_fit(size_t* used, Node* n, uint32_t count) noexcept nogil
cdef Node* node_trim(size_t* used, Node* n) noexcept nogil
cdef void node_release(size_t* used, Node* n) noexcept nogil
cdef void slot_fill(Slot* slot, Node* child) noexcept nogil
cdef uint64_t node_check(Node* n, size_t* used, Record** last) except? 0
