"""A four-way heap of records by deadline: the earliest is at hand, every record knows its place.

Exact expiry needs the earliest deadline at any moment; a record that is deleted, moved or given another deadline is
found by the place it carries, so the heap never holds a stale entry. Sixteen bytes an entry; four children to a node
halve the levels of a binary heap and lie in one cache line (LaMarca and Ladner, 1996).
"""

from libc.stdint cimport uint32_t, int64_t, uintptr_t
from redpoll.native.memory cimport mem_resize, mem_free
from redpoll.native.record cimport (
    EXPIRES, Record, record_deadline, record_new, record_bytes, record_place, record_set_place,
    record_key, record_key_size)
from redpoll.native.bits cimport store64, unlikely
from cpython.bytes cimport PyBytes_FromStringAndSize


cdef inline void place_at(Deadlines* d, uint32_t i, Due item) noexcept nogil:
    d.items[i] = item
    record_set_place(item.record, i)


cdef void sift_up(Deadlines* d, uint32_t i) noexcept nogil:
    cdef Due item = d.items[i]
    cdef uint32_t parent
    while i:
        parent = (i - 1) >> 2
        if d.items[parent].when_ms <= item.when_ms:
            break
        place_at(d, i, d.items[parent])
        i = parent
    place_at(d, i, item)


cdef void sift_down(Deadlines* d, uint32_t i) noexcept nogil:
    cdef Due item = d.items[i]
    cdef uint32_t child, best, last
    while True:
        child = (i << 2) + 1
        if child >= d.count:
            break
        best = child
        last = child + 4 if child + 4 < d.count else d.count
        child += 1
        while child < last:
            if d.items[child].when_ms < d.items[best].when_ms:
                best = child
            child += 1
        if d.items[best].when_ms >= item.when_ms:
            break
        place_at(d, i, d.items[best])
        i = best
    place_at(d, i, item)


cdef bint deadlines_add(Deadlines* d, Record* record, int64_t when_ms) noexcept nogil:
    """Enter a record that has room for a deadline; False without memory."""
    cdef Due* items
    cdef uint32_t capacity
    if unlikely(d.count == d.capacity):
        capacity = d.capacity * 2 if d.capacity else 16
        items = <Due*>mem_resize(d.items, d.capacity * sizeof(Due), capacity * sizeof(Due))
        if items is NULL:
            return False
        d.items = items
        d.capacity = capacity
    store64(<char*>record + 8, <uint64_t>when_ms)
    d.items[d.count].when_ms = when_ms
    d.items[d.count].record = record
    d.sum_ms += <double>when_ms
    d.count += 1
    sift_up(d, d.count - 1)
    return True


cdef void deadlines_remove(Deadlines* d, Record* record) noexcept nogil:
    """Take a record out; its deadline bytes stay as they are."""
    cdef uint32_t i = record_place(record)
    cdef Due* items
    cdef uint32_t capacity
    d.sum_ms -= <double>d.items[i].when_ms
    d.count -= 1
    if i != d.count:
        place_at(d, i, d.items[d.count])
        sift_up(d, i)
        sift_down(d, record_place(d.items[i].record))
    if unlikely(d.count * 4 < d.capacity and d.capacity > 64):
        capacity = d.capacity // 2
        items = <Due*>mem_resize(d.items, d.capacity * sizeof(Due), capacity * sizeof(Due))
        if items is not NULL:
            d.items = items
            d.capacity = capacity


cdef void deadlines_change(Deadlines* d, Record* record, int64_t when_ms) noexcept nogil:
    """Give a record in the heap another deadline."""
    cdef uint32_t i = record_place(record)
    d.sum_ms += <double>(when_ms - d.items[i].when_ms)
    d.items[i].when_ms = when_ms
    store64(<char*>record + 8, <uint64_t>when_ms)
    sift_up(d, i)
    sift_down(d, record_place(record))


cdef void deadlines_release(Deadlines* d) noexcept nogil:
    """Forget all entries and free the array."""
    if d.items is not NULL:
        mem_free(d.items, d.capacity * sizeof(Due))
    d.items = NULL
    d.count = 0
    d.capacity = 0
    d.sum_ms = 0


cdef int deadlines_check(Deadlines* d) except -1:
    """Verify order and places; raises AssertionError."""
    cdef uint32_t i
    for i in range(d.count):
        assert record_place(d.items[i].record) == i, "a record knows its place"
        assert record_deadline(d.items[i].record) == d.items[i].when_ms, "heap and record agree"
        assert i == 0 or d.items[(i - 1) >> 2].when_ms <= d.items[i].when_ms, "parents come first"
    return 0


cdef class DeadlineHeap:
    """The heap on its own, of names, for tests."""

    cdef Deadlines d
    cdef dict records

    def __init__(self) -> None:
        self.records = {}

    def __dealloc__(self):
        for address in (self.records or {}).values():
            mem_free(<void*><uintptr_t>address, record_bytes(<Record*><uintptr_t>address))
        deadlines_release(&self.d)

    def __len__(self) -> int:
        return self.d.count

    def set(self, bytes name not None, int64_t when_ms) -> None:
        """Enter a name, or change its deadline."""
        cdef Record* r
        if name in self.records:
            deadlines_change(&self.d, <Record*><uintptr_t>self.records[name], when_ms)
            return
        r = record_new(0, EXPIRES, name, len(name), 0)
        self.records[name] = <uintptr_t>r
        if not deadlines_add(&self.d, r, when_ms):
            raise MemoryError

    def remove(self, bytes name not None) -> bool:
        """Take a name out; False if it was not there."""
        cdef Record* r
        if name not in self.records:
            return False
        r = <Record*><uintptr_t>self.records.pop(name)
        deadlines_remove(&self.d, r)
        mem_free(r, record_bytes(r))
        return True

    def first(self) -> object:
        """The earliest (deadline, name), or None."""
        cdef Record* r
        if self.d.count == 0:
            return None
        r = self.d.items[0].record
        return self.d.items[0].when_ms, PyBytes_FromStringAndSize(record_key(r), record_key_size(r))

    def check(self) -> None:
        """Verify every invariant; raises AssertionError."""
        deadlines_check(&self.d)
