"""HyperLogLogs (Flajolet et al. 2007) in the bytes Redis gives them: 16384 registers, told by 14 bits of a hash.

    "HYLL" | form u8 (0 dense, 1 sparse) | 3 unused | cardinality u64, its highest bit set when out of date
    dense:   registers of 6 bits, the first in the lowest bits of the first byte
    sparse:  runs of equal registers in order
             00nnnnnn            n + 1 zeros
             01nnnnnn nnnnnnnn   n + 1 zeros
             1vvvvvnn            n + 1 times v + 1

A register is raised to the number of zeros before the first one in the rest of the hash, plus one. Several encodings
of the same registers exist; ours are the ones Redis would have written after the same additions.
"""

from libc.math cimport INFINITY, llroundl, sqrt
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memcmp, memmove, memset
from redpoll.native.bits cimport load32, load64, lowest_bit, store64

cdef enum:
    INDEX_BITS = 14
    RANK_BITS = 50             # 64 - INDEX_BITS
    RANK_MAX = 51
    SPARSE_RANK_MAX = 32
    SHORT_ZEROS_MAX = 64
    VALUE_RUN_MAX = 4
    # How far behind a raised register equal runs are joined.
    JOINED_RUNS = 5
    HASH_SEED = 0xadc83b19

cdef uint64_t HIGH_BITS = 0x8080808080808080ULL
cdef uint64_t MURMUR = 0xc6a4a7935bd1e995
cdef double ALPHA = 0.721347520444481703680  # 1 / (2 ln 2): the bias for infinitely many registers


cdef inline uint64_t murmur_mix(uint64_t word) noexcept nogil:
    word *= MURMUR
    word ^= word >> 47
    return word * MURMUR


cdef uint64_t murmur64a(const char* text, size_t size, uint64_t seed) noexcept nogil:
    """MurmurHash64A (Austin Appleby, public domain)."""
    cdef uint64_t h = seed ^ (size * MURMUR)
    cdef uint64_t word = 0
    while size >= 8:
        h = (h ^ murmur_mix(load64(text))) * MURMUR
        text += 8
        size -= 8
    if size:
        memcpy(&word, text, size)
        h = (h ^ word) * MURMUR
    h = (h ^ (h >> 47)) * MURMUR
    return h ^ (h >> 47)


cdef int rank_of(const char* element, size_t size, uint32_t* register) noexcept nogil:
    """The register of an element, and what it is raised to."""
    cdef uint64_t h = murmur64a(element, size, HASH_SEED)
    register[0] = <uint32_t>(h & (REGISTERS - 1))
    return lowest_bit(h >> INDEX_BITS | <uint64_t>1 << RANK_BITS) + 1


cdef bint is_sketch(const uint8_t* data, size_t size) noexcept nogil:
    """Whether a string has the header of a HyperLogLog, and the length of a dense one."""
    if size < HEADER_BYTES or memcmp(data, b"HYLL", 4) != 0 or data[4] > 1:
        return False
    return data[4] == 1 or size == DENSE_BYTES


cdef void write_empty(uint8_t* data) noexcept nogil:
    """Write a sparse one whose registers are zero: EMPTY_BYTES."""
    memset(data, 0, HEADER_BYTES)
    memcpy(data, b"HYLL\1", 5)
    data[HEADER_BYTES] = 64 | (REGISTERS - 1) >> 8
    data[HEADER_BYTES + 1] = (REGISTERS - 1) & 255


# ---- dense

cdef void put_dense(uint8_t* data, uint32_t register, int rank) noexcept nogil:
    cdef uint8_t* at = data + HEADER_BYTES + ((register * 6) >> 3)
    cdef int shift = (register * 6) & 7
    at[0] = <uint8_t>((at[0] & ~(63 << shift)) | (rank << shift))
    if shift > 2:
        at[1] = <uint8_t>((at[1] & ~(63 >> (8 - shift))) | (rank >> (8 - shift)))


cdef int raise_dense(uint8_t* data, uint32_t register, int rank) noexcept nogil:
    """Raise a register of a dense one."""
    if dense_register(data, register) >= rank:
        return UNCHANGED
    put_dense(data, register, rank)
    return RAISED


cdef inline uint64_t eight_registers(const uint8_t* packed) noexcept nogil:
    """Six bytes as eight, each with one register: halves, quarters and eighths are moved apart."""
    cdef uint64_t v = load32(packed) | <uint64_t>packed[4] << 32 | <uint64_t>packed[5] << 40
    v = (v & 0x000000FFFFFFULL) | (v & 0xFFFFFF000000ULL) << 8
    v = (v & 0x00000FFF00000FFFULL) | (v & 0x00FFF00000FFF000ULL) << 4
    return (v & 0x003F003F003F003FULL) | (v & 0x0FC00FC00FC00FC0ULL) << 2


cdef void merge_dense(const uint8_t* data, uint8_t* registers) noexcept nogil:
    cdef uint64_t ours, theirs, keep
    cdef int i
    for i in range(REGISTERS // 8):
        ours = load64(registers + 8 * i)
        theirs = eight_registers(data + HEADER_BYTES + 6 * i)
        # A byte's highest bit stays set where ours is not less; the mask is all of such bytes.
        keep = ((ours | HIGH_BITS) - theirs) & HIGH_BITS
        keep = (keep << 1) - (keep >> 7)
        store64(registers + 8 * i, (ours & keep) | (theirs & ~keep))


cdef void write_dense(const uint8_t* registers, uint8_t* data) noexcept nogil:
    """Write all registers of a dense one."""
    cdef uint64_t v
    cdef int i
    for i in range(REGISTERS // 8):
        v = load64(registers + 8 * i)
        v = (v & 0x003F003F003F003FULL) | (v >> 2 & 0x0FC00FC00FC00FC0ULL)
        v = (v & 0x00000FFF00000FFFULL) | (v >> 4 & 0x00FFF00000FFF000ULL)
        v = (v & 0x000000FFFFFFULL) | (v >> 8 & 0xFFFFFF000000ULL)
        memcpy(data + HEADER_BYTES + 6 * i, &v, 6)


# ---- sparse

cdef struct Run:
    size_t bytes
    uint32_t count
    int rank


cdef inline Run run_at(const uint8_t* data, size_t size, size_t at) noexcept nogil:
    """The run that begins at a byte; the second byte of one cut off reads as zero."""
    cdef Run run
    cdef uint8_t first = data[at]
    run.bytes = 1
    run.rank = 0
    if first & 128:
        run.rank = ((first >> 2) & 31) + 1
        run.count = (first & 3) + 1
    elif first & 64:
        run.bytes = 2
        run.count = (((first & 63) << 8) | (data[at + 1] if at + 1 < size else 0)) + 1
    else:
        run.count = first + 1
    return run


cdef inline uint8_t value_run(int rank, uint32_t count) noexcept nogil:
    return <uint8_t>(128 | (rank - 1) << 2 | (count - 1))


cdef inline int write_run(uint8_t* out, int rank, uint32_t count) noexcept nogil:
    """Write a run of one rank, none for a count of zero; how many bytes it took."""
    if count == 0:
        return 0
    if rank:
        out[0] = value_run(rank, count)
        return 1
    if count <= SHORT_ZEROS_MAX:
        out[0] = <uint8_t>(count - 1)
        return 1
    out[0] = <uint8_t>(64 | (count - 1) >> 8)
    out[1] = <uint8_t>(count - 1)
    return 2


cdef inline int find_run(
    const uint8_t* data, size_t size, uint32_t register, Run* run, size_t* at, size_t* before, uint32_t* first
) noexcept nogil:
    """The run that holds a register, where it and the one before it begin, its first register; -1 if corrupt."""
    at[0] = HEADER_BYTES
    before[0] = HEADER_BYTES
    first[0] = 0
    while at[0] < size:
        run[0] = run_at(data, size, at[0])
        if at[0] + run.bytes > size:
            return -1
        if register < first[0] + run.count:
            return 0
        first[0] += run.count
        before[0] = at[0]
        at[0] += run.bytes
    return -1


cdef int sparse_register(const uint8_t* data, size_t size, uint32_t register) noexcept nogil:
    """A register of a sparse one, or CORRUPT."""
    cdef size_t at, before
    cdef uint32_t first
    cdef Run run
    if find_run(data, size, register, &run, &at, &before, &first) < 0:
        return CORRUPT
    return run.rank


cdef int raise_sparse(uint8_t* data, size_t* size, uint32_t register, int rank, size_t limit) noexcept nogil:
    """Raise a register of a sparse one, which has room for RAISE_BYTES_MAX bytes more but is not to exceed `limit`."""
    cdef size_t at, before
    cdef uint32_t first
    cdef uint8_t split[5]
    cdef int length
    cdef Run run
    if rank > SPARSE_RANK_MAX:
        return NEEDS_DENSE
    if find_run(data, size[0], register, &run, &at, &before, &first) < 0:
        return CORRUPT
    if run.rank >= rank:
        return UNCHANGED
    length = write_run(split, run.rank, register - first)
    length += write_run(split + length, rank, 1)
    length += write_run(split + length, run.rank, first + run.count - 1 - register)
    if length > <int>run.bytes and size[0] + length - run.bytes > limit:
        return NEEDS_DENSE
    memmove(data + at + length, data + at + run.bytes, size[0] - at - run.bytes)
    memcpy(data + at, split, length)
    size[0] = size[0] + length - run.bytes
    join_runs(data, size, before)
    return RAISED


cdef void join_runs(uint8_t* data, size_t* size, size_t at) noexcept nogil:
    """Join neighbouring runs of the same rank, where one can hold both."""
    cdef Run run, next
    cdef int left = JOINED_RUNS
    while at < size[0] and left:
        left -= 1
        run = run_at(data, size[0], at)
        if run.rank and at + 1 < size[0]:
            next = run_at(data, size[0], at + 1)
            if next.rank == run.rank and run.count + next.count <= VALUE_RUN_MAX:
                data[at + 1] = value_run(run.rank, run.count + next.count)
                memmove(data + at, data + at + 1, size[0] - at - 1)
                size[0] -= 1
                continue
        at += run.bytes


cdef bint merge_sparse(const uint8_t* data, size_t size, uint8_t* registers) noexcept nogil:
    cdef size_t at = HEADER_BYTES
    cdef uint32_t first = 0, i
    cdef Run run
    while at < size:
        run = run_at(data, size, at)
        if first + run.count > REGISTERS:
            return False
        if run.rank:
            for i in range(first, first + run.count):
                registers[i] = run.rank if run.rank > registers[i] else registers[i]
        first += run.count
        at += run.bytes
    return first == REGISTERS


cdef bint to_dense(const uint8_t* sparse, size_t size, uint8_t* dense) noexcept nogil:
    """Write the dense form of a sparse one: DENSE_BYTES; False if it is corrupt."""
    cdef size_t at = HEADER_BYTES
    cdef uint32_t first = 0, i
    cdef Run run
    memset(dense, 0, DENSE_BYTES)
    memcpy(dense, sparse, HEADER_BYTES)
    dense[4] = 0
    while at < size:
        run = run_at(sparse, size, at)
        if first + run.count > REGISTERS:
            return False
        if run.rank:
            for i in range(first, first + run.count):
                put_dense(dense, i, run.rank)
        first += run.count
        at += run.bytes
    return first == REGISTERS


cdef bytes sparse_text(const uint8_t* data, size_t size):
    """The runs of a sparse one as PFDEBUG DECODE shows them."""
    cdef size_t at = HEADER_BYTES
    cdef Run run
    cdef list texts = []
    while at < size:
        run = run_at(data, size, at)
        if run.rank:
            texts.append(b"v:%d,%d" % (run.rank, run.count))
        else:
            texts.append(b"%c:%d" % (b"zZ"[run.bytes - 1], run.count))
        at += run.bytes
    return b" ".join(texts)


# ---- either form

cdef bint merge_registers(const uint8_t* data, size_t size, uint8_t* registers) noexcept nogil:
    """Raise REGISTERS bytes to the registers of one of either form; False if it is corrupt."""
    if is_sparse(data):
        return merge_sparse(data, size, registers)
    merge_dense(data, registers)
    return True


cdef double sigma(double x) noexcept nogil:
    cdef double y = 1, z = x, last
    if x == 1.0:
        return INFINITY
    while True:
        x *= x
        last = z
        z += x * y
        y += y
        if z == last:
            return z


cdef double tau(double x) noexcept nogil:
    cdef double y = 1.0, z = 1 - x, last
    if x == 0.0 or x == 1.0:
        return 0.0
    while True:
        x = sqrt(x)
        last = z
        y *= 0.5
        z -= (1 - x) * (1 - x) * y
        if z == last:
            return z / 3


cdef int64_t estimate(const uint8_t* registers) noexcept nogil:
    """How many different elements raised the registers (Otmar Ertl: "New cardinality estimation algorithms for
    HyperLogLog sketches", 2017, algorithm 6)."""
    cdef int counts[4][64]
    cdef int i, rank
    cdef double m = REGISTERS, z
    memset(counts, 0, sizeof(counts))
    for i in range(REGISTERS // 4):  # four tables: equal neighbours need not wait for each other
        counts[0][registers[4 * i] & 63] += 1
        counts[1][registers[4 * i + 1] & 63] += 1
        counts[2][registers[4 * i + 2] & 63] += 1
        counts[3][registers[4 * i + 3] & 63] += 1
    for rank in range(64):
        counts[0][rank] += counts[1][rank] + counts[2][rank] + counts[3][rank]
    z = m * tau((m - counts[0][RANK_MAX]) / m)
    for rank in range(RANK_MAX - 1, 0, -1):
        z += counts[0][rank]
        z *= 0.5
    z += m * sigma(counts[0][0] / m)
    return llroundl(ALPHA * m * m / z)
