from collections.abc import Callable
from random import Random
from typing import Any

from redpoll.native.client import Client
from redpoll.native.command_entry import CommandEntry
from redpoll.native.database import Database
from redpoll.native.keyspace import Keyspace
from redpoll.native.registry import Registry

class Context:
    db: Database
    client: Client
    keyspace: Keyspace
    resp: int
    command: CommandEntry
    node: Any
    random: Random
    @property
    def now_ms(self) -> int: ...
    def raw_argv(self) -> list[bytes]: ...

class Caller(Registry):
    keyspace: Keyspace
    context: Context
    flags: int
    native_tier: bool
    real_clock: bool
    gate: Callable[..., Any] | None
    on_slow: Callable[[Client, CommandEntry, list[bytes], int], None] | None
    on_failure: Callable[[Client, CommandEntry | None, Exception], None] | None
    error_counts: dict[bytes, int]
    commands_processed: int
    slowlog_threshold_us: int
    def __init__(self, keyspace: Keyspace, context: Context | None = None) -> None: ...
    def argv(self) -> list[bytes]: ...
    def run_queue(self, c: Client, queue: list[tuple[CommandEntry, list[bytes]]]) -> Any: ...
    def failure(self, c: Client, entry: CommandEntry, error: Exception) -> Any: ...
    def call(self, c: Client, entry: CommandEntry, argv: list[bytes]) -> Any: ...

def parse_float(text: bytes) -> float: ...
