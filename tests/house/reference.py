"""The reference pages of docs/, made from the declarations, so that they cannot drift from the code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from redpoll.dispatch.declare import Command

GROUP_TITLES = {"generic": "Keys", "string": "Strings", "connection": "Connection", "server": "Server"}

COMMANDS_HEAD = """# Commands

Made from the declarations in `src/redpoll/commands/`: change a command there, then run
`REDPOLL_GOLDEN=write make house`. Replies and error texts are Redis's own.
"""

CONFIGURATION_HEAD = """# Configuration

`redpoll serve [FILE] [--directive value ...]` reads redis.conf's syntax: one directive a line, quotes, `#` comments,
`include`, and sizes as `100mb` or `1gb`. Options on the command line come after the file, so they win. `CONFIG GET`,
`CONFIG SET` and `CONFIG REWRITE` work on the same directives.

Made from the declarations in `src/redpoll/config/`: change a setting there, then run
`REDPOLL_GOLDEN=write make house`.
"""


def commands_page(commands: Iterable[Command]) -> str:
    """docs/commands.md: every command by group."""
    groups: dict[str, list[Command]] = {}
    for command in commands:
        groups.setdefault(command.group, []).append(command)
    parts = [COMMANDS_HEAD]
    for group in sorted(groups):
        title = GROUP_TITLES.get(group, group.replace("-", " ").capitalize())
        parts.append(f"\n## {title}\n\n| command | what it does | cost | since |\n|---|---|---|---|\n")
        parts += [command_row(command) for command in sorted(groups[group], key=lambda each: each.name)]
    return "".join(parts)


def command_row(command: Command) -> str:
    """One command as a row of its table."""
    name = command.name.decode().upper().replace("|", " ")
    usage = f"{name} {_cell(command.syntax)}".strip()
    note = f" Deprecated: use {command.deprecated[1]}." if command.deprecated else ""
    return f"| `{usage}` | {_cell(command.summary)}{_cell(note)} | {_cell(command.cost)} | {command.since} |\n"


def configuration_page(settings: Iterable[Any]) -> str:
    """docs/configuration.md: every setting by name."""
    rows = [setting_row(each) for each in sorted(settings, key=lambda each: each.name)]
    return f"{CONFIGURATION_HEAD}\n| directive | default | change while running |\n|---|---|---|\n{''.join(rows)}"


def setting_row(setting: Any) -> str:
    """One setting as a row of the table."""
    change = "yes" if setting.mutable else "no"
    default = f"`{_cell(str(setting.default))}`" if str(setting.default) else "(empty)"
    return f"| `{setting.name}` | {default} | {change} |\n"


def _cell(text: str) -> str:
    # A bar would end the cell.
    return " ".join(text.split()).replace("|", "\\|")
