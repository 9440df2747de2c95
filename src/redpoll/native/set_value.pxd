"""Sets: an intset, a listpack or a table; see set_value.pyx."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from redpoll.native.listpack cimport Pack
from redpoll.native.record cimport Record
from redpoll.native.set_member cimport Member
from redpoll.native.table cimport Table
from redpoll.native.value cimport Value

cdef enum:
    FORM_INTS = 0
    FORM_PACK = 1
    FORM_TABLE = 2
    WALK_RECORDS = 512

cdef struct Members:
    Table table
    size_t record_bytes        # of the table's records
    uint64_t freed             # buckets that `free_step` has emptied

cdef union Body:               # by `form`
    char* ints
    Pack pack
    Members* members

cdef struct Limits:
    int64_t ints_max           # set-max-intset-entries
    int64_t entries_max        # set-max-listpack-entries
    int64_t value_max          # set-max-listpack-value
    bint packs_integers        # an intset that grows too long becomes a listpack if that is allowed, not a table

cdef struct Walk:              # a position in a set that is not changed meanwhile
    uint32_t at
    uint64_t cursor
    bint more
    int index
    int count
    Record* records[WALK_RECORDS]

cdef class SetValue(Value):
    cdef Body body
    cdef uint64_t count(self) noexcept
    cdef bint has(self, Member* m) noexcept
    cdef bint put(self, Member* m, Limits* limits) except -1
    cdef bint drop(self, Member* m) noexcept
    cdef int to_pack(self) except -1
    cdef int to_table(self) except -1

cdef int read_limits(Limits* limits, tuple values) except -1
cdef void walk_begin(SetValue s, Walk* w) noexcept
cdef bint walk_next(SetValue s, Walk* w, Member* m) noexcept
