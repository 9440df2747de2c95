"""Pid files and supervisors."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from redpoll.server.daemon import notify_supervisor, remove_pid_file, supervisor, write_pid_file


def test_the_pid_file_holds_the_pid_and_goes_away(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    warnings: list[str] = []
    assert write_pid_file(str(path), warnings.append)
    assert path.read_text() == f"{os.getpid()}\n"
    remove_pid_file(str(path))
    remove_pid_file(str(path))
    assert not path.exists()
    assert warnings == []


def test_a_pid_file_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    warnings: list[str] = []
    assert not write_pid_file(str(tmp_path / "no" / "pid"), warnings.append)
    assert warnings == ["Failed to write PID file: No such file or directory"]


@pytest.mark.parametrize(
    "setting, environment, expected",
    [
        ("no", {"NOTIFY_SOCKET": "/s"}, "no"),
        ("systemd", {"NOTIFY_SOCKET": "/s"}, "systemd"),
        ("systemd", {}, "no"),
        ("upstart", {"UPSTART_JOB": "redpoll"}, "upstart"),
        ("auto", {"NOTIFY_SOCKET": "/s"}, "systemd"),
        ("auto", {"UPSTART_JOB": "redpoll"}, "upstart"),
        ("auto", {}, "no"),
    ],
)
def test_the_supervisor_is_found(setting: str, environment: dict[str, str], expected: str) -> None:
    assert supervisor(setting, environment) == expected


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_told(tmp_path: Path, abstract: bool) -> None:
    name = f"\0redpoll-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name)
        notify_supervisor("systemd", {"NOTIFY_SOCKET": name.replace("\0", "@")}, "READY=1\n")
        assert listening.recv(100) == b"READY=1\n"


def test_nobody_is_told_where_there_is_no_supervisor() -> None:
    notify_supervisor("no", {}, "READY=1\n")
