"""Key commands of the native tier: PING, DEL, EXISTS, TTL and their kin in their common form."""

from libc.stdint cimport int64_t, uint64_t
from redpoll.native.bits cimport add_overflows, mul_overflows, unlikely
from redpoll.native.command_entry cimport Call, HANDLED, NEED_GENERAL, NativeFunction
from redpoll.native.output cimport output_bulk, output_integer, output_put
from redpoll.native.record cimport EXPIRES, Record, record_deadline
from redpoll.native.resp cimport Arg, parse_integer
from redpoll.native.store cimport record_stamp, store_lookup, store_peek, store_remove, store_set_deadline
from redpoll.native.table cimport table_hash

cdef const char** TYPE_LINES = [
    "+string\r\n", "+list\r\n", "+set\r\n", "+zset\r\n", "+hash\r\n", "+stream\r\n"]
cdef int* TYPE_SIZES = [9, 7, 6, 7, 7, 9]


cdef int hot_ping(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    if argc == 1:
        output_put(c.out, b"+PONG\r\n", 7)
        return HANDLED
    if argc > 2:
        return NEED_GENERAL
    output_bulk(c.out, a[1].data, a[1].size)
    return HANDLED


cdef int hot_del(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef void** slot
    cdef int i, removed = 0
    for i in range(1, argc):
        if i > 1:
            h = table_hash(&c.store.table, a[i].data, a[i].size)
        if store_peek(c.store, a[i].data, a[i].size, h, &slot) is not NULL:
            store_remove(c.store, slot, h)
            removed += 1
    c.state.dirty += removed
    output_integer(c.out, removed)
    return HANDLED


cdef int hot_unlink(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    return hot_del(c, a, argc, h)


cdef int count_keys(Call* c, Arg* a, int argc, uint64_t h, bint stamp) noexcept nogil:
    cdef void** slot
    cdef Record* r
    cdef int i, found = 0
    for i in range(1, argc):
        if i > 1:
            h = table_hash(&c.store.table, a[i].data, a[i].size)
        r = store_peek(c.store, a[i].data, a[i].size, h, &slot)
        if r is NULL:
            c.state.misses += 1
            continue
        c.state.hits += 1
        found += 1
        if stamp:
            record_stamp(c.state, r)
    output_integer(c.out, found)
    return HANDLED


cdef int hot_exists(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    return count_keys(c, a, argc, h, False)


cdef int hot_touch(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    return count_keys(c, a, argc, h, True)


cdef int hot_type(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef void** slot
    cdef Record* r = store_peek(c.store, a[1].data, a[1].size, h, &slot)
    if r is NULL:
        c.state.misses += 1
        output_put(c.out, b"+none\r\n", 7)
    else:
        c.state.hits += 1
        output_put(c.out, TYPE_LINES[r.kind], TYPE_SIZES[r.kind])
    return HANDLED


cdef int expire_after(Call* c, Arg* a, int argc, uint64_t h, int64_t unit_ms) noexcept nogil:
    """EXPIRE and PEXPIRE without a condition, into the future."""
    cdef void** slot
    cdef int64_t ttl, deadline
    if argc > 3 or not parse_integer(a[2].data, a[2].size, &ttl) or ttl <= 0:
        return NEED_GENERAL
    if mul_overflows(ttl, unit_ms, &ttl) or add_overflows(ttl, c.state.now_ms, &deadline):
        return NEED_GENERAL
    if store_lookup(c.store, a[1].data, a[1].size, h, &slot) is NULL:
        output_integer(c.out, 0)
        return HANDLED
    if unlikely(not store_set_deadline(c.store, slot, deadline)):
        return NEED_GENERAL
    c.state.dirty += 1
    output_integer(c.out, 1)
    return HANDLED


cdef int hot_expire(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    return expire_after(c, a, argc, h, 1000)


cdef int hot_pexpire(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    return expire_after(c, a, argc, h, 1)


cdef int time_to_live(Call* c, Arg* a, uint64_t h, bint in_seconds) noexcept nogil:
    cdef void** slot
    cdef Record* r = store_peek(c.store, a[1].data, a[1].size, h, &slot)
    cdef int64_t left
    if r is NULL:
        left = -2
        c.state.misses += 1
    else:
        c.state.hits += 1
        left = -1
        if r.flags & EXPIRES:
            left = record_deadline(r) - c.state.now_ms
            left = 0 if left < 0 else left
            if in_seconds:
                left = (left + 500) // 1000
    output_integer(c.out, left)
    return HANDLED


cdef int hot_ttl(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    return time_to_live(c, a, h, True)


cdef int hot_pttl(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    return time_to_live(c, a, h, False)


cdef NativeFunction find(bytes name) noexcept:
    """The function of a command, or NULL."""
    if name == b"ping":
        return hot_ping
    if name == b"del":
        return hot_del
    if name == b"unlink":
        return hot_unlink
    if name == b"exists":
        return hot_exists
    if name == b"touch":
        return hot_touch
    if name == b"type":
        return hot_type
    if name == b"expire":
        return hot_expire
    if name == b"pexpire":
        return hot_pexpire
    if name == b"ttl":
        return hot_ttl
    if name == b"pttl":
        return hot_pttl
    return NULL


cdef list names():
    """Commands with a function here."""
    return [
        b"ping", b"del", b"unlink", b"exists", b"touch", b"type", b"expire", b"pexpire", b"ttl", b"pttl",
    ]
