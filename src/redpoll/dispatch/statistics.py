"""Counters of a node since its start or since CONFIG RESETSTAT, rates, and the most memory it used."""

from __future__ import annotations

from redpoll.dispatch.process_figures import resident_bytes
from redpoll.native.executor import Executor
from redpoll.native.keyspace import Keyspace

# A rate is the mean of so many samples; at ten a second they cover a bit more than a second.
RATE_SAMPLES = 16


class Rate:
    """How fast a counter grows per second, as the mean of the last samples."""

    def __init__(self) -> None:
        self._samples = [0.0] * RATE_SAMPLES
        self._next = 0
        self._count = 0

    def sample(self, count: int, elapsed_ms: int) -> None:
        """Take the counter's value after `elapsed_ms`."""
        self._samples[self._next] = (count - self._count) * 1000 / elapsed_ms
        self._next = (self._next + 1) % RATE_SAMPLES
        self._count = count

    def restart(self, count: int = 0) -> None:
        """Forget all samples; the counter stands at `count`."""
        self._samples = [0.0] * RATE_SAMPLES
        self._count = count

    @property
    def per_second(self) -> float:
        """The mean of the last samples."""
        return sum(self._samples) / RATE_SAMPLES


class Statistics:
    """What INFO tells that no other part counts."""

    def __init__(self, executor: Executor, keyspace: Keyspace, now_ms: int) -> None:
        self._executor = executor
        self._keyspace = keyspace
        self._sampled_ms = now_ms
        # What the interpreter and the program take before there is any data.
        self.startup_bytes = max(0, resident_bytes() - keyspace.memory_used())
        self.peak_bytes = self.used_bytes
        self.commands_rate = Rate()
        self.input_rate = Rate()
        self.output_rate = Rate()
        self._zero_counters()

    def _zero_counters(self) -> None:
        self.connections_received = 0
        self.rejected_connections = 0
        self.query_buffer_limit_disconnections = 0
        self.output_buffer_limit_disconnections = 0
        self.evicted_keys = 0
        self.evicted_clients = 0
        # Mistakes of Redpoll itself that a client saw as an error.
        self.unexpected_errors = 0

    @property
    def commands_processed(self) -> int:
        """Commands executed."""
        return self._executor.commands_processed

    @property
    def net_input_bytes(self) -> int:
        """Bytes received from clients."""
        return self._executor.total_net_in

    @property
    def net_output_bytes(self) -> int:
        """Bytes sent to clients."""
        return self._executor.total_net_out

    @property
    def error_replies(self) -> int:
        """Errors sent to clients."""
        return sum(self._executor.error_counts.values())

    @property
    def used_bytes(self) -> int:
        """Memory in use without the buffers of clients: the program's and the data's."""
        return self.startup_bytes + self._keyspace.memory_used()

    def note_memory(self, used_bytes: int) -> None:
        """Remember the most that was ever used."""
        if used_bytes > self.peak_bytes:
            self.peak_bytes = used_bytes

    def sample(self, now_ms: int) -> None:
        """Take samples of the rates and of the memory; to be called every tenth of a second."""
        self.note_memory(self.used_bytes)
        elapsed_ms = now_ms - self._sampled_ms
        if elapsed_ms <= 0:
            # The clock was set back: start over from here.
            self._sampled_ms = now_ms
            return
        self._sampled_ms = now_ms
        self.commands_rate.sample(self.commands_processed, elapsed_ms)
        self.input_rate.sample(self.net_input_bytes, elapsed_ms)
        self.output_rate.sample(self.net_output_bytes, elapsed_ms)

    def reset(self) -> None:
        """Begin to count anew, as CONFIG RESETSTAT asks."""
        executor = self._executor
        self._keyspace.reset_statistics()
        executor.commands_processed = 0
        executor.total_net_in = 0
        executor.total_net_out = 0
        executor.error_counts.clear()
        for entry in executor.all_entries():
            entry.reset()
            for each in (entry.subcommands or {}).values():
                each.reset()
        for rate in (self.commands_rate, self.input_rate, self.output_rate):
            rate.restart()
        self._zero_counters()
