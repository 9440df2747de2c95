"""Protected mode: without a password, the outside world is told how to get in instead of being let in."""

from __future__ import annotations

REFUSAL = (
    b"-DENIED Running in protected mode because protected mode is enabled and no password is set for the default user."
    b" In this mode connections are only accepted from the loopback interface. If you want to connect from external"
    b" computers, you may adopt one of the following solutions: 1) Just disable protected mode sending the command"
    b" 'CONFIG SET protected-mode no' from the loopback interface by connecting from the same host the server is"
    b" running, however MAKE SURE it's not publicly accessible from internet if you do so. Use CONFIG REWRITE to make"
    b" this change permanent. 2) Alternatively you can just disable the protected mode by editing the configuration"
    b" file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started the"
    b" server manually just for testing, restart it with the '--protected-mode no' option. 4) Set up an authentication"
    b" password for the default user. NOTE: You only need to do one of the above things in order for the server to"
    b" start accepting connections from the outside.\r\n"
)

TOO_MANY_CLIENTS = b"-ERR max number of clients reached\r\n"


def is_local(host: str) -> bool:
    """True for an address of this machine's loopback interface, and for a Unix socket (an empty host)."""
    return not host or host.startswith("127.") or host in ("::1", "::ffff:127.0.0.1")
