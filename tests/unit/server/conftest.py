"""Fixtures of the server's unit tests."""

from __future__ import annotations

import pytest

from tests.commands.harness import free_port


@pytest.fixture
def port() -> int:
    """A loopback port nobody listens on."""
    return free_port()
