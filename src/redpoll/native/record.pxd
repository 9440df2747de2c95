"""Records: one block holds header, deadline, key and value.

    kind u8 | flags u8 | value bytes u16 | key bytes u8 + access 24 bits
    [deadline i64 | place in the deadline heap u32 | unused u32]      if EXPIRES
    [key bytes u32]                                                   if LONG_KEY (keys over 255 bytes)
    key
    value, or a pointer to it                                         EXTERNAL: pointer

A plain key of 16 bytes with a value of 4 takes 28 bytes. An EXTERNAL string points to a Blob, any other external
value to a Python object that owns its encoding.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t, int64_t
from libc.string cimport memcpy
from redpoll.native.bits cimport load32, load64, store32, store64, load_pointer, likely, unlikely
from redpoll.native.memory cimport mem_alloc, mem_free

cdef enum:
    TYPE_STRING = 0
    TYPE_LIST = 1
    TYPE_SET = 2
    TYPE_ZSET = 3
    TYPE_HASH = 4
    TYPE_STREAM = 5

cdef enum:
    EXPIRES = 1
    LONG_KEY = 2
    EXTERNAL = 4
    # Written by APPEND or SETRANGE: OBJECT ENCODING says raw, whatever the length.
    RAW = 8
    INLINE_VALUE_MAX = 4096
    DEADLINE_BYTES = 16

cdef struct Record:
    uint8_t kind
    uint8_t flags
    uint16_t value_size
    uint32_t access            # key size in the low 8 bits, access clock in the high 24

cdef struct Blob:
    uint64_t size
    uint64_t capacity

cdef inline char* blob_data(Blob* blob) noexcept nogil:
    return <char*>blob + sizeof(Blob)

cdef inline size_t record_prefix(Record* r) noexcept nogil:
    """Bytes before the key."""
    return 8 + ((r.flags & EXPIRES) << 4) + ((r.flags & LONG_KEY) << 1)

cdef inline char* record_key(Record* r) noexcept nogil:
    return <char*>r + record_prefix(r)

cdef inline size_t record_key_size(Record* r) noexcept nogil:
    if unlikely(r.flags & LONG_KEY):
        return load32(<char*>r + 8 + ((r.flags & EXPIRES) << 4))
    return r.access & 255

cdef inline char* record_value(Record* r) noexcept nogil:
    """Where the inline value, or the pointer, stands."""
    return record_key(r) + record_key_size(r)

cdef inline size_t record_bytes(Record* r) noexcept nogil:
    return record_prefix(r) + record_key_size(r) + r.value_size

cdef inline void* record_pointer(Record* r) noexcept nogil:
    return load_pointer(record_value(r))

cdef inline int64_t record_deadline(Record* r) noexcept nogil:
    """Absolute milliseconds; only with EXPIRES."""
    return <int64_t>load64(<char*>r + 8)

cdef inline uint32_t record_place(Record* r) noexcept nogil:
    return load32(<char*>r + 16)

cdef inline void record_set_place(Record* r, uint32_t place) noexcept nogil:
    store32(<char*>r + 16, place)

cdef inline const char* string_data(Record* r, size_t* size) noexcept nogil:
    """Bytes of a string record."""
    cdef Blob* blob
    if unlikely(r.flags & EXTERNAL):
        blob = <Blob*>record_pointer(r)
        size[0] = blob.size
        return blob_data(blob)
    size[0] = r.value_size
    return record_value(r)

cdef inline Record* record_new(int kind, int flags, const char* key, size_t key_size, size_t value_size) noexcept nogil:
    """A record with its key written and room for the value; NULL without memory. The deadline is the caller's."""
    cdef size_t prefix
    cdef Record* r
    if unlikely(key_size > 255):
        flags |= LONG_KEY
    prefix = 8 + ((flags & EXPIRES) << 4) + ((flags & LONG_KEY) << 1)
    r = <Record*>mem_alloc(prefix + key_size + value_size)
    if unlikely(r is NULL):
        return NULL
    r.kind = <uint8_t>kind
    r.flags = <uint8_t>flags
    r.value_size = <uint16_t>value_size
    r.access = <uint32_t>(key_size & 255)
    if unlikely(flags & LONG_KEY):
        store32(<char*>r + prefix - 4, <uint32_t>key_size)
    memcpy(<char*>r + prefix, key, key_size)
    return r
