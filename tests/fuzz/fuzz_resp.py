"""Fuzzes the request parser and the executor behind it: `make fuzz ARGS="-max_total_time=60"`.

Each input is fed to one fresh connection, whole and then in two pieces; the replies must be whole and equally many.
Inputs that reach new code are added to the folder `corpus` beside this file, which also holds the seeds; arguments go
to libFuzzer.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import atheris
from tests.commands.harness import Decoder, Incomplete
from tests.nodes import embedded_node

CORPUS = Path(__file__).with_name("corpus")
# What would end the process, hold it up, or fill the disk belongs to other tests.
REFUSED = (b"shutdown", b"debug", b"config", b"populate", b"pause", b"monitor", b"lolwut")


def replies_to(node: Any, *pieces: bytes) -> bytes:
    """What a fresh connection is answered on an empty keyspace."""
    client = node.new_client()
    for database in range(len(node.keyspace)):
        node.keyspace[database].flush()
    replies: bytes = b"".join(node.executor.feed(client, piece) for piece in pieces)
    node.forget_client(client)
    return replies


def check_whole(replies: bytes) -> int:
    """How many replies there are; fails if the last one is cut."""
    decoder = Decoder()
    decoder.feed(replies)
    count = 0
    try:
        while True:
            decoder.next()
            count += 1
    except Incomplete:
        assert decoder.pending == 0, replies[-200:]
    return count


def main() -> None:
    """Fuzz until told to stop."""
    node = embedded_node()

    def one_input(data: bytes) -> None:
        if any(word in data.lower() for word in REFUSED):
            return
        whole = replies_to(node, data)
        middle = data[0] % len(data) if data else 0
        cut = replies_to(node, data[:middle], data[middle:])
        # Ids and times differ between two runs; the number of replies does not.
        assert check_whole(whole) == check_whole(cut)

    atheris.Setup([sys.argv[0], *sys.argv[1:], str(CORPUS)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
