"""String commands of the native tier; see hot_strings.pyx."""

from redpoll.native.command_entry cimport NativeFunction

cdef NativeFunction find(bytes name) noexcept
cdef list names()
