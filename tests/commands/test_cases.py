"""Every case of the tables in cases/, in RESP2 and RESP3: over TCP, in-process and on a real server, all equal."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from pathlib import Path

import pytest

from tests.commands import cases
from tests.commands.differences import DIFFERENCES, agree
from tests.commands.harness import Case, Reply, Server, cases_of, run_in_process, run_over_tcp

Transcripts = Callable[[str, int], list[list[Reply]]]

MODULES = sorted(path.stem for path in Path(str(cases.__file__)).parent.glob("*.py") if path.stem != "__init__")
TABLES = {name: cases_of(name, import_module(f"tests.commands.cases.{name}").CASES) for name in MODULES}
ROWS = [
    pytest.param(case, resp, id=f"{name}-{case.number}-resp{resp}")
    for name, table in TABLES.items()
    for resp in (2, 3)
    for case in table
]


@pytest.fixture(scope="session")
def expected(oracle: Server) -> Transcripts:
    """What the oracle answers to a table, asked once."""
    return cache(lambda module, resp: run_over_tcp(oracle, TABLES[module], resp))


@pytest.fixture(scope="session")
def over_tcp(redpoll_tcp: Server) -> Transcripts:
    """What Redpoll answers over TCP, asked once."""
    return cache(lambda module, resp: run_over_tcp(redpoll_tcp, TABLES[module], resp))


@pytest.fixture(scope="session")
def in_process() -> Transcripts:
    """What an embedded node answers to the same bytes, asked once."""
    from tests.nodes import embedded_node, feed

    node = embedded_node()
    return cache(lambda module, resp: run_in_process(node.new_client, partial(feed, node), TABLES[module], resp))


@pytest.mark.parametrize(("case", "resp"), ROWS)
def test_a_case_over_tcp_answers_as_the_oracle(
    case: Case, resp: int, over_tcp: Transcripts, expected: Transcripts
) -> None:
    check(case, over_tcp(case.module, resp)[case.number], expected(case.module, resp)[case.number])


@pytest.mark.parametrize(("case", "resp"), ROWS)
def test_a_case_in_process_answers_as_the_oracle(
    case: Case, resp: int, in_process: Transcripts, expected: Transcripts
) -> None:
    check(case, in_process(case.module, resp)[case.number], expected(case.module, resp)[case.number])


def check(case: Case, ours: list[Reply], theirs: list[Reply]) -> None:
    """Fail with both transcripts side by side."""
    if not agree(case, ours, theirs):
        lines = [f"{case.module}[{case.number}]: {case.title}", f"  after  {case.setup}"]
        pytest.fail("\n".join([*lines, f"  ours   {ours}", f"  oracle {theirs}"]), pytrace=False)


def test_every_explained_difference_has_a_reason() -> None:
    assert all(each.reason for each in DIFFERENCES)
