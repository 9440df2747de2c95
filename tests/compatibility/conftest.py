"""Fixtures of the tests that start servers as operators do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands.harness import free_port
from tests.compatibility.launch import Launched, server_command

Launch = Callable[..., Launched]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Starts `redpoll-server` with these arguments in a folder of its own; it ends with the test."""
    started: list[Launched] = []

    def start(*arguments: str, **environment: str) -> Launched:
        launched = Launched([*server_command(), *arguments], tmp_path, **environment)
        started.append(launched)
        return launched

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def port() -> int:
    """A loopback port nobody listens on."""
    return free_port()
