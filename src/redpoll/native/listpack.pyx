"""Packed sequences of short strings in Redis's own listpack layout, as it goes into RDB files and DUMP.

    total bytes u32 | entries u16 (65535: count them) | entry… | 0xFF

An entry is an encoding byte (with a small value or length inside), the rest of the value, and at its end the length of
both in 7-bit groups that can be read backwards. Integers are stored as such in the fewest bytes, so an entry's bytes
are determined by its text, and equal texts have equal bytes: searching compares bytes.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from redpoll.native.bits cimport load32, store32
from redpoll.native.memory cimport mem_alloc, mem_free, mem_resize
from redpoll.native.output cimport write_decimal
from redpoll.native.resp cimport parse_integer

cdef enum:
    # Header bytes of an entry: an encoding byte and a 32-bit length, or an encoding byte and a 64-bit integer.
    HEAD_ROOM = 9
    INTEGER_DIGITS_MAX = 20
    COUNT_UNKNOWN = 65535

cdef struct Entry:
    uint8_t head[HEAD_ROOM]    # encoding, length or integer
    uint32_t head_size
    uint32_t text_size         # bytes of text that follow the head; 0 for an integer


cdef inline void head_integer(Entry* e, int64_t value) noexcept nogil:
    cdef uint64_t bits = <uint64_t>value
    cdef int n, i
    e.text_size = 0
    if 0 <= value <= 127:
        e.head[0] = <uint8_t>value
        e.head_size = 1
        return
    if -4096 <= value <= 4095:
        e.head[0] = <uint8_t>(0xC0 | ((bits >> 8) & 31))
        e.head[1] = <uint8_t>(bits & 255)
        e.head_size = 2
        return
    if -32768 <= value <= 32767:
        e.head[0] = 0xF1
        n = 2
    elif -8388608 <= value <= 8388607:
        e.head[0] = 0xF2
        n = 3
    elif -2147483648 <= value <= 2147483647:
        e.head[0] = 0xF3
        n = 4
    else:
        e.head[0] = 0xF4
        n = 8
    for i in range(n):
        e.head[1 + i] = <uint8_t>((bits >> (8 * i)) & 255)
    e.head_size = 1 + n


cdef void entry_of(Entry* e, const char* text, size_t size) noexcept nogil:
    """How a text is written."""
    cdef int64_t value
    if size <= INTEGER_DIGITS_MAX and parse_integer(text, size, &value):
        head_integer(e, value)
        return
    e.text_size = <uint32_t>size
    if size < 64:
        e.head[0] = <uint8_t>(0x80 | size)
        e.head_size = 1
    elif size < 4096:
        e.head[0] = <uint8_t>(0xE0 | (size >> 8))
        e.head[1] = <uint8_t>(size & 255)
        e.head_size = 2
    else:
        e.head[0] = 0xF0
        store32(&e.head[1], <uint32_t>size)
        e.head_size = 5


cdef inline uint32_t back_size(uint32_t n) noexcept nogil:
    """Bytes that the length behind an entry takes."""
    if n < 128:
        return 1
    if n < 16384:
        return 2
    if n < 2097152:
        return 3
    return 4 if n < 268435456 else 5


cdef inline void write_back(char* d, uint32_t n) noexcept nogil:
    cdef int i, count = <int>back_size(n)
    for i in range(count - 1, -1, -1):
        d[i] = <char>((n & 127) | (128 if i else 0))
        n >>= 7


cdef inline uint32_t body_size(const char* d) noexcept nogil:
    """Bytes of an entry without the length behind it."""
    cdef uint8_t code = <uint8_t>d[0]
    if code < 0x80:
        return 1
    if code < 0xC0:
        return 1 + (code & 63)
    if code < 0xE0:
        return 2
    if code < 0xF0:
        return 2 + (((code & 15) << 8) | <uint8_t>d[1])
    if code == 0xF0:
        return 5 + load32(d + 1)
    if code == 0xF4:
        return 9
    return code - 0xF1 + 3


cdef inline uint32_t entry_size(const char* d) noexcept nogil:
    cdef uint8_t code = <uint8_t>d[0]
    cdef uint32_t n
    # Small numbers and texts are what most entries are.
    if code < 0x80:
        return 2
    if code < 0xC0:
        return 2 + (code & 63)
    n = body_size(d)
    return n + back_size(n)


cdef inline void write_header(Pack* p) noexcept nogil:
    cdef uint32_t count = p.count if p.count < COUNT_UNKNOWN else COUNT_UNKNOWN
    store32(p.data, p.size)
    p.data[4] = <char>(count & 255)
    p.data[5] = <char>(count >> 8)


cdef bint pack_init(Pack* p) noexcept nogil:
    """Make an empty pack; False without memory."""
    p.data = <char*>mem_alloc(PACK_HEADER + 1)
    if p.data is NULL:
        return False
    p.size = PACK_HEADER + 1
    p.count = 0
    p.data[PACK_HEADER] = <char>PACK_END
    write_header(p)
    return True


cdef void pack_release(Pack* p) noexcept nogil:
    """Free the block."""
    if p.data is not NULL:
        mem_free(p.data, p.size)
        p.data = NULL


cdef bint pack_copy(Pack* p, Pack* source) noexcept nogil:
    """Make a pack equal to another; False without memory."""
    p.data = <char*>mem_alloc(source.size)
    if p.data is NULL:
        return False
    p.size = source.size
    p.count = source.count
    memcpy(p.data, source.data, source.size)
    return True


cdef uint32_t pack_next(Pack* p, uint32_t at) noexcept nogil:
    """Where the entry after the one at `at` begins; the end if it is the last."""
    return at + entry_size(p.data + at)


cdef uint32_t pack_previous(Pack* p, uint32_t at) noexcept nogil:
    """Where the entry before `at` begins; there must be one."""
    cdef uint32_t n = 0, shift = 0, i = at - 1
    while True:
        n |= <uint32_t>(<uint8_t>p.data[i] & 127) << shift
        if not (<uint8_t>p.data[i] & 128):
            break
        shift += 7
        i -= 1
    return at - n - back_size(n)


cdef uint32_t pack_seek(Pack* p, uint32_t index) noexcept nogil:
    """Where an entry begins, walked to from the nearer end; the end if there are not so many."""
    cdef uint32_t at, _i
    if index >= p.count:
        return p.size - 1
    if index <= p.count >> 1:
        at = PACK_HEADER
        for _i in range(index):
            at = pack_next(p, at)
        return at
    at = p.size - 1
    for _i in range(p.count - index):
        at = pack_previous(p, at)
    return at


cdef inline int64_t stored_integer(const char* d) noexcept nogil:
    cdef uint8_t code = <uint8_t>d[0]
    cdef uint64_t bits = 0
    cdef int n, i
    if code < 0x80:
        return code
    if code < 0xE0:
        bits = ((code & 31) << 8) | <uint8_t>d[1]
        return <int64_t>bits - 8192 if bits > 4095 else <int64_t>bits
    n = 8 if code == 0xF4 else code - 0xF1 + 2
    for i in range(n):
        bits |= <uint64_t><uint8_t>d[1 + i] << (8 * i)
    if n < 8 and bits >> (8 * n - 1):
        return <int64_t>bits - (<int64_t>1 << (8 * n))
    return <int64_t>bits


cdef const char* pack_get(Pack* p, uint32_t at, size_t* size, char* room) noexcept nogil:
    """The text of an entry: inside the pack, or an integer written to `room` (DECIMAL_ROOM bytes)."""
    cdef const char* d = p.data + at
    cdef uint8_t code = <uint8_t>d[0]
    if 0x80 <= code < 0xC0:
        size[0] = code & 63
        return d + 1
    if 0xE0 <= code < 0xF0:
        size[0] = ((code & 15) << 8) | <uint8_t>d[1]
        return d + 2
    if code == 0xF0:
        size[0] = load32(d + 1)
        return d + 5
    size[0] = write_decimal(room, stored_integer(d))
    return room


cdef bint pack_integer(Pack* p, uint32_t at, int64_t* value) noexcept nogil:
    """The value of an entry that is stored as an integer; False if it is not."""
    cdef uint8_t code = <uint8_t>p.data[at]
    if 0x80 <= code < 0xC0 or 0xE0 <= code < 0xF1:
        return False
    value[0] = stored_integer(p.data + at)
    return True


cdef bint pack_insert(Pack* p, uint32_t at, const char* text, size_t size) noexcept nogil:
    """Insert a text before the entry at `at` (or at the end); False without memory."""
    cdef Entry e
    cdef uint32_t body, n
    cdef char* d
    entry_of(&e, text, size)
    body = e.head_size + e.text_size
    n = body + back_size(body)
    if <uint64_t>p.size + n > <uint64_t>0xFFFFFFFF:
        return False
    d = <char*>mem_resize(p.data, p.size, p.size + n)
    if d is NULL:
        return False
    p.data = d
    memmove(d + at + n, d + at, p.size - at)
    memcpy(d + at, e.head, e.head_size)
    if e.text_size:
        memcpy(d + at + e.head_size, text, e.text_size)
    write_back(d + at + body, body)
    p.size += n
    p.count += 1
    write_header(p)
    return True


cdef void pack_shrink(Pack* p, uint32_t old_size) noexcept nogil:
    cdef char* d = <char*>mem_resize(p.data, old_size, p.size)
    # A smaller block cannot be refused by a slab; the system allocator's refusal would keep the old one.
    if d is not NULL:
        p.data = d
    write_header(p)


cdef void pack_delete(Pack* p, uint32_t at, uint32_t count) noexcept nogil:
    """Take `count` entries out from `at` on; there must be as many."""
    cdef uint32_t _i, last = at, old_size = p.size
    for _i in range(count):
        last = pack_next(p, last)
    memmove(p.data + at, p.data + last, p.size - last)
    p.size -= last - at
    p.count -= count
    pack_shrink(p, old_size)


cdef bint pack_replace(Pack* p, uint32_t at, const char* text, size_t size) noexcept nogil:
    """Put a text in the place of an entry; False without memory, nothing changed."""
    cdef Entry e
    cdef uint32_t body
    entry_of(&e, text, size)
    body = e.head_size + e.text_size
    if body == body_size(p.data + at):  # in place: counters and the like
        memcpy(p.data + at, e.head, e.head_size)
        if e.text_size:
            memcpy(p.data + at + e.head_size, text, e.text_size)
        return True
    if not pack_insert(p, at, text, size):
        return False
    pack_delete(p, pack_next(p, at), 1)
    return True


cdef bint pack_split(Pack* p, uint32_t at, uint32_t index, Pack* tail) noexcept nogil:
    """Move the entries from `at` (the one of `index`) on to a new pack; False without memory, nothing changed."""
    cdef uint32_t moved = p.size - 1 - at, old_size = p.size
    tail.size = PACK_HEADER + moved + 1
    tail.data = <char*>mem_alloc(tail.size)
    if tail.data is NULL:
        return False
    tail.count = p.count - index
    memcpy(tail.data + PACK_HEADER, p.data + at, moved + 1)
    write_header(tail)
    p.data[at] = <char>PACK_END
    p.size = at + 1
    p.count = index
    pack_shrink(p, old_size)
    return True


cdef bint pack_join(Pack* p, Pack* tail) noexcept nogil:
    """Move all entries of another pack, which is freed, to the end; False without memory, nothing changed."""
    cdef uint32_t added = tail.size - PACK_HEADER - 1
    cdef char* d = <char*>mem_resize(p.data, p.size, p.size + added)
    if d is NULL:
        return False
    p.data = d
    memcpy(d + p.size - 1, tail.data + PACK_HEADER, added + 1)
    p.size += added
    p.count += tail.count
    write_header(p)
    pack_release(tail)
    return True


cdef uint32_t pack_find(Pack* p, uint32_t at, const char* text, size_t size, int skip) noexcept nogil:
    """The first entry equal to a text from `at` on, stepping over `skip` entries between comparisons; 0 if none."""
    cdef Entry e
    cdef uint32_t body, end = p.size - 1
    cdef uint8_t last
    cdef int _i
    cdef const char* d
    entry_of(&e, text, size)
    body = e.head_size + e.text_size
    last = <uint8_t>text[size - 1] if e.text_size else e.head[e.head_size - 1]
    while at < end:
        d = p.data + at
        # Texts of one kind often begin alike: the last byte tells most apart without a call.
        if (<uint8_t>d[0] == e.head[0] and body_size(d) == body and <uint8_t>d[body - 1] == last
                and memcmp(d, e.head, e.head_size) == 0
                and (e.text_size == 0 or memcmp(d + e.head_size, text, e.text_size) == 0)):
            return at
        at += entry_size(d)
        for _i in range(skip):
            if at < end:
                at = pack_next(p, at)
    return 0


cdef bytes pack_text(Pack* p, uint32_t at):
    """The text of an entry."""
    cdef char room[DECIMAL_ROOM]
    cdef size_t size
    cdef const char* text = pack_get(p, at, &size, room)
    return PyBytes_FromStringAndSize(text, size)


cdef int pack_check(Pack* p) except -1:
    """Verify header, lengths both ways, count and canonical encodings; raises AssertionError."""
    cdef uint32_t at = PACK_HEADER, count = 0, following
    cdef Entry e
    cdef char room[DECIMAL_ROOM]
    cdef size_t size
    cdef const char* text
    assert load32(p.data) == p.size, "the header holds the size"
    stored = <uint8_t>p.data[4] | (<uint8_t>p.data[5] << 8)
    assert stored == min(p.count, <uint32_t>COUNT_UNKNOWN), "the header holds the count"
    while at < p.size - 1:
        following = pack_next(p, at)
        assert following < p.size, "an entry ends inside"
        assert pack_previous(p, following) == at, "an entry's length is behind it"
        text = pack_get(p, at, &size, room)
        entry_of(&e, text, size)
        assert memcmp(e.head, p.data + at, e.head_size) == 0, "an entry has the shortest encoding"
        at = following
        count += 1
    assert at == p.size - 1 and <uint8_t>p.data[at] == PACK_END, "the end byte is at the end"
    assert count == p.count, "count counts the entries"
    return 0


cdef class Listpack:
    """A listpack on its own, for tests and for what loads and saves them."""

    cdef Pack pack

    def __init__(self) -> None:
        if not pack_init(&self.pack):
            raise MemoryError

    def __dealloc__(self):
        pack_release(&self.pack)

    def __len__(self) -> int:
        return self.pack.count

    def insert(self, uint32_t index, bytes text not None) -> None:
        """Insert before the entry of an index, or at the end."""
        if not pack_insert(&self.pack, pack_seek(&self.pack, index), PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text)):
            raise MemoryError

    def replace(self, uint32_t index, bytes text not None) -> None:
        """Put a text in the place of an entry."""
        if index >= self.pack.count:
            raise IndexError(index)
        if not pack_replace(&self.pack, pack_seek(&self.pack, index), PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text)):
            raise MemoryError

    def delete(self, uint32_t index, uint32_t count) -> None:
        """Take entries out."""
        if index > self.pack.count or count > self.pack.count - index:
            raise IndexError(index)
        pack_delete(&self.pack, pack_seek(&self.pack, index), count)

    def find(self, bytes text not None, int skip=0) -> int:
        """Offset of the first entry equal to a text, every (skip + 1)th compared; 0 if there is none."""
        return pack_find(&self.pack, PACK_HEADER, PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text), skip)

    def texts(self) -> list:
        """All entries."""
        cdef uint32_t at = PACK_HEADER
        cdef list found = []
        while at < self.pack.size - 1:
            found.append(pack_text(&self.pack, at))
            at = pack_next(&self.pack, at)
        return found

    def dump(self) -> bytes:
        """The bytes of the listpack."""
        return PyBytes_FromStringAndSize(self.pack.data, self.pack.size)

    def check(self) -> None:
        """Verify every invariant; raises AssertionError."""
        pack_check(&self.pack)
