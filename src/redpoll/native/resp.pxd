"""RESP2 and RESP3: encoding of replies, parsing of requests; see resp.pyx."""

from libc.stdint cimport int64_t
from redpoll.native.output cimport Output

cdef struct Arg:
    char* data
    size_t size

cdef struct ParseLimits:
    int64_t bulk_max           # proto-max-bulk-len
    bint trusted               # authenticated: full limits

cdef struct Partial:           # a multibulk command of which not all has come; offsets from its first byte
    int64_t count              # arguments announced; 0: nothing known
    int64_t have
    size_t position
    size_t* offsets            # pairs of offset and size
    int64_t capacity

cdef enum:
    NEED_MORE = 0
    COMPLETE = 1
    EMPTY = 2                  # a request without arguments: skipped
    INLINE = 3                 # complete, but text: split it with `split_inline`
    BROKEN = -1

cdef int parse_request(
    char* data, size_t size, ParseLimits* limits, Partial* partial, Arg** args, int* args_capacity,
    int* argc, size_t* consumed, size_t* need, char* error) noexcept nogil
cdef void partial_clear(Partial* p) noexcept nogil
cdef int encode(Output* o, object value, int resp) except -1
cdef int encode_error(Output* o, bytes wire) except -1
cdef bint parse_integer(const char* s, size_t n, int64_t* value) noexcept nogil
