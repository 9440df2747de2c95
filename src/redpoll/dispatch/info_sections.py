"""The sections of INFO: each a function from a node to fields, in the order Redis gives them."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from redpoll.dispatch.memory_report import memory_report, ratio, readable
from redpoll.dispatch.process_figures import children_time, own_time, system_memory_bytes, thread_time
from redpoll.native.client import BLOCKED, TRACKING
from redpoll.native.command_entry import CommandEntry
from redpoll.version import REDIS_VERSION, __version__

Fields = Iterable[tuple[str, object]]

LRU_CLOCK_MASK = 0xFFFFFF
SECONDS_A_DAY = 86400
NO_REPLICATION_ID = "0" * 40


def server_section(node: Any) -> Fields:
    """Who this is and since when."""
    uptime_s = max(0, node.clock.now_ms() - node.started_ms) // 1000
    server = node.server
    compiler = platform.python_compiler().split()
    yield from (
        ("redis_version", REDIS_VERSION),
        ("server_name", "redpoll"),
        ("redpoll_version", __version__),
        ("redis_git_sha1", "00000000"),
        ("redis_git_dirty", 0),
        ("redis_build_id", hashlib.sha256(f"{__version__} {sys.version}".encode()).hexdigest()[:16]),
        ("redis_mode", "standalone"),
        ("os", f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("arch_bits", 64),
        ("monotonic_clock", "POSIX clock_gettime"),
        ("multiplexing_api", server.io_name if server is not None else "none"),
        ("gcc_version", compiler[1] if compiler[:1] == ["GCC"] else "0.0.0"),
        ("python_version", platform.python_version()),
        ("process_id", node.pid),
        ("process_supervised", server.supervised if server is not None else "no"),
        ("run_id", node.run_id.decode()),
        ("tcp_port", _tcp_port(server)),
        ("server_time_usec", node.clock.now_us()),
        ("uptime_in_seconds", uptime_s),
        ("uptime_in_days", uptime_s // SECONDS_A_DAY),
        ("hz", node.config.get("hz")),
        ("configured_hz", node.config.get("hz")),
        ("lru_clock", lru_clock(node)),
        ("executable", server.executable if server is not None else sys.executable),
        ("config_file", node.config.file_path or ""),
        ("io_threads_active", 0),
    )
    for index, listener in enumerate(server.listeners if server is not None else ()):
        yield f"listener{index}", listener.info()


def lru_clock(node: Any) -> int:
    """Seconds in 24 bits, as keys are stamped with them."""
    return int(node.clock.now_ms() // 1000) & LRU_CLOCK_MASK


def _tcp_port(server: Any) -> int:
    listeners = server.listeners if server is not None else ()
    return next((each.port for each in listeners if each.info().startswith("name=tcp")), 0)


def clients_section(node: Any) -> Fields:
    """Who is connected and what they wait for."""
    clients = list(node.clients.values())
    sessions = [client.session for client in clients if client.session is not None]
    blocked = [client for client in clients if client.flags & BLOCKED]
    watched = {key for session in sessions for key in session.watched}
    yield from (
        ("connected_clients", len(clients)),
        ("cluster_connections", 0),
        ("maxclients", node.config.get("maxclients")),
        ("client_recent_max_input_buffer", max((each.query_buffer_size for each in clients), default=0)),
        ("client_recent_max_output_buffer", max((each.output_buffer_size for each in clients), default=0)),
        ("blocked_clients", len(blocked)),
        ("tracking_clients", sum(1 for client in clients if client.flags & TRACKING)),
        ("pubsub_clients", sum(1 for session in sessions if session.is_subscribed)),
        ("watching_clients", sum(1 for session in sessions if session.watched)),
        ("clients_in_timeout_table", node.sessions.blocking.timed_count),
        ("total_watched_keys", len(watched)),
        ("total_blocking_keys", node.sessions.blocking.key_count),
        ("total_blocking_keys_on_nokey", 0),
    )


def memory_section(node: Any) -> Fields:
    """Where the memory goes."""
    report = memory_report(node)
    maxmemory = node.config.get("maxmemory")
    yield from _sized("used_memory", report.used)
    yield from _sized("used_memory_rss", report.resident)
    yield from _sized("used_memory_peak", report.peak)
    yield "used_memory_peak_perc", f"{report.peak_percent:.2f}%"
    yield "used_memory_overhead", report.overhead
    yield "used_memory_startup", report.startup
    yield "used_memory_dataset", report.dataset
    yield "used_memory_dataset_perc", f"{report.dataset_percent:.2f}%"
    yield "allocator_allocated", report.allocated
    yield "allocator_active", report.active
    yield "allocator_resident", report.held
    yield "allocator_muzzy", 0
    yield from _sized("total_system_memory", system_memory_bytes())
    yield from _script_memory()
    yield from _sized("maxmemory", maxmemory)
    yield "maxmemory_policy", node.config.get("maxmemory-policy")
    yield "allocator_frag_ratio", f"{ratio(report.active, report.allocated):.2f}"
    yield "allocator_frag_bytes", report.active - report.allocated
    yield "allocator_rss_ratio", f"{ratio(report.held, report.active):.2f}"
    yield "allocator_rss_bytes", report.held - report.active
    yield "rss_overhead_ratio", f"{ratio(report.resident, report.held):.2f}"
    yield "rss_overhead_bytes", report.resident - report.held
    yield "mem_fragmentation_ratio", f"{ratio(report.resident, report.used):.2f}"
    yield "mem_fragmentation_bytes", report.resident - report.used
    for name in ("not_counted_for_evict", "replication_backlog", "total_replication_buffers", "clients_slaves"):
        yield f"mem_{name}", 0
    yield "mem_clients_normal", report.clients
    yield "mem_cluster_links", 0
    yield "mem_aof_buffer", 0
    yield "mem_allocator", "redpoll-slab"
    yield "mem_overhead_db_hashtable_rehashing", report.rehashing_bytes
    yield "active_defrag_running", 0
    yield "lazyfree_pending_objects", node.keyspace.lazy_free_pending
    yield "lazyfreed_objects", node.keyspace.lazily_freed


def _sized(name: str, count: int) -> Fields:
    yield name, count
    yield f"{name}_human", readable(count)


def _script_memory() -> Fields:
    # There are no scripts whose memory could be counted.
    yield "used_memory_lua", 0
    yield "used_memory_vm_eval", 0
    yield "used_memory_lua_human", readable(0)
    yield "used_memory_scripts_eval", 0
    yield "number_of_cached_scripts", 0
    yield "number_of_functions", 0
    yield "number_of_libraries", 0
    yield "used_memory_vm_functions", 0
    yield from _sized("used_memory_vm_total", 0)
    yield "used_memory_functions", 0
    yield from _sized("used_memory_scripts", 0)


def persistence_section(node: Any) -> Fields:
    """What is on disk."""
    return (
        ("loading", 0),
        ("async_loading", 0),
        ("current_cow_peak", 0),
        ("current_cow_size", 0),
        ("current_cow_size_age", 0),
        ("current_fork_perc", "0.00"),
        ("current_save_keys_processed", 0),
        ("current_save_keys_total", 0),
        ("rdb_changes_since_last_save", node.keyspace.dirty),
        ("rdb_bgsave_in_progress", 0),
        ("rdb_last_save_time", node.started_ms // 1000),
        ("rdb_last_bgsave_status", "ok"),
        ("rdb_last_bgsave_time_sec", -1),
        ("rdb_current_bgsave_time_sec", -1),
        ("rdb_saves", 0),
        ("rdb_last_cow_size", 0),
        ("rdb_last_load_keys_expired", 0),
        ("rdb_last_load_keys_loaded", 0),
        ("aof_enabled", 0),
        ("aof_rewrite_in_progress", 0),
        ("aof_rewrite_scheduled", 0),
        ("aof_last_rewrite_time_sec", -1),
        ("aof_current_rewrite_time_sec", -1),
        ("aof_last_bgrewrite_status", "ok"),
        ("aof_rewrites", 0),
        ("aof_rewrites_consecutive_failures", 0),
        ("aof_last_write_status", "ok"),
        ("aof_last_cow_size", 0),
        ("module_fork_in_progress", 0),
        ("module_fork_last_cow_size", 0),
    )


def stats_section(node: Any) -> Fields:
    """What has been done since the start."""
    stats, keyspace, pubsub = node.stats, node.keyspace, node.sessions.pubsub
    yield from (
        ("total_connections_received", stats.connections_received),
        ("total_commands_processed", stats.commands_processed),
        ("instantaneous_ops_per_sec", round(stats.commands_rate.per_second)),
        ("total_net_input_bytes", stats.net_input_bytes),
        ("total_net_output_bytes", stats.net_output_bytes),
        ("total_net_repl_input_bytes", 0),
        ("total_net_repl_output_bytes", 0),
        ("instantaneous_input_kbps", f"{stats.input_rate.per_second / 1024:.2f}"),
        ("instantaneous_output_kbps", f"{stats.output_rate.per_second / 1024:.2f}"),
        ("instantaneous_input_repl_kbps", "0.00"),
        ("instantaneous_output_repl_kbps", "0.00"),
        ("rejected_connections", stats.rejected_connections),
        ("sync_full", 0),
        ("sync_partial_ok", 0),
        ("sync_partial_err", 0),
        ("expired_subkeys", 0),
        ("expired_keys", keyspace.expired_keys),
        ("expired_stale_perc", "0.00"),
        ("expired_time_cap_reached_count", 0),
        ("expire_cycle_cpu_milliseconds", 0),
        ("evicted_keys", stats.evicted_keys),
        ("evicted_clients", stats.evicted_clients),
        ("evicted_scripts", 0),
        ("total_eviction_exceeded_time", 0),
        ("current_eviction_exceeded_time", 0),
        ("keyspace_hits", keyspace.hits),
        ("keyspace_misses", keyspace.misses),
        ("pubsub_channels", len(pubsub.channels.receivers)),
        ("pubsub_patterns", len(pubsub.patterns.receivers)),
        ("pubsubshard_channels", len(pubsub.shard_channels.receivers)),
    )
    for name in _STATS_WITHOUT_A_SOURCE:
        yield name, 0
    yield "unexpected_error_replies", stats.unexpected_errors
    yield "total_error_replies", stats.error_replies
    yield "client_query_buffer_limit_disconnections", stats.query_buffer_limit_disconnections
    yield "client_output_buffer_limit_disconnections", stats.output_buffer_limit_disconnections
    for name in ("auth", "cmd", "key", "channel"):
        yield f"acl_access_denied_{name}", 0


# What never happens here: there are no forks, no I/O threads, no defragmentation, no invalidation tables.
_STATS_WITHOUT_A_SOURCE = (
    "latest_fork_usec",
    "total_forks",
    "migrate_cached_sockets",
    "slave_expires_tracked_keys",
    "active_defrag_hits",
    "active_defrag_misses",
    "active_defrag_key_hits",
    "active_defrag_key_misses",
    "total_active_defrag_time",
    "current_active_defrag_time",
    "tracking_total_keys",
    "tracking_total_items",
    "tracking_total_prefixes",
    "dump_payload_sanitizations",
    "io_threaded_reads_processed",
    "io_threaded_writes_processed",
)


def replication_section(node: Any) -> Fields:
    """Always a master without replicas."""
    return (
        ("role", "master"),
        ("connected_slaves", 0),
        ("master_failover_state", "no-failover"),
        ("master_replid", node.replication_id.decode()),
        ("master_replid2", NO_REPLICATION_ID),
        ("master_repl_offset", 0),
        ("second_repl_offset", -1),
        ("repl_backlog_active", 0),
        ("repl_backlog_size", node.config.get("repl-backlog-size")),
        ("repl_backlog_first_byte_offset", 0),
        ("repl_backlog_histlen", 0),
    )


def cpu_section(node: Any) -> Fields:
    """Seconds of processor time."""
    own, children, thread = own_time(), children_time(), thread_time()
    return (
        ("used_cpu_sys", f"{own.system:.6f}"),
        ("used_cpu_user", f"{own.user:.6f}"),
        ("used_cpu_sys_children", f"{children.system:.6f}"),
        ("used_cpu_user_children", f"{children.user:.6f}"),
        ("used_cpu_sys_main_thread", f"{thread.system:.6f}"),
        ("used_cpu_user_main_thread", f"{thread.user:.6f}"),
    )


def modules_section(node: Any) -> Fields:
    """There are none."""
    return ()


def called_entries(node: Any) -> Iterator[CommandEntry]:
    """Commands, then their sub-commands, that somebody has called."""
    for entry in node.executor.all_entries():
        for each in (entry, *(entry.subcommands or {}).values()):
            if each.calls or each.rejected_calls or each.failed_calls:
                yield each


def commandstats_section(node: Any) -> Fields:
    """Calls and time by command."""
    for entry in called_entries(node):
        yield (
            f"cmdstat_{entry.name.decode()}",
            f"calls={entry.calls},usec={entry.usec},usec_per_call={ratio(entry.usec, entry.calls):.2f},"
            f"rejected_calls={entry.rejected_calls},failed_calls={entry.failed_calls}",
        )


def errorstats_section(node: Any) -> Fields:
    """Errors by their first word."""
    for prefix, count in sorted(node.executor.error_counts.items()):
        yield f"errorstat_{prefix.decode('utf-8', 'backslashreplace')}", f"count={count}"


def latencystats_section(node: Any) -> Fields:
    """Percentiles of duration by command."""
    if not node.config.get("latency-tracking"):
        return
    percentiles = list(node.config.get("latency-tracking-info-percentiles"))
    for entry in called_entries(node):
        if entry.calls:
            values = zip(percentiles, entry.latency_percentiles(percentiles), strict=True)
            text = ",".join(f"p{percentile:g}={usec:.3f}" for percentile, usec in values)
            yield f"latency_percentiles_usec_{entry.name.decode()}", text


def cluster_section(node: Any) -> Fields:
    """Not part of a cluster."""
    return (("cluster_enabled", 0),)


def keyspace_section(node: Any) -> Fields:
    """Keys by database."""
    for index in range(len(node.keyspace)):
        db = node.keyspace[index]
        if len(db):
            yield (
                f"db{index}",
                f"keys={len(db)},expires={db.volatile_count},avg_ttl={db.average_ttl_ms},subexpiry=0",
            )


SECTIONS: dict[str, tuple[str, Callable[[Any], Fields]]] = {
    "server": ("Server", server_section),
    "clients": ("Clients", clients_section),
    "memory": ("Memory", memory_section),
    "persistence": ("Persistence", persistence_section),
    "stats": ("Stats", stats_section),
    "replication": ("Replication", replication_section),
    "cpu": ("CPU", cpu_section),
    "modules": ("Modules", modules_section),
    "commandstats": ("Commandstats", commandstats_section),
    "errorstats": ("Errorstats", errorstats_section),
    "latencystats": ("Latencystats", latencystats_section),
    "cluster": ("Cluster", cluster_section),
    "keyspace": ("Keyspace", keyspace_section),
}
EVERYTHING = frozenset(SECTIONS)
ALL = EVERYTHING - {"modules"}
DEFAULT = EVERYTHING - {"commandstats", "latencystats"}
GROUPS = {"everything": EVERYTHING, "all": ALL, "default": DEFAULT}


def chosen(names: Iterable[str]) -> frozenset[str]:
    """The sections these words ask for, groups resolved; unknown words ask for nothing."""
    wanted: set[str] = set()
    for name in names:
        wanted |= GROUPS.get(name.lower(), frozenset((name.lower(),)) & EVERYTHING)
    return frozenset(wanted)


def render(node: Any, wanted: frozenset[str]) -> str:
    """The text of the wanted sections, a blank line between them."""
    parts = []
    for name, (title, section) in SECTIONS.items():
        if name in wanted:
            lines = "".join(f"{field}:{value}\r\n" for field, value in section(node))
            parts.append(f"# {title}\r\n{lines}")
    return "\r\n".join(parts)
