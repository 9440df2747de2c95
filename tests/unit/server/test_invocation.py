"""The command line becomes lines of configuration, as redis-server reads it."""

from __future__ import annotations

import pytest

from redpoll.server.invocation import Invocation, parse_invocation, quote, usage


@pytest.mark.parametrize(
    "words, expected",
    [
        ([], Invocation()),
        (["-"], Invocation(from_stdin=True)),
        (["redis.conf"], Invocation("redis.conf")),
        (["redis.conf", "-"], Invocation("redis.conf", True)),
        (["-", "--port", "7"], Invocation(None, True, ['port "7"'])),
        (["--port", "7", "-"], Invocation(None, True, ['port "7"'])),
        (["redis.conf", "--port", "7"], Invocation("redis.conf", False, ['port "7"'])),
        (["--bind", "127.0.0.1", "::1"], Invocation(None, False, ['bind "127.0.0.1" "::1"'])),
        (["--save", "", "--port", "7"], Invocation(None, False, ['save ""', 'port "7"'])),
        (["--save", "--port", "7"], Invocation(None, False, ['save ""', 'port "7"'])),
        (["--port", "7", "--save"], Invocation(None, False, ['port "7"', 'save ""'])),
        (["--save", "900", "1", "--save", "60", "2"], Invocation(None, False, ['save "900" "1"', 'save "60" "2"'])),
        (["--requirepass", "--foo"], Invocation(None, False, ['requirepass "--foo"'])),
        (["--requirepass", "--foo", "--port", "7"], Invocation(None, False, ['requirepass "--foo"', 'port "7"'])),
        (["--port 7"], Invocation(None, False, ["port 7"])),
        (["--port"], Invocation(None, False, ["port"])),
        (["--port", "7", "--", "x"], Invocation(None, False, ['port "7"', '"x"'])),
        (["-p", "7"], Invocation(None, False, ['"-p" "7"'])),
        (["redis.conf", "stray", "--port", "7"], Invocation("redis.conf", False, ['"stray"', 'port "7"'])),
    ],
)
def test_a_command_line_becomes_configuration(words: list[str], expected: Invocation) -> None:
    assert parse_invocation(words) == expected


@pytest.mark.parametrize(
    "word, quoted",
    [("a", '"a"'), ("", '""'), ('a "b"', '"a \\"b\\""'), ("a\\b", '"a\\\\b"'), ("a\nb", '"a\\nb"')],
)
def test_values_are_quoted(word: str, quoted: str) -> None:
    assert quote(word) == quoted


def test_usage_names_the_program() -> None:
    assert usage("redpoll-server").startswith("Usage: redpoll-server [/path/to/redpoll.conf] [options] [-]\n")
