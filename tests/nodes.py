"""Nodes without sockets, for tests."""

from __future__ import annotations

import random
from typing import Any

from redpoll.config.settings import Config

from redpoll.clock import Clock, SystemClock
from redpoll.node import Node, Surroundings


class SilentLog:
    """Takes every line and shows none."""

    def __getattr__(self, level: str) -> Any:
        return lambda *line: None


def embedded_node(clock: Clock | None = None, seed: int = 1, **directives: str) -> Node:
    """A node with the same chance in every run; directives are spelled with underscores."""
    config = Config()
    for name, value in {"enable_debug_command": "yes", **directives}.items():
        config.set(name.replace("_", "-"), value)
    return Node(config, Surroundings(clock or SystemClock(), random.Random(seed), SilentLog()))
