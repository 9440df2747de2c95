"""Doubles as text; see doubles.pyx."""

cdef enum:
    # Room `write_double` needs.
    DOUBLE_ROOM = 32

cdef int write_double(char* d, double value) noexcept nogil
cdef double read_double(const char* text, size_t size) noexcept nogil
