"""A command frozen for the hot path; see command_entry.pyx."""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from redpoll.native.output cimport Output
from redpoll.native.resp cimport Arg
from redpoll.native.store cimport State, Store

cdef struct Call:              # what a native command works with
    Output* out
    Store* store
    State* state
    int resp
    char* spare                # the input buffer, if it holds this command alone and its value may take it over
    size_t spare_size
    bint spare_taken

cdef enum:
    HANDLED = 1
    # The general handler runs instead; nothing has changed and nothing was written.
    NEED_GENERAL = 0
    # Handled, with an error reply.
    FAILED = 2

# The GIL is held; those that need no Python object are declared nogil all the same.
ctypedef int (*NativeFunction)(Call*, Arg*, int, uint64_t) noexcept

cdef enum:
    HISTOGRAM_BUCKETS = 160    # four to each power of two of nanoseconds

cdef class CommandEntry:
    cdef readonly bytes name
    cdef readonly object handler
    cdef readonly int arity
    cdef readonly int words_min    # how many words a request has, its name included
    cdef readonly int words_max
    cdef readonly uint32_t flags
    cdef readonly bytes spec
    cdef public object command
    cdef public dict subcommands
    cdef public CommandEntry parent
    cdef NativeFunction native
    cdef public bint queues        # in MULTI it is queued without a question
    cdef int first_key
    cdef uint64_t calls_, ns_, rejected_, failed_
    cdef uint32_t* histogram
    cdef bint is_write
    cdef void account(self, uint64_t ns) noexcept
