"""The reference pages of docs/, made from the declarations, so that they cannot drift from the code."""

from __future__ import annotations

from collections.abc import Iterable

from redpoll.config.setting import Setting
from redpoll.dispatch.declare import Command

GROUP_TITLES = {
    "generic": "Keys",
    "string": "Strings",
    "connection": "Connection",
    "server": "Server",
    "hyperloglog": "HyperLogLog",
}

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


KEPT_HEAD = """
## Without effect here

Known to Redis or Valkey; accepted, shown by `CONFIG GET`, and named once in the log when set.
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


def configuration_page(settings: Iterable[Setting]) -> str:
    """docs/configuration.md: first every setting that does something, then those that are only kept."""
    shown = sorted((each for each in settings if not each.hidden), key=lambda each: each.name)
    head = "| directive | default | change while running |\n|---|---|---|\n"
    working = "".join(setting_row(each) for each in shown if each.effective)
    kept = "".join(setting_row(each) for each in shown if not each.effective)
    return f"{CONFIGURATION_HEAD}\n{head}{working}{KEPT_HEAD}\n{head}{kept}"


def setting_row(setting: Setting) -> str:
    """One setting as a row of the table."""
    name = f"`{setting.name}`"
    if setting.aliases:
        name += " (also " + ", ".join(f"`{alias}`" for alias in setting.aliases) + ")"
    default = f"`{_cell(setting.default)}`" if setting.default else "(empty)"
    change = "with `enable-protected-configs`" if setting.protected else "yes" if setting.mutable else "no"
    return f"| {name} | {default} | {change} |\n"


def _cell(text: str) -> str:
    # A bar would end the cell.
    return " ".join(text.split()).replace("|", "\\|")
