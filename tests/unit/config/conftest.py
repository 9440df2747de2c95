"""Files in memory for configurations."""

from __future__ import annotations

import errno
import fnmatch
import os

import pytest


class MemoryFiles:
    """Files that are a dictionary."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.folders = {"/", "/data"}
        self.current = "/"
        self.fails = False

    def read(self, path: str) -> str:
        """The text of a file, or OSError."""
        if path not in self.texts:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return self.texts[path]

    def matches(self, pattern: str) -> list[str]:
        """The files a glob pattern names, sorted."""
        return sorted(fnmatch.filter(self.texts, pattern))

    def replace(self, path: str, text: str) -> None:
        """Put a text in the place of a file, or OSError."""
        if self.fails:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        self.texts[path] = text

    def append_nothing(self, path: str) -> None:
        """Make sure a file can be appended to, or OSError."""
        if path.startswith("/nope"):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    def enter_folder(self, path: str) -> None:
        """Change the current folder, or OSError."""
        path = os.path.join(self.current, path)
        if path not in self.folders:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        self.current = path

    def folder(self) -> str:
        """The current folder."""
        return self.current


@pytest.fixture
def files() -> MemoryFiles:
    """An empty disk."""
    return MemoryFiles()
