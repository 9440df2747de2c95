"""Commands that wait: for keys to come, or only for a time; who waits is served in the order of arrival.

A command that finds nothing calls `wait` and answers nothing. When one of its keys comes as what it waits for, the
whole command is run once more, after the command (or transaction) that brought the key: it then finds what it wants, or
meets an error, or waits again. So a family of commands needs nothing but its ordinary handlers to block.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any

from redpoll.clock import Clock
from redpoll.dispatch.arguments import INT64_MAX, parse_int
from redpoll.dispatch.reply_modes import MUTED, run_muted
from redpoll.dispatch.session import session_of
from redpoll.errors import CommandError, NotFloat
from redpoll.native.calling import parse_float
from redpoll.native.client import CLOSE_AFTER_REPLY, CLOSE_ASAP, IN_MULTI, Client
from redpoll.native.command_entry import CommandEntry
from redpoll.native.database import Database
from redpoll.native.executor import Executor
from redpoll.native.keyspace import Keyspace
from redpoll.replies import NO_REPLY, NULL_ARRAY

if TYPE_CHECKING:
    from redpoll.native.executor import Context

# A wait without end.
FOREVER = 0
ROUNDING_ERROR_MS = 1e-6
# Alarms of waits that have ended by themselves are swept out when there are so many, and more than those that stand.
STALE_ALARMS_MAX = 64

Place = tuple[int, bytes]
Resume = Callable[[Client, CommandEntry, list[bytes]], None]


def parse_timeout(word: bytes, now_ms: int) -> int:
    """Milliseconds of a timeout in seconds, rounded up; FOREVER for zero."""
    try:
        seconds = parse_float(word)
    except NotFloat:
        raise CommandError("ERR timeout is not a float or out of range") from None
    milliseconds = seconds * 1000
    if math.isfinite(milliseconds):
        # 0.28 seconds are 280 milliseconds, not a bit more; but a bit is more than nothing, which would be for ever.
        nearest = round(milliseconds)
        is_whole = nearest and abs(milliseconds - nearest) < ROUNDING_ERROR_MS
        milliseconds = nearest if is_whole else math.ceil(milliseconds)
    return _checked(milliseconds, now_ms)


def parse_timeout_ms(word: bytes, now_ms: int) -> int:
    """A timeout in milliseconds; FOREVER for zero."""
    return _checked(parse_int(word, "ERR timeout is not an integer or out of range"), now_ms)


def _checked(milliseconds: float, now_ms: int) -> int:
    if milliseconds > INT64_MAX - now_ms:
        raise CommandError("ERR timeout is out of range")
    if milliseconds < 0:
        raise CommandError("ERR timeout is negative")
    return int(milliseconds)


@dataclass(eq=False, slots=True)
class Waiter:
    """One client's command that waits."""

    client: Client
    entry: CommandEntry
    argv: list[bytes]
    places: tuple[Place, ...]
    # The type that a key must have to be of use, by the name TYPE gives it.
    kind: bytes
    # The reply when the time is over.
    late: Any
    # FOREVER, or a time of the wall clock.
    deadline_ms: int


class Blocking:
    """All commands that wait; see the module."""

    def __init__(self, keyspace: Keyspace, executor: Executor, clock: Clock, resume: Resume) -> None:
        self._keyspace = keyspace
        self._executor = executor
        self._clock = clock
        # Runs a command that has waited, as if it had just come in.
        self._resume = resume
        self._queues: dict[Place, OrderedDict[Waiter, None]] = {}
        self._alarms: list[tuple[int, int, Waiter]] = []
        self._alarm_number = 0
        self._timed_count = 0
        # Whose command is being run again.
        self._resumed: Waiter | None = None
        executor.on_ready = self.serve
        executor.on_alarm = self.ring

    # --- the beginning of a wait -------------------------------------------------------------------------------------

    def wait(
        self, ctx: Context, timeout_ms: int, late: Any = NULL_ARRAY, keys: Iterable[bytes] = (), kind: bytes = b""
    ) -> Any:
        """Let the running command wait until one of the keys is of this kind; the handler returns what this returns."""
        client = ctx.client
        assert may_wait(ctx), "a transaction never waits"
        index = client.db_index
        places = tuple([(index, key) for key in dict.fromkeys(keys)])
        waiter = Waiter(client, ctx.command, ctx.raw_argv(), places, kind, late, self._deadline(client, timeout_ms))
        session = session_of(client)
        assert session.waiter is None, "a client waits for one thing at a time"
        session.waiter = waiter
        session.held = waiter.argv
        if places:
            self._queue(waiter)
        if waiter.deadline_ms != FOREVER:
            self._timed_count += 1
            self._alarm_number += 1
            heappush(self._alarms, (waiter.deadline_ms, self._alarm_number, waiter))
            self._set_alarm()
        client.block()
        return NO_REPLY

    def _deadline(self, client: Client, timeout_ms: int) -> int:
        resumed = self._resumed
        if resumed is not None and resumed.client is client:
            # What was served in vain goes on waiting, not longer than it wanted to at first.
            return resumed.deadline_ms
        # From this very moment, not from the beginning of the cycle: nobody waits for less than he asked.
        return -((-self._clock.now_us() - timeout_ms * 1000) // 1000) if timeout_ms else FOREVER

    def _queue(self, waiter: Waiter) -> None:
        queues = self._queues
        if not queues:
            self._keyspace.awaited = queues
        for place in waiter.places:
            queue = queues.get(place)
            if queue is None:
                queue = queues[place] = OrderedDict()
            queue[waiter] = None

    # --- the end of a wait -------------------------------------------------------------------------------------------

    def _leave(self, waiter: Waiter) -> None:
        session = session_of(waiter.client)
        assert session.waiter is waiter, "who leaves has waited"
        session.waiter = None
        session.held = ()
        queues = self._queues
        for place in waiter.places:
            queue = queues[place]
            del queue[waiter]
            if not queue:
                del queues[place]
        if not queues:
            self._keyspace.awaited = None
        if waiter.deadline_ms != FOREVER:
            self._timed_count -= 1
            self._sweep_alarms()

    def serve(self) -> None:
        """Serve who waits for keys that have come, and then for those that serving has brought."""
        while ready := self._keyspace.take_ready():
            for place in ready:
                self._serve_place(place)

    def _serve_place(self, place: Place) -> None:
        queue = self._queues.get(place, ())
        db = self._keyspace[place[0]]
        # Whoever waits again does so at the end: everybody is tried once.
        for _ in range(len(queue)):
            waiter = self._next(db, place)
            if waiter is None:
                return
            self._leave(waiter)
            if waiter.client.flags & (CLOSE_ASAP | CLOSE_AFTER_REPLY):
                # It is going away: what it would take would be lost.
                continue
            self._resumed = waiter
            try:
                self._resume(waiter.client, waiter.entry, waiter.argv)
            finally:
                self._resumed = None

    def _next(self, db: Database, place: Place) -> Waiter | None:
        """Who has waited longest for the key as it is now."""
        kind = db.type_name(place[1])
        if kind is None:
            return None
        for waiter in self._queues.get(place, ()):
            if waiter.kind == kind:
                return waiter
        return None

    def unblock(self, client: Client, with_error: bool) -> bool:
        """End a client's wait with an error or as if its time were over; False if it does not wait."""
        waiter: Waiter | None = None if client.session is None else session_of(client).waiter
        if waiter is None:
            return False
        if not with_error:
            self._dismiss(waiter, waiter.late)
            return True
        error = CommandError("UNBLOCKED client unblocked via CLIENT UNBLOCK")
        counts = self._executor.error_counts
        counts[error.code] = counts.get(error.code, 0) + 1
        waiter.entry.reject()
        self._dismiss(waiter, error)
        return True

    def _dismiss(self, waiter: Waiter, reply: Any) -> None:
        """Answer a client that has waited in vain."""
        client = waiter.client
        self._leave(waiter)
        client.unblock()
        waiter.entry.count()
        if client.flags & MUTED:
            reply = run_muted(client, lambda: reply)
        if reply is not NO_REPLY:
            client.push(reply)

    def forget(self, client: Client) -> None:
        """The client is gone."""
        waiter: Waiter | None = session_of(client).waiter
        if waiter is not None:
            self._leave(waiter)

    # --- time --------------------------------------------------------------------------------------------------------

    def ring(self) -> None:
        """End the waits whose time is over, the earliest first."""
        alarms, now_ms = self._alarms, self._clock.now_ms()
        while alarms and alarms[0][0] <= now_ms:
            waiter = heappop(alarms)[2]
            if _stands(waiter):
                self._dismiss(waiter, waiter.late)
                alarms = self._alarms
        self._set_alarm()
        # Within a cycle this is left to its end.
        self._executor.settle_clients()

    def _sweep_alarms(self) -> None:
        if len(self._alarms) > STALE_ALARMS_MAX + 2 * self._timed_count:
            self._alarms = [alarm for alarm in self._alarms if _stands(alarm[2])]
            heapify(self._alarms)
            self._set_alarm()

    def _set_alarm(self) -> None:
        self._executor.alarm_ms = self._alarms[0][0] if self._alarms else -1

    # --- figures -----------------------------------------------------------------------------------------------------

    @property
    def key_count(self) -> int:
        """Keys that somebody waits for."""
        return len(self._queues)

    @property
    def timed_count(self) -> int:
        """Clients that do not wait for ever."""
        return self._timed_count

    def check(self) -> None:
        """Assert that all who wait are in their queues, in order, and that nothing is kept for nobody."""
        assert self._keyspace.awaited is (self._queues or None)
        timed = [alarm[2] for alarm in self._alarms if _stands(alarm[2])]
        assert len(timed) == self._timed_count
        assert len(self._alarms) <= STALE_ALARMS_MAX + 2 * self._timed_count
        assert self._executor.alarm_ms == (min(self._alarms)[0] if self._alarms else -1)
        for place, queue in self._queues.items():
            assert queue, "a key is kept for nobody"
            assert all(_stands(waiter) and place in waiter.places for waiter in queue)
        for waiter in timed:
            assert all(waiter in self._queues[place] for place in waiter.places)


def _stands(waiter: Waiter) -> bool:
    return session_of(waiter.client).waiter is waiter


def may_wait(ctx: Context) -> bool:
    """False inside a transaction: a command that finds nothing answers so at once."""
    return not ctx.client.flags & IN_MULTI
