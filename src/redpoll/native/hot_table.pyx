"""Which commands have a native function for their common form."""

from redpoll.native.command_entry cimport NativeFunction
from redpoll.native cimport hot_bits, hot_hashes, hot_keys, hot_lists, hot_strings


cdef NativeFunction native_function(bytes name) except? NULL:
    """The native function of a command by its name in lower case, or NULL."""
    cdef NativeFunction found = hot_strings.find(name)
    if found is NULL:
        found = hot_keys.find(name)
    if found is NULL:
        found = hot_lists.find(name)
    if found is NULL:
        found = hot_bits.find(name)
    return found if found is not NULL else hot_hashes.find(name)


def native_names() -> list:
    """Names that have a native function."""
    return hot_strings.names() + hot_keys.names() + hot_lists.names() + hot_hashes.names() + hot_bits.names()
