"""A connection as the core sees it: flags, the selected database, and buffers that exist only while they hold bytes.

A client with a file descriptor is written to at once, what the kernel does not take waits in its own output buffer; a
client without one (portable transport, embedded, tests) collects its output for `take_output`.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memmove
from redpoll.native.bits cimport likely
from redpoll.native.output cimport Output, output_put
from redpoll.native.resp cimport encode, partial_clear

cdef extern from "unistd.h" nogil:
    int close(int)
cdef extern from "sys/socket.h" nogil:
    Py_ssize_t send(int, const void*, size_t, int)
    int MSG_NOSIGNAL
cdef extern from *:
    """
    #ifdef __linux__
    #include <sys/epoll.h>
    static int rp_watch(int epoll_fd, int fd, void *client, int writable) {
        struct epoll_event event;
        event.events = writable ? EPOLLOUT : EPOLLIN;
        event.data.ptr = client;
        return epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event);
    }
    #else
    static int rp_watch(int epoll_fd, int fd, void *client, int writable) { return -1; }
    #endif
    """
    int rp_watch(int, int, void*, int) nogil

NEED_AUTH = F_NEED_AUTH
IN_MULTI = F_IN_MULTI
SUBSCRIBED = F_SUBSCRIBED
MONITOR = F_MONITOR
REPLY_OFF = F_REPLY_OFF
REPLY_SKIP = F_REPLY_SKIP
TRACKING = F_TRACKING
BLOCKED = F_BLOCKED
RESTRICTED = F_RESTRICTED
CLOSE_ASAP = F_CLOSE_ASAP
CLOSE_AFTER_REPLY = F_CLOSE_AFTER_REPLY
WATCH_DIRTY = F_WATCH_DIRTY
NO_EVICT = F_NO_EVICT
NO_TOUCH = F_NO_TOUCH
REPLICA = F_REPLICA


cdef class Client:
    """One connection."""

    def __init__(self, int fd=-1, uint64_t id=0, object executor=None) -> None:
        self.fd = fd
        self.id = id
        self.resp = 2
        self.epoll_fd = -1
        self.executor = executor
        self.user = b"default"

    def __dealloc__(self):
        self.drop_buffers()

    cdef void drop_buffers(self) noexcept:
        free(self.input)
        free(self.output.data)
        partial_clear(&self.partial)
        self.input = NULL
        self.input_size = self.input_capacity = 0
        self.output = Output(NULL, 0, 0)
        self.output_start = 0

    @property
    def query_buffer_size(self) -> int:
        """Bytes of requests that have not come completely."""
        return self.input_size

    @property
    def query_buffer_capacity(self) -> int:
        """Bytes allocated for them."""
        return self.input_capacity

    @property
    def output_buffer_size(self) -> int:
        """Bytes of replies that the peer has not taken."""
        return self.output.size - self.output_start

    @property
    def output_buffer_capacity(self) -> int:
        """Bytes allocated for them."""
        return self.output.capacity

    @property
    def is_closed(self) -> bool:
        """Whether the connection is gone."""
        return self.closed

    def attach(self, object executor) -> None:
        """Tell the client who executes its commands."""
        self.executor = executor

    # ---- output

    cdef int write_out(self, const char* data, size_t size) except -1:
        """Send, or keep what cannot be sent now."""
        cdef Py_ssize_t sent = 0
        if self.closed:
            return 0
        self.total_net_out += size
        if likely(self.fd >= 0 and self.output.size == 0):
            sent = send(self.fd, data, size, MSG_NOSIGNAL)
            if likely(sent == <Py_ssize_t>size):
                return 0
            if sent < 0:
                if errno != EAGAIN and errno != EINTR:
                    self.flags |= F_CLOSE_ASAP
                    self.mark_dirty()
                    return 0
                sent = 0
        return self.keep_output(data + sent, size - sent)

    cdef int keep_output(self, const char* data, size_t size) except -1:
        """Append to the client's own buffer and enforce its limits."""
        if not output_put(&self.output, data, size):
            raise MemoryError
        if self.fd >= 0 and self.epoll_fd >= 0 and not self.writing:
            self.watch_writable(True)
        if self.executor is not None:
            self.executor.check_output(self)
        if self.fd < 0 and self.on_output is not None:
            self.on_output(self)
        return 0

    cdef int watch_writable(self, bint on) except -1:
        # While replies wait, nothing more is read from the client: it slows itself down, not the server.
        self.writing = on
        rp_watch(self.epoll_fd, self.fd, <void*>self, on)
        return 0

    cdef int flush_some(self) except -1:
        """Send what waits, as far as the kernel takes it."""
        cdef Py_ssize_t sent
        cdef size_t left = self.output.size - self.output_start
        if left:
            sent = send(self.fd, self.output.data + self.output_start, left, MSG_NOSIGNAL)
            if sent < 0:
                if errno != EAGAIN and errno != EINTR:
                    self.flags |= F_CLOSE_ASAP
                return 0
            self.output_start += sent
            left -= sent
        if left == 0:
            free(self.output.data)
            self.output = Output(NULL, 0, 0)
            self.output_start = 0
            self.soft_since_ms = 0
            if self.writing:
                self.watch_writable(False)
        elif self.output_start > 1048576 and self.output_start > left:
            memmove(self.output.data, self.output.data + self.output_start, left)
            self.output.size = left
            self.output_start = 0
        return 0

    def push(self, object value) -> None:
        """Send a reply out of turn: to a subscriber, or to a client that was waiting."""
        cdef size_t before
        if self.closed:
            return
        if self.executor is not None and self.marked:
            self.executor.flush_replies()
        before = self.output.size
        encode(&self.output, value, self.resp)
        self.pushed(before)

    def push_raw(self, bytes data not None) -> None:
        """`push` of an encoded message, shared by many receivers."""
        cdef size_t before
        if self.closed:
            return
        if self.executor is not None and self.marked:
            self.executor.flush_replies()
        before = self.output.size
        if not output_put(&self.output, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data)):
            raise MemoryError
        self.pushed(before)

    def pushed(self, size_t before) -> None:
        """Account for output from offset `before` on, and have it sent at the end of the batch."""
        self.total_net_out += self.output.size - before
        self.mark_dirty()
        if self.executor is not None:
            self.executor.check_output(self)
        if self.fd < 0 and self.on_output is not None:
            self.on_output(self)

    cdef int mark_dirty(self) except -1:
        if not self.dirty and self.executor is not None:
            self.dirty = True
            self.executor.dirty_clients.append(self)
        return 0

    def take_output(self) -> bytes:
        """The output collected so far, for a transport that sends it itself."""
        data = PyBytes_FromStringAndSize(self.output.data + self.output_start, self.output.size - self.output_start)
        free(self.output.data)
        self.output = Output(NULL, 0, 0)
        self.output_start = 0
        self.soft_since_ms = 0
        return data

    # ---- state

    def close(self, bint after_reply=False) -> None:
        """End the connection at the end of the batch; `after_reply`: once its replies are sent."""
        self.flags |= F_CLOSE_AFTER_REPLY if after_reply else F_CLOSE_ASAP
        self.mark_dirty()
        if self.fd < 0 and self.on_output is not None:
            self.on_output(self)

    def closed_by_peer(self) -> None:
        """The transport is gone: drop what is buffered."""
        self.closed = True
        self.drop_buffers()

    def close_socket(self) -> None:
        """Close the descriptor and drop what is buffered."""
        if self.fd >= 0 and not self.closed:
            close(self.fd)
        self.closed_by_peer()

    def block(self) -> None:
        """Stop executing this client's requests, after one that waits; what it sends is left unparsed."""
        self.flags |= F_BLOCKED
        self.count_command(-1)

    def unblock(self) -> None:
        """The request that waited is done; go on with the next at the end of the batch."""
        self.flags &= ~<uint32_t>F_BLOCKED
        self.count_command(1)
        self.resumed = True
        self.mark_dirty()

    cdef int count_command(self, int count) except -1:
        self.commands_processed += count
        if self.executor is not None:
            self.executor.commands_processed += count
        return 0
