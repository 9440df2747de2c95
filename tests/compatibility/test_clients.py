"""The clients people use, unchanged."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable

import coredis
import pytest
import redis
import redis.asyncio
import valkey

from tests.commands.harness import Connection, Server, encode_command

REDIS_CLI = shutil.which("redis-cli")
REDIS_BENCHMARK = shutil.which("redis-benchmark")

needs_tools = pytest.mark.skipif(REDIS_CLI is None or REDIS_BENCHMARK is None, reason="redis-tools is not installed")


def cli(server: Server, *words: str, stdin: bytes | None = None) -> str:
    """What redis-cli prints."""
    assert REDIS_CLI is not None
    done = subprocess.run([REDIS_CLI, "-p", str(server.port), *words], input=stdin, capture_output=True, timeout=120)
    return (done.stdout + done.stderr).decode()


def test_redis_py(redpoll_tcp: Server) -> None:
    for protocol in (2, 3):
        with redis.Redis(port=redpoll_tcp.port, protocol=protocol) as client:
            client.flushall()
            assert client.set("k", b"\x00\xff", ex=100) is True
            assert client.get("k") == b"\x00\xff"
            assert 0 < client.ttl("k") <= 100
            assert client.mset({"a": 1, "b": 2}) is True
            assert sorted(client.scan_iter("*")) == [b"a", b"b", b"k"]
            assert client.info()["redis_version"] == "7.4.0"
            assert client.config_get("maxmemory")["maxmemory"] == "0"
            with pytest.raises(redis.ResponseError, match="value is not an integer"):
                client.incr("k")
            with client.pipeline(transaction=True) as pipeline:
                pipeline.incr("n").incr("n")
                assert pipeline.execute() == [1, 2]


def test_redis_py_asyncio(redpoll_tcp: Server) -> None:

    async def talk() -> list[bytes]:
        async with redis.asyncio.Redis(port=redpoll_tcp.port) as client:
            await client.set("k", "v")
            return list(await asyncio.gather(*(client.get("k") for _ in range(100))))

    assert asyncio.run(talk()) == [b"v"] * 100


def test_valkey_py(redpoll_tcp: Server) -> None:
    with valkey.Valkey(port=redpoll_tcp.port) as client:
        assert client.set("k", "v") is True
        assert client.getrange("k", 0, -1) == b"v"
        assert client.client_list()[0]["db"] == "0"


def test_coredis(redpoll_tcp: Server) -> None:
    async def talk() -> bytes | None:
        client = coredis.Redis(port=redpoll_tcp.port)
        async with client:
            await client.set("k", "v")
            value: bytes | None = await client.get("k")
            return value

    assert asyncio.run(talk()) == b"v"


@needs_tools
def test_redis_cli(redpoll_tcp: Server) -> None:
    cli(redpoll_tcp, "FLUSHALL")
    assert cli(redpoll_tcp, "SET", "k", "v") == "OK\n"
    assert cli(redpoll_tcp, "-3", "GET", "k") == "v\n"
    assert cli(redpoll_tcp, "--scan") == "k\n"
    assert "redpoll_version" in cli(redpoll_tcp, "INFO", "server")
    assert cli(redpoll_tcp, "NOSUCH") == "ERR unknown command 'NOSUCH', with args beginning with: \n\n"


@needs_tools
def test_redis_cli_pipe(redpoll_tcp: Server) -> None:
    cli(redpoll_tcp, "FLUSHALL")
    commands = b"".join(encode_command([b"SET", b"key:%d" % number, b"v"]) for number in range(20_000))
    printed = cli(redpoll_tcp, "--pipe", stdin=commands)
    assert "errors: 0, replies: 20000" in printed
    assert cli(redpoll_tcp, "DBSIZE") == "20000\n"


@needs_tools
@pytest.mark.parametrize("pipeline", ["1", "16"])
def test_redis_benchmark(redpoll_tcp: Server, pipeline: str) -> None:
    assert REDIS_BENCHMARK is not None
    done = subprocess.run(
        [
            REDIS_BENCHMARK,
            "-p",
            str(redpoll_tcp.port),
            "-n",
            "2000",
            "-P",
            pipeline,
            "-q",
            "-t",
            "ping,set,get,incr,mset",
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    for name in ("PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET"):
        assert f"{name}" in done.stdout
    assert "rror" not in done.stdout


def test_authentication_by_requirepass(serve_redpoll: Callable[..., Server]) -> None:
    # The harness's own probe is refused; it asks for an answer to PING only.
    server = serve_redpoll()
    server.call("CONFIG SET requirepass secret")
    with redis.Redis(port=server.port, password="secret") as client:
        assert client.ping() is True
    with pytest.raises(redis.AuthenticationError), redis.Redis(port=server.port) as client:
        client.ping()
    with Connection(server.port) as connection:
        assert connection.call("HELLO 3 AUTH default secret").kind == "%"
