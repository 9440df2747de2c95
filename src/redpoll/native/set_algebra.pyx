"""Intersections, unions and differences of sets, with the work on the smaller side.

What is stored takes the forms it would take in Redis, which adds member by member and lets the first set decide.
"""

from libc.stdint cimport uint32_t, uint64_t

from redpoll.native.intset cimport ints_seek
from redpoll.native.set_member cimport Member, member_bytes, member_spell
from redpoll.native.set_value cimport (
    FORM_INTS, FORM_TABLE, Limits, SetValue, Walk, read_limits, walk_begin, walk_next)
from redpoll.native.table cimport (
    Table, table_find, table_hash, table_prefetch_bucket, table_prefetch_record)

cdef enum:
    # Of more sets than this, a temporary one costs less than looking members up in all that came before.
    UNITED_IN_PLACE_MAX = 3
    GROUP_MEMBERS = 16

cdef struct Group:             # members that are looked up together
    Member members[GROUP_MEMBERS]
    uint64_t hashes[GROUP_MEMBERS]
    bint kept[GROUP_MEMBERS]
    int count


def intersection(list sets not None) -> list:
    """The members that are in all sets; there must be one set."""
    ordered = sorted(sets, key=len)
    return chosen(ordered[0], ordered, True)


def intersection_size(list sets not None, uint64_t limit) -> int:
    """How many members are in all sets, counted up to a limit that is not 0; there must be one set."""
    cdef Walk w
    cdef Group g
    cdef int i
    cdef uint64_t count = 0
    ordered = sorted(sets, key=len)
    cdef SetValue least = ordered[0]
    walk_begin(least, &w)
    while group_read(least, &w, &g):
        keep(least, ordered, &g, True)
        for i in range(g.count):
            count += g.kept[i]
        if limit and count >= limit:
            return limit
    return count


def intersection_set(list sets not None, tuple limits not None) -> SetValue:
    """A set of what is in all sets; there must be one set."""
    cdef Limits l
    ordered = sorted(sets, key=len)
    cdef SetValue least = ordered[0]
    read_limits(&l, limits)
    # Too many integers of a mixed set go to a listpack; those of an intset go to a table, as anywhere else.
    l.packs_integers = least.form != FORM_INTS
    return chosen_set(least, ordered, True, &l)


def union(list sets not None, tuple limits not None) -> list:
    """The members that are in any set."""
    cdef Py_ssize_t i
    cdef list found
    if len(sets) > UNITED_IN_PLACE_MAX or not sets or (<SetValue>sets[0]).form != FORM_TABLE:
        return union_set(sets, limits).elements()
    found = (<SetValue>sets[0]).elements()
    for i in range(1, len(sets)):
        found += chosen(sets[i], sets[:i], False)
    return found


def union_set(list sets not None, tuple limits not None) -> SetValue:
    """A set of what is in any set."""
    cdef Limits l
    cdef SetValue result, first
    cdef Py_ssize_t start = 0
    read_limits(&l, limits)
    first = sets[0] if sets else None
    if first is not None and first.form == FORM_TABLE and len(first) > max(l.ints_max, l.entries_max):
        result = first.copy()
        start = 1
    else:
        result = SetValue()
    for each in sets[start:]:
        put_all(result, each, &l)
    return result


def difference(SetValue first not None, list others not None) -> list:
    """The members of the first set that are in none of the others."""
    cdef SetValue result
    if worth_looking_up(first, others):
        return chosen(first, sorted(others, key=len, reverse=True), False)
    result = first.copy()
    if result.form != FORM_TABLE:
        result.to_table()
    drop_all(result, others)
    return result.elements()


def difference_set(SetValue first not None, list others not None, tuple limits not None) -> SetValue:
    """A set of what is in the first set and in none of the others."""
    cdef Limits l
    cdef SetValue result
    read_limits(&l, limits)
    if worth_looking_up(first, others):
        return chosen_set(first, sorted(others, key=len, reverse=True), False, &l)
    result = SetValue()
    put_all(result, first, &l)
    drop_all(result, others)
    return result


cdef int keep(SetValue source, list sets, Group* g, bint present) except -1:
    """Keep those members of a group from `source` that are in all sets, or in none."""
    cdef Py_ssize_t i
    for i in range(len(sets)):
        if not present or sets[i] is not source:
            group_keep(sets[i], g, present, source.form == FORM_INTS)
    return 0


cdef list chosen(SetValue source, list sets, bint present):
    """The members of a set that are in all sets, or in none."""
    cdef Walk w
    cdef Group g
    cdef int i
    cdef list found = []
    walk_begin(source, &w)
    while group_read(source, &w, &g):
        keep(source, sets, &g, present)
        for i in range(g.count):
            if g.kept[i]:
                found.append(member_bytes(&g.members[i]))
    return found


cdef SetValue chosen_set(SetValue source, list sets, bint present, Limits* limits):
    """`chosen` as a set."""
    cdef Walk w
    cdef Group g
    cdef int i
    cdef SetValue result = SetValue()
    walk_begin(source, &w)
    while group_read(source, &w, &g):
        keep(source, sets, &g, present)
        for i in range(g.count):
            if g.kept[i]:
                result.put(&g.members[i], limits)
    return result


cdef int put_all(SetValue result, SetValue source, Limits* limits) except -1:
    cdef Walk w
    cdef Group g
    cdef int i
    walk_begin(source, &w)
    while group_read(source, &w, &g):
        group_warm(result, &g)
        for i in range(g.count):
            result.put(&g.members[i], limits)
    return 0


cdef int drop_all(SetValue result, list sets) except -1:
    """Take all members of some sets out."""
    cdef Walk w
    cdef Group g
    cdef int i
    cdef SetValue source
    for each in sets:
        source = each
        walk_begin(source, &w)
        while result.count() and group_read(source, &w, &g):
            group_warm(result, &g)
            for i in range(g.count):
                result.drop(&g.members[i])
    return 0


cdef bint worth_looking_up(SetValue first, list others) except -1:
    """Whether to look each member of the first set up in the others, rather than take the others' members out of it.

    A look-up often ends at the first set that has the member: it counts half.
    """
    cdef uint64_t look_ups = first.count() * (<uint64_t>len(others) + 1) // 2
    cdef uint64_t steps = first.count()
    for each in others:
        steps += (<SetValue>each).count()
    return look_ups <= steps


cdef bint group_read(SetValue s, Walk* w, Group* g) noexcept:
    """The next members of a set, all kept; False at the end."""
    g.count = 0
    while g.count < GROUP_MEMBERS and walk_next(s, w, &g.members[g.count]):
        g.kept[g.count] = True
        g.count += 1
    return g.count != 0


cdef void group_warm(SetValue s, Group* g) noexcept:
    """Have the places of a table fetched where kept members are, or will be: all at once is several times faster."""
    cdef Table* table
    cdef Member* m
    cdef int i
    if s.form != FORM_TABLE:
        return
    table = &s.body.members.table
    for i in range(g.count):
        if g.kept[i]:
            m = &g.members[i]
            member_spell(m)
            g.hashes[i] = table_hash(table, m.text, m.size)
            table_prefetch_bucket(table, g.hashes[i])
    for i in range(g.count):
        if g.kept[i]:
            table_prefetch_record(table, g.hashes[i])


cdef void group_keep(SetValue s, Group* g, bint present, bint ascending) noexcept:
    """Keep those that are (or are not) in a set. `ascending`: they are integers in their order."""
    cdef uint32_t index = 0
    cdef int i
    cdef bint found
    group_warm(s, g)
    for i in range(g.count):
        if not g.kept[i]:
            continue
        if s.form == FORM_TABLE:
            found = table_find(
                &s.body.members.table, g.members[i].text, g.members[i].size, g.hashes[i]) is not NULL
        elif s.form == FORM_INTS and ascending:
            found = ints_seek(s.body.ints, g.members[i].value, &index)
        else:
            found = s.has(&g.members[i])
        g.kept[i] = found == present
