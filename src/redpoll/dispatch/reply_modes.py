"""CLIENT REPLY: replies that are not sent. Commands of such clients run here, where their reply can be dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redpoll.dispatch.session import session_of
from redpoll.errors import CommandError
from redpoll.native.client import BLOCKED, REPLY_OFF, REPLY_SKIP, Client
from redpoll.replies import NO_REPLY

MUTED = REPLY_OFF | REPLY_SKIP


def run_muted(client: Client, run: Callable[[], Any]) -> Any:
    """Run one command of a muted client: no reply, unless the command itself turned replies on."""
    skipping = client.flags & REPLY_SKIP
    reply: Any
    try:
        reply = run()
    except CommandError as error:
        reply = error
    if client.flags & BLOCKED:
        return NO_REPLY
    still_muted = client.flags & MUTED
    session = session_of(client)
    if skipping and not session.skip_next:
        client.flags &= ~REPLY_SKIP
    session.skip_next = False
    if still_muted:
        return NO_REPLY
    if isinstance(reply, CommandError):
        raise reply
    return reply


def set_reply_mode(client: Client, mode: bytes) -> bool:
    """Apply ON, OFF or SKIP (in capitals); True if the command itself is to be answered."""
    if mode == b"ON":
        client.flags &= ~MUTED
        return True
    if mode == b"OFF":
        client.flags |= REPLY_OFF
    elif not client.flags & REPLY_OFF:
        session_of(client).skip_next = bool(client.flags & REPLY_SKIP)
        client.flags |= REPLY_SKIP
    return False
