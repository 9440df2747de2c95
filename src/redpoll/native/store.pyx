"""The primitives that change a database: put, remove, deadlines, burial. The one place where records change hands.

Everything here works on C structs without the GIL; only freeing a Python value and telling an observer take it.
`slot` is the table entry of the key, or NULL when it is absent; it stays valid until the next insert or remove.
"""

from cpython.ref cimport Py_DECREF, PyObject
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t, int64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memmove, memset
from redpoll.native.bits cimport likely, unlikely, next_random, store_pointer
from redpoll.native.deadlines cimport (
    deadlines_add, deadlines_change, deadlines_moved, deadlines_release, deadlines_remove)
from redpoll.native.memory cimport (
    class_of, heap, mem_alloc, mem_alloc_zeroed, mem_free, mem_resize, mem_usable, SMALL_BYTES_MAX)
from redpoll.native.record cimport (
    Blob, EXPIRES, EXTERNAL, INLINE_VALUE_MAX, LONG_KEY, RAW, Record, TYPE_STRING, blob_data, record_bytes,
    record_deadline, record_key, record_key_size, record_new, record_place, record_pointer, record_set_place,
    record_value)
from redpoll.native.resp cimport Arg
from redpoll.native.table cimport (
    Bucket, ENTRIES, HAS_CHILD, Table, table_bucket, table_drop_pages, table_init, table_insert, table_release,
    table_remove)
from redpoll.native.value cimport Value

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT(PyObject*)

cdef enum:
    # A collection of no more blocks is freed where it stands.
    BLOCKS_AT_ONCE = 64
    # So many new zeros of a string are rather taken from the system, which clears pages when they are touched.
    UNTOUCHED_BYTES = 1048576


cdef Record* store_expire(Store* s, void** slot, uint64_t h) noexcept nogil:
    """Remove a record that is past its deadline. Always NULL: the key is absent for whoever asked."""
    if s.state.frozen:
        return NULL
    s.state.expired += 1
    if unlikely(s.state.observed):
        with gil:
            store_expire_observed(s, slot, h)
        return NULL
    store_remove(s, slot, h)
    return NULL


cdef void store_expire_observed(Store* s, void** slot, uint64_t h) noexcept:
    """Remove, then tell; an observer's exception must not reach the command that met the key."""
    cdef Record* r = <Record*>slot[0]
    key = record_key(r)[:record_key_size(r)]
    store_remove(s, slot, h)
    (<object>s.owner).changed(EVENT_EXPIRED, b"expired", key)
    # Time is no mutation: save points count commands only, whether somebody looks or not.
    s.state.dirty -= 1


cdef void store_tell_waiting(Store* s, const char* key, size_t key_size) noexcept:
    """A collection has come that somebody may wait for."""
    (<object>s.owner).keyspace.note_ready(s.index, key[:key_size])


cdef void store_touch_frequency(State* state, Record* r) noexcept nogil:
    """Morris counter of accesses in 8 bits with minutes in 16, as LFU policies read it (Morris, 1978)."""
    cdef uint32_t stamp = r.access >> 8
    cdef uint32_t minutes = state.access_clock & 0xFFFF
    cdef uint32_t elapsed = (minutes - (stamp >> 8)) & 0xFFFF
    cdef uint32_t counter = stamp & 255
    cdef uint32_t base
    if state.frequency_decay_minutes:
        elapsed = elapsed // state.frequency_decay_minutes
        counter = counter - elapsed if counter > elapsed else 0
    if counter < 255:
        base = counter - 5 if counter > 5 else 0
        if next_random(&state.random) % (base * state.frequency_log_factor + 1) == 0:
            counter += 1
    r.access = (r.access & 255) | (minutes << 16) | (counter << 8)


cdef inline uint32_t fresh_stamp(State* state) noexcept nogil:
    """The access field of a new record."""
    if unlikely(state.frequency):
        return ((state.access_clock & 0xFFFF) << 16) | (5 << 8)
    return state.access_clock << 8


cdef void free_value(State* state, Record* r) noexcept nogil:
    """Free what an EXTERNAL record points to: a collection of many blocks later, in steps."""
    cdef Blob* blob
    if r.kind == TYPE_STRING:
        blob = <Blob*>record_pointer(r)
        mem_free(blob, sizeof(Blob) + blob.capacity)
    else:
        with gil:
            release_value(state, record_pointer(r))


cdef void release_value(State* state, void* value) noexcept:
    """Give up a record's reference to a collection. Who still holds one (RENAME does) frees the collection."""
    if Py_REFCNT(<PyObject*>value) == 1 and (<Value>value).blocks() > BLOCKS_AT_ONCE and postpone(state, value):
        return
    Py_DECREF(<object>value)


cdef bint postpone(State* state, void* value) noexcept nogil:
    """Keep a value for `value_step`; False without memory."""
    cdef uint32_t capacity
    cdef void** grown
    if state.unreachable_count == state.unreachable_capacity:
        capacity = state.unreachable_capacity * 2 if state.unreachable_capacity else 16
        grown = <void**>realloc(state.unreachable, capacity * sizeof(void*))
        if grown is NULL:
            return False
        state.unreachable = grown
        state.unreachable_capacity = capacity
    state.unreachable[state.unreachable_count] = value
    state.unreachable_count += 1
    return True


cdef bint value_step(State* state, int budget) noexcept:
    """Free part of one collection that nobody can reach; False when none is left."""
    cdef void* value
    if state.unreachable_count == 0:
        return False
    value = state.unreachable[state.unreachable_count - 1]
    if not (<Value>value).free_step(budget):
        state.unreachable_count -= 1
        state.lazily_freed += 1
        Py_DECREF(<object>value)
    return state.unreachable_count != 0


cdef void store_free_record(Store* s, Record* r) noexcept nogil:
    """Free a record that left the table, its value, and its deadline."""
    if r.flags & EXPIRES:
        deadlines_remove(&s.deadlines, r)
    if unlikely(r.flags & EXTERNAL):
        free_value(s.state, r)
    mem_free(r, record_bytes(r))


cdef void store_remove(Store* s, void** slot, uint64_t h) noexcept nogil:
    """Take a record out of the table and free it."""
    cdef Record* r = <Record*>slot[0]
    table_remove(&s.table, slot, h)
    store_free_record(s, r)


cdef Record* install(Store* s, void** slot, uint64_t h, Record* r, int64_t deadline) noexcept nogil:
    """Put a new record where the old one of the same key stood, or insert it; NULL (r freed) without memory."""
    cdef Record* old
    r.access |= fresh_stamp(s.state)
    if slot is NULL:
        if not table_insert(&s.table, h, r):
            mem_free(r, record_bytes(r))
            return NULL
        if deadline > 0 and not deadlines_add(&s.deadlines, r, deadline):
            return NULL
        return r
    old = <Record*>slot[0]
    slot[0] = r
    if deadline > 0:
        if old.flags & EXPIRES:
            record_set_place(r, record_place(old))
            deadlines_moved(&s.deadlines, r, record_place(old))
            deadlines_change(&s.deadlines, r, deadline)
        else:
            deadlines_add(&s.deadlines, r, deadline)
    elif old.flags & EXPIRES:
        deadlines_remove(&s.deadlines, old)
    if s.state.frequency:  # an overwrite is an access, not a birth
        r.access = (r.access & 255) | (old.access & ~<uint32_t>255)
    if unlikely(old.flags & EXTERNAL):
        free_value(s.state, old)
    mem_free(old, record_bytes(old))
    return r


cdef inline int64_t kept_deadline(void** slot, int64_t deadline) noexcept nogil:
    """KEEP_DEADLINE as an absolute time, or none."""
    if deadline != KEEP_DEADLINE:
        return deadline
    if slot is NULL or not (<Record*>slot[0]).flags & EXPIRES:
        return NO_DEADLINE
    return record_deadline(<Record*>slot[0])


cdef Record* store_put_inline(
    Store* s, void** slot, const char* key, size_t key_size, uint64_t h, size_t value_size, int64_t deadline
) noexcept nogil:
    """A record for an inline string of `value_size` bytes, which the caller writes; NULL without memory."""
    cdef Record* old
    cdef Record* r
    cdef size_t size
    if slot is not NULL:  # in place, if the block fits
        old = <Record*>slot[0]
        if deadline > 0 and old.flags & EXPIRES:
            deadlines_change(&s.deadlines, old, deadline)
            deadline = KEEP_DEADLINE
        if likely(old.kind == TYPE_STRING and not old.flags & EXTERNAL and
                  (deadline == KEEP_DEADLINE or (deadline == NO_DEADLINE and not old.flags & EXPIRES))):
            size = record_bytes(old)
            if old.value_size == value_size:
                old.flags &= <uint8_t>~RAW
                return old
            if size <= SMALL_BYTES_MAX and size - old.value_size + value_size <= SMALL_BYTES_MAX and \
                    class_of(size) == class_of(size - old.value_size + value_size):
                old.value_size = <uint16_t>value_size
                old.flags &= <uint8_t>~RAW
                return old
    deadline = kept_deadline(slot, deadline)
    r = record_new(TYPE_STRING, EXPIRES if deadline > 0 else 0, key, key_size, value_size)
    if r is NULL:
        return NULL
    return install(s, slot, h, r, deadline)


cdef bint store_set_string(
    Store* s, void** slot, const char* key, size_t key_size, uint64_t h,
    const char* value, size_t value_size, int64_t deadline
) noexcept nogil:
    """Set a key to a string; False without memory (nothing has changed)."""
    cdef Record* r
    cdef Blob* blob
    if likely(value_size <= INLINE_VALUE_MAX):
        r = store_put_inline(s, slot, key, key_size, h, value_size, deadline)
        if r is NULL:
            return False
        memcpy(record_value(r), value, value_size)
        return True
    blob = <Blob*>mem_alloc(sizeof(Blob) + value_size)
    if blob is NULL:
        return False
    blob.size = value_size
    blob.capacity = value_size
    memcpy(blob_data(blob), value, value_size)
    return store_put_pointer(s, slot, key, key_size, h, TYPE_STRING, blob, deadline)


cdef Record* store_adopt_string(
    Store* s, void** slot, Arg* key, uint64_t h, char* buffer, size_t buffer_size, Arg* value, int64_t deadline
) noexcept nogil:
    """Set a key to a long string that lies in `buffer` (from malloc), which becomes the store's: the string moves to
    its beginning instead of being copied to new memory. The record; NULL without memory, and nothing has changed."""
    cdef Blob* blob = <Blob*>buffer
    cdef size_t size = value.size
    # The record is made first: it copies the key, which the moving string runs over.
    if not store_put_pointer(s, slot, key.data, key.size, h, TYPE_STRING, blob, deadline):
        return NULL
    memmove(blob_data(blob), value.data, size)
    blob.size = size
    blob.capacity = buffer_size - sizeof(Blob)
    heap.large_bytes += mem_usable(buffer_size)
    value.data = blob_data(blob)
    return <Record*>table_find_pointer(&s.table, h, blob)


cdef void* table_find_pointer(Table* t, uint64_t h, void* pointer) noexcept nogil:
    """The record of this hash that points to `pointer`."""
    cdef Bucket* b = table_bucket(t, h)
    cdef Record* r
    cdef int i
    while True:
        for i in range(ENTRIES):
            if (b.meta >> i) & 1:
                r = <Record*>b.entries[i]
                if r.flags & EXTERNAL and record_pointer(r) == pointer:
                    return r
        b = <Bucket*>b.entries[6]


cdef bint store_put_pointer(
    Store* s, void** slot, const char* key, size_t key_size, uint64_t h, int kind, void* value, int64_t deadline
) noexcept nogil:
    """Set a key to a value outside its record, which becomes the store's; False without memory."""
    cdef Record* r
    deadline = kept_deadline(slot, deadline)
    r = record_new(kind, EXTERNAL | (EXPIRES if deadline > 0 else 0), key, key_size, sizeof(void*))
    if r is NULL:
        return False
    store_pointer(record_value(r), value)
    if install(s, slot, h, r, deadline) is NULL:
        return False
    if unlikely(s.state.awaited) and kind != TYPE_STRING:
        with gil:
            store_tell_waiting(s, key, key_size)
    return True


cdef char* store_resize_string(
    Store* s, void** slot, const char* key, size_t key_size, uint64_t h, size_t size
) noexcept nogil:
    """Make a string `size` bytes long (or make it), new ones zero, keeping its deadline; NULL without memory.

    The bytes are the caller's to change. A long string's room doubles, so that many appends cost no more than their
    bytes; it does not shrink.
    """
    cdef Record* r
    cdef Record* old = <Record*>slot[0] if slot is not NULL else NULL
    cdef size_t old_size = 0, kept
    cdef char buffer[INLINE_VALUE_MAX]
    if old is not NULL and old.flags & EXTERNAL:
        return resize_blob(old, size)
    if old is not NULL:
        old_size = old.value_size
        if old_size == size:
            old.flags |= RAW
            return record_value(old)
        memcpy(buffer, record_value(old), old_size)
    if size > INLINE_VALUE_MAX:
        return grow_into_blob(s, slot, key, key_size, h, buffer, old_size, size)
    r = store_put_inline(s, slot, key, key_size, h, size, KEEP_DEADLINE)
    if r is NULL:
        return NULL
    r.flags |= RAW
    kept = old_size if old_size < size else size
    memcpy(record_value(r), buffer, kept)
    memset(record_value(r) + kept, 0, size - kept)
    return record_value(r)


cdef inline size_t roomy(size_t size, size_t old_size) noexcept nogil:
    """The capacity of a string that grows to `size`: twice what it was, with a megabyte or an eighth free at most."""
    cdef size_t capacity = size if size >= 2 * old_size else 2 * old_size
    if capacity > size + 1048576:
        capacity = size + (1048576 if size < 16777216 else size >> 3)
    return capacity


cdef char* resize_blob(Record* r, size_t size) noexcept nogil:
    """Change the length of an EXTERNAL string, new bytes zero; NULL without memory."""
    cdef Blob* blob = <Blob*>record_pointer(r)
    cdef size_t capacity
    if size > blob.capacity:
        capacity = roomy(size, blob.size)
        if size - blob.size > UNTOUCHED_BYTES and size > 4 * blob.size:
            return move_blob(r, size, capacity)
        blob = <Blob*>mem_resize(blob, sizeof(Blob) + blob.capacity, sizeof(Blob) + capacity)
        if blob is NULL:
            return NULL
        blob.capacity = capacity
        store_pointer(record_value(r), blob)
    if size > blob.size:
        memset(blob_data(blob) + blob.size, 0, size - blob.size)
    blob.size = size
    return blob_data(blob)


cdef char* move_blob(Record* r, size_t size, size_t capacity) noexcept nogil:
    """`resize_blob` for one that becomes much longer, mostly zeros."""
    cdef Blob* old = <Blob*>record_pointer(r)
    cdef Blob* blob = <Blob*>mem_alloc_zeroed(sizeof(Blob) + capacity)
    if blob is NULL:
        return NULL
    blob.capacity = capacity
    blob.size = size
    memcpy(blob_data(blob), blob_data(old), old.size)
    mem_free(old, sizeof(Blob) + old.capacity)
    store_pointer(record_value(r), blob)
    return blob_data(blob)


cdef char* grow_into_blob(
    Store* s, void** slot, const char* key, size_t key_size, uint64_t h, const char* old, size_t old_size, size_t size
) noexcept nogil:
    """Make a string that was inline, or was not, an EXTERNAL one of `size` bytes; NULL without memory."""
    cdef size_t capacity = roomy(size, old_size)
    cdef Blob* blob = <Blob*>mem_alloc_zeroed(sizeof(Blob) + capacity)
    if blob is NULL:
        return NULL
    blob.capacity = capacity
    blob.size = size
    memcpy(blob_data(blob), old, old_size)
    if not store_put_pointer(s, slot, key, key_size, h, TYPE_STRING, blob, KEEP_DEADLINE):
        mem_free(blob, sizeof(Blob) + capacity)
        return NULL
    return blob_data(blob)


cdef Record* with_flags(Store* s, void** slot, int flags) noexcept nogil:
    """Move a record to a block with or without room for a deadline; NULL without memory. Heap entries are untouched."""
    cdef Record* old = <Record*>slot[0]
    cdef Record* r = record_new(
        old.kind, (old.flags & ~(EXPIRES | LONG_KEY)) | flags, record_key(old), record_key_size(old), old.value_size)
    if r is NULL:
        return NULL
    r.access = old.access
    memcpy(record_value(r), record_value(old), old.value_size)
    slot[0] = r
    mem_free(old, record_bytes(old))
    return r


cdef bint store_set_deadline(Store* s, void** slot, int64_t when_ms) noexcept nogil:
    """Give a key a deadline in absolute milliseconds; False without memory."""
    cdef Record* r = <Record*>slot[0]
    if r.flags & EXPIRES:
        deadlines_change(&s.deadlines, r, when_ms)
        return True
    r = with_flags(s, slot, EXPIRES)
    return r is not NULL and deadlines_add(&s.deadlines, r, when_ms)


cdef bint store_persist(Store* s, void** slot) noexcept nogil:
    """Take a key's deadline away; False if it has none."""
    cdef Record* r = <Record*>slot[0]
    if not r.flags & EXPIRES:
        return False
    deadlines_remove(&s.deadlines, r)
    with_flags(s, slot, 0)
    return True


cdef bint store_bury(Store* s) except? False:
    """Empty the database at once; what it held is freed in steps by `grave_step`."""
    cdef Grave* grave = <Grave*>malloc(sizeof(Grave))
    if grave is NULL:
        raise MemoryError
    grave.table = s.table
    grave.position = 0
    grave.next = s.state.graves
    s.state.graves = grave
    table_init(&s.table, s.state.seed[0], s.state.seed[1])
    deadlines_release(&s.deadlines)
    return True


cdef bint grave_step(State* state, int buckets) noexcept nogil:
    """Free up to `buckets` buckets of a buried table; False when nothing is left."""
    cdef Grave* grave = state.graves
    cdef uint64_t first_count
    if grave is NULL:
        return False
    first_count = grave.table.mask[0] + 1
    while buckets > 0:
        if grave.position < first_count:
            chain_free(state, &grave.table.buckets[0][grave.position])
        elif grave.table.buckets[1] is not NULL and grave.position < first_count + grave.table.mask[1] + 1:
            chain_free(state, &grave.table.buckets[1][grave.position - first_count])
        else:
            table_release(&grave.table)
            state.graves = grave.next
            free(grave)
            return state.graves is not NULL
        grave.position += 1
        if grave.position <= first_count:
            table_drop_pages(&grave.table, 0, grave.position)
        else:
            table_drop_pages(&grave.table, 1, grave.position - first_count)
        buckets -= 1
    return True


cdef void chain_free(State* state, Bucket* b) noexcept nogil:
    """Free the records and children of a bucket."""
    cdef Bucket* child
    cdef Record* r
    cdef bint is_child = False
    cdef int i
    while b is not NULL:
        child = <Bucket*>b.entries[6] if b.meta & HAS_CHILD else NULL
        for i in range(ENTRIES):
            if (b.meta >> i) & 1:
                r = <Record*>b.entries[i]
                if unlikely(r.flags & EXTERNAL):
                    free_value(state, r)
                mem_free(r, record_bytes(r))
        if is_child:
            mem_free(b, 64)
        is_child = True
        b = child
