"""The base of every value that is not a string: what the keyspace needs to know of a collection."""

from libc.stdint cimport uint64_t


cdef class Value:
    """A collection held by a key. Subclasses own their encodings and say when they are empty."""

    cdef size_t bytes_used(self) noexcept:
        """Bytes taken by the value, object header included."""
        return 0

    cdef uint64_t blocks(self) noexcept:
        """How many blocks of memory freeing it would give back; with many it is freed in steps."""
        return 1

    cdef bint free_step(self, int budget) noexcept:
        """Free up to about `budget` blocks of a value nobody can reach any more; False when little is left."""
        return False

    def memory_bytes(self) -> int:
        """Bytes taken by the value, object header included."""
        return self.bytes_used()

    def encoding(self) -> bytes:
        """What OBJECT ENCODING answers."""
        raise TypeError("an abstract value has no encoding")

    def copy(self) -> Value:
        """An independent copy."""
        raise TypeError("an abstract value cannot be copied")
