"""Settings of snapshots and of the append-only file."""

from __future__ import annotations

from redpoll.config import checks
from redpoll.config.compound_kinds import SavePoints
from redpoll.config.kinds import Text
from redpoll.config.setting import COUNT, Setting, choice, flag, memory

SNAPSHOTS = (
    Setting("save", SavePoints(), "3600 1 300 100 60 10000", effective=False),
    Setting("dbfilename", Text(checks.snapshot_file_name), "dump.rdb", protected=True, effective=False),
    flag("stop-writes-on-bgsave-error", "yes", effective=False),
    flag("rdbcompression", "yes", effective=False),
    flag("rdbchecksum", "yes", mutable=False, effective=False),
    flag("rdb-del-sync-files", "no", effective=False),
    flag("rdb-save-incremental-fsync", "yes", effective=False),
    choice("rdb-version-check", "strict", ("strict", "relaxed"), effective=False),
    choice("sanitize-dump-payload", "no", ("no", "yes", "clients"), effective=False),
)

APPEND_ONLY_FILE = (
    flag("appendonly", "no", effective=False),
    Setting("appendfilename", Text(checks.append_file_name), "appendonly.aof", mutable=False, effective=False),
    Setting("appenddirname", Text(checks.append_folder_name), "appendonlydir", mutable=False, effective=False),
    choice("appendfsync", "everysec", ("everysec", "always", "no"), effective=False),
    flag("no-appendfsync-on-rewrite", "no", effective=False),
    Setting("auto-aof-rewrite-percentage", COUNT, "100", effective=False),
    memory("auto-aof-rewrite-min-size", 67108864, effective=False),
    flag("aof-load-truncated", "yes", effective=False),
    flag("aof-use-rdb-preamble", "yes", effective=False),
    flag("aof-timestamp-enabled", "no", effective=False),
    flag("aof-rewrite-incremental-fsync", "yes", effective=False),
    flag("aof-disable-auto-gc", "no", hidden=True, effective=False),
)

SETTINGS = SNAPSHOTS + APPEND_ONLY_FILE
