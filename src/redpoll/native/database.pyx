"""Databases: every read and every mutation of the general tier goes through these methods.

A mutation counts in `dirty` and is shown to the keyspace's observer, if there is one; an expired key is absent for
everybody. Deadlines are absolute milliseconds of the wall clock, compared with `Keyspace.now_ms`, which whoever drives
the keyspace sets.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.ref cimport Py_INCREF
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy
from redpoll.native.keyspace cimport Keyspace
from redpoll.native.memory cimport mem_usable
from redpoll.native.record cimport (
    Blob, EXPIRES, EXTERNAL, RAW, Record, TYPE_STRING,
    record_bytes, record_deadline, record_key, record_key_size, record_pointer, string_data)
from redpoll.native.store cimport (
    EVENT_EXPIRED, EVENT_GENERIC, EVENT_KEY_MISS, EVENT_NEW, EVENT_STREAM, EVENT_STRING, KEEP_DEADLINE, NO_DEADLINE,
    grave_step, store_bury, store_lookup, store_peek, store_persist, store_put_pointer, store_remove,
    store_resize_string, store_set_deadline, store_set_string)
from redpoll.native.table cimport table_find, table_hash, table_init, table_random, table_release, table_scan
from redpoll.native.value cimport Value
from redpoll.errors import NoSuchKey, WrongType
from redpoll.native import keyspace as keyspace_module

cdef enum:
    SCAN_STEP_RECORDS = 512
    # Steps of a SCAN that finds nothing: as many as ten times the count, as in Redis.
    SCAN_STEPS_FACTOR = 10

cdef tuple TYPE_NAMES = (b"string", b"list", b"set", b"zset", b"hash", b"stream")


cdef inline bytes key_of(Record* r):
    return PyBytes_FromStringAndSize(record_key(r), record_key_size(r))


cdef inline uint64_t hash_of(Database db, bytes key) noexcept:
    return table_hash(&db.store.table, PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key))


cdef inline Record* peek(Database db, bytes key, void*** slot, uint64_t* h) noexcept:
    h[0] = hash_of(db, key)
    return store_peek(&db.store, PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key), h[0], slot)


cdef inline Record* read(Database db, bytes key, void*** slot) except? NULL:
    """Look a key up for reading: counts a hit or a miss."""
    cdef uint64_t h = hash_of(db, key)
    cdef Record* r = store_lookup(&db.store, PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key), h, slot)
    if r is NULL:
        db.keyspace.state.misses += 1
        if db.keyspace.state.observed:
            db.notify(EVENT_KEY_MISS, b"keymiss", key)
    else:
        db.keyspace.state.hits += 1
    return r


cdef inline Record* write(Database db, bytes key, void*** slot, uint64_t* h) noexcept:
    """Look a key up for writing: no statistics."""
    h[0] = hash_of(db, key)
    return store_lookup(&db.store, PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key), h[0], slot)


# A database frees its records through its keyspace's state: the collector must take the keyspace last.
@cython.no_gc_clear
cdef class Database:
    """One numbered database."""

    def __init__(self, Keyspace keyspace not None, int index) -> None:
        self.keyspace = keyspace
        self.index = index
        self.store.state = &keyspace.state
        self.store.owner = <void*>self
        self.store.index = index
        keyspace.stores[index] = &self.store
        table_init(&self.store.table, keyspace.state.seed[0], keyspace.state.seed[1])

    def __dealloc__(self):
        if self.store.table.buckets[0] is not NULL:
            store_bury(&self.store)
            table_release(&self.store.table)
            while grave_step(self.store.state, 1 << 20):
                pass

    def __len__(self) -> int:
        return self.store.table.used

    cdef int changed_fast(self, int event_class, bytes event, bytes key) except -1:
        self.keyspace.state.dirty += 1
        if self.keyspace.state.observed:
            self.keyspace._observer.changed(self, event_class, event, key)
        # Other collections have something for whoever waits as soon as they come; a stream has to grow.
        if event_class == EVENT_STREAM and self.keyspace.state.awaited:
            self.keyspace.note_ready(self.index, key)
        return 0

    def changed(self, int event_class, bytes event not None, bytes key not None, int64_t count=1) -> None:
        """A key's value was changed in place: count it, or so many changes, and show it to the observer."""
        self.keyspace.state.dirty += <uint64_t>(count - 1)
        self.changed_fast(event_class, event, key)

    def notify(self, int event_class, bytes event not None, bytes key not None) -> None:
        """An event without a mutation, such as a key miss."""
        if self.keyspace.state.observed:
            self.keyspace._observer.notified(self, event_class, event, key)

    # ---- strings

    def string(self, bytes key not None) -> object:
        """The string at a key, or None; raises WrongType."""
        cdef void** slot
        cdef Record* r = read(self, key, &slot)
        cdef size_t size
        cdef const char* data
        if r is NULL:
            return None
        if r.kind != TYPE_STRING:
            raise WrongType
        data = string_data(r, &size)
        return PyBytes_FromStringAndSize(data, size)

    def string_or_none(self, bytes key not None) -> object:
        """The string at a key; None if absent or of another type (as MGET reads)."""
        cdef void** slot
        cdef Record* r = read(self, key, &slot)
        cdef size_t size
        cdef const char* data
        if r is NULL or r.kind != TYPE_STRING:
            return None
        data = string_data(r, &size)
        return PyBytes_FromStringAndSize(data, size)

    def peek_string(self, bytes key not None) -> object:
        """`string` for a command that will write: no statistics."""
        cdef void** slot
        cdef uint64_t h
        cdef Record* r = write(self, key, &slot, &h)
        cdef size_t size
        cdef const char* data
        if r is NULL:
            return None
        if r.kind != TYPE_STRING:
            raise WrongType
        data = string_data(r, &size)
        return PyBytes_FromStringAndSize(data, size)

    def string_size(self, bytes key not None) -> int:
        """Length of the string at a key, 0 if absent; raises WrongType."""
        cdef void** slot
        cdef Record* r = read(self, key, &slot)
        cdef size_t size
        if r is NULL:
            return 0
        if r.kind != TYPE_STRING:
            raise WrongType
        string_data(r, &size)
        return size

    def string_range(self, bytes key not None, int64_t start, int64_t end) -> bytes:
        """Bytes start..end (inclusive, negative from the end) of the string at a key, by GETRANGE's rules."""
        cdef void** slot
        cdef Record* r = read(self, key, &slot)
        cdef size_t length
        cdef int64_t size
        cdef const char* data
        if r is NULL:
            return b""
        if r.kind != TYPE_STRING:
            raise WrongType
        data = string_data(r, &length)
        size = <int64_t>length
        if start < 0 and end < 0 and start > end:
            return b""
        start = start + size if start < 0 else start
        end = end + size if end < 0 else end
        start = 0 if start < 0 else start
        end = 0 if end < 0 else end
        end = size - 1 if end >= size else end
        if start > end or size == 0:
            return b""
        return PyBytes_FromStringAndSize(data + start, end - start + 1)

    def set_string(self, bytes key not None, bytes value not None, int64_t deadline_ms=0,
                   bint keep_ttl=False, bytes event not None=b"set") -> None:
        """Set a key to a string, whatever it held; `deadline_ms` absolute, 0 for none."""
        cdef void** slot
        cdef uint64_t h
        cdef Record* r = peek(self, key, &slot, &h)
        cdef bint is_new = r is NULL
        if not store_set_string(
                &self.store, slot, PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key), h,
                PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value), KEEP_DEADLINE if keep_ttl else deadline_ms):
            raise MemoryError
        if is_new and self.keyspace.state.observed:
            self.notify(EVENT_NEW, b"new", key)
        self.changed_fast(EVENT_STRING, event, key)

    def update_string(self, bytes key not None, bytes value not None, bytes event not None) -> None:
        """Overwrite a string, keeping its deadline."""
        self.set_string(key, value, 0, True, event)

    def append(self, bytes key not None, bytes value not None) -> int:
        """Append to the string at a key, made if absent; its new length. Raises WrongType."""
        return self._write_range(key, -1, value, b"append")

    def set_range(self, bytes key not None, size_t offset, bytes value not None) -> int:
        """Overwrite part of the string at a key, zeroes between its end and `offset`; its new length."""
        return self._write_range(key, <Py_ssize_t>offset, value, b"setrange")

    def string_size_to_write(self, bytes key not None) -> int:
        """`string_size` for a command that will write: no statistics."""
        cdef void** slot
        cdef uint64_t h
        cdef Record* r = write(self, key, &slot, &h)
        cdef size_t size
        if r is NULL:
            return 0
        if r.kind != TYPE_STRING:
            raise WrongType
        string_data(r, &size)
        return size

    cdef Py_ssize_t _write_range(self, bytes key, Py_ssize_t offset, bytes value, bytes event) except -1:
        """Write at an offset, or at the end (-1); the new length."""
        cdef void** slot
        cdef uint64_t h
        cdef Record* r = write(self, key, &slot, &h)
        cdef bint is_new = r is NULL, at_end = offset < 0
        cdef size_t size = 0, end
        cdef char* data
        if r is not NULL:
            if r.kind != TYPE_STRING:
                raise WrongType
            string_data(r, &size)
        if at_end:
            offset = size
        end = offset + PyBytes_GET_SIZE(value)
        size = end if end > size else size
        if is_new and at_end:
            if not store_set_string(&self.store, slot, PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key), h,
                                    PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value), NO_DEADLINE):
                raise MemoryError
        else:
            data = store_resize_string(&self.store, slot, PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key), h, size)
            if data is NULL:
                raise MemoryError
            memcpy(data + offset, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value))
        if is_new and self.keyspace.state.observed:
            self.notify(EVENT_NEW, b"new", key)
        self.changed_fast(EVENT_STRING, event, key)
        return size

    # ---- keys of any type

    def exists(self, bytes key not None) -> bool:
        """Whether a key exists: a read for statistics, but not an access."""
        return self.read_deadline(key) != -2

    def contains(self, bytes key not None) -> bool:
        """Whether a key exists; neither a read nor an access."""
        cdef void** slot
        cdef uint64_t h
        return peek(self, key, &slot, &h) is not NULL

    def touch(self, bytes key not None) -> bool:
        """Note an access; False if absent."""
        cdef void** slot
        return read(self, key, &slot) is not NULL

    def type_name(self, bytes key not None) -> object:
        """b"string", b"list"…, or None; not an access."""
        cdef void** slot
        cdef uint64_t h
        cdef Record* r = peek(self, key, &slot, &h)
        return None if r is NULL else TYPE_NAMES[r.kind]

    def encoding(self, bytes key not None) -> object:
        """What OBJECT ENCODING answers, or None; not an access."""
        cdef void** slot
        cdef uint64_t h
        cdef Record* r = peek(self, key, &slot, &h)
        if r is NULL:
            return None
        if r.kind != TYPE_STRING:
            return (<object>record_pointer(r)).encoding()
        return string_encoding(r)

    def delete(self, bytes key not None, bytes event not None=b"del") -> bool:
        """Remove a key; False if absent."""
        cdef void** slot
        cdef uint64_t h
        cdef Record* r = peek(self, key, &slot, &h)
        if r is NULL:
            return False
        store_remove(&self.store, slot, h)
        if event == b"expired":  # a deadline in the past
            self.keyspace.state.expired += 1
            self.changed_fast(EVENT_EXPIRED, event, key)
        else:
            self.changed_fast(EVENT_GENERIC, event, key)
        return True

    def deadline(self, bytes key not None) -> int:
        """-2 if the key is absent, -1 without a deadline, else absolute milliseconds; not an access."""
        cdef void** slot
        cdef uint64_t h
        cdef Record* r = peek(self, key, &slot, &h)
        if r is NULL:
            return -2
        return record_deadline(r) if r.flags & EXPIRES else -1

    def read_deadline(self, bytes key not None) -> int:
        """`deadline` as a read for statistics, but not an access."""
        cdef void** slot
        cdef uint64_t h
        cdef Record* r = peek(self, key, &slot, &h)
        if r is NULL:
            self.keyspace.state.misses += 1
            if self.keyspace.state.observed:
                self.notify(EVENT_KEY_MISS, b"keymiss", key)
            return -2
        self.keyspace.state.hits += 1
        return record_deadline(r) if r.flags & EXPIRES else -1

    def set_deadline(self, bytes key not None, int64_t when_ms) -> bool:
        """Give a key a deadline; False if absent."""
        cdef void** slot
        cdef uint64_t h
        if write(self, key, &slot, &h) is NULL:
            return False
        if not store_set_deadline(&self.store, slot, when_ms):
            raise MemoryError
        self.changed_fast(EVENT_GENERIC, b"expire", key)
        return True

    def persist(self, bytes key not None) -> bool:
        """Take a key's deadline away; False if there is none."""
        cdef void** slot
        cdef uint64_t h
        if write(self, key, &slot, &h) is NULL or not store_persist(&self.store, slot):
            return False
        self.changed_fast(EVENT_GENERIC, b"persist", key)
        return True

    def rename(self, bytes source not None, bytes target not None) -> None:
        """Move a key to another name, overwriting; raises NoSuchKey."""
        if not self._transfer(source, self, target, True):
            raise NoSuchKey
        self.changed_fast(EVENT_GENERIC, b"rename_from", source)
        self.keyspace.state.dirty -= 1
        self.changed_fast(EVENT_GENERIC, b"rename_to", target)

    def move_to(self, bytes key not None, Database other not None) -> bool:
        """Move a key to another database where it must be absent; False if there is no such key here."""
        if not self._transfer(key, other, key, True):
            return False
        self.changed_fast(EVENT_GENERIC, b"move_from", key)
        self.keyspace.state.dirty -= 1
        other.changed_fast(EVENT_GENERIC, b"move_to", key)
        return True

    def copy_to(self, bytes key not None, Database other not None, bytes target not None) -> bool:
        """Copy a key, deadline included, overwriting; False if there is no such key."""
        if not self._transfer(key, other, target, False):
            return False
        other.changed_fast(EVENT_GENERIC, b"copy_to", target)
        return True

    def _transfer(self, bytes source not None, Database other not None, bytes target not None, bint remove) -> bool:
        cdef void** slot
        cdef void** place
        cdef uint64_t h, target_hash
        cdef int64_t deadline
        cdef size_t size
        cdef const char* data
        cdef int flags
        cdef Record* r = write(self, source, &slot, &h)
        if r is NULL:
            return False
        deadline = record_deadline(r) if r.flags & EXPIRES else NO_DEADLINE
        flags = r.flags & RAW
        if r.kind == TYPE_STRING:
            data = string_data(r, &size)
            value = PyBytes_FromStringAndSize(data, size)
        else:
            value = <object>record_pointer(r)
            value = value if remove else value.copy()
        if remove:
            store_remove(&self.store, slot, h)
        if peek(other, target, &place, &target_hash) is not NULL:
            store_remove(&other.store, place, target_hash)
        if self.keyspace.state.observed:
            other.notify(EVENT_NEW, b"new", target)
        other._install(target, target_hash, value, deadline)
        if flags:
            (<Record*>table_find(&other.store.table, target, len(target), target_hash)[0]).flags |= RAW
        return True

    cdef int _install(self, bytes key, uint64_t h, object value, int64_t deadline) except -1:
        cdef bint done
        if isinstance(value, bytes):
            done = store_set_string(&self.store, NULL, key, len(key), h, <char*>(<bytes>value), len(value), deadline)
        else:
            Py_INCREF(value)
            done = store_put_pointer(
                &self.store, NULL, key, len(key), h, (<Value>value).type_code, <void*>value, deadline)
        if not done:
            raise MemoryError
        return 0

    # ---- collections

    def value(self, bytes key not None, int type_code) -> object:
        """The collection at a key, or None; raises WrongType. A read for statistics."""
        cdef void** slot
        cdef Record* r = read(self, key, &slot)
        if r is NULL:
            return None
        if r.kind != type_code:
            raise WrongType
        return <object>record_pointer(r)

    def value_to_write(self, bytes key not None, int type_code) -> object:
        """`value` for a command that will write: no statistics."""
        cdef void** slot
        cdef uint64_t h
        cdef Record* r = write(self, key, &slot, &h)
        if r is NULL:
            return None
        if r.kind != type_code:
            raise WrongType
        return <object>record_pointer(r)

    def put_value(self, bytes key not None, Value value not None) -> None:
        """Make a key hold a collection, whatever it held, without a deadline; the caller tells of the change."""
        cdef void** slot
        cdef uint64_t h
        cdef bint is_new = peek(self, key, &slot, &h) is NULL
        Py_INCREF(value)
        if not store_put_pointer(&self.store, slot, PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key), h,
                                 value.type_code, <void*>value, NO_DEADLINE):
            raise MemoryError
        if is_new:
            self.notify(EVENT_NEW, b"new", key)

    # ---- the database as a whole

    @property
    def volatile_count(self) -> int:
        """Keys with a deadline."""
        return self.store.deadlines.count

    @property
    def average_ttl_ms(self) -> int:
        """Mean time to live of the keys that have a deadline."""
        if self.store.deadlines.count == 0:
            return 0
        mean = <int64_t>(self.store.deadlines.sum_ms / self.store.deadlines.count) - self.keyspace.state.now_ms
        return max(0, mean)

    def random_key(self) -> object:
        """A key, each with the same probability, or None."""
        cdef Record* r
        cdef int _tries
        for _tries in range(100):
            r = table_random(&self.store.table)
            if r is NULL:
                return None
            if not (r.flags & EXPIRES) or record_deadline(r) > self.keyspace.state.now_ms:
                return key_of(r)
            key = key_of(r)
            if not self.contains(key) and self.keyspace.state.frozen:
                return key
        return None

    def scan(self, uint64_t cursor, int64_t count=10) -> tuple:
        """(next cursor, keys): at least `count` keys unless the end came or many buckets were empty."""
        cdef Record* out[SCAN_STEP_RECORDS]
        cdef int n, i
        cdef int64_t steps = (count if count < 1 << 40 else 1 << 40) * SCAN_STEPS_FACTOR
        cdef list keys = []
        cdef bint stale = False
        while True:
            n = 0
            cursor = table_scan(&self.store.table, cursor, out, &n, SCAN_STEP_RECORDS)
            for i in range(n):
                keys.append(key_of(out[i]))
                if out[i].flags & EXPIRES and record_deadline(out[i]) <= self.keyspace.state.now_ms:
                    stale = True
            steps -= 1
            if cursor == 0 or len(keys) >= count or steps <= 0:
                break
        if stale:  # after the walk: removing moves records
            keys = [key for key in keys if self.contains(key)]
        return cursor, keys

    def keys(self):
        """All keys, in the order of a scan; a key is given once as long as nothing is written meanwhile."""
        cursor = 0
        while True:
            cursor, keys = self.scan(cursor, 100)
            yield from keys
            if cursor == 0:
                return

    def flush(self) -> int:
        """Remove all keys, at once for everybody; the memory is freed in steps. Returns how many there were."""
        cdef uint64_t count = self.store.table.used
        if count:
            store_bury(&self.store)
            self.keyspace.state.dirty += count
        if self.keyspace.state.observed:
            self.keyspace._observer.flushed(self)
        return count

    def swap(self, Database other not None) -> None:
        """Exchange the contents of two databases."""
        self.store.table, other.store.table = other.store.table, self.store.table
        self.store.deadlines, other.store.deadlines = other.store.deadlines, self.store.deadlines
        self.keyspace.state.dirty += 1
        if self.keyspace.state.observed:
            self.keyspace._observer.swapped(self, other)
        self.keyspace.note_databases(self.index, other.index)

    # ---- introspection

    def memory_usage(self, bytes key not None) -> object:
        """Bytes a key takes with its value and its share of the table, or None."""
        cdef void** slot
        cdef uint64_t h
        cdef Record* r = peek(self, key, &slot, &h)
        cdef size_t total
        if r is NULL:
            return None
        total = mem_usable(record_bytes(r)) + 16
        if r.flags & EXPIRES:
            total += 16
        if r.flags & EXTERNAL and r.kind == TYPE_STRING:
            total += mem_usable(sizeof(Blob) + (<Blob*>record_pointer(r)).capacity)
        elif r.flags & EXTERNAL:
            total += (<Value>record_pointer(r)).bytes_used()
        return total

    def idle_seconds(self, bytes key not None) -> object:
        """Seconds since the last access, or None; with frequencies stamped it means nothing."""
        cdef void** slot
        cdef uint64_t h
        cdef Record* r = peek(self, key, &slot, &h)
        if r is NULL:
            return None
        return (self.keyspace.state.access_clock - (r.access >> 8)) & 0xFFFFFF

    def frequency(self, bytes key not None) -> object:
        """The access counter of LFU (0 to 255, logarithmic), decayed to now, or None."""
        cdef void** slot
        cdef uint64_t h
        cdef Record* r = peek(self, key, &slot, &h)
        cdef uint32_t elapsed, counter
        if r is NULL:
            return None
        counter = (r.access >> 8) & 255
        elapsed = ((self.keyspace.state.access_clock & 0xFFFF) - (r.access >> 16)) & 0xFFFF
        if self.keyspace.state.frequency_decay_minutes:
            elapsed = elapsed // self.keyspace.state.frequency_decay_minutes
            counter = counter - elapsed if counter > elapsed else 0
        return counter

    def table_stats(self) -> dict:
        """Buckets, keys, child buckets, the place of a running rehash (-1: none)."""
        return {"buckets": self.store.table.mask[0] + 1,
                "target": self.store.table.mask[1] + 1 if self.store.table.rehash >= 0 else 0,
                "used": self.store.table.used, "children": self.store.table.child_count,
                "rehash": self.store.table.rehash}


cdef bytes string_encoding(Record* r):
    """int, embstr or raw: how Redis would hold the string."""
    cdef size_t size
    cdef const char* data = string_data(r, &size)
    if size <= 20 and not r.flags & RAW and is_canonical_integer(data[:size]):
        return b"int"
    # Redis embeds strings of up to 44 bytes beside their header.
    return b"embstr" if size <= 44 and not r.flags & RAW else b"raw"


def is_canonical_integer(text: bytes) -> bool:
    """Whether a text is a 64-bit integer as Redis would print it."""
    if not text or len(text) > 20 or not (text.isdigit() or (text[0] == 45 and text[1:].isdigit())):
        return False
    value = int(text)
    return -0x8000000000000000 <= value <= 0x7FFFFFFFFFFFFFFF and b"%d" % value == text


# Users import both classes from here; a cimported name alone is not visible from Python.
globals().update(Keyspace=keyspace_module.Keyspace)
