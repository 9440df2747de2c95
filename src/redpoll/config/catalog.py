"""Every setting, declared once."""

from __future__ import annotations

from redpoll.config import (
    settings_memory,
    settings_network,
    settings_persistence,
    settings_replication,
    settings_server,
)
from redpoll.config.setting import Setting

SETTINGS: tuple[Setting, ...] = (
    settings_server.SETTINGS
    + settings_network.SETTINGS
    + settings_memory.SETTINGS
    + settings_persistence.SETTINGS
    + settings_replication.SETTINGS
)
