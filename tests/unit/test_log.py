"""The log: its line, its levels, where it goes."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from redpoll.clock import ManualClock
from redpoll.config import Config
from redpoll.server import log as log_module
from redpoll.server.log import Log, tell_settings_without_effect

PID = os.getpid()
STAMP = r"\d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d\.\d{3}"


def configured(text: str) -> tuple[Log, Config]:
    """A log that follows a configuration."""
    config = Config()
    config.load_text(text)
    log = Log(ManualClock(1_700_000_000_007))
    log.follow(config)
    return log, config


def test_a_line_is_as_redis_writes_it(capfd: pytest.CaptureFixture[str]) -> None:
    log, _ = configured("loglevel debug")
    for level, mark in ((log.debug, "."), (log.verbose, "-"), (log.notice, r"\*"), (log.warning, "#")):
        level("Ready to accept connections %s", "tcp")
        line = capfd.readouterr().out
        assert re.fullmatch(rf"{PID}:M {STAMP} {mark} Ready to accept connections tcp\n", line), line
        assert line[len(f"{PID}:M ") :].split()[3].endswith(".007")


def test_a_percent_sign_is_only_a_place_where_there_are_values(capfd: pytest.CaptureFixture[str]) -> None:
    configured("")[0].notice("100% of %s")
    assert capfd.readouterr().out.endswith(" * 100% of %s\n")


@pytest.mark.parametrize(
    "level, marks", [("debug", ".-*#"), ("verbose", "-*#"), ("notice", "*#"), ("warning", "#"), ("nothing", "")]
)
def test_a_level_hides_those_below(capfd: pytest.CaptureFixture[str], level: str, marks: str) -> None:
    log, config = configured("")
    config.set_many([b"loglevel", level.encode()])
    for write in (log.debug, log.verbose, log.notice, log.warning):
        write("x")
    assert "".join(line.split()[-2] for line in capfd.readouterr().out.splitlines()) == marks


@pytest.mark.parametrize("role", "MSCX")
def test_the_role_is_one_letter(capfd: pytest.CaptureFixture[str], role: str) -> None:
    log, _ = configured("")
    log.role = role
    log.notice("x")
    assert capfd.readouterr().out.startswith(f"{PID}:{role} ")


def test_a_file_is_appended_to_and_may_be_moved_away(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "redpoll.log"
    path.write_text("before\n")
    log, _ = configured(f"logfile {path}")
    log.notice("one")
    path.rename(tmp_path / "old.log")
    log.notice("two")
    assert [line.split()[-1] for line in (tmp_path / "old.log").read_text().splitlines()] == ["before", "one"]
    assert path.read_text().endswith("* two\n")
    assert capfd.readouterr().out == ""


def test_a_file_that_cannot_be_written_does_not_stop_anything(tmp_path: Path) -> None:
    log = Log(path=str(tmp_path / "none" / "log"))
    log.warning("lost")


def test_other_formats_carry_the_same(capfd: pytest.CaptureFixture[str]) -> None:
    log, config = configured("log-timestamp-format milliseconds\nlog-format logfmt")
    log.notice('a "b"')
    assert capfd.readouterr().out == (
        f'pid={PID} role=primary timestamp="1700000000007" level=notice message="a \'b\'"\n'
    )
    config.set_many([b"log-format", b"json"])
    log.warning('a "b"')
    assert json.loads(capfd.readouterr().out) == {
        "pid": PID,
        "role": "primary",
        "timestamp": "1700000000007",
        "level": "warning",
        "message": 'a "b"',
    }
    config.set_many([b"log-format", b"legacy", b"log-timestamp-format", b"iso8601"])
    log.warning("x")
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.007[+-]\d\d:\d\d"
    assert re.fullmatch(rf"{PID}:M {stamp} # x\n", capfd.readouterr().out)


def test_syslog_gets_the_message_if_asked(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    sent: list[tuple[object, ...]] = []
    monkeypatch.setattr(log_module.syslog, "openlog", lambda *words: sent.append(words))
    monkeypatch.setattr(log_module.syslog, "syslog", lambda *words: sent.append(words))
    log, _ = configured("syslog-enabled yes\nsyslog-ident bird\nsyslog-facility local3")
    log.warning("x")
    log.debug("not this")
    syslog = log_module.syslog
    assert sent[0][0] == "bird"
    assert sent[0][2] == syslog.LOG_LOCAL3
    assert sent[1:] == [(syslog.LOG_WARNING, "x")]
    assert capfd.readouterr().out.endswith("# x\n")


def test_settings_without_effect_are_named_once(capfd: pytest.CaptureFixture[str]) -> None:
    log, config = configured("jemalloc-bg-thread no\nactivedefrag yes\ntimeout 5")
    tell_settings_without_effect(config, log)
    line = capfd.readouterr().out
    assert line.endswith(" # Accepted without effect here: activedefrag, jemalloc-bg-thread\n")
    tell_settings_without_effect(configured("timeout 5")[1], log)
    assert capfd.readouterr().out == ""
