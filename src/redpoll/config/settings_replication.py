"""Settings of replication and of the cluster."""

from __future__ import annotations

from redpoll.config import checks
from redpoll.config.compound_kinds import ReplicaOf
from redpoll.config.kinds import INT32_MAX, INT64_MAX, UINT64_MAX, Integer, Memory, Text
from redpoll.config.setting import ANY_PORT, COUNT, Setting, choice, flag, integer, text

_LOADING = ("disabled", "on-empty-db", "swapdb", "flush-before-load")
_ON_FAULT = ("ignore", "panic", "panic-on-replicas")

REPLICATION = (
    Setting("replicaof", ReplicaOf(), "", aliases=("slaveof",), mutable=False, effective=False),
    text("masteruser", aliases=("primaryuser",), effective=False),
    text("masterauth", aliases=("primaryauth",), effective=False),
    flag("replica-serve-stale-data", "yes", aliases=("slave-serve-stale-data",), effective=False),
    flag("replica-read-only", "yes", aliases=("slave-read-only",), effective=False),
    flag("replica-lazy-flush", "yes", aliases=("slave-lazy-flush",), effective=False),
    flag("replica-ignore-maxmemory", "yes", aliases=("slave-ignore-maxmemory",), effective=False),
    flag("replica-announced", "yes", effective=False),
    text("replica-announce-ip", aliases=("slave-announce-ip",), effective=False),
    Setting("replica-announce-port", ANY_PORT, "0", aliases=("slave-announce-port",), effective=False),
    Setting("replica-priority", COUNT, "100", aliases=("slave-priority",), effective=False),
    flag("replica-ignore-disk-write-errors", "no", effective=False),
    integer("repl-timeout", 60, 1, INT32_MAX, effective=False),
    integer("repl-ping-replica-period", 10, 1, INT32_MAX, aliases=("repl-ping-slave-period",), effective=False),
    Setting("repl-backlog-size", Memory(1, least=16384), "10485760", effective=False),
    integer("repl-backlog-ttl", 3600, 0, INT64_MAX, effective=False),
    flag("repl-disable-tcp-nodelay", "no", effective=False),
    flag("repl-diskless-sync", "yes", effective=False),
    Setting("repl-diskless-sync-delay", COUNT, "5", effective=False),
    Setting("repl-diskless-sync-max-replicas", COUNT, "0", effective=False),
    choice("repl-diskless-load", "disabled", _LOADING, effective=False),
    flag("repl-mptcp", "no", mutable=False, effective=False),
    flag("dual-channel-replication-enabled", "no", effective=False),
    Setting("min-replicas-to-write", COUNT, "0", aliases=("min-slaves-to-write",), effective=False),
    Setting("min-replicas-max-lag", COUNT, "10", aliases=("min-slaves-max-lag",), effective=False),
    choice("propagation-error-behavior", "ignore", _ON_FAULT, effective=False),
)

CLUSTER = (
    flag("cluster-enabled", "no", mutable=False, effective=False),
    Setting("cluster-config-file", Text(checks.cluster_file), "nodes.conf", mutable=False, effective=False),
    choice("cluster-config-save-behavior", "sync", ("sync", "best-effort"), effective=False),
    Setting("cluster-port", ANY_PORT, "0", mutable=False, effective=False),
    integer("cluster-databases", 1, 1, INT32_MAX, mutable=False, effective=False),
    integer("cluster-node-timeout", 15000, 0, INT64_MAX, effective=False),
    integer("cluster-manual-failover-timeout", 5000, 1, INT32_MAX, effective=False),
    Setting("cluster-migration-barrier", COUNT, "1", effective=False),
    Setting(
        "cluster-replica-validity-factor", COUNT, "10", aliases=("cluster-slave-validity-factor",), effective=False
    ),
    flag("cluster-replica-no-failover", "no", aliases=("cluster-slave-no-failover",), effective=False),
    flag("cluster-require-full-coverage", "yes", effective=False),
    flag("cluster-allow-reads-when-down", "no", effective=False),
    flag("cluster-allow-pubsubshard-when-down", "yes", effective=False),
    flag("cluster-allow-replica-migration", "yes", effective=False),
    Setting("cluster-link-sendbuf-limit", Memory(0, UINT64_MAX), "0", effective=False),
    choice("cluster-preferred-endpoint-type", "ip", ("ip", "hostname", "unknown-endpoint"), effective=False),
    integer("cluster-blacklist-ttl", 60, -INT64_MAX - 1, INT64_MAX, effective=False),
    integer("cluster-ping-interval", 0, 0, INT32_MAX, hidden=True, effective=False),
    flag("cluster-slot-stats-enabled", "no", effective=False),
    integer("cluster-slot-migration-log-max-len", 1000, 0, INT64_MAX, effective=False),
    Setting("slot-migration-max-failover-repl-bytes", Memory(-1), "0", effective=False),
)

CLUSTER_ADDRESSES = (
    Setting("cluster-announce-ip", Text(checks.node_address), "", effective=False),
    Setting("cluster-announce-client-ipv4", Text(checks.ipv4), "", effective=False),
    Setting("cluster-announce-client-ipv6", Text(checks.ipv6), "", effective=False),
    Setting("cluster-announce-hostname", Text(checks.hostname), "", effective=False),
    Setting("cluster-announce-human-nodename", Text(checks.node_name), "", effective=False),
    *(
        Setting(f"cluster-announce-{which}", Integer(0, 65535), "0", effective=False)
        for which in ("port", "tls-port", "bus-port", "client-port", "client-tls-port")
    ),
)

SETTINGS = REPLICATION + CLUSTER + CLUSTER_ADDRESSES
