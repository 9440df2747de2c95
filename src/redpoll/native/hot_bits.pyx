"""Bitmap and HyperLogLog commands of the native tier, in their common form: SETBIT, GETBIT, BITCOUNT, PFADD."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from redpoll.native.bit_operations cimport bit_at, count_ones, put_bit
from redpoll.native.bits cimport unlikely
from redpoll.native.command_entry cimport Call, HANDLED, NEED_GENERAL, NativeFunction
from redpoll.native.hot_common cimport wrong_type
from redpoll.native.hyperloglog cimport invalidate_cache, is_sketch, rank_of
from redpoll.native.output cimport output_integer
from redpoll.native.resp cimport Arg, parse_integer
from redpoll.native.sketches cimport make_sketch, raise_register
from redpoll.native.string_place cimport Place, place_find, place_resize

cdef enum:
    # Bits that any proto-max-bulk-len allows: a megabyte is its minimum.
    ALLOWED_BITS = 8388608


cdef inline bint locate(Call* c, Arg* key, uint64_t h, Place* p) noexcept nogil:
    """Find a string; False if the key holds another type."""
    p.store = c.store
    p.key = key.data
    p.key_size = key.size
    p.hash = h
    return place_find(p)


cdef inline bint locate_to_read(Call* c, Arg* key, uint64_t h, Place* p) noexcept nogil:
    """`locate`, counting a hit or a miss."""
    cdef bint is_string = locate(c, key, h, p)
    if p.slot is NULL:
        c.state.misses += 1
    else:
        c.state.hits += 1
    return is_string


cdef inline bint offset_of(Arg* a, int64_t* offset) noexcept nogil:
    """The offset of a bit; False for one the general handler decides on."""
    return parse_integer(a.data, a.size, offset) and 0 <= offset[0] < ALLOWED_BITS


cdef int hot_setbit(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef Place p
    cdef int64_t offset
    cdef size_t needed
    cdef bint bit, old, grows
    if unlikely(not offset_of(&a[2], &offset) or a[3].size != 1 or a[3].data[0] not in (48, 49)):
        return NEED_GENERAL
    bit = a[3].data[0] == 49
    if unlikely(not locate(c, &a[1], h, &p)):
        return wrong_type(c)
    needed = (offset >> 3) + 1
    grows = needed > p.size
    if unlikely(not place_resize(&p, needed if grows else p.size)):
        return NEED_GENERAL
    old = bit_at(p.data, offset)
    if grows or old != bit:
        put_bit(p.data, offset, bit)
        c.state.dirty += 1
    output_integer(c.out, old)
    return HANDLED


cdef int hot_getbit(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef Place p
    cdef int64_t offset
    if unlikely(not offset_of(&a[2], &offset)):
        return NEED_GENERAL
    if unlikely(not locate_to_read(c, &a[1], h, &p)):
        return wrong_type(c)
    output_integer(c.out, bit_at(p.data, offset) if <size_t>offset >> 3 < p.size else 0)
    return HANDLED


cdef int hot_bitcount(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef Place p
    if unlikely(argc != 2):
        return NEED_GENERAL
    if unlikely(not locate_to_read(c, &a[1], h, &p)):
        return wrong_type(c)
    output_integer(c.out, <int64_t>count_ones(p.data, 0, <int64_t>p.size * 8 - 1))
    return HANDLED


cdef int hot_pfadd(Call* c, Arg* a, int argc, uint64_t h) noexcept nogil:
    cdef Place p
    cdef uint32_t register
    cdef uint64_t changes = 0
    cdef int i, rank, answer
    if unlikely(not locate(c, &a[1], h, &p)):
        return wrong_type(c)
    if p.slot is NULL:
        if unlikely(not make_sketch(&p)):
            return NEED_GENERAL
        changes = 1
    elif unlikely(not is_sketch(p.data, p.size) or not place_resize(&p, p.size)):
        return NEED_GENERAL
    for i in range(2, argc):
        rank = rank_of(a[i].data, a[i].size, &register)
        answer = raise_register(&p, register, rank, c.state.sparse_bytes_max)
        # What is wrong the general handler meets again, and says: registers that are raised stay so.
        if unlikely(answer < 0):
            return NEED_GENERAL
        changes += answer
    if changes:
        invalidate_cache(p.data)
        c.state.dirty += changes
    output_integer(c.out, changes != 0)
    return HANDLED


cdef NativeFunction find(bytes name) noexcept:
    """The function of a command, or NULL."""
    if name == b"setbit":
        return hot_setbit
    if name == b"getbit":
        return hot_getbit
    if name == b"bitcount":
        return hot_bitcount
    if name == b"pfadd":
        return hot_pfadd
    return NULL


cdef list names():
    """Commands with a function here."""
    return [b"setbit", b"getbit", b"bitcount", b"pfadd"]
