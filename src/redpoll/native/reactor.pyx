"""The reactor: epoll, batches of reads, and one executor (Linux).

`serve` is what asyncio calls instead of its own select: it serves clients cycle after cycle and returns when asyncio's
descriptor (the guest) is ready, when the time is over, or when `wake` was called. In a cycle every ready client is read
into one arena, its requests become jobs, the batch runs, and each client gets one write. A client without unparsed
input or unsent output owns no buffer.
"""

from cpython.ref cimport PyObject
from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport free, malloc, realloc
from redpoll.native.bits cimport likely, monotonic_ns, unlikely, wall_ms
from redpoll.native.client cimport Client, F_CLOSE_AFTER_REPLY, F_CLOSE_ASAP, STOPPED
from redpoll.native.executor cimport Executor, READINGS_MAX, Reading

cdef extern from "sys/epoll.h" nogil:
    ctypedef union epoll_data_t:
        void* ptr
    struct epoll_event:
        uint32_t events
        epoll_data_t data
    int epoll_create1(int)
    int epoll_ctl(int, int, int, epoll_event*)
    int epoll_wait(int, epoll_event*, int, int)
    int EPOLLIN, EPOLLOUT, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CLOEXEC
cdef extern from "unistd.h" nogil:
    int close(int)
cdef extern from "sys/socket.h" nogil:
    int accept4(int, void*, void*, int)
    Py_ssize_t recv(int, void*, size_t, int)
    int setsockopt(int, int, int, const void*, unsigned int)
    int SOCK_NONBLOCK, SOCK_CLOEXEC
cdef extern from "netinet/in.h" nogil:
    int IPPROTO_TCP
cdef extern from "netinet/tcp.h" nogil:
    int TCP_NODELAY

cdef enum:
    EVENTS_MAX = 256
    READ_BYTES = 65536
    ARENA_BYTES = 1048576
    # The parser and the hash look up to 16 bytes past the end.
    SLACK_BYTES = 64
    # New connections in one cycle: accepting must not starve those that are there.
    ACCEPTS_MAX = 64
    EXPIRE_EACH_CYCLE = 512
    FREE_BUCKETS_EACH_CYCLE = 512
    REHASH_BUCKETS_EACH_CYCLE = 64


cdef class _Listener:
    cdef int fd
    cdef object on_accept

    def __init__(self, int fd, object on_accept) -> None:
        self.fd = fd
        self.on_accept = on_accept


cdef class Reactor:
    """Serves the clients of one executor."""

    cdef int epoll_fd
    cdef int guest_fd
    cdef Executor executor
    cdef char* arena
    cdef size_t arena_used
    cdef bint woken
    cdef bint accept_paused
    cdef dict listeners
    cdef readonly dict clients
    cdef object _on_close
    cdef epoll_event events[EVENTS_MAX]

    def __init__(self, Executor executor not None) -> None:
        self.epoll_fd = epoll_create1(EPOLL_CLOEXEC)
        if self.epoll_fd < 0:
            raise OSError(errno, "epoll_create1 failed")
        self.guest_fd = -1
        self.executor = executor
        self.executor.on_close = self.closed
        self.listeners = {}
        self.clients = {}
        self.arena = <char*>malloc(ARENA_BYTES + SLACK_BYTES)
        if self.arena is NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.arena)
        if self.epoll_fd >= 0:
            close(self.epoll_fd)

    @property
    def on_close(self) -> object:
        """Called with each client whose connection has ended."""
        return self._on_close

    @on_close.setter
    def on_close(self, value: object) -> None:
        self._on_close = value

    def fileno(self) -> int:
        """The epoll descriptor."""
        return self.epoll_fd

    cdef int register(self, int fd, void* owner) except -1:
        cdef epoll_event event
        event.events = EPOLLIN
        event.data.ptr = owner
        if epoll_ctl(self.epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0:
            raise OSError(errno, "epoll_ctl failed")
        return 0

    def add_listener(self, int fd, on_accept: object) -> None:
        """Accept connections of a listening, non-blocking socket; `on_accept(fd)` returns the Client or None."""
        listener = _Listener(fd, on_accept)
        self.register(fd, <void*>listener)
        self.listeners[fd] = listener

    def remove_listener(self, int fd) -> None:
        """Accept no more from a listening socket; closing it is the caller's."""
        if self.listeners.pop(fd, None) is not None:
            epoll_ctl(self.epoll_fd, EPOLL_CTL_DEL, fd, NULL)

    def add_guest(self, int fd) -> None:
        """Let `serve` return as soon as this descriptor is readable."""
        self.guest_fd = fd
        self.register(fd, NULL)

    def add_client(self, Client client not None) -> None:
        """Serve a client with a connected, non-blocking descriptor."""
        client.executor = self.executor
        client.epoll_fd = self.epoll_fd
        self.register(client.fd, <void*>client)
        self.clients[client.fd] = client

    def remove_client(self, Client client not None) -> None:
        """Hand a client's descriptor to somebody else; nothing is closed."""
        if self.clients.pop(client.fd, None) is not None:
            epoll_ctl(self.epoll_fd, EPOLL_CTL_DEL, client.fd, NULL)
            client.epoll_fd = -1

    def closed(self, Client client not None) -> None:
        """A client's socket was closed (by the executor): forget it and tell the owner."""
        # A stale event of this cycle may still name the client: it lives until the cycle's end.
        self.clients.pop(client.fd, None)
        self.executor.inline_words.append(client)
        if self._on_close is not None:
            self._on_close(client)

    def wake(self) -> None:
        """Make `serve` return at the end of this cycle."""
        self.woken = True

    def serve(self, int timeout_ms) -> bool:
        """Serve clients until the guest is readable (True), or the time is over or `wake` was called (False)."""
        cdef int64_t end_ns = -1
        cdef int64_t left
        cdef bint guest
        if timeout_ms >= 0:
            end_ns = <int64_t>monotonic_ns() + <int64_t>timeout_ms * 1000000
        while True:
            left = -1
            if end_ns >= 0:
                left = (end_ns - <int64_t>monotonic_ns() + 999999) // 1000000
                left = 0 if left < 0 else left
            guest = self.cycle(self.wait_ms(left))
            if guest:
                return True
            if self.woken or (end_ns >= 0 and <int64_t>monotonic_ns() >= end_ns):
                self.woken = False
                return False

    cdef int wait_ms(self, int64_t left):
        """How long to wait for events: until the caller's time, the next deadline, or not at all with work at hand."""
        cdef int64_t due
        if self.woken or self.executor.dirty_clients or self.executor.keyspace.has_garbage():
            return 0
        due = self.executor.keyspace.earliest()
        if self.executor.alarm_ms >= 0 and (due < 0 or self.executor.alarm_ms < due):
            due = self.executor.alarm_ms
        if due >= 0:
            due -= wall_ms() if self.executor.real_clock else self.executor.keyspace.state.now_ms
            due = 0 if due < 0 else due
            if left < 0 or due < left:
                left = due
        return <int>(left if left < 1000000 else 1000000)

    cdef bint cycle(self, int wait_ms) except? False:
        """One round: wait, read, execute, answer, expire; whether the guest is readable."""
        cdef int n, i
        cdef bint guest = False
        cdef object owner
        with nogil:
            n = epoll_wait(self.epoll_fd, self.events, EVENTS_MAX, wait_ms)
        if self.executor.real_clock:
            self.executor.keyspace.set_now(wall_ms())
        self.executor.busy = True
        try:
            for i in range(n):
                if self.events[i].data.ptr is NULL:
                    guest = True
                    continue
                owner = <object>self.events[i].data.ptr
                if type(owner) is Client:
                    if unlikely(self.events[i].events & EPOLLOUT):
                        self.on_writable(<Client>owner)
                    else:
                        self.on_readable(<Client>owner)
                else:
                    self.accept(<_Listener>owner)
            if self.executor.job_count:
                self.executor.run_batch()
            self.release_arena()
            self.housekeeping()
            self.executor.settle()
        finally:
            self.executor.busy = False
        return guest

    cdef int housekeeping(self) except -1:
        """What is due, in small steps: expired keys, buried tables, waits that end."""
        cdef int64_t due = self.executor.keyspace.earliest()
        if due >= 0 and due <= self.executor.keyspace.state.now_ms:
            self.executor.keyspace.expire_due(EXPIRE_EACH_CYCLE)
        if unlikely(self.executor.keyspace.has_garbage()):
            self.executor.keyspace.lazy_free_step(FREE_BUCKETS_EACH_CYCLE)
        if unlikely(self.executor.alarm_ms >= 0):
            self.executor.ring_alarm()
        return 0

    cdef int release_arena(self) except -1:
        self.executor.finish_readings()
        self.arena_used = 0
        return 0

    cdef int accept(self, _Listener listener) except -1:
        cdef int fd, _i
        cdef int one = 1
        for _i in range(ACCEPTS_MAX):
            fd = accept4(listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)
            if fd < 0:
                return 0
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one))
            client = listener.on_accept(fd)
            if client is not None and not (<Client>client).epoll_fd >= 0:
                self.add_client(client)
        return 0

    cdef int on_writable(self, Client c) except -1:
        if c.closed:
            return 0
        c.flush_some()
        if c.flags & F_CLOSE_ASAP or (c.flags & F_CLOSE_AFTER_REPLY and c.output.size == 0):
            c.mark_dirty()
        elif c.output.size == 0 and c.input_size:
            # Requests that were read before the replies stalled.
            c.resumed = True
            c.mark_dirty()
        return 0

    cdef int on_readable(self, Client c) except -1:
        """Read what a client sent and turn it into jobs."""
        cdef Py_ssize_t got
        cdef char* base
        cdef Reading* r
        if unlikely(c.closed or c.flags & F_CLOSE_ASAP):
            return 0
        if unlikely(self.executor.reading_count >= READINGS_MAX - 1 or
                    self.arena_used + READ_BYTES > ARENA_BYTES):
            self.executor.run_batch()
            self.release_arena()
            if c.closed or c.flags & F_CLOSE_ASAP:
                return 0
        if likely(c.input_size == 0):
            base = self.arena + self.arena_used
            got = recv(c.fd, base, READ_BYTES, 0)
        else:
            base = self.input_room(c)
            got = recv(c.fd, base + c.input_size, c.input_capacity - c.input_size, 0)
        if unlikely(got <= 0):
            if got < 0 and (errno == EAGAIN or errno == EINTR):
                return 0
            c.flags |= F_CLOSE_ASAP
            c.mark_dirty()
            return 0
        c.total_net_in += got
        self.executor.total_net_in += got
        c.last_interaction_ms = self.executor.keyspace.state.now_ms
        r = &self.executor.readings[self.executor.reading_count]
        r.client = <PyObject*>c
        r.base = base
        r.consumed = 0
        r.stopped = False
        if likely(c.input_size == 0):
            self.arena_used += (got + SLACK_BYTES) & ~<size_t>63
            r.size = got
        else:
            c.input_size += got
            if c.input_size > self.executor.query_buffer_max:
                self.executor.too_much_input(c)
                return 0
            if c.input_size < c.need:
                return 0
            r.size = c.input_size
        if unlikely(c.flags & STOPPED):
            r.stopped = True
        self.executor.reading_count += 1
        if likely(not r.stopped):
            self.executor.parse_reading(self.executor.reading_count - 1)
        return 0

    cdef char* input_room(self, Client c) except NULL:
        """Room in the client's own buffer: for all that is announced, or for one more read."""
        cdef size_t wanted = c.input_size + READ_BYTES // 4
        cdef char* grown
        if c.need > wanted:
            # Doubling, not the announced size at once: an announcement costs its sender nothing.
            wanted = c.need if c.need < 2 * c.input_size + 1048576 else 2 * c.input_size + 1048576
        if wanted > c.input_capacity:
            grown = <char*>realloc(c.input, wanted + SLACK_BYTES)
            if grown is NULL:
                raise MemoryError
            c.input = grown
            c.input_capacity = wanted
        return c.input
