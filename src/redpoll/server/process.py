"""The server as a process: from its command line to its exit status.

The order of what is logged is what supervisors and test harnesses of Redis wait for.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import random
import select
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from redpoll.clock import SystemClock
from redpoll.config import Config, ConfigError, ConfigFileMissing
from redpoll.server.daemon import (
    DAEMON_PID_FILE,
    go_to_background,
    notify_supervisor,
    remove_pid_file,
    supervisor,
    write_pid_file,
)
from redpoll.server.invocation import VERSION_TEXT, Invocation, parse_invocation, usage
from redpoll.server.limits import TooFewFiles, adjust_open_files
from redpoll.server.listener import ListenFailed
from redpoll.server.log import Log, tell_settings_without_effect
from redpoll.version import REDIS_VERSION, __version__

if TYPE_CHECKING:
    from redpoll.server.lifecycle import Front, Server

# Once frozen, what the server is made of is never looked at again; what clients bring is collected rarely, because a
# pass over it stops the server.
_COLLECT_AFTER = (100_000, 50, 1_000)


def main(arguments: Sequence[str], program: str, make_folder: bool = False) -> int:
    """Run a server; `make_folder` creates the folder of a `--dir` on the command line."""
    if arguments and arguments[0] in ("-v", "--version"):
        print(VERSION_TEXT)
        return 0
    if arguments and arguments[0] in ("-h", "--help"):
        print(usage(program))
        return 0
    invocation = parse_invocation(arguments)
    log = Log()
    if make_folder:
        _make_data_folder(invocation)
    config = _load(invocation, log)
    if config is None:
        return 1
    return Process(config, log, [program, *arguments]).run()


def _make_data_folder(invocation: Invocation) -> None:
    """`redpoll serve --dir data` works in a fresh checkout; what cannot be made is reported when it is used."""
    for line in invocation.directives:
        name, _, value = line.partition(" ")
        if name.lower() == "dir":
            with contextlib.suppress(OSError):
                os.makedirs(value.strip('"'), exist_ok=True)


def _load(invocation: Invocation, log: Log) -> Config | None:
    """The configuration; None, and the reason told, if it is not usable."""
    config = Config()
    path = invocation.config_file
    standard_input = sys.stdin.read() if invocation.from_stdin else ""
    try:
        config.load(None if path is None else os.path.abspath(path), invocation.directives, standard_input)
    except ConfigFileMissing as error:
        log.warning(str(error))
        return None
    except ConfigError as error:
        _complain(error)
        return None
    log.follow(config)
    return config


def _complain(error: ConfigError) -> None:
    sys.stderr.write(f"\n*** FATAL CONFIG FILE ERROR (Redis {REDIS_VERSION}) ***\n{error}\n")


class Process:
    """One server from start to end."""

    def __init__(self, config: Config, log: Log, arguments: Sequence[str]) -> None:
        self.config = config
        self.log = log
        self._arguments = arguments
        self._supervisor = supervisor(config["supervised"], os.environ)
        self._pid_file = ""

    def run(self) -> int:
        """Serve until the end; returns the exit status."""
        if self.config["daemonize"] and self._supervisor == "no":
            go_to_background()
        self._greet()
        try:
            self.config.lower("maxclients", self._clients_possible())
            server = self._build()
        except ConfigError as error:
            _complain(error)
            self._remove_pid_file()
            return 1
        except (ListenFailed, TooFewFiles) as error:
            self.log.warning(str(error))
            self._remove_pid_file()
            return 1
        self._announce(server)
        status = server.run()
        self._say_goodbye()
        return status

    def _greet(self) -> None:
        log = self.log
        log.notice("oO0OoO0OoO0Oo Redpoll is starting oO0OoO0OoO0Oo")
        versions = f"Redpoll version={__version__}, Redis version={REDIS_VERSION}"
        log.notice(f"{versions}, bits=64, PID: {os.getpid()}, just started")
        if len(self._arguments) == 1:
            log.warning(
                "Warning: no config file specified, using the default config. In order to specify a config file use "
                f"{self._arguments[0]} /path/to/redpoll.conf"
            )
        else:
            log.notice("Configuration loaded")
        tell_settings_without_effect(self.config, log)

    def _clients_possible(self) -> int:
        return adjust_open_files(self.config["maxclients"], self.log.warning, self.log.notice)

    def _build(self) -> Server:
        """Node, front and listening sockets."""
        # Imported late: what is wrong with a command line or a configuration is told before anything is built.
        from redpoll.node import Node, Surroundings
        from redpoll.server.lifecycle import Server
        from redpoll.server.signals import Signals

        self._pid_file = self._choose_pid_file()
        if self._pid_file and not write_pid_file(self._pid_file, self.log.warning):
            self._pid_file = ""
        self.log.notice(f"Running mode=standalone, port={self.config.get('port')}.")
        around = Surroundings(SystemClock(), random.Random(os.urandom(32)), self.log)
        node = Node(self.config, around)
        server = Server(node, choose_front(os.environ), sys.executable, self._arguments)
        server.supervised = self._supervisor
        Signals(server, self._remove_pid_file).install()
        server.open_listeners()
        return server

    def _choose_pid_file(self) -> str:
        path: str = self.config["pidfile"]
        return os.path.abspath(path) if path else DAEMON_PID_FILE if self.config["daemonize"] else ""

    def _announce(self, server: Server) -> None:
        if self.config["crash-log-enabled"]:
            faulthandler.enable()
        self.log.notice("Server initialized")
        _settle_memory()
        for listener in server.listeners:
            self.log.notice(f"Ready to accept connections {listener.name}")
        notify_supervisor(self._supervisor, os.environ, "STATUS=Ready to accept connections\nREADY=1\n")

    def _say_goodbye(self) -> None:
        notify_supervisor(self._supervisor, os.environ, "STOPPING=1\n")
        self._remove_pid_file(told=True)
        self.log.warning("Redpoll is now ready to exit, bye bye...")

    def _remove_pid_file(self, told: bool = False) -> None:
        if self._pid_file:
            if told:
                self.log.notice("Removing the pid file.")
            remove_pid_file(self._pid_file)


def choose_front(environment: Mapping[str, str]) -> Callable[[Server], Front]:
    """The reactor where it can run, unless REDPOLL_REACTOR=portable asks for asyncio alone."""
    if environment.get("REDPOLL_REACTOR", "") != "portable" and hasattr(select, "epoll"):
        from redpoll.server.reactor_loop import ReactorFront

        return ReactorFront
    from redpoll.server.portable import PortableFront

    return PortableFront


def _settle_memory() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)
