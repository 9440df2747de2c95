"""The table of commands by name; see registry.pyx."""

from cpython.ref cimport PyObject
from libc.stdint cimport uint64_t

cdef enum:
    NAME_SLOTS = 2048

cdef struct NameSlot:
    uint64_t head
    uint64_t tail
    PyObject* entry            # the pair (name, CommandEntry), kept alive by `entries`

cdef class Registry:
    cdef NameSlot names[NAME_SLOTS]
    cdef dict entries
    cdef char last_name[16]    # as it came; most commands are the same as the one before
    cdef size_t last_size
    cdef PyObject* last_entry
    cdef PyObject* find(self, const char* p, size_t n) noexcept
