"""Settings of the process: its start, its log, its folder, who may do what, what is measured."""

from __future__ import annotations

from redpoll.config import checks
from redpoll.config.compound_kinds import EventClasses, OutOfMemoryScores, Percentiles
from redpoll.config.kinds import INT32_MAX, INT64_MAX, Choices, Integer, Text
from redpoll.config.setting import YES_NO_LOCAL, Setting, choice, flag, integer, memory, text

_FACILITIES = ("user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7")
_ON_SIGNAL = Choices("default", "save", "nosave", "now", "force", "safe", "failover")

PROCESS = (
    flag("daemonize", "no", mutable=False),
    text("pidfile", mutable=False),
    choice("supervised", "no", ("upstart", "systemd", "auto", "no"), mutable=False),
    # The default is the folder the process starts in.
    Setting("dir", Text(checks.folder), ".", protected=True),
    Setting("shutdown-on-sigint", _ON_SIGNAL, "default"),
    Setting("shutdown-on-sigterm", _ON_SIGNAL, "default"),
    integer("shutdown-timeout", 10, 0, INT32_MAX),
    integer("databases", 16, 1, INT32_MAX, mutable=False),
    Setting("hz", Integer(0, INT32_MAX, kept=(1, 500)), "10"),
    flag("dynamic-hz", "yes", effective=False),
    flag("always-show-logo", "no", mutable=False, effective=False),
    flag("set-proc-title", "yes", mutable=False, effective=False),
    Setting(
        "proc-title-template",
        Text(checks.title_template),
        "{title} {listen-addr} {server-mode}",
        effective=False,
    ),
    choice("oom-score-adj", "no", ("no", "yes", "relative", "absolute"), effective=False),
    Setting("oom-score-adj-values", OutOfMemoryScores(), "0 200 800", effective=False),
    flag("disable-thp", "yes", mutable=False, effective=False),
    flag("crash-log-enabled", "yes", effective=False),
    flag("crash-memcheck-enabled", "yes", effective=False),
    text("server-cpulist", aliases=("server_cpulist",), mutable=False, effective=False),
    text("bio-cpulist", aliases=("bio_cpulist",), mutable=False, effective=False),
    text("aof-rewrite-cpulist", aliases=("aof_rewrite_cpulist",), mutable=False, effective=False),
    text("bgsave-cpulist", aliases=("bgsave_cpulist",), mutable=False, effective=False),
    text("ignore-warnings", effective=False),
    text("availability-zone"),
    Setting("locale-collate", Text(checks.locale_name), "", effective=False),
    text("hash-seed", mutable=False, effective=False),
    flag("extended-redis-compatibility", "no", effective=False),
)

LOG = (
    choice("loglevel", "notice", ("debug", "verbose", "notice", "warning", "nothing")),
    Setting("logfile", Text(keeps_empty=True), "", mutable=False),
    choice("log-format", "legacy", ("legacy", "logfmt", "json")),
    choice("log-timestamp-format", "legacy", ("legacy", "iso8601", "milliseconds")),
    flag("syslog-enabled", "no", mutable=False),
    text("syslog-ident", "redis", mutable=False),
    choice("syslog-facility", "local0", _FACILITIES, mutable=False),
    flag("hide-user-data-from-log", "yes", effective=False),
)

ACCESS = (
    text("requirepass"),
    text("aclfile", mutable=False, effective=False),
    integer("acllog-max-len", 128, 0, INT64_MAX, effective=False),
    choice("acl-pubsub-default", "resetchannels", ("allchannels", "resetchannels"), effective=False),
    Setting("enable-protected-configs", YES_NO_LOCAL, "no", mutable=False),
    Setting("enable-debug-command", YES_NO_LOCAL, "no", mutable=False),
    Setting("enable-module-command", YES_NO_LOCAL, "no", mutable=False, effective=False),
)

MEASURING = (
    integer("slowlog-log-slower-than", 10000, -1, INT64_MAX, aliases=("commandlog-execution-slower-than",)),
    integer("slowlog-max-len", 128, 0, INT64_MAX, aliases=("commandlog-slow-execution-max-len",)),
    integer("commandlog-request-larger-than", 1048576, -1, INT64_MAX, effective=False),
    integer("commandlog-large-request-max-len", 128, 0, INT64_MAX, effective=False),
    integer("commandlog-reply-larger-than", 1048576, -1, INT64_MAX, effective=False),
    integer("commandlog-large-reply-max-len", 128, 0, INT64_MAX, effective=False),
    integer("latency-monitor-threshold", 0, 0, INT64_MAX),
    flag("latency-tracking", "yes"),
    Setting("latency-tracking-info-percentiles", Percentiles(), "50 99 99.9"),
    Setting("notify-keyspace-events", EventClasses(), ""),
)

SCRIPTS = (
    integer("busy-reply-threshold", 5000, 0, INT64_MAX, aliases=("lua-time-limit",), effective=False),
    flag("lua-enable-deprecated-api", "no", mutable=False, hidden=True, effective=False),
    flag("lua-enable-insecure-api", "no", hidden=True, effective=False),
)

TESTING = (
    integer("watchdog-period", 0, 0, INT32_MAX, hidden=True, effective=False),
    integer("rdb-key-save-delay", 0, -INT32_MAX - 1, INT32_MAX, hidden=True, effective=False),
    integer("key-load-delay", 0, -INT32_MAX - 1, INT32_MAX, hidden=True, effective=False),
    memory("loading-process-events-interval-bytes", 2097152, 1024, hidden=True, effective=False),
)

SETTINGS = PROCESS + LOG + ACCESS + MEASURING + SCRIPTS + TESTING
