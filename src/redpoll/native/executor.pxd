"""Parses, executes and answers batches of commands; see executor.pyx."""

from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint64_t
from redpoll.native.calling cimport Caller
from redpoll.native.client cimport Client, OutputLimit
from redpoll.native.resp cimport Arg, ParseLimits

cdef enum:
    JOBS_MAX = 256
    POOL_ARGS = 4096
    READINGS_MAX = 128

cdef struct Job:
    PyObject* client
    PyObject* entry            # NULL: no such command
    Arg* args
    Arg* owned                 # to be freed: arguments beyond the pool
    uint64_t hash              # of the first argument after the name
    char* start
    int argc
    int reading

cdef struct Reading:           # bytes of one client in this batch
    PyObject* client
    char* base
    size_t size
    size_t consumed
    bint stopped               # the client was blocked or closed: the rest stays unparsed

cdef struct Segment:           # replies of one client in the shared buffer
    PyObject* client
    size_t start

cdef class Executor(Caller):
    cdef Job jobs[JOBS_MAX]
    cdef Arg pool[POOL_ARGS]
    cdef Reading readings[READINGS_MAX]
    cdef Segment segments[JOBS_MAX + 2]
    cdef int job_count, pool_used, reading_count, segment_count
    cdef Arg* scratch
    cdef int scratch_capacity
    cdef ParseLimits limits
    cdef OutputLimit output_limits[3]
    cdef public object on_limit
    cdef public object on_close
    cdef public object on_ready
    cdef public object on_alarm
    cdef public int64_t alarm_ms
    cdef public list dirty_clients
    cdef public uint64_t total_net_in
    cdef public uint64_t total_net_out
    cdef list inline_words
    cdef bint busy
    cdef size_t query_buffer_max

    cdef int parse_reading(self, int index) except -1
    cdef int add_job(self, int index, Client c, int argc, char* start) except -1
    cdef int run_batch(self) except -1
    cdef int finish_readings(self) except -1
    cdef int settle(self) except -1
    cdef int serve_ready(self) except -1
    cdef int process_input(self, Client c) except -1
    cdef int begin_segment(self, Client c) except -1
    cdef int send_replies(self) except -1
    cdef int store_tail(self, Reading* r) except -1
    cdef int take_inline(self, int* argc, char* error) except -2
    cdef int refuse_stream(self, Reading* r, Client c, char* error) except -1
    cdef int too_much_input(self, Client c) except -1
    cdef void prefetch(self, Job* j) noexcept
    cdef int execute_alone(self, Client c, Job* j, Reading* r) except -1
    cdef bint must_drain(self, Client c) noexcept
    cdef int hand_over(self, Client c) except -1
