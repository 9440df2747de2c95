"""The server's log, line by line as Redis writes it: `pid:role date level message`."""

from __future__ import annotations

import contextlib
import json
import os
import syslog
from datetime import datetime

from redpoll.clock import Clock, SystemClock
from redpoll.config.settings import Config

DEBUG, VERBOSE, NOTICE, WARNING, NOTHING = range(5)

LEVELS = {"debug": DEBUG, "verbose": VERBOSE, "notice": NOTICE, "warning": WARNING, "nothing": NOTHING}
_NAMES = ("debug", "verbose", "notice", "warning")
_MARKS = ".-*#"
_SYSLOG_LEVELS = (syslog.LOG_DEBUG, syslog.LOG_INFO, syslog.LOG_NOTICE, syslog.LOG_WARNING)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# Who writes: a master, a replica, a child that saves, a sentinel.
ROLES = {"M": "primary", "S": "replica", "C": "RDB/AOF", "X": "sentinel"}

# One message; Redis cuts its own at the same length.
MESSAGE_CHARACTERS_MAX = 1024


class Log:
    """Writes to a file, which may be moved away at any time, or to standard output; to syslog as well if asked."""

    def __init__(self, clock: Clock | None = None, path: str = "", level: int = NOTICE) -> None:
        self._clock: Clock = clock or SystemClock()
        self.path = path
        self.level = level
        self.role = "M"
        self.format = "legacy"
        self.timestamp_format = "legacy"
        self._to_syslog = False

    def follow(self, config: Config) -> None:
        """Take the settings of a configuration, now and whenever they change."""
        # Kept absolute: a later CONFIG SET dir must not move the log.
        self.path = os.path.abspath(config["logfile"]) if config["logfile"] else ""
        for name, take in {
            "loglevel": self._take_level,
            "log-format": self._take_format,
            "log-timestamp-format": self._take_timestamp_format,
        }.items():
            take(config[name])
            config.on_change(name, take)
        if config["syslog-enabled"]:
            facility = getattr(syslog, f"LOG_{config['syslog-facility'].upper()}")
            syslog.openlog(config["syslog-ident"], syslog.LOG_PID | syslog.LOG_NDELAY | syslog.LOG_NOWAIT, facility)
            self._to_syslog = True

    def _take_level(self, name: str) -> None:
        self.level = LEVELS[name]

    def _take_format(self, name: str) -> None:
        self.format = name

    def _take_timestamp_format(self, name: str) -> None:
        self.timestamp_format = name

    # --- writing -----------------------------------------------------------------------------------------------------

    def debug(self, message: str, *values: object) -> None:
        """What only a developer wants to know; `%` in the message takes the values."""
        self.write(DEBUG, message, *values)

    def verbose(self, message: str, *values: object) -> None:
        """Rarely useful, but not a flood."""
        self.write(VERBOSE, message, *values)

    def notice(self, message: str, *values: object) -> None:
        """What happens in normal operation."""
        self.write(NOTICE, message, *values)

    def warning(self, message: str, *values: object) -> None:
        """What somebody should look at."""
        self.write(WARNING, message, *values)

    def write(self, level: int, message: str, *values: object) -> None:
        """Write one message if its level is high enough."""
        if level < self.level or level >= NOTHING:
            return
        text = (message % values if values else message)[:MESSAGE_CHARACTERS_MAX]
        self._emit(self._line(level, text).encode("utf-8", "surrogateescape"))
        if self._to_syslog:
            with contextlib.suppress(ValueError):
                syslog.syslog(_SYSLOG_LEVELS[level], text.encode("utf-8", "replace").decode())

    def raw(self, text: str) -> None:
        """Write a text as it is, without anything before it."""
        self._emit(text.encode("utf-8", "surrogateescape"))

    def _line(self, level: int, text: str) -> str:
        pid, when = os.getpid(), self._timestamp()
        if self.format == "legacy":
            return f"{pid}:{self.role} {when} {_MARKS[level]} {text}\n"
        role, name = ROLES[self.role], _NAMES[level]
        if self.format == "json":
            line = {"pid": pid, "role": role, "timestamp": when, "level": name, "message": text}
            return json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n"
        # In this format a message has no way to write a quote or a line break.
        text = text.replace('"', "'").replace("\n", " ").replace("\r", " ")
        return f'pid={pid} role={role} timestamp="{when}" level={name} message="{text}"\n'

    def _timestamp(self) -> str:
        now_ms = self._clock.now_ms()
        if self.timestamp_format == "milliseconds":
            return str(now_ms)
        now = datetime.fromtimestamp(now_ms // 1000).astimezone()
        thousandths = now_ms % 1000
        if self.timestamp_format == "iso8601":
            zone = now.strftime("%z")
            return f"{now:%Y-%m-%dT%H:%M:%S}.{thousandths:03d}{zone[:3]}:{zone[3:5]}"
        return f"{now:%d} {_MONTHS[now.month - 1]} {now:%Y %H:%M:%S}.{thousandths:03d}"

    def _emit(self, line: bytes) -> None:
        # A log that cannot be written must not stop the server, nor can it be told to anybody.
        with contextlib.suppress(OSError):
            if not self.path:
                _write_all(1, line)
                return
            # Opened for each line, so that the file can be moved away by whoever rotates logs.
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                _write_all(handle, line)
            finally:
                os.close(handle)


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def tell_settings_without_effect(config: Config, log: Log) -> None:
    """One line that names every setting that was set but means nothing here."""
    names = config.without_effect()
    if names:
        log.warning(f"Accepted without effect here: {', '.join(sorted(names))}")
