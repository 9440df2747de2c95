from collections.abc import Callable
from typing import Any

NEED_AUTH: int
IN_MULTI: int
SUBSCRIBED: int
MONITOR: int
REPLY_OFF: int
REPLY_SKIP: int
TRACKING: int
BLOCKED: int
RESTRICTED: int
CLOSE_ASAP: int
CLOSE_AFTER_REPLY: int
WATCH_DIRTY: int
NO_EVICT: int
NO_TOUCH: int
REPLICA: int

class Client:
    flags: int
    db_index: int
    resp: int
    id: int
    commands_processed: int
    total_net_in: int
    total_net_out: int
    created_ms: int
    last_interaction_ms: int
    name: bytes | None
    user: Any
    lib_name: bytes | None
    lib_ver: bytes | None
    address: bytes | None
    local_address: bytes | None
    session: Any
    queue: list[Any] | None
    queue_is_plain: bool
    last_command: Any
    on_output: Callable[[Client], None] | None
    def __init__(self, fd: int = -1, id: int = 0, executor: Any = None) -> None: ...
    @property
    def fd(self) -> int: ...
    @property
    def query_buffer_size(self) -> int: ...
    @property
    def query_buffer_capacity(self) -> int: ...
    @property
    def output_buffer_size(self) -> int: ...
    @property
    def output_buffer_capacity(self) -> int: ...
    @property
    def is_closed(self) -> bool: ...
    def attach(self, executor: Any) -> None: ...
    def push(self, value: Any) -> None: ...
    def push_raw(self, data: bytes) -> None: ...
    def pushed(self, before: int) -> None: ...
    def take_output(self) -> bytes: ...
    def close(self, after_reply: bool = False) -> None: ...
    def closed_by_peer(self) -> None: ...
    def close_socket(self) -> None: ...
    def block(self) -> None: ...
    def unblock(self) -> None: ...
