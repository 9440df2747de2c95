"""Who may use a connection: the default user and its password (`requirepass`)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from redpoll.dispatch.session import DEFAULT_USER
from redpoll.errors import CommandError
from redpoll.native.client import NEED_AUTH, Client


class Passwords:
    """Authenticates connections."""

    def __init__(self, requirepass: Callable[[], bytes]) -> None:
        # Read at each use, because CONFIG SET changes it.
        self._requirepass = requirepass

    @property
    def required(self) -> bool:
        """True if a new connection must authenticate."""
        return bool(self._requirepass())

    def opened(self, client: Client) -> None:
        """Decide what a new, or reset, connection may do."""
        client.user = DEFAULT_USER
        if self.required:
            client.flags |= NEED_AUTH
        else:
            client.flags &= ~NEED_AUTH

    def admit(self, client: Client) -> bool:
        """True if a connection that did not authenticate need not: the password has been taken away."""
        if self.required:
            return False
        client.flags &= ~NEED_AUTH
        return True

    def authenticate(self, client: Client, user: bytes, password: bytes) -> None:
        """Log a connection in, or raise."""
        if user != DEFAULT_USER or (self.required and not _equal(password, self._requirepass())):
            raise CommandError("WRONGPASS invalid username-password pair or user is disabled.")
        client.user = user
        client.flags &= ~NEED_AUTH


def _equal(given: bytes, wanted: bytes) -> bool:
    # Digests are of one length, so that neither length nor content of the password shows in the time this takes.
    return hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(wanted).digest())
