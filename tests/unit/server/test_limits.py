"""The open-file limit, changed in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.commands.harness import package_environment

CODE = """
import resource, sys
from redpoll.server.limits import TooFewFiles, adjust_open_files, clients_possible
soft, hard, wanted = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
# Without privileges the hard limit cannot be raised again.
refused = resource.setrlimit
def setrlimit(kind, limits):
    if limits[1] > hard or limits[0] > hard:
        raise ValueError("not allowed to raise maximum limit")
    refused(kind, limits)
resource.setrlimit = setrlimit
try:
    print(adjust_open_files(wanted, lambda text: print("#", text), lambda text: print("*", text)))
    print(clients_possible())
except TooFewFiles as error:
    print(error)
"""


@pytest.mark.parametrize(
    "soft, hard, wanted, lines",
    [
        (500, 500, 400, ["400", "468"]),
        (
            100, 500, 400,
            ["* Increased maximum number of open files to 432 (it was originally set to 100).", "400", "400"],
        ),
        (
            100, 100, 400,
            [
                "# You requested maxclients of 400 requiring at least 432 max file descriptors.",
                "# Server can't set maximum open files to 432 because of OS error: Operation not permitted.",
                "# Current maximum open files is 100. maxclients has been reduced to 68 to compensate for low ulimit. "
                "If you need higher maxclients increase 'ulimit -n'.",
                "68",
                "68",
            ],
        ),
        (
            20, 20, 400,
            [
                "Your current 'ulimit -n' of 20 is not enough for the server to start. "
                "Please increase your open file limit to at least 432. Exiting."
            ],
        ),
    ],
)  # fmt: skip
def test_the_limit_is_raised_or_clients_are_fewer(soft: int, hard: int, wanted: int, lines: list[str]) -> None:
    arguments = [sys.executable, "-c", CODE, str(soft), str(hard), str(wanted)]
    done = subprocess.run(arguments, capture_output=True, text=True, env=package_environment())
    assert done.stdout.splitlines() == lines, done.stderr
