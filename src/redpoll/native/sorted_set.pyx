"""Sorted sets: a listpack of members and scores while small, then a table of records and their order.

A record holds a member and its score; the table finds it by member, the index by score or rank. Everything here works
on C structs without the GIL.
"""

from cpython.bytes cimport PyBytes_AS_STRING
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcmp
from os import urandom

from redpoll.native.bits cimport load64, next_random, unlikely
from redpoll.native.doubles cimport DOUBLE_ROOM, read_double, write_double
from redpoll.native.listpack cimport (
    DECIMAL_ROOM, PACK_HEADER, Pack, pack_bytes, pack_check, pack_delete, pack_end, pack_find, pack_get, pack_insert,
    pack_integer, pack_next, pack_previous, pack_release, pack_seek)
from redpoll.native.memory cimport mem_alloc, mem_free, mem_usable
from redpoll.native.record cimport Record, TYPE_ZSET, record_bytes, record_key, record_key_size, record_new
from redpoll.native.sorted_index cimport (
    index_before, index_check, index_free_step, index_insert, index_leaf, index_rank, index_release, index_remove,
    index_remove_at, index_rescore)
from redpoll.native.sorted_node cimport (
    MEMBER_BELOW, SCORE_UPTO, leaf_record, record_score, record_set_score)
from redpoll.native.table cimport (
    Bucket, ENTRIES, HAS_CHILD, table_check, table_drop_pages, table_find, table_hash, table_init, table_insert,
    table_release, table_remove, table_reserve, table_step)

cdef enum:
    BUCKET_BYTES = 64
    # What a bucket holds on the average.
    BUCKET_BLOCKS = 4

# Where tables take their hash seeds from.
cdef uint64_t random_state = load64(PyBytes_AS_STRING(urandom(8)))


# ---- the table

cdef inline Record* find(Large* large, const char* member, size_t size) noexcept nogil:
    cdef void** slot = table_find(&large.table, member, size, table_hash(&large.table, member, size))
    return NULL if slot is NULL else <Record*>slot[0]


cdef void drop(Large* large, Record* r) noexcept nogil:
    """Take a record, which is out of the index, out of the table too, and free it."""
    cdef uint64_t h = table_hash(&large.table, record_key(r), record_key_size(r))
    table_remove(&large.table, table_find(&large.table, record_key(r), record_key_size(r), h), h)
    large.record_bytes -= mem_usable(record_bytes(r))
    mem_free(r, record_bytes(r))


cdef bint add(Large* large, const char* member, size_t size, double score) noexcept nogil:
    """Add a member that is not there; False without memory."""
    cdef Record* r = record_new(TYPE_ZSET, 0, member, size, sizeof(double))
    if unlikely(r is NULL):
        return False
    record_set_score(r, score)
    if unlikely(not table_insert(&large.table, table_hash(&large.table, member, size), r)):
        mem_free(r, record_bytes(r))
        return False
    large.record_bytes += mem_usable(record_bytes(r))
    if unlikely(not index_insert(&large.index, r)):
        drop(large, r)
        return False
    return True


cdef void chain_free(Bucket* b) noexcept nogil:
    """Free the records and children of a bucket."""
    cdef Bucket* child
    cdef bint is_child = False
    cdef int i
    while b is not NULL:
        child = <Bucket*>b.entries[6] if b.meta & HAS_CHILD else NULL
        for i in range(ENTRIES):
            if (b.meta >> i) & 1:
                mem_free(b.entries[i], record_bytes(<Record*>b.entries[i]))
        if is_child:
            mem_free(b, BUCKET_BYTES)
        is_child = True
        b = child


cdef void large_free(Large* large) noexcept nogil:
    cdef int which
    cdef uint64_t i
    index_release(&large.index)
    for which in range(2):
        if large.table.buckets[which] is not NULL:
            for i in range(large.freed_buckets if which == 0 else 0, large.table.mask[which] + 1):
                chain_free(&large.table.buckets[which][i])
    if large.table.buckets[0] is not NULL:
        table_release(&large.table)
    mem_free(large, sizeof(Large))


cdef Large* large_new(uint64_t count) except NULL nogil:
    cdef Large* large = <Large*>mem_alloc(sizeof(Large))
    if large is NULL:
        with gil:
            raise MemoryError
    large.table.buckets[0] = NULL
    large.table.buckets[1] = NULL
    large.index.root = NULL
    large.index.level = 0
    large.index.count = 0
    large.index.node_bytes = 0
    large.record_bytes = 0
    large.freed_buckets = 0
    table_init(&large.table, next_random(&random_state), next_random(&random_state))
    table_reserve(&large.table, count)
    return large


# ---- the listpack

cdef inline double pack_score(Pack* p, uint32_t at) noexcept nogil:
    """The score in an entry."""
    cdef int64_t whole
    cdef size_t size
    cdef char room[DECIMAL_ROOM]
    cdef const char* text
    if pack_integer(p, at, &whole):
        return <double>whole
    text = pack_get(p, at, &size, room)
    return read_double(text, size)


cdef inline int compare(const char* a, size_t a_size, const char* b, size_t b_size) noexcept nogil:
    cdef int order = memcmp(a, b, a_size if a_size < b_size else b_size)
    if order:
        return order
    return -1 if a_size < b_size else a_size > b_size


cdef uint32_t pack_place(Pack* p, const char* member, size_t size, double score) noexcept nogil:
    """Where a member with a score goes."""
    cdef uint32_t at = PACK_HEADER
    cdef double other
    cdef size_t other_size
    cdef char room[DECIMAL_ROOM]
    cdef const char* text
    while at < pack_end(p):
        other = pack_score(p, pack_next(p, at))
        if other > score:
            return at
        if other == score:
            text = pack_get(p, at, &other_size, room)
            if compare(text, other_size, member, size) > 0:
                return at
        at = pack_next(p, pack_next(p, at))
    return at


cdef int pack_add(Pack* p, const char* member, size_t size, double score) except -1 nogil:
    """Enter a member that is not there. A listpack knows whole numbers only as integers, so no negative zero."""
    cdef char room[DOUBLE_ROOM]
    cdef uint32_t at = pack_place(p, member, size, score)
    if pack_insert(p, at, member, size):
        if pack_insert(p, pack_next(p, at), room, write_double(room, score + 0.0)):
            return 0
        pack_delete(p, at, 1)
    with gil:
        raise MemoryError


# ---- the set as a whole

cdef void sorted_set_release(SortedSet* z) noexcept nogil:
    """Free everything."""
    if is_large(z):
        if z.pack.data is not NULL:
            large_free(large_of(z))
            z.pack.data = NULL
    else:
        pack_release(&z.pack)


cdef bint sorted_set_free_step(SortedSet* z, int budget) noexcept nogil:
    """Free about `budget` blocks of a set nobody can reach any more; False when the rest is quickly released."""
    cdef Large* large = large_of(z)
    cdef uint64_t size
    if not is_large(z):
        return False
    size = large.table.mask[0] + 1
    if large.table.rehash >= 0:
        table_step(&large.table)
        return True
    budget = index_free_step(&large.index, budget)
    while budget > 0 and large.freed_buckets < size:
        chain_free(&large.table.buckets[0][large.freed_buckets])
        large.table.buckets[0][large.freed_buckets].meta = 0
        large.freed_buckets += 1
        table_drop_pages(&large.table, 0, large.freed_buckets)
        budget -= BUCKET_BLOCKS
    return large.freed_buckets < size


cdef size_t sorted_set_bytes(SortedSet* z) noexcept nogil:
    """Bytes taken."""
    cdef Large* large = large_of(z)
    cdef uint64_t buckets
    if not is_large(z):
        return pack_bytes(&z.pack)
    buckets = large.table.mask[0] + 1 + large.table.child_count
    if large.table.rehash >= 0:
        buckets += large.table.mask[1] + 1
    return mem_usable(sizeof(Large)) + buckets * BUCKET_BYTES + large.record_bytes + large.index.node_bytes


cdef int sorted_set_convert(SortedSet* z, uint64_t count) except -1 nogil:
    """Move from the listpack to a table with room for so many members; nothing changes without memory."""
    cdef Large* large = large_new(count)
    cdef Walk w
    cdef Element e
    sorted_set_walk(z, &w, 0, sorted_set_count(z), False)
    while sorted_set_next(&w, &e):
        if not add(large, e.text, e.size, e.score):
            large_free(large)
            with gil:
                raise MemoryError
    pack_release(&z.pack)
    z.pack.data = <char*>large
    z.pack.size = 0
    return 0


cdef bint sorted_set_score(SortedSet* z, const char* member, size_t size, double* score) noexcept nogil:
    """The score of a member; False if it is not there."""
    cdef Record* r
    cdef uint32_t at
    if is_large(z):
        r = find(large_of(z), member, size)
        if r is NULL:
            return False
        score[0] = record_score(r)
        return True
    at = pack_find(&z.pack, PACK_HEADER, member, size, 1)
    if not at:
        return False
    score[0] = pack_score(&z.pack, pack_next(&z.pack, at))
    return True


cdef int sorted_set_put(
    SortedSet* z, const char* member, size_t size, double score, int64_t entries_max, int64_t value_max
) except -1 nogil:
    """Give a member a score: ADDED, CHANGED or SAME. A listpack that a new member exceeds becomes a table."""
    cdef Record* r
    cdef uint32_t at
    if not is_large(z):
        at = pack_find(&z.pack, PACK_HEADER, member, size, 1)
        if at:
            if pack_score(&z.pack, pack_next(&z.pack, at)) == score:
                return SAME
            pack_delete(&z.pack, at, 2)
            pack_add(&z.pack, member, size, score)
            return CHANGED
        if <int64_t>(z.pack.count >> 1) < entries_max and <int64_t>size <= value_max:
            pack_add(&z.pack, member, size, score)
            return ADDED
        sorted_set_convert(z, (z.pack.count >> 1) + 1)
    r = find(large_of(z), member, size)
    if r is NULL:
        if unlikely(not add(large_of(z), member, size, score)):
            with gil:
                raise MemoryError
        return ADDED
    if record_score(r) == score:
        return SAME
    if unlikely(not index_rescore(&large_of(z).index, r, score)):
        drop(large_of(z), r)
        with gil:
            raise MemoryError
    return CHANGED


cdef bint sorted_set_delete(SortedSet* z, const char* member, size_t size) noexcept nogil:
    """Take a member out; False if it is not there."""
    cdef Record* r
    cdef uint32_t at
    if is_large(z):
        r = find(large_of(z), member, size)
        if r is NULL:
            return False
        index_remove(&large_of(z).index, r)
        drop(large_of(z), r)
        return True
    at = pack_find(&z.pack, PACK_HEADER, member, size, 1)
    if at:
        pack_delete(&z.pack, at, 2)
    return at != 0


cdef void sorted_set_delete_section(SortedSet* z, uint64_t start, uint64_t count) noexcept nogil:
    """Take members out from a rank on; there must be as many."""
    cdef uint64_t _i
    if not is_large(z):
        pack_delete(&z.pack, pack_seek(&z.pack, <uint32_t>start * 2), <uint32_t>count * 2)
        return
    for _i in range(count):
        drop(large_of(z), index_remove_at(&large_of(z).index, start))


cdef int64_t sorted_set_rank(SortedSet* z, const char* member, size_t size, double* score) noexcept nogil:
    """The rank of a member, and its score; -1 if it is not there."""
    cdef Record* r
    cdef uint32_t at, found
    cdef int64_t rank = 0
    if is_large(z):
        r = find(large_of(z), member, size)
        if r is NULL:
            return -1
        score[0] = record_score(r)
        return <int64_t>index_rank(&large_of(z).index, r)
    found = pack_find(&z.pack, PACK_HEADER, member, size, 1)
    if not found:
        return -1
    at = PACK_HEADER
    while at != found:
        at = pack_next(&z.pack, pack_next(&z.pack, at))
        rank += 1
    score[0] = pack_score(&z.pack, pack_next(&z.pack, found))
    return rank


cdef uint64_t sorted_set_before(SortedSet* z, Bound* bound) noexcept nogil:
    """How many members stand before a bound by score or by member."""
    cdef uint32_t at = PACK_HEADER
    cdef uint64_t rank = 0
    cdef double score
    cdef size_t size
    cdef char room[DECIMAL_ROOM]
    cdef const char* text
    if is_large(z):
        return index_before(&large_of(z).index, bound)
    while at < pack_end(&z.pack):
        if bound.mode >= MEMBER_BELOW:
            text = pack_get(&z.pack, at, &size, room)
            if compare(text, size, bound.text, bound.size) >= (bound.mode & 1):
                return rank
        else:
            score = pack_score(&z.pack, pack_next(&z.pack, at))
            if score > bound.score or (score == bound.score and bound.mode != SCORE_UPTO):
                return rank
        at = pack_next(&z.pack, pack_next(&z.pack, at))
        rank += 1
    return rank


# ---- walking

cdef void sorted_set_walk(SortedSet* z, Walk* w, uint64_t start, uint64_t count, bint backwards) noexcept nogil:
    """Begin a walk over `count` elements from a rank on (backwards: to lower ranks); they must exist."""
    w.owner = z
    w.rank = start
    w.left = count
    w.backwards = backwards
    w.leaf = NULL
    if count and not is_large(z):
        w.at = pack_seek(&z.pack, <uint32_t>start * 2)


cdef bint sorted_set_next(Walk* w, Element* e) noexcept nogil:
    """The next element of a walk; False at its end."""
    cdef Record* r
    cdef Pack* p = &w.owner.pack
    if w.left == 0:
        return False
    w.left -= 1
    if not is_large(w.owner):
        e.text = pack_get(p, w.at, &e.size, e.room)
        e.score = pack_score(p, pack_next(p, w.at))
        if w.left:
            w.at = pack_previous(p, pack_previous(p, w.at)) if w.backwards else pack_next(p, pack_next(p, w.at))
        return True
    if w.leaf is NULL:
        w.leaf = index_leaf(&large_of(w.owner).index, w.rank, &w.at)
    r = leaf_record(w.leaf, w.at)
    e.text = record_key(r)
    e.size = record_key_size(r)
    e.score = record_score(r)
    if w.backwards:
        w.rank -= 1
        if w.at == 0:
            w.leaf = NULL
        else:
            w.at -= 1
    else:
        w.rank += 1
        w.at += 1
        if w.at == w.leaf.count:
            w.leaf = NULL
    return True


cdef int sorted_set_check(SortedSet* z) except -1:
    """Verify every invariant; raises AssertionError."""
    cdef Large* large = large_of(z)
    cdef Walk w
    cdef Element e
    cdef Record* r
    cdef size_t used = 0
    cdef double last = float("-inf")
    if not is_large(z):
        pack_check(&z.pack)
        assert z.pack.count % 2 == 0, "each member has a score"
    else:
        table_check(&large.table)
        index_check(&large.index)
        assert large.table.used == large.index.count, "table and index hold the same records"
    sorted_set_walk(z, &w, 0, sorted_set_count(z), False)
    while sorted_set_next(&w, &e):
        assert e.score >= last, "scores are in order"
        last = e.score
        if is_large(z):
            r = find(large, e.text, e.size)
            assert r is not NULL and record_key(r) == e.text, "a record of the index is in the table"
            used += mem_usable(record_bytes(r))
    assert not is_large(z) or used == large.record_bytes, "record_bytes counts the records"
    return 0
