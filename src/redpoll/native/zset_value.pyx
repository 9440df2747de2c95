"""Sorted sets as values of keys: what commands ask of `sorted_set.pyx`, in Python's terms.

A section is a start and a count of ranks; backwards, it goes from its start to lower ranks, and ranks still count
from the lowest score. Bounds by member are written as commands write them: `-`, `+`, `[member`, `(member`.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint64_t

from redpoll.native.listpack cimport pack_copy, pack_init
from redpoll.native.record cimport Record, TYPE_ZSET, record_key, record_key_size
from redpoll.native.sorted_node cimport (
    Bound, MEMBER_BELOW, MEMBER_UPTO, SCORE_BELOW, SCORE_UPTO, record_score)
from redpoll.native.sorted_set cimport (
    Element, SortedSet, Walk, is_large, large_of, sorted_set_before, sorted_set_bytes, sorted_set_check,
    sorted_set_convert, sorted_set_count, sorted_set_delete, sorted_set_delete_section, sorted_set_free_step,
    sorted_set_next, sorted_set_put,
    sorted_set_rank, sorted_set_release, sorted_set_score, sorted_set_walk)
from redpoll.native.table cimport table_scan
from redpoll.native.value cimport Value
from redpoll.native cimport sorted_set as core

cdef enum:
    OBJECT_BYTES = 48
    SCAN_STEP_RECORDS = 512
    # Steps of a scan that finds nothing: as many as ten times the count, as in Redis.
    SCAN_STEPS_FACTOR = 10
    # Bounds by member.
    LOWEST = 45
    HIGHEST = 43
    EXCLUSIVE = 40

SAME = core.SAME
CHANGED = core.CHANGED
ADDED = core.ADDED


cdef inline bytes member_of(Element* e):
    return PyBytes_FromStringAndSize(e.text, e.size)


cdef class ZsetValue(Value):
    """Members with scores, in order."""

    def __init__(self) -> None:
        self.type_code = TYPE_ZSET
        if not pack_init(&self.set_.pack):
            raise MemoryError

    def __dealloc__(self):
        sorted_set_release(&self.set_)

    def __len__(self) -> int:
        return sorted_set_count(&self.set_)

    cdef size_t bytes_used(self) noexcept:
        """Bytes taken by the sorted set, object header included."""
        return OBJECT_BYTES + sorted_set_bytes(&self.set_)

    cdef uint64_t blocks(self) noexcept:
        return sorted_set_count(&self.set_) if is_large(&self.set_) else 1

    cdef bint free_step(self, int budget) noexcept:
        return sorted_set_free_step(&self.set_, budget)

    def encoding(self) -> bytes:
        """What OBJECT ENCODING answers; clients know the large form as a skip list."""
        return b"skiplist" if is_large(&self.set_) else b"listpack"

    # ---- single members

    def prepare(self, uint64_t count, uint64_t size, uint64_t entries_max, uint64_t value_max) -> None:
        """Make a table of a listpack if so many members, or a member of such a size, would exceed the limits."""
        if not is_large(&self.set_) and (count > entries_max or size > value_max):
            sorted_set_convert(&self.set_, count)

    def score(self, bytes member not None) -> object:
        """The score of a member, or None."""
        cdef double score
        if not sorted_set_score(&self.set_, PyBytes_AS_STRING(member), PyBytes_GET_SIZE(member), &score):
            return None
        return score

    def set(self, bytes member not None, double score, int64_t entries_max, int64_t value_max) -> int:
        """Give a member a score: ADDED, CHANGED or SAME. A listpack that a new member exceeds becomes a table."""
        assert score == score, "a score is a number"
        return sorted_set_put(
            &self.set_, PyBytes_AS_STRING(member), PyBytes_GET_SIZE(member), score, entries_max, value_max)

    def delete(self, bytes member not None) -> bool:
        """Take a member out; False if it is not there."""
        return sorted_set_delete(&self.set_, PyBytes_AS_STRING(member), PyBytes_GET_SIZE(member))

    def rank(self, bytes member not None) -> object:
        """(rank, score) of a member, or None."""
        cdef double score
        cdef int64_t rank = sorted_set_rank(
            &self.set_, PyBytes_AS_STRING(member), PyBytes_GET_SIZE(member), &score)
        return None if rank < 0 else (rank, score)

    # ---- ranges

    def score_range(self, double low, bint low_exclusive, double high, bint high_exclusive) -> tuple:
        """(rank of the first, count) of the members whose scores are within bounds."""
        cdef Bound below = Bound(SCORE_UPTO if low_exclusive else SCORE_BELOW, low, NULL, 0)
        cdef Bound upto = Bound(SCORE_BELOW if high_exclusive else SCORE_UPTO, high, NULL, 0)
        cdef uint64_t start = sorted_set_before(&self.set_, &below), stop
        if low > high or start == sorted_set_count(&self.set_):
            return start, 0
        stop = sorted_set_before(&self.set_, &upto)
        return start, stop - start if stop > start else 0

    def lex_range(self, bytes low not None, bytes high not None, bint backwards=False) -> tuple:
        """(rank of the first, count) of the members within bounds by name; all scores should be equal."""
        cdef uint64_t start, stop
        if not is_large(&self.set_):
            return self.lex_range_in_pack(low, high, backwards)
        start = member_before(&self.set_, low, False)
        stop = member_before(&self.set_, high, True)
        return start, stop - start if stop > start else 0

    cdef tuple lex_range_in_pack(self, bytes low, bytes high, bint backwards):
        """As `lex_range`; where scores differ, what walking from the near end to the first that is outside meets."""
        cdef list members = self.section(0, sorted_set_count(&self.set_))
        cdef Py_ssize_t size = len(members), first, last
        if size == 0 or not is_within(members[size - 1], low, True) or not is_within(members[0], high, False):
            return 0, 0
        if backwards:
            last = size - 1
            while last >= 0 and not is_within(members[last], high, False):
                last -= 1
            first = last
            while first >= 0 and is_within(members[first], low, True):
                first -= 1
            return first + 1, last - first
        first = 0
        while first < size and not is_within(members[first], low, True):
            first += 1
        last = first
        while last < size and is_within(members[last], high, False):
            last += 1
        return first, last - first

    cdef int section_of(self, uint64_t start, uint64_t count, bint backwards) except -1:
        """Refuse a section that is not there."""
        cdef uint64_t total = sorted_set_count(&self.set_)
        if count and (start >= total or count > (start + 1 if backwards else total - start)):
            raise IndexError(start, count)
        return 0

    def section(self, uint64_t start, uint64_t count, bint backwards=False) -> list:
        """The members of a section."""
        cdef Walk w
        cdef Element e
        cdef list found = []
        self.section_of(start, count, backwards)
        sorted_set_walk(&self.set_, &w, start, count, backwards)
        while sorted_set_next(&w, &e):
            found.append(member_of(&e))
        return found

    def pairs(self, uint64_t start, uint64_t count, bint backwards=False) -> list:
        """The members of a section with their scores."""
        cdef Walk w
        cdef Element e
        cdef list found = []
        self.section_of(start, count, backwards)
        sorted_set_walk(&self.set_, &w, start, count, backwards)
        while sorted_set_next(&w, &e):
            found.append((member_of(&e), e.score))
        return found

    def flat(self, uint64_t start, uint64_t count, bint backwards=False) -> list:
        """The members of a section, each followed by its score."""
        cdef Walk w
        cdef Element e
        cdef list found = []
        self.section_of(start, count, backwards)
        sorted_set_walk(&self.set_, &w, start, count, backwards)
        while sorted_set_next(&w, &e):
            found.append(member_of(&e))
            found.append(e.score)
        return found

    def elements(self) -> list:
        """All members, for SORT. Sorting makes a table of a listpack: so OBJECT ENCODING tells clients afterwards."""
        self.prepare(1, 1, 0, 0)
        return self.section(0, sorted_set_count(&self.set_))

    def delete_section(self, uint64_t start, uint64_t count) -> None:
        """Take the members of a section out."""
        self.section_of(start, count, False)
        if count:
            sorted_set_delete_section(&self.set_, start, count)

    def scan(self, uint64_t cursor, int64_t count) -> tuple:
        """(next cursor, members with scores); a listpack is given whole."""
        cdef Record* out[SCAN_STEP_RECORDS]
        cdef int n, i
        cdef int64_t steps = count * SCAN_STEPS_FACTOR
        cdef list found = []
        if not is_large(&self.set_):
            return 0, self.pairs(0, sorted_set_count(&self.set_))
        while True:
            n = 0
            cursor = table_scan(&large_of(&self.set_).table, cursor, out, &n, SCAN_STEP_RECORDS)
            for i in range(n):
                member = PyBytes_FromStringAndSize(record_key(out[i]), record_key_size(out[i]))
                found.append((member, record_score(out[i])))
            steps -= 1
            if cursor == 0 or len(found) >= count or steps <= 0:
                return cursor, found

    def copy(self) -> ZsetValue:
        """An independent copy."""
        cdef ZsetValue other = ZsetValue.__new__(ZsetValue)
        cdef Walk w
        cdef Element e
        other.type_code = TYPE_ZSET
        if not is_large(&self.set_):
            if not pack_copy(&other.set_.pack, &self.set_.pack):
                raise MemoryError
            return other
        if not pack_init(&other.set_.pack):
            raise MemoryError
        sorted_set_convert(&other.set_, sorted_set_count(&self.set_))
        sorted_set_walk(&self.set_, &w, 0, sorted_set_count(&self.set_), False)
        while sorted_set_next(&w, &e):
            sorted_set_put(&other.set_, e.text, e.size, e.score, 0, 0)
        return other

    def check(self) -> None:
        """Verify every invariant; raises AssertionError."""
        sorted_set_check(&self.set_)


cdef uint64_t member_before(SortedSet* z, bytes word, bint upto) noexcept:
    """How many members stand before a bound by name, those equal to it included or not unless it is exclusive."""
    cdef Bound bound
    cdef char mark = PyBytes_AS_STRING(word)[0]
    if mark == LOWEST:
        return 0
    if mark == HIGHEST:
        return sorted_set_count(z)
    # An exclusive bound leaves out what is equal: below a section it counts as before, above it does not.
    upto = upto != (mark == EXCLUSIVE)
    bound = Bound(MEMBER_UPTO if upto else MEMBER_BELOW, 0, PyBytes_AS_STRING(word) + 1, PyBytes_GET_SIZE(word) - 1)
    return sorted_set_before(z, &bound)


cdef bint is_within(bytes member, bytes word, bint is_low) noexcept:
    """Whether a member is on the right side of a bound by name."""
    cdef char mark = PyBytes_AS_STRING(word)[0]
    if mark == LOWEST:
        return is_low
    if mark == HIGHEST:
        return not is_low
    if member == word[1:]:
        return mark != EXCLUSIVE
    return (member > word[1:]) == is_low
