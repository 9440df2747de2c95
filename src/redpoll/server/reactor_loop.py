"""The native front: the reactor serves clients, and is asyncio's selector for everything else.

asyncio's `select()` is the reactor's hot loop. It serves clients without leaving native code and comes back as soon as
one of asyncio's own descriptors, timers or callbacks is due.
"""

from __future__ import annotations

import asyncio
import math
import selectors
import socket
from typing import TYPE_CHECKING, Any

from redpoll.native.reactor import Reactor
from redpoll.server.listener import Listener
from redpoll.server.peers import Peer, peer_of

if TYPE_CHECKING:
    from redpoll.native.client import Client
    from redpoll.server.lifecycle import Server


class ReactorSelector(selectors.EpollSelector):
    """An epoll selector that lets the reactor do the waiting."""

    def __init__(self, reactor: Reactor) -> None:
        super().__init__()
        self._reactor = reactor
        reactor.add_guest(self.fileno())

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Serve clients until a descriptor of asyncio is ready or the time is over."""
        wait_ms = -1 if timeout is None else max(0, math.ceil(timeout * 1000))
        return super().select(0) if self._reactor.serve(wait_ms) else []


class ReactorFront:
    """Accepts connections into the reactor."""

    name = "epoll"

    def __init__(self, server: Server) -> None:
        self._server = server
        self.reactor = Reactor(server.node.executor)
        self.reactor.on_close = server.dismiss
        self.loop: asyncio.AbstractEventLoop = asyncio.SelectorEventLoop(ReactorSelector(self.reactor))

    def listen(self, listener: Listener) -> None:
        """Begin to accept on every socket of a listener."""
        for each in listener.sockets:
            self.reactor.add_listener(each.fileno(), self._acceptor(each))

    def unlisten(self, listener: Listener) -> None:
        """Accept no more; the caller closes the sockets afterwards."""
        for each in listener.sockets:
            self.reactor.remove_listener(each.fileno())

    def wake(self) -> None:
        """Come back from waiting to run what was scheduled."""
        self.reactor.wake()

    def close(self) -> None:
        """Release the loop."""
        self.loop.close()

    def _acceptor(self, listening: socket.socket) -> Any:
        family = listening.family

        def accept(fd: int) -> Client | None:
            connection = socket.socket(family, socket.SOCK_STREAM, 0, fileno=fd)
            try:
                peer: Peer = peer_of(connection)
            except OSError:
                # Gone again before it was looked at.
                connection.close()
                return None
            refusal = self._server.refusal(peer.host)
            if refusal is not None:
                refuse(connection, refusal)
                return None
            connection.detach()
            return self._server.admit(fd, peer)

        return accept


def refuse(connection: socket.socket, words: bytes) -> None:
    """Say why, and hang up; nobody waits for a peer that does not listen."""
    try:
        connection.setblocking(False)
        connection.send(words)
    except OSError:
        pass
    finally:
        connection.close()
