"""The process: its command line, log, signals, sockets and files."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

import redpoll
from tests.commands.harness import Connection, package_environment
from tests.compatibility.conftest import Launch
from tests.compatibility.launch import LINE_SECONDS_MAX, Launched, server_command

LOG_LINE = re.compile(r"^\d+:[MCSX] \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d\.\d{3} [.\-*#] ")


def unix_call(path: Path, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(request)
        return connection.recv(4096)


def test_the_log_has_the_texts_operators_look_for_in_order(launch: Launch, port: int) -> None:
    server = launch("--port", str(port))
    started = server.wait_for(r"just started")
    assert f" PID: {server.process.pid}, just started" in started
    initialized = server.wait_for("Server initialized")
    ready = server.wait_for("Ready to accept connections tcp$")
    for line in (started, initialized, ready):
        assert LOG_LINE.match(line), line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_in_order(launch: Launch, port: int, number: signal.Signals) -> None:
    server = launch("--port", str(port)).wait_until_ready()
    server.signal(number)
    server.wait_for(f"Received {number.name} scheduling shutdown")
    server.wait_for("User requested shutdown")
    server.wait_for("is now ready to exit, bye bye...$")
    assert server.wait() == 0


def test_a_second_signal_ends_it_at_once(launch: Launch, port: int) -> None:
    server = launch("--port", str(port), "--enable-debug-command", "yes").wait_until_ready()
    with Connection(port) as connection, Connection(port) as other:
        # Keeps the server from ending in order for longer than this test may take.
        connection.send("DEBUG SLEEP 600")
        other.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            while other.call("PING").value == b"PONG":
                pass
        server.signal(signal.SIGTERM)
        server.wait_for("scheduling shutdown")
        server.signal(signal.SIGTERM)
        assert server.wait() != 0
    assert "You insist... exiting now." in server.output


def test_the_started_process_is_the_server(launch: Launch, port: int) -> None:
    server = launch("--port", str(port)).wait_until_ready()
    with Connection(port) as connection:
        info = connection.call("INFO server").value
    assert b"process_id:%d\r\n" % server.process.pid in info


def test_a_port_in_use_is_a_clear_error(launch: Launch, port: int) -> None:
    launch("--port", str(port)).wait_until_ready()
    second = launch("--port", str(port))
    assert second.wait() == 1
    assert f"Failed listening on port {port} (tcp), aborting." in second.output
    assert "bind: Address already in use" in second.output


def test_a_unix_socket_alone(launch: Launch, tmp_path: Path) -> None:
    path = tmp_path / "redpoll.sock"
    server = launch("--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700")
    server.wait_for("Ready to accept connections unix$")
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert unix_call(path, b"PING\r\n") == b"+PONG\r\n"
    assert f"addr={path}:0".encode() in unix_call(path, b"CLIENT LIST\r\n")
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert not path.exists()


def test_a_unix_socket_left_behind_is_replaced(launch: Launch, tmp_path: Path) -> None:
    path = tmp_path / "redpoll.sock"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    launch("--port", "0", "--unixsocket", str(path)).wait_until_ready()
    assert unix_call(path, b"PING\r\n") == b"+PONG\r\n"


def test_listening_nowhere_is_an_error(launch: Launch) -> None:
    server = launch("--port", "0")
    assert server.wait() == 1
    assert "Configured to not listen anywhere, exiting." in server.output


def test_several_addresses_ipv6_and_optional_ones(launch: Launch, port: int) -> None:
    launch("--port", str(port), "--bind", "127.0.0.1", "127.0.0.2", "-::1", "-192.0.2.1").wait_until_ready()
    for address in ("127.0.0.1", "127.0.0.2"):
        with socket.create_connection((address, port)) as connection:
            connection.sendall(b"PING\r\n")
            assert connection.recv(100) == b"+PONG\r\n"


def test_an_address_that_is_not_ours_stops_the_start(launch: Launch, port: int) -> None:
    server = launch("--port", str(port), "--bind", "127.0.0.1", "192.0.2.1")
    assert server.wait() == 1
    assert f"listening socket 192.0.2.1:{port}: bind: Cannot assign requested address" in server.output


def test_daemonize_and_pid_file(launch: Launch, port: int, tmp_path: Path) -> None:
    pid_file, log = tmp_path / "redpoll.pid", tmp_path / "redpoll.log"
    parent = launch("--port", str(port), "--daemonize", "yes", "--pidfile", str(pid_file), "--logfile", str(log))
    assert parent.wait() == 0
    with wait_for_connection(port) as connection:
        pid = int(re.search(rb"process_id:(\d+)", connection.call("INFO server").value)[1])  # type: ignore[index]
        try:
            assert pid != parent.process.pid
            assert pid_file.read_text() == f"{pid}\n"
        finally:
            os.kill(pid, signal.SIGTERM)
        assert connection.read().kind == "closed"
    wait_until_gone(pid)
    assert not pid_file.exists()
    assert "bye bye" in log.read_text()


def wait_for_connection(port: int) -> Connection:
    """Connect as soon as somebody listens."""
    latest = time.monotonic() + LINE_SECONDS_MAX
    while time.monotonic() < latest:
        try:
            return Connection(port)
        except ConnectionRefusedError:
            os.sched_yield()
    raise AssertionError("nobody listens")


def wait_until_gone(pid: int) -> None:
    """Wait for the end of a process that is not ours."""
    if hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        assert select.select([descriptor], [], [], 20)[0], "the process did not end"
        os.close(descriptor)


def test_configuration_from_standard_input(launch: Launch, port: int) -> None:
    server = launch("-")
    server.give(f"# a comment\nport {port}\nmaxmemory 1gb\n")
    server.wait_until_ready()
    with Connection(port) as connection:
        assert connection.call("CONFIG GET maxmemory").value[1].value == b"1073741824"


def test_a_file_and_directives_together(launch: Launch, port: int, tmp_path: Path) -> None:
    (tmp_path / "redpoll.conf").write_text('port 1\nrequirepass "from file"\nsave 900 1\n')
    launch("redpoll.conf", "--port", str(port), "--save", "60 5", "--requirepass", "a b").wait_until_ready()
    with Connection(port) as connection:
        assert connection.call([b"AUTH", b"a b"]).value == b"OK"
        path = connection.call("CONFIG GET port").value
        assert path[1].value == str(port).encode()


@pytest.mark.parametrize(
    "arguments, line, reason",
    [
        (["--foo", "bar"], "foo \"bar\"", "Bad directive or wrong number of arguments"),
        (["--port", "abc"], "port \"abc\"", "argument couldn't be parsed into an integer"),
        (["--port"], "port", "wrong number of arguments"),
    ],
)  # fmt: skip
def test_a_bad_directive_stops_the_start(launch: Launch, arguments: list[str], line: str, reason: str) -> None:
    server = launch(*arguments)
    assert server.wait() == 1
    assert "*** FATAL CONFIG FILE ERROR" in server.output
    assert f"Reading the configuration file, at line 2\n>>> '{line}'\n{reason}" in server.output


def test_a_missing_configuration_file_stops_the_start(launch: Launch) -> None:
    server = launch("/nonexistent.conf")
    assert server.wait() == 1
    assert "Fatal error, can't open config file '/nonexistent.conf': No such file or directory" in server.output


@pytest.mark.parametrize("option", ["--version", "-v"])
def test_version(option: str) -> None:
    done = subprocess.run([*server_command(), option], capture_output=True, text=True, env=package_environment())
    assert done.returncode == 0
    assert re.search(r"v=7\.4\.0 .*build=redpoll-" + re.escape(redpoll.__version__), done.stdout)


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(option: str) -> None:
    done = subprocess.run([*server_command(), option], capture_output=True, text=True, env=package_environment())
    assert "Usage: redpoll-server [/path/to/redpoll.conf] [options] [-]" in done.stdout + done.stderr


def test_the_redpoll_command() -> None:
    def run(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "redpoll", *arguments], capture_output=True, text=True, env=package_environment()
        ).stdout

    assert redpoll.__version__ in run("--version")
    assert "serve" in run("--help")


def test_serve_makes_the_data_folder(launch: Launch, port: int, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "redpoll", "serve", "--port", str(port), "--dir", "data"]
    server = Launched(command, tmp_path).wait_until_ready()
    assert (tmp_path / "data").is_dir()
    assert server.stop() == 0


def test_starting_imports_nothing_of_the_command_line() -> None:
    code = "import sys, redpoll.server.process; print(sorted({'typer', 'rich', 'click'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=package_environment())
    assert done.stdout.strip() == "[]", done.stderr


def test_maxclients_is_lowered_to_what_the_system_allows(tmp_path: Path, port: int) -> None:
    command = ["sh", "-c", 'ulimit -n 100; exec "$@"', "sh", *server_command(), "--port", str(port)]
    server = Launched(command, tmp_path)
    try:
        server.wait_for("You requested maxclients of 10000 requiring at least 10032 max file descriptors")
        server.wait_for("maxclients has been reduced to 68 to compensate for low ulimit")
        server.wait_until_ready()
        with Connection(port) as connection:
            assert connection.call("CONFIG GET maxclients").value[1].value == b"68"
    finally:
        server.stop()


def test_the_portable_front_serves_too(launch: Launch, port: int) -> None:
    server = launch("--port", str(port), REDPOLL_REACTOR="portable").wait_until_ready()
    with Connection(port) as connection:
        assert b"multiplexing_api:asyncio" in connection.call("INFO server").value
        connection.send("SET k v", "GET k", "INCR n", "CLIENT KILL ID 0")
        assert [connection.read().value for _ in range(3)] == [b"OK", b"v", 1]
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
