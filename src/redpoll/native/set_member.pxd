"""A member of a set on its way: a text, an integer, or both."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t
from redpoll.native.listpack cimport DECIMAL_ROOM
from redpoll.native.output cimport write_decimal
from redpoll.native.record cimport Record, record_key, record_key_size
from redpoll.native.resp cimport parse_integer

cdef enum:
    KIND_UNKNOWN = 0
    KIND_TEXT = 1
    KIND_INTEGER = 2
    INTEGER_DIGITS_MAX = 20

cdef struct Member:
    const char* text           # NULL: only `value` is known
    size_t size
    int64_t value              # of `text`, where `kind` says that it is one
    int kind
    char room[DECIMAL_ROOM]    # a number's text, as long as the member stays where it is

cdef inline void member_of(Member* m, bytes text) noexcept:
    """A member from outside; `text` must outlive it."""
    m.text = PyBytes_AS_STRING(text)
    m.size = PyBytes_GET_SIZE(text)
    m.kind = KIND_UNKNOWN

cdef inline void member_of_record(Member* m, Record* r) noexcept nogil:
    """The member that is a record's key."""
    m.text = record_key(r)
    m.size = record_key_size(r)
    m.kind = KIND_UNKNOWN

cdef inline void member_of_integer(Member* m, int64_t value) noexcept nogil:
    """A member that is a number."""
    m.text = NULL
    m.kind = KIND_INTEGER
    m.value = value

cdef inline bint member_is_integer(Member* m) noexcept nogil:
    """Whether a member is a 64-bit integer as it would be printed; then `value` is it."""
    if m.kind == KIND_UNKNOWN:
        m.kind = KIND_TEXT
        if m.size <= INTEGER_DIGITS_MAX and parse_integer(m.text, m.size, &m.value):
            m.kind = KIND_INTEGER
    return m.kind == KIND_INTEGER

cdef inline void member_spell(Member* m) noexcept nogil:
    """See that the text is known."""
    if m.text is NULL:
        m.size = write_decimal(m.room, m.value)
        m.text = m.room

cdef inline bytes member_bytes(Member* m):
    """The member as Python sees it."""
    member_spell(m)
    return PyBytes_FromStringAndSize(m.text, m.size)
