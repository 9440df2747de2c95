"""Finding a string for a command of the general tier, and telling of what was done to it in place."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint64_t
from redpoll.native.database cimport Database
from redpoll.native.store cimport EVENT_KEY_MISS, EVENT_NEW, EVENT_STRING
from redpoll.native.table cimport table_hash
from redpoll.errors import WrongType


cdef bint find(Database db, bytes key, Place* p) noexcept:
    p.store = &db.store
    p.key = PyBytes_AS_STRING(key)
    p.key_size = PyBytes_GET_SIZE(key)
    p.hash = table_hash(&db.store.table, p.key, p.key_size)
    return place_find(p)


cdef int place_to_read(Database db, bytes key, Place* p) except -1:
    """Find a string for reading: counts a hit or a miss. Raises WrongType; `slot` is NULL if there is no such key."""
    cdef bint is_string = find(db, key, p)
    if p.slot is NULL:
        db.keyspace.state.misses += 1
        if db.keyspace.state.observed:
            db.notify(EVENT_KEY_MISS, b"keymiss", key)
        return 0
    db.keyspace.state.hits += 1
    if not is_string:
        raise WrongType
    return 0


cdef int place_to_write(Database db, bytes key, Place* p) except -1:
    """Find a string for writing: no statistics. Raises WrongType."""
    if not find(db, key, p):
        raise WrongType
    return 0


cdef int place_resize_or_raise(Database db, bytes key, Place* p, size_t size) except -1:
    """`place_resize`, telling of a new key; raises MemoryError."""
    cdef bint was_there = p.slot is not NULL
    if not place_resize(p, size):
        raise MemoryError
    if not was_there and db.keyspace.state.observed:
        db.notify(EVENT_NEW, b"new", key)
    return 0


cdef int place_changed(Database db, bytes key, bytes event, uint64_t count) except -1:
    """A string was changed in place, `count` times; one event tells of all of them."""
    db.keyspace.state.dirty += count - 1
    return db.changed_fast(EVENT_STRING, event, key)
