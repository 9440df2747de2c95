"""Bitmap and HyperLogLog commands of the native tier; see hot_bits.pyx."""

from redpoll.native.command_entry cimport NativeFunction

cdef NativeFunction find(bytes name) noexcept
cdef list names()
