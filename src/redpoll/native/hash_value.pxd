"""Hashes: a listpack or a table; see hash_value.pyx."""

from libc.stdint cimport int64_t, uint64_t
from redpoll.native.listpack cimport Pack
from redpoll.native.record cimport Record
from redpoll.native.table cimport Table
from redpoll.native.value cimport Value

cdef class HashValue(Value):
    cdef Pack pack             # fields and values in turn, while `table` is NULL
    cdef Table* table
    cdef size_t record_bytes   # of the table's records
    cdef uint64_t freed_buckets
    cdef Record* find(self, bytes field) noexcept
    cdef int convert(self) except -1
    cdef inline uint64_t field_count(self) noexcept:
        """How many fields there are."""
        return self.pack.count // 2 if self.table is NULL else self.table.used
    cdef bint put(self, const char* field, size_t field_size, const char* value, size_t size,
                  int64_t entries_max, int64_t value_max) except -1
    cdef bint put_in_pack(self, const char* field, size_t field_size, const char* value, size_t size) except -1
    cdef const char* peek(self, const char* field, size_t field_size, size_t* size, char* room) noexcept
    cdef bint remove(self, const char* text, size_t size) noexcept
    cdef bint put_in_table(self, const char* field, size_t field_size, const char* value, size_t size) except -1
