"""Writing a configuration back over the text it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redpoll.config.store import Config


def rewritten(text: str, config: Config) -> str:
    """The new text of the file."""
    return text
