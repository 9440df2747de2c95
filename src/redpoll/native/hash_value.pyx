"""Hashes: a listpack of fields and values in turn while it is small, then a table of records.

A record holds field and value in one block; a value over 4 KB stands in a block of its own.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy
from os import urandom

from redpoll.native.bits cimport load64, next_random, store_pointer
from redpoll.native.listpack cimport (
    DECIMAL_ROOM, PACK_HEADER, pack_bytes, pack_check, pack_copy, pack_delete, pack_end, pack_find, pack_get,
    pack_init, pack_insert, pack_next, pack_release, pack_replace, pack_seek, pack_text)
from redpoll.native.memory cimport mem_alloc, mem_free, mem_usable
from redpoll.native.record cimport (
    Blob, EXTERNAL, INLINE_VALUE_MAX, Record, TYPE_HASH, blob_data, record_bytes, record_key, record_key_size,
    record_new, record_pointer, record_value, string_data)
from redpoll.native.table cimport (
    Bucket, ENTRIES, HAS_CHILD, Table, table_check, table_drop_pages, table_find, table_hash, table_init, table_insert,
    table_random, table_release, table_remove, table_reserve, table_scan, table_step)
from redpoll.native.value cimport Value

cdef enum:
    OBJECT_BYTES = 64
    BUCKET_BYTES = 64
    SCAN_STEP_RECORDS = 512
    # Steps of a scan that finds nothing: as many as ten times the count, as in Redis.
    SCAN_STEPS_FACTOR = 10

# Where tables of collections take their hash seeds from.
cdef uint64_t random_state = load64(PyBytes_AS_STRING(urandom(8)))


cdef Record* entry_new(const char* field, size_t field_size, const char* value, size_t size) noexcept nogil:
    """A record of a field and its value; NULL without memory."""
    cdef Record* r
    cdef Blob* blob
    if size <= INLINE_VALUE_MAX:
        r = record_new(TYPE_HASH, 0, field, field_size, size)
        if r is not NULL:
            memcpy(record_value(r), value, size)
        return r
    blob = <Blob*>mem_alloc(sizeof(Blob) + size)
    if blob is NULL:
        return NULL
    r = record_new(TYPE_HASH, EXTERNAL, field, field_size, sizeof(void*))
    if r is NULL:
        mem_free(blob, sizeof(Blob) + size)
        return NULL
    blob.size = size
    blob.capacity = size
    memcpy(blob_data(blob), value, size)
    store_pointer(record_value(r), blob)
    return r


cdef size_t entry_bytes(Record* r) noexcept nogil:
    """Bytes a record takes with its value."""
    if r.flags & EXTERNAL:
        return mem_usable(record_bytes(r)) + mem_usable(sizeof(Blob) + (<Blob*>record_pointer(r)).capacity)
    return mem_usable(record_bytes(r))


cdef void entry_free(Record* r) noexcept nogil:
    cdef Blob* blob
    if r.flags & EXTERNAL:
        blob = <Blob*>record_pointer(r)
        mem_free(blob, sizeof(Blob) + blob.capacity)
    mem_free(r, record_bytes(r))


cdef void chain_free(Bucket* b) noexcept nogil:
    """Free the records and children of a bucket."""
    cdef Bucket* child
    cdef bint is_child = False
    cdef int i
    while b is not NULL:
        child = <Bucket*>b.entries[6] if b.meta & HAS_CHILD else NULL
        for i in range(ENTRIES):
            if (b.meta >> i) & 1:
                entry_free(<Record*>b.entries[i])
        if is_child:
            mem_free(b, BUCKET_BYTES)
        is_child = True
        b = child


cdef inline bytes field_of(Record* r):
    return PyBytes_FromStringAndSize(record_key(r), record_key_size(r))


cdef inline bytes value_of(Record* r):
    cdef size_t size
    cdef const char* data = string_data(r, &size)
    return PyBytes_FromStringAndSize(data, size)


cdef class HashValue(Value):
    """A map from fields to values."""

    def __init__(self) -> None:
        self.type_code = TYPE_HASH
        if not pack_init(&self.pack):
            raise MemoryError

    def __dealloc__(self):
        cdef int which
        cdef uint64_t i
        pack_release(&self.pack)
        if self.table is NULL:
            return
        for which in range(2):
            if self.table.buckets[which] is not NULL:
                for i in range(self.freed_buckets if which == 0 else 0, self.table.mask[which] + 1):
                    chain_free(&self.table.buckets[which][i])
        if self.table.buckets[0] is not NULL:
            table_release(self.table)
        mem_free(self.table, sizeof(Table))

    def __len__(self) -> int:
        return self.pack.count // 2 if self.table is NULL else self.table.used

    cdef size_t bytes_used(self) noexcept:
        """Bytes taken by the hash, object header included."""
        cdef uint64_t buckets
        if self.table is NULL:
            return OBJECT_BYTES + pack_bytes(&self.pack)
        buckets = self.table.mask[0] + 1 + self.table.child_count
        if self.table.rehash >= 0:
            buckets += self.table.mask[1] + 1
        return OBJECT_BYTES + mem_usable(sizeof(Table)) + buckets * BUCKET_BYTES + self.record_bytes

    cdef uint64_t blocks(self) noexcept:
        return 1 if self.table is NULL else self.table.used

    cdef bint free_step(self, int budget) noexcept:
        """Take records out of the table's first buckets; the rest is the destructor's."""
        cdef uint64_t size
        if self.table is NULL:
            return False
        size = self.table.mask[0] + 1
        if self.table.rehash >= 0:
            table_step(self.table)
            return True
        while budget > 0 and self.freed_buckets < size:
            chain_free(&self.table.buckets[0][self.freed_buckets])
            self.table.buckets[0][self.freed_buckets].meta = 0
            self.freed_buckets += 1
            table_drop_pages(self.table, 0, self.freed_buckets)
            budget -= 4
        return self.freed_buckets < size

    def encoding(self) -> bytes:
        """What OBJECT ENCODING answers."""
        return b"listpack" if self.table is NULL else b"hashtable"

    # ---- single fields

    cdef Record* find(self, bytes field) noexcept:
        cdef size_t size = PyBytes_GET_SIZE(field)
        cdef const char* text = PyBytes_AS_STRING(field)
        cdef void** slot = table_find(self.table, text, size, table_hash(self.table, text, size))
        return NULL if slot is NULL else <Record*>slot[0]

    def get(self, bytes field not None) -> object:
        """The value of a field, or None."""
        cdef Record* r
        cdef uint32_t at
        if self.table is not NULL:
            r = self.find(field)
            return None if r is NULL else value_of(r)
        at = pack_find(&self.pack, PACK_HEADER, PyBytes_AS_STRING(field), PyBytes_GET_SIZE(field), 1)
        return pack_text(&self.pack, pack_next(&self.pack, at)) if at else None

    def value_size(self, bytes field not None) -> int:
        """Length of a field's value, -1 if there is no such field."""
        cdef Record* r
        cdef uint32_t at
        cdef size_t size
        cdef char room[DECIMAL_ROOM]
        if self.table is not NULL:
            r = self.find(field)
            if r is NULL:
                return -1
            string_data(r, &size)
            return size
        at = pack_find(&self.pack, PACK_HEADER, PyBytes_AS_STRING(field), PyBytes_GET_SIZE(field), 1)
        if not at:
            return -1
        pack_get(&self.pack, pack_next(&self.pack, at), &size, room)
        return size

    def set(self, bytes field not None, bytes value not None, int64_t entries_max, int64_t value_max) -> bool:
        """Set a field; whether it is new. A listpack beyond the limits becomes a table."""
        return self.put(PyBytes_AS_STRING(field), PyBytes_GET_SIZE(field), PyBytes_AS_STRING(value),
                        PyBytes_GET_SIZE(value), entries_max, value_max)

    cdef bint put(self, const char* field, size_t field_size, const char* value, size_t size,
                  int64_t entries_max, int64_t value_max) except -1:
        """`set`, of plain bytes."""
        cdef bint added
        if self.table is NULL and (<int64_t>field_size > value_max or <int64_t>size > value_max):
            self.convert()
        if self.table is not NULL:
            return self.put_in_table(field, field_size, value, size)
        added = self.put_in_pack(field, field_size, value, size)
        if self.pack.count // 2 > entries_max:
            self.convert()
        return added

    cdef bint put_in_pack(self, const char* field, size_t field_size, const char* value, size_t size) except -1:
        cdef uint32_t at = pack_find(&self.pack, PACK_HEADER, field, field_size, 1), end
        if at:
            at = pack_next(&self.pack, at)
            if not pack_replace(&self.pack, at, value, size):
                raise MemoryError
            return False
        end = pack_end(&self.pack)
        if not pack_insert(&self.pack, end, field, field_size):
            raise MemoryError
        if not pack_insert(&self.pack, pack_end(&self.pack), value, size):
            pack_delete(&self.pack, end, 1)
            raise MemoryError
        return True

    cdef const char* peek(self, const char* field, size_t field_size, size_t* size, char* room) noexcept:
        """A field's value, NULL if there is none; an integer of a listpack is written out into `room`."""
        cdef void** slot
        cdef uint32_t at
        if self.table is not NULL:
            slot = table_find(self.table, field, field_size, table_hash(self.table, field, field_size))
            return NULL if slot is NULL else string_data(<Record*>slot[0], size)
        at = pack_find(&self.pack, PACK_HEADER, field, field_size, 1)
        return pack_get(&self.pack, pack_next(&self.pack, at), size, room) if at else NULL

    cdef bint put_in_table(self, const char* field, size_t field_size, const char* value, size_t size) except -1:
        cdef uint64_t h = table_hash(self.table, field, field_size)
        cdef void** slot = table_find(self.table, field, field_size, h)
        cdef Record* r
        cdef Record* old
        if slot is not NULL:
            old = <Record*>slot[0]
            if not (old.flags & EXTERNAL) and old.value_size == size:
                memcpy(record_value(old), value, size)
                return False
        r = entry_new(field, field_size, value, size)
        if r is NULL:
            raise MemoryError
        if slot is not NULL:
            self.record_bytes -= entry_bytes(<Record*>slot[0])
            entry_free(<Record*>slot[0])
            slot[0] = r
        elif not table_insert(self.table, h, r):
            entry_free(r)
            raise MemoryError
        self.record_bytes += entry_bytes(r)
        return slot is NULL

    cdef int convert(self) except -1:
        """Move from the listpack to a table."""
        cdef uint32_t at = PACK_HEADER
        cdef char field_room[DECIMAL_ROOM]
        cdef char value_room[DECIMAL_ROOM]
        cdef size_t field_size, size
        cdef const char* field
        cdef const char* value
        self.table = <Table*>mem_alloc(sizeof(Table))
        if self.table is NULL:
            raise MemoryError
        self.table.buckets[0] = NULL
        self.table.buckets[1] = NULL
        table_init(self.table, next_random(&random_state), next_random(&random_state))
        table_reserve(self.table, self.pack.count // 2)
        while at != pack_end(&self.pack):
            field = pack_get(&self.pack, at, &field_size, field_room)
            at = pack_next(&self.pack, at)
            value = pack_get(&self.pack, at, &size, value_room)
            at = pack_next(&self.pack, at)
            self.put_in_table(field, field_size, value, size)
        pack_release(&self.pack)
        return 0

    def delete(self, bytes field not None) -> bool:
        """Take a field out; False if there is no such field."""
        return self.remove(PyBytes_AS_STRING(field), PyBytes_GET_SIZE(field))

    cdef bint remove(self, const char* text, size_t size) noexcept:
        """`delete`, of plain bytes."""
        cdef uint64_t h
        cdef void** slot
        cdef Record* r
        cdef uint32_t at
        if self.table is NULL:
            at = pack_find(&self.pack, PACK_HEADER, text, size, 1)
            if at:
                pack_delete(&self.pack, at, 2)
            return at != 0
        h = table_hash(self.table, text, size)
        slot = table_find(self.table, text, size, h)
        if slot is NULL:
            return False
        r = <Record*>slot[0]
        table_remove(self.table, slot, h)
        self.record_bytes -= entry_bytes(r)
        entry_free(r)
        return True

    # ---- many fields

    def scan(self, uint64_t cursor, int64_t count) -> tuple:
        """(next cursor, fields and values in turn); a listpack is given whole."""
        cdef Record* out[SCAN_STEP_RECORDS]
        cdef int n, i
        cdef int64_t steps = count * SCAN_STEPS_FACTOR
        cdef list found = []
        if self.table is NULL:
            return 0, self.items()
        while True:
            n = 0
            cursor = table_scan(self.table, cursor, out, &n, SCAN_STEP_RECORDS)
            for i in range(n):
                found.append(field_of(out[i]))
                found.append(value_of(out[i]))
            steps -= 1
            if cursor == 0 or len(found) >= 2 * count or steps <= 0:
                return cursor, found

    def _gather(self, bint fields, bint values) -> list:
        cdef Record* out[SCAN_STEP_RECORDS]
        cdef uint64_t cursor = 0
        cdef int n, i
        cdef uint32_t at = PACK_HEADER
        cdef list found = []
        if self.table is NULL:
            while at != pack_end(&self.pack):
                if fields:
                    found.append(pack_text(&self.pack, at))
                at = pack_next(&self.pack, at)
                if values:
                    found.append(pack_text(&self.pack, at))
                at = pack_next(&self.pack, at)
            return found
        while True:
            n = 0
            cursor = table_scan(self.table, cursor, out, &n, SCAN_STEP_RECORDS)
            for i in range(n):
                if fields:
                    found.append(field_of(out[i]))
                if values:
                    found.append(value_of(out[i]))
            if cursor == 0:
                return found

    def items(self) -> list:
        """All fields and values in turn."""
        return self._gather(True, True)

    def fields(self) -> list:
        """All fields."""
        return self._gather(True, False)

    def values(self) -> list:
        """All values, in the order of the fields."""
        return self._gather(False, True)

    def random_item(self, uint64_t draw) -> tuple:
        """A field and its value, each field with the same probability; `draw` is a random number."""
        cdef Record* r
        cdef uint32_t at
        if self.table is NULL:
            at = pack_seek(&self.pack, <uint32_t>(draw % (self.pack.count // 2)) * 2)
            return pack_text(&self.pack, at), pack_text(&self.pack, pack_next(&self.pack, at))
        r = table_random(self.table)
        return field_of(r), value_of(r)

    def copy(self) -> HashValue:
        """An independent copy."""
        cdef HashValue other = HashValue.__new__(HashValue)
        cdef list items
        cdef Py_ssize_t i
        other.type_code = TYPE_HASH
        if self.table is NULL:
            if not pack_copy(&other.pack, &self.pack):
                raise MemoryError
            return other
        if not pack_init(&other.pack):
            raise MemoryError
        other.convert()
        table_reserve(other.table, self.table.used)
        items = self.items()
        for i in range(0, len(items), 2):
            other.set(items[i], items[i + 1], 0, 0)
        return other

    def check(self) -> None:
        """Verify every invariant; raises AssertionError."""
        cdef Record* out[SCAN_STEP_RECORDS]
        cdef uint64_t cursor = 0
        cdef int n, i
        cdef size_t used = 0
        if self.table is NULL:
            pack_check(&self.pack)
            assert self.pack.count % 2 == 0, "each field has a value"
            return
        assert self.pack.data is NULL, "a table has no listpack beside it"
        table_check(self.table)
        while True:
            n = 0
            cursor = table_scan(self.table, cursor, out, &n, SCAN_STEP_RECORDS)
            for i in range(n):
                used += entry_bytes(out[i])
            if cursor == 0:
                break
        assert used == self.record_bytes, "record_bytes counts the records"
