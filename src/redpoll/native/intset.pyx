"""Sorted sets of integers in Redis's own intset layout, as it goes into RDB files and DUMP.

    bytes of each u32 (2, 4 or 8) | how many u32 | integers, ascending, little-endian

All have the width that the widest one ever added needed. The block holds everything, so a set is a pointer to it.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t
from libc.string cimport memcpy, memmove
from cpython.bytes cimport PyBytes_FromStringAndSize
from redpoll.native.bits cimport load32, store32
from redpoll.native.memory cimport mem_alloc, mem_free, mem_resize


cdef inline uint32_t width_of(int64_t value) noexcept nogil:
    """The narrowest of the three widths that holds a value."""
    if -32768 <= value <= 32767:
        return 2
    return 4 if -2147483648 <= value <= 2147483647 else 8


cdef inline int64_t load(const char* s, uint32_t width, uint32_t index) noexcept nogil:
    cdef int16_t short_value
    cdef int32_t value
    cdef int64_t long_value
    if width == 2:
        memcpy(&short_value, s + INTS_HEADER + <size_t>index * 2, 2)
        return short_value
    if width == 4:
        memcpy(&value, s + INTS_HEADER + <size_t>index * 4, 4)
        return value
    memcpy(&long_value, s + INTS_HEADER + <size_t>index * 8, 8)
    return long_value


cdef inline void store(char* s, uint32_t width, uint32_t index, int64_t value) noexcept nogil:
    cdef int16_t short_value = <int16_t>value
    cdef int32_t middle_value = <int32_t>value
    if width == 2:
        memcpy(s + INTS_HEADER + <size_t>index * 2, &short_value, 2)
    elif width == 4:
        memcpy(s + INTS_HEADER + <size_t>index * 4, &middle_value, 4)
    else:
        memcpy(s + INTS_HEADER + <size_t>index * 8, &value, 8)


cdef char* ints_new() noexcept nogil:
    """An empty intset; NULL without memory."""
    cdef char* s = <char*>mem_alloc(INTS_HEADER)
    if s is not NULL:
        store32(s, 2)
        store32(s + 4, 0)
    return s


cdef void ints_release(char* s) noexcept nogil:
    """Free the block."""
    mem_free(s, ints_size(s))


cdef char* ints_copy(const char* s) noexcept nogil:
    """An equal intset; NULL without memory."""
    cdef char* copied = <char*>mem_alloc(ints_size(s))
    if copied is not NULL:
        memcpy(copied, s, ints_size(s))
    return copied


cdef int64_t ints_get(const char* s, uint32_t index) noexcept nogil:
    """The integer at an index below the count."""
    return load(s, load32(s), index)


cdef inline bint search(const char* s, int64_t value, uint32_t low, uint32_t high, uint32_t* index) noexcept nogil:
    """Whether an integer is there, and where, known to be from `low` on and not behind `high`."""
    cdef uint32_t width = load32(s), middle
    while low < high:
        middle = low + ((high - low) >> 1)
        if load(s, width, middle) < value:
            low = middle + 1
        else:
            high = middle
    index[0] = low
    return low < load32(s + 4) and load(s, width, low) == value


cdef bint ints_find(const char* s, int64_t value, uint32_t* index) noexcept nogil:
    """Whether an integer is there, and its index, or the one it would have."""
    cdef uint32_t count = load32(s + 4)
    # Growing numbers are common: one look at the last saves the search.
    if count and value > load(s, load32(s), count - 1):
        index[0] = count
        return False
    return search(s, value, 0, count, index)


cdef bint ints_seek(const char* s, int64_t value, uint32_t* index) noexcept nogil:
    """`ints_find` from an index on, before which all are less: quick if the integer is near."""
    cdef uint32_t width = load32(s), count = load32(s + 4), low = index[0], high = low, step = 1
    while high < count and load(s, width, high) < value:
        low = high + 1
        high = high + step if step < count - high else count
        step *= 2
    return search(s, value, low, high, index)


cdef char* widened(char* s, uint32_t width, int64_t value) noexcept nogil:
    """The intset with wider places and a value that needs them, which is below or above all others; `s` is freed."""
    cdef uint32_t count = load32(s + 4), old_width = load32(s), i, shift = 1 if value < 0 else 0
    cdef char* wide = <char*>mem_alloc(INTS_HEADER + <size_t>width * (count + 1))
    if wide is NULL:
        return NULL
    store32(wide, width)
    store32(wide + 4, count + 1)
    for i in range(count):
        store(wide, width, i + shift, load(s, old_width, i))
    store(wide, width, 0 if shift else count, value)
    ints_release(s)
    return wide


cdef char* ints_insert(char* s, uint32_t index, int64_t value) noexcept nogil:
    """Add an absent integer at the index `ints_find` gave; the block, perhaps moved; NULL without memory."""
    cdef uint32_t width = load32(s), count = load32(s + 4)
    cdef char* d
    if width_of(value) > width:
        return widened(s, width_of(value), value)
    d = <char*>mem_resize(s, ints_size(s), ints_size(s) + width)
    if d is NULL:
        return NULL
    memmove(d + INTS_HEADER + <size_t>(index + 1) * width, d + INTS_HEADER + <size_t>index * width,
            <size_t>(count - index) * width)
    store(d, width, index, value)
    store32(d + 4, count + 1)
    return d


cdef char* ints_delete(char* s, uint32_t index) noexcept nogil:
    """Take the integer at an index out; the block, perhaps moved."""
    cdef uint32_t width = load32(s), count = load32(s + 4)
    cdef size_t size = ints_size(s)
    cdef char* d
    memmove(s + INTS_HEADER + <size_t>index * width, s + INTS_HEADER + <size_t>(index + 1) * width,
            <size_t>(count - index - 1) * width)
    store32(s + 4, count - 1)
    d = <char*>mem_resize(s, size, size - width)
    return s if d is NULL else d


cdef int ints_check(const char* s) except -1:
    """Verify the width and the order; raises AssertionError."""
    cdef uint32_t i
    assert load32(s) in (2, 4, 8), "integers have two, four or eight bytes"
    for i in range(1, ints_count(s)):
        assert ints_get(s, i - 1) < ints_get(s, i), "integers ascend"
    return 0


cdef class Intset:
    """An intset on its own, for tests and for what loads and saves them."""

    cdef char* data

    def __init__(self) -> None:
        self.data = ints_new()
        if self.data is NULL:
            raise MemoryError

    def __dealloc__(self):
        if self.data is not NULL:
            ints_release(self.data)

    def __len__(self) -> int:
        return ints_count(self.data)

    def __contains__(self, int64_t value) -> bool:
        cdef uint32_t index
        return ints_find(self.data, value, &index)

    def add(self, int64_t value) -> bool:
        """Add an integer; False if it is there."""
        cdef uint32_t index
        cdef char* d
        if ints_find(self.data, value, &index):
            return False
        d = ints_insert(self.data, index, value)
        if d is NULL:
            raise MemoryError
        self.data = d
        return True

    def remove(self, int64_t value) -> bool:
        """Take an integer out; False if it is not there."""
        cdef uint32_t index
        if not ints_find(self.data, value, &index):
            return False
        self.data = ints_delete(self.data, index)
        return True

    def values(self) -> list:
        """All integers, ascending."""
        cdef uint32_t i
        return [ints_get(self.data, i) for i in range(ints_count(self.data))]

    def dump(self) -> bytes:
        """The bytes of the intset."""
        return PyBytes_FromStringAndSize(self.data, ints_size(self.data))

    def check(self) -> None:
        """Verify every invariant; raises AssertionError."""
        ints_check(self.data)
