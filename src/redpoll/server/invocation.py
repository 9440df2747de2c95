"""The command line of a server, which is redis-server's.

`[CONFIG] [--directive value ...] [-]`: everything after `--` becomes lines of configuration, read after the file and
after what `-` brings from standard input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from redpoll.version import REDIS_VERSION, __version__

VERSION_TEXT = f"Redis server v={REDIS_VERSION} sha=00000000:0 malloc=redpoll bits=64 build=redpoll-{__version__}"


@dataclass(frozen=True)
class Invocation:
    """What a command line asks for."""

    config_file: str | None = None
    from_stdin: bool = False
    # Lines of configuration, without line breaks.
    directives: list[str] = field(default_factory=list)


def parse_invocation(arguments: Sequence[str]) -> Invocation:
    """Read the arguments after the program's name."""
    words = list(arguments)
    config_file: str | None = None
    if words and words[0] == "-":
        return Invocation(None, True, directive_lines(words[1:]))
    if words and not words[0].startswith("-"):
        config_file = words.pop(0)
    from_stdin = bool(words) and words[-1] == "-"
    if from_stdin:
        words.pop()
    return Invocation(config_file, from_stdin, directive_lines(words))


def directive_lines(words: Sequence[str]) -> list[str]:
    """Each `--name value...` as one line of configuration, the values quoted."""
    lines: list[str] = []
    expects_value = False
    for index, word in enumerate(words):
        if word.startswith("--") and not expects_value:
            lines.append(word[2:])
            # What follows a name is its value, even if it looks like a name: a password may start with `--`. Only
            # `--save` before another name (or at the end) means the empty list.
            expects_value = " " not in word and word != "--"
            following = words[index + 1] if index + 1 < len(words) else None
            if word.lower() == "--save" and (following is None or following.startswith("--")):
                lines[-1] += ' ""'
                expects_value = False
        else:
            if not lines:
                lines.append("")
            lines[-1] = f"{lines[-1]} {quote(word)}" if lines[-1] else quote(word)
            expects_value = False
    return lines


def quote(word: str) -> str:
    """A value as a quoted string of the configuration syntax."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


def usage(program: str) -> str:
    """What `--help` prints."""
    return f"""Usage: {program} [/path/to/redpoll.conf] [options] [-]
       {program} - (read config from stdin)
       {program} -v or --version
       {program} -h or --help

Examples:
       {program} (run the server with default conf)
       echo 'maxmemory 128mb' | {program} -
       {program} /etc/redpoll/6379.conf
       {program} --port 7777
       {program} --port 7777 --bind 127.0.0.1 ::1
       {program} /etc/redpoll.conf --loglevel verbose -
       {program} /etc/redpoll.conf --loglevel verbose
"""
