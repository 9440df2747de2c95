"""CLIENT: what the server knows of its connections and can do to them; and MONITOR, which shows their commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redpoll.dispatch.arguments import INT64_MAX, Cursor, parse_int
from redpoll.dispatch.clients import Filter, FilterReader, describe, describe_running, is_printable_word
from redpoll.dispatch.declare import ADMIN, ALLOW_BUSY, LOADING, NO_MULTI, NOSCRIPT, STALE, Family
from redpoll.dispatch.hub import sessions_of
from redpoll.dispatch.reply_modes import set_reply_mode
from redpoll.dispatch.session import TrackingState, session_of
from redpoll.errors import CommandError, SyntaxFault
from redpoll.native.client import MONITOR, NO_EVICT, NO_TOUCH, Client
from redpoll.replies import NO_REPLY, OK, SetReply, Status, Verbatim

if TYPE_CHECKING:
    from redpoll.native.executor import Context

connection = Family("connection")
server = Family("server")
FAMILIES = (connection, server)

client_group = connection.container(
    "client",
    summary="See and change connections.",
    since="2.4.0",
    cost="Depends on subcommand.",
    categories=(),
)

client_group.help(
    (
        "CACHING (YES|NO)",
        "    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
        "CAPA <option> [options...]",
        "    The client claims its some capability options. Options are:",
        "    * REDIRECT",
        "      The client can handle redirection during primary and replica failover in standalone mode.",
        "GETREDIR",
        "    Return the client ID we are redirecting to when tracking is enabled.",
        "GETNAME",
        "    Return the name of the current connection.",
        "ID",
        "    Return the ID of the current connection.",
        "INFO",
        "    Return information about the current client connection.",
        "KILL <ip:port>",
        "    Kill connection made from <ip:port>.",
        "KILL <option> <value> [<option> <value> [...]]",
        "    Kill connections. Options are:",
        "    * ADDR (<ip:port>|<unixsocket>:0)",
        "      Kill connections made from the specified address.",
        "    * LADDR (<ip:port>|<unixsocket>:0)",
        "      Kill connections made to the specified local address.",
        "    * TYPE (NORMAL|PRIMARY|REPLICA|PUBSUB)",
        "      Kill connections by type.",
        "    * USER <username>",
        "      Kill connections authenticated by <username>.",
        "    * SKIPME (YES|NO)",
        "      Skip killing current connection (default: yes).",
        "    * ID <client-id> [<client-id>...]",
        "      Kill connections by client IDs.",
        "    * MAXAGE <maxage>",
        "      Kill connections older than the specified age.",
        "    * FLAGS <flags>",
        "      Kill connections that include the specified flags.",
        "    * NAME <client-name>",
        "      Kill connections with the specified name.",
        "    * IDLE <idle>",
        "      Kill connections with idle time greater than or equal to <idle> seconds.",
        "    * LIB-NAME <library-name>",
        "      Kill connections with the specified library name.",
        "    * LIB-VER <library-version>",
        "      Kill connections with the specified library version.",
        "    * DB <db-id>",
        "      Kill connections currently operating on the specified database ID.",
        "    * CAPA <capa>",
        "      Kill connections currently with the specified capa.",
        "    * IP <ip>",
        "      Kill connections made from the specified ip.",
        "LIST [options ...]",
        "    Return information about client connections. Options:",
        "    * TYPE (NORMAL|PRIMARY|REPLICA|PUBSUB)",
        "      Return clients of specified type.",
        "    * USER <username>",
        "      Return clients authenticated by <username>.",
        "    * ADDR <ip:port>",
        "      Return clients connected from the specified address.",
        "    * LADDR <ip:port>",
        "      Return clients connected to the specified local address.",
        "    * ID <client-id> [<client-id>...]",
        "      Return clients with the specified IDs.",
        "    * SKIPME (YES|NO)",
        "      Exclude the current client from the list (default: no).",
        "    * MAXAGE <maxage>",
        "      List connections older than the specified age.",
        "    * FLAGS <flags>",
        "      Return clients with the specified flags.",
        "    * NAME <client-name>",
        "      Return clients with the specified name.",
        "    * IDLE <idle>",
        "      Return clients with idle time greater than or equal to <idle> seconds.",
        "    * LIB-NAME <lib-name>",
        "      Return clients with the specified lib name.",
        "    * LIB-VER <lib-version>",
        "      Return clients with the specified lib version.",
        "    * DB <db-id>",
        "      Return clients currently operating on the specified database ID.",
        "    * CAPA <capa>",
        "      Return connections currently with the specified capa.",
        "    * IP <ip>",
        "      Return connections made from the specified ip.",
        "UNPAUSE",
        "    Stop the current client pause, resuming traffic.",
        "PAUSE <timeout> [WRITE|ALL]",
        "    Suspend all, or just write, clients for <timeout> milliseconds.",
        "REPLY (ON|OFF|SKIP)",
        "    Control the replies sent to the current connection.",
        "SETNAME <name>",
        "    Assign the name <name> to the current connection.",
        "SETINFO <option> <value>",
        "    Set client meta attr. Options are:",
        "    * LIB-NAME: the client lib name.",
        "    * LIB-VER: the client lib version.",
        "UNBLOCK <clientid> [TIMEOUT|ERROR]",
        "    Unblock the specified blocked client.",
        "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
        "         [OPTIN] [OPTOUT] [NOLOOP]",
        "    Control server assisted client side caching.",
        "TRACKINGINFO",
        "    Report tracking status for the current connection.",
        "NO-EVICT (ON|OFF)",
        "    Protect current client connection from eviction.",
        "NO-TOUCH (ON|OFF)",
        "    Will not touch LRU/LFU stats when this mode is on.",
        "IMPORT-SOURCE (ON|OFF)",
        "    Mark this connection as an import source if import-mode is enabled.",
        "    Sync tools can set their connections into 'import-source' state to visit",
        "    expired keys.",
    ),
    since="5.0.0",
)


@client_group.command(
    NOSCRIPT | LOADING | STALE | ALLOW_BUSY,
    since="5.0.0",
    cost="O(1)",
)
def client_id(ctx: Context) -> int:
    """Return the number of this connection."""
    return ctx.client.id


@client_group.command(
    NOSCRIPT | LOADING | STALE | ALLOW_BUSY,
    since="2.6.9",
    cost="O(1)",
)
def client_getname(ctx: Context) -> bytes | None:
    """Return the name of this connection."""
    return ctx.client.name or None


@client_group.command(
    NOSCRIPT | LOADING | STALE | ALLOW_BUSY,
    since="2.6.9",
    cost="O(1)",
    syntax="connection-name",
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
)
def client_setname(ctx: Context, name: bytes) -> Status:
    """Name this connection."""
    if not is_printable_word(name):
        raise CommandError("ERR Client names cannot contain spaces, newlines or special characters.")
    ctx.client.name = name
    return OK


@client_group.command(
    NOSCRIPT | LOADING | STALE | ALLOW_BUSY,
    since="7.2.0",
    cost="O(1)",
    syntax="attr:(LIB-NAME libname | LIB-VER libver)",
    tips=("request_policy:all_nodes", "response_policy:all_succeeded"),
)
def client_setinfo(ctx: Context, option: bytes, value: bytes) -> Status:
    """Tell the name or version of the library that uses this connection."""
    lower = option.lower()
    if lower not in (b"lib-name", b"lib-ver"):
        raise CommandError(b"ERR Unrecognized option '" + option + b"'")
    if not is_printable_word(value):
        raise CommandError(b"ERR " + option + b" cannot contain spaces, newlines or special characters.")
    if lower == b"lib-name":
        ctx.client.lib_name = value
    else:
        ctx.client.lib_ver = value
    return OK


@client_group.command(
    NOSCRIPT | LOADING | STALE,
    since="6.2.0",
    cost="O(1)",
    tips=("nondeterministic_output",),
)
def client_info(ctx: Context) -> Verbatim:
    """Describe this connection."""
    return Verbatim(_describe_me(ctx) + b"\n")


@client_group.command(
    ADMIN | NOSCRIPT | LOADING | STALE,
    since="2.4.0",
    cost="O(N)",
    syntax=(
        "TYPE client-type@5.0.0:[NORMAL | MASTER | REPLICA | PUBSUB] [ID client-id@6.2.0...] [USER "
        'username@8.1.0] [ADDR addr@8.1.0~"ip:port"] [LADDR laddr@8.1.0~"ip:port"] SKIPME '
        "skipme@8.1.0:[YES | NO] [MAXAGE maxage@8.1.0:integer] [NAME name@9.0.0] [IDLE "
        "idle@9.0.0:integer] [FLAGS flags@9.0.0] [LIB-NAME lib-name@9.0.0] [LIB-VER lib-ver@9.0.0] [DB "
        "db@9.0.0:integer] [CAPA capa@9.0.0] [IP ip@9.0.0] NOT-TYPE not-client-type@9.0.0:[NORMAL | "
        "MASTER | REPLICA | PUBSUB] [NOT-ID not-client-id@9.0.0:integer...] [NOT-USER "
        'not-username@9.0.0] [NOT-ADDR not-addr@9.0.0~"ip:port"] [NOT-LADDR not-laddr@9.0.0~"ip:port"] '
        "[NOT-NAME not-name@9.0.0] [NOT-FLAGS not-flags@9.0.0] [NOT-LIB-NAME not-lib-name@9.0.0] "
        "[NOT-LIB-VER not-lib-ver@9.0.0] [NOT-DB not-db@9.0.0:integer] [NOT-CAPA not-capa@9.0.0] [NOT-IP "
        "not-ip@9.0.0]"
    ),
    tips=("nondeterministic_output",),
    history=(
        ("2.8.12", "Added unique client `id` field."),
        ("5.0.0", "Added optional `TYPE` filter."),
        ("6.0.0", "Added `user` field."),
        ("6.2.0", "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter."),
        ("7.0.0", "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."),
        ("7.0.3", "Added `ssub` field."),
        ("8.0.0", "Replaced `master` `TYPE` with `primary`. `master` still supported for backward compatibility."),
        ("8.1.0", "Added filters USER, ADDR, LADDR, SKIPME, and MAXAGE."),
        (
            "9.0.0",
            (
                "Added filters NAME, IDLE, FLAGS, LIB-NAME, LIB-VER, DB, CAPA, and IP. And negative "
                "filters NOT-ID, NOT-TYPE, NOT-ADDR, NOT-LADDR, NOT-USER, NOT-FLAGS, NOT-NAME, "
                "NOT-LIB-NAME, NOT-LIB-VER, NOT-DB, NOT-CAPA, NOT-IP."
            ),
        ),
    ),
)
def client_list(ctx: Context, *words: bytes) -> Verbatim:
    """Describe connections, one a line."""
    chosen = _read_filter(ctx, words)
    if chosen.skip_me is None:
        chosen.skip_me = False
    me = ctx.client
    lines = [_describe_me(ctx) if each is me else describe(each, ctx.now_ms) for each in _selected(ctx, chosen)]
    return Verbatim(b"".join([line + b"\n" for line in lines]))


@client_group.command(
    ADMIN | NOSCRIPT | LOADING | STALE,
    since="2.4.0",
    arity=-3,
    cost="O(N)",
    syntax=(
        'filter:(old-format!2.8.12~"ip:port" | new-format:([ID client-id@2.8.12...] | TYPE '
        "client-type@2.8.12:[NORMAL | MASTER@3.2.0 | PRIMARY@8.0.0 | SLAVE | REPLICA@5.0.0 | PUBSUB] | "
        '[USER username] | [ADDR addr~"ip:port"] | [LADDR laddr@6.2.0~"ip:port"] | SKIPME skipme:[YES | '
        "NO] | [MAXAGE maxage@8.0.0:integer] | [NAME name@9.0.0] | [IDLE idle@9.0.0:integer] | [FLAGS "
        "flags@9.0.0] | [LIB-NAME lib-name@9.0.0] | [LIB-VER lib-ver@9.0.0] | [DB db@9.0.0:integer] | "
        "[CAPA capa@9.0.0] | [IP ip@9.0.0] | NOT-TYPE not-client-type@9.0.0:[NORMAL | MASTER | PRIMARY | "
        "SLAVE | REPLICA | PUBSUB] | [NOT-ID not-client-id@9.0.0:integer...] | [NOT-USER "
        'not-username@9.0.0] | [NOT-ADDR not-addr@9.0.0~"ip:port"] | [NOT-LADDR '
        'not-laddr@9.0.0~"ip:port"] | [NOT-NAME not-name@9.0.0] | [NOT-FLAGS not-flags@9.0.0] | '
        "[NOT-LIB-NAME not-lib-name@9.0.0] | [NOT-LIB-VER not-lib-ver@9.0.0] | [NOT-DB "
        "not-db@9.0.0:integer] | [NOT-CAPA not-capa@9.0.0] | [NOT-IP not-ip@9.0.0])...)"
    ),
    history=(
        ("2.8.12", "Added new filter format."),
        ("2.8.12", "`ID` option."),
        ("3.2.0", "Added `master` type in for `TYPE` option."),
        ("5.0.0", ("Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility.")),
        ("6.2.0", "`LADDR` option."),
        ("8.0.0", "`MAXAGE` option."),
        ("8.0.0", "Replaced `master` `TYPE` with `primary`. `master` still supported for backward compatibility."),
        ("8.1.0", "`ID` option accepts multiple IDs."),
        (
            "9.0.0",
            (
                "Added filters NAME, IDLE, FLAGS, LIB-NAME, LIB-VER, DB, CAPA, and IP. And negative "
                "filters NOT-ID, NOT-TYPE, NOT-ADDR, NOT-LADDR, NOT-USER, NOT-FLAGS, NOT-NAME, "
                "NOT-LIB-NAME, NOT-LIB-VER, NOT-DB, NOT-CAPA, NOT-IP."
            ),
        ),
    ),
)
def client_kill(ctx: Context, *words: bytes) -> Status | int:
    """Close connections."""
    if len(words) == 1:
        for each in list(ctx.node.clients.values()):
            if each.address == words[0]:
                _kill(ctx, each)
                return OK
        raise CommandError("ERR No such client")
    chosen = _read_filter(ctx, words)
    if chosen.skip_me is None:
        chosen.skip_me = True
    victims = _selected(ctx, chosen)
    for victim in victims:
        _kill(ctx, victim)
    return len(victims)


def _describe_me(ctx: Context) -> bytes:
    return describe_running(ctx.client, ctx.now_ms, ctx.command.name, ctx.raw_argv())


def _read_filter(ctx: Context, words: tuple[bytes, ...]) -> Filter:
    return FilterReader(ctx.now_ms, len(ctx.keyspace)).read(words)


def _selected(ctx: Context, chosen: Filter) -> list[Client]:
    me = ctx.client
    clients = [ctx.node.clients[number] for number in sorted(ctx.node.clients)]
    return [each for each in clients if chosen.selects(each) and not (chosen.skip_me and each is me)]


def _kill(ctx: Context, victim: Client) -> None:
    # Whoever kills its own connection still gets the answer.
    victim.close(after_reply=victim is ctx.client)


@client_group.command(
    ADMIN | NOSCRIPT | LOADING | STALE | ALLOW_BUSY,
    since="7.0.0",
    cost="O(1)",
    syntax="enabled:(ON | OFF)",
)
def client_no_evict(ctx: Context, enabled: bytes) -> Status:
    """Keep this connection when memory for connections runs out, or do not."""
    _set_flag(ctx.client, NO_EVICT, enabled)
    return OK


@client_group.command(
    NOSCRIPT | LOADING | STALE | ALLOW_BUSY,
    since="7.2.0",
    cost="O(1)",
    syntax="enabled:(ON | OFF)",
)
def client_no_touch(ctx: Context, enabled: bytes) -> Status:
    """Let this connection's reads leave no trace in the age of keys, or let them."""
    _set_flag(ctx.client, NO_TOUCH, enabled)
    return OK


def _set_flag(client: Client, bit: int, word: bytes) -> None:
    if _on_or_off(word):
        client.flags |= bit
    else:
        client.flags &= ~bit


def _on_or_off(word: bytes) -> bool:
    answer = {b"on": True, b"off": False}.get(word.lower())
    if answer is None:
        raise SyntaxFault()
    return answer


@client_group.command(
    NOSCRIPT | LOADING | STALE | NO_MULTI | ALLOW_BUSY,
    since="3.2.0",
    cost="O(1)",
    syntax="action:(ON | OFF | SKIP)",
)
def client_reply(ctx: Context, mode: bytes) -> object:
    """Choose whether this connection gets replies."""
    upper = mode.upper()
    if upper not in (b"ON", b"OFF", b"SKIP"):
        raise SyntaxFault()
    return OK if set_reply_mode(ctx.client, upper) else NO_REPLY


@client_group.command(
    ADMIN | NOSCRIPT | LOADING | STALE,
    since="3.0.0",
    cost="O(1)",
    syntax="timeout:integer mode@6.2.0:[WRITE | ALL]",
    history=(("6.2.0", "`CLIENT PAUSE WRITE` mode added along with the `mode` option."),),
)
def client_pause(ctx: Context, timeout: bytes, *mode: bytes) -> Status:
    """Put off the commands of all clients, or only those that write, for a time in milliseconds."""
    options = Cursor(mode)
    everything = options.take_any(b"WRITE") is None
    if everything and options.more and not options.take_token(b"ALL"):
        raise CommandError("ERR CLIENT PAUSE mode must be WRITE or ALL")
    milliseconds = parse_int(timeout, "ERR timeout is not an integer or out of range")
    if milliseconds < 0:
        raise CommandError("ERR timeout is negative")
    if milliseconds > INT64_MAX - ctx.now_ms:
        raise CommandError("ERR timeout is out of range")
    sessions_of(ctx).pause.begin(ctx.now_ms + milliseconds, everything)
    return OK


@client_group.command(
    ADMIN | NOSCRIPT | LOADING | STALE,
    since="6.2.0",
    cost="O(N)",
)
def client_unpause(ctx: Context) -> Status:
    """End the pause."""
    sessions_of(ctx).pause.end()
    return OK


@client_group.command(
    ADMIN | NOSCRIPT | LOADING | STALE,
    since="5.0.0",
    cost="O(log N)",
    syntax="client-id unblock-type:[TIMEOUT | ERROR]",
)
def client_unblock(ctx: Context, number: bytes, *reason: bytes) -> int:
    """Wake a connection that waits in a blocking command; tells whether it did."""
    with_error = False
    # Words beyond the reason take its meaning away, as they do in Redis.
    if len(reason) == 1:
        word = reason[0].upper()
        if word not in (b"TIMEOUT", b"ERROR"):
            raise CommandError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
        with_error = word == b"ERROR"
    client = ctx.node.clients.get(parse_int(number))
    return int(client is not None and sessions_of(ctx).blocking.unblock(client, with_error))


@client_group.command(
    NOSCRIPT | LOADING | STALE | ALLOW_BUSY,
    since="6.0.0",
    cost="O(1)",
)
def client_getredir(ctx: Context) -> int:
    """Return the connection that is told of changes instead of this one; 0 for none, -1 without tracking."""
    state = session_of(ctx.client).tracking
    return -1 if state is None else state.redirect


@client_group.command(
    NOSCRIPT | LOADING | STALE,
    since="6.0.0",
    cost="O(1)",
    syntax="status:(ON | OFF) [REDIRECT client-id] [PREFIX prefix]... [BCAST] [OPTIN] [OPTOUT] [NOLOOP]",
)
def client_tracking(ctx: Context, status: bytes, *words: bytes) -> Status:
    """Tell this connection when keys it has read are changed, or stop it."""
    state = _tracking_options(ctx, words)
    if _on_or_off(status):
        sessions_of(ctx).tracking.enable(ctx.client, state)
    else:
        sessions_of(ctx).tracking.disable(ctx.client)
    return OK


def _tracking_options(ctx: Context, words: tuple[bytes, ...]) -> TrackingState:
    state, options = TrackingState(), Cursor(words)
    while options.more:
        if options.take_token(b"REDIRECT", following=1):
            if state.redirect:
                raise CommandError("ERR A client can only redirect to a single other client")
            state.redirect = options.next_int()
            if state.redirect not in ctx.node.clients:
                raise CommandError("ERR The client ID you want redirect to does not exist")
        elif options.take_token(b"PREFIX", following=1):
            state.prefixes[options.next_bytes()] = None
        elif options.take_token(b"BCAST"):
            state.broadcast = True
        elif options.take_token(b"OPTIN"):
            state.optin = True
        elif options.take_token(b"OPTOUT"):
            state.optout = True
        elif options.take_token(b"NOLOOP"):
            state.noloop = True
        else:
            raise SyntaxFault()
    return state


@client_group.command(
    NOSCRIPT | LOADING | STALE | ALLOW_BUSY,
    since="6.0.0",
    cost="O(1)",
    syntax="mode:(YES | NO)",
)
def client_caching(ctx: Context, mode: bytes) -> Status:
    """Make the next command an exception: track it (OPTIN), or do not (OPTOUT)."""
    state = session_of(ctx.client).tracking
    if state is None:
        raise CommandError(
            "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode"
            " enabled"
        )
    word = mode.lower()
    if word not in (b"yes", b"no"):
        raise SyntaxFault()
    if word == b"yes" and not state.optin:
        raise CommandError("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
    if word == b"no" and not state.optout:
        raise CommandError("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
    state.excepted = True
    return OK


@client_group.command(
    NOSCRIPT | LOADING | STALE,
    since="6.2.0",
    cost="O(1)",
)
def client_trackinginfo(ctx: Context) -> dict[bytes, object]:
    """Describe how this connection is told of changes."""
    state = session_of(ctx.client).tracking
    if state is None:
        return {b"flags": SetReply([b"off"]), b"redirect": -1, b"prefixes": []}
    shown = {
        b"on": True,
        b"bcast": state.broadcast,
        b"optin": state.optin,
        b"caching-yes": state.optin and state.excepted,
        b"optout": state.optout,
        b"caching-no": state.optout and state.excepted,
        b"noloop": state.noloop,
        b"broken_redirect": state.broken,
    }
    flags = SetReply([name for name, is_set in shown.items() if is_set])
    return {b"flags": flags, b"redirect": state.redirect, b"prefixes": list(state.prefixes)}


@client_group.command(
    NOSCRIPT | LOADING | STALE | ALLOW_BUSY,
    since="8.0.0",
    cost="O(1)",
    syntax="capability...",
)
def client_capa(ctx: Context, first: bytes, *capabilities: bytes) -> Status:
    """Tell what the client can do; unknown abilities are ignored."""
    if b"redirect" in [each.lower() for each in (first, *capabilities)]:
        session_of(ctx.client).capabilities = b"r"
    return OK


@client_group.command(
    NOSCRIPT | LOADING | STALE,
    since="8.1.0",
    cost="O(1)",
    syntax="enabled:(ON | OFF)",
)
def client_import_source(ctx: Context, enabled: bytes) -> Status:
    """Say that this connection imports data; refused, because there is no import mode to be in."""
    if enabled.lower() == b"off":
        return OK
    raise CommandError("ERR Server is not in import mode")


@server.command(ADMIN | NOSCRIPT | LOADING | STALE, since="1.0.0", cost="O(1)")
def monitor(ctx: Context) -> object:
    """Show this connection every command the server runs."""
    if ctx.client.flags & MONITOR:
        return NO_REPLY
    sessions_of(ctx).monitors.add(ctx.client)
    return OK
