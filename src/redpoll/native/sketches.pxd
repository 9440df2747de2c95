"""HyperLogLogs held by a database; see sketches.pyx."""

from libc.stdint cimport uint32_t
from redpoll.native.string_place cimport Place

cdef enum:
    NO_MEMORY = -3             # beside the answers of hyperloglog.pxd

cdef bint make_sketch(Place* p) noexcept nogil
cdef int raise_register(Place* p, uint32_t register, int rank, size_t limit) noexcept nogil
