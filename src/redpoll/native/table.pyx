"""The hash table: 64-byte buckets of seven records, incremental rehash both ways, cursor scan, fair random.

A bucket is one cache line: seven one-byte tags, a byte of presence bits, seven pointers. A full bucket turns its last
entry into a pointer to a child bucket; chains are compact (only the last bucket of a chain has holes). At six keys per
bucket the table doubles, below one per two buckets it shrinks: the new array is filled bucket by bucket, one per
insert or remove, and the old array's pages are released on the way, so that no operation stops the world. A key is in
exactly one of the two arrays, which its hash tells. See docs/table.md.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t, int64_t
from libc.stdlib cimport abort, calloc, free
from libc.string cimport memset, memcpy
from cpython.bytes cimport PyBytes_FromStringAndSize
from redpoll.native.bits cimport next_random, reverse_bits, thread_cpu_ns
from redpoll.native.memory cimport mem_alloc, mem_free, heap
from redpoll.native.record cimport record_bytes, record_new, record_value, Record, record_key, record_key_size

cdef extern from "sys/mman.h" nogil:
    void* mmap(void*, size_t, int, int, int, long)
    int munmap(void*, size_t)
    int madvise(void*, size_t, int)
    int PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS, MADV_DONTNEED

cdef enum:
    BUCKETS_MIN = 4
    # Arrays from here on are mapped: zeroed lazily and released piecewise.
    MAPPED_BUCKETS_MIN = 16384
    RELEASE_BUCKETS = 4096
    LOAD_MAX = 6
    RANDOM_TRIES_MAX = 4096
    SCAN_CHAIN_MAX = 512


cdef Bucket* array_new(uint64_t count) noexcept nogil:
    cdef void* p
    if count >= MAPPED_BUCKETS_MIN:
        p = mmap(NULL, count * 64, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        if p == <void*>-1:
            return NULL
    else:
        p = calloc(count, 64)
        if p is NULL:
            return NULL
    heap.large_bytes += count * 64
    return <Bucket*>p


cdef void array_free(Bucket* array, uint64_t count) noexcept nogil:
    heap.large_bytes -= count * 64
    if count >= MAPPED_BUCKETS_MIN:
        munmap(array, count * 64)
    else:
        free(array)


cdef int table_init(Table* t, uint64_t seed0, uint64_t seed1) except -1 nogil:
    """Make an empty table."""
    t.buckets[0] = array_new(BUCKETS_MIN)
    t.buckets[1] = NULL
    t.mask[0] = BUCKETS_MIN - 1
    t.mask[1] = 0
    t.rehash = -1
    t.used = 0
    t.child_count = 0
    t.seed[0] = seed0
    t.seed[1] = seed1
    t.random = seed0 ^ (seed1 << 1) ^ <uint64_t>0x5851F42D4C957F2D
    t.depth_max = 1
    if t.buckets[0] is NULL:
        with gil:
            raise MemoryError()
    return 0


cdef void table_release(Table* t) noexcept nogil:
    """Free the arrays of a table whose records and children are gone."""
    array_free(t.buckets[0], t.mask[0] + 1)
    if t.buckets[1] is not NULL:
        array_free(t.buckets[1], t.mask[1] + 1)
    t.buckets[0] = NULL
    t.buckets[1] = NULL


cdef void table_destroy(Table* t, uint64_t freed) noexcept nogil:
    """Free a table with its records, none of which is EXTERNAL, after `table_free_some`; one without arrays stays."""
    cdef int which
    cdef uint64_t i
    if t.buckets[0] is NULL:
        return
    for which in range(2):
        if t.buckets[which] is not NULL:
            for i in range(0 if which else freed, t.mask[which] + 1):
                chain_free(&t.buckets[which][i])
    table_release(t)


cdef uint64_t table_free_some(Table* t, uint64_t freed, int budget) noexcept nogil:
    """Free about `budget` records of a table nobody uses any more; how many buckets are free then, of `freed` before.

    `table_destroy` may follow at any time, and has little to do when all buckets are free.
    """
    if t.rehash >= 0:
        table_step(t)
        return freed
    while budget > 0 and freed <= t.mask[0]:
        chain_free(&t.buckets[0][freed])
        t.buckets[0][freed].meta = 0
        freed += 1
        table_drop_pages(t, 0, freed)
        budget -= 4
    return freed


cdef void chain_free(Bucket* b) noexcept nogil:
    """Free the records and children of a bucket."""
    cdef Bucket* child
    cdef bint first = True
    cdef int i
    while b is not NULL:
        child = <Bucket*>b.entries[6] if b.meta & HAS_CHILD else NULL
        for i in range(ENTRIES):
            if (b.meta >> i) & 1:
                mem_free(b.entries[i], record_bytes(<Record*>b.entries[i]))
        if not first:
            mem_free(b, 64)
        first = False
        b = child


cdef bint bucket_put(Table* t, Bucket* b, uint8_t tag, void* record) noexcept nogil:
    """Put a record into a bucket's chain; False without memory."""
    cdef uint32_t holes
    cdef int i
    cdef uint32_t depth = 1
    cdef Bucket* child
    while b.meta & HAS_CHILD:
        b = <Bucket*>b.entries[6]
        depth += 1
    holes = ~b.meta & 127
    if holes == 0:
        child = <Bucket*>mem_alloc(64)
        if child is NULL:
            return False
        memset(child, 0, 64)
        t.child_count += 1
        child.tags[0] = b.tags[6]
        child.entries[0] = b.entries[6]
        child.meta = 1
        b.meta = 63 | HAS_CHILD
        b.entries[6] = child
        b = child
        holes = ~b.meta & 127
        depth += 1
    if depth > t.depth_max:
        t.depth_max = depth
    i = lowest_bit(holes)
    b.tags[i] = tag
    b.entries[i] = record
    b.meta |= <uint8_t>(1 << i)
    return True


cdef void table_drop_pages(Table* t, int which, uint64_t bucket) noexcept nogil:
    """All buckets before `bucket` are empty for good: give their pages back, now and then, so that freeing the array
    at the end is quick."""
    if t.mask[which] + 1 >= MAPPED_BUCKETS_MIN and bucket and (bucket & (RELEASE_BUCKETS - 1)) == 0:
        madvise(&t.buckets[which][bucket - RELEASE_BUCKETS], RELEASE_BUCKETS * 64, MADV_DONTNEED)


cdef void table_step(Table* t) noexcept nogil:
    """Move one bucket with its chain to the new array."""
    cdef Bucket* b
    cdef Bucket* first
    cdef Bucket* child
    cdef Record* r
    cdef uint64_t h
    cdef int i
    if t.rehash < 0:
        return
    first = b = &t.buckets[0][t.rehash]
    if <uint64_t>t.rehash < t.mask[0]:
        for i in range(ENTRIES):  # the next step will want these
            prefetch((b + 1).entries[i])
    while b is not NULL:
        child = <Bucket*>b.entries[6] if b.meta & HAS_CHILD else NULL
        for i in range(ENTRIES):
            if (b.meta >> i) & 1:
                r = <Record*>b.entries[i]
                h = table_hash(t, record_key(r), record_key_size(r))
                # A child bucket that memory cannot give here would lose the key: 64 bytes from a warm slab, or abort.
                if unlikely(not bucket_put(t, &t.buckets[1][h & t.mask[1]], <uint8_t>(h >> 56), r)):
                    abort()
        if b is not first:
            mem_free(b, 64)
            t.child_count -= 1
        b = child
    first.meta = 0
    t.rehash += 1
    table_drop_pages(t, 0, <uint64_t>t.rehash)
    if <uint64_t>t.rehash > t.mask[0]:
        array_free(t.buckets[0], t.mask[0] + 1)
        t.buckets[0] = t.buckets[1]
        t.mask[0] = t.mask[1]
        t.buckets[1] = NULL
        t.mask[1] = 0
        t.rehash = -1


cdef void table_resize(Table* t, uint64_t count) noexcept nogil:
    """Begin to move to `count` buckets; without memory the table just stays denser."""
    cdef Bucket* array = array_new(count)
    if array is NULL:
        return
    t.buckets[1] = array
    t.mask[1] = count - 1
    t.rehash = 0
    t.depth_max = 1 if t.child_count == 0 else t.depth_max


cdef void table_reserve(Table* t, uint64_t count) noexcept nogil:
    """Grow an empty table so that `count` records need no rehash."""
    cdef uint64_t size = BUCKETS_MIN
    if t.used or t.rehash >= 0:
        return
    while size * LOAD_MAX <= count:
        size *= 2
    if size > t.mask[0] + 1:
        table_resize(t, size)
        while t.rehash >= 0:
            table_step(t)


cdef bint table_insert(Table* t, uint64_t h, Record* record) noexcept nogil:
    """Add a record whose key is known to be absent; False without memory."""
    if unlikely(t.rehash >= 0):
        table_step(t)
    elif unlikely(t.used >= (t.mask[0] + 1) * LOAD_MAX):
        table_resize(t, (t.mask[0] + 1) * 2)
    if unlikely(not bucket_put(t, table_bucket(t, h), <uint8_t>(h >> 56), record)):
        return False
    t.used += 1
    return True


cdef void table_remove(Table* t, void** slot, uint64_t h) noexcept nogil:
    """Take the entry at `slot` (from table_find with the same hash) out; its record is the caller's."""
    cdef Bucket* b = table_bucket(t, h)
    cdef Bucket* last
    cdef Bucket* parent = NULL
    cdef int i, j, _step
    while True:
        i = <int>(slot - &b.entries[0])
        if 0 <= i < ENTRIES:
            break
        parent = b
        b = <Bucket*>b.entries[6]
    last = b
    while last.meta & HAS_CHILD:
        parent = last
        last = <Bucket*>last.entries[6]
    b.meta &= <uint8_t>(~(1 << i))
    if last is not b:  # fill the hole from the last bucket, so that only it has holes
        j = lowest_bit(last.meta)
        b.tags[i] = last.tags[j]
        b.entries[i] = last.entries[j]
        b.meta |= <uint8_t>(1 << i)
        last.meta &= <uint8_t>(~(1 << j))
    if parent is not NULL and (last.meta & (last.meta - 1)) == 0:  # one entry left: it moves up
        j = lowest_bit(last.meta)
        parent.tags[6] = last.tags[j]
        parent.entries[6] = last.entries[j]
        parent.meta = 127
        mem_free(last, 64)
        t.child_count -= 1
    t.used -= 1
    if unlikely(t.rehash >= 0):
        table_step(t)
        # A table that shrinks is sparse: several buckets cost what one does in a full one.
        for _step in range(3):
            if t.rehash >= 0 and t.mask[1] < t.mask[0]:
                table_step(t)
    elif unlikely(t.used * 2 < t.mask[0] and t.mask[0] >= BUCKETS_MIN):
        table_resize(t, (t.mask[0] + 1) >> 2 if t.mask[0] + 1 >= BUCKETS_MIN * 4 else BUCKETS_MIN)


cdef int bucket_records(Bucket* b, Record** out, int capacity) noexcept nogil:
    """Write the records of a bucket's chain to `out`; returns how many."""
    cdef int i, n = 0
    while True:
        for i in range(ENTRIES):
            if (b.meta >> i) & 1 and n < capacity:
                out[n] = <Record*>b.entries[i]
                n += 1
        if not (b.meta & HAS_CHILD):
            return n
        b = <Bucket*>b.entries[6]


cdef uint64_t table_scan(Table* t, uint64_t cursor, Record** out, int* count, int capacity) noexcept nogil:
    """One step of a scan: the records of one bucket of the smaller array and all its counterparts in the larger.

    The cursor counts in reversed bits, so that a bucket visited stays visited when the table doubles or halves
    (Pieter Noordhuis's algorithm of Redis's SCAN). Returns the next cursor, 0 at the end; `capacity` ends a step early
    never: callers give room for SCAN_CHAIN_MAX records and a step that would exceed it stops adding.
    """
    cdef uint64_t small, large
    cdef Bucket* few
    cdef Bucket* many
    cdef int n
    if t.rehash < 0:
        count[0] = bucket_records(&t.buckets[0][cursor & t.mask[0]], out, capacity)
        return next_cursor(cursor, t.mask[0])
    if t.mask[0] <= t.mask[1]:
        small, large = t.mask[0], t.mask[1]
        few, many = t.buckets[0], t.buckets[1]
    else:
        small, large = t.mask[1], t.mask[0]
        few, many = t.buckets[1], t.buckets[0]
    n = bucket_records(&few[cursor & small], out, capacity)
    while True:
        n += bucket_records(&many[cursor & large], out + n, capacity - n)
        cursor = next_cursor(cursor, large)
        if not (cursor & (small ^ large)):
            break
    count[0] = n
    return cursor


cdef inline uint64_t next_cursor(uint64_t cursor, uint64_t mask) noexcept nogil:
    return reverse_bits(reverse_bits(cursor | ~mask) + 1)


cdef Record* table_random(Table* t) noexcept nogil:
    """A record, each with the same probability; NULL if there is none.

    A bucket is drawn, then a place among as many as the longest chain could have; an empty place draws again. So a key
    in a long chain is as likely as one alone in its bucket.
    """
    cdef uint64_t old, total, x
    cdef uint32_t places = 6 * t.depth_max + 1
    cdef Bucket* b
    cdef int _tries
    cdef uint32_t place
    if t.used == 0:
        return NULL
    old = t.mask[0] + 1 - (t.rehash if t.rehash > 0 else 0)
    total = old + (t.mask[1] + 1 if t.rehash >= 0 else 0)
    for _tries in range(RANDOM_TRIES_MAX):
        x = next_random(&t.random) % total
        b = &t.buckets[0][t.mask[0] + 1 - old + x] if x < old else &t.buckets[1][x - old]
        place = <uint32_t>(next_random(&t.random) % places)
        while place >= 6 and b.meta & HAS_CHILD:
            b = <Bucket*>b.entries[6]
            place -= 6
        if place < ENTRIES and (b.meta >> place) & 1:
            return <Record*>b.entries[place]
    return table_any(t, next_random(&t.random))


cdef Record* table_any(Table* t, uint64_t start) noexcept nogil:
    """Some record of a table that is almost empty for its size."""
    cdef uint64_t i
    cdef int which, n
    cdef Record* out[7]
    for which in range(2):
        if t.buckets[which] is NULL:
            continue
        for i in range(t.mask[which] + 1):
            n = bucket_records(&t.buckets[which][(start + i) & t.mask[which]], out, 7)
            if n:
                return out[start % <uint64_t>n]
    return NULL


cdef class BytesTable:
    """The table on its own, from bytes to bytes, for tests and measurements."""

    cdef Table t

    def __init__(self, uint64_t seed=0x9E3779B97F4A7C15) -> None:
        table_init(&self.t, seed, seed * <uint64_t>0xD6E8FEB86659FD93 | 1)

    def __dealloc__(self):
        table_destroy(&self.t, 0)

    def __len__(self) -> int:
        return self.t.used

    def set(self, bytes key not None, bytes value not None) -> None:
        """Put a value of up to 65,535 bytes at a key."""
        cdef size_t n = len(key)
        cdef uint64_t h = table_hash(&self.t, key, n)
        cdef void** slot = table_find(&self.t, key, n, h)
        cdef Record* r
        assert len(value) < 65536
        r = record_new(0, 0, key, n, len(value))
        memcpy(record_value(r), <char*>value, len(value))
        if slot is not NULL:
            mem_free(slot[0], record_bytes(<Record*>slot[0]))
            slot[0] = r
        elif not table_insert(&self.t, h, r):
            raise MemoryError

    def get(self, bytes key not None) -> object:
        """The value of a key, or None."""
        cdef void** slot = table_find(&self.t, key, len(key), table_hash(&self.t, key, len(key)))
        if slot is NULL:
            return None
        return PyBytes_FromStringAndSize(record_value(<Record*>slot[0]), (<Record*>slot[0]).value_size)

    def delete(self, bytes key not None) -> bool:
        """Remove a key; False if it was absent."""
        cdef uint64_t h = table_hash(&self.t, key, len(key))
        cdef void** slot = table_find(&self.t, key, len(key), h)
        cdef Record* r
        if slot is NULL:
            return False
        r = <Record*>slot[0]
        table_remove(&self.t, slot, h)
        mem_free(r, record_bytes(r))
        return True

    def scan(self, uint64_t cursor) -> tuple:
        """One scan step: (next cursor, keys)."""
        cdef Record* out[SCAN_CHAIN_MAX]
        cdef int n = 0, i
        cursor = table_scan(&self.t, cursor, out, &n, SCAN_CHAIN_MAX)
        return cursor, [PyBytes_FromStringAndSize(record_key(out[i]), record_key_size(out[i])) for i in range(n)]

    def random(self) -> object:
        """A key, each with the same probability, or None."""
        cdef Record* r = table_random(&self.t)
        return None if r is NULL else PyBytes_FromStringAndSize(record_key(r), record_key_size(r))

    def stats(self) -> dict:
        """Buckets, keys, children, next bucket to rehash (-1: none)."""
        return {"buckets": self.t.mask[0] + 1, "target": self.t.mask[1] + 1 if self.t.rehash >= 0 else 0,
                "used": self.t.used, "children": self.t.child_count, "rehash": self.t.rehash}

    def worst_insert_ns(self, uint64_t count) -> int:
        """Insert `count` keys key:NNN of 16 bytes and return the worst single insert in thread CPU nanoseconds."""
        cdef uint64_t i, x, t0, spent, worst = 0
        cdef int j
        cdef char key[16]
        memcpy(key, b"key:", 4)
        for i in range(count):
            x = i
            for j in range(12):
                key[15 - j] = <char>(48 + x % 10)
                x //= 10
            t0 = thread_cpu_ns()
            table_insert(&self.t, table_hash(&self.t, key, 16), record_new(0, 0, key, 16, 4))
            spent = thread_cpu_ns() - t0
            worst = spent if spent > worst else worst
        return worst

    def check(self) -> None:
        """Verify every invariant; raises AssertionError."""
        table_check(&self.t)


cdef int table_check(Table* t) except -1:
    """Verify counts, tags, chains and homes of every record; raises AssertionError."""
    cdef int which, i
    cdef uint64_t n, used = 0, children = 0, h
    cdef uint32_t depth
    cdef Bucket* b
    cdef Record* r
    for which in range(2):
        if t.buckets[which] is NULL:
            continue
        for n in range(t.mask[which] + 1):
            b = &t.buckets[which][n]
            depth = 1
            if which == 0 and <int64_t>n < t.rehash:
                assert b.meta == 0, "a moved bucket is empty"
            while True:
                if b.meta & HAS_CHILD:
                    assert b.meta == (63 | HAS_CHILD), "only the last bucket of a chain has holes"
                for i in range(ENTRIES):
                    if (b.meta >> i) & 1:
                        r = <Record*>b.entries[i]
                        h = table_hash(t, record_key(r), record_key_size(r))
                        assert b.tags[i] == <uint8_t>(h >> 56), "tag is of the key's hash"
                        assert (h & t.mask[which]) == n, "record is in its home bucket"
                        used += 1
                if not (b.meta & HAS_CHILD):
                    break
                children += 1
                depth += 1
                b = <Bucket*>b.entries[6]
                assert b.meta & (b.meta - 1), "a child has at least two records"
            assert depth <= t.depth_max, "depth_max bounds every chain"
    assert used == t.used, "used counts the records"
    assert children == t.child_count, "child_count counts the children"
    return 0
