"""The life of a server: clients come and go, time passes, and an orderly end."""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from redpoll.config import SettingRefused
from redpoll.native.client import Client
from redpoll.server.limits import TooFewFiles, adjust_open_files, clients_possible
from redpoll.server.listener import Listener, ListenFailed, check_backlog, open_tcp, open_unix
from redpoll.server.peers import Peer
from redpoll.server.protected import REFUSAL, TOO_MANY_CLIENTS, is_local

if TYPE_CHECKING:
    from redpoll.node import Node

# The cron's period; a tenth of a second is also what Redis's own `hz 10` gives.
CRON_SECONDS = 0.1
# Idle clients are looked for once in this many periods.
TIMEOUT_PERIODS = 10

# Bits of client.flags; see native.client.
SUBSCRIBED, MONITOR, BLOCKED = 4, 8, 128
_MAY_BE_IDLE = SUBSCRIBED | MONITOR | BLOCKED


class Front(Protocol):
    """What accepts connections and moves bytes."""

    name: str
    loop: asyncio.AbstractEventLoop

    def listen(self, listener: Listener) -> None:
        """Begin to accept."""

    def unlisten(self, listener: Listener) -> None:
        """Accept no more."""

    def wake(self) -> None:
        """Come back from waiting to run what was scheduled."""

    def close(self) -> None:
        """Release the loop."""


class Server:
    """A node with sockets. Commands reach it as `node.server`."""

    def __init__(self, node: Node, front: Callable[[Server], Front], executable: str, arguments: Sequence[str]) -> None:
        self.node = node
        self.executable = executable
        self.arguments = list(arguments)
        self.config_file: str = node.config.file_path or ""
        self.pid = os.getpid()
        self.started_ms = node.started_ms
        self.supervised = "no"
        self.listeners: list[Listener] = []
        self.clients_max: int = node.config["maxclients"]
        self.keepalive_seconds: int = node.config["tcp-keepalive"]
        self.exit_status = 0
        self._stopping = False
        self._ended = False
        self._periods = 0
        self.front = front(self)
        self.loop = self.front.loop
        node.server = self
        self._follow_settings()

    @property
    def io_name(self) -> str:
        """How sockets are watched, as INFO names it."""
        return self.front.name

    @property
    def port(self) -> int:
        """The TCP port, 0 if there is none."""
        return next((each.port for each in self.listeners if each.name == "tcp"), 0)

    # --- clients -----------------------------------------------------------------------------------------------------

    def refusal(self, host: str) -> bytes | None:
        """Why a new connection from `host` is not wanted, as the words to send; None if it is welcome."""
        node = self.node
        if len(node.clients) >= self.clients_max:
            node.stats.rejected_connections += 1
            return TOO_MANY_CLIENTS
        config = node.config
        if not is_local(host) and config["protected-mode"] and not config["requirepass"]:
            node.stats.rejected_connections += 1
            return REFUSAL
        return None

    def admit(self, fd: int, peer: Peer) -> Client:
        """A client for a new connection."""
        client = self.node.new_client(fd)
        client.address = peer.address
        client.local_address = peer.local_address
        self.node.stats.connections_received += 1
        self.node.log.verbose(f"Accepted {peer.address.decode('utf-8', 'replace')}")
        return client

    def dismiss(self, client: Client) -> None:
        """Forget a client whose connection is gone."""
        self.node.log.verbose(f"Client closed connection id={client.id}")
        self.node.forget_client(client)

    # --- listening ---------------------------------------------------------------------------------------------------

    def open_listeners(self) -> None:
        """Listen wherever the configuration says, or raise ListenFailed."""
        config = self.node.config
        if config["port"] and config["bind"]:
            self._add(self._open_tcp(config["bind"], config["port"]))
        if config["unixsocket"]:
            self._add(open_unix(config["unixsocket"], config["unixsocketperm"], config["tcp-backlog"]))
        if not self.listeners:
            raise ListenFailed("Configured to not listen anywhere, exiting.")
        warning = check_backlog(config["tcp-backlog"])
        if warning is not None:
            self.node.log.warning(warning)

    def _open_tcp(self, addresses: Sequence[str], port: int) -> Listener:
        listener = open_tcp(addresses, port, self.node.config["tcp-backlog"], self.node.log.warning)
        listener.set_keepalive(self.keepalive_seconds)
        return listener

    def _add(self, listener: Listener) -> None:
        self.listeners.append(listener)
        self.front.listen(listener)

    def move_tcp(self, addresses: Sequence[str], port: int) -> None:
        """Listen elsewhere; the old sockets stay open if the new ones cannot be had (ListenFailed)."""
        old = [each for each in self.listeners if each.name == "tcp"]
        # The same port on other addresses overlaps what is open: it must be closed first, and reopened on failure.
        overlaps = bool(old) and old[0].port == port
        if overlaps:
            self._remove(old)
        try:
            fresh = self._open_tcp(addresses, port) if port and addresses else None
        except ListenFailed:
            if overlaps:
                self._add(self._open_tcp(old[0].addresses, port))
            raise
        if not overlaps:
            self._remove(old)
        if fresh is not None:
            self.listeners.insert(0, fresh)
            self.front.listen(fresh)

    def _follow_settings(self) -> None:
        """Apply what CONFIG SET changes."""
        config = self.node.config
        config.on_change("port", lambda port: self._change_port(config["bind"], port))
        config.on_change("bind", lambda addresses: self._change_addresses(addresses, config["port"]))
        config.on_change("tcp-keepalive", self._change_keepalive)
        config.on_change("maxclients", self._change_clients_max)

    def _change_port(self, addresses: Sequence[str], port: int) -> None:
        try:
            self.move_tcp(addresses, port)
        except ListenFailed as error:
            raise SettingRefused("Unable to listen on this port. Check server logs.") from error

    def _change_addresses(self, addresses: Sequence[str], port: int) -> None:
        try:
            self.move_tcp(addresses, port)
        except ListenFailed as error:
            raise SettingRefused("Failed to bind to specified addresses.") from error

    def _change_keepalive(self, seconds: int) -> None:
        self.keepalive_seconds = seconds
        for each in self.listeners:
            each.set_keepalive(seconds)

    def _change_clients_max(self, wanted: int) -> None:
        log = self.node.log
        try:
            possible = adjust_open_files(wanted, log.warning, log.notice)
        except TooFewFiles:
            possible = 0
        if possible < wanted:
            raise SettingRefused(
                "The operating system is not able to handle the specified number of clients, "
                f"try with {clients_possible()}"
            )
        self.clients_max = wanted

    def _remove(self, listeners: Sequence[Listener]) -> None:
        for each in listeners:
            self.front.unlisten(each)
            each.close()
            self.listeners.remove(each)

    # --- time --------------------------------------------------------------------------------------------------------

    def call_later(self, seconds: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        """Call back once after `seconds`, between two batches."""
        handle = self.loop.call_later(seconds, callback)
        # The loop may be waiting for longer than that.
        self.front.wake()
        return handle

    def _tick(self) -> None:
        if self._ended:
            return
        self.loop.call_later(CRON_SECONDS, self._tick)
        self._periods += 1
        self.node.tick()
        if self._periods % TIMEOUT_PERIODS == 0:
            self._close_idle_clients()

    def _close_idle_clients(self) -> None:
        timeout_ms = self.node.config["timeout"] * 1000
        if not timeout_ms:
            return
        latest_ms = self.node.clock.now_ms() - timeout_ms
        for client in list(self.node.clients.values()):
            if client.last_interaction_ms < latest_ms and not client.flags & _MAY_BE_IDLE:
                self.node.log.verbose("Closing idle client")
                client.close()

    # --- the end -----------------------------------------------------------------------------------------------------

    def run(self) -> int:
        """Serve until the end; returns the exit status."""
        self.loop.set_exception_handler(self._report)
        self.loop.call_later(CRON_SECONDS, self._tick)
        try:
            self.loop.run_forever()
        except Exception as error:
            # The state may be anything: a supervisor starts afresh, and the report says what to mend.
            self.node.log.raw(bug_report(error))
            self.exit_status = 1
        finally:
            self.close()
        return self.exit_status

    def _report(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        trace = "" if error is None else "\n" + "".join(traceback.format_exception(error))
        self.node.log.warning(f"{context['message']}{trace}")

    def shutdown(self, save: bool | None = None, now: bool = False, force: bool = False) -> bool:
        """Begin an orderly end, after the current batch. There is nothing to save or to wait for that could refuse."""
        if not self._stopping:
            self._stopping = True
            self.node.log.notice("User requested shutdown...")
            self.loop.call_soon(self._finish)
            self.front.wake()
        return True

    def abort_shutdown(self) -> bool:
        """Cancel a shutdown that waits; none does, so there is none to cancel."""
        return False

    def _finish(self) -> None:
        self._ended = True
        self.loop.stop()

    def close(self) -> None:
        """Stop listening and release the loop."""
        if any(each.name == "unix" for each in self.listeners):
            self.node.log.notice("Removing the unix socket file.")
        self._remove(list(self.listeners))
        self.front.close()


def bug_report(error: BaseException) -> str:
    """What the log says of an end that nobody asked for."""
    trace = "".join(traceback.format_exception(error))
    return f"\n=== REDIS BUG REPORT START ===\n------ STACK TRACE ------\n{trace}=== REDIS BUG REPORT END ===\n"
