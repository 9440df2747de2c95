"""The keyspace; see keyspace.pyx."""

from libc.stdint cimport int64_t
from redpoll.native.store cimport State, Store

cdef class Keyspace:
    cdef State state
    cdef Store** stores        # of the databases, by index
    cdef int count
    cdef public bint active_expire
    cdef readonly list databases
    cdef object _observer
    cdef dict _awaited
    cdef dict _ready
    cdef inline bint has_garbage(self) noexcept:
        """Whether `lazy_free_step` has something to do."""
        return self.state.graves is not NULL or self.state.unreachable_count != 0
    cdef int64_t earliest(self) noexcept
    cdef void set_now(self, int64_t value) noexcept
    cpdef int note_ready(self, int index, bytes key) except -1
    cdef int note_databases(self, int first, int second) except -1
