"""Settings of memory: its limit, eviction and expiry, how values are encoded, when memory is given back."""

from __future__ import annotations

from redpoll.config.kinds import INT32_MAX, INT32_MIN, INT64_MAX, UINT64_MAX, Memory
from redpoll.config.setting import COUNT, Setting, choice, flag, integer, memory

_POLICIES = (
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "noeviction",
)

LIMIT = (
    Setting("maxmemory", Memory(0, UINT64_MAX), "0"),
    choice("maxmemory-policy", "noeviction", _POLICIES),
    integer("maxmemory-samples", 5, 1, 64),
    integer("maxmemory-eviction-tenacity", 10, 0, 100, effective=False),
    Setting("lfu-log-factor", COUNT, "10"),
    Setting("lfu-decay-time", COUNT, "1"),
    integer("active-expire-effort", 1, 1, 10, effective=False),
    integer("tracking-table-max-keys", 1000000, 0, INT64_MAX, effective=False),
    flag("import-mode", "no", effective=False),
)

ENCODINGS = (
    integer("hash-max-listpack-entries", 512, 0, INT64_MAX, aliases=("hash-max-ziplist-entries",)),
    memory("hash-max-listpack-value", 64, aliases=("hash-max-ziplist-value",)),
    integer("list-max-listpack-size", -2, INT32_MIN, INT32_MAX, aliases=("list-max-ziplist-size",)),
    integer("list-compress-depth", 0, 0, INT32_MAX, effective=False),
    integer("set-max-intset-entries", 512, 0, INT64_MAX),
    integer("set-max-listpack-entries", 128, 0, INT64_MAX),
    integer("set-max-listpack-value", 64, 0, INT64_MAX),
    integer("zset-max-listpack-entries", 128, 0, INT64_MAX, aliases=("zset-max-ziplist-entries",)),
    memory("zset-max-listpack-value", 64, aliases=("zset-max-ziplist-value",)),
    memory("hll-sparse-max-bytes", 3000),
    memory("stream-node-max-bytes", 4096, effective=False),
    integer("stream-node-max-entries", 100, 0, INT64_MAX, effective=False),
)

GIVING_BACK = (
    flag("activerehashing", "yes", effective=False),
    flag("lazyfree-lazy-eviction", "yes", effective=False),
    flag("lazyfree-lazy-expire", "yes", effective=False),
    flag("lazyfree-lazy-server-del", "yes", effective=False),
    flag("lazyfree-lazy-user-del", "yes", effective=False),
    flag("lazyfree-lazy-user-flush", "yes", effective=False),
    flag("jemalloc-bg-thread", "yes", effective=False),
    flag("activedefrag", "no", effective=False),
    memory("active-defrag-ignore-bytes", 104857600, 1, effective=False),
    integer("active-defrag-threshold-lower", 10, 0, 1000, effective=False),
    integer("active-defrag-threshold-upper", 100, 0, 1000, effective=False),
    integer("active-defrag-cycle-min", 1, 1, 99, effective=False),
    integer("active-defrag-cycle-max", 25, 1, 99, effective=False),
    integer("active-defrag-cycle-us", 500, 0, 100000, effective=False),
    integer("active-defrag-max-scan-fields", 1000, 1, INT64_MAX, effective=False),
)

SETTINGS = LIMIT + ENCODINGS + GIVING_BACK
