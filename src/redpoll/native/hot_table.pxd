"""Which commands have a native function; see hot_table.pyx."""

from redpoll.native.command_entry cimport NativeFunction

cdef NativeFunction native_function(bytes name) except? NULL
