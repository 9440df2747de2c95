"""Time as an argument: a clock is handed to whoever needs one, so that tests and simulations own it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Where a node gets the time from."""

    def now_ms(self) -> int:
        """Wall clock, milliseconds since the Unix epoch."""

    def now_us(self) -> int:
        """Wall clock, microseconds since the Unix epoch."""

    def monotonic_ns(self) -> int:
        """A clock that never goes back, nanoseconds from an arbitrary start."""


class SystemClock:
    """The clock of the operating system."""

    def now_ms(self) -> int:
        """Wall clock, milliseconds since the Unix epoch."""
        return time.time_ns() // 1_000_000

    def now_us(self) -> int:
        """Wall clock, microseconds since the Unix epoch."""
        return time.time_ns() // 1_000

    def monotonic_ns(self) -> int:
        """Nanoseconds from an arbitrary start, never going back."""
        return time.monotonic_ns()


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, start_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = start_ms

    def now_ms(self) -> int:
        """The time last set, milliseconds since the Unix epoch."""
        return self._now_ms

    def now_us(self) -> int:
        """The time last set, microseconds since the Unix epoch."""
        return self._now_ms * 1_000

    def monotonic_ns(self) -> int:
        """The time last set, in nanoseconds."""
        return self._now_ms * 1_000_000

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self._now_ms += round(seconds * 1000)

    def set_ms(self, now_ms: int) -> None:
        """Jump to a wall-clock time in milliseconds."""
        self._now_ms = now_ms
