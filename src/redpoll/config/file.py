"""The syntax of redis.conf: lines, words, quotes, and reading them into directives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from redpoll.config.files import Files

# Includes inside includes; a file that includes itself would never end.
INCLUDE_DEPTH_MAX = 16

BAD_DIRECTIVE = "Bad directive or wrong number of arguments"
UNBALANCED = "Unbalanced quotes in configuration line"

_SPACE = " \t\n\v\f\r"
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "a": "\a"}
_ESCAPED = {value: f"\\{letter}" for letter, value in _ESCAPES.items()} | {"\\": "\\\\", '"': '\\"'}
_HEX = re.compile(r"[0-9A-Fa-f]{2}")
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


def split_words(line: str) -> list[str] | None:
    """The words of a line, quotes and escapes resolved; None if a quote does not close."""
    words: list[str] = []
    at = 0
    while True:
        while at < len(line) and line[at] in _SPACE:
            at += 1
        if at == len(line):
            return words
        parts: list[str] = []
        while at < len(line) and line[at] not in _SPACE:
            quote = line[at]
            if quote in "\"'":
                end = _quoted(line, at + 1, quote, parts)
                if end is None:
                    return None
                at = end
            else:
                parts.append(quote)
                at += 1
        words.append(_joined("".join(parts)))


def _quoted(line: str, at: int, quote: str, parts: list[str]) -> int | None:
    """Take what stands between quotes; the place after the closing one, or None."""
    while at < len(line):
        mark = line[at]
        if mark == quote:
            return at + 1
        following = line[at + 1 : at + 2]
        if mark == "\\" and quote == "'" and following == "'":
            parts.append("'")
            at += 2
        elif mark == "\\" and quote == '"' and following:
            if following == "x" and _HEX.match(line, at + 2):
                parts.append(_byte(int(line[at + 2 : at + 4], 16)))
                at += 4
            else:
                parts.append(_ESCAPES.get(following, following))
                at += 2
        else:
            parts.append(mark)
            at += 1
    return None


def _byte(value: int) -> str:
    # Bytes above 127 travel as surrogates until the word is complete, because several may make one character.
    return chr(value) if value < 128 else chr(0xDC00 + value)


def _joined(word: str) -> str:
    return word if word.isascii() else word.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def quoted(text: str) -> str:
    """A word in double quotes, with every byte that is not plain ASCII escaped."""
    parts = ['"']
    for byte in text.encode("utf-8", "surrogateescape"):
        mark = chr(byte)
        if mark in _ESCAPED:
            parts.append(_ESCAPED[mark])
        elif 32 <= byte < 127:
            parts.append(mark)
        else:
            parts.append(f"\\x{byte:02x}")
    parts.append('"')
    return "".join(parts)
