"""Redpoll: a Redis-compatible data store in Python with a small native core."""

from __future__ import annotations

from redpoll.version import __version__

__all__ = ["__version__"]
