"""Folders are layers: a module imports only from its own folder or from lower levels, in .py and .pyx alike."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "redpoll"

# The first part of a module's name below the package, and its level.
LEVELS: dict[str, int] = {
    "errors": 0,
    "replies": 0,
    "clock": 0,
    "version": 0,
    "globs": 0,
    "native": 0,
    "config": 1,
    "values": 1,
    "keyspace": 2,
    "dispatch": 3,
    "commands": 4,
    "scripting": 5,
    "persistence": 6,
    "replication": 6,
    "cluster": 6,
    "events": 6,
    "node": 7,
    "server": 8,
    "embedded": 8,
    "cli": 9,
    "console": 9,
    # The package itself re-exports what is public.
    "__init__": 10,
    "__main__": 10,
}
# The core knows bytes, not policy: of the package it may use only what else is on its level.
NATIVE_MAY_USE = {"errors", "replies", "clock", "version", "globs", "native"}

_NATIVE_IMPORT = re.compile(r"^\s*(?:from\s+(redpoll[\w.]*)\s+c?import\b|c?import\s+(redpoll[\w.]*))")

SOURCES = sorted(path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".pyx", ".pxd", ".pyi"})


def part_of(path: Path) -> str:
    """The layer's name of a file."""
    return path.relative_to(PACKAGE).parts[0].split(".")[0]


def imports_of(path: Path) -> Iterator[str]:
    """Every module of the package that a file imports when it runs; imports for type checkers alone do not count."""
    if path.suffix in {".pyx", ".pxd"}:
        matches = map(_NATIVE_IMPORT.match, path.read_text().splitlines())
        yield from (match[1] or match[2] for match in matches if match)
        return
    yield from _python_imports(ast.parse(path.read_text()))


def _python_imports(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        if isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"line {child.lineno}: relative imports hide the layer, name the module"
            yield from _names(child.module or "", child)
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names if alias.name.split(".")[0] == "redpoll")
        yield from _python_imports(child)


def _names(module: str, statement: ast.ImportFrom) -> Iterator[str]:
    if module == "redpoll":
        yield from (f"redpoll.{alias.name}" for alias in statement.names)
    elif module.startswith("redpoll."):
        yield module


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    own = part_of(path)
    assert own in LEVELS, f"{own} has no level: add it to LEVELS, where the design puts it"
    for module in imports_of(path):
        other = module.split(".")[1] if "." in module else "__init__"
        if own == "native":
            assert other in NATIVE_MAY_USE, f"native code imports {module}: it may know no policy"
        # What the package says of itself at its top (the version) may be asked from anywhere above.
        assert other in LEVELS or other == "__version__", f"{module}: no such layer"
        assert other == own or LEVELS.get(other, 0) < LEVELS[own] or LEVELS[own] == 0 == LEVELS.get(other, 0), (
            f"level {LEVELS[own]} ({own}) imports level {LEVELS.get(other)} ({module}): pass it in as an argument"
        )


@pytest.mark.parametrize("path", sorted((PACKAGE / "commands").glob("*.py")), ids=lambda path: path.stem)
def test_command_modules_do_not_import_each_other(path: Path) -> None:
    found = [module for module in imports_of(path) if module.startswith("redpoll.commands")]
    assert not found, f"{path.stem} imports {found}: what families share belongs in dispatch/ or values/"


def test_the_core_does_not_include_files() -> None:
    including = [path.name for path in SOURCES if re.search(r'^include\s+["\']', path.read_text(), re.MULTILINE)]
    assert not including, f"{including} use include: cimport from a .pxd instead"
