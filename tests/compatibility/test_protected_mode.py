"""Protected mode, seen from an address that is not the loopback: in a network of its own, made for the test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.harness import package_environment
from tests.compatibility.launch import server_command

# Of a range reserved for documentation.
ADDRESS = "198.51.100.1"

SCRIPT = """
import socket, subprocess, sys
server = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE, text=True)
for line in server.stdout:
    if "Ready to accept" in line:
        break
with socket.create_connection((sys.argv[1], 7000)) as outside:
    print(outside.makefile().readline().strip()[:120])
with socket.create_connection(("127.0.0.1", 7000)) as inside:
    inside.sendall(b"CONFIG SET protected-mode no\\r\\n")
    print(inside.recv(100).decode().strip())
with socket.create_connection((sys.argv[1], 7000)) as outside:
    outside.sendall(b"PING\\r\\n")
    print(outside.recv(100).decode().strip())
server.terminate()
sys.exit(server.wait())
"""


def can_make_a_network() -> bool:
    """True for root on a system with the tools."""
    if os.getuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None:
        return False
    return subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not can_make_a_network(), reason="needs root, unshare and ip")
def test_outsiders_are_told_how_to_get_in(tmp_path: Path) -> None:
    up = f'ip link set lo up && ip addr add {ADDRESS}/32 dev lo && exec "$@"'
    client = [sys.executable, "-c", SCRIPT, ADDRESS, *server_command(), "--port", "7000"]
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", up, "sh", *client],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=package_environment(),
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    refusal, allowed, answer = done.stdout.splitlines()
    assert refusal.startswith("-DENIED Running in protected mode because protected mode is enabled and no password")
    assert (allowed, answer) == ("+OK", "+PONG")
