"""Sizes, docstrings and banned idioms, each failure with what to write instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "redpoll"
NATIVE = PACKAGE / "native"

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 50

CODE_SUFFIXES = {".py", ".pyx", ".pxd", ".pyi", ".h"}
FILES = sorted(
    path for folder in ("src", "tests", "bench") for path in (ROOT / folder).rglob("*") if path.suffix in CODE_SUFFIXES
)
PYTHON = [path for path in FILES if path.suffix == ".py"]
CYTHON = [path for path in FILES if path.suffix == ".pyx"]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]

# Where time and chance enter; everything else gets them as arguments.
SOURCES_OF_TIME = {"clock.py", "node.py"}
# What talks to the person at the terminal.
MAY_PRINT = {"cli", "process.py"}

_NATIVE_HEADER = re.compile(r"^(\s*)(?:async\s+def|c?p?def|class|cdef\s+class)\s+[^=]*?(\w+)\s*(?:\[[^\]]*\])?\s*[(:]")
_UNFINISHED = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME|X" + "XX)\\b")


class Function(NamedTuple):
    """A function of a native module."""

    name: str
    line: int
    size: int
    first: str  # the first line of its body
    is_public: bool


def relative(path: Path) -> str:
    """A path as reports show it."""
    return str(path.relative_to(ROOT))


def native_functions(path: Path) -> Iterator[Function]:
    """The functions of a .pyx, found by indentation."""
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines):
        match = _NATIVE_HEADER.match(line)
        if match is None or " class " in f" {line} ":
            continue
        end = _header_end(lines, number)
        if end is None:
            continue
        body = _body(lines, end + 1, len(match[1]))
        is_setter = number > 0 and lines[number - 1].strip().endswith(".setter")
        is_def = line.lstrip().startswith(("def ", "cpdef ", "async def ")) and not is_setter
        first = next((each.strip() for each in body if each.strip()), "")
        yield Function(match[2], number + 1, len(body), first, is_def and not match[2].startswith("_"))


def _header_end(lines: list[str], start: int) -> int | None:
    depth = 0
    for number in range(start, min(start + 12, len(lines))):
        code = lines[number].split("#")[0].rstrip()
        depth += code.count("(") - code.count(")")
        if depth <= 0:
            return number if code.endswith(":") else None
    return None


def _body(lines: list[str], start: int, indent: int) -> list[str]:
    end = start
    for number in range(start, len(lines)):
        line = lines[number]
        if line.strip():
            if len(line) - len(line.lstrip()) <= indent:
                break
            end = number + 1
    return lines[start:end]


def functions_of(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_a_file_is_short(path: Path) -> None:
    count = len(path.read_text().splitlines())
    assert count <= FILE_LINES_MAX, f"{relative(path)} has {count} lines: split it by what its parts are about"


@pytest.mark.parametrize("path", PYTHON, ids=relative)
def test_a_python_function_is_short(path: Path) -> None:
    for function in functions_of(ast.parse(path.read_text())):
        size = (function.end_lineno or 0) - function.body[0].lineno + 1
        assert size <= FUNCTION_LINES_MAX, (
            f"{relative(path)}:{function.lineno} {function.name}: {size} lines, move its loops to helpers"
        )


@pytest.mark.parametrize("path", CYTHON, ids=relative)
def test_a_native_function_is_short_and_a_public_one_documented(path: Path) -> None:
    for function in native_functions(path):
        where = f"{relative(path)}:{function.line} {function.name}"
        assert function.size <= FUNCTION_LINES_MAX, f"{where} has {function.size} lines: give loops to inline helpers"
        if function.is_public:
            assert function.first.startswith(('"', "'")), f"{where} has no docstring: one line for its caller is enough"


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix in {".py", ".pyx", ".pxd"}], ids=relative)
def test_a_module_says_what_it_is(path: Path) -> None:
    text = path.read_text().lstrip()
    text = re.sub(r"\A(#.*\n|\s*\n)*", "", text)
    assert text.startswith(('"""', 'r"""')), f"{relative(path)} has no docstring: one line is enough"


@pytest.mark.parametrize(
    "path", [path for path in PYTHON if PACKAGE in path.parents or "bench" in path.parts], ids=relative
)
def test_public_things_have_docstrings(path: Path) -> None:
    missing = list(_undocumented(ast.parse(path.read_text()), public=True))
    assert not missing, f"{relative(path)}: no docstring on {', '.join(missing)}: one line for the caller is enough"


def _undocumented(node: ast.AST, public: bool) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            is_public = public and not child.name.startswith("_")
            if is_public and not ast.get_docstring(child):
                yield child.name
            yield from _undocumented(child, is_public)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            is_setter = any(isinstance(each, ast.Attribute) and each.attr == "setter" for each in child.decorator_list)
            if public and not child.name.startswith("_") and not is_setter and not ast.get_docstring(child):
                yield child.name
        elif isinstance(child, ast.If):
            yield from _undocumented(child, public)


@pytest.mark.parametrize("path", PYTHON, ids=relative)
def test_no_banned_idiom(path: Path) -> None:
    for line, complaint in banned(path, ast.parse(path.read_text())):
        pytest.fail(f"{relative(path)}:{line}: {complaint}", pytrace=False)


def banned(path: Path, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and complaint of every idiom that must not be used."""
    in_package, in_tests = PACKAGE in path.parents, "tests" in path.relative_to(ROOT).parts
    # An argument may be called `random` too: only the module counts.
    modules = {
        each.asname or each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield node.lineno, "bare except: name what you expect"
        if not isinstance(node, ast.Attribute | ast.Name | ast.Call):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            if in_package and not MAY_PRINT.intersection(path.parts):
                yield node.lineno, "print: write to the node's log, or return the text"
        elif isinstance(node, ast.Attribute) and not _is_argument(node.value, modules):
            yield from _banned_attribute(path, node, in_package, in_tests)


def _is_argument(owner: ast.expr, modules: set[str]) -> bool:
    return isinstance(owner, ast.Name) and owner.id in {"time", "random"} and owner.id not in modules


def _banned_attribute(path: Path, node: ast.Attribute, in_package: bool, in_tests: bool) -> Iterator[tuple[int, str]]:
    owner, name = node.value, node.attr
    module = owner.id if isinstance(owner, ast.Name) else ""
    is_mark = isinstance(owner, ast.Attribute) and owner.attr == "mark"
    if module == "time" and name == "sleep" and (in_package or in_tests) and path.name not in SOURCES_OF_TIME:
        yield node.lineno, "time.sleep: wait for the event itself (a reply, a process, a manual clock)"
    if module == "time" and name in {"time", "time_ns"} and in_package and path.name not in SOURCES_OF_TIME:
        yield node.lineno, f"time.{name}: take the time from the clock that was passed in"
    if module == "time" and name in {"time", "time_ns"} and in_tests:
        yield node.lineno, f"time.{name}: use a ManualClock, or the server's TIME"
    if module == "random" and name not in {"Random", "SystemRandom"} and (in_package or in_tests):
        yield node.lineno, f"random.{name}: take the random.Random that was passed in"
    # What a machine lacks may be said with a reason (skipif, or pytest.skip in the test); all else is hiding.
    if in_tests and (name in {"xfail", "importorskip"} or (is_mark and name == "skip")):
        yield node.lineno, f"{name}: make it pass, or leave it out; what tests need is in pyproject.toml"


@pytest.mark.parametrize("path", [*FILES, *DOCUMENTS], ids=relative)
def test_nothing_is_left_unfinished(path: Path) -> None:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        assert not _UNFINISHED.search(line), f"{relative(path)}:{number}: finish it, or leave it out"


@pytest.mark.parametrize("path", CYTHON, ids=relative)
def test_a_native_module_has_a_stub(path: Path) -> None:
    assert path.with_suffix(".pyi").exists(), f"{path.stem} has no .pyi: type checkers see nothing of it"
