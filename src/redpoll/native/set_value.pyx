"""Sets: a sorted array of integers, or a listpack, while they are small; then a table of records without values.

Which of the three, and when it changes, is as in Redis: a member that does not fit the compact form converts it, and
nothing ever converts back.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint32_t, uint64_t
from os import urandom

from redpoll.native.bits cimport load64, next_random, prefetch
from redpoll.native.intset cimport (
    ints_bytes, ints_check, ints_copy, ints_count, ints_delete, ints_find, ints_get, ints_insert, ints_new,
    ints_release)
from redpoll.native.listpack cimport (
    DECIMAL_ROOM, PACK_HEADER, pack_bytes, pack_check, pack_copy, pack_delete, pack_end, pack_find, pack_get, pack_init,
    pack_insert, pack_next, pack_release, pack_seek)
from redpoll.native.memory cimport mem_alloc, mem_free, mem_usable
from redpoll.native.output cimport write_decimal
from redpoll.native.record cimport Record, TYPE_SET, record_bytes, record_key, record_key_size, record_new
from redpoll.native.set_member cimport (
    KIND_UNKNOWN, Member, member_bytes, member_is_integer, member_of, member_of_integer, member_of_record, member_spell)
from redpoll.native.table cimport (
    Table, table_check, table_destroy, table_find, table_free_some, table_hash, table_init, table_insert, table_random,
    table_remove, table_reserve, table_scan)
from redpoll.native.value cimport Value

cdef enum:
    OBJECT_BYTES = 48
    BUCKET_BYTES = 64
    # A walk reads on until it has so many records of a table.
    WALK_AHEAD = 24
    # Beyond this an intset's or a listpack's own 32-bit figures would come near their end, whatever the settings say.
    INTS_MAX = 1 << 28
    PACK_BYTES_MAX = 1 << 30
    # Steps of a scan that finds nothing: as many as ten times the count, as in Redis.
    SCAN_STEPS_FACTOR = 10
    # Removing one of a compact set moves half of it: from this part on one walk is cheaper.
    WALK_SHARES = 8
    # A table that loses more than five times what it keeps is built anew from what it keeps, as in Redis.
    KEEP_SHARES = 5
    # So few of a table are drawn until they differ; of more, a walk chooses.
    DRAW_SHARES = 3

# Where tables of sets take their hash seeds from.
cdef uint64_t random_state = load64(PyBytes_AS_STRING(urandom(8)))


cdef inline bytes text_of(Record* r):
    return PyBytes_FromStringAndSize(record_key(r), record_key_size(r))


cdef int read_limits(Limits* limits, tuple values) except -1:
    """The three settings, in the order of the struct."""
    limits.ints_max, limits.entries_max, limits.value_max = values
    if limits.ints_max > INTS_MAX:
        limits.ints_max = INTS_MAX
    limits.packs_integers = False
    return 0


# ---- walks

cdef void walk_begin(SetValue s, Walk* w) noexcept:
    """Start before the first member."""
    w.at = PACK_HEADER if s.form == FORM_PACK else 0
    w.cursor = 0
    w.more = True
    w.index = 0
    w.count = 0


cdef bint walk_next(SetValue s, Walk* w, Member* m) noexcept:
    """Step to the next member; False at the end."""
    if s.form == FORM_INTS:
        if w.at == ints_count(s.body.ints):
            return False
        member_of_integer(m, ints_get(s.body.ints, w.at))
        w.at += 1
        return True
    if s.form == FORM_PACK:
        if w.at == pack_end(&s.body.pack):
            return False
        m.text = pack_get(&s.body.pack, w.at, &m.size, m.room)
        m.kind = KIND_UNKNOWN
        w.at = pack_next(&s.body.pack, w.at)
        return True
    if w.index == w.count and not walk_fill(s, w):
        return False
    member_of_record(m, w.records[w.index])
    w.index += 1
    return True


cdef bint walk_fill(SetValue s, Walk* w) noexcept:
    """Read the next records of a table, several buckets at a time so that they arrive together; False at the end."""
    cdef int n, i
    w.index = 0
    w.count = 0
    while w.more and w.count < WALK_AHEAD:
        n = 0
        w.cursor = table_scan(
            &s.body.members.table, w.cursor, &w.records[w.count], &n, WALK_RECORDS - WALK_AHEAD)
        for i in range(w.count, w.count + n):
            prefetch(w.records[i])
        w.count += n
        w.more = w.cursor != 0
    return w.count != 0


cdef Members* members_new(uint64_t room) except NULL:
    """An empty table with room for so many."""
    cdef Members* members = <Members*>mem_alloc(sizeof(Members))
    if members is NULL:
        raise MemoryError
    members.record_bytes = 0
    members.freed = 0
    try:
        table_init(&members.table, next_random(&random_state), next_random(&random_state))
    except MemoryError:
        mem_free(members, sizeof(Members))
        raise
    table_reserve(&members.table, room)
    return members


cdef void body_release(Body* body, int form) noexcept:
    """Free what a set holds."""
    if form == FORM_INTS:
        if body.ints is not NULL:
            ints_release(body.ints)
    elif form == FORM_PACK:
        pack_release(&body.pack)
    else:
        table_destroy(&body.members.table, body.members.freed)
        mem_free(body.members, sizeof(Members))


cdef class SetValue(Value):
    """A set of byte strings. `limits` are set-max-intset-entries, set-max-listpack-entries and -value."""

    def __init__(self) -> None:
        self.type_code = TYPE_SET
        self.form = FORM_INTS
        self.body.ints = ints_new()
        if self.body.ints is NULL:
            raise MemoryError

    def __dealloc__(self):
        body_release(&self.body, self.form)

    def __len__(self) -> int:
        return self.count()

    cdef uint64_t count(self) noexcept:
        if self.form == FORM_INTS:
            return ints_count(self.body.ints)
        return self.body.pack.count if self.form == FORM_PACK else self.body.members.table.used

    cdef size_t bytes_used(self) noexcept:
        """Bytes taken by the set, object header included."""
        cdef Table* table
        cdef uint64_t buckets
        if self.form == FORM_INTS:
            return OBJECT_BYTES + ints_bytes(self.body.ints)
        if self.form == FORM_PACK:
            return OBJECT_BYTES + pack_bytes(&self.body.pack)
        table = &self.body.members.table
        buckets = table.mask[0] + 1 + table.child_count
        if table.rehash >= 0:
            buckets += table.mask[1] + 1
        return OBJECT_BYTES + mem_usable(sizeof(Members)) + buckets * BUCKET_BYTES + self.body.members.record_bytes

    cdef uint64_t blocks(self) noexcept:
        return self.body.members.table.used if self.form == FORM_TABLE else 1

    cdef bint free_step(self, int budget) noexcept:
        """Free records of the table's first buckets; the rest is the destructor's."""
        cdef Members* members = self.body.members
        if self.form != FORM_TABLE:
            return False
        members.freed = table_free_some(&members.table, members.freed, budget)
        return members.freed <= members.table.mask[0]

    def encoding(self) -> bytes:
        """What OBJECT ENCODING answers."""
        if self.form == FORM_INTS:
            return b"intset"
        return b"listpack" if self.form == FORM_PACK else b"hashtable"

    # ---- single members

    cdef bint has(self, Member* m) noexcept:
        """Whether a member is in the set."""
        cdef uint32_t index
        cdef Table* table
        if self.form == FORM_INTS:
            return member_is_integer(m) and ints_find(self.body.ints, m.value, &index)
        member_spell(m)
        if self.form == FORM_PACK:
            return pack_find(&self.body.pack, PACK_HEADER, m.text, m.size, 0) != 0
        table = &self.body.members.table
        return table_find(table, m.text, m.size, table_hash(table, m.text, m.size)) is not NULL

    cdef bint put(self, Member* m, Limits* limits) except -1:
        """Add a member; False if it is there. A form that may not hold it becomes another."""
        if self.form == FORM_INTS:
            if member_is_integer(m):
                return put_integer(self, m, limits)
            member_spell(m)
            convert(self, m, limits)
        member_spell(m)
        if self.form == FORM_PACK:
            if pack_find(&self.body.pack, PACK_HEADER, m.text, m.size, 0):
                return False
            if may_pack(m, self.body.pack.count, limits) and self.body.pack.size + m.size <= PACK_BYTES_MAX:
                if not pack_insert(&self.body.pack, pack_end(&self.body.pack), m.text, m.size):
                    raise MemoryError
                return True
            self.to_table()
        return put_in_table(self.body.members, m)

    cdef bint drop(self, Member* m) noexcept:
        """Take a member out; False if it is not there."""
        cdef uint32_t at
        cdef Table* table
        cdef void** slot
        cdef Record* r
        cdef uint64_t h
        if self.form == FORM_INTS:
            if not member_is_integer(m) or not ints_find(self.body.ints, m.value, &at):
                return False
            self.body.ints = ints_delete(self.body.ints, at)
            return True
        member_spell(m)
        if self.form == FORM_PACK:
            at = pack_find(&self.body.pack, PACK_HEADER, m.text, m.size, 0)
            if at:
                pack_delete(&self.body.pack, at, 1)
            return at != 0
        table = &self.body.members.table
        h = table_hash(table, m.text, m.size)
        slot = table_find(table, m.text, m.size, h)
        if slot is NULL:
            return False
        r = <Record*>slot[0]
        table_remove(table, slot, h)
        self.body.members.record_bytes -= mem_usable(record_bytes(r))
        mem_free(r, record_bytes(r))
        return True

    cdef int to_pack(self) except -1:
        """Move to a listpack."""
        cdef Walk w
        cdef Member m
        cdef Body body
        if not pack_init(&body.pack):
            raise MemoryError
        walk_begin(self, &w)
        while walk_next(self, &w, &m):
            member_spell(&m)
            if not pack_insert(&body.pack, pack_end(&body.pack), m.text, m.size):
                pack_release(&body.pack)
                raise MemoryError
        body_release(&self.body, self.form)
        self.body = body
        self.form = FORM_PACK
        return 0

    cdef int to_table(self) except -1:
        """Move to a table."""
        cdef Body body
        body.members = copied_to_table(self)
        body_release(&self.body, self.form)
        self.body = body
        self.form = FORM_TABLE
        return 0

    def prepare(self, bytes first not None, int64_t count, tuple limits not None) -> None:
        """Take the form for `count` members to come, `first` first: a table at once if they are too many."""
        cdef Limits l
        cdef Member m
        read_limits(&l, limits)
        if self.count() == 0 and self.form == FORM_INTS:
            member_of(&m, first)
            if member_is_integer(&m) and count <= l.ints_max:
                return
            if count <= l.entries_max:
                self.to_pack()
            else:
                self.to_table()
        elif self.form != FORM_TABLE and count > (l.ints_max if self.form == FORM_INTS else l.entries_max):
            self.to_table()

    def add(self, tuple members not None, tuple limits not None) -> int:
        """Add members; how many are new."""
        cdef Limits l
        cdef Member m
        cdef int64_t added = 0
        read_limits(&l, limits)
        for text in members:
            member_of(&m, <bytes?>text)
            added += self.put(&m, &l)
        return added

    def remove(self, tuple members not None) -> int:
        """Take members out; how many were there."""
        cdef Member m
        cdef int64_t removed = 0
        for text in members:
            member_of(&m, <bytes?>text)
            removed += self.drop(&m)
        return removed

    def __contains__(self, bytes member not None) -> bool:
        cdef Member m
        member_of(&m, member)
        return self.has(&m)

    # ---- many members

    def elements(self) -> list:
        """All members, in the order they are held."""
        cdef Walk w
        cdef Member m
        cdef list found = []
        walk_begin(self, &w)
        while walk_next(self, &w, &m):
            found.append(member_bytes(&m))
        return found

    def scan(self, uint64_t cursor, int64_t count) -> tuple:
        """(next cursor, members); a compact set is given whole."""
        cdef Record* out[WALK_RECORDS]
        cdef int n, i
        cdef int64_t steps = count * SCAN_STEPS_FACTOR
        cdef list found = []
        if self.form != FORM_TABLE:
            return 0, self.elements()
        while True:
            n = 0
            cursor = table_scan(&self.body.members.table, cursor, out, &n, WALK_RECORDS)
            for i in range(n):
                found.append(text_of(out[i]))
            steps -= 1
            if cursor == 0 or len(found) >= count or steps <= 0:
                return cursor, found

    # ---- chance: `draw` is a random number, the seed of what is drawn

    def random_member(self, uint64_t draw) -> bytes:
        """A member, each with the same probability; there must be one."""
        cdef Member m
        random_of(self, &m, draw)
        return member_bytes(&m)

    def pop(self, uint64_t draw) -> bytes:
        """Remove a member, each with the same probability, and return it; there must be one."""
        cdef Member m
        random_of(self, &m, draw)
        found = member_bytes(&m)
        member_of(&m, found)
        self.drop(&m)
        return found

    def draws(self, uint64_t count, uint64_t draw) -> list:
        """So many members, each drawn from all; there must be one."""
        cdef uint64_t _i
        cdef list all_members
        if self.form != FORM_PACK:
            return [self.random_member(next_random(&draw)) for _i in range(count)]
        all_members = self.elements()
        return [all_members[<Py_ssize_t>(next_random(&draw) % <uint64_t>len(all_members))] for _i in range(count)]

    def sample(self, uint64_t count, uint64_t draw) -> list:
        """So many different members, any selection with the same probability; there must be as many."""
        cdef set chosen
        cdef Walk w
        cdef Member m
        cdef list found = []
        cdef uint64_t left = self.count()
        if self.form == FORM_TABLE and count * DRAW_SHARES <= left:
            chosen = set()
            while <uint64_t>len(chosen) < count:
                chosen.add(text_of(table_random(&self.body.members.table)))
            return list(chosen)
        walk_begin(self, &w)
        while count and walk_next(self, &w, &m):
            # Selection sampling (Fan, Muller and Rezucha, 1962): the next is taken with the share still wanted.
            if next_random(&draw) % left < count:
                found.append(member_bytes(&m))
                count -= 1
            left -= 1
        return found

    def take(self, uint64_t count, uint64_t draw, tuple limits not None) -> list:
        """Remove so many random members, fewer than there are; which they were."""
        cdef uint64_t kept = self.count() - count, _i
        cdef SetValue other
        if self.form == FORM_TABLE and kept * KEEP_SHARES <= count:
            # The few that stay are drawn out, to a listpack if they may be in one: what is left goes.
            other = SetValue()
            other.to_pack()
            other.add(tuple([self.pop(next_random(&draw)) for _i in range(kept)]), limits)
            taken = self.elements()
        elif self.form == FORM_TABLE or count * WALK_SHARES <= kept:
            return [self.pop(next_random(&draw)) for _i in range(count)]
        else:
            other = SetValue()
            taken = divide(self, other, count, draw)
        self.body, other.body = other.body, self.body
        self.form, other.form = other.form, self.form
        return taken

    def copy(self) -> SetValue:
        """An independent copy."""
        cdef SetValue other = SetValue.__new__(SetValue)
        cdef Body body
        other.type_code = TYPE_SET
        if self.form == FORM_TABLE:
            body.members = copied_to_table(self)
        elif self.form == FORM_PACK:
            if not pack_copy(&body.pack, &self.body.pack):
                raise MemoryError
        else:
            body.ints = ints_copy(self.body.ints)
            if body.ints is NULL:
                raise MemoryError
        other.body = body
        other.form = self.form
        return other

    def check(self) -> None:
        """Verify every invariant; raises AssertionError."""
        cdef Walk w
        cdef Member m
        cdef size_t used = 0
        cdef uint64_t count = 0
        if self.form == FORM_INTS:
            ints_check(self.body.ints)
            return
        if self.form == FORM_PACK:
            pack_check(&self.body.pack)
            assert <uint64_t>len(set(self.elements())) == self.count(), "members are different"
            return
        table_check(&self.body.members.table)
        walk_begin(self, &w)
        while walk_next(self, &w, &m):
            count += 1
            used += mem_usable(record_bytes(w.records[w.index - 1]))
        assert used == self.body.members.record_bytes, "record_bytes counts the records"
        assert count == self.body.members.table.used, "a walk meets every record"


# ---- forms

cdef inline size_t decimal_size(int64_t value) noexcept nogil:
    cdef char room[DECIMAL_ROOM]
    return write_decimal(room, value)


cdef inline bint may_pack(Member* m, uint64_t count, Limits* limits) noexcept nogil:
    """Whether a listpack of `count` members may take one more."""
    return <int64_t>count < limits.entries_max and <int64_t>m.size <= limits.value_max


cdef int convert(SetValue s, Member* m, Limits* limits) except -1:
    """Change an intset to the form that may hold its integers and a spelt member."""
    cdef uint64_t count = ints_count(s.body.ints)
    cdef int64_t widest = 0
    if count:
        # The longest number is the least or the greatest.
        widest = max(decimal_size(ints_get(s.body.ints, 0)), decimal_size(ints_get(s.body.ints, count - 1)))
    if may_pack(m, count, limits) and widest <= limits.value_max:
        s.to_pack()
    else:
        s.to_table()
    return 0


cdef bint put_integer(SetValue s, Member* m, Limits* limits) except -1:
    """Add an integer to an intset, which may become another form after it."""
    cdef uint32_t index
    cdef char* ints
    if ints_find(s.body.ints, m.value, &index):
        return False
    if limits.packs_integers and <int64_t>ints_count(s.body.ints) >= limits.ints_max:
        member_spell(m)
        convert(s, m, limits)
        return s.put(m, limits)
    ints = ints_insert(s.body.ints, index, m.value)
    if ints is NULL:
        raise MemoryError
    s.body.ints = ints
    if <int64_t>ints_count(ints) > limits.ints_max:
        s.to_table()
    return True


cdef bint put_in_table(Members* members, Member* m) except -1:
    """Add a spelt member to a table; False if it is there."""
    cdef uint64_t h = table_hash(&members.table, m.text, m.size)
    if table_find(&members.table, m.text, m.size, h) is not NULL:
        return False
    insert(members, m, h)
    return True


cdef int insert(Members* members, Member* m, uint64_t h) except -1:
    """Add a spelt member that is not there."""
    cdef Record* r = record_new(TYPE_SET, 0, m.text, m.size, 0)
    if r is NULL:
        raise MemoryError
    if not table_insert(&members.table, h, r):
        mem_free(r, record_bytes(r))
        raise MemoryError
    members.record_bytes += mem_usable(record_bytes(r))
    return 0


cdef Members* copied_to_table(SetValue s) except NULL:
    """A table of a set's members."""
    cdef Walk w
    cdef Member m
    cdef Body body
    body.members = members_new(s.count())
    walk_begin(s, &w)
    try:
        while walk_next(s, &w, &m):
            member_spell(&m)
            insert(body.members, &m, table_hash(&body.members.table, m.text, m.size))
    except MemoryError:
        body_release(&body, FORM_TABLE)
        raise
    return body.members


# ---- chance

cdef int random_of(SetValue s, Member* m, uint64_t draw) except -1:
    """Make `m` a random member, valid until the set changes."""
    cdef uint32_t at
    if s.form == FORM_TABLE:
        member_of_record(m, table_random(&s.body.members.table))
        return 0
    at = <uint32_t>(draw % s.count())
    if s.form == FORM_INTS:
        member_of_integer(m, ints_get(s.body.ints, at))
        return 0
    m.text = pack_get(&s.body.pack, pack_seek(&s.body.pack, at), &m.size, m.room)
    m.kind = KIND_UNKNOWN
    return 0


cdef list divide(SetValue s, SetValue rest, uint64_t count, uint64_t draw):
    """Choose so many members of a compact set; the others are appended to `rest`, an empty intset, in the same form."""
    cdef Walk w
    cdef Member m
    cdef uint64_t left = s.count()
    cdef list chosen = []
    if s.form == FORM_PACK:
        rest.to_pack()
    walk_begin(s, &w)
    while walk_next(s, &w, &m):
        if next_random(&draw) % left < count:
            chosen.append(member_bytes(&m))
            count -= 1
        else:
            append(rest, &m)
        left -= 1
    return chosen


cdef int append(SetValue s, Member* m) except -1:
    """Put a new member behind all others of a compact set."""
    cdef char* ints
    if s.form == FORM_INTS:
        ints = ints_insert(s.body.ints, ints_count(s.body.ints), m.value)
        if ints is NULL:
            raise MemoryError
        s.body.ints = ints
    else:
        member_spell(m)
        if not pack_insert(&s.body.pack, pack_end(&s.body.pack), m.text, m.size):
            raise MemoryError
    return 0
