"""The configuration: reading it, changing it as CONFIG SET does, hooks."""

from __future__ import annotations

import pytest

from redpoll.config import SETTINGS, Config, SettingRefused, StillFiles
from redpoll.config.kinds import InvalidValue
from redpoll.errors import CommandError, SyntaxFault
from tests.unit.config.conftest import MemoryFiles

FAILED = "ERR CONFIG SET failed (possibly related to argument '%s') - %s"


@pytest.fixture
def config(files: MemoryFiles) -> Config:
    return Config(files=files)


def error_of(config: Config, *words: bytes, is_local: bool = False) -> str:
    """What CONFIG SET answers; empty for OK."""
    try:
        config.set_many(words, is_local)
    except CommandError as error:
        return error.wire.decode()
    return ""


def test_every_setting_has_a_default_that_its_kind_writes_as_declared() -> None:
    for setting in SETTINGS:
        if setting.name != "dir":
            assert setting.kind.format(setting.default_value) == setting.default, setting.name


def test_no_name_is_declared_twice() -> None:
    names = [name for setting in SETTINGS for name in (setting.name, *setting.aliases)]
    assert len(names) == len(set(names))


def test_a_value_is_reached_by_item_attribute_and_alias(config: Config) -> None:
    assert config["maxclients"] == config.get("maxclients") == config.maxclients == 10000
    assert config["lua-time-limit"] == config.lua_time_limit == config.busy_reply_threshold == 5000
    assert config.get("none") is None
    assert "none" not in config
    with pytest.raises(KeyError):
        config["none"]
    with pytest.raises(AttributeError):
        _ = config.none


@pytest.mark.parametrize(
    "patterns, names",
    [
        ([b"port"], [b"port"]),
        ([b"PORT"], [b"PORT"]),
        ([b"PORT*"], [b"port"]),
        ([b"maxmemory", b"MAXMEMORY-S*", b"nope"], [b"maxmemory", b"maxmemory-samples"]),
        ([b"hash-max-*-entries"], [b"hash-max-listpack-entries", b"hash-max-ziplist-entries"]),
        ([b"zset-max-*-value", b"hz"], [b"hz", b"zset-max-listpack-value", b"zset-max-ziplist-value"]),
        ([b"watchdog*"], []),
        ([b"watchdog-period"], [b"watchdog-period"]),
        ([b"rename-command"], []),
        ([b"\xff"], []),
    ],
)
def test_config_get_takes_globs_aliases_and_names_as_asked(
    config: Config, patterns: list[bytes], names: list[bytes]
) -> None:
    assert list(config.get_globs(patterns)) == names


def test_config_get_star_is_sorted_and_shows_each_alias(config: Config) -> None:
    everything = config.get_globs([b"*"])
    assert list(everything) == sorted(everything)
    assert everything[b"slave-priority"] == everything[b"replica-priority"] == b"100"
    assert everything[b"client-output-buffer-limit"] == (
        b"normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"
    )


@pytest.mark.parametrize(
    "words, error",
    [
        ([b"foo", b"1"], "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"),
        ([b"Foo", b"1"], "ERR Unknown option or number of arguments for CONFIG SET - 'Foo'"),
        ([b"rename-command", b"a"], "ERR Unknown option or number of arguments for CONFIG SET - 'rename-command'"),
        ([b"maxmemory", b"1", b"foo", b"1"], "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"),
        ([b"maxmemory", b"x", b"foo", b"1"], "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"),
        ([b"maxmemory", b"1", b"maxmemory", b"2"], FAILED % ("maxmemory", "duplicate parameter")),
        ([b"daemonize", b"no", b"foo", b"1"], FAILED % ("daemonize", "can't set immutable config")),
        ([b"port", b"a", b"daemonize", b"no"], FAILED % ("daemonize", "can't set immutable config")),
        ([b"dir", b"/data"], FAILED % ("dir", "can't set protected config")),
        ([b"MAXMEMORY", b"abc"], FAILED % ("maxmemory", "argument must be a memory value")),
        (
            [b"Lua-Time-Limit", b"-5"],
            FAILED % ("lua-time-limit", "argument must be between 0 and 9223372036854775807 inclusive"),
        ),
        ([b"save", b"1  2"], FAILED % ("save", "Invalid save parameters")),
        (
            [b"shutdown-on-sigterm", b""],
            FAILED
            % (
                "shutdown-on-sigterm",
                "argument(s) must be one of the following: default, save, nosave, now, force, safe, failover",
            ),
        ),
    ],
)
def test_config_set_refuses_in_redis_words(config: Config, words: list[bytes], error: str) -> None:
    assert error_of(config, *words) == error


def test_config_set_with_a_name_without_value_is_a_syntax_error(config: Config) -> None:
    with pytest.raises(SyntaxFault):
        config.set_many([b"maxmemory", b"1", b"hz"])


@pytest.mark.parametrize(
    "name, given, shown",
    [
        (b"maxmemory", b"1mb", b"1048576"),
        (b"save", b"900 1 300 10", b"900 1 300 10"),
        (b"save", b"", b""),
        (
            b"client-output-buffer-limit",
            b"normal 1mb 2 3 replica 4 5 6",
            b"normal 1048576 2 3 slave 4 5 6 pubsub 33554432 8388608 60",
        ),
        (b"client-output-buffer-limit", b"", b"normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"),
        (b"notify-keyspace-events", b"Elg$", b"g$lE"),
        (b"notify-keyspace-events", b"AKEmn", b"AKEm"),
        (b"notify-keyspace-events", b"g$lshzxetd", b"A"),
        (b"notify-keyspace-events", b"mn", b"nm"),
        (b"oom-score-adj-values", b"1 2 3", b"1 2 3"),
        (b"latency-tracking-info-percentiles", b"50 99.90 12.345678901", b"50 99.9 12.345679"),
        (b"latency-tracking-info-percentiles", b"", b""),
        (b"shutdown-on-sigterm", b"now nosave", b"nosave now"),
        (b"maxmemory-clients", b"5%", b"5%"),
        (b"loglevel", b"DEBUG", b"debug"),
        (b"hz", b"10000", b"500"),
        (b"repl-backlog-size", b"1", b"16384"),
        (b"requirepass", b"x\x00y\xff", b"x\x00y\xff"),
    ],
)
def test_config_set_keeps_what_config_get_shows(config: Config, name: bytes, given: bytes, shown: bytes) -> None:
    config.set_many([name, given])
    assert config.get_globs([name]) == {name: shown}


def test_config_set_changes_all_or_nothing(config: Config) -> None:
    assert error_of(config, b"maxmemory", b"100mb", b"hz", b"abc")
    assert config.maxmemory == 0
    config.set_many([(b"maxmemory", b"100mb"), (b"hz", b"20")])
    assert (config.maxmemory, config.hz) == (100 * 1024 * 1024, 20)
    assert config.changed_since_start() == ["hz", "maxmemory"]


def test_a_callback_is_told_and_its_refusal_undoes_everything(config: Config) -> None:
    told: list[tuple[str, object]] = []

    def refuse(value: object) -> None:
        if value == 1:
            raise SettingRefused("Unable to listen on this port. Check server logs.")
        told.append(("port", value))

    config.on_change("maxmemory", lambda value: told.append(("maxmemory", value)))
    config.on_change("port", refuse)
    assert error_of(config, b"maxmemory", b"5", b"port", b"1") == FAILED % (
        "port",
        "Unable to listen on this port. Check server logs.",
    )
    assert told == [("maxmemory", 5), ("maxmemory", 0), ("port", 6379)]
    assert (config.maxmemory, config.port, config["port"]) == (0, 6379, 6379)


def test_a_callback_is_not_called_for_the_same_value(config: Config) -> None:
    told: list[object] = []
    config.on_change("lua-time-limit", told.append)
    config.set_many([b"busy-reply-threshold", b"5000"])
    config.set_many([b"busy-reply-threshold", b"7"])
    config.set_many([b"lua-time-limit", b"8"])
    assert told == [7, 8]


@pytest.mark.parametrize("allowed, is_local, works", [("no", True, False), ("yes", False, True), ("local", True, True)])
def test_protected_settings_follow_enable_protected_configs(
    config: Config, files: MemoryFiles, allowed: str, is_local: bool, works: bool
) -> None:
    config.load_text(f"enable-protected-configs {allowed}")
    assert (error_of(config, b"dir", b"/data", is_local=is_local) == "") is works
    assert files.current == config.dir == ("/data" if works else "/")


def test_a_folder_that_is_not_there_is_refused(config: Config, files: MemoryFiles) -> None:
    config.load_text("enable-protected-configs yes")
    assert error_of(config, b"dir", b"/nope") == FAILED % ("dir", "No such file or directory")
    assert files.current == config.dir == "/"


def test_lower_asks_nobody(config: Config) -> None:
    told: list[object] = []
    config.on_change("maxclients", told.append)
    config.lower("maxclients", 50)
    assert config.maxclients == 50
    assert not told


def test_settings_without_effect_are_named_when_they_are_set(config: Config) -> None:
    assert config.without_effect() == []
    config.load_text("activedefrag yes\nmaxmemory 1gb")
    assert config.without_effect() == ["activedefrag"]


def test_an_embedded_node_leaves_the_working_folder_alone(tmp_path: object) -> None:
    before = StillFiles().folder()
    files = StillFiles()
    config = Config(files=files)
    config.load_text(f"dir {tmp_path}")
    assert config.dir == str(tmp_path)
    assert StillFiles().folder() == before


def test_kinds_refuse_words_too_many() -> None:
    with pytest.raises(InvalidValue, match="wrong number of arguments"):
        SETTINGS[0].kind.parse(["yes", "no"])
