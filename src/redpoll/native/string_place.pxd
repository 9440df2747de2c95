"""A string where it lies in a database: found once, then read or changed in place; see string_place.pyx."""

from libc.stdint cimport uint8_t, uint64_t
from redpoll.native.database cimport Database
from redpoll.native.record cimport Record, TYPE_STRING, string_data
from redpoll.native.store cimport Store, store_lookup, store_resize_string

cdef struct Place:             # valid until the next write to the database
    Store* store
    const char* key
    size_t key_size
    uint64_t hash
    void** slot                # NULL: there is no such key
    uint8_t* data
    size_t size
    bint is_new                # made by place_resize

cdef int place_to_read(Database db, bytes key, Place* p) except -1
cdef int place_to_write(Database db, bytes key, Place* p) except -1
cdef int place_resize_or_raise(Database db, bytes key, Place* p, size_t size) except -1
cdef int place_changed(Database db, bytes key, bytes event, uint64_t count) except -1

cdef inline bint place_find(Place* p) noexcept nogil:
    """Look up the key that `p` names, noting the access; False if it holds another type."""
    cdef Record* r = store_lookup(p.store, p.key, p.key_size, p.hash, &p.slot)
    p.data = NULL
    p.size = 0
    p.is_new = False
    if r is NULL:
        return True
    if r.kind != TYPE_STRING:
        return False
    p.data = <uint8_t*>string_data(r, &p.size)
    return True

cdef inline bint place_resize(Place* p, size_t size) noexcept nogil:
    """Make the string `size` bytes long, new ones zero, so that its bytes may be changed; False without memory."""
    cdef char* data = store_resize_string(p.store, p.slot, p.key, p.key_size, p.hash, size)
    if data is NULL:
        return False
    if p.slot is NULL:
        p.is_new = True
        store_lookup(p.store, p.key, p.key_size, p.hash, &p.slot)
    p.data = <uint8_t*>data
    p.size = size
    return True
