"""The hash table of records; see table.pyx."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t, int64_t
from redpoll.native.bits cimport (keyed_hash, load64, lowest_bit, match_tags, prefetch, bytes_equal, likely, unlikely)
from redpoll.native.record cimport Record, record_key, record_key_size

cdef enum:
    ENTRIES = 7
    HAS_CHILD = 128

cdef struct Bucket:
    uint8_t tags[7]
    uint8_t meta               # bits 0-6: entry present; bit 7: entry 6 is a child bucket
    void* entries[7]

cdef struct Table:
    Bucket* buckets[2]         # [1] only while rehashing
    uint64_t mask[2]
    int64_t rehash             # -1, or the next bucket of [0] to move
    uint64_t used
    uint64_t child_count
    uint64_t seed[2]
    uint64_t random
    uint32_t depth_max         # no chain was longer since the last resize

cdef int table_init(Table* t, uint64_t seed0, uint64_t seed1) except -1 nogil
cdef void table_release(Table* t) noexcept nogil
cdef void table_destroy(Table* t, uint64_t freed) noexcept nogil
cdef uint64_t table_free_some(Table* t, uint64_t freed, int budget) noexcept nogil
cdef bint table_insert(Table* t, uint64_t h, Record* record) noexcept nogil
cdef void table_remove(Table* t, void** slot, uint64_t h) noexcept nogil
cdef void table_drop_pages(Table* t, int which, uint64_t bucket) noexcept nogil
cdef void table_step(Table* t) noexcept nogil
cdef Record* table_random(Table* t) noexcept nogil
cdef uint64_t table_scan(Table* t, uint64_t cursor, Record** out, int* count, int capacity) noexcept nogil
cdef int bucket_records(Bucket* b, Record** out, int capacity) noexcept nogil
cdef int table_check(Table* t) except -1
cdef void table_reserve(Table* t, uint64_t count) noexcept nogil

cdef inline uint64_t table_hash(Table* t, const char* key, size_t size) noexcept nogil:
    return keyed_hash(key, size, t.seed[0], t.seed[1])

cdef inline Bucket* table_bucket(Table* t, uint64_t h) noexcept nogil:
    """The one bucket whose chain may hold a key of this hash."""
    cdef uint64_t i = h & t.mask[0]
    if unlikely(<int64_t>i < t.rehash):
        return &t.buckets[1][h & t.mask[1]]
    return &t.buckets[0][i]

cdef inline void** table_find(Table* t, const char* key, size_t size, uint64_t h) noexcept nogil:
    """The entry of a key, valid until the next insert or remove; NULL if absent."""
    cdef Bucket* b = table_bucket(t, h)
    cdef uint64_t found
    cdef uint8_t tag = <uint8_t>(h >> 56)
    cdef int i
    cdef Record* r
    while True:
        found = match_tags(load64(b.tags), tag) & <uint64_t>0x0080808080808080
        while found:
            i = lowest_bit(found) >> 3
            found &= found - 1
            if (b.meta >> i) & 1:
                r = <Record*>b.entries[i]
                if record_key_size(r) == size and bytes_equal(record_key(r), key, size):
                    return &b.entries[i]
        if likely(not (b.meta & HAS_CHILD)):
            return NULL
        b = <Bucket*>b.entries[6]

cdef inline void table_prefetch_bucket(Table* t, uint64_t h) noexcept nogil:
    prefetch(table_bucket(t, h))

cdef inline void table_prefetch_record(Table* t, uint64_t h) noexcept nogil:
    cdef Bucket* b = table_bucket(t, h)
    cdef uint64_t found = match_tags(load64(b.tags), <uint8_t>(h >> 56)) & <uint64_t>0x0080808080808080
    cdef char* record
    if found:
        record = <char*>b.entries[lowest_bit(found) >> 3]
        prefetch(record)
        # A record of more than 32 bytes may begin at the end of a line: its key is then in the next.
        prefetch(record + 40)
