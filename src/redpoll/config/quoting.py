"""Words, quotes and escapes of the configuration's syntax."""

from __future__ import annotations

import re

_SPACE = " \t\n\v\f\r"
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "a": "\a"}
_ESCAPED = {value: f"\\{letter}" for letter, value in _ESCAPES.items()} | {"\\": "\\\\", '"': '\\"'}
_HEX = re.compile(r"[0-9A-Fa-f]{2}")


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
