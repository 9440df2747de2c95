"""RESP2 and RESP3, sans I/O: requests from bytes, replies to bytes (specification: redis-specifications, RESP2, RESP3).

A request that has not come completely leaves its arguments so far in a `Partial`, so that a command of a million
arguments in many pieces is walked through once.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE, PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memchr, strlen
from libc.stdio cimport snprintf
from redpoll.native.bits cimport likely, unlikely
from redpoll.native.doubles cimport DOUBLE_ROOM, write_double
from redpoll.native.output cimport (
    Output, output_bulk, output_integer, output_null, output_prefixed, output_put)
from redpoll.errors import CommandError
from redpoll.replies import (
    NO_REPLY, NULL_ARRAY, OK, Attributed, BigNumber, Encoded, MapReply, Push, SetReply, Several, Status, Verbatim)

cdef enum:
    # A line of the inline protocol, or of a length; Redis uses the same.
    LINE_BYTES_MAX = 65536
    UNTRUSTED_COUNT_MAX = 10
    UNTRUSTED_BULK_MAX = 16384
    COUNT_MAX = 2147483647
    # Below this many arguments a partial request is cheaper to walk again than to remember.
    REMEMBER_FROM = 16
    ERROR_BYTES = 96

cdef object THE_OK = OK
cdef object THE_NULL_ARRAY = NULL_ARRAY
cdef object THE_NO_REPLY = NO_REPLY


cdef bint parse_integer(const char* s, size_t n, int64_t* value) noexcept nogil:
    """A 64-bit integer in the one way Redis prints it: no plus, no blanks, no leading zeros."""
    cdef uint64_t v = 0, limit = 0x7FFFFFFFFFFFFFFF
    cdef size_t i = 0
    cdef unsigned d
    cdef bint negative = False
    if n == 0 or n > 20:
        return False
    if n == 1 and s[0] == 48:
        value[0] = 0
        return True
    if s[0] == 45:
        negative = True
        limit += 1
        i = 1
        if n == 1:
            return False
    if s[i] < 49 or s[i] > 57:
        return False
    while i < n:
        d = <unsigned>(<unsigned char>s[i] - 48)
        # Up to 18 digits nothing can overflow, and a division each would be most of the work.
        if d > 9 or (n > 18 and v > (limit - d) // 10):
            return False
        v = v * 10 + d
        i += 1
    value[0] = <int64_t>(<uint64_t>0 - v) if negative else <int64_t>v
    return True


# ---- requests

cdef inline void set_error(char* error, const char* text) noexcept nogil:
    snprintf(error, ERROR_BYTES, "ERR Protocol error: %s", text)


cdef int read_length(char* p, char* end, char** after, int64_t* value) noexcept nogil:
    """The number of a `*` or `$` line: COMPLETE, NEED_MORE, EMPTY if it is no integer, BROKEN if it is too long."""
    cdef char* q = p
    cdef int64_t v = 0
    while q < end and 48 <= q[0] <= 57 and q - p < 18:
        v = v * 10 + (q[0] - 48)
        q += 1
    if likely(q + 1 < end and q[0] == 13 and q > p and (p[0] != 48 or q - p == 1)):
        after[0] = q + 2
        value[0] = v
        return COMPLETE
    q = <char*>memchr(p, 13, end - p)
    if q is NULL:
        return BROKEN if end - p > LINE_BYTES_MAX else NEED_MORE
    if q + 1 >= end:
        return NEED_MORE
    after[0] = q + 2
    return COMPLETE if parse_integer(p, q - p, value) else EMPTY


cdef bint remember(Partial* p, int64_t count, Arg* args, int64_t have, char* data, size_t position) noexcept nogil:
    """Keep what is parsed; False without memory (the request is then simply walked again)."""
    cdef int64_t i
    cdef size_t* offsets
    if have > p.capacity:
        offsets = <size_t*>realloc(p.offsets, have * 2 * 2 * sizeof(size_t))
        if offsets is NULL:
            return False
        p.offsets = offsets
        p.capacity = have * 2
    i = p.have if p.count else 0
    while i < have:
        p.offsets[2 * i] = <size_t>(args[i].data - data)
        p.offsets[2 * i + 1] = args[i].size
        i += 1
    p.count = count
    p.have = have
    p.position = position
    return True


cdef void partial_clear(Partial* p) noexcept nogil:
    """Forget a partial request."""
    free(p.offsets)
    p.offsets = NULL
    p.count = p.have = p.capacity = 0
    p.position = 0


cdef inline bint args_room(Arg** args, int* capacity, int64_t count) noexcept nogil:
    cdef Arg* grown
    cdef int64_t size
    if likely(count <= capacity[0]):
        return True
    size = count * 2
    grown = <Arg*>realloc(args[0], size * sizeof(Arg))
    if grown is NULL:
        return False
    args[0] = grown
    capacity[0] = <int>size
    return True


cdef int read_bulk(
    char* data, char* p, char* end, ParseLimits* limits, Arg* arg, char** after, size_t* need, char* error
) noexcept nogil:
    """One `$` string."""
    cdef int64_t size = 0
    cdef int got
    cdef char* q
    cdef int state
    if p >= end:
        return NEED_MORE
    if unlikely(p[0] != 36):
        if memchr(p, 13, end - p) is NULL and end - p <= LINE_BYTES_MAX:
            return NEED_MORE
        if memchr(p, 13, end - p) is NULL:
            set_error(error, "too big bulk count string")
            return BROKEN
        # A line break inside an error would end its frame: it becomes a blank, as everywhere in errors.
        got = 32 if p[0] == 10 or p[0] == 13 else p[0]
        snprintf(error, ERROR_BYTES, "ERR Protocol error: expected '$', got '%c'", got)
        return BROKEN
    state = read_length(p + 1, end, &q, &size)
    if state == NEED_MORE:
        return NEED_MORE
    if unlikely(state == BROKEN):
        set_error(error, "too big bulk count string")
        return BROKEN
    if unlikely(state == EMPTY or size < 0 or size > limits.bulk_max):
        set_error(error, "invalid bulk length")
        return BROKEN
    if unlikely(not limits.trusted and size > UNTRUSTED_BULK_MAX):
        set_error(error, "unauthenticated bulk length")
        return BROKEN
    if q + size + 2 > end:
        need[0] = <size_t>(q - data) + <size_t>size + 2
        return NEED_MORE
    if unlikely(q[size] != 13 or q[size + 1] != 10):
        set_error(error, "invalid CRLF in request")
        return BROKEN
    arg.data = q
    arg.size = <size_t>size
    after[0] = q + size + 2
    return COMPLETE


cdef int parse_request(
    char* data, size_t size, ParseLimits* limits, Partial* partial, Arg** args, int* args_capacity,
    int* argc, size_t* consumed, size_t* need, char* error
) noexcept nogil:
    """One request at `data`. COMPLETE: `argc` args (views into `data`), `consumed` bytes. NEED_MORE: `need`, if not 0,
    says how many bytes there must be. BROKEN: `error` holds the text of the protocol error."""
    cdef char* end = data + size
    cdef char* p
    cdef int64_t count = 0, i = 0
    cdef int state
    need[0] = 0
    if unlikely(data[0] != 42):
        return parse_inline(data, size, limits, args, args_capacity, argc, consumed, error)
    if unlikely(partial.count):
        count = partial.count
        if not args_room(args, args_capacity, partial.have + 1):
            return NEED_MORE
        while i < partial.have:
            args[0][i].data = data + partial.offsets[2 * i]
            args[0][i].size = partial.offsets[2 * i + 1]
            i += 1
        p = data + partial.position
    else:
        state = read_length(data + 1, end, &p, &count)
        if state == NEED_MORE:
            return NEED_MORE
        if unlikely(state == BROKEN):
            set_error(error, "too big mbulk count string")
            return BROKEN
        if unlikely(state == EMPTY or count > COUNT_MAX):
            set_error(error, "invalid multibulk length")
            return BROKEN
        if unlikely(not limits.trusted and count > UNTRUSTED_COUNT_MAX):
            set_error(error, "unauthenticated multibulk length")
            return BROKEN
        if unlikely(count <= 0):
            consumed[0] = <size_t>(p - data)
            return EMPTY
    while i < count:
        if unlikely(not args_room(args, args_capacity, i + 1)):
            return NEED_MORE
        state = read_bulk(data, p, end, limits, &args[0][i], &p, need, error)
        if state != COMPLETE:
            if state == NEED_MORE and i >= REMEMBER_FROM:
                remember(partial, count, args[0], i, data, <size_t>(p - data))
            return state
        i += 1
    if unlikely(partial.count):
        partial_clear(partial)
    argc[0] = <int>count
    consumed[0] = <size_t>(p - data)
    return COMPLETE


cdef int parse_inline(
    char* data, size_t size, ParseLimits* limits, Arg** args, int* args_capacity, int* argc, size_t* consumed,
    char* error
) noexcept nogil:
    """A line of text: words are separated by blanks; a line with quotes is left to `split_inline` (INLINE)."""
    cdef char* newline = <char*>memchr(data, 10, size)
    cdef char* end
    cdef char* p = data
    cdef int n = 0
    if newline is NULL:
        if size > LINE_BYTES_MAX:
            set_error(error, "too big inline request")
            return BROKEN
        return NEED_MORE
    consumed[0] = <size_t>(newline - data) + 1
    end = newline
    if end > data and (end - 1)[0] == 13:
        end -= 1
    args[0][0].data = data
    args[0][0].size = <size_t>(end - data)
    if memchr(data, 34, end - data) is not NULL or memchr(data, 39, end - data) is not NULL or \
            memchr(data, 0, end - data) is not NULL:
        argc[0] = 1
        return INLINE
    while True:
        while p < end and (p[0] == 32 or 9 <= p[0] <= 13):
            p += 1
        if p == end:
            break
        if not args_room(args, args_capacity, n + 1):
            return EMPTY
        args[0][n].data = p
        while p < end and not (p[0] == 32 or 9 <= p[0] <= 13):
            p += 1
        args[0][n].size = <size_t>(p - args[0][n].data)
        n += 1
    argc[0] = n
    return COMPLETE if n else EMPTY


cdef dict ESCAPES = {110: 10, 114: 13, 116: 9, 98: 8, 97: 7}


def split_inline(line: bytes) -> list | None:
    """Split a line as redis-cli's quoting does: "..." with escapes, '...' with \\'. None if quotes are unbalanced."""
    words = []
    i = 0
    line = line.split(b"\0", 1)[0]
    while True:
        while i < len(line) and line[i:i + 1].isspace():
            i += 1
        if i >= len(line):
            return words
        word, i = _split_word(line, i)
        if word is None:
            return None
        words.append(word)


def _split_word(line: bytes, i: int) -> tuple:
    word = bytearray()
    quote = 0
    while i < len(line):
        c = line[i]
        if quote and c == 92 and quote == 34 and line[i + 1:i + 2] == b"x" and _is_hex(line[i + 2:i + 4]):
            word.append(int(line[i + 2:i + 4], 16))
            i += 3
        elif quote == 34 and c == 92 and i + 1 < len(line):
            i += 1
            word.append(ESCAPES.get(line[i], line[i]))
        elif quote == 39 and c == 92 and line[i + 1:i + 2] == b"'":
            i += 1
            word.append(39)
        elif quote and c == quote:
            if i + 1 < len(line) and not line[i + 1:i + 2].isspace():
                return None, i
            return bytes(word), i + 1
        elif not quote and c in (34, 39):
            quote = c
        elif not quote and line[i:i + 1].isspace():
            return bytes(word), i
        else:
            word.append(c)
        i += 1
    return (None if quote else bytes(word)), i


def _is_hex(text: bytes) -> bool:
    return len(text) == 2 and all(c in b"0123456789abcdefABCDEF" for c in text)


# ---- replies

cdef int encode_error(Output* o, bytes wire) except -1:
    output_put(o, b"-", 1)
    output_put(o, PyBytes_AS_STRING(wire), PyBytes_GET_SIZE(wire))
    output_put(o, b"\r\n", 2)
    return 0


cdef int encode(Output* o, object value, int resp) except -1:
    """Append a reply; see redpoll.replies for what the values mean."""
    if PyBytes_CheckExact(value):
        if not output_bulk(o, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value)):
            raise MemoryError
    elif value is THE_OK:
        output_put(o, b"+OK\r\n", 5)
    elif value is None:
        output_null(o, resp)
    elif isinstance(value, bool):
        encode_bool(o, value, resp)
    elif isinstance(value, int):
        output_integer(o, value)
    elif isinstance(value, float):
        encode_double(o, value, resp)
    elif isinstance(value, (list, tuple)):
        encode_list(o, value, resp)
    elif isinstance(value, dict):
        output_prefixed(o, 37 if resp == 3 else 42, len(value) if resp == 3 else 2 * len(value))
        for key, item in value.items():
            encode(o, key, resp)
            encode(o, item, resp)
    elif isinstance(value, (set, frozenset)):
        output_prefixed(o, 126 if resp == 3 else 42, len(value))
        for item in value:
            encode(o, item, resp)
    else:
        encode_rare(o, value, resp)
    return 0


cdef int encode_bool(Output* o, bint value, int resp) except -1:
    if resp == 3:
        output_put(o, b"#t\r\n" if value else b"#f\r\n", 4)
    else:
        output_integer(o, value)
    return 0


cdef int encode_list(Output* o, object value, int resp) except -1:
    cdef char mark = 42
    cdef Py_ssize_t count = len(value)
    if type(value) is not list and type(value) is not tuple:
        if isinstance(value, Several):
            for item in value:
                encode(o, item, resp)
            return 0
        if resp == 3 and isinstance(value, SetReply):
            mark = 126
        elif resp == 3 and isinstance(value, Push):
            mark = 62
        elif resp == 3 and isinstance(value, MapReply):
            mark = 37
            count //= 2
    if not output_prefixed(o, mark, count):
        raise MemoryError
    for item in value:
        encode(o, item, resp)
    return 0


cdef int encode_double(Output* o, double value, int resp) except -1:
    cdef char text[DOUBLE_ROOM]
    cdef int size = write_double(text, value)
    if resp == 3:
        output_put(o, b",", 1)
        output_put(o, text, size)
        output_put(o, b"\r\n", 2)
    else:
        output_bulk(o, text, size)
    return 0


cdef int encode_line(Output* o, const char* mark, bytes text) except -1:
    output_put(o, mark, 1)
    output_put(o, PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))
    output_put(o, b"\r\n", 2)
    return 0


cdef int encode_rare(Output* o, object value, int resp) except -1:
    if value is THE_NO_REPLY:
        return 0
    if isinstance(value, Encoded):
        output_put(o, PyBytes_AS_STRING(<bytes>value), PyBytes_GET_SIZE(<bytes>value))
        return 0
    if value is THE_NULL_ARRAY:
        output_put(o, b"*-1\r\n" if resp == 2 else b"_\r\n", 5 if resp == 2 else 3)
    elif isinstance(value, Status):
        encode_line(o, b"+", <bytes>value)  # a subclass of bytes
    elif isinstance(value, CommandError):
        encode_error(o, value.wire)
    elif isinstance(value, str):
        encode(o, value.encode("utf-8", "surrogateescape"), resp)
    elif isinstance(value, Verbatim):
        if resp == 3:
            output_prefixed(o, 61, len(value.text) + 4)
            encode_text(o, value.format + b":" + value.text)
        else:
            encode(o, value.text, resp)
    elif isinstance(value, BigNumber):
        if resp == 3:
            encode_line(o, b"(", value.digits)
        else:
            encode(o, value.digits, resp)
    elif isinstance(value, Attributed):
        if resp == 3:
            output_prefixed(o, 124, len(value.attributes))
            for key, item in value.attributes.items():
                encode(o, key, resp)
                encode(o, item, resp)
        encode(o, value.value, resp)
    elif isinstance(value, (bytes, bytearray, memoryview)):
        encode(o, b"" + bytes(value), resp)
    else:
        raise TypeError(f"no reply for {type(value).__name__}")
    return 0


cdef int encode_text(Output* o, bytes text) except -1:
    output_put(o, PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))
    output_put(o, b"\r\n", 2)
    return 0


def encode_reply(value: object, resp: int = 2) -> bytes:
    """The wire bytes of a reply value in RESP2 or RESP3."""
    cdef Output o = Output(NULL, 0, 0)
    try:
        encode(&o, value, resp)
        return PyBytes_FromStringAndSize(o.data, o.size)
    finally:
        free(o.data)


def parse_requests(data: bytes, bint trusted=True, int64_t bulk_max=536870912) -> tuple:
    """(requests, bytes consumed, error or None): all complete requests at the start of `data`."""
    cdef Partial partial = Partial(0, 0, 0, NULL, 0)
    cdef ParseLimits limits = ParseLimits(bulk_max, trusted)
    cdef int capacity = 16, argc = 0, state, i
    cdef Arg* args = <Arg*>malloc(capacity * sizeof(Arg))
    cdef size_t used = 0, consumed = 0, need = 0
    cdef char error[ERROR_BYTES]
    cdef char* base = data
    requests = []
    problem = None
    while used < <size_t>len(data):
        state = parse_request(
            base + used, len(data) - used, &limits, &partial, &args, &capacity, &argc, &consumed, &need, error)
        if state == BROKEN:
            problem = <bytes>error[:strlen(error)]
        if state == NEED_MORE or state == BROKEN:
            break
        used += consumed
        if state == INLINE:
            words = split_inline(args[0].data[:args[0].size])
            if words is None:
                problem = b"ERR Protocol error: unbalanced quotes in request"
                break
            if words:
                requests.append(words)
        elif state == COMPLETE:
            requests.append([args[i].data[:args[i].size] for i in range(argc)])
    partial_clear(&partial)
    free(args)
    return requests, used, problem
