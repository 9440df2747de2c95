"""The syntax of redis.conf: lines, words, quotes, and reading them into directives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from redpoll.config.files import Files
from redpoll.config.quoting import split_words

# Includes inside includes; a file that includes itself would never end.
INCLUDE_DEPTH_MAX = 16

BAD_DIRECTIVE = "Bad directive or wrong number of arguments"
UNBALANCED = "Unbalanced quotes in configuration line"

_GLOB = re.compile(r"[*?\[]")


class ConfigError(Exception):
    """A configuration that cannot be used; the text is what the server says before it stops."""


class ConfigFileError(ConfigError):
    """One line of a configuration is wrong."""

    def __init__(self, number: int, line: str, reason: str) -> None:
        self.number = number
        self.line = line
        self.reason = reason
        super().__init__(f"Reading the configuration file, at line {number}\n>>> '{line}'\n{reason}")


class ConfigFileMissing(ConfigError):
    """A file of the configuration cannot be read."""

    def __init__(self, path: str, error: OSError) -> None:
        super().__init__(f"Fatal error, can't open config file '{path}': {error.strerror}")


class Directive(NamedTuple):
    """One line: a name in lower case, and the words after it."""

    number: int
    line: str
    name: str
    words: list[str]

    def error(self, reason: str) -> ConfigFileError:
        """What is wrong with this line."""
        return ConfigFileError(self.number, self.line, reason)


def read_directives(text: str, files: Files, depth: int = 0) -> Iterator[Directive]:
    """Every directive of a text and, in its place, of each file it includes; or ConfigError."""
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip(" \t\r\n")
        if not line or line.startswith("#"):
            continue
        words = split_words(line)
        if words is None:
            raise ConfigFileError(number, line, UNBALANCED)
        directive = Directive(number, line, words[0].lower(), words[1:])
        if directive.name == "include":
            yield from _include(directive, files, depth)
        else:
            yield directive


def _include(directive: Directive, files: Files, depth: int) -> Iterator[Directive]:
    if len(directive.words) != 1:
        raise directive.error(BAD_DIRECTIVE)
    if depth >= INCLUDE_DEPTH_MAX:
        raise directive.error("Too many nested includes")
    pattern = directive.words[0]
    # A pattern may name nothing; a plain name must exist.
    for path in files.matches(pattern) if _GLOB.search(pattern) else [pattern]:
        try:
            text = files.read(path)
        except OSError as error:
            raise ConfigFileMissing(path, error) from error
        yield from read_directives(text, files, depth + 1)
