"""List commands of the native tier in their common form."""

from cpython.ref cimport Py_INCREF
from libc.stdint cimport int64_t, uint32_t, uint64_t
from redpoll.native.bits cimport unlikely
from redpoll.native.command_entry cimport Call, HANDLED, NEED_GENERAL, NativeFunction
from redpoll.native.hot_common cimport wrong_type
from redpoll.native.list_value cimport ListValue
from redpoll.native.listpack cimport DECIMAL_ROOM, PACK_HEADER, Pack, pack_end, pack_get, pack_next, pack_seek
from redpoll.native.output cimport output_bulk, output_integer, output_null, output_prefixed
from redpoll.native.record cimport Record, TYPE_LIST, record_pointer
from redpoll.native.resp cimport Arg, parse_integer
from redpoll.native.store cimport NO_DEADLINE, store_lookup, store_put_pointer, store_remove


cdef inline Record* reading(Call* c, Arg* key, uint64_t h) noexcept:
    """Look up for reading, counting a hit or a miss."""
    cdef void** slot
    cdef Record* r = store_lookup(c.store, key.data, key.size, h, &slot)
    if r is NULL:
        c.state.misses += 1
    else:
        c.state.hits += 1
    return r


cdef int push(Call* c, Arg* a, int argc, uint64_t h, bint left, bint make) noexcept:
    cdef void** slot
    cdef Record* r = store_lookup(c.store, a[1].data, a[1].size, h, &slot)
    cdef ListValue value
    cdef int64_t fill = c.state.list_fill
    cdef uint64_t size = 0
    cdef int i
    if r is NULL and not make:
        output_integer(c.out, 0)
        return HANDLED
    if r is not NULL and unlikely(r.kind != TYPE_LIST):
        return wrong_type(c)
    for i in range(2, argc):
        size += a[i].size
    i = 2
    try:
        value = ListValue() if r is NULL else <ListValue>record_pointer(r)
        value.grow_by(size, argc - 2, fill)
        while i < argc:
            value.push_one(a[i].data, a[i].size, left, fill)
            i += 1
    except MemoryError:
        # A list must not hold half of what the handler is about to push again.
        try:
            if i > 2 and r is not NULL:
                value.drop(i - 2, left)
        except MemoryError:
            pass
        return NEED_GENERAL
    if r is NULL:
        if not store_put_pointer(c.store, slot, a[1].data, a[1].size, h, TYPE_LIST, <void*>value, NO_DEADLINE):
            return NEED_GENERAL
        Py_INCREF(value)
    c.state.dirty += 1
    output_integer(c.out, <int64_t>value.length)
    return HANDLED


cdef int hot_lpush(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    return push(c, a, argc, h, True, True)


cdef int hot_rpush(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    return push(c, a, argc, h, False, True)


cdef int hot_lpushx(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    return push(c, a, argc, h, True, False)


cdef int hot_rpushx(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    return push(c, a, argc, h, False, False)


cdef int pop(Call* c, Arg* a, int argc, uint64_t h, bint left) noexcept:
    """LPOP and RPOP without a count."""
    cdef void** slot
    cdef Record* r
    cdef ListValue value
    cdef char room[DECIMAL_ROOM]
    cdef size_t size, before = c.out.size
    cdef const char* text
    if argc > 2:
        return NEED_GENERAL
    r = store_lookup(c.store, a[1].data, a[1].size, h, &slot)
    if r is NULL:
        output_null(c.out, c.resp)
        return HANDLED
    if unlikely(r.kind != TYPE_LIST):
        return wrong_type(c)
    value = <ListValue>record_pointer(r)
    text = value.end(left, &size, room)
    output_bulk(c.out, text, size)
    try:
        value.drop(1, left)
    except MemoryError:
        c.out.size = before
        return NEED_GENERAL
    value.shrink_to(c.state.list_fill)
    c.state.dirty += 1
    if value.length == 0:
        value = None
        store_remove(c.store, slot, h)
        c.state.dirty += 1
    return HANDLED


cdef int hot_lpop(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    return pop(c, a, argc, h, True)


cdef int hot_rpop(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    return pop(c, a, argc, h, False)


cdef int hot_llen(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    cdef Record* r = reading(c, &a[1], h)
    cdef uint64_t length = 0
    if r is not NULL:
        if unlikely(r.kind != TYPE_LIST):
            return wrong_type(c)
        length = (<ListValue>record_pointer(r)).length
    output_integer(c.out, <int64_t>length)
    return HANDLED


cdef int hot_lindex(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    cdef Record* r
    cdef ListValue value
    cdef int64_t index
    cdef uint32_t i, inner
    cdef Pack* pack
    cdef char room[DECIMAL_ROOM]
    cdef size_t size
    cdef const char* text
    if not parse_integer(a[2].data, a[2].size, &index):
        return NEED_GENERAL
    r = reading(c, &a[1], h)
    if r is NULL:
        output_null(c.out, c.resp)
        return HANDLED
    if unlikely(r.kind != TYPE_LIST):
        return wrong_type(c)
    value = <ListValue>record_pointer(r)
    if index < 0:
        index += <int64_t>value.length
    if index < 0 or index >= <int64_t>value.length:
        output_null(c.out, c.resp)
        return HANDLED
    i = value.locate(index, &inner)
    pack = value.chunk(i)
    text = pack_get(pack, pack_seek(pack, inner), &size, room)
    output_bulk(c.out, text, size)
    return HANDLED


cdef int hot_lrange(Call* c, Arg* a, int argc, uint64_t h) noexcept:
    cdef Record* r
    cdef ListValue value
    cdef int64_t start, stop, length
    if not parse_integer(a[2].data, a[2].size, &start) or not parse_integer(a[3].data, a[3].size, &stop):
        return NEED_GENERAL
    r = reading(c, &a[1], h)
    if r is NULL:
        output_prefixed(c.out, 42, 0)
        return HANDLED
    if unlikely(r.kind != TYPE_LIST):
        return wrong_type(c)
    value = <ListValue>record_pointer(r)
    length = <int64_t>value.length
    start = start + length if start < 0 else start
    stop = stop + length if stop < 0 else stop
    start = 0 if start < 0 else start
    stop = length - 1 if stop >= length else stop
    if start > stop or start >= length:
        output_prefixed(c.out, 42, 0)
        return HANDLED
    output_prefixed(c.out, 42, stop - start + 1)
    answer_section(c, value, start, stop - start + 1)
    return HANDLED


cdef void answer_section(Call* c, ListValue value, uint64_t start, uint64_t count) noexcept:
    """So many elements from an index on."""
    cdef uint32_t inner, i, at
    cdef Pack* pack
    cdef char room[DECIMAL_ROOM]
    cdef size_t size
    cdef const char* text
    i = value.locate(start, &inner)
    pack = value.chunk(i)
    at = pack_seek(pack, inner)
    while count:
        if at == pack_end(pack):
            i += 1
            pack = value.chunk(i)
            at = PACK_HEADER
        text = pack_get(pack, at, &size, room)
        output_bulk(c.out, text, size)
        at = pack_next(pack, at)
        count -= 1


cdef NativeFunction find(bytes name) noexcept:
    """The function of a command, or NULL."""
    if name == b"lpush":
        return hot_lpush
    if name == b"rpush":
        return hot_rpush
    if name == b"lpushx":
        return hot_lpushx
    if name == b"rpushx":
        return hot_rpushx
    if name == b"lpop":
        return hot_lpop
    if name == b"rpop":
        return hot_rpop
    if name == b"llen":
        return hot_llen
    if name == b"lindex":
        return hot_lindex
    if name == b"lrange":
        return hot_lrange
    return NULL


cdef list names():
    """Commands with a function here."""
    return [
        b"lpush", b"rpush", b"lpushx", b"rpushx", b"lpop", b"rpop", b"llen", b"lindex", b"lrange",
    ]
