"""A connection as the core sees it; see client.pyx."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from redpoll.native.output cimport Output
from redpoll.native.resp cimport Partial

cdef enum:
    F_NEED_AUTH = 1
    F_IN_MULTI = 2
    F_SUBSCRIBED = 4
    F_MONITOR = 8
    F_REPLY_OFF = 16
    F_REPLY_SKIP = 32
    F_TRACKING = 64
    F_BLOCKED = 128
    F_RESTRICTED = 256
    F_CLOSE_ASAP = 512
    F_CLOSE_AFTER_REPLY = 1024
    F_WATCH_DIRTY = 2048
    F_NO_EVICT = 4096
    F_NO_TOUCH = 8192
    F_REPLICA = 16384
    # With one of these a command first passes the gate.
    GATED = F_NEED_AUTH | F_IN_MULTI | F_SUBSCRIBED | F_MONITOR | F_REPLY_OFF | F_REPLY_SKIP | F_TRACKING | \
        F_RESTRICTED | F_NO_TOUCH
    # With one of these nothing more is executed.
    STOPPED = F_BLOCKED | F_CLOSE_ASAP | F_CLOSE_AFTER_REPLY

cdef struct OutputLimit:       # client-output-buffer-limit of one class
    uint64_t hard_bytes
    uint64_t soft_bytes
    int64_t soft_ms

cdef class Client:
    cdef readonly int fd
    cdef public uint32_t flags
    cdef public int db_index
    cdef public int resp
    cdef int epoll_fd
    cdef bint writing          # registered for EPOLLOUT, not EPOLLIN
    cdef bint marked           # has a segment in the executor's shared replies
    cdef bint dirty            # stands in the executor's list of clients with pushed output
    cdef bint closed
    cdef bint resumed
    cdef char* input
    cdef size_t input_size
    cdef size_t input_capacity
    cdef size_t need           # bytes of input there must be before parsing again makes sense
    cdef Partial partial
    cdef Output output
    cdef size_t output_start
    cdef int64_t soft_since_ms
    cdef public uint64_t id
    cdef public uint64_t commands_processed
    cdef public uint64_t total_net_in
    cdef public uint64_t total_net_out
    cdef public int64_t created_ms
    cdef public int64_t last_interaction_ms
    cdef public object name
    cdef public object user
    cdef public object lib_name
    cdef public object lib_ver
    cdef public object address
    cdef public object local_address
    cdef public object session
    cdef public bint queue_is_plain    # all of it reads or writes keys, and nothing else
    cdef public list queue         # of a transaction that may go on queueing natively
    cdef public object last_command
    cdef public object on_output
    cdef object executor
    cdef int write_out(self, const char* data, size_t size) except -1
    cdef int flush_some(self) except -1
    cdef int keep_output(self, const char* data, size_t size) except -1
    cdef void drop_buffers(self) noexcept
    cdef int watch_writable(self, bint on) except -1
    cdef int mark_dirty(self) except -1
    cdef int count_command(self, int count) except -1
