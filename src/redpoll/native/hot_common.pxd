"""What native commands share: error replies and word compares."""

from libc.stdint cimport uint64_t
from redpoll.native.bits cimport unlikely
from redpoll.native.command_entry cimport Call, FAILED
from redpoll.native.output cimport output_put
from redpoll.native.record cimport Record, TYPE_STRING
from redpoll.native.resp cimport Arg

cdef inline int wrong_type(Call* c) noexcept nogil:
    output_put(c.out, b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n", 68)
    return FAILED

cdef inline int not_integer(Call* c) noexcept nogil:
    output_put(c.out, b"-ERR value is not an integer or out of range\r\n", 46)
    return FAILED

cdef inline bint word_is(Arg* a, const char* lower, size_t n) noexcept nogil:
    """Whether an option is this word, letters in either case."""
    cdef size_t i
    if a.size != n:
        return False
    for i in range(n):
        if (a.data[i] | 32) != lower[i]:
            return False
    return True
