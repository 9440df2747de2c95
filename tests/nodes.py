"""Nodes without sockets, for tests."""

from __future__ import annotations

import random

from redpoll.clock import Clock, SystemClock
from redpoll.config.settings import Config
from redpoll.native.client import Client
from redpoll.node import Node, Surroundings


def embedded_node(clock: Clock | None = None, seed: int = 1, **directives: str) -> Node:
    """A node with the same chance in every run; directives are spelled with underscores."""
    config = Config()
    lines = {"enable_debug_command": "yes", **directives}
    config.load_text("".join(f"{name.replace('_', '-')} {value}\n" for name, value in lines.items()))
    return Node(config, Surroundings(clock or SystemClock(), random.Random(seed)))


def feed(node: Node, client: Client, data: bytes) -> bytes:
    """One cycle of a node: what is due happens, then a client's bytes are executed; returns the replies."""
    node.begin_cycle()
    return node.executor.feed(client, data)
