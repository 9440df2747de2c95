"""A growing buffer of reply bytes, and the RESP scalars written into it."""

from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport realloc
from libc.string cimport memcpy
from redpoll.native.bits cimport unlikely

cdef struct Output:
    char* data
    size_t size
    size_t capacity

cdef inline char* output_room(Output* o, size_t n) noexcept nogil:
    """Where `n` more bytes may be written; NULL without memory (and nothing changes)."""
    cdef size_t capacity
    cdef char* data
    if unlikely(o.size + n > o.capacity):
        capacity = o.capacity * 2 if o.capacity else 1024
        while capacity < o.size + n:
            capacity *= 2
        data = <char*>realloc(o.data, capacity)
        if data is NULL:
            return NULL
        o.data = data
        o.capacity = capacity
    return o.data + o.size

cdef inline bint output_put(Output* o, const char* s, size_t n) noexcept nogil:
    cdef char* d = output_room(o, n)
    if unlikely(d is NULL):
        return False
    memcpy(d, s, n)
    o.size += n
    return True

cdef inline int write_decimal(char* d, int64_t value) noexcept nogil:
    """Write a number in decimal (up to 20 bytes); returns how many."""
    cdef char digits[24]
    cdef int i = 0, j = 0
    cdef uint64_t rest
    if value < 0:
        d[0] = 45
        j = 1
        rest = <uint64_t>0 - <uint64_t>value
    else:
        rest = <uint64_t>value
    if rest < 10:
        d[j] = <char>(48 + rest)
        return j + 1
    while True:
        digits[i] = <char>(48 + rest % 10)
        rest //= 10
        i += 1
        if rest == 0:
            break
    while i:
        i -= 1
        d[j] = digits[i]
        j += 1
    return j

cdef inline bint output_prefixed(Output* o, char mark, int64_t value) noexcept nogil:
    """A mark, a number and a line end: integers and the headers of arrays and strings."""
    cdef char* d = output_room(o, 24)
    cdef int n
    if unlikely(d is NULL):
        return False
    d[0] = mark
    n = 1 + write_decimal(d + 1, value)
    d[n] = 13
    d[n + 1] = 10
    o.size += n + 2
    return True

cdef inline bint output_integer(Output* o, int64_t value) noexcept nogil:
    return output_prefixed(o, 58, value)

cdef inline bint output_bulk(Output* o, const char* s, size_t n) noexcept nogil:
    cdef char* d = output_room(o, n + 32)
    cdef int k
    if unlikely(d is NULL):
        return False
    d[0] = 36
    k = 1 + write_decimal(d + 1, <int64_t>n)
    d[k] = 13
    d[k + 1] = 10
    k += 2
    memcpy(d + k, s, n)
    d[k + n] = 13
    d[k + n + 1] = 10
    o.size += k + n + 2
    return True

cdef inline bint output_null(Output* o, int resp) noexcept nogil:
    if resp == 2:
        return output_put(o, b"$-1\r\n", 5)
    return output_put(o, b"_\r\n", 3)
