"""Hash commands of the native tier in their common form."""

from cpython.ref cimport Py_INCREF
from libc.stdint cimport int64_t, uint32_t, uint64_t
from redpoll.native.bits cimport add_overflows, unlikely
from redpoll.native.command_entry cimport Call, HANDLED, NEED_GENERAL, NativeFunction
from redpoll.native.hash_value cimport HashValue
from redpoll.native.hot_common cimport not_integer, wrong_type
from redpoll.native.listpack cimport DECIMAL_ROOM, PACK_HEADER, pack_end, pack_get, pack_next
from redpoll.native.output cimport (
    output_bulk, output_integer, output_null, output_prefixed, output_put, write_decimal)
from redpoll.native.record cimport (
    Record, TYPE_HASH, record_key, record_key_size, record_pointer, string_data)
from redpoll.native.resp cimport Arg, parse_integer
from redpoll.native.store cimport NO_DEADLINE, store_lookup, store_put_pointer, store_remove
from redpoll.native.table cimport table_scan

cdef enum:
    SCAN_STEP_RECORDS = 512


cdef inline Record* reading(Call* c, Arg* key, uint64_t h) noexcept:
    """Look up for reading, counting a hit or a miss."""
    cdef void** slot
    cdef Record* r = store_lookup(c.store, key.data, key.size, h, &slot)
    if r is NULL:
        c.state.misses += 1
    else:
        c.state.hits += 1
    return r


cdef int set_pairs(Call* c, Arg* a, int argc, uint64_t h, int* added) noexcept:
    """Set fields of a hash, made if absent. NEED_GENERAL without memory: the handler sets all of them again."""
    cdef void** slot
    cdef Record* r = store_lookup(c.store, a[1].data, a[1].size, h, &slot)
    cdef HashValue value
    cdef int i = 2
    if r is not NULL and unlikely(r.kind != TYPE_HASH):
        return wrong_type(c)
    added[0] = 0
    try:
        value = HashValue() if r is NULL else <HashValue>record_pointer(r)
        while i < argc:
            added[0] += value.put(a[i].data, a[i].size, a[i + 1].data, a[i + 1].size,
                                  c.state.hash_entries_max, c.state.hash_value_max)
            i += 2
    except MemoryError:
        return NEED_GENERAL
    if r is NULL:
        if not store_put_pointer(c.store, slot, a[1].data, a[1].size, h, TYPE_HASH, <void*>value, NO_DEADLINE):
            return NEED_GENERAL
        Py_INCREF(value)
    c.state.dirty += 1
    return HANDLED


cdef int hot_hset(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    cdef int added, state
    if argc % 2:
        return NEED_GENERAL
    state = set_pairs(c, a, argc, h, &added)
    if state == HANDLED:
        output_integer(c.out, added)
    return state


cdef int hot_hmset(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    cdef int added, state
    if argc % 2:
        return NEED_GENERAL
    state = set_pairs(c, a, argc, h, &added)
    if state == HANDLED:
        output_put(c.out, b"+OK\r\n", 5)
    return state


cdef inline void answer_field(Call* c, Record* r, Arg* field) noexcept:
    """A field's value, or null."""
    cdef char room[DECIMAL_ROOM]
    cdef size_t size
    cdef const char* text = NULL
    if r is not NULL:
        text = (<HashValue>record_pointer(r)).peek(field.data, field.size, &size, room)
    if text is NULL:
        output_null(c.out, c.resp)
    else:
        output_bulk(c.out, text, size)


cdef int hot_hget(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    cdef Record* r = reading(c, &a[1], h)
    if r is not NULL and unlikely(r.kind != TYPE_HASH):
        return wrong_type(c)
    answer_field(c, r, &a[2])
    return HANDLED


cdef int hot_hmget(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    cdef Record* r = reading(c, &a[1], h)
    cdef int i
    if r is not NULL and unlikely(r.kind != TYPE_HASH):
        return wrong_type(c)
    output_prefixed(c.out, 42, argc - 2)
    for i in range(2, argc):
        answer_field(c, r, &a[i])
    return HANDLED


cdef int hot_hexists(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    cdef Record* r = reading(c, &a[1], h)
    cdef char room[DECIMAL_ROOM]
    cdef size_t size
    cdef bint found = False
    if r is not NULL:
        if unlikely(r.kind != TYPE_HASH):
            return wrong_type(c)
        found = (<HashValue>record_pointer(r)).peek(a[2].data, a[2].size, &size, room) is not NULL
    output_integer(c.out, found)
    return HANDLED


cdef int hot_hlen(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    cdef Record* r = reading(c, &a[1], h)
    cdef uint64_t count = 0
    if r is not NULL:
        if unlikely(r.kind != TYPE_HASH):
            return wrong_type(c)
        count = (<HashValue>record_pointer(r)).field_count()
    output_integer(c.out, <int64_t>count)
    return HANDLED


cdef int hot_hdel(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    cdef void** slot
    cdef Record* r = store_lookup(c.store, a[1].data, a[1].size, h, &slot)
    cdef HashValue value
    cdef int i, removed = 0
    if r is not NULL:
        if unlikely(r.kind != TYPE_HASH):
            return wrong_type(c)
        value = <HashValue>record_pointer(r)
        for i in range(2, argc):
            removed += value.remove(a[i].data, a[i].size)
        c.state.dirty += removed != 0
        if value.field_count() == 0:
            store_remove(c.store, slot, h)
            c.state.dirty += 1
    output_integer(c.out, removed)
    return HANDLED


cdef int hot_hincrby(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    """HINCRBY of a hash that exists."""
    cdef void** slot
    cdef Record* r
    cdef HashValue value
    cdef int64_t by, number = 0
    cdef char room[DECIMAL_ROOM]
    cdef char digits[DECIMAL_ROOM]
    cdef size_t size
    cdef const char* text
    cdef int n
    if unlikely(not parse_integer(a[3].data, a[3].size, &by)):
        return not_integer(c)
    r = store_lookup(c.store, a[1].data, a[1].size, h, &slot)
    if r is NULL:
        return NEED_GENERAL
    if unlikely(r.kind != TYPE_HASH):
        return wrong_type(c)
    value = <HashValue>record_pointer(r)
    text = value.peek(a[2].data, a[2].size, &size, room)
    if text is not NULL and not parse_integer(text, size, &number):
        return NEED_GENERAL
    if add_overflows(number, by, &number):
        return NEED_GENERAL
    n = write_decimal(digits, number)
    try:
        value.put(a[2].data, a[2].size, digits, n, c.state.hash_entries_max, c.state.hash_value_max)
    except MemoryError:
        return NEED_GENERAL
    c.state.dirty += 1
    output_integer(c.out, number)
    return HANDLED


cdef int hot_hgetall(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    cdef Record* r = reading(c, &a[1], h)
    cdef HashValue value
    cdef uint32_t at = PACK_HEADER
    cdef char room[DECIMAL_ROOM]
    cdef size_t size
    cdef const char* text
    cdef uint64_t count = 0
    if r is not NULL:
        if unlikely(r.kind != TYPE_HASH):
            return wrong_type(c)
        value = <HashValue>record_pointer(r)
        count = value.field_count()
    output_prefixed(c.out, 37 if c.resp == 3 else 42, <int64_t>(count if c.resp == 3 else 2 * count))
    if r is NULL:
        return HANDLED
    if value.table is not NULL:
        answer_table(c, value)
        return HANDLED
    while at != pack_end(&value.pack):
        text = pack_get(&value.pack, at, &size, room)
        output_bulk(c.out, text, size)
        at = pack_next(&value.pack, at)
    return HANDLED


cdef void answer_table(Call* c, HashValue value) noexcept:
    """All fields and values of a large hash."""
    cdef Record* out[SCAN_STEP_RECORDS]
    cdef uint64_t cursor = 0
    cdef int i, n
    cdef size_t size
    cdef const char* text
    while True:
        n = 0
        cursor = table_scan(value.table, cursor, out, &n, SCAN_STEP_RECORDS)
        for i in range(n):
            output_bulk(c.out, record_key(out[i]), record_key_size(out[i]))
            text = string_data(out[i], &size)
            output_bulk(c.out, text, size)
        if cursor == 0:
            return


cdef NativeFunction find(bytes name) noexcept:
    """The function of a command, or NULL."""
    if name == b"hset":
        return hot_hset
    if name == b"hmset":
        return hot_hmset
    if name == b"hget":
        return hot_hget
    if name == b"hmget":
        return hot_hmget
    if name == b"hexists":
        return hot_hexists
    if name == b"hlen":
        return hot_hlen
    if name == b"hdel":
        return hot_hdel
    if name == b"hincrby":
        return hot_hincrby
    if name == b"hgetall":
        return hot_hgetall
    return NULL


cdef list names():
    """Commands with a function here."""
    return [
        b"hset", b"hmset", b"hget", b"hmget", b"hexists", b"hlen", b"hdel", b"hincrby", b"hgetall",
    ]
