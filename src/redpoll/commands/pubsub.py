"""Commands that send messages to whoever listens, and that listen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redpoll.dispatch.declare import FAST, LOADING, NOSCRIPT, NOT_KEY, PUBSUB, STALE, Family, Key
from redpoll.dispatch.hub import sessions_of
from redpoll.errors import CommandError

if TYPE_CHECKING:
    from redpoll.native.executor import Context

pubsub = Family("pubsub")
FAMILIES = (pubsub,)


@pubsub.command(PUBSUB | NOSCRIPT | LOADING | STALE, since="2.0.0", cost="O(N)", syntax="channel...", arity=-2)
def subscribe(ctx: Context, *channels: bytes) -> Any:
    """Listen for messages of channels."""
    registry = sessions_of(ctx).pubsub
    return registry.subscribe(ctx.client, registry.channels, channels)


@pubsub.command(PUBSUB | NOSCRIPT | LOADING | STALE, since="2.0.0", cost="O(N)", syntax="pattern...", arity=-2)
def psubscribe(ctx: Context, *patterns: bytes) -> Any:
    """Listen for messages of every channel that matches a pattern."""
    registry = sessions_of(ctx).pubsub
    return registry.subscribe(ctx.client, registry.patterns, patterns)


@pubsub.command(PUBSUB | NOSCRIPT | LOADING | STALE, since="2.0.0", cost="O(N)", syntax="[channel...]")
def unsubscribe(ctx: Context, *channels: bytes) -> Any:
    """Stop listening to channels, or to all."""
    registry = sessions_of(ctx).pubsub
    return registry.unsubscribe(ctx.client, registry.channels, channels)


@pubsub.command(PUBSUB | NOSCRIPT | LOADING | STALE, since="2.0.0", cost="O(N)", syntax="[pattern...]")
def punsubscribe(ctx: Context, *patterns: bytes) -> Any:
    """Stop listening by patterns, or by all of them."""
    registry = sessions_of(ctx).pubsub
    return registry.unsubscribe(ctx.client, registry.patterns, patterns)


@pubsub.command(PUBSUB | LOADING | STALE | FAST, since="2.0.0", cost="O(N+M)", syntax="channel message")
def publish(ctx: Context, channel: bytes, message: bytes) -> int:
    """Send a message to a channel; tells how many got it."""
    return sessions_of(ctx).pubsub.publish(channel, message)


@pubsub.command(
    PUBSUB | NOSCRIPT | LOADING | STALE,
    key=Key(NOT_KEY, last=-1),
    since="7.0.0",
    cost="O(N)",
    syntax="shardchannel...",
    arity=-2,
)
def ssubscribe(ctx: Context, *channels: bytes) -> Any:
    """Listen for messages of shard channels."""
    registry = sessions_of(ctx).pubsub
    return registry.subscribe(ctx.client, registry.shard_channels, channels)


@pubsub.command(
    PUBSUB | NOSCRIPT | LOADING | STALE,
    key=Key(NOT_KEY, last=-1),
    since="7.0.0",
    cost="O(N)",
    syntax="[shardchannel...]",
)
def sunsubscribe(ctx: Context, *channels: bytes) -> Any:
    """Stop listening to shard channels, or to all of them."""
    registry = sessions_of(ctx).pubsub
    return registry.unsubscribe(ctx.client, registry.shard_channels, channels)


@pubsub.command(
    PUBSUB | LOADING | STALE | FAST,
    key=Key(NOT_KEY),
    since="7.0.0",
    cost="O(N)",
    syntax="shardchannel message",
)
def spublish(ctx: Context, channel: bytes, message: bytes) -> int:
    """Send a message to a shard channel; tells how many got it."""
    return sessions_of(ctx).pubsub.publish_to_shard(channel, message)


pubsub_group = pubsub.container(
    "pubsub", summary="See who listens to what.", since="2.8.0", cost="Depends on subcommand.", categories=()
)

pubsub_group.help(
    (
        "CHANNELS [<pattern>]",
        "    Return the currently active channels matching a <pattern> (default: '*').",
        "NUMPAT",
        "    Return number of subscriptions to patterns.",
        "NUMSUB [<channel> ...]",
        "    Return the number of subscribers for the specified channels, excluding",
        "    pattern subscriptions(default: no channels).",
        "SHARDCHANNELS [<pattern>]",
        "    Return the currently active shard level channels matching a <pattern> (default: '*').",
        "SHARDNUMSUB [<shardchannel> ...]",
        "    Return the number of subscribers for the specified shard level channel(s)",
    ),
    since="6.2.0",
    categories=(),
)


@pubsub_group.command(PUBSUB | LOADING | STALE, since="2.8.0", cost="O(N)", syntax="[pattern]")
def pubsub_channels(ctx: Context, *pattern: bytes) -> list[bytes]:
    """List the channels somebody listens to."""
    return sessions_of(ctx).pubsub.channels.matching(_optional(pattern, ctx))


@pubsub_group.command(PUBSUB | LOADING | STALE, since="2.8.0", cost="O(1)")
def pubsub_numpat(ctx: Context) -> int:
    """Count the patterns somebody listens by."""
    return len(sessions_of(ctx).pubsub.patterns.receivers)


@pubsub_group.command(PUBSUB | LOADING | STALE, since="2.8.0", cost="O(N)", syntax="[channel...]")
def pubsub_numsub(ctx: Context, *channels: bytes) -> list[bytes | int]:
    """Count who listens to each of the channels, patterns left out."""
    topics = sessions_of(ctx).pubsub.channels
    return [each for name in channels for each in (name, topics.receiver_count(name))]


@pubsub_group.command(PUBSUB | LOADING | STALE, since="7.0.0", cost="O(N)", syntax="[pattern]")
def pubsub_shardchannels(ctx: Context, *pattern: bytes) -> list[bytes]:
    """List the shard channels somebody listens to."""
    return sessions_of(ctx).pubsub.shard_channels.matching(_optional(pattern, ctx))


@pubsub_group.command(PUBSUB | LOADING | STALE, since="7.0.0", cost="O(N)", syntax="[shardchannel...]")
def pubsub_shardnumsub(ctx: Context, *channels: bytes) -> list[bytes | int]:
    """Count who listens to each of the shard channels."""
    topics = sessions_of(ctx).pubsub.shard_channels
    return [each for name in channels for each in (name, topics.receiver_count(name))]


def _optional(words: tuple[bytes, ...], ctx: Context) -> bytes | None:
    if len(words) > 1:
        name = ctx.raw_argv()[1]
        raise CommandError(b"ERR unknown subcommand or wrong number of arguments for '" + name + b"'. Try PUBSUB HELP.")
    return words[0] if words else None
