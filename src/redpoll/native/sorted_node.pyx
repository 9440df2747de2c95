"""Nodes of the sorted index: blocks that grow and shrink with what they hold.

A leaf's entry is a pointer to a record, and before it the upper half of its score; an inner node's is a child, how
many records are below it, the first of them and its score. `used` counts the bytes of all blocks.
"""

from libc.stdint cimport uint16_t, uint32_t, uint64_t
from redpoll.native.bits cimport load32, unlikely
from redpoll.native.memory cimport mem_alloc, mem_free, mem_resize, mem_usable
from redpoll.native.record cimport Record


cdef inline uint32_t rounded(uint32_t level, uint32_t count) noexcept nogil:
    """The capacity of a block for so many entries."""
    if level:
        return (count + INNER_STEP - 1) // INNER_STEP * INNER_STEP
    count = (count + LEAF_STEP - 1) // LEAF_STEP * LEAF_STEP
    return count if count < LEAF_MAX else <uint32_t>LEAF_MAX


cdef Node* node_new(size_t* used, uint32_t level, uint32_t count) noexcept nogil:
    cdef uint32_t capacity = rounded(level, count)
    cdef Node* n = <Node*>mem_alloc(block_bytes(level, capacity))
    if unlikely(n is NULL):
        return NULL
    n.count = <uint16_t>count
    n.capacity = <uint16_t>capacity
    n.level = level
    used[0] += mem_usable(block_bytes(level, capacity))
    return n


cdef void node_free(size_t* used, Node* n) noexcept nogil:
    used[0] -= mem_usable(block_bytes(n.level, n.capacity))
    mem_free(n, block_bytes(n.level, n.capacity))


cdef Node* node_fit(size_t* used, Node* n, uint32_t count) noexcept nogil:
    """The node in a block for so many entries; NULL without memory (the node stays)."""
    cdef uint32_t capacity = rounded(n.level, count)
    cdef size_t old_bytes = block_bytes(n.level, n.capacity), bytes = block_bytes(n.level, capacity)
    cdef Node* moved
    if capacity == n.capacity:
        return n
    moved = <Node*>mem_resize(n, old_bytes, bytes)
    if unlikely(moved is NULL):
        return NULL
    moved.capacity = <uint16_t>capacity
    used[0] += mem_usable(bytes)
    used[0] -= mem_usable(old_bytes)
    return moved


cdef Node* node_trim(size_t* used, Node* n) noexcept nogil:
    """The node in a smaller block, if much of its own is unused."""
    cdef Node* moved
    if n.count + 2 * (INNER_STEP if n.level else LEAF_STEP) > n.capacity:
        return n
    moved = node_fit(used, n, n.count)
    return n if moved is NULL else moved


cdef void slot_fill(Slot* slot, Node* child) noexcept nogil:
    """Write what an inner node keeps about a child."""
    cdef uint32_t i
    slot.child = child
    if child.level == 0:
        slot.count = child.count
        slot.first = leaf_record(child, 0)
        slot.score = record_score(slot.first)
        return
    slot.count = 0
    for i in range(child.count):
        slot.count += slot_at(child, i).count
    slot.first = slot_at(child, 0).first
    slot.score = slot_at(child, 0).score


cdef void node_release(size_t* used, Node* n) noexcept nogil:
    cdef uint32_t i
    if n.level:
        for i in range(n.count):
            node_release(used, slot_at(n, i).child)
    node_free(used, n)


cdef uint64_t node_check(Node* n, size_t* used, Record** last) except? 0:
    cdef uint64_t total = 0, below
    cdef uint32_t i
    cdef Slot* slot
    used[0] += mem_usable(block_bytes(n.level, n.capacity))
    assert 0 < n.count <= n.capacity <= node_max(n), "a node is neither empty nor too full"
    assert n.capacity - n.count < 2 * (INNER_STEP if n.level else LEAF_STEP) + 1, "a block is not much too large"
    if n.level == 0:
        check_leaf(n, last)
        return n.count
    for i in range(n.count):
        slot = slot_at(n, i)
        assert slot.child.level == n.level - 1, "all leaves are at one level"
        assert slot.first == first_below(slot.child), "first is the first record below"
        assert slot.score == record_score(slot.first), "its score is at hand"
        below = node_check(slot.child, used, last)
        assert slot.count == below, "a slot counts the records below"
        total += below
    return total


cdef Record* first_below(Node* n) noexcept nogil:
    while n.level:
        n = slot_at(n, 0).child
    return leaf_record(n, 0)


cdef int check_leaf(Node* leaf, Record** last) except -1:
    cdef uint32_t i
    cdef Record* r
    cdef Bound bound
    for i in range(leaf.count):
        r = leaf_record(leaf, i)
        bound_of(&bound, r, PAIR_BELOW)
        assert load32(entry_at(leaf, i)) == hint_of(record_score(r)), "a hint is of the record's score"
        assert last[0] is NULL or is_before(last[0], record_score(last[0]), &bound), "records are in order"
        last[0] = r
    return 0
