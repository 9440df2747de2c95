"""What is published: a source distribution that builds, and a wheel that runs in an empty environment."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import redpoll
from tests.commands.harness import Connection, free_port
from tests.compatibility.launch import Launched

ROOT = Path(__file__).parents[2]

# What is published is the release build, whichever is under test: once is enough.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get("REDPOLL_BUILD", "release") != "release", reason="tested with the release build"),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both, built from a copy of the sources as they would be published."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    return folder


def test_the_source_distribution_has_sources_only(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"setup.py", "LICENSE", "src/redpoll/native/table.pyx", "src/redpoll/native/table.pxd"} <= names
    assert not [name for name in names if name.endswith((".so", ".c", ".pyc"))]


def test_the_wheel_runs_in_an_empty_environment(built: Path, tmp_path: Path) -> None:
    wheel = next(built.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        assert "redpoll/py.typed" in archive.namelist()
        assert "redpoll/native/table.pyi" in archive.namelist()
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    # The server needs none of the command line's libraries, so nothing has to be fetched.
    empty = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    install = [python, "-m", "pip", "install", "-q", "--no-index", "--no-deps", str(wheel)]
    subprocess.run(install, check=True, env=empty)
    port = free_port()
    command = [str(python.with_name("redpoll-server")), "--port", str(port)]
    server = Launched(command, tmp_path, PYTHONPATH="").wait_until_ready()
    with Connection(port) as connection:
        assert b"redpoll_version:" + redpoll.__version__.encode() in connection.call("INFO server").value
    assert server.stop() == 0
