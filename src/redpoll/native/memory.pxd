"""Slab memory for small blocks; see memory.pyx."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t, uintptr_t
from redpoll.native.bits cimport likely, unlikely

cdef enum:
    SLAB_BYTES = 65536
    SMALL_BYTES_MAX = 512
    CLASS_COUNT = 41

cdef struct Slab:
    Slab* next
    Slab* previous
    void* free_list
    uint32_t bump          # offset of the first byte never handed out
    uint32_t used_count
    uint32_t block_bytes
    uint16_t class_index
    uint8_t listed         # in its class's list of slabs with room
    uint8_t released       # its pages were given back to the system

cdef struct Memory:
    Slab* partial[CLASS_COUNT]
    Slab* free_slabs
    char* region           # next never-used slab of the current region
    char* region_end
    uint64_t small_bytes   # in blocks handed out, by class size
    uint64_t large_bytes   # in blocks from malloc
    uint64_t mapped_bytes
    uint64_t free_slab_count
    uint64_t slab_count

cdef Memory* heap

cdef inline int class_of(size_t size) noexcept nogil:
    """Size class: steps of 8 bytes up to 128, of 16 up to 512."""
    if size <= 128:
        return <int>((size + 7) >> 3)
    return <int>(16 + ((size - 128 + 15) >> 4))

cdef inline size_t class_bytes(int index) noexcept nogil:
    """Bytes of a block of a size class."""
    if index <= 16:
        return index * 8
    return 128 + (index - 16) * 16

cdef void* alloc_slow(size_t size) noexcept nogil
cdef void free_slow(Slab* slab, void* block) noexcept nogil
cdef void* alloc_large(size_t size) noexcept nogil
cdef void* mem_alloc_zeroed(size_t size) noexcept nogil
cdef void free_large(void* block, size_t size) noexcept nogil
cdef void* mem_resize(void* block, size_t old_size, size_t size) noexcept nogil

cdef inline void* mem_alloc(size_t size) noexcept nogil:
    """A block of at least `size` bytes (> 0), 8-byte aligned; NULL only when the system has no memory."""
    cdef Slab* slab
    cdef void* block
    if unlikely(size > SMALL_BYTES_MAX):
        return alloc_large(size)
    slab = heap.partial[class_of(size)]
    # One block must stay: emptying the slab takes it off the list, which is the slow path's work.
    if slab is NULL or slab.free_list is NULL or (<void**>slab.free_list)[0] is NULL:
        return alloc_slow(size)
    block = slab.free_list
    slab.free_list = (<void**>block)[0]
    slab.used_count += 1
    heap.small_bytes += slab.block_bytes
    return block

cdef inline void mem_free(void* block, size_t size) noexcept nogil:
    """Give back a block with the size it was asked with."""
    cdef Slab* slab
    if unlikely(size > SMALL_BYTES_MAX):
        free_large(block, size)
        return
    slab = <Slab*>(<uintptr_t>block & ~(<uintptr_t>SLAB_BYTES - 1))
    if likely(slab.listed and slab.used_count > 1):
        (<void**>block)[0] = slab.free_list
        slab.free_list = block
        slab.used_count -= 1
        heap.small_bytes -= slab.block_bytes
    else:
        free_slow(slab, block)

cdef inline size_t mem_usable(size_t size) noexcept nogil:
    """Bytes a block asked with `size` really takes."""
    if size > SMALL_BYTES_MAX:
        return (size + 8 + 15) & ~<size_t>15
    return class_bytes(class_of(size))
