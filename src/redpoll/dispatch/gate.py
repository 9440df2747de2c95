"""The gate: what a command must pass while its client, or the server, is in a rare state.

The native executor calls it only if one bit of `client.flags | executor.flags` is set, before its own checks, with
`entry` None for an unknown command, or the container for an unknown sub-command. It answers PROCEED, or the reply, or
raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redpoll.dispatch.declare import DENYOOM, LOADING, MAY_REPLICATE, NO_AUTH, NO_MULTI, READONLY, WRITE
from redpoll.dispatch.reply_modes import MUTED, run_muted
from redpoll.dispatch.session import (
    MONITORED,
    OVER_MEMORY,
    PAUSED_ALL,
    PAUSED_WRITE,
    READ_ONLY,
    SERVER_LOADING,
    session_of,
)
from redpoll.dispatch.transactions import call
from redpoll.errors import CommandError, NoAuth, UnknownCommand, UnknownSubcommand, WrongArity
from redpoll.native.client import IN_MULTI, MONITOR, NEED_AUTH, SUBSCRIBED, TRACKING, Client
from redpoll.native.command_entry import CommandEntry
from redpoll.native.executor import Executor
from redpoll.replies import NO_REPLY, PROCEED, Several

if TYPE_CHECKING:
    from redpoll.dispatch.hub import Sessions

# Allowed while a RESP2 connection is subscribed: its replies and messages cannot be told apart.
_SUBSCRIBED_COMMANDS = frozenset((
    b"ping", b"subscribe", b"unsubscribe", b"psubscribe", b"punsubscribe", b"ssubscribe", b"sunsubscribe", b"quit",
    b"reset",
))  # fmt: skip
# Run at once inside MULTI instead of being queued.
_CONTROL_COMMANDS = frozenset((b"exec", b"discard", b"multi", b"watch", b"quit", b"reset"))
# What a connection can be in that matters to an EXEC.
_STATES = NEED_AUTH | IN_MULTI | SUBSCRIBED | MONITOR | MUTED | TRACKING


class Gate:
    """Judges one command at a time; see the module."""

    def __init__(self, executor: Executor, sessions: Sessions) -> None:
        self._executor = executor
        self._transactions = sessions.transactions
        self._pause = sessions.pause
        self._monitors = sessions.monitors
        self._tracking = sessions.tracking
        self._passwords = sessions.passwords
        self._outbox = sessions.outbox

    def __call__(self, client: Client, entry: CommandEntry | None, argv: list[bytes]) -> Any:
        """PROCEED if the command may run, else its reply."""
        # The common case first: a transaction that only reads and writes keys, and nobody in a rare state.
        if (
            client.queue_is_plain
            and client.flags & _STATES == IN_MULTI
            and not self._executor.flags
            and entry is not None
            and entry.name == b"exec"
            and len(argv) == 1
        ):
            return PROCEED
        if client.flags & MUTED:
            return self._run_muted(client, entry, argv)
        # Such a client's command may send messages to its own client, and a transaction may: they follow the reply.
        follows = client.flags & (SUBSCRIBED | TRACKING) or (entry is not None and entry.name == b"exec")
        if follows or self._executor.flags & MONITORED:
            return self._run(client, entry, argv)
        return self._judge(client, entry, argv)

    def resume(self, client: Client, entry: CommandEntry, argv: list[bytes]) -> None:
        """Run a command that was put off, and let its client be read again."""
        self._resume(client, entry, argv, True)

    def resume_waiting(self, client: Client, entry: CommandEntry, argv: list[bytes]) -> None:
        """Run a command again that had to wait, and let its client be read again."""
        if client.flags & _STATES or self._executor.flags:
            self._resume(client, entry, argv, False)
            return
        client.unblock()
        reply = call(self._executor, client, entry, argv)
        if reply is not NO_REPLY:
            client.push(reply)

    def _resume(self, client: Client, entry: CommandEntry, argv: list[bytes], tell: bool) -> None:
        client.unblock()
        reply: Any
        try:
            if client.flags & MUTED:
                reply = run_muted(client, lambda: self._run(client, entry, argv, tell))
            else:
                reply = self._run(client, entry, argv, tell)
        except CommandError as error:
            reply = error
        if reply is not NO_REPLY:
            client.push(reply)

    def _run_muted(self, client: Client, entry: CommandEntry | None, argv: list[bytes]) -> Any:
        return run_muted(client, lambda: self._run(client, entry, argv))

    def _run(self, client: Client, entry: CommandEntry | None, argv: list[bytes], tell: bool = True) -> Any:
        """Judge and run a command here, where something follows it; an error is returned, for it is counted already."""
        verdict = self._judge(client, entry, argv)
        if verdict is not PROCEED:
            return verdict
        assert entry is not None, "an unknown command does not pass"
        self._outbox.hold(client)
        reply = call(self._executor, client, entry, argv)
        if client.flags & TRACKING:
            self._track(client, entry, argv)
        if tell:
            self._monitors.tell(client, entry, argv)
        held = self._outbox.release()
        return Several([reply, *held]) if held else reply

    def _track(self, client: Client, entry: CommandEntry, argv: list[bytes]) -> None:
        state = session_of(client).tracking
        self._tracking.remember(client, entry, argv)
        # CLIENT CACHING holds for one command, or one transaction.
        if state is not None and entry.name != b"client|caching" and not client.flags & IN_MULTI:
            state.excepted = False

    def _judge(self, client: Client, entry: CommandEntry | None, argv: list[bytes]) -> Any:
        must_log_in = client.flags & NEED_AUTH and (entry is None or not entry.flags & NO_AUTH)
        if must_log_in and not self._passwords.admit(client):
            raise NoAuth()
        try:
            entry = client.last_command = self._known(entry, argv)
            flags = self._flags_of(client, entry)
            self._check_client(client, entry)
            self._check_server(flags)
        except CommandError as error:
            if client.flags & IN_MULTI:
                self._transactions.reject(client, entry, error)
            raise
        if self._executor.flags & PAUSED_ALL or (
            self._executor.flags & PAUSED_WRITE and flags & (WRITE | MAY_REPLICATE)
        ):
            self._pause.postpone(client, entry, argv)
            return NO_REPLY
        if client.flags & IN_MULTI and entry.name not in _CONTROL_COMMANDS:
            # From now on the executor queues it by itself, where client and server are in no other rare state.
            entry.queues = True
            return self._transactions.queue(client, entry, argv)
        return PROCEED

    def _known(self, entry: CommandEntry | None, argv: list[bytes]) -> CommandEntry:
        if entry is None:
            raise UnknownCommand(argv)
        if entry.subcommands is not None:
            if len(argv) > 1:
                raise UnknownSubcommand(entry.name, argv[1])
            if entry.handler is None:
                raise WrongArity(entry.name)
        if not entry.words_min <= len(argv) <= entry.words_max:
            raise WrongArity(entry.name)
        return entry

    def _flags_of(self, client: Client, entry: CommandEntry) -> int:
        # EXEC is as much a write as the commands it will run.
        if client.flags & IN_MULTI and entry.name == b"exec":
            transaction = session_of(client).transaction
            if transaction is not None:
                return entry.flags | transaction.flags
        return entry.flags

    def _check_client(self, client: Client, entry: CommandEntry) -> None:
        if client.flags & IN_MULTI and entry.flags & NO_MULTI:
            raise CommandError(b"ERR Command '" + entry.name + b"' not allowed inside a transaction")
        if client.flags & SUBSCRIBED and client.resp == 2 and entry.name not in _SUBSCRIBED_COMMANDS:
            raise CommandError(
                b"ERR Can't execute '" + entry.name + b"': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET"
                b" are allowed in this context"
            )
        if client.flags & MONITOR and entry.flags & (READONLY | WRITE | MAY_REPLICATE):
            raise CommandError("ERR Replica can't interact with the keyspace")

    def _check_server(self, flags: int) -> None:
        state = self._executor.flags
        if state & OVER_MEMORY and flags & DENYOOM:
            raise CommandError("OOM command not allowed when used memory > 'maxmemory'.")
        if state & READ_ONLY and flags & WRITE:
            raise CommandError("READONLY You can't write against a read only replica.")
        if state & SERVER_LOADING and not flags & LOADING:
            raise CommandError("LOADING Redis is loading the dataset in memory")
