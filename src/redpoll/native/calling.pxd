"""Runs one command; see calling.pyx."""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint32_t, uint64_t
from redpoll.native.client cimport Client
from redpoll.native.command_entry cimport Call, CommandEntry
from redpoll.native.database cimport Database
from redpoll.native.keyspace cimport Keyspace
from redpoll.native.output cimport Output
from redpoll.native.registry cimport Registry
from redpoll.native.resp cimport Arg

cdef enum:
    # Native commands timed together, with one reading of the clock: each takes a fraction of what reading it takes.
    GROUP_MAX = 16

cdef class Context:
    cdef readonly Database db
    cdef readonly Client client
    cdef readonly Keyspace keyspace
    cdef readonly int resp
    cdef readonly CommandEntry command
    cdef public object node
    cdef public object random
    cdef Caller executor

cdef class Caller(Registry):
    cdef readonly Keyspace keyspace
    cdef readonly Context context
    cdef Output replies
    cdef Call call_
    cdef public uint32_t flags
    cdef public bint native_tier
    cdef public bint real_clock
    cdef public object gate
    cdef public object on_slow
    cdef public object on_failure
    cdef public dict error_counts
    cdef public uint64_t commands_processed
    cdef int64_t slow_ns
    cdef uint64_t last_ns
    cdef PyObject* group[GROUP_MAX]
    cdef int group_count
    cdef size_t command_start
    cdef bint executing
    cdef Arg* current_args
    cdef int current_argc
    cdef list current_argv

    cdef int execute(self, Client c, PyObject* entry_pointer, Arg* args, int argc, uint64_t h) except -1
    cdef int execute_gated(self, Client c, PyObject* entry_pointer, Arg* args, int argc) except -1
    cdef int execute_general(self, Client c, CommandEntry entry, Arg* args, int argc) except -1
    cdef void begin_command(self, Client c) noexcept
    cdef CommandEntry leaf(self, CommandEntry entry, Arg* args, int argc)
    cdef object invoke(self, Client c, CommandEntry entry, Arg* args, int argc)
    cdef bint run_natively(self, Client c, CommandEntry entry, list argv, uint64_t began) except -1
    cdef int fail(self, CommandEntry entry, object error) except -1
    cdef int account_native(self, Client c, CommandEntry entry, Arg* args, int argc) except -1
    cdef int account_group(self) except -1
    cdef int account(self, Client c, CommandEntry entry, Arg* args, int argc) except -1
    cdef int count_error(self, const char* text, size_t size) except -1
