"""Fuzzes the request parser and the executor behind it: `make fuzz ARGS="-max_total_time=60"`.

Each input is fed to one fresh connection, whole and then in two pieces; the replies must be whole and equally many.
The folder `corpus` beside this file holds the seeds, `build/fuzz` collects inputs that reach new code; arguments go to
libFuzzer.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import atheris

# The native parser is not seen by the fuzzer: what it lets through to handlers, and the replies, guide it.
with atheris.instrument_imports(include=["redpoll", "tests"]):
    from tests.commands.harness import Decoder, Incomplete
    from tests.nodes import embedded_node

SEEDS = Path(__file__).with_name("corpus")
FOUND = Path(__file__).parents[2] / "build" / "fuzz"
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

    FOUND.mkdir(parents=True, exist_ok=True)
    atheris.Setup([sys.argv[0], f"-artifact_prefix={FOUND.parent}/", *sys.argv[1:], str(FOUND), str(SEEDS)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
