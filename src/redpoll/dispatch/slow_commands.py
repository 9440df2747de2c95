"""What happens when a command took long: the slow log and the latency monitor share one watch on the executor."""

from __future__ import annotations

from typing import Any

from redpoll.dispatch.declare import FAST, SKIP_SLOWLOG
from redpoll.dispatch.latency_monitor import LatencyMonitor
from redpoll.dispatch.slowlog_store import SlowLog
from redpoll.native.client import Client
from redpoll.native.command_entry import CommandEntry
from redpoll.native.executor import Executor

NEVER = -1


class SlowCommands:
    """Sets the executor's threshold to the lower of the two, and hands each slow command to whom it concerns."""

    def __init__(self, executor: Executor, slowlog: SlowLog, latency: LatencyMonitor) -> None:
        self._executor = executor
        self._slowlog = slowlog
        self._latency = latency
        self._slowlog_threshold_us = executor.slowlog_threshold_us
        executor.on_slow = self.took_long

    def follow(self, config: Any) -> None:
        """Take the settings that concern slow commands, now and whenever they change."""
        for name, apply in (
            ("slowlog-log-slower-than", self.set_slowlog_threshold),
            ("slowlog-max-len", self._slowlog.set_length_max),
            ("latency-monitor-threshold", self.set_latency_threshold),
        ):
            apply(config.get(name))
            config.on_change(name, apply)

    def set_slowlog_threshold(self, threshold_us: int) -> None:
        """Log commands that take at least so many microseconds; a negative number: none."""
        self._slowlog_threshold_us = threshold_us
        self._settle()

    def set_latency_threshold(self, threshold_ms: int) -> None:
        """Observe commands that take at least so many milliseconds; 0: none."""
        self._latency.threshold_ms = threshold_ms
        self._settle()

    def _settle(self) -> None:
        wanted = [self._latency.threshold_ms * 1000] if self._latency.threshold_ms else []
        wanted += [self._slowlog_threshold_us] if self._slowlog_threshold_us >= 0 else []
        self._executor.slowlog_threshold_us = min(wanted, default=NEVER)

    def took_long(self, client: Client, entry: CommandEntry, argv: list[bytes], duration_us: int) -> None:
        """A command took at least as long as the lower threshold."""
        self._latency.observe(b"fast-command" if entry.flags & FAST else b"command", duration_us // 1000)
        if 0 <= self._slowlog_threshold_us <= duration_us and not entry.flags & SKIP_SLOWLOG:
            self._slowlog.record(client, entry, argv, duration_us)
