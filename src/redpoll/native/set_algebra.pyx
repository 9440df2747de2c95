"""Intersections, unions and differences of sets, with the work on the smaller side.

What is stored takes the forms it would take in Redis, which adds member by member and lets the first set decide.
"""

from libc.stdint cimport uint64_t

from redpoll.native.set_value cimport (
    FORM_INTS, FORM_TABLE, Limits, Member, SetValue, Walk, member_bytes, read_limits, walk_begin, walk_next)


def intersection(list sets not None) -> list:
    """The members that are in all sets; there must be one set."""
    cdef Walk w
    cdef list found = []
    ordered = sorted(sets, key=len)
    cdef SetValue least = ordered[0]
    walk_begin(least, &w)
    while walk_next(least, &w):
        if in_all(ordered, &w.member):
            found.append(member_bytes(&w.member))
    return found


def intersection_size(list sets not None, uint64_t limit) -> int:
    """How many members are in all sets, counted up to a limit that is not 0; there must be one set."""
    cdef Walk w
    cdef uint64_t count = 0
    ordered = sorted(sets, key=len)
    cdef SetValue least = ordered[0]
    walk_begin(least, &w)
    while walk_next(least, &w):
        if in_all(ordered, &w.member):
            count += 1
            if count == limit:
                break
    return count


def intersection_set(list sets not None, tuple limits not None) -> SetValue:
    """A set of what is in all sets; there must be one set."""
    cdef Walk w
    cdef Limits l
    cdef SetValue result = SetValue()
    ordered = sorted(sets, key=len)
    cdef SetValue least = ordered[0]
    read_limits(&l, limits)
    # Too many integers of a mixed set go to a listpack; those of an intset go to a table, as anywhere else.
    l.packs_integers = least.form != FORM_INTS
    walk_begin(least, &w)
    while walk_next(least, &w):
        if in_all(ordered, &w.member):
            result.put(&w.member, &l)
    return result


def union_set(list sets not None, tuple limits not None) -> SetValue:
    """A set of what is in any set."""
    cdef Limits l
    cdef SetValue result = SetValue()
    read_limits(&l, limits)
    for each in sets:
        put_all(result, each, &l)
    return result


def difference(SetValue first not None, list others not None) -> list:
    """The members of the first set that are in none of the others."""
    cdef Walk w
    cdef list found = []
    cdef SetValue result
    if not worth_looking_up(first, others):
        result = first.copy()
        if result.form != FORM_TABLE:
            result.to_table()
        drop_all(result, others)
        return result.elements()
    ordered = sorted(others, key=len, reverse=True)
    walk_begin(first, &w)
    while walk_next(first, &w):
        if not in_any(ordered, &w.member):
            found.append(member_bytes(&w.member))
    return found


def difference_set(SetValue first not None, list others not None, tuple limits not None) -> SetValue:
    """A set of what is in the first set and in none of the others."""
    cdef Walk w
    cdef Limits l
    cdef SetValue result = SetValue()
    read_limits(&l, limits)
    if not worth_looking_up(first, others):
        put_all(result, first, &l)
        drop_all(result, others)
        return result
    ordered = sorted(others, key=len, reverse=True)
    walk_begin(first, &w)
    while walk_next(first, &w):
        if not in_any(ordered, &w.member):
            result.put(&w.member, &l)
    return result


cdef bint in_all(list ordered, Member* m) noexcept:
    """Whether a member of the first set is in all others."""
    cdef Py_ssize_t i
    for i in range(1, len(ordered)):
        if ordered[i] is not ordered[0] and not (<SetValue>ordered[i]).has(m):
            return False
    return True


cdef bint in_any(list sets, Member* m) noexcept:
    cdef Py_ssize_t i
    for i in range(len(sets)):
        if (<SetValue>sets[i]).has(m):
            return True
    return False


cdef int put_all(SetValue result, SetValue source, Limits* limits) except -1:
    cdef Walk w
    walk_begin(source, &w)
    while walk_next(source, &w):
        result.put(&w.member, limits)
    return 0


cdef int drop_all(SetValue result, list sets) except -1:
    """Take all members of some sets out."""
    cdef Walk w
    cdef SetValue source
    for each in sets:
        source = each
        walk_begin(source, &w)
        while walk_next(source, &w) and result.count():
            result.drop(&w.member)
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
