"""One database in native form: its table, its deadlines, and the primitives that change it; see store.pyx."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t, int64_t
from redpoll.native.bits cimport likely, unlikely
from redpoll.native.deadlines cimport Deadlines
from redpoll.native.record cimport EXPIRES, Record, record_deadline
from redpoll.native.resp cimport Arg
from redpoll.native.table cimport Table, table_find

cdef enum:
    EVENT_GENERIC = 4
    EVENT_STRING = 8
    EVENT_LIST = 16
    EVENT_SET = 32
    EVENT_HASH = 64
    EVENT_ZSET = 128
    EVENT_EXPIRED = 256
    EVENT_EVICTED = 512
    EVENT_STREAM = 1024
    EVENT_KEY_MISS = 4096
    EVENT_NEW = 8192

cdef enum:
    # What set_string does with a deadline, beside an absolute time in milliseconds.
    NO_DEADLINE = 0
    KEEP_DEADLINE = -1

cdef struct Grave:             # the table of a flushed database, freed in steps
    Table table
    uint64_t position
    Grave* next

cdef struct State:             # what all databases of a keyspace share
    int64_t now_ms
    uint64_t dirty             # mutations so far
    uint64_t hits
    uint64_t misses
    uint64_t expired
    uint64_t seed[2]
    uint64_t random
    uint32_t access_clock      # 24 bits: seconds (LRU) or minutes (LFU), as stamped into records
    uint8_t frequency          # stamp access frequencies (LFU) instead of times
    uint8_t frozen             # expired keys stay: replica, or loading
    uint8_t observed           # somebody wants to see each mutation
    uint8_t no_touch           # reads of the current client leave access times alone
    uint8_t awaited            # somebody waits for keys to come
    uint8_t ready              # keys that somebody waits for may have come
    int64_t hash_entries_max   # hash-max-listpack-entries
    int64_t hash_value_max     # hash-max-listpack-value
    int64_t list_fill          # list-max-listpack-size
    uint32_t frequency_log_factor
    uint32_t frequency_decay_minutes
    uint64_t sparse_bytes_max  # a longer HyperLogLog becomes dense
    Grave* graves
    void** unreachable         # collections to be freed in steps, each with one reference
    uint32_t unreachable_count
    uint32_t unreachable_capacity
    uint64_t lazily_freed      # collections freed so

cdef struct Store:
    Table table
    Deadlines deadlines
    State* state
    void* owner                # borrowed: the Database object around this
    int index

cdef Record* store_expire(Store* s, void** slot, uint64_t h) noexcept nogil
cdef void store_touch_frequency(State* state, Record* r) noexcept nogil
cdef void store_free_record(Store* s, Record* r) noexcept nogil
cdef void store_remove(Store* s, void** slot, uint64_t h) noexcept nogil
cdef Record* store_put_inline(
    Store* s, void** slot, const char* key, size_t key_size, uint64_t h, size_t value_size, int64_t deadline
) noexcept nogil
cdef bint store_set_string(
    Store* s, void** slot, const char* key, size_t key_size, uint64_t h,
    const char* value, size_t value_size, int64_t deadline
) noexcept nogil
cdef Record* store_adopt_string(
    Store* s, void** slot, Arg* key, uint64_t h, char* buffer, size_t buffer_size, Arg* value, int64_t deadline
) noexcept nogil
cdef bint store_put_pointer(
    Store* s, void** slot, const char* key, size_t key_size, uint64_t h, int kind, void* value, int64_t deadline
) noexcept nogil
cdef char* store_resize_string(
    Store* s, void** slot, const char* key, size_t key_size, uint64_t h, size_t size
) noexcept nogil
cdef bint store_set_deadline(Store* s, void** slot, int64_t when_ms) noexcept nogil
cdef bint store_persist(Store* s, void** slot) noexcept nogil
cdef bint grave_step(State* state, int buckets) noexcept nogil
cdef bint value_step(State* state, int budget) noexcept
cdef bint store_bury(Store* s) except? False

cdef inline void record_stamp(State* state, Record* r) noexcept nogil:
    """Note an access."""
    if unlikely(state.frequency):
        store_touch_frequency(state, r)
    else:
        r.access = (r.access & 255) | (state.access_clock << 8)

cdef inline Record* store_peek(Store* s, const char* key, size_t size, uint64_t h, void*** slot) noexcept nogil:
    """The live record of a key; an expired one is removed (or, frozen, hidden). Leaves the access time alone."""
    cdef void** found = table_find(&s.table, key, size, h)
    cdef Record* r
    slot[0] = found
    if found is NULL:
        return NULL
    r = <Record*>found[0]
    if unlikely(r.flags & EXPIRES) and record_deadline(r) <= s.state.now_ms:
        slot[0] = NULL
        return store_expire(s, found, h)
    return r

cdef inline Record* store_lookup(Store* s, const char* key, size_t size, uint64_t h, void*** slot) noexcept nogil:
    """`store_peek`, noting the access."""
    cdef Record* r = store_peek(s, key, size, h, slot)
    if r is not NULL and likely(not s.state.no_touch):
        record_stamp(s.state, r)
    return r
