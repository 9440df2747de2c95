"""`python -m redpoll` is the command `redpoll`."""

from __future__ import annotations

import sys

from redpoll.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
