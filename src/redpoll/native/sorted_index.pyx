"""The order of a sorted set: a counted B+ tree over the records that its hash table holds.

A leaf has up to 42 entries of twelve bytes: a pointer to the record, and before it the upper half of its score, so
that most comparisons need not look at the record. An inner node keeps for each child how many records are below, and
the first of them; so a rank is a sum along one path. Blocks grow and shrink with what they hold. See
docs/sorted_index.md.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport uint16_t, uint32_t, uint64_t, uintptr_t
from libc.string cimport memcpy
from redpoll.native.bits cimport unlikely
from redpoll.native.memory cimport mem_free
from redpoll.native.record cimport (
    Record, TYPE_ZSET, record_bytes, record_key, record_key_size, record_new)
from redpoll.native.sorted_node cimport (
    Bound, Node, PAIR_BELOW, PAIR_UPTO, bound_of, entry_at, entry_bytes, inner_child, is_before, leaf_before, leaf_put,
    leaf_record, node_check, node_close, node_fit, node_free, node_max, node_new, node_open, node_release, node_trim,
    prefetch_leaf,
    record_score, record_set_score, slot_at, slot_fill)


cdef inline void place(Index* t, Path* p, uint32_t level, Node* n) noexcept nogil:
    """A node of a path may have moved: enter it where it is referred to."""
    p.node[level] = n
    if level == t.level:
        t.root = n
    else:
        slot_at(p.node[level + 1], p.at[level + 1]).child = n


cdef inline void place_root(Index* t, Path* p, Node* n) noexcept nogil:
    t.root = n
    t.level = n.level
    p.node[n.level] = n


# ---- inserting

cdef bint grow_root(Index* t, Path* p) noexcept nogil:
    """Put an inner node above a full root."""
    cdef Node* old = t.root
    cdef Node* n = node_new(&t.node_bytes, old.level + 1, 1)
    if unlikely(n is NULL):
        return False
    slot_fill(slot_at(n, 0), old)
    place_root(t, p, n)
    return True


cdef bint split_child(Index* t, Path* p, uint32_t level, bint at_end) noexcept nogil:
    """Split the full child where a path goes down from `level`; at the end of all, so that the left part stays full."""
    cdef uint32_t at = p.at[level], keep
    cdef Node* parent = p.node[level]
    cdef Node* left = slot_at(parent, at).child
    cdef Node* right
    keep = left.count - 1 if at_end else left.count // 2
    right = node_new(&t.node_bytes, left.level, left.count - keep)
    if unlikely(right is NULL):
        return False
    memcpy(entry_at(right, 0), entry_at(left, keep), right.count * entry_bytes(left))
    parent = node_fit(&t.node_bytes, parent, parent.count + 1) if parent.count == parent.capacity else parent
    if unlikely(parent is NULL):
        node_free(&t.node_bytes, right)
        return False
    place(t, p, level, parent)
    left.count = <uint16_t>keep
    node_open(parent, at + 1)
    slot_fill(slot_at(parent, at + 1), right)
    slot_at(parent, at).count -= slot_at(parent, at + 1).count
    slot_at(parent, at).child = node_trim(&t.node_bytes, left)
    return True


cdef inline bint is_after_all(Node* n, Bound* bound) noexcept nogil:
    """Whether a bound is behind the last entry of a node (behind its last child's first record, in an inner one)."""
    cdef Record* last = slot_at(n, n.count - 1).first if n.level else leaf_record(n, n.count - 1)
    return is_before(last, record_score(last), bound)


cdef bint descend_to_insert(Index* t, Path* p, Bound* bound) noexcept nogil:
    """The path to where a new record goes, full nodes being split on the way; False without memory."""
    cdef uint32_t level
    cdef bint last = True
    cdef Node* n = t.root
    cdef Node* child
    p.node[n.level] = n
    if n.count == node_max(n) and not grow_root(t, p):
        return False
    level = t.level
    while level:
        n = p.node[level]
        p.at[level] = inner_child(n, bound)
        last = last and p.at[level] + 1 == n.count
        child = slot_at(n, p.at[level]).child
        if child.count == node_max(child):
            if not split_child(t, p, level, last and is_after_all(child, bound)):
                return False
            n = p.node[level]
            p.at[level] += is_before(slot_at(n, p.at[level] + 1).first, slot_at(n, p.at[level] + 1).score, bound)
            child = slot_at(n, p.at[level]).child
        level -= 1
        if level == 0:
            prefetch_leaf(child)
        p.node[level] = child
    return True


cdef void raise_first(Index* t, Path* p, uint32_t level, Record* first) noexcept nogil:
    """The first record below a path's node of `level` is another one: tell the nodes above that keep it."""
    while level < t.level:
        level += 1
        slot_at(p.node[level], p.at[level]).first = first
        slot_at(p.node[level], p.at[level]).score = record_score(first)
        if p.at[level]:
            return


cdef bint index_insert(Index* t, Record* r) noexcept nogil:
    """Enter a record whose score is set and whose member is not there; False without memory."""
    cdef Path p
    cdef Bound bound
    cdef Node* leaf
    cdef uint32_t level
    if t.root is NULL:
        t.root = node_new(&t.node_bytes, 0, 0)
        if t.root is NULL:
            return False
    bound_of(&bound, r, PAIR_BELOW)
    if unlikely(not descend_to_insert(t, &p, &bound)):
        return False
    leaf = p.node[0]
    if leaf.count == leaf.capacity:
        leaf = node_fit(&t.node_bytes, leaf, leaf.count + 1)
        if unlikely(leaf is NULL):
            return False
        place(t, &p, 0, leaf)
    p.at[0] = leaf_before(leaf, &bound)
    node_open(leaf, p.at[0])
    leaf_put(leaf, p.at[0], r)
    for level in range(1, t.level + 1):
        slot_at(p.node[level], p.at[level]).count += 1
    if p.at[0] == 0:
        raise_first(t, &p, 0, r)
    t.count += 1
    return True


# ---- removing

cdef void find_path(Index* t, Path* p, Record* r) noexcept nogil:
    """The path to a record that is there."""
    cdef Bound bound
    cdef Node* n = t.root
    bound_of(&bound, r, PAIR_UPTO)
    while n.level:
        p.node[n.level] = n
        p.at[n.level] = inner_child(n, &bound)
        if n.level == 1:
            prefetch_leaf(slot_at(n, p.at[1]).child)
        n = slot_at(n, p.at[n.level]).child
    p.node[0] = n
    p.at[0] = leaf_before(n, &bound) - 1


cdef void rank_path(Index* t, Path* p, uint64_t rank) noexcept nogil:
    """The path to the record of a rank that exists."""
    cdef Node* n = t.root
    cdef uint32_t i
    while n.level:
        i = 0
        while rank >= slot_at(n, i).count:
            rank -= slot_at(n, i).count
            i += 1
        p.node[n.level] = n
        p.at[n.level] = i
        n = slot_at(n, i).child
    p.node[0] = n
    p.at[0] = <uint32_t>rank


cdef bint join(Index* t, Node* parent, uint32_t at) noexcept nogil:
    """Join a child with the one behind it if both fit well into one; whether it was done."""
    cdef Node* left = slot_at(parent, at).child
    cdef Node* right = slot_at(parent, at + 1).child
    cdef uint32_t count = left.count + right.count
    if count > node_max(left) - (node_max(left) >> 2):
        return False
    left = node_fit(&t.node_bytes, left, count)
    if unlikely(left is NULL):
        return False
    memcpy(entry_at(left, left.count), entry_at(right, 0), right.count * entry_bytes(right))
    left.count = <uint16_t>count
    slot_at(parent, at).child = left
    slot_at(parent, at).count += slot_at(parent, at + 1).count
    node_close(parent, at + 1)
    node_free(&t.node_bytes, right)
    return True


cdef void settle(Index* t, Path* p, uint32_t level) noexcept nogil:
    """A node lost an entry: join it with a neighbour if it is small, or let its block shrink."""
    cdef Node* n
    cdef Node* parent
    cdef uint32_t at
    while level < t.level:
        n = p.node[level]
        parent = p.node[level + 1]
        at = p.at[level + 1]
        if n.count == 0:
            node_close(parent, at)
            node_free(&t.node_bytes, n)
            if at == 0 and parent.count:
                raise_first(t, p, level + 1, slot_at(parent, 0).first)
        elif n.count >= node_max(n) // 3 or not (
                (at and join(t, parent, at - 1)) or (at + 1 < parent.count and join(t, parent, at))):
            place(t, p, level, node_trim(&t.node_bytes, n))
            return
        level += 1
    place_root(t, p, node_trim(&t.node_bytes, t.root))
    while t.level and t.root.count == 1:
        n = t.root
        t.root = slot_at(n, 0).child
        t.level -= 1
        node_free(&t.node_bytes, n)


cdef void remove_path(Index* t, Path* p) noexcept nogil:
    """Take the record at the end of a path out."""
    cdef Node* leaf = p.node[0]
    cdef uint32_t level
    node_close(leaf, p.at[0])
    t.count -= 1
    if t.count == 0:
        index_release(t)
        return
    for level in range(1, t.level + 1):
        slot_at(p.node[level], p.at[level]).count -= 1
    if p.at[0] == 0 and leaf.count:
        raise_first(t, p, 0, leaf_record(leaf, 0))
    settle(t, p, 0)


cdef void index_remove(Index* t, Record* r) noexcept nogil:
    """Take a record out that is there, its score unchanged."""
    cdef Path p
    find_path(t, &p, r)
    remove_path(t, &p)


cdef Record* index_remove_at(Index* t, uint64_t rank) noexcept nogil:
    """Take the record of a rank that exists out."""
    cdef Path p
    cdef Record* r
    rank_path(t, &p, rank)
    r = leaf_record(p.node[0], p.at[0])
    remove_path(t, &p)
    return r


cdef bint index_rescore(Index* t, Record* r, double score) noexcept nogil:
    """Give a record another score; without memory False, and it is out of the index."""
    cdef Path p
    cdef Bound bound
    cdef Node* leaf
    cdef Record* neighbour
    bound_of(&bound, r, PAIR_BELOW)
    bound.score = score
    find_path(t, &p, r)
    leaf = p.node[0]
    if 0 < p.at[0] < <uint32_t>leaf.count - 1:  # among its neighbours in the leaf it may stay
        neighbour = leaf_record(leaf, p.at[0] - 1)
        if is_before(neighbour, record_score(neighbour), &bound):
            neighbour = leaf_record(leaf, p.at[0] + 1)
            if not is_before(neighbour, record_score(neighbour), &bound):
                record_set_score(r, score)
                leaf_put(leaf, p.at[0], r)
                return True
    remove_path(t, &p)
    record_set_score(r, score)
    return index_insert(t, r)


# ---- asking

cdef uint64_t index_before(Index* t, Bound* bound) noexcept nogil:
    """How many records stand before a bound."""
    cdef Node* n = t.root
    cdef uint64_t total = 0
    cdef uint32_t i, at
    if n is NULL:
        return 0
    while n.level:
        at = inner_child(n, bound)
        if n.level == 1:
            prefetch_leaf(slot_at(n, at).child)
        for i in range(at):
            total += slot_at(n, i).count
        n = slot_at(n, at).child
    return total + leaf_before(n, bound)


cdef uint64_t index_rank(Index* t, Record* r) noexcept nogil:
    """The rank of a record that is there."""
    cdef Bound bound
    bound_of(&bound, r, PAIR_BELOW)
    return index_before(t, &bound)


cdef Node* index_leaf(Index* t, uint64_t rank, uint32_t* at) noexcept nogil:
    """The leaf of a rank that exists, and the entry there."""
    cdef Node* n = t.root
    cdef uint32_t i
    while n.level:
        i = 0
        while rank >= slot_at(n, i).count:
            rank -= slot_at(n, i).count
            i += 1
        n = slot_at(n, i).child
    at[0] = <uint32_t>rank
    return n


cdef void index_release(Index* t) noexcept nogil:
    """Free all nodes; the records are the caller's."""
    if t.root is not NULL:
        node_release(&t.node_bytes, t.root)
    t.root = NULL
    t.level = 0
    t.count = 0


cdef int index_free_step(Index* t, int budget) noexcept nogil:
    """Free up to `budget` nodes of an index that nobody uses any more, from the end; what is left of the budget."""
    cdef Node* n
    cdef Node* parent
    while budget > 0 and t.root is not NULL:
        parent = NULL
        n = t.root
        while n.level and n.count:
            parent = n
            n = slot_at(n, n.count - 1).child
        if parent is NULL:
            t.root = NULL
        else:
            parent.count -= 1
        node_free(&t.node_bytes, n)
        budget -= 1
    return budget


# ---- checking

cdef int index_check(Index* t) except -1:
    """Verify order, counts, firsts, hints and sizes; raises AssertionError."""
    cdef size_t used = 0
    cdef Record* last = NULL
    if t.root is NULL:
        assert t.count == 0 and t.node_bytes == 0, "an empty index has no nodes"
        return 0
    assert t.count == node_check(t.root, &used, &last), "count counts the records"
    assert t.root.level == t.level, "the level of the root is at hand"
    assert t.level == 0 or t.root.count > 1, "a root with one child is not kept"
    assert used == t.node_bytes, "node_bytes counts the blocks"
    return 0


cdef class SortedIndex:
    """The index on its own, its records found through a dict, for tests and measurements."""

    cdef Index t
    cdef dict records

    def __init__(self) -> None:
        self.records = {}

    def __dealloc__(self):
        cdef Record* r
        index_release(&self.t)
        if self.records is not None:
            for address in self.records.values():
                r = <Record*><uintptr_t>address
                mem_free(r, record_bytes(r))

    def __len__(self) -> int:
        return self.t.count

    def set(self, bytes member not None, double score) -> None:
        """Give a member a score."""
        cdef Record* r
        if member in self.records:
            if not index_rescore(&self.t, <Record*><uintptr_t>self.records[member], score):
                raise MemoryError
            return
        r = record_new(TYPE_ZSET, 0, PyBytes_AS_STRING(member), PyBytes_GET_SIZE(member), sizeof(double))
        record_set_score(r, score)
        if not index_insert(&self.t, r):
            raise MemoryError
        self.records[member] = <uintptr_t>r

    def delete(self, bytes member not None) -> None:
        """Take a member out that is there."""
        cdef Record* r = <Record*><uintptr_t>self.records.pop(member)
        index_remove(&self.t, r)
        mem_free(r, record_bytes(r))

    def delete_at(self, uint64_t rank) -> bytes:
        """Take the member of a rank out; which one it was."""
        cdef Record* r
        if rank >= self.t.count:
            raise IndexError(rank)
        r = index_remove_at(&self.t, rank)
        member = PyBytes_FromStringAndSize(record_key(r), record_key_size(r))
        del self.records[member]
        mem_free(r, record_bytes(r))
        return member

    def rank(self, bytes member not None) -> int:
        """How many members stand before one that is there."""
        return index_rank(&self.t, <Record*><uintptr_t>self.records[member])

    def before(self, int mode, double score, bytes member not None) -> int:
        """How many members stand before a bound: modes as in sorted_index.pxd."""
        cdef Bound bound = Bound(mode, score, PyBytes_AS_STRING(member), PyBytes_GET_SIZE(member))
        return index_before(&self.t, &bound)

    def section(self, uint64_t start, uint64_t count) -> list:
        """Members with their scores from a rank on."""
        cdef Node* leaf
        cdef Record* r
        cdef uint32_t at
        cdef list found = []
        while count and start < self.t.count:
            leaf = index_leaf(&self.t, start, &at)
            while count and at < leaf.count:
                r = leaf_record(leaf, at)
                found.append((PyBytes_FromStringAndSize(record_key(r), record_key_size(r)), record_score(r)))
                at += 1
                start += 1
                count -= 1
        return found

    def stats(self) -> dict:
        """Levels, and bytes of all nodes."""
        return {"levels": self.t.level + 1 if self.t.root is not NULL else 0, "node_bytes": self.t.node_bytes}

    def check(self) -> None:
        """Verify every invariant; raises AssertionError."""
        index_check(&self.t)
