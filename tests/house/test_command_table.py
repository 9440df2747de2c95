"""The command table as committed: each change of a name, an arity, flags, keys or categories is seen in review.

Regenerate with REDPOLL_GOLDEN=write in the environment.
"""

from __future__ import annotations

import os
from pathlib import Path

import redpoll.commands
from redpoll.commands import MODULES, families
from redpoll.dispatch.declare import Command
from redpoll.dispatch.keyspec import Key
from redpoll.dispatch.table import CommandTable

GOLDEN = Path(__file__).with_name("golden_commands.txt")


def test_the_command_table_is_the_committed_one() -> None:
    printed = "".join(f"{line(command)}\n" for command in sorted(CommandTable(families()), key=lambda each: each.name))
    if os.environ.get("REDPOLL_GOLDEN") == "write":
        GOLDEN.write_text(printed)
    assert printed == GOLDEN.read_text(), "run once with REDPOLL_GOLDEN=write, and commit the change if it is meant"


def test_every_module_of_commands_is_listed() -> None:
    there = {path.stem for path in Path(redpoll.commands.__file__).parent.glob("*.py")} - {"__init__"}
    assert sorted(MODULES) == sorted(there)


def line(command: Command) -> str:
    """One command on one line: name, arity, flags, keys, categories."""
    columns = (
        command.name.decode(),
        f"{command.arity:+d}",
        ",".join(command.flag_names) or "-",
        " ".join(key_text(key) for key in command.keys) or "-",
        ",".join(category[1:] for category in command.acl_categories),
    )
    return " | ".join(columns)


def key_text(key: Key) -> str:
    """A key specification on one line."""
    flags = ".".join(key.flag_names)
    begin = ":".join(map(str, key.begin)) if isinstance(key.begin, tuple) else str(key.begin)
    if key.keynum is not None:
        return f"{flags}@{begin}(count {key.keynum}, first {key.first}, step {key.step})"
    return f"{flags}@{begin}(last {key.last}, step {key.step}, limit {key.limit})"
