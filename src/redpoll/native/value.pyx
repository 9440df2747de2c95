"""The base of every value that is not a string: what the keyspace needs to know of a collection."""


cdef class Value:
    """A collection held by a key. Subclasses own their encodings and say when they are empty."""

    cdef size_t bytes_used(self) noexcept:
        """Bytes taken by the value, object header included."""
        return 0

    def memory_bytes(self) -> int:
        """Bytes taken by the value, object header included."""
        return self.bytes_used()

    def encoding(self) -> bytes:
        """What OBJECT ENCODING answers."""
        raise TypeError("an abstract value has no encoding")

    def copy(self) -> Value:
        """An independent copy."""
        raise TypeError("an abstract value cannot be copied")
