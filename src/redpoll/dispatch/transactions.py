"""MULTI, EXEC, WATCH: queueing commands, running them as one, and giving up when a watched key has changed.

`executor.call` runs each queued command past the gate: a transaction was judged when it was queued.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redpoll.dispatch.declare import READONLY, WRITE
from redpoll.dispatch.session import Session, Transaction, session_of
from redpoll.errors import CommandError, ExecAborted
from redpoll.keyspace.watch import WatchTable
from redpoll.native.client import CLOSE_AFTER_REPLY, IN_MULTI, NO_TOUCH, TRACKING, Client
from redpoll.native.command_entry import CommandEntry
from redpoll.native.database import Database
from redpoll.native.executor import Executor
from redpoll.native.keyspace import Keyspace
from redpoll.replies import NO_REPLY, NULL_ARRAY, QUEUED

# Connections whose commands are not simply run.
_RARE = TRACKING | NO_TOUCH | CLOSE_AFTER_REPLY
HasRun = Callable[[Client, CommandEntry, list[bytes]], None]


class Transactions:
    """Transactions of all connections."""

    def __init__(self, keyspace: Keyspace, executor: Executor, table: WatchTable, has_run: HasRun) -> None:
        self._keyspace = keyspace
        self._executor = executor
        self._table = table
        # Told of each command that has run.
        self._has_run = has_run

    def begin(self, client: Client) -> None:
        """Start queueing."""
        session = session_of(client)
        session.transaction = Transaction()
        client.queue = session.transaction.commands
        client.queue_is_plain = True
        session.had_transaction = True
        client.flags |= IN_MULTI

    def queue(self, client: Client, entry: CommandEntry, argv: list[bytes]) -> Any:
        """Add a command, judged already, to the client's transaction."""
        transaction = session_of(client).transaction
        assert transaction is not None, "a client in MULTI has a transaction"
        # After the first error EXEC is bound to fail: nothing more is worth keeping.
        if not transaction.failed:
            transaction.commands.append((entry, argv))
            if not (entry.is_native or entry.flags & (READONLY | WRITE)):
                client.queue_is_plain = False
        return QUEUED

    def reject(self, client: Client, entry: CommandEntry | None, error: CommandError) -> None:
        """Note that a command was refused: EXEC will refuse too. An EXEC that is refused ends the transaction."""
        transaction = session_of(client).transaction
        if transaction is None or transaction.executing:
            return
        if entry is not None and entry.name == b"exec":
            self.discard(client)
            reason = error.wire.removeprefix(b"ERR ")
            raise CommandError(b"EXECABORT Transaction discarded because of: " + reason) from error
        transaction.failed = True
        client.queue = None

    def discard(self, client: Client) -> None:
        """Forget the queue, if there is one, and every watched key."""
        session = session_of(client)
        session.transaction = client.queue = None
        client.flags &= ~IN_MULTI
        self.unwatch(session)

    def execute(self, client: Client) -> Any:
        """Run the queue; a list of replies and errors, or NULL_ARRAY if a watched key has changed."""
        session = session_of(client)
        transaction = session.transaction
        if transaction is None:
            raise CommandError("ERR EXEC without MULTI")
        if transaction.failed:
            self.discard(client)
            raise ExecAborted()
        if session.dirty or self._has_expired(session):
            self.discard(client)
            return NULL_ARRAY
        # Unwatched first: what the transaction itself changes needs no watching.
        self.unwatch(session)
        transaction.executing = True
        try:
            replies = self._executor.run_queue(client, transaction.commands)
            return self._run_all(client, transaction.commands) if replies is None else replies
        finally:
            if session.transaction is transaction:
                session.transaction = client.queue = None
                client.flags &= ~IN_MULTI

    def _run_all(self, client: Client, commands: list[tuple[CommandEntry, list[bytes]]]) -> list[Any]:
        executor, replies = self._executor, []
        for entry, argv in commands:
            # The long way only where somebody wants to know of each command, or the connection is of a rare kind.
            if executor.flags or client.flags & _RARE:
                replies.append(self._run(client, entry, argv))
                continue
            try:
                replies.append(executor.call(client, entry, argv))
            except Exception as error:
                replies.append(executor.failure(client, entry, error))
        return replies

    def _run(self, client: Client, entry: CommandEntry, argv: list[bytes]) -> Any:
        hung_up = client.flags & CLOSE_AFTER_REPLY
        reply = call(self._executor, client, entry, argv)
        self._has_run(client, entry, argv)
        # A transaction that closes its own connection runs to its end, but has nobody to answer any more.
        return NO_REPLY if hung_up else reply

    def watch(self, client: Client, db: Database, keys: tuple[bytes, ...]) -> None:
        """Make the next EXEC of this client depend on these keys."""
        session = session_of(client)
        session.had_transaction = True
        # A client that is dirty already will fail whatever else it watches.
        if session.dirty:
            return
        for key in keys:
            session.watched[db.index, key] = None
            self._table.watch(session, db, key)

    def unwatch(self, session: Session) -> None:
        """Forget every watched key."""
        for index, key in session.watched:
            self._table.unwatch(session, index, key)
        session.watched.clear()
        session.dirty = False

    def _has_expired(self, session: Session) -> bool:
        return any(self._table.is_expired(session, self._keyspace[index], key) for index, key in session.watched)


def call(executor: Executor, client: Client, entry: CommandEntry, argv: list[bytes]) -> Any:
    """Run one command inside another; an error is returned as a value, for it is one reply among others."""
    executor.keyspace.no_touch = bool(client.flags & NO_TOUCH) and entry.name != b"touch"
    try:
        return executor.call(client, entry, argv)
    except Exception as error:
        return executor.failure(client, entry, error)
    finally:
        executor.keyspace.no_touch = False
