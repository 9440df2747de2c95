"""Settings of listening, of connections and their limits, of TLS and RDMA."""

from __future__ import annotations

from redpoll.config.compound_kinds import Addresses, OutputLimits
from redpoll.config.kinds import INT32_MAX, UINT32_MAX, MemoryOrPercent, Octal
from redpoll.config.setting import ANY_PORT, Setting, choice, flag, integer, memory, text

MEGABYTE = 1024 * 1024
_CLIENT_LIMITS = "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"

LISTENING = (
    Setting("port", ANY_PORT, "6379"),
    Setting("bind", Addresses(), "* -::*"),
    text("bind-source-addr", effective=False),
    text("unixsocket", mutable=False),
    text("unixsocketgroup", mutable=False, effective=False),
    Setting("unixsocketperm", Octal(), "0", mutable=False),
    flag("protected-mode", "yes"),
    integer("tcp-backlog", 511, 0, INT32_MAX, mutable=False),
    integer("tcp-keepalive", 300, 0, INT32_MAX),
    integer("socket-mark-id", 0, 0, UINT32_MAX, mutable=False, effective=False),
    flag("mptcp", "no", mutable=False, effective=False),
)

CONNECTIONS = (
    integer("timeout", 0, 0, INT32_MAX),
    integer("maxclients", 10000, 1, UINT32_MAX),
    memory("client-query-buffer-limit", 1024 * MEGABYTE, MEGABYTE),
    memory("proto-max-bulk-len", 512 * MEGABYTE, MEGABYTE),
    Setting("client-output-buffer-limit", OutputLimits(), _CLIENT_LIMITS),
    Setting("maxmemory-clients", MemoryOrPercent(), "0", effective=False),
    integer("max-new-connections-per-cycle", 10, 1, 1000, effective=False),
    integer("max-new-tls-connections-per-cycle", 1, 1, 1000, effective=False),
    integer("io-threads", 1, 1, 256, effective=False),
    flag("io-threads-do-reads", "no", mutable=False, effective=False),
    flag("io-threads-always-active", "no", hidden=True, effective=False),
    integer("prefetch-batch-max-size", 16, 0, 128, effective=False),
    integer("min-io-threads-avoid-copy-reply", 7, 0, INT32_MAX, hidden=True, effective=False),
    integer("min-string-size-avoid-copy-reply", 16384, 0, INT32_MAX, hidden=True, effective=False),
    integer("min-string-size-avoid-copy-reply-threaded", 65536, 0, INT32_MAX, hidden=True, effective=False),
)

TLS = (
    Setting("tls-port", ANY_PORT, "0", effective=False),
    *(
        text(f"tls-{part}", effective=False)
        for part in (
            "cert-file",
            "key-file",
            "key-file-pass",
            "client-cert-file",
            "client-key-file",
            "client-key-file-pass",
            "dh-params-file",
            "ca-cert-file",
            "ca-cert-dir",
            "protocols",
            "ciphers",
            "ciphersuites",
        )
    ),
    choice("tls-auth-clients", "yes", ("no", "yes", "optional"), effective=False),
    choice("tls-auth-clients-user", "off", ("CN", "URI", "off"), effective=False),
    flag("tls-replication", "no", effective=False),
    flag("tls-cluster", "no", effective=False),
    flag("tls-prefer-server-ciphers", "no", effective=False),
    flag("tls-session-caching", "yes", effective=False),
    integer("tls-session-cache-size", 20480, 0, INT32_MAX, effective=False),
    integer("tls-session-cache-timeout", 300, 0, INT32_MAX, effective=False),
    integer("tls-auto-reload-interval", 0, 0, INT32_MAX, effective=False),
)

RDMA = (
    text("rdma-bind", effective=False),
    Setting("rdma-port", ANY_PORT, "0", effective=False),
    integer("rdma-rx-size", 1048576, 65536, 16777216, mutable=False, effective=False),
    integer("rdma-completion-vector", -1, -1, 1024, mutable=False, effective=False),
)

SETTINGS = LISTENING + CONNECTIONS + TLS + RDMA
