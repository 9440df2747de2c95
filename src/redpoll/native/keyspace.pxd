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
    cdef int64_t earliest(self) noexcept
    cdef void set_now(self, int64_t value) noexcept
