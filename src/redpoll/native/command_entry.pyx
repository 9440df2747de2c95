"""A command frozen for the hot path: plain ints, a handler, perhaps a native function, and its statistics."""

from libc.limits cimport INT_MAX
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset
from redpoll.native.bits cimport highest_bit


cdef class CommandEntry:
    """One command or sub-command as the executor knows it.

    `name` is the full name in lower case (b"client|getname"); `spec` has a letter for each argument after the name:
    b bytes, i 64-bit integer, f float; a capital as the last stands for any number of such arguments.
    """

    def __init__(self, bytes name not None, object handler, int arity, uint32_t flags=0, bytes spec not None=b"B",
                 object command=None, dict subcommands=None) -> None:
        self.name = name
        self.handler = handler
        self.arity = arity
        self.words_min = arity if arity > 0 else -arity
        self.words_max = arity if arity > 0 else words_max_of(name, spec)
        self.flags = flags
        self.spec = spec
        self.command = command
        self.subcommands = subcommands
        self.histogram = <uint32_t*>calloc(HISTOGRAM_BUCKETS, sizeof(uint32_t))
        if self.histogram is NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.histogram)

    def __repr__(self) -> str:
        return f"CommandEntry({self.name!r})"

    cdef void account(self, uint64_t ns) noexcept:
        cdef int high
        self.calls_ += 1
        self.ns_ += ns
        if ns < 4:
            self.histogram[ns] += 1
            return
        high = highest_bit(ns)
        if high < 40:
            self.histogram[high * 4 + ((ns >> (high - 2)) & 3) - 4] += 1
        else:
            self.histogram[HISTOGRAM_BUCKETS - 1] += 1

    @property
    def is_native(self) -> bool:
        """Whether the command's common form runs in the native tier."""
        return self.native is not NULL

    @property
    def calls(self) -> int:
        """Times executed."""
        return self.calls_

    @property
    def usec(self) -> int:
        """Microseconds spent in it."""
        return self.ns_ // 1000

    @property
    def rejected_calls(self) -> int:
        """Refused before running: arity, authentication, transaction."""
        return self.rejected_

    @property
    def failed_calls(self) -> int:
        """Ended with an error."""
        return self.failed_

    def reject(self) -> None:
        """Count a refusal."""
        self.rejected_ += 1

    def count(self) -> None:
        """Count a call that ended without running: it waited in vain."""
        self.account(0)

    def reset(self) -> None:
        """Set the statistics to zero."""
        self.calls_ = self.ns_ = self.rejected_ = self.failed_ = 0
        memset(self.histogram, 0, HISTOGRAM_BUCKETS * sizeof(uint32_t))

    def latency_histogram(self) -> dict:
        """Upper bound in microseconds (powers of two) -> calls that took no longer, from the first to the last used."""
        cdef int i
        cdef uint64_t total = 0, upper
        counts = {}
        for i in range(HISTOGRAM_BUCKETS):
            if self.histogram[i]:
                total += self.histogram[i]
                upper = 1
                while upper * 1000 < bucket_limit_ns(i):
                    upper *= 2
                counts[upper] = total
        return counts

    def latency_percentiles(self, percentiles: list) -> list:
        """Microseconds below which so many percent of the calls stayed."""
        cdef int i
        cdef uint64_t total = 0, seen
        for i in range(HISTOGRAM_BUCKETS):
            total += self.histogram[i]
        results = []
        for percentile in percentiles:
            wanted = total * percentile / 100.0
            seen = 0
            value = 0.0
            for i in range(HISTOGRAM_BUCKETS):
                seen += self.histogram[i]
                if self.histogram[i]:
                    value = bucket_limit_ns(i) / 1000.0
                if seen and seen >= wanted:
                    break
            results.append(value)
        return results


cdef uint64_t bucket_limit_ns(int i) noexcept:
    """The largest duration of a bucket."""
    cdef int high
    if i < 4:
        return i
    high = (i + 4) // 4
    return ((<uint64_t>1 << high) | (<uint64_t>((i + 4) & 3) << (high - 2))) + (<uint64_t>1 << (high - 2)) - 1


cdef int words_max_of(bytes name, bytes spec):
    """The most words a request may have: without a limit if the last argument may repeat."""
    if not spec or spec[len(spec) - 1:].isupper():
        return INT_MAX
    return (2 if b"|" in name else 1) + <int>len(spec)
