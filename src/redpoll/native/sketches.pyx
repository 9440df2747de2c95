"""HyperLogLogs held by a database: strings in Redis's own bytes, changed where they lie."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset
from redpoll.native.bits cimport load64, next_random, store64
from redpoll.native.database cimport Database
from redpoll.native.hyperloglog cimport (
    CORRUPT, DENSE_BYTES, EMPTY_BYTES, NEEDS_DENSE, RAISED, RAISE_BYTES_MAX, REGISTERS, UNCHANGED, cache_is_valid,
    dense_register, estimate, invalidate_cache, is_sketch, is_sparse, merge_registers, raise_dense, raise_sparse,
    rank_of, sparse_register, sparse_text, to_dense, write_dense, write_empty)
from redpoll.native.string_place cimport (
    Place, place_changed, place_resize, place_resize_or_raise, place_to_read, place_to_write)
from redpoll.errors import CorruptHyperLogLog, NotHyperLogLog

cdef enum:
    # No event tells of a counted cardinality, but the bytes have changed.
    EVENT_NONE = 0


# ---- one register of a string in place

cdef bint make_sketch(Place* p) noexcept nogil:
    """Make an empty one at a key that is absent; False without memory."""
    if not place_resize(p, EMPTY_BYTES):
        return False
    write_empty(p.data)
    return True


cdef int turn_dense(Place* p) noexcept nogil:
    """Make a sparse one dense: RAISED, CORRUPT or NO_MEMORY."""
    cdef uint8_t dense[DENSE_BYTES]
    if not to_dense(p.data, p.size, dense):
        return CORRUPT
    if not place_resize(p, DENSE_BYTES):
        return NO_MEMORY
    memcpy(p.data, dense, DENSE_BYTES)
    return RAISED


cdef int raise_register(Place* p, uint32_t register, int rank, size_t limit) noexcept nogil:
    """Raise a register, in the form it takes: RAISED, UNCHANGED, CORRUPT or NO_MEMORY."""
    cdef int answer
    cdef size_t size = p.size
    if is_sparse(p.data):
        answer = sparse_register(p.data, size, register)
        if answer == CORRUPT or answer >= rank:
            return CORRUPT if answer == CORRUPT else UNCHANGED
        if not place_resize(p, size + RAISE_BYTES_MAX):
            return NO_MEMORY
        answer = raise_sparse(p.data, &size, register, rank, limit)
        if not place_resize(p, size):
            return NO_MEMORY
        if answer == RAISED:
            invalidate_cache(p.data)
        if answer != NEEDS_DENSE:
            return answer
        answer = turn_dense(p)
        if answer != RAISED:
            return answer
    return raise_dense(p.data, register, rank)


cdef int raise_or_refuse(Database db, Place* p, uint32_t register, int rank) except -1:
    """`raise_register`; raises what it reports."""
    cdef int answer = raise_register(p, register, rank, db.keyspace.state.sparse_bytes_max)
    if answer == CORRUPT:
        raise CorruptHyperLogLog
    if answer == NO_MEMORY:
        raise MemoryError
    return answer


# ---- commands

cdef int to_change(Database db, bytes key, Place* p) except -1:
    """Find one to write; raises what a string is not. `slot` is NULL if there is no such key."""
    place_to_write(db, key, p)
    if p.slot is not NULL:
        if not is_sketch(p.data, p.size):
            raise NotHyperLogLog
        place_resize_or_raise(db, key, p, p.size)
    return 0


def add(Database db not None, bytes key not None, tuple elements not None) -> int:
    """Add elements, making the key if it is absent; 1 if that changed anything."""
    cdef Place p
    cdef uint64_t changes = 0
    cdef uint32_t register
    cdef bytes element
    cdef int rank
    to_change(db, key, &p)
    if p.slot is NULL:
        place_resize_or_raise(db, key, &p, EMPTY_BYTES)
        write_empty(p.data)
        changes = 1
    for element in elements:
        rank = rank_of(PyBytes_AS_STRING(element), PyBytes_GET_SIZE(element), &register)
        changes += raise_or_refuse(db, &p, register, rank)
    if changes == 0:
        return 0
    invalidate_cache(p.data)
    place_changed(db, key, b"pfadd", changes)
    return 1


def count(Database db not None, bytes key not None) -> int:
    """How many different elements were added, about; remembered in the string until the next change."""
    cdef Place p
    cdef uint8_t registers[REGISTERS]
    cdef int64_t cardinality
    place_to_read(db, key, &p)
    if p.slot is NULL:
        return 0
    if not is_sketch(p.data, p.size):
        raise NotHyperLogLog
    place_resize_or_raise(db, key, &p, p.size)
    if cache_is_valid(p.data):
        return <int64_t>load64(p.data + 8)
    memset(registers, 0, REGISTERS)
    if not merge_registers(p.data, p.size, registers):
        raise CorruptHyperLogLog
    cardinality = estimate(registers)
    store64(p.data + 8, <uint64_t>cardinality)
    db.changed_fast(EVENT_NONE, b"pfcount", key)
    return cardinality


cdef bint merge_key(Database db, bytes key, uint8_t* registers) except -1:
    """Raise registers to those of a key; whether it is dense."""
    cdef Place p
    place_to_read(db, key, &p)
    if p.slot is NULL:
        return False
    if not is_sketch(p.data, p.size):
        raise NotHyperLogLog
    if not merge_registers(p.data, p.size, registers):
        raise CorruptHyperLogLog
    return not is_sparse(p.data)


def count_union(Database db not None, tuple keys not None) -> int:
    """How many different elements were added to any of the keys, about."""
    cdef uint8_t registers[REGISTERS]
    memset(registers, 0, REGISTERS)
    for key in keys:
        merge_key(db, key, registers)
    return estimate(registers)


def merge(Database db not None, bytes target not None, tuple sources not None) -> None:
    """Make a key the union of itself and others; dense if one of them is."""
    cdef Place p
    cdef uint8_t registers[REGISTERS]
    cdef int i
    cdef bint dense
    memset(registers, 0, REGISTERS)
    dense = merge_key(db, target, registers)
    for key in sources:
        dense = merge_key(db, key, registers) or dense
    to_change(db, target, &p)
    if p.slot is NULL:
        place_resize_or_raise(db, target, &p, EMPTY_BYTES)
        write_empty(p.data)
    if dense and is_sparse(p.data):
        turn_dense_or_raise(&p)
    if not is_sparse(p.data):  # its own registers are among those merged
        write_dense(registers, p.data)
    else:
        for i in range(REGISTERS):
            if registers[i]:
                raise_or_refuse(db, &p, i, registers[i])
    invalidate_cache(p.data)
    place_changed(db, target, b"pfadd", 1)


cdef int turn_dense_or_raise(Place* p) except -1:
    cdef int answer = turn_dense(p)
    if answer == CORRUPT:
        raise CorruptHyperLogLog
    if answer == NO_MEMORY:
        raise MemoryError
    return 0


# ---- a look inside

def form(Database db not None, bytes key not None) -> object:
    """b"sparse", b"dense", or None if the key is absent."""
    cdef Place p
    to_change(db, key, &p)
    if p.slot is NULL:
        return None
    return b"sparse" if is_sparse(p.data) else b"dense"


def make_dense(Database db not None, bytes key not None) -> bool:
    """Make one dense; False if it is, or is absent. Its elements are the same: nobody is told."""
    cdef Place p
    to_change(db, key, &p)
    if p.slot is NULL or not is_sparse(p.data):
        return False
    turn_dense_or_raise(&p)
    db.keyspace.state.dirty += 1
    return True


def registers_of(Database db not None, bytes key not None) -> list:
    """All registers of a dense one; empty if the key is absent."""
    cdef Place p
    cdef int i
    make_dense(db, key)
    to_change(db, key, &p)
    return [dense_register(p.data, i) for i in range(REGISTERS)] if p.slot is not NULL else []


def runs_text(Database db not None, bytes key not None) -> bytes:
    """The runs of a sparse one."""
    cdef Place p
    to_change(db, key, &p)
    return sparse_text(p.data, p.size)


# ---- self-test

cdef enum:
    ROUNDS = 100
    SPARSE_LIMIT = 3000
    ELEMENTS_MAX = 1000000


def self_test() -> object:
    """Write and read registers, and count known numbers of elements in both forms; what failed, or None."""
    cdef uint64_t state = 1
    cdef str failure = None
    cdef int _round
    for _round in range(ROUNDS):
        failure = failure or failed_registers(&state)
    return failure or failed_counts(&state)


cdef str failed_registers(uint64_t* state):
    """Raise every register to something and read it again."""
    cdef uint8_t dense[DENSE_BYTES]
    cdef uint8_t wanted[REGISTERS]
    cdef int i
    memset(dense, 0, DENSE_BYTES)
    for i in range(REGISTERS):
        wanted[i] = next_random(state) & 63
        raise_dense(dense, i, wanted[i])
    for i in range(REGISTERS):
        if dense_register(dense, i) != wanted[i]:
            return f"Register {i} should be {wanted[i]} but is {dense_register(dense, i)}"
    return None


cdef str failed_counts(uint64_t* state):
    """Add different elements to one of each form, and look at both at each power of ten."""
    cdef uint8_t dense[DENSE_BYTES]
    cdef uint8_t sparse[SPARSE_LIMIT + RAISE_BYTES_MAX]
    cdef size_t size = EMPTY_BYTES
    cdef uint64_t element, n, checked = 1
    cdef uint32_t register
    cdef int rank
    cdef bint still_sparse = True
    write_empty(sparse)
    to_dense(sparse, size, dense)
    for n in range(1, <uint64_t>ELEMENTS_MAX + 1):
        element = next_random(state)
        rank = rank_of(<char*>&element, sizeof(element), &register)
        raise_dense(dense, register, rank)
        if still_sparse:
            still_sparse = raise_sparse(sparse, &size, register, rank, SPARSE_LIMIT) >= UNCHANGED
        if n == checked:
            failure = failed_count(dense, DENSE_BYTES, n) or (still_sparse and failed_count(sparse, size, n))
            if failure:
                return failure
            checked *= 10
    return None


cdef object failed_count(const uint8_t* data, size_t size, uint64_t n):
    """Whether the estimate is farther off than six standard errors of 1.04 / sqrt(REGISTERS)."""
    cdef uint8_t registers[REGISTERS]
    cdef int64_t counted
    memset(registers, 0, REGISTERS)
    if not merge_registers(data, size, registers):
        return f"The registers of {n} elements are corrupt"
    counted = estimate(registers)
    if abs(<double>counted - <double>n) > 6 * 1.04 / 128 * n + 0.5:
        return f"{n} elements were counted as {counted}"
    return None
