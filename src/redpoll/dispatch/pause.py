"""CLIENT PAUSE: commands are put off, each client's at the point where it stands, and run in order when it ends."""

from __future__ import annotations

from collections.abc import Callable

from redpoll.dispatch.session import PAUSED_ALL, PAUSED_WRITE, session_of
from redpoll.native.client import Client
from redpoll.native.command_entry import CommandEntry
from redpoll.native.executor import Executor


class Pause:
    """Whether clients are paused, until when, and what waits for the end."""

    def __init__(self, executor: Executor, tick_at: Callable[[int], None]) -> None:
        self._executor = executor
        # Asks for a tick at a time.
        self._tick_at = tick_at
        # Runs a command that was put off, as if it had just come in. The gate, which needs a pause to be made.
        self.resume: Callable[[Client, CommandEntry, list[bytes]], None]
        self._postponed: list[tuple[Client, CommandEntry, list[bytes]]] = []
        self.deadline_ms = -1

    def begin(self, deadline_ms: int, everything: bool) -> None:
        """Pause until a time: writes only, or everything. A pause under way gets neither shorter nor milder."""
        self._executor.flags |= PAUSED_ALL if everything else PAUSED_WRITE
        self.deadline_ms = max(self.deadline_ms, deadline_ms)
        self._tick_at(self.deadline_ms)

    def postpone(self, client: Client, entry: CommandEntry, argv: list[bytes]) -> None:
        """Keep this command for later; nothing more of its client is read until then."""
        session_of(client).held = argv
        client.block()
        self._postponed.append((client, entry, argv))

    def end(self) -> None:
        """Let clients go on. What was put off runs at the next tick, because a command is running now."""
        self._executor.flags &= ~(PAUSED_ALL | PAUSED_WRITE)
        self.deadline_ms = 0 if self._postponed else -1
        if self._postponed:
            self._tick_at(0)

    def tick(self, now_ms: int) -> bool:
        """End the pause if its time is over; True if anything was put off, and has now been run."""
        if self.deadline_ms == -1 or now_ms < self.deadline_ms:
            return False
        self.end()
        self.deadline_ms = -1
        postponed, self._postponed = self._postponed, []
        for client, entry, argv in postponed:
            session_of(client).held = ()
            self.resume(client, entry, argv)
        return bool(postponed)

    def forget(self, client: Client) -> None:
        """Drop what a client that is gone was waiting to do."""
        self._postponed = [each for each in self._postponed if each[0] is not client]

    @property
    def postponed_count(self) -> int:
        """How many clients wait."""
        return len(self._postponed)
