"""What is declared of a setting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redpoll.config.compound_kinds import PORT_MAX
from redpoll.config.kinds import INT32_MAX, Choice, Flag, Integer, Kind, Memory, Text

YES_NO_LOCAL = Choice("no", "yes", "local")
ANY_PORT = Integer(0, PORT_MAX)
COUNT = Integer(0, INT32_MAX)


@dataclass(frozen=True)
class Setting:
    """One directive of the configuration; `default` is written as CONFIG GET shows it."""

    name: str
    kind: Kind
    default: str
    aliases: tuple[str, ...] = ()
    # CONFIG SET may change it.
    mutable: bool = True
    # CONFIG SET may change it only if enable-protected-configs allows it.
    protected: bool = False
    # CONFIG GET shows it only when it is named in full.
    hidden: bool = False
    # False: known to Redis, accepted and kept, but of no consequence here.
    effective: bool = True

    @property
    def attribute(self) -> str:
        """The name in Python."""
        return self.name.replace("-", "_")

    @property
    def default_value(self) -> Any:
        """The default as a Python value."""
        if not self.kind.takes_many:
            return self.kind.parse([self.default])
        return self.kind.merge({}, self.kind.parse(self.default.split(" ") if self.default else [""]))


def flag(name: str, default: str, **more: Any) -> Setting:
    """A yes-or-no setting."""
    return Setting(name, Flag(), default, **more)


def choice(name: str, default: str, words: tuple[str, ...], **more: Any) -> Setting:
    """A setting that is one of a few words."""
    return Setting(name, Choice(*words), default, **more)


def integer(name: str, default: int, low: int, high: int, **more: Any) -> Setting:
    """A number between `low` and `high`."""
    return Setting(name, Integer(low, high), str(default), **more)


def memory(name: str, default: int, low: int = 0, **more: Any) -> Setting:
    """A size in bytes, at least `low`."""
    return Setting(name, Memory(low), str(default), **more)


def text(name: str, default: str = "", **more: Any) -> Setting:
    """Any text."""
    return Setting(name, Text(), default, **more)
