"""The keyspace: what its databases share: time, counters, deadlines, the observer of changes."""

from cpython.bytes cimport PyBytes_AS_STRING
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from redpoll.native.bits cimport load64
from redpoll.native.deadlines cimport deadlines_check
from redpoll.native.memory cimport heap
from redpoll.native.record cimport Record, record_key, record_key_size
from redpoll.native.store cimport Store, grave_step, store_expire, value_step
from redpoll.native.table cimport table_check, table_find, table_hash, table_step
from redpoll.native.memory import check as memory_check


cdef class Keyspace:
    """All databases of a node, and what they share: time, counters, the observer of changes."""

    def __init__(self, int count=16, bytes seed not None=b"redpoll-seed-000") -> None:
        cdef int i
        # Imported here: Database is typed with this class, so its module comes second.
        from redpoll.native.database import Database
        if len(seed) != 16:
            raise ValueError("the seed is 16 bytes")
        self.state.seed[0] = load64(PyBytes_AS_STRING(seed))
        self.state.seed[1] = load64(PyBytes_AS_STRING(seed) + 8) | 1
        self.state.random = self.state.seed[0] ^ self.state.seed[1]
        self.state.hash_entries_max = 512
        self.state.hash_value_max = 64
        self.state.list_fill = -2
        self.state.frequency_log_factor = 10
        self.state.frequency_decay_minutes = 1
        self.state.sparse_bytes_max = 3000
        self.active_expire = True
        self._ready = {}
        self.count = count
        self.stores = <Store**>calloc(count, sizeof(Store*))
        if self.stores is NULL:
            raise MemoryError
        self.databases = [Database(self, i) for i in range(count)]

    def __dealloc__(self):
        free(self.stores)
        while grave_step(&self.state, 1 << 20) or value_step(&self.state, 1 << 20):
            pass
        free(self.state.unreachable)

    def __len__(self) -> int:
        return len(self.databases)

    def __getitem__(self, int index) -> object:
        return self.databases[index]

    @property
    def now_ms(self) -> int:
        """The wall clock of this cycle in milliseconds."""
        return self.state.now_ms

    @now_ms.setter
    def now_ms(self, int64_t value) -> None:
        self.set_now(value)

    @property
    def observer(self) -> object:
        """Sees each mutation (`changed`), event, flush and swap; None keeps the native tier at full speed."""
        return self._observer

    @observer.setter
    def observer(self, value: object) -> None:
        self._observer = value
        self.state.observed = value is not None

    @property
    def awaited(self) -> object:
        """Keys that somebody waits for, by (database, key); None while nobody does."""
        return self._awaited

    @awaited.setter
    def awaited(self, dict value) -> None:
        self._awaited = value
        self.state.awaited = value is not None

    def take_ready(self) -> dict:
        """The awaited keys that may have come since the last call, as (database, key), the first to come first."""
        ready, self._ready = self._ready, {}
        self.state.ready = False
        return ready

    cpdef int note_ready(self, int index, bytes key) except -1:
        """Note that a key may have come, if somebody waits for it."""
        place = (index, key)
        if self._awaited is not None and place in self._awaited:
            self._ready[place] = None
            self.state.ready = True
        return 0

    cdef int note_databases(self, int first, int second) except -1:
        """Note every awaited key of two databases that were exchanged."""
        for index, key in self._awaited or ():
            if index == first or index == second:
                self.note_ready(index, key)
        return 0

    @property
    def frequency(self) -> bool:
        """Stamp access frequencies (LFU) into records instead of times (LRU)."""
        return self.state.frequency

    @frequency.setter
    def frequency(self, bint value) -> None:
        self.state.frequency = value
        self.now_ms = self.state.now_ms

    @property
    def frozen(self) -> bool:
        """Expired keys stay in memory, hidden: while loading, or on a replica."""
        return self.state.frozen

    @frozen.setter
    def frozen(self, bint value) -> None:
        self.state.frozen = value

    @property
    def sparse_bytes_max(self) -> int:
        """hll-sparse-max-bytes: a longer HyperLogLog becomes dense."""
        return self.state.sparse_bytes_max

    @sparse_bytes_max.setter
    def sparse_bytes_max(self, uint64_t value) -> None:
        self.state.sparse_bytes_max = value

    @property
    def no_touch(self) -> bool:
        """Reads leave access times alone."""
        return self.state.no_touch

    @no_touch.setter
    def no_touch(self, bint value) -> None:
        self.state.no_touch = value

    @property
    def dirty(self) -> int:
        """Mutations so far."""
        return self.state.dirty

    @dirty.setter
    def dirty(self, uint64_t value) -> None:
        self.state.dirty = value

    @property
    def hits(self) -> int:
        """Reads that found their key."""
        return self.state.hits

    @property
    def misses(self) -> int:
        """Reads that did not."""
        return self.state.misses

    @property
    def expired_keys(self) -> int:
        """Keys removed because their deadline passed."""
        return self.state.expired

    def reset_statistics(self) -> None:
        """Set hits, misses and expired keys to zero."""
        self.state.hits = self.state.misses = self.state.expired = 0

    def set_frequency_rates(self, uint32_t log_factor, uint32_t decay_minutes) -> None:
        """lfu-log-factor and lfu-decay-time."""
        self.state.frequency_log_factor = log_factor
        self.state.frequency_decay_minutes = decay_minutes

    def set_packing(self, int64_t hash_entries_max, int64_t hash_value_max, int64_t list_fill) -> None:
        """hash-max-listpack-entries, hash-max-listpack-value and list-max-listpack-size, for the native tier."""
        self.state.hash_entries_max = hash_entries_max
        self.state.hash_value_max = hash_value_max
        self.state.list_fill = list_fill

    def expire_due(self, int limit=1000) -> int:
        """Remove up to `limit` keys whose deadline has passed, earliest first; returns how many."""
        cdef Store* s
        cdef int i
        cdef Record* r
        cdef void** slot
        cdef uint64_t h
        cdef int removed = 0
        if not self.active_expire or self.state.frozen:
            return 0
        for i in range(self.count):
            s = self.stores[i]
            while s.deadlines.count and removed < limit:
                if s.deadlines.items[0].when_ms > self.state.now_ms:
                    break
                r = s.deadlines.items[0].record
                h = table_hash(&s.table, record_key(r), record_key_size(r))
                slot = table_find(&s.table, record_key(r), record_key_size(r), h)
                store_expire(s, slot, h)
                removed += 1
        return removed

    def next_deadline_ms(self) -> int:
        """The earliest deadline of all databases, or -1."""
        return self.earliest()

    cdef void set_now(self, int64_t value) noexcept:
        self.state.now_ms = value
        self.state.access_clock = <uint32_t>(value // 60000 if self.state.frequency else value // 1000) & 0xFFFFFF

    cdef int64_t earliest(self) noexcept:
        cdef int64_t earliest = -1, first
        cdef int i
        if not self.active_expire or self.state.frozen:
            return -1
        for i in range(self.count):
            if self.stores[i].deadlines.count:
                first = self.stores[i].deadlines.items[0].when_ms
                if earliest < 0 or first < earliest:
                    earliest = first
        return earliest

    def lazy_free_step(self, int budget=256) -> bool:
        """Free part of what was flushed, or of large collections; False when nothing is left."""
        return grave_step(&self.state, budget) or value_step(&self.state, budget)

    @property
    def lazy_free_pending(self) -> int:
        """Flushed tables and large collections that wait to be freed."""
        return self.state.unreachable_count + (1 if self.state.graves is not NULL else 0)

    @property
    def lazily_freed(self) -> int:
        """Large collections freed in steps so far."""
        return self.state.lazily_freed

    def rehash_step(self, int budget=64) -> bool:
        """Move some buckets of tables that are being resized; False when none is."""
        cdef bint more = False
        cdef int i
        for i in range(self.count):
            while self.stores[i].table.rehash >= 0 and budget > 0:
                table_step(&self.stores[i].table)
                budget -= 1
            more = more or self.stores[i].table.rehash >= 0
        return more

    def memory_used(self) -> int:
        """Bytes in records, values and tables (of all keyspaces of the process: they share one allocator)."""
        return heap.small_bytes + heap.large_bytes

    def check(self) -> None:
        """Verify every invariant of every database; raises AssertionError."""
        cdef int i
        memory_check()
        for i in range(self.count):
            table_check(&self.stores[i].table)
            deadlines_check(&self.stores[i].deadlines)
