"""Lists: a deque of listpacks.

A small list is one listpack. A larger one is an array of chunks of up to list-max-listpack-size with free places at
both ends: its ends are O(1), an index is found by adding up chunk lengths from the nearer end, and an insertion in the
middle moves one chunk's bytes and at most the array of 16-byte chunk headers.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcmp, memmove
from redpoll.native.listpack cimport (
    DECIMAL_ROOM, PACK_HEADER, Pack, pack_bytes, pack_check, pack_copy, pack_delete, pack_end, pack_find, pack_get,
    pack_init, pack_insert, pack_join, pack_next, pack_previous, pack_release, pack_replace, pack_seek, pack_split,
    pack_text)
from redpoll.native.memory cimport mem_alloc, mem_free, mem_usable
from redpoll.native.record cimport TYPE_LIST
from redpoll.native.value cimport Value

cdef enum:
    # A chunk limited by its count of entries still holds no more bytes than this.
    COUNTED_BYTES_MAX = 8192
    # What an entry is taken to need beside its text when a chunk's room is judged.
    ENTRY_ESTIMATE = 8
    LEVELS = 5
    # Removals join chunks that fit into half a chunk, so that they leave no crumbs.
    JOIN_SHARES = 2
    OBJECT_BYTES = 80


cdef class ListValue(Value):
    """A list of byte strings. `fill` is list-max-listpack-size wherever it stands."""

    def __init__(self) -> None:
        cdef Pack pack
        self.type_code = TYPE_LIST
        self.small = True
        if not pack_init(&pack):
            raise MemoryError
        self.pack_bytes = pack_bytes(&pack)
        self.add_chunk(0, &pack)

    def __dealloc__(self):
        cdef uint32_t i
        for i in range(self.count):
            pack_release(self.chunk(i))
        if self.chunks is not NULL:
            mem_free(self.chunks, self.capacity * sizeof(Pack))

    def __len__(self) -> int:
        return self.length

    cdef size_t bytes_used(self) noexcept:
        """Bytes taken by the list, object header included."""
        return OBJECT_BYTES + self.pack_bytes + mem_usable(self.capacity * sizeof(Pack))

    cdef uint64_t blocks(self) noexcept:
        return self.count

    cdef bint free_step(self, int budget) noexcept:
        """Free chunks from the end."""
        while budget > 0 and self.count:
            self.count -= 1
            pack_release(self.chunk(self.count))
            budget -= 1
        return self.count != 0

    def encoding(self) -> bytes:
        """What OBJECT ENCODING answers."""
        return b"listpack" if self.small else b"quicklist"

    # ---- chunks

    cdef inline Pack* chunk(self, uint32_t i) noexcept:
        return &self.chunks[self.first + i]

    cdef int make_room(self, bint left) except -1:
        """Have a free place at an end of the array."""
        cdef uint32_t capacity = self.capacity, first
        cdef Pack* chunks = self.chunks
        if (self.first > 0) if left else (self.first + self.count < capacity):
            return 0
        if self.count * 2 >= capacity:
            capacity = capacity * 2 if capacity else 1
            chunks = <Pack*>mem_alloc(capacity * sizeof(Pack))
            if chunks is NULL:
                raise MemoryError
        # The free places are shared out; the one that is asked for is on the right side even if it is the only one.
        first = (capacity - self.count + (1 if left else 0)) // 2
        if self.count:
            memmove(&chunks[first], &self.chunks[self.first], self.count * sizeof(Pack))
        if chunks is not self.chunks:
            if self.chunks is not NULL:
                mem_free(self.chunks, self.capacity * sizeof(Pack))
            self.chunks = chunks
            self.capacity = capacity
        self.first = first
        return 0

    cdef int add_chunk(self, uint32_t i, Pack* pack) except -1:
        """Put a pack in as chunk `i`; on failure it is freed."""
        cdef bint left = i < self.count - i
        try:
            self.make_room(left)
        except MemoryError:
            pack_release(pack)
            raise
        if left:
            self.first -= 1
            memmove(self.chunk(0), self.chunk(1), i * sizeof(Pack))
        else:
            memmove(self.chunk(i + 1), self.chunk(i), (self.count - i) * sizeof(Pack))
        self.count += 1
        self.chunk(i)[0] = pack[0]
        return 0

    cdef void drop_chunk(self, uint32_t i) noexcept:
        """Free a chunk and close the gap."""
        self.pack_bytes -= pack_bytes(self.chunk(i))
        pack_release(self.chunk(i))
        if i < self.count - i:
            memmove(self.chunk(1), self.chunk(0), i * sizeof(Pack))
            self.first += 1
        else:
            memmove(self.chunk(i), self.chunk(i + 1), (self.count - i - 1) * sizeof(Pack))
        self.count -= 1

    cdef bint exceeds(self, uint64_t size, uint64_t entries, int64_t fill) noexcept:
        """Whether a chunk of so many bytes and entries is beyond the limit."""
        cdef int64_t level
        if fill >= 0:
            return size > COUNTED_BYTES_MAX or entries > <uint64_t>(fill if fill else 1)
        level = -fill if -fill < LEVELS else LEVELS
        return size > <uint64_t>2048 << level

    # ---- adding

    def push(self, tuple texts not None, bint left, int64_t fill) -> None:
        """Add elements at an end, one after the other."""
        self.grow(texts, fill)
        for text in texts:
            self.push_one(PyBytes_AS_STRING(<bytes>text), PyBytes_GET_SIZE(<bytes>text), left, fill)

    def grow(self, tuple texts not None, int64_t fill) -> None:
        """Be a chunked list if these elements would make one listpack too large."""
        cdef uint64_t size = 0
        for text in texts:
            size += <uint64_t>PyBytes_GET_SIZE(<bytes?>text)
        self.grow_by(size, <uint64_t>len(texts), fill)

    cdef void grow_by(self, uint64_t size, uint64_t entries, int64_t fill) noexcept:
        """`grow` for elements of so many bytes in all."""
        if self.small and self.exceeds(self.chunk(0).size + size, self.length + entries, fill):
            self.small = False

    cdef int push_one(self, const char* text, size_t size, bint left, int64_t fill) except -1:
        cdef uint32_t i = 0
        cdef Pack* pack
        cdef Pack fresh
        if not left and self.count:
            i = self.count - 1
        pack = self.chunk(i) if self.count else NULL
        if pack is NULL or (not self.small and pack.count
                            and self.exceeds(pack.size + size + ENTRY_ESTIMATE, pack.count + 1, fill)):
            if not pack_init(&fresh):
                raise MemoryError
            i = 0 if left else self.count
            self.add_chunk(i, &fresh)
            pack = self.chunk(i)
        else:
            self.pack_bytes -= pack_bytes(pack)
        if not pack_insert(pack, PACK_HEADER if left else pack_end(pack), text, size):
            self.pack_bytes += pack_bytes(pack)
            raise MemoryError
        self.pack_bytes += pack_bytes(pack)
        self.length += 1
        return 0

    cdef int insert_at(self, uint32_t i, uint32_t at, bytes text, int64_t fill) except -1:
        cdef Pack* pack = self.chunk(i)
        cdef size_t before = pack_bytes(pack)
        if not pack_insert(pack, at, PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text)):
            raise MemoryError
        self.pack_bytes += pack_bytes(pack)
        self.pack_bytes -= before
        self.length += 1
        self.settle(i, fill)
        return 0

    cdef int settle(self, uint32_t i, int64_t fill) except -1:
        """Halve a chunk as long as it is too large."""
        cdef Pack tail
        cdef Pack* pack = self.chunk(i)
        cdef uint32_t half
        cdef size_t before
        while not self.small and pack.count > 1 and self.exceeds(pack.size, pack.count, fill):
            half = pack.count // 2
            before = pack_bytes(pack)
            if not pack_split(pack, pack_seek(pack, half), half, &tail):
                raise MemoryError
            self.pack_bytes += pack_bytes(pack) + pack_bytes(&tail)
            self.pack_bytes -= before
            self.add_chunk(i + 1, &tail)
            self.settle(i + 1, fill)
            pack = self.chunk(i)
        return 0

    # ---- finding

    cdef uint32_t locate(self, uint64_t index, uint32_t* inner) noexcept:
        """The chunk of an element that exists, and its index there."""
        cdef uint32_t i
        cdef uint64_t left
        if index <= self.length >> 1:
            i = 0
            while index >= self.chunk(i).count:
                index -= self.chunk(i).count
                i += 1
            inner[0] = <uint32_t>index
            return i
        left = self.length - index
        i = self.count - 1
        while left > self.chunk(i).count:
            left -= self.chunk(i).count
            i -= 1
        inner[0] = <uint32_t>(self.chunk(i).count - left)
        return i

    def index(self, int64_t index) -> object:
        """The element at an index, negative from the end, or None."""
        cdef uint32_t inner, i
        if index < 0:
            index += <int64_t>self.length
        if index < 0 or index >= <int64_t>self.length:
            return None
        i = self.locate(index, &inner)
        return pack_text(self.chunk(i), pack_seek(self.chunk(i), inner))

    def section(self, uint64_t start, uint64_t count) -> list:
        """So many elements from an index on; both must be within the list."""
        cdef uint32_t inner, i, at
        cdef list found = []
        if count == 0:
            return found
        i = self.locate(start, &inner)
        at = pack_seek(self.chunk(i), inner)
        while count:
            if at == pack_end(self.chunk(i)):
                i += 1
                at = PACK_HEADER
            found.append(pack_text(self.chunk(i), at))
            at = pack_next(self.chunk(i), at)
            count -= 1
        return found

    def elements(self) -> list:
        """All elements."""
        return self.section(0, self.length)

    def positions(self, bytes text not None, int64_t rank, uint64_t count, uint64_t max_length) -> list:
        """Indexes of elements equal to a text: up to `count` from the rank-th match on, backwards for rank < 0.

        Zero for `count` or `max_length` (elements compared) is no limit.
        """
        cdef bint back = rank < 0
        cdef uint64_t to_skip = <uint64_t>(-(rank + 1)) if back else <uint64_t>(rank - 1)
        cdef uint64_t seen = 0, place
        cdef uint32_t i, n, at
        cdef Pack* pack
        cdef size_t size
        cdef char room[DECIMAL_ROOM]
        cdef const char* stored
        cdef size_t wanted = PyBytes_GET_SIZE(text)
        cdef list found = []
        for n in range(self.count):
            i = self.count - 1 - n if back else n
            pack = self.chunk(i)
            at = pack_end(pack) if back else PACK_HEADER
            while (at > PACK_HEADER) if back else (at < pack_end(pack)):
                if max_length and seen >= max_length:
                    return found
                if back:
                    at = pack_previous(pack, at)
                stored = pack_get(pack, at, &size, room)
                place = self.length - 1 - seen if back else seen
                seen += 1
                if size == wanted and memcmp(stored, PyBytes_AS_STRING(text), size) == 0:
                    if to_skip:
                        to_skip -= 1
                    else:
                        found.append(place)
                        if count and <uint64_t>len(found) >= count:
                            return found
                if not back:
                    at = pack_next(pack, at)
        return found

    # ---- changing

    def set(self, int64_t index, bytes text not None, int64_t fill) -> bool:
        """Put a text in an element's place; False if there is no such element."""
        cdef uint32_t inner, i
        cdef Pack* pack
        cdef size_t before
        cdef bint oversize
        if index < 0:
            index += <int64_t>self.length
        if index < 0 or index >= <int64_t>self.length:
            return False
        self.grow((text,), fill)
        i = self.locate(index, &inner)
        pack = self.chunk(i)
        oversize = self.exceeds(pack.size, pack.count, fill)
        before = pack_bytes(pack)
        if not pack_replace(pack, pack_seek(pack, inner), PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text)):
            raise MemoryError
        self.pack_bytes += pack_bytes(pack)
        self.pack_bytes -= before
        if oversize and not self.exceeds(pack.size, pack.count, fill):
            # It stood alone for its size only.
            self.join_behind(i, 1, fill)
            if i:
                self.join_behind(i - 1, 1, fill)
        else:
            self.settle(i, fill)
        return True

    def insert(self, bytes pivot not None, bytes text not None, bint after, int64_t fill) -> bool:
        """Insert before or after the first element equal to the pivot; False if there is none."""
        cdef uint32_t i, at
        for i in range(self.count):
            at = pack_find(self.chunk(i), PACK_HEADER, PyBytes_AS_STRING(pivot), PyBytes_GET_SIZE(pivot), 0)
            if at:
                self.insert_at(i, pack_next(self.chunk(i), at) if after else at, text, fill)
                return True
        return False

    cdef int delete_at(self, uint32_t i, uint32_t at, uint32_t entries) except -1:
        cdef Pack* pack = self.chunk(i)
        self.length -= entries
        if entries == pack.count and self.count > 1:
            self.drop_chunk(i)
            return 0
        self.pack_bytes -= pack_bytes(pack)
        pack_delete(pack, at, entries)
        self.pack_bytes += pack_bytes(pack)
        return 0

    cdef int join_behind(self, uint32_t i, uint32_t shares, int64_t fill) except -1:
        """Join a chunk with the one behind it if both fit into one of so many shares of a chunk."""
        cdef Pack* pack
        cdef Pack* tail
        if i + 1 >= self.count:
            return 0
        pack = self.chunk(i)
        tail = self.chunk(i + 1)
        if self.exceeds(shares * (<uint64_t>pack.size + tail.size), shares * (<uint64_t>pack.count + tail.count), fill):
            return 0
        self.pack_bytes -= pack_bytes(pack) + pack_bytes(tail)
        if pack_join(pack, tail):
            memmove(tail, tail + 1, (self.count - i - 2) * sizeof(Pack))
            self.count -= 1
        else:
            self.pack_bytes += pack_bytes(tail)
        self.pack_bytes += pack_bytes(pack)
        return 0

    def remove(self, bytes text not None, int64_t count, int64_t fill) -> int:
        """Take out elements equal to a text: `count` from the front, from the back if negative, all if 0."""
        cdef uint64_t removed = 0, limit = <uint64_t>(-count) if count < 0 else <uint64_t>count
        cdef int64_t i = 0
        cdef uint32_t chunks
        if count < 0:
            return self._remove_from_back(text, limit, fill)
        while i < self.count and (limit == 0 or removed < limit):
            chunks = self.count
            removed += self._remove_in_chunk(<uint32_t>i, text, limit - removed if limit else 0)
            if self.count != chunks:
                continue
            if i:
                self.join_behind(<uint32_t>(i - 1), JOIN_SHARES, fill)
            if self.count == chunks:
                i += 1
        return removed

    def _remove_in_chunk(self, uint32_t i, bytes text not None, uint64_t limit) -> int:
        cdef uint64_t removed = 0
        cdef uint32_t at = PACK_HEADER
        cdef uint32_t chunks = self.count
        while limit == 0 or removed < limit:
            at = pack_find(self.chunk(i), at, PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text), 0)
            if not at:
                break
            self.delete_at(i, at, 1)
            removed += 1
            if self.count != chunks:
                break
        return removed

    def _remove_from_back(self, bytes text not None, uint64_t limit, int64_t fill) -> int:
        cdef uint64_t removed = 0
        cdef int64_t i = <int64_t>self.count - 1
        cdef uint32_t at, chunks
        cdef size_t size
        cdef char room[DECIMAL_ROOM]
        cdef const char* stored
        while i >= 0 and removed < limit:
            chunks = self.count
            at = pack_end(self.chunk(<uint32_t>i))
            while at > PACK_HEADER and removed < limit:
                at = pack_previous(self.chunk(<uint32_t>i), at)
                stored = pack_get(self.chunk(<uint32_t>i), at, &size, room)
                if size == <size_t>PyBytes_GET_SIZE(text) and memcmp(stored, PyBytes_AS_STRING(text), size) == 0:
                    self.delete_at(<uint32_t>i, at, 1)
                    removed += 1
                    if self.count != chunks:
                        break
            if self.count == chunks:
                self.join_behind(<uint32_t>i, JOIN_SHARES, fill)
            i -= 1
        return removed

    cdef int drop(self, uint64_t entries, bint left) except -1:
        """Take so many elements away at an end; there must be as many."""
        cdef uint32_t i, n
        cdef Pack* pack
        while entries:
            i = 0 if left else self.count - 1
            pack = self.chunk(i)
            n = pack.count if entries > pack.count else <uint32_t>entries
            if left:
                self.delete_at(i, PACK_HEADER, n)
            elif n == 1:
                self.delete_at(i, pack_previous(pack, pack_end(pack)), 1)
            else:
                self.delete_at(i, pack_seek(pack, pack.count - n), n)
            entries -= n
        return 0

    cdef const char* end(self, bint left, size_t* size, char* room) noexcept:
        """The element at an end of a list that has some."""
        cdef Pack* pack = self.chunk(0 if left else self.count - 1)
        return pack_get(pack, PACK_HEADER if left else pack_previous(pack, pack_end(pack)), size, room)

    def pop(self, bint left, uint64_t count, int64_t fill) -> list:
        """Take up to `count` elements away at an end; they come in the order of taking."""
        cdef list found
        if count > self.length:
            count = self.length
        if left:
            found = self.section(0, count)
        else:
            found = self.section(self.length - count, count)
            found.reverse()
        self.drop(count, left)
        self.shrink(fill)
        return found

    def trim(self, uint64_t from_left, uint64_t from_right, int64_t fill) -> None:
        """Take elements away at both ends; there must be as many."""
        self.drop(from_left, True)
        self.drop(from_right, False)
        self.shrink(fill)

    def shrink(self, int64_t fill) -> None:
        """Be one listpack again if one chunk is left and half the limit suffices for it."""
        self.shrink_to(fill)

    cdef void shrink_to(self, int64_t fill) noexcept:
        if not self.small and self.count == 1 and not self.exceeds(
                2 * <uint64_t>self.chunk(0).size, 2 * <uint64_t>self.chunk(0).count, fill):
            self.small = True

    def copy(self) -> ListValue:
        """An independent copy."""
        cdef ListValue other = ListValue.__new__(ListValue)
        cdef Pack pack
        cdef uint32_t i
        other.type_code = TYPE_LIST
        other.small = self.small
        for i in range(self.count):
            if not pack_copy(&pack, self.chunk(i)):
                raise MemoryError
            other.add_chunk(i, &pack)
            other.pack_bytes += pack_bytes(&pack)
        other.length = self.length
        return other

    def chunk_counts(self) -> list:
        """How many elements each chunk has."""
        return [self.chunk(i).count for i in range(self.count)]

    def check(self) -> None:
        """Verify every invariant; raises AssertionError."""
        cdef uint64_t length = 0
        cdef size_t used = 0
        cdef uint32_t i
        assert self.first + self.count <= self.capacity, "the chunks are inside the array"
        assert self.count >= 1 and not (self.small and self.count > 1), "a small list has one chunk"
        for i in range(self.count):
            pack_check(self.chunk(i))
            length += self.chunk(i).count
            used += pack_bytes(self.chunk(i))
            assert self.count == 1 or self.chunk(i).count, "no chunk is empty"
        assert length == self.length, "length counts the elements"
        assert used == self.pack_bytes, "pack_bytes counts the blocks"
