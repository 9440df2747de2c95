"""Slab memory: small blocks without headers, in 64 KiB slabs of one size each.

A key of 16 bytes with a value of 4 is a block of 28 bytes; malloc would spend 48. Blocks are freed with their size,
which every owner knows, so that no header is needed; the slab of a block is found by masking its address. A slab
without used blocks goes to a list shared by all classes and its pages back to the system.
(Bonwick, The Slab Allocator, USENIX 1994.)
"""

from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset
from libc.stdint cimport uint64_t, uintptr_t


cdef extern from "sys/mman.h" nogil:
    void* mmap(void*, size_t, int, int, int, long)
    int munmap(void*, size_t)
    int madvise(void*, size_t, int)
    int PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS, MADV_DONTNEED

cdef enum:
    HEADER_BYTES = 64
    REGION_BYTES = 4194304
    PAGE_BYTES = 4096
    # Free slabs kept with their pages: a load that hovers around a boundary must not fault pages at each step.
    FREE_SLABS_WARM = 16

cdef Memory the_heap
heap = &the_heap


cdef Slab* slab_new(int index) noexcept nogil:
    cdef Slab* slab
    cdef char* region
    if heap.free_slabs is not NULL:
        slab = heap.free_slabs
        heap.free_slabs = slab.next
        heap.free_slab_count -= 1
    else:
        if heap.region == heap.region_end:
            region = <char*>mmap(
                NULL, REGION_BYTES + SLAB_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            if region == <char*>-1:
                return NULL
            heap.mapped_bytes += REGION_BYTES + SLAB_BYTES
            heap.region = <char*>((<uintptr_t>region + SLAB_BYTES - 1) & ~(<uintptr_t>SLAB_BYTES - 1))
            heap.region_end = heap.region + REGION_BYTES
        slab = <Slab*>heap.region
        heap.region += SLAB_BYTES
        heap.slab_count += 1
    slab.free_list = NULL
    slab.bump = HEADER_BYTES
    slab.used_count = 0
    slab.class_index = index
    slab.block_bytes = <uint32_t>class_bytes(index)
    slab.released = 0
    slab_list(slab)
    return slab


cdef inline void slab_list(Slab* slab) noexcept nogil:
    slab.listed = 1
    slab.previous = NULL
    slab.next = heap.partial[slab.class_index]
    if slab.next is not NULL:
        slab.next.previous = slab
    heap.partial[slab.class_index] = slab


cdef inline void slab_unlist(Slab* slab) noexcept nogil:
    if slab.previous is not NULL:
        slab.previous.next = slab.next
    else:
        heap.partial[slab.class_index] = slab.next
    if slab.next is not NULL:
        slab.next.previous = slab.previous
    slab.listed = 0


cdef void* alloc_slow(size_t size) noexcept nogil:
    """Take from the bump end, from a new slab, or the last free block of a slab."""
    cdef int index = class_of(size)
    cdef Slab* slab = heap.partial[index]
    cdef void* block
    if slab is NULL:
        slab = slab_new(index)
        if slab is NULL:
            return NULL
    if slab.free_list is not NULL:
        block = slab.free_list
        slab.free_list = (<void**>block)[0]
    else:
        block = <char*>slab + slab.bump
        slab.bump += slab.block_bytes
    slab.used_count += 1
    heap.small_bytes += slab.block_bytes
    if slab.free_list is NULL and slab.bump + slab.block_bytes > SLAB_BYTES:
        slab_unlist(slab)
    return block


cdef void free_slow(Slab* slab, void* block) noexcept nogil:
    """Free into a full slab, or free the last block of one."""
    (<void**>block)[0] = slab.free_list
    slab.free_list = block
    slab.used_count -= 1
    heap.small_bytes -= slab.block_bytes
    if not slab.listed:
        slab_list(slab)
    # The only slab with room of a class stays: it would be wanted back at once.
    if slab.used_count == 0 and (slab.next is not NULL or slab.previous is not NULL):
        slab_unlist(slab)
        if heap.free_slab_count >= FREE_SLABS_WARM:
            madvise(<char*>slab + PAGE_BYTES, SLAB_BYTES - PAGE_BYTES, MADV_DONTNEED)
            slab.released = 1
        slab.next = heap.free_slabs
        heap.free_slabs = slab
        heap.free_slab_count += 1


cdef void* alloc_large(size_t size) noexcept nogil:
    """A block beyond the size classes, from malloc."""
    cdef void* block = malloc(size)
    if block is not NULL:
        heap.large_bytes += mem_usable(size)
    return block


cdef void* mem_alloc_zeroed(size_t size) noexcept nogil:
    """A block of zeros; a long one gets pages that the system has cleared, and are not touched yet."""
    cdef void* block
    if size <= SMALL_BYTES_MAX:
        block = mem_alloc(size)
        if block is not NULL:
            memset(block, 0, size)
        return block
    block = calloc(1, size)
    if block is not NULL:
        heap.large_bytes += mem_usable(size)
    return block


cdef void free_large(void* block, size_t size) noexcept nogil:
    """Give back a block from `alloc_large`."""
    heap.large_bytes -= mem_usable(size)
    free(block)


cdef void* mem_resize(void* block, size_t old_size, size_t size) noexcept nogil:
    """Move a block to another size, keeping its first bytes; NULL (block untouched) without memory."""
    cdef void* moved
    if block is NULL:
        return mem_alloc(size)
    if old_size > SMALL_BYTES_MAX and size > SMALL_BYTES_MAX:
        moved = realloc(block, size)
        if moved is not NULL:
            heap.large_bytes += mem_usable(size)
            heap.large_bytes -= mem_usable(old_size)
        return moved
    if old_size <= SMALL_BYTES_MAX and size <= SMALL_BYTES_MAX and class_of(old_size) == class_of(size):
        return block
    moved = mem_alloc(size)
    if moved is NULL:
        return NULL
    memcpy(moved, block, old_size if old_size < size else size)
    mem_free(block, old_size)
    return moved


def used_bytes() -> int:
    """Bytes in blocks handed out, rounded up to what each takes."""
    return heap.small_bytes + heap.large_bytes


def stats() -> dict:
    """Figures of the allocator: bytes in small and large blocks, mapped bytes, slabs and free slabs."""
    return {
        "small_bytes": heap.small_bytes,
        "large_bytes": heap.large_bytes,
        "mapped_bytes": heap.mapped_bytes,
        "slabs": heap.slab_count,
        "free_slabs": heap.free_slab_count,
    }


def check() -> None:
    """Verify every list of slabs; raises AssertionError."""
    cdef int index
    cdef Slab* slab
    cdef Slab* previous
    cdef void* block
    cdef uint64_t count
    for index in range(1, CLASS_COUNT):
        previous = NULL
        slab = heap.partial[index]
        while slab is not NULL:
            assert slab.listed, "a listed slab knows it"
            assert slab.previous is previous, "list is doubly linked"
            assert slab.class_index == index, "slab is of its list's class"
            count = 0
            block = slab.free_list
            while block is not NULL:
                assert (<uintptr_t>block & ~(<uintptr_t>SLAB_BYTES - 1)) == <uintptr_t>slab, "free block is its slab's"
                count += 1
                block = (<void**>block)[0]
            assert count + slab.used_count == (slab.bump - HEADER_BYTES) // slab.block_bytes, "free + used = handed out"
            assert slab.free_list is not NULL or slab.bump + slab.block_bytes <= SLAB_BYTES, "a listed slab has room"
            previous = slab
            slab = slab.next


cdef class Blocks:
    """Blocks of the allocator for tests: each is filled with a byte and verified when freed."""

    cdef dict held

    def __init__(self) -> None:
        self.held = {}

    def alloc(self, name: int, size_t size) -> None:
        """Take a block and fill it."""
        cdef char* block = <char*>mem_alloc(size)
        cdef size_t i
        for i in range(size):
            block[i] = <char>(name & 127)
        self.held[name] = (<uintptr_t>block, size)

    def resize(self, name: int, size_t size) -> None:
        """Move a block to another size."""
        cdef char* block
        address, old = self.held[name]
        block = <char*>mem_resize(<void*><uintptr_t>address, old, size)
        cdef size_t i
        for i in range(old, size):
            block[i] = <char>(name & 127)
        self.held[name] = (<uintptr_t>block, size)

    def free(self, name: int) -> bool:
        """Give a block back; False if somebody wrote over it."""
        cdef char* block
        cdef size_t i
        address, size = self.held.pop(name)
        block = <char*><uintptr_t>address
        intact = True
        for i in range(<size_t>size):
            intact = intact and block[i] == <char>(name & 127)
        mem_free(block, size)
        return intact
