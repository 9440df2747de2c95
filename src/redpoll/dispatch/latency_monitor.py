"""Latency spikes: for each kind of event the last times it took longer than a threshold, and a report of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from redpoll.clock import Clock

# Spikes kept of each event: as many as Redis keeps.
SPIKES_MAX = 160


class Spike(NamedTuple):
    """The slowest time within one second."""

    when_s: int
    duration_ms: int


@dataclass(slots=True)
class EventHistory:
    """The spikes of one kind of event."""

    spikes: deque[Spike] = field(default_factory=lambda: deque(maxlen=SPIKES_MAX))
    longest_ms: int = 0
    total_ms: int = 0
    count: int = 0

    def add(self, spike: Spike) -> None:
        """Note a spike; of those within one second the worst is kept."""
        self.longest_ms = max(self.longest_ms, spike.duration_ms)
        self.total_ms += spike.duration_ms
        self.count += 1
        if self.spikes and self.spikes[-1].when_s == spike.when_s:
            self.spikes[-1] = max(self.spikes[-1], spike)
        else:
            self.spikes.append(spike)

    @property
    def average_ms(self) -> float:
        """Mean of the spikes kept."""
        return sum(spike.duration_ms for spike in self.spikes) / len(self.spikes)

    @property
    def deviation_ms(self) -> float:
        """Mean distance from the average."""
        average_ms = self.average_ms
        return sum(abs(spike.duration_ms - average_ms) for spike in self.spikes) / len(self.spikes)


class LatencyMonitor:
    """Spikes by event. `threshold_ms` 0 means that nothing is observed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.threshold_ms = 0
        self.events: dict[bytes, EventHistory] = {}

    def observe(self, event: bytes, duration_ms: int) -> None:
        """Something took this long; it is noted if that is a spike."""
        if self.threshold_ms and duration_ms >= self.threshold_ms:
            spike = Spike(self._clock.now_ms() // 1000, duration_ms)
            self.events.setdefault(event, EventHistory()).add(spike)

    def forget(self, names: tuple[bytes, ...]) -> int:
        """Forget the spikes of these events, or of all if none is named; how many events had any."""
        gone = [name for name in names or tuple(self.events) if self.events.pop(name, None) is not None]
        return len(gone)
