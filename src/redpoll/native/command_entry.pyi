from collections.abc import Callable
from typing import Any

class CommandEntry:
    name: bytes
    handler: Callable[..., Any]
    arity: int
    words_min: int
    words_max: int
    flags: int
    spec: bytes
    command: Any
    subcommands: dict[bytes, CommandEntry] | None
    parent: CommandEntry | None
    queues: bool
    def __init__(
        self,
        name: bytes,
        handler: Callable[..., Any],
        arity: int,
        flags: int = 0,
        spec: bytes = b"B",
        command: Any = None,
        subcommands: dict[bytes, CommandEntry] | None = None,
    ) -> None: ...
    @property
    def is_native(self) -> bool: ...
    @property
    def calls(self) -> int: ...
    @property
    def usec(self) -> int: ...
    @property
    def rejected_calls(self) -> int: ...
    @property
    def failed_calls(self) -> int: ...
    def reject(self) -> None: ...
    def count(self) -> None: ...
    def reset(self) -> None: ...
    def latency_histogram(self) -> dict[int, int]: ...
    def latency_percentiles(self, percentiles: list[float]) -> list[float]: ...
