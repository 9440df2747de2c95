"""Databases as Python objects; see database.pyx."""

from libc.stdint cimport int64_t, uint64_t
from redpoll.native.keyspace cimport Keyspace
from redpoll.native.store cimport Store

cdef class Database:
    cdef Store store
    cdef readonly int index
    cdef readonly Keyspace keyspace
    cdef int changed_fast(self, int event_class, bytes event, bytes key) except -1
    cdef Py_ssize_t _write_range(self, bytes key, Py_ssize_t offset, bytes value, bytes event) except -1
    cdef int _install(self, bytes key, uint64_t h, object value, int64_t deadline) except -1
