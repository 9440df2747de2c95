"""A node, built from its parts by hand: every dependency is handed over here, and nowhere else.

A node has no sockets. `server` gives it some; embedded, it is used as it is.
"""

from __future__ import annotations

import os
import random
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from redpoll.clock import Clock, SystemClock
from redpoll.commands import families
from redpoll.config import Config, ConfigError
from redpoll.dispatch.declare import Family
from redpoll.dispatch.hub import Sessions
from redpoll.dispatch.latency_monitor import LatencyMonitor
from redpoll.dispatch.slow_commands import SlowCommands
from redpoll.dispatch.slowlog_store import SlowLog
from redpoll.dispatch.statistics import Statistics
from redpoll.dispatch.table import CommandTable
from redpoll.native.client import Client
from redpoll.native.command_entry import CommandEntry
from redpoll.native.executor import Context, Executor
from redpoll.native.keyspace import Keyspace

if TYPE_CHECKING:
    from redpoll.server.lifecycle import Server

# Steps of work that is nobody's in particular: small enough that no client notices.
EXPIRED_EACH_CYCLE = 512
FREED_EACH_CYCLE = 512
REHASHED_EACH_TICK = 4096


class Log(Protocol):
    """Where a node writes what operators should know."""

    def debug(self, message: str, *values: object) -> None:
        """Of use to developers."""

    def verbose(self, message: str, *values: object) -> None:
        """Of rare use."""

    def notice(self, message: str, *values: object) -> None:
        """What one wants to see of a server in production."""

    def warning(self, message: str, *values: object) -> None:
        """What somebody should look at."""

    def raw(self, text: str) -> None:
        """A text as it is, of several lines."""


class SilentLog:
    """Says nothing."""

    def debug(self, message: str, *values: object) -> None:
        """Say nothing."""

    def verbose(self, message: str, *values: object) -> None:
        """Say nothing."""

    def notice(self, message: str, *values: object) -> None:
        """Say nothing."""

    def warning(self, message: str, *values: object) -> None:
        """Say nothing."""

    def raw(self, text: str) -> None:
        """Say nothing."""


@dataclass
class Surroundings:
    """What a node gets from outside: time, chance, and where it writes its log."""

    clock: Clock = field(default_factory=SystemClock)
    random: random.Random = field(default_factory=random.SystemRandom)
    log: Log = field(default_factory=SilentLog)
    sleep: Callable[[float], None] = time.sleep


class Node:
    """One data store: keyspace, commands, clients and their statistics."""

    def __init__(self, config: Config, around: Surroundings, command_families: Iterable[Family] | None = None) -> None:
        self.config = config
        self.clock = around.clock
        self.random = around.random
        self.log = around.log
        self.pid = os.getpid()
        self.run_id = b"%040x" % around.random.getrandbits(160)
        self.started_ms = around.clock.now_ms()
        self.monotonic_started_ns = around.clock.monotonic_ns()
        self.server: Server | None = None
        self.clients: dict[int, Client] = {}
        self._last_client_id = 0
        self._calls: list[_Call] = []
        self.keyspace = Keyspace(config["databases"], around.random.randbytes(16))
        self.keyspace.now_ms = self.started_ms
        self.table = CommandTable(families() if command_families is None else command_families)
        self._rename_commands()
        self.executor = self._build_executor()
        self.sessions = Sessions(self)
        self.stats = Statistics(self.executor, self.keyspace, self.started_ms)
        self.slowlog = SlowLog(self.clock, config["slowlog-max-len"])
        self.latency = LatencyMonitor(self.clock)
        self.slow_commands = SlowCommands(self.executor, self.slowlog, self.latency)
        self.slow_commands.follow(config)
        self.replication_id = b"%040x" % around.random.getrandbits(160)
        self.sleep = around.sleep
        self._follow_settings()

    def _rename_commands(self) -> None:
        for name, new_name in self.config.renamed_commands:
            try:
                self.table.rename(name.encode(), new_name.encode())
            except ValueError as error:
                raise ConfigError(f"rename-command {name} {new_name}\n{error}") from error

    def _build_executor(self) -> Executor:
        context = Context()
        context.node = self
        context.random = self.random
        executor = Executor(self.keyspace, context)
        executor.real_clock = isinstance(self.clock, SystemClock)
        executor.on_failure = self._report_failure
        executor.on_limit = self._report_limit
        self.table.install(executor, CommandEntry)
        return executor

    def _report_failure(self, client: Client, entry: CommandEntry | None, error: Exception) -> None:
        self.stats.unexpected_errors += 1
        name = "a request" if entry is None else entry.name.decode()
        trace = "".join(traceback.format_exception(error))
        self.log.warning(f"{name} of client {client.id} failed by a mistake of Redpoll:\n{trace}")

    def _report_limit(self, client: Client, waiting: int) -> None:
        self.stats.output_buffer_limit_disconnections += 1
        self.log.warning(f"Client id={client.id} closed: {waiting} bytes of output exceed its limits.")

    # --- settings ----------------------------------------------------------------------------------------------------

    def _follow_settings(self) -> None:
        """Apply the settings of the core, now and whenever they change."""
        follow: dict[str, Callable[[Any], object]] = {
            "client-query-buffer-limit": self._set_request_limits,
            "proto-max-bulk-len": self._set_request_limits,
            "client-output-buffer-limit": self._set_output_limits,
            "notify-keyspace-events": self.sessions.set_notified_classes,
            "maxmemory-policy": self._set_policy,
            "lfu-log-factor": self._set_frequency_rates,
            "lfu-decay-time": self._set_frequency_rates,
            "hash-max-listpack-entries": self._set_packing,
            "hash-max-listpack-value": self._set_packing,
            "list-max-listpack-size": self._set_packing,
            "hll-sparse-max-bytes": self._set_sparse_bytes_max,
        }
        for name, apply in follow.items():
            self.config.on_change(name, apply)
            apply(self.config[name])

    def _set_request_limits(self, _: int) -> None:
        config = self.config
        self.executor.set_request_limits(config["proto-max-bulk-len"], config["client-query-buffer-limit"])

    def _set_output_limits(self, limits: dict[str, tuple[int, int, int]]) -> None:
        for kind, name in enumerate(("normal", "replica", "pubsub")):
            hard, soft, seconds = limits[name]
            self.executor.set_output_limit(kind, hard, soft, seconds * 1000)

    def _set_policy(self, policy: str) -> None:
        self.keyspace.frequency = "lfu" in policy

    def _set_frequency_rates(self, _: int) -> None:
        self.keyspace.set_frequency_rates(self.config["lfu-log-factor"], self.config["lfu-decay-time"])

    def _set_packing(self, _: int) -> None:
        names = ("hash-max-listpack-entries", "hash-max-listpack-value", "list-max-listpack-size")
        self.keyspace.set_packing(*(self.config[name] for name in names))

    def _set_sparse_bytes_max(self, size: int) -> None:
        self.keyspace.sparse_bytes_max = size

    # --- clients -----------------------------------------------------------------------------------------------------

    def next_client_id(self) -> int:
        """A number no client had before."""
        self._last_client_id += 1
        return self._last_client_id

    def new_client(self, fd: int = -1) -> Client:
        """A client of this node; -1 stands for one without a socket."""
        client = Client(fd, self.next_client_id(), self.executor)
        client.created_ms = client.last_interaction_ms = self.clock.now_ms()
        client.address = client.local_address = b""
        self.clients[client.id] = client
        self.sessions.opened(client)
        return client

    def forget_client(self, client: Client) -> None:
        """The client is gone; calling it twice does no harm."""
        if self.clients.pop(client.id, None) is not None:
            self.sessions.closed(client)
            client.closed_by_peer()

    # --- time --------------------------------------------------------------------------------------------------------

    def begin_cycle(self) -> None:
        """Take the time; for whoever feeds the executor without a reactor. What is due happens now."""
        keyspace = self.keyspace
        keyspace.now_ms = self.clock.now_ms()
        if 0 <= keyspace.next_deadline_ms() <= keyspace.now_ms:
            keyspace.expire_due(EXPIRED_EACH_CYCLE)
        keyspace.lazy_free_step(FREED_EACH_CYCLE)
        if self._calls:
            self._make_due_calls()
        self.executor.ring_alarm()

    def next_due_ms(self) -> int:
        """When `begin_cycle` has something to do that cannot be late: the next deadline of a key or a wait, or -1."""
        return min(
            (when for when in (self.keyspace.next_deadline_ms(), self.executor.alarm_ms) if when >= 0), default=-1
        )

    def _make_due_calls(self) -> None:
        now_ms = self.keyspace.now_ms
        due = [each for each in self._calls if each.when_ms <= now_ms]
        self._calls = [each for each in self._calls if each.when_ms > now_ms]
        for each in due:
            each.callback()

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Any:
        """Call back after `seconds`; the handle has `cancel()`. Embedded, the next cycle after that time does it."""
        if self.server is not None:
            return self.server.call_later(seconds, callback)
        call = _Call(self.clock.now_ms() + round(seconds * 1000), callback, self._calls)
        self._calls.append(call)
        return call

    def tick(self) -> None:
        """What happens every tenth of a second."""
        self.keyspace.rehash_step(REHASHED_EACH_TICK)
        now_ms = self.clock.now_ms()
        self.stats.sample(now_ms)
        self.sessions.tick(now_ms)


@dataclass(eq=False)
class _Call:
    when_ms: int
    callback: Callable[[], object]
    waiting: list[_Call]

    def cancel(self) -> None:
        """Do not call back."""
        if self in self.waiting:
            self.waiting.remove(self)
