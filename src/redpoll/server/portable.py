"""The portable front: the same sessions over asyncio Protocols, where there is no epoll."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, cast

from redpoll.native.client import CLOSE_AFTER_REPLY, CLOSE_ASAP
from redpoll.server.listener import Listener, set_keepalive
from redpoll.server.peers import describe

if TYPE_CHECKING:
    from redpoll.native.client import Client
    from redpoll.server.lifecycle import Server

# Above this many unsent bytes a client is not read any more: what it asks for would only add to them.
UNSENT_BYTES_MAX = 256 * 1024


class PortableFront:
    """Accepts connections as asyncio transports."""

    name = "asyncio"

    def __init__(self, server: Server) -> None:
        self._server = server
        self.loop = asyncio.new_event_loop()
        self._serving: dict[Listener, list[asyncio.Server]] = {}
        self.connections: dict[int, Connection] = {}
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_ms = -1

    def after_cycle(self) -> None:
        """Let the next key expire, and the next wait end, on time, and send what was pushed out of turn."""
        node = self._server.node
        node.executor.settle_clients()
        due_ms = node.next_due_ms()
        if due_ms == self._alarm_ms:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_ms = due_ms
        wait_seconds = max(0, due_ms - node.clock.now_ms()) / 1000
        self._alarm = self.loop.call_later(wait_seconds, self._expire) if due_ms >= 0 else None

    def _expire(self) -> None:
        self._alarm, self._alarm_ms = None, -1
        self._server.node.begin_cycle()
        self.after_cycle()

    def listen(self, listener: Listener) -> None:
        """Begin to accept on every socket of a listener."""
        for each in listener.sockets:
            self.loop.create_task(self._serve(listener, each))

    async def _serve(self, listener: Listener, listening: socket.socket) -> None:
        create = self.loop.create_unix_server if listener.name == "unix" else self.loop.create_server
        started = await create(lambda: Connection(self, self._server), sock=listening, backlog=listening_backlog())
        self._serving.setdefault(listener, []).append(started)

    def unlisten(self, listener: Listener) -> None:
        """Accept no more; the caller closes the sockets afterwards."""
        for each in self._serving.pop(listener, []):
            each.close()

    def wake(self) -> None:
        """asyncio notices by itself what is scheduled from its own thread."""

    def close(self) -> None:
        """Drop the connections and release the loop."""
        for connection in list(self.connections.values()):
            connection.transport.abort()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()


def listening_backlog() -> int:
    """The backlog for sockets that listen already; asyncio calls listen() once more."""
    return socket.SOMAXCONN


class Connection(asyncio.Protocol):
    """One client, between its transport and the executor."""

    def __init__(self, front: PortableFront, server: Server) -> None:
        self._front = front
        self._server = server
        self._client: Client | None = None
        self._paused = False
        self._shut = False
        self._flush_scheduled = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the client, or tell it why not."""
        self.transport = cast(asyncio.Transport, transport)
        connection: socket.socket = transport.get_extra_info("socket")
        peer = describe(connection.family, transport.get_extra_info("peername"), transport.get_extra_info("sockname"))
        refusal = self._server.refusal(peer.host)
        if refusal is not None:
            self.transport.write(refusal)
            self.transport.close()
            return
        if peer.host:
            set_keepalive(connection, self._server.keepalive_seconds)
        self.transport.set_write_buffer_limits(high=UNSENT_BYTES_MAX)
        self._client = self._server.admit(-1, peer)
        self._client.on_output = self._flush_soon
        self._front.connections[self._client.id] = self

    def data_received(self, data: bytes) -> None:
        """Run every command in `data`."""
        client = self._client
        if client is None:
            return
        self._server.node.begin_cycle()
        reply = self._server.node.executor.feed(client, data)
        if reply:
            self.transport.write(reply)
        self._flush()
        self._front.after_cycle()

    def _flush_soon(self, client: Client) -> None:
        if not self._flush_scheduled:
            self._flush_scheduled = True
            self._front.loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Send what others pushed to this client, and hang up if it is to be closed."""
        self._flush_scheduled = False
        client = self._client
        if client is None or self._shut:
            return
        if client.flags & CLOSE_ASAP:
            self._shut = True
            self.transport.abort()
            return
        # What a slow peer has not taken stays with the client, whose output limits then apply to it.
        if self._paused:
            return
        pushed = client.take_output()
        if pushed:
            self.transport.write(pushed)
        if client.flags & CLOSE_AFTER_REPLY:
            self._shut = True
            self.transport.close()

    def pause_writing(self) -> None:
        """The peer reads slowly: read nothing from it until it has caught up."""
        self._paused = True
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """It has."""
        self._paused = False
        if not self._shut:
            self.transport.resume_reading()
            self._flush()

    def eof_received(self) -> bool:
        """A peer that has shut its sending side is gone, as Redis sees it."""
        if self._client is not None:
            # The connection is lost a turn of the loop later: whoever has hung up must not be served until then.
            self._server.node.sessions.blocking.forget(self._client)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the client."""
        client, self._client = self._client, None
        if client is not None:
            self._front.connections.pop(client.id, None)
            self._server.dismiss(client)
