"""Parses, executes and answers batches of commands, sans I/O.

A batch is what several clients sent: all of it is parsed into jobs (hashing keys and prefetching their buckets), then
executed in order into one shared reply buffer, then each client gets its part with one write. A command runs in the
native tier if it has a native function for its form, else through its Python handler. Rare states of a client or the
node are one test of folded flags; with any of them set the gate decides first.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memmove, strlen
from redpoll.native.bits cimport likely, monotonic_ns, unlikely
from redpoll.native.calling cimport Caller, Context
from redpoll.native.client cimport (
    Client, F_CLOSE_AFTER_REPLY, F_CLOSE_ASAP, F_NEED_AUTH, F_REPLICA, F_SUBSCRIBED, OutputLimit, STOPPED)
from redpoll.native.keyspace cimport Keyspace
from redpoll.native.output cimport Output, output_put
from redpoll.native.resp cimport (
    Arg, BROKEN, COMPLETE, EMPTY, INLINE, NEED_MORE, parse_request, partial_clear)
from redpoll.native.store cimport Store
from redpoll.native.table cimport table_hash, table_prefetch_bucket, table_prefetch_record
from redpoll.native.resp import split_inline
from redpoll.native import calling, command_entry

cdef extern from "sys/socket.h" nogil:
    Py_ssize_t send(int, const void*, size_t, int)
    int MSG_NOSIGNAL

cdef enum:
    # The shared replies are sent when they exceed this, so that they never grow with the batch.
    FLUSH_BYTES = 262144
    REPLIES_KEPT_BYTES = 4194304
    ADOPT_BYTES = 1048576
    # Replies waiting for a slow reader before its requests stop being executed: they would be kept in memory only.
    BACKLOG_BYTES = 67108864
    # Records are fetched so many commands before they are needed: a miss, and under virtualisation its page walk,
    # take a while.
    PREFETCH_AHEAD = 64
    POOL_ARGS_EACH = 64

# Users of the executor import these with it; a cimported name alone is not visible from Python.
globals().update(Context=calling.Context, CommandEntry=command_entry.CommandEntry)


cdef class Executor(Caller):
    """Executes the commands of clients on a keyspace."""

    def __init__(self, Keyspace keyspace not None, Context context=None) -> None:
        super().__init__(keyspace, context)
        self.dirty_clients = []
        self.alarm_ms = -1
        self.inline_words = []
        self.limits.bulk_max = 536870912
        self.limits.trusted = True
        self.query_buffer_max = 1073741824
        self.scratch_capacity = 64
        self.scratch = <Arg*>malloc(self.scratch_capacity * sizeof(Arg))
        if self.scratch is NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.scratch)

    # ---- limits

    def set_request_limits(self, int64_t bulk_max, size_t query_buffer_max) -> None:
        """proto-max-bulk-len and client-query-buffer-limit in bytes."""
        self.limits.bulk_max = bulk_max
        self.query_buffer_max = query_buffer_max

    def set_output_limit(self, int kind, uint64_t hard_bytes, uint64_t soft_bytes, int64_t soft_ms) -> None:
        """client-output-buffer-limit of a class: 0 normal, 1 replica, 2 pubsub; 0 bytes: no limit."""
        assert 0 <= kind <= 2
        self.output_limits[kind].hard_bytes = hard_bytes
        self.output_limits[kind].soft_bytes = soft_bytes
        self.output_limits[kind].soft_ms = soft_ms

    def check_output(self, Client c not None) -> None:
        """Close a client whose unsent output exceeds the limits of its class."""
        cdef int kind = 1 if c.flags & F_REPLICA else (2 if c.flags & F_SUBSCRIBED else 0)
        cdef OutputLimit* limit = &self.output_limits[kind]
        cdef size_t waiting = c.output.size - c.output_start
        cdef bint over = limit.hard_bytes and waiting >= limit.hard_bytes
        if limit.soft_bytes and waiting >= limit.soft_bytes:
            if c.soft_since_ms == 0:
                c.soft_since_ms = self.call_.state.now_ms
            elif self.call_.state.now_ms - c.soft_since_ms > limit.soft_ms:
                over = True
        else:
            c.soft_since_ms = 0
        if over and not c.flags & F_CLOSE_ASAP:
            c.flags |= F_CLOSE_ASAP
            c.mark_dirty()
            if self.on_limit is not None:
                self.on_limit(c, waiting)

    # ---- requests to jobs

    cdef int parse_reading(self, int index) except -1:
        """Turn a client's bytes into jobs, running full batches on the way."""
        cdef Reading* r = &self.readings[index]
        cdef Client c = <Client>r.client
        cdef char error[96]
        cdef char* start
        cdef size_t consumed = 0, need = 0
        cdef int argc = 0, state
        c.need = 0
        while r.consumed < r.size and not r.stopped:
            if unlikely(self.job_count == JOBS_MAX or self.pool_used + POOL_ARGS_EACH > POOL_ARGS):
                self.run_batch()
                continue
            start = r.base + r.consumed
            self.limits.trusted = not c.flags & F_NEED_AUTH
            state = parse_request(start, r.size - r.consumed, &self.limits, &c.partial, &self.scratch,
                                  &self.scratch_capacity, &argc, &consumed, &need, error)
            if unlikely(state == INLINE):
                state = self.take_inline(&argc, error)
            if likely(state == COMPLETE):
                self.add_job(index, c, argc, start)
                r.consumed += consumed
            elif state == EMPTY:
                r.consumed += consumed
            elif state == NEED_MORE:
                c.need = need
                break
            else:
                self.refuse_stream(r, c, error)
        return 0

    cdef int take_inline(self, int* argc, char* error) except -2:
        """Words of a line with quotes as arguments; they live until the batch is done."""
        cdef int i
        words = split_inline(self.scratch[0].data[:self.scratch[0].size])
        if words is None:
            text = b"ERR Protocol error: unbalanced quotes in request"
            memcpy(error, <char*>text, len(text) + 1)
            return BROKEN
        if not words:
            return EMPTY
        if len(words) > self.scratch_capacity:
            self.scratch = <Arg*>realloc(self.scratch, len(words) * sizeof(Arg))
            self.scratch_capacity = <int>len(words)
        self.inline_words.append(words)
        for i in range(<int>len(words)):
            self.scratch[i].data = PyBytes_AS_STRING(words[i])
            self.scratch[i].size = PyBytes_GET_SIZE(words[i])
        argc[0] = <int>len(words)
        return COMPLETE

    cdef int refuse_stream(self, Reading* r, Client c, char* error) except -1:
        """A protocol error: answer what came before it, say so, and hang up."""
        self.run_batch()
        if r.stopped:
            return 0
        self.begin_segment(c)
        output_put(&self.replies, b"-", 1)
        output_put(&self.replies, error, strlen(error))
        output_put(&self.replies, b"\r\n", 2)
        self.count_error(error, strlen(error))
        self.send_replies()
        c.close(True)
        r.consumed = r.size
        r.stopped = True
        return 0

    cdef int add_job(self, int index, Client c, int argc, char* start) except -1:
        cdef Job* j = &self.jobs[self.job_count]
        cdef Store* store
        j.owned = NULL
        if likely(argc <= POOL_ARGS_EACH):
            j.args = &self.pool[self.pool_used]
            memcpy(j.args, self.scratch, argc * sizeof(Arg))
            self.pool_used += argc
        else:  # hand the scratch itself over
            j.args = j.owned = self.scratch
            self.scratch_capacity = 64
            self.scratch = <Arg*>malloc(self.scratch_capacity * sizeof(Arg))
            if self.scratch is NULL:
                raise MemoryError
        j.client = <PyObject*>c
        j.entry = self.find(j.args[0].data, j.args[0].size)
        j.argc = argc
        j.reading = index
        j.start = start
        j.hash = 0
        if likely(argc > 1):
            store = self.keyspace.stores[c.db_index]
            j.hash = table_hash(&store.table, j.args[1].data, j.args[1].size)
            table_prefetch_bucket(&store.table, j.hash)
        self.job_count += 1
        return 0

    # ---- a batch

    cdef int run_batch(self) except -1:
        """Execute all jobs in order, then send the replies."""
        cdef int i
        cdef Job* j
        cdef Reading* r
        cdef Client c
        cdef PyObject* previous = NULL
        for i in range(min(PREFETCH_AHEAD, self.job_count)):
            self.prefetch(&self.jobs[i])
        self.last_ns = monotonic_ns()
        for i in range(self.job_count):
            if i + PREFETCH_AHEAD < self.job_count:
                self.prefetch(&self.jobs[i + PREFETCH_AHEAD])
            j = &self.jobs[i]
            r = &self.readings[j.reading]
            c = <Client>j.client
            if unlikely(r.stopped or c.flags & STOPPED or (c.writing and self.must_drain(c))):
                if not r.stopped:
                    r.stopped = True
                    r.consumed = <size_t>(j.start - r.base)
                    partial_clear(&c.partial)
                continue
            if j.client is not previous or unlikely(self.segment_count == 0):
                self.begin_segment(c)
                previous = j.client
            try:
                if unlikely(r.base == c.input and i == self.job_count - 1 and j.args[j.argc - 1].size > ADOPT_BYTES):
                    self.execute_alone(c, j, r)
                else:
                    self.execute(c, j.entry, j.args, j.argc, j.hash)
                if unlikely(self.call_.state.ready):
                    self.serve_ready()
            except Exception as error:
                self.broken(c, error)
            if unlikely(self.replies.size > FLUSH_BYTES):
                self.send_replies()
        self.account_group()
        self.send_replies()
        for i in range(self.job_count):
            if unlikely(self.jobs[i].owned is not NULL):
                free(self.jobs[i].owned)
        self.job_count = 0
        self.pool_used = 0
        if unlikely(len(self.inline_words)):
            self.inline_words.clear()
        return 0

    cdef int serve_ready(self) except -1:
        """A command has brought keys that clients wait for: their turn comes before the next command's."""
        self.account_group()
        if self.on_ready is not None:
            self.on_ready()
        self.last_ns = monotonic_ns()
        return 0

    def ring_alarm(self) -> None:
        """Call `on_alarm` if its time, `alarm_ms`, has come."""
        if self.alarm_ms >= 0 and self.alarm_ms <= self.call_.state.now_ms:
            self.on_alarm()

    cdef void prefetch(self, Job* j) noexcept:
        table_prefetch_record(&self.keyspace.stores[(<Client>j.client).db_index].table, j.hash)

    cdef int execute_alone(self, Client c, Job* j, Reading* r) except -1:
        """Run a command with a long last argument that may keep the client's whole input buffer as its value."""
        if j.start == r.base and r.consumed == r.size:
            self.call_.spare = c.input
            self.call_.spare_size = c.input_capacity
        try:
            self.execute(c, j.entry, j.args, j.argc, j.hash)
        finally:
            self.call_.spare = NULL
            if self.call_.spare_taken:
                self.call_.spare_taken = False
                c.input = r.base = NULL
                c.input_size = c.input_capacity = r.size = r.consumed = 0
        return 0

    cdef bint must_drain(self, Client c) noexcept:
        """Whether a client has so many replies waiting that its next requests wait, too; a limit set for them is first
        to be met."""
        return c.fd >= 0 and c.output.size - c.output_start > BACKLOG_BYTES and \
            self.output_limits[0].hard_bytes == 0 and self.output_limits[0].soft_bytes == 0

    def broken(self, Client c not None, object error) -> None:
        """Our own mistake reached the batch: tell the log and end the connection, whose replies may be cut."""
        if self.on_failure is not None:
            self.on_failure(c, None, error)
        c.close()

    cdef int begin_segment(self, Client c) except -1:
        self.segments[self.segment_count].client = <PyObject*>c
        self.segments[self.segment_count].start = self.replies.size
        self.segment_count += 1
        c.marked = True
        if unlikely(self.segment_count > JOBS_MAX):
            self.send_replies()
            self.begin_segment(c)
        return 0

    cdef int send_replies(self) except -1:
        """Give every client its part of the shared replies, up to the command that is running."""
        cdef size_t end = self.command_start if self.executing else self.replies.size
        cdef size_t start, stop
        cdef int i
        cdef Client c
        for i in range(self.segment_count):
            start = self.segments[i].start
            stop = self.segments[i + 1].start if i + 1 < self.segment_count else end
            c = <Client>self.segments[i].client
            c.marked = False
            if stop > start:
                self.total_net_out += stop - start
                if unlikely(stop - start > ADOPT_BYTES and start == 0 and stop == self.replies.size):
                    self.hand_over(c)
                else:
                    c.write_out(self.replies.data + start, stop - start)
        if self.executing:
            memmove(self.replies.data, self.replies.data + end, self.replies.size - end)
            self.replies.size -= end
            self.command_start = 0
            c = self.context.client
            self.segment_count = 1
            self.segments[0].client = <PyObject*>c
            self.segments[0].start = 0
            c.marked = True
            return 0
        self.segment_count = 0
        self.replies.size = 0
        if unlikely(self.replies.capacity > REPLIES_KEPT_BYTES):
            free(self.replies.data)
            self.replies = Output(NULL, 0, 0)
        return 0

    cdef int hand_over(self, Client c) except -1:
        """A large reply alone in the buffer: what cannot be sent stays where it is, and the buffer is the client's."""
        cdef Py_ssize_t sent
        if c.fd < 0 or c.closed or c.output.size:
            c.write_out(self.replies.data, self.replies.size)
            return 0
        sent = send(c.fd, self.replies.data, self.replies.size, MSG_NOSIGNAL)
        sent = 0 if sent < 0 else sent
        c.total_net_out += sent
        if sent == <Py_ssize_t>self.replies.size:
            return 0
        c.output = self.replies
        c.output_start = sent
        c.total_net_out += self.replies.size - sent
        self.replies = Output(NULL, 0, 0)
        if c.epoll_fd >= 0 and not c.writing:
            c.watch_writable(True)
        self.check_output(c)
        return 0

    def flush_replies(self) -> None:
        """Send what was answered so far in this batch: something out of turn is about to be sent."""
        self.send_replies()

    cdef int store_tail(self, Reading* r) except -1:
        """Keep a client's unparsed bytes in its own buffer; free the buffer if there are none."""
        cdef Client c = <Client>r.client
        cdef size_t left = r.size - r.consumed
        cdef size_t room
        cdef char* input
        if c.closed:
            return 0
        if left == 0:
            if c.input is not NULL:
                free(c.input)
                c.input = NULL
                c.input_capacity = c.input_size = 0
            return 0
        if r.base == c.input:
            if r.consumed:
                memmove(c.input, c.input + r.consumed, left)
        else:
            room = (left if left > c.need else (c.need if c.need < left + 1048576 else left + 1048576)) + 256
            input = <char*>malloc(room + 16)
            if input is NULL:
                raise MemoryError
            memcpy(input, r.base + r.consumed, left)
            c.input = input
            c.input_capacity = room
        c.input_size = left
        return 0

    cdef int finish_readings(self) except -1:
        """The batch's input arena is about to be reused: move what is left of it to the clients."""
        cdef int i
        for i in range(self.reading_count):
            self.store_tail(&self.readings[i])
        self.reading_count = 0
        return 0

    cdef int process_input(self, Client c) except -1:
        """Parse and run what a client's own buffer holds."""
        cdef Reading* r
        if c.input_size == 0 or c.closed or c.flags & STOPPED:
            return 0
        r = &self.readings[self.reading_count]
        r.client = <PyObject*>c
        r.base = c.input
        r.size = c.input_size
        r.consumed = 0
        r.stopped = False
        self.reading_count += 1
        self.parse_reading(self.reading_count - 1)
        self.run_batch()
        self.finish_readings()
        return 0

    cdef int settle(self) except -1:
        """End of a cycle: send pushed output, resume clients that were blocked, close those that are to go."""
        cdef Client c
        while self.dirty_clients:
            batch = self.dirty_clients
            self.dirty_clients = []
            for c in batch:
                c.dirty = False
                if c.closed:
                    continue
                if c.fd >= 0 and not c.flags & F_CLOSE_ASAP and c.output.size:
                    c.flush_some()
                    if c.output.size and not c.writing:
                        c.watch_writable(True)
                if c.resumed:
                    c.resumed = False
                    self.process_input(c)
                if c.fd >= 0 and (c.flags & F_CLOSE_ASAP or (c.flags & F_CLOSE_AFTER_REPLY and c.output.size == 0)):
                    self.close_client(c)
        return 0

    def close_client(self, Client c not None) -> None:
        """Close a client's socket now and tell the owner."""
        if c.closed:
            return
        c.flags |= F_CLOSE_ASAP
        c.close_socket()
        if self.on_close is not None:
            self.on_close(c)

    cdef int too_much_input(self, Client c) except -1:
        """The query buffer limit is reached: end the connection."""
        c.flags |= F_CLOSE_ASAP
        c.mark_dirty()
        if self.on_limit is not None:
            self.on_limit(c, c.input_size)
        return 0

    def settle_clients(self) -> None:
        """`settle` for whoever pushed output, or closed clients, outside a batch."""
        if not self.busy:
            self.settle()

    def feed(self, Client c not None, bytes data not None) -> bytes:
        """Take bytes from a client without a descriptor, execute all complete commands, return the reply bytes."""
        cdef char* joined
        cdef Reading* r
        cdef size_t size = PyBytes_GET_SIZE(data)
        if self.busy:
            raise RuntimeError("a command cannot feed its own executor")
        if c.executor is None:
            c.executor = self
        self.busy = True
        c.writing = True
        c.total_net_in += size
        self.total_net_in += size
        try:
            r = &self.readings[0]
            r.client = <PyObject*>c
            r.base = PyBytes_AS_STRING(data)
            r.size = size
            r.consumed = 0
            r.stopped = False
            if c.input_size:
                if c.input_size + size > c.input_capacity:
                    joined = <char*>realloc(c.input, (c.input_size + size) * 2 + 16)
                    if joined is NULL:
                        raise MemoryError
                    c.input = joined
                    c.input_capacity = (c.input_size + size) * 2
                memcpy(c.input + c.input_size, PyBytes_AS_STRING(data), size)
                r.base = c.input
                r.size = c.input_size + size
                c.input_size = r.size
            if c.input_size > self.query_buffer_max:
                self.too_much_input(c)
                return b""
            self.reading_count = 1
            if c.flags & STOPPED or r.size < c.need:
                r.stopped = True
            self.parse_reading_keeping_need(0, c)
            self.run_batch()
            self.finish_readings()
            self.settle()
        finally:
            self.busy = False
            c.writing = False
        return c.take_output()

    def parse_reading_keeping_need(self, int index, Client c not None) -> None:
        """Parse a reading, unless it is stopped already."""
        if not self.readings[index].stopped:
            self.parse_reading(index)
