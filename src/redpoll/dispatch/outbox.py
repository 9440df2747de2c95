"""Messages to clients out of turn, and their order: what a command sends to its own client follows its reply."""

from __future__ import annotations

from typing import Any

from redpoll.native.client import Client


class Outbox:
    """Sends messages, and holds back those for the client whose command is running."""

    def __init__(self) -> None:
        # The client whose messages are being kept, because its command is running.
        self.running: Client | None = None
        self._held: list[Any] = []

    def hold(self, client: Client) -> None:
        """Keep messages for this client until `release`."""
        self.running = client

    def release(self) -> list[Any]:
        """Stop keeping; what was kept, to be sent after the reply."""
        held, self._held = self._held, []
        self.running = None
        return held

    def send(self, client: Client, message: Any, encoded: bytes) -> None:
        """Send a message that is encoded already, because others receive it too."""
        if client is self.running:
            self._held.append(message)
        else:
            client.push_raw(encoded)
