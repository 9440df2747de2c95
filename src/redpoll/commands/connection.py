"""Commands of a connection about itself: who it is, which database, which protocol version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.arguments import parse_int
from redpoll.dispatch.clients import is_printable_word
from redpoll.dispatch.declare import ALLOW_BUSY, FAST, LOADING, NO_AUTH, NOSCRIPT, STALE, Family
from redpoll.dispatch.hub import sessions_of
from redpoll.dispatch.session import DEFAULT_USER
from redpoll.errors import CommandError, SyntaxFault
from redpoll.native.client import NEED_AUTH, SUBSCRIBED
from redpoll.replies import OK, PONG, MapReply, Status
from redpoll.version import REDIS_VERSION

if TYPE_CHECKING:
    from redpoll.native.executor import Context

connection = Family("connection")
FAMILIES = (connection,)

_RESET = Status(b"RESET")
_BAD_NAME = "ERR Client names cannot contain spaces, newlines or special characters."
_NOT_LOGGED_IN = (
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass>"
    " option can be used to authenticate the client and select the RESP protocol version at the same time"
)
_NO_PASSWORD_SET = (
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration"
    " is correct?"
)


@connection.command(
    NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY,
    since="1.0.0",
    cost="O(N)",
    syntax="[username@6.0.0] password",
    history=(("6.0.0", "Added ACL style (username and password)."),),
    arity=-2,
)
def auth(ctx: Context, *credentials: bytes) -> Status:
    """Log the connection in with a password, or with a user name and a password."""
    passwords = sessions_of(ctx).passwords
    if len(credentials) > 2:
        raise SyntaxFault()
    if len(credentials) == 1 and not passwords.required:
        raise CommandError(_NO_PASSWORD_SET)
    user = credentials[0] if len(credentials) == 2 else DEFAULT_USER
    passwords.authenticate(ctx.client, user, credentials[-1])
    return OK


@connection.command(LOADING | STALE | FAST, since="1.0.0", cost="O(1)", syntax="message")
def echo(ctx: Context, message: bytes) -> bytes:
    """Return the message."""
    return message


@connection.command(
    NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY,
    since="6.0.0",
    cost="O(1)",
    syntax="arguments:[protover:integer AUTH auth:[username password] [SETNAME clientname]]",
    history=(
        (
            "8.1.0",
            "A new `availability_zone` field is added to the response if the `availability-zone` config is set.",
        ),
        (
            "6.2.0",
            "`protover` made optional; when called without arguments the command reports the current connection's"
            " context.",
        ),
    ),
)
def hello(ctx: Context, *arguments: bytes) -> MapReply:
    """Choose the protocol version, log in and name the connection, all in one step; tells about the server."""
    version = _hello_version(arguments[0]) if arguments else 0
    credentials, name = _hello_options(arguments[1:])
    client = ctx.client
    if credentials is not None:
        sessions_of(ctx).passwords.authenticate(client, *credentials)
    if client.flags & NEED_AUTH and not sessions_of(ctx).passwords.admit(client):
        raise CommandError(_NOT_LOGGED_IN)
    if name is not None:
        client.name = name
    if version:
        client.resp = version
    facts = [b"server", b"redis", b"version", REDIS_VERSION.encode(), b"proto", client.resp, b"id", client.id]
    return MapReply([*facts, b"mode", b"standalone", b"role", b"master", b"modules", []])


def _hello_version(word: bytes) -> int:
    version = parse_int(word, "ERR Protocol version is not an integer or out of range")
    if version not in (2, 3):
        raise CommandError("NOPROTO unsupported protocol version")
    return version


def _hello_options(words: tuple[bytes, ...]) -> tuple[tuple[bytes, bytes] | None, bytes | None]:
    credentials, name, at = None, None, 0
    while at < len(words):
        option = words[at].upper()
        if option == b"AUTH" and at + 2 < len(words):
            credentials = (words[at + 1], words[at + 2])
            at += 3
        elif option == b"SETNAME" and at + 1 < len(words):
            name = words[at + 1]
            if not is_printable_word(name):
                raise CommandError(_BAD_NAME)
            at += 2
        else:
            raise CommandError(b"ERR Syntax error in HELLO option '" + words[at] + b"'")
    return credentials, name


@connection.command(
    FAST,
    since="1.0.0",
    cost="O(1)",
    syntax="[message]",
    tips=("request_policy:all_shards", "response_policy:all_succeeded"),
)
def ping(ctx: Context, message: bytes | None = None) -> bytes | list[bytes]:
    """Answer, so that the caller knows the connection lives."""
    # A subscribed RESP2 connection sees nothing but messages: the answer looks like one.
    if ctx.resp == 2 and ctx.client.flags & SUBSCRIBED:
        return [b"pong", message or b""]
    return PONG if message is None else message


@connection.command(NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY, since="1.0.0", cost="O(1)")
def quit_(ctx: Context, *ignored: bytes) -> Status:
    """Close the connection."""
    # It hears nothing more, even if its transport takes a while to go.
    sessions_of(ctx).closed(ctx.client)
    ctx.client.close(after_reply=True)
    return OK


@connection.command(NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY, since="6.2.0", cost="O(1)")
def reset(ctx: Context) -> Status:
    """Make the connection as it was when it was opened."""
    sessions_of(ctx).reset(ctx.client)
    return _RESET


@connection.command(LOADING | STALE | FAST | ALLOW_BUSY, since="1.0.0", cost="O(1)", syntax="index")
def select(ctx: Context, index: int) -> Status:
    """Use another database."""
    if not -(1 << 31) <= index < 1 << 31:
        raise CommandError("ERR value is out of range, value must between -2147483648 and 2147483647")
    if not 0 <= index < len(ctx.keyspace):
        raise CommandError("ERR DB index is out of range")
    ctx.client.db_index = index
    return OK
