"""Strings of a database as bitmaps: read, counted and changed where they lie, never copied."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from redpoll.native.bit_operations cimport (
    JOIN_AND, JOIN_NOT, JOIN_OR, JOIN_XOR, Span, bit_at, count_ones, field_read, field_write, find_bit, join, put_bit)
from redpoll.native.database cimport Database
from redpoll.native.memory cimport mem_alloc, mem_free
from redpoll.native.record cimport Blob, INLINE_VALUE_MAX, RAW, Record, TYPE_STRING, blob_data
from redpoll.native.store cimport EVENT_NEW, EVENT_STRING, NO_DEADLINE, store_peek, store_put_pointer
from redpoll.native.string_place cimport (
    Place, place_changed, place_resize_or_raise, place_to_read, place_to_write)
from redpoll.native.table cimport table_find, table_hash

# What a step of BITFIELD does, and what it does with a number too large for its field.
GET, SET, INCREMENT = 0, 1, 2
WRAP, SATURATE, FAIL = 0, 1, 2

# Python's integers, which have no limit.
cdef object ONE = 1
cdef object ALL_ONES = 0xFFFFFFFFFFFFFFFF
cdef object FARTHEST = 0x7FFFFFFFFFFFFFFF

JOINS = {b"AND": JOIN_AND, b"OR": JOIN_OR, b"XOR": JOIN_XOR, b"NOT": JOIN_NOT}


def get_bit(Database db not None, bytes key not None, uint64_t offset) -> int:
    """A bit of the string at a key; beyond its end all are 0."""
    cdef Place p
    place_to_read(db, key, &p)
    return bit_at(p.data, offset) if offset >> 3 < p.size else 0


def set_bit(Database db not None, bytes key not None, uint64_t offset, bint bit) -> int:
    """Set a bit of the string at a key, lengthened or made as needed; what it was."""
    cdef Place p
    cdef size_t needed = (offset >> 3) + 1
    cdef bint grows, old
    place_to_write(db, key, &p)
    grows = needed > p.size
    place_resize_or_raise(db, key, &p, needed if grows else p.size)
    old = bit_at(p.data, offset)
    if grows or old != bit:
        put_bit(p.data, offset, bit)
        place_changed(db, key, b"setbit", 1)
    return old


cdef inline bint clamp(int64_t* start, int64_t* end, int64_t size) noexcept nogil:
    """An inclusive range, negative from the end, cut to 0..size-1; False if nothing is left."""
    start[0] = start[0] + size if start[0] < 0 else start[0]
    end[0] = end[0] + size if end[0] < 0 else end[0]
    start[0] = 0 if start[0] < 0 else start[0]
    end[0] = 0 if end[0] < 0 else end[0]
    end[0] = size - 1 if end[0] >= size else end[0]
    return start[0] <= end[0]


def count_bits(Database db not None, bytes key not None, int64_t start, int64_t end, bint in_bits) -> int:
    """How many bits are one in a range of bytes, or of bits."""
    cdef Place p
    place_to_read(db, key, &p)
    # Before the beginning there is nothing; for BITPOS the first byte stands there, as in Redis.
    if start < 0 and end < 0 and start > end:
        return 0
    if not clamp(&start, &end, <int64_t>p.size * (8 if in_bits else 1)):
        return 0
    if not in_bits:
        start, end = start * 8, end * 8 + 7
    return count_ones(p.data, start, end)


def bit_position(
    Database db not None, bytes key not None, bint bit, int64_t start, int64_t end, bint in_bits, bint beyond_end
) -> int:
    """The first bit of this kind in a range, or -1; `beyond_end`: behind the string come zeros."""
    cdef Place p
    cdef int64_t found
    place_to_read(db, key, &p)
    if p.slot is NULL:
        return -1 if bit else 0
    if not clamp(&start, &end, <int64_t>p.size * (8 if in_bits else 1)):
        return -1
    if not in_bits:
        start, end = start * 8, end * 8 + 7
    found = find_bit(p.data, start, end, bit)
    if found < 0 and not bit and beyond_end:
        return p.size * 8
    return found


def join_bitmaps(Database db not None, int operation, bytes target not None, tuple sources not None) -> int:
    """Make a key the bitwise join of others (an empty result removes it); the length of the result."""
    cdef Place p
    cdef int i, count = len(sources)
    cdef size_t size = 0
    cdef Span* spans = <Span*>calloc(count, sizeof(Span))
    if spans is NULL:
        raise MemoryError
    try:
        for i in range(count):
            place_to_read(db, sources[i], &p)
            spans[i].data = p.data
            spans[i].size = p.size
            size = p.size if p.size > size else size
        if size == 0:
            db.delete(target)
        else:
            put_join(db, operation, target, spans, count, size)
    finally:
        free(spans)
    return size


cdef int put_join(Database db, int operation, bytes target, Span* spans, int count, size_t size) except -1:
    """Join, and store the result."""
    cdef const char* key = PyBytes_AS_STRING(target)
    cdef size_t key_size = PyBytes_GET_SIZE(target)
    cdef uint64_t h = table_hash(&db.store.table, key, key_size)
    cdef void** slot
    cdef Blob* blob
    cdef uint8_t small[INLINE_VALUE_MAX]
    if size <= INLINE_VALUE_MAX:
        join(operation, small, size, spans, count)
        db.set_string(target, small[:size])
        (<Record*>table_find(&db.store.table, key, key_size, h)[0]).flags |= RAW
        return 0
    blob = <Blob*>mem_alloc(sizeof(Blob) + size)
    if blob is NULL:
        raise MemoryError
    blob.size = size
    blob.capacity = size
    join(operation, <uint8_t*>blob_data(blob), size, spans, count)
    store_peek(&db.store, key, key_size, h, &slot)
    if not store_put_pointer(&db.store, slot, key, key_size, h, TYPE_STRING, blob, NO_DEADLINE):
        mem_free(blob, sizeof(Blob) + size)
        raise MemoryError
    if slot is NULL:
        db.notify(EVENT_NEW, b"new", target)
    db.changed_fast(EVENT_STRING, b"set", target)
    return 0


cdef inline object number_of(uint64_t bits, bint is_signed, int width):
    """A field's bits as a number."""
    if is_signed and bits >> (width - 1):
        return <int64_t>(bits | (~<uint64_t>0 << (width - 1)))
    return bits


def read_fields(Database db not None, bytes key not None, list operations not None) -> list:
    """The numbers in fields of the string at a key; beyond its end all bits are 0."""
    cdef Place p
    cdef bint is_signed
    cdef int width
    cdef uint64_t offset
    cdef list found = []
    place_to_read(db, key, &p)
    for _, is_signed, width, offset, _, _ in operations:
        found.append(number_of(field_read(p.data, p.size, offset, width), is_signed, width))
    return found


def change_fields(Database db not None, bytes key not None, list operations not None) -> list:
    """Read and change fields of the string at a key, made long enough before the first; None where FAIL refused."""
    cdef Place p
    cdef size_t needed = 0, size
    cdef int action, width
    cdef uint64_t offset, changes = 0
    cdef bint is_signed, grows
    cdef list found = []
    place_to_write(db, key, &p)
    for action, _, width, offset, _, _ in operations:
        size = ((offset + width - 1) >> 3) + 1
        if action != GET and size > needed:
            needed = size
    grows = needed > p.size
    place_resize_or_raise(db, key, &p, needed if grows else p.size)
    for action, is_signed, width, offset, operand, overflow in operations:
        old = number_of(field_read(p.data, p.size, offset, width), is_signed, width)
        if action == GET:
            found.append(old)
            continue
        if action == INCREMENT:
            operand += old
        elif not is_signed:  # a negative number is one too large for any field
            operand &= ALL_ONES
        elif overflow == SATURATE and width < 64 and (ONE << (width - 1)) - 1 - operand > FARTHEST:
            operand = FARTHEST  # so far below that Redis, which subtracts in 64 bits, takes it for too large
        new = fitted(operand, is_signed, width, overflow)
        found.append(old if action == SET and new is not None else new)
        if new is not None and (grows or new != old):
            field_write(p.data, offset, width, <uint64_t>(new & ALL_ONES))
            changes += 1
    if changes:
        place_changed(db, key, b"setbit", changes)
    return found


cdef object fitted(object number, bint is_signed, int width, int overflow):
    """A number as its field takes it, or None."""
    cdef object count = ONE << width
    cdef object lowest = -(count >> 1) if is_signed else 0
    cdef object highest = lowest + count - 1
    if lowest <= number <= highest:
        return number
    if overflow == FAIL:
        return None
    if overflow == SATURATE:
        return highest if number > highest else lowest
    return (number - lowest) % count + lowest
