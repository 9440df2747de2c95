"""Whether a client is on this machine, which some settings make a condition."""

from __future__ import annotations

from redpoll.native.client import Client


def is_local(client: Client) -> bool:
    """True for a client over loopback, over a socket file, or without any socket."""
    address = client.address or b""
    host, _, port = address.rpartition(b":")
    host = host.strip(b"[]").removeprefix(b"::ffff:")
    # A socket file is told as path:0.
    return not address or port == b"0" or host == b"::1" or host.startswith(b"127.")
