"""The commands `redpoll` and `redpoll-server`.

`serve` is recognised before anything else is imported: a server starts without the libraries of the command line.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `redpoll`; returns the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] == "serve":
        return _serve(words[1:])
    from redpoll.cli.app import run

    return run(words)


def _serve(words: list[str]) -> int:
    from redpoll.server.process import main as serve

    return serve(words, program="redpoll serve", make_folder=True)


def server(arguments: Sequence[str] | None = None) -> int:
    """Run `redpoll-server`; returns the exit status."""
    from redpoll.server.process import main as serve

    return serve(list(sys.argv[1:] if arguments is None else arguments), program="redpoll-server")
