"""The files a configuration needs, so that tests and embedded nodes can put something else in their place."""

from __future__ import annotations

import contextlib
import glob
import os
import tempfile
from typing import Protocol


class Files(Protocol):
    """Where a configuration is read and written."""

    def read(self, path: str) -> str:
        """The text of a file, or OSError."""

    def matches(self, pattern: str) -> list[str]:
        """The files a glob pattern names, sorted."""

    def replace(self, path: str, text: str) -> None:
        """Put a text in the place of a file so that after a crash there is the old one or the new one, or OSError."""

    def append_nothing(self, path: str) -> None:
        """Make sure a file can be appended to, or OSError."""

    def enter_folder(self, path: str) -> None:
        """Make a folder the one that relative paths start from, or OSError."""

    def folder(self) -> str:
        """The folder that relative paths start from."""


class SystemFiles:
    """The files of the operating system."""

    def read(self, path: str) -> str:
        """The text of a file, or OSError."""
        with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            return file.read()

    def matches(self, pattern: str) -> list[str]:
        """The files a glob pattern names, sorted."""
        return sorted(glob.glob(pattern))

    def replace(self, path: str, text: str) -> None:
        """Put a text in the place of a file, or OSError."""
        # A link stays a link.
        path = os.path.realpath(path)
        folder = os.path.dirname(path)
        handle, draft = tempfile.mkstemp(prefix=f"{os.path.basename(path)}.", suffix=".tmp", dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
                file.write(text)
                file.flush()
                with contextlib.suppress(FileNotFoundError):
                    os.chmod(draft, os.stat(path).st_mode & 0o7777)
                os.fsync(file.fileno())
            os.replace(draft, path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(draft)
            raise
        _sync_folder(folder)

    def append_nothing(self, path: str) -> None:
        """Make sure a file can be appended to, or OSError."""
        with open(path, "a", encoding="utf-8"):
            pass

    def enter_folder(self, path: str) -> None:
        """Make a folder the one that relative paths start from, or OSError."""
        os.chdir(path)

    def folder(self) -> str:
        """The folder that relative paths start from."""
        return os.getcwd()


class StillFiles(SystemFiles):
    """The same, for a node inside somebody else's process: that process's working folder stays where it is."""

    def __init__(self) -> None:
        self._folder = os.getcwd()

    def enter_folder(self, path: str) -> None:
        """Remember a folder, or OSError."""
        path = os.path.abspath(os.path.join(self._folder, path))
        os.listdir(path)
        self._folder = path

    def folder(self) -> str:
        """The folder last entered."""
        return self._folder


def _sync_folder(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
