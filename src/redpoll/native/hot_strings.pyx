"""String commands of the native tier: GET, SET and their kin in their common form.

A function answers, or returns NEED_GENERAL before it has changed or written anything; the Python handler is the full
truth, and a property test runs both on the same commands.
"""

from libc.stdint cimport INT64_MIN, int64_t, uint64_t
from libc.string cimport memcpy
from redpoll.native.bits cimport add_overflows, mul_overflows, unlikely
from redpoll.native.command_entry cimport Call, FAILED, HANDLED, NEED_GENERAL, NativeFunction
from redpoll.native.hot_common cimport not_integer, word_is, wrong_type
from redpoll.native.output cimport (
    output_bulk, output_integer, output_null, output_prefixed, output_put, write_decimal)
from redpoll.native.record cimport Record, TYPE_STRING, record_key, record_value, string_data
from redpoll.native.resp cimport Arg, parse_integer
from redpoll.native.store cimport (
    KEEP_DEADLINE, NO_DEADLINE, store_adopt_string, store_lookup, store_put_inline,
    store_remove, store_resize_string, store_set_string)
from redpoll.native.table cimport table_hash, table_prefetch_bucket, table_prefetch_record

cdef enum:
    # A string may grow to proto-max-bulk-len; what comes near its default is the general tier's.
    GROW_MAX = 268435456
    DECIMAL_MAX = 20
    PREFETCH_KEYS = 16


cdef inline Record* reading(Call* c, Arg* key, uint64_t h) noexcept nogil:
    """Look up for reading, counting a hit or a miss."""
    cdef void** slot
    cdef Record* r = store_lookup(c.store, key.data, key.size, h, &slot)
    if r is NULL:
        c.state.misses += 1
    else:
        c.state.hits += 1
    return r


cdef inline int put(Call* c, void** slot, Arg* key, uint64_t h, Arg* value, int64_t deadline) noexcept nogil:
    """Set a string; NEED_GENERAL (which will say so) without memory."""
    if unlikely(not store_set_string(c.store, slot, key.data, key.size, h, value.data, value.size, deadline)):
        return NEED_GENERAL
    c.state.dirty += 1
    return HANDLED


cdef inline void bulk_of(Call* c, Record* r) noexcept nogil:
    cdef size_t size
    cdef const char* data = string_data(r, &size)
    output_bulk(c.out, data, size)


cdef int hot_get(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef Record* r = reading(c, &a[1], h)
    if r is NULL:
        output_null(c.out, c.resp)
        return HANDLED
    if unlikely(r.kind != TYPE_STRING):
        return wrong_type(c)
    bulk_of(c, r)
    return HANDLED


cdef int hot_strlen(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef Record* r = reading(c, &a[1], h)
    cdef size_t size = 0
    if r is not NULL:
        if unlikely(r.kind != TYPE_STRING):
            return wrong_type(c)
        string_data(r, &size)
    output_integer(c.out, <int64_t>size)
    return HANDLED


cdef int hot_mget(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef int i, n, last
    cdef uint64_t hashes[PREFETCH_KEYS]
    cdef Record* r
    output_prefixed(c.out, 42, argc - 1)
    n = 1
    while n < argc:
        last = n + PREFETCH_KEYS if n + PREFETCH_KEYS < argc else argc
        for i in range(n, last):
            hashes[i - n] = table_hash(&c.store.table, a[i].data, a[i].size)
            table_prefetch_bucket(&c.store.table, hashes[i - n])
        for i in range(n, last):
            table_prefetch_record(&c.store.table, hashes[i - n])
        for i in range(n, last):
            r = reading(c, &a[i], hashes[i - n])
            if r is NULL or r.kind != TYPE_STRING:
                output_null(c.out, c.resp)
            else:
                bulk_of(c, r)
        n = last
    return HANDLED


cdef inline int absolute(Call* c, Arg* a, int64_t unit_ms, int64_t* deadline) noexcept nogil:
    """A time to live as a deadline; NEED_GENERAL for what is refused or already past."""
    cdef int64_t ttl
    if not parse_integer(a.data, a.size, &ttl) or ttl <= 0:
        return NEED_GENERAL
    if mul_overflows(ttl, unit_ms, &ttl) or add_overflows(ttl, c.state.now_ms, deadline):
        return NEED_GENERAL
    return HANDLED


cdef int hot_set(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    """SET key value [EX s | PX ms | KEEPTTL] [NX | XX]."""
    cdef void** slot
    cdef Record* r
    cdef int64_t deadline = NO_DEADLINE
    cdef int i = 3
    cdef bint only_new = False, only_old = False
    while unlikely(i < argc):
        if word_is(&a[i], b"nx", 2) and not only_old and not only_new:
            only_new = True
        elif word_is(&a[i], b"xx", 2) and not only_new and not only_old:
            only_old = True
        elif word_is(&a[i], b"keepttl", 7) and deadline == NO_DEADLINE:
            deadline = KEEP_DEADLINE
        elif i + 1 < argc and deadline == NO_DEADLINE and (word_is(&a[i], b"ex", 2) or word_is(&a[i], b"px", 2)):
            if absolute(c, &a[i + 1], 1000 if (a[i].data[0] | 32) == 101 else 1, &deadline) == NEED_GENERAL:
                return NEED_GENERAL
            i += 1
        else:
            return NEED_GENERAL
        i += 1
    r = store_lookup(c.store, a[1].data, a[1].size, h, &slot)
    if unlikely((only_new and r is not NULL) or (only_old and r is NULL)):
        output_null(c.out, c.resp)
        return HANDLED
    if unlikely(c.spare is not NULL) and adopt(c, slot, a, h, deadline):
        return HANDLED
    if unlikely(put(c, slot, &a[1], h, &a[2], deadline) == NEED_GENERAL):
        return NEED_GENERAL
    output_put(c.out, b"+OK\r\n", 5)
    return HANDLED


cdef bint adopt(Call* c, void** slot, Arg* a, uint64_t h, int64_t deadline) noexcept nogil:
    """SET of a long value that came alone in its client's buffer: the buffer becomes the value."""
    cdef Record* r
    if a[2].data < c.spare or a[2].data >= c.spare + c.spare_size or a[2].size * 8 < c.spare_size * 7:
        return False
    r = store_adopt_string(c.store, slot, &a[1], h, c.spare, c.spare_size, &a[2], deadline)
    if r is NULL:
        return False
    # The words stood before the value, which has moved over them; the slow log may want them.
    a[0].data = "SET"
    a[0].size = 3
    a[1].data = record_key(r)
    c.spare_taken = True
    c.state.dirty += 1
    output_put(c.out, b"+OK\r\n", 5)
    return True


cdef int hot_setnx(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef void** slot
    if store_lookup(c.store, a[1].data, a[1].size, h, &slot) is not NULL:
        output_integer(c.out, 0)
        return HANDLED
    if put(c, slot, &a[1], h, &a[2], NO_DEADLINE) == NEED_GENERAL:
        return NEED_GENERAL
    output_integer(c.out, 1)
    return HANDLED


cdef int set_for(Call* c, Arg* a, uint64_t h, int64_t unit_ms) noexcept nogil:
    cdef void** slot
    cdef int64_t deadline
    if absolute(c, &a[2], unit_ms, &deadline) == NEED_GENERAL:
        return NEED_GENERAL
    store_lookup(c.store, a[1].data, a[1].size, h, &slot)
    if put(c, slot, &a[1], h, &a[3], deadline) == NEED_GENERAL:
        return NEED_GENERAL
    output_put(c.out, b"+OK\r\n", 5)
    return HANDLED


cdef int hot_setex(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    return set_for(c, a, h, 1000)


cdef int hot_psetex(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    return set_for(c, a, h, 1)


cdef int hot_getset(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef void** slot
    cdef size_t before = c.out.size
    cdef Record* r = store_lookup(c.store, a[1].data, a[1].size, h, &slot)
    if r is NULL:
        c.state.misses += 1
        output_null(c.out, c.resp)
    elif unlikely(r.kind != TYPE_STRING):
        c.state.hits += 1
        return wrong_type(c)
    else:
        c.state.hits += 1
        bulk_of(c, r)
    if unlikely(put(c, slot, &a[1], h, &a[2], NO_DEADLINE) == NEED_GENERAL):
        c.out.size = before
        return NEED_GENERAL
    return HANDLED


cdef int hot_getdel(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef void** slot
    cdef Record* r = store_lookup(c.store, a[1].data, a[1].size, h, &slot)
    if r is NULL:
        c.state.misses += 1
        output_null(c.out, c.resp)
        return HANDLED
    c.state.hits += 1
    if unlikely(r.kind != TYPE_STRING):
        return wrong_type(c)
    bulk_of(c, r)
    store_remove(c.store, slot, h)
    c.state.dirty += 1
    return HANDLED


cdef int add(Call* c, Arg* a, uint64_t h, int64_t by) noexcept nogil:
    """Add to a counter, in place where its digits fit."""
    cdef void** slot
    cdef Record* r = store_lookup(c.store, a[1].data, a[1].size, h, &slot)
    cdef int64_t value = 0
    cdef size_t size
    cdef const char* data
    cdef char digits[24]
    cdef int n
    if r is not NULL:
        if unlikely(r.kind != TYPE_STRING):
            return wrong_type(c)
        data = string_data(r, &size)
        if unlikely(not parse_integer(data, size, &value)):
            return not_integer(c)
    if unlikely(add_overflows(value, by, &value)):
        output_put(c.out, b"-ERR increment or decrement would overflow\r\n", 44)
        return FAILED
    n = write_decimal(digits, value)
    r = store_put_inline(c.store, slot, a[1].data, a[1].size, h, n, KEEP_DEADLINE)
    if unlikely(r is NULL):
        return NEED_GENERAL
    memcpy(record_value(r), digits, n)
    c.state.dirty += 1
    output_integer(c.out, value)
    return HANDLED


cdef int hot_incr(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    return add(c, a, h, 1)


cdef int hot_decr(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    return add(c, a, h, -1)


cdef int hot_incrby(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef int64_t by
    if unlikely(not parse_integer(a[2].data, a[2].size, &by)):
        return not_integer(c)
    return add(c, a, h, by)


cdef int hot_decrby(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef int64_t by
    if unlikely(not parse_integer(a[2].data, a[2].size, &by)):
        return not_integer(c)
    if unlikely(by == INT64_MIN):
        return NEED_GENERAL  # its negative is no 64-bit integer: another error text
    return add(c, a, h, -by)


cdef int hot_append(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef void** slot
    cdef Record* r = store_lookup(c.store, a[1].data, a[1].size, h, &slot)
    cdef size_t size = 0
    cdef char* data
    if r is NULL:
        if put(c, slot, &a[1], h, &a[2], NO_DEADLINE) == NEED_GENERAL:
            return NEED_GENERAL
        output_integer(c.out, <int64_t>a[2].size)
        return HANDLED
    if unlikely(r.kind != TYPE_STRING):
        return wrong_type(c)
    string_data(r, &size)
    if unlikely(size + a[2].size > GROW_MAX):
        return NEED_GENERAL
    data = store_resize_string(c.store, slot, a[1].data, a[1].size, h, size + a[2].size)
    if unlikely(data is NULL):
        return NEED_GENERAL
    memcpy(data + size, a[2].data, a[2].size)
    c.state.dirty += 1
    output_integer(c.out, <int64_t>(size + a[2].size))
    return HANDLED


cdef int hot_mset(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef void** slot
    cdef int i = 1
    cdef uint64_t key_hash
    if unlikely(argc % 2 == 0):
        return NEED_GENERAL
    while i < argc:
        table_prefetch_bucket(&c.store.table, table_hash(&c.store.table, a[i].data, a[i].size))
        i += 2
    i = 1
    while i < argc:
        key_hash = table_hash(&c.store.table, a[i].data, a[i].size)
        store_lookup(c.store, a[i].data, a[i].size, key_hash, &slot)
        # Without memory the general handler sets all of them again and says so.
        if put(c, slot, &a[i], key_hash, &a[i + 1], NO_DEADLINE) == NEED_GENERAL:
            return NEED_GENERAL
        i += 2
    output_put(c.out, b"+OK\r\n", 5)
    return HANDLED


cdef NativeFunction find(bytes name) noexcept:
    """The function of a command, or NULL."""
    if name == b"get":
        return hot_get
    if name == b"strlen":
        return hot_strlen
    if name == b"mget":
        return hot_mget
    if name == b"set":
        return hot_set
    if name == b"setnx":
        return hot_setnx
    if name == b"setex":
        return hot_setex
    if name == b"psetex":
        return hot_psetex
    if name == b"getset":
        return hot_getset
    if name == b"getdel":
        return hot_getdel
    if name == b"incr":
        return hot_incr
    if name == b"decr":
        return hot_decr
    if name == b"incrby":
        return hot_incrby
    if name == b"decrby":
        return hot_decrby
    if name == b"append":
        return hot_append
    if name == b"mset":
        return hot_mset
    return NULL


cdef list names():
    """Commands with a function here."""
    return [
        b"get", b"strlen", b"mget", b"set", b"setnx", b"setex", b"psetex", b"getset", b"getdel", b"incr", b"decr",
        b"incrby", b"decrby", b"append", b"mset",
    ]
