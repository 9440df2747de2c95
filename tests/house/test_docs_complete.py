"""Every command and setting is documented and every command has a row in a case table; every link leads somewhere."""

from __future__ import annotations

import os
import re
from importlib import import_module
from pathlib import Path

import pytest
from tests.commands import cases
from tests.commands.harness import cases_of, split_words
from tests.house.reference import commands_page, configuration_page

from redpoll.commands import families
from redpoll.dispatch.declare import Command
from redpoll.dispatch.table import CommandTable

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
TABLE = CommandTable(families())

# Commands that cannot stand in a case table, and where they are tested instead.
TESTED_ELSEWHERE: dict[bytes, str] = {
    b"shutdown": "ends the server: tests of the process",
    b"monitor": "its stream depends on other clients: tests of connections",
    b"config|rewrite": "needs a configuration file: tests of the configuration",
    b"client|pause": "stops the table's own connection: tests of connections",
    b"client|unpause": "meaningless without a pause: tests of connections",
}
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def has_own_handler(command: Command) -> bool:
    """True unless it exists only for its sub-commands."""
    return command.handler is not None


def commands_in_cases() -> set[bytes]:
    """The names of every command that some row calls."""
    called: set[bytes] = set()
    for path in Path(str(cases.__file__)).parent.glob("*.py"):
        if path.stem != "__init__":
            for case in cases_of(path.stem, import_module(f"tests.commands.cases.{path.stem}").CASES):
                found = (TABLE.resolve(split_words(call)) for call in case.commands if split_words(call))
                called.update(command.name for command in found if command is not None)
    return called


def golden(name: str, made: str) -> None:
    """Compare with the committed page, or write it when asked to."""
    path = ROOT / "docs" / name
    if os.environ.get("REDPOLL_GOLDEN") == "write":
        path.write_text(made)
    assert path.read_text() == made, f"docs/{name} is out of date: run REDPOLL_GOLDEN=write make house"


def test_the_commands_page_is_what_the_declarations_say() -> None:
    golden("commands.md", commands_page(command for command in TABLE if has_own_handler(command)))


def test_the_configuration_page_is_what_the_declarations_say() -> None:
    from redpoll.config.settings import SETTINGS

    golden("configuration.md", configuration_page(SETTINGS))


@pytest.mark.parametrize("command", [pytest.param(each, id=each.name.decode()) for each in TABLE])
def test_a_command_is_documented(command: Command) -> None:
    assert command.summary.endswith("."), "the docstring's first line is a sentence"
    assert command.since, "declare since which version it exists"
    assert command.cost or not has_own_handler(command), "declare what it costs"


def test_every_command_has_a_case() -> None:
    wanted = {command.name for command in TABLE if has_own_handler(command)}
    missing = sorted(wanted - commands_in_cases() - set(TESTED_ELSEWHERE))
    assert not missing, f"no row in tests/commands/cases/ calls {missing}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in _LINK.findall(path.read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            assert (path.parent / target).exists(), f"{path.name} links to {target}, which does not exist"


@pytest.mark.parametrize("name", ["README", "ARCHITECTURE", "STYLE", "CONTRIBUTING", "CHANGELOG"])
def test_the_project_documents_exist(name: str) -> None:
    assert (ROOT / f"{name}.md").read_text().startswith("# ")
