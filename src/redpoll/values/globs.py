"""Glob patterns, under the name the layers above know them by."""

from redpoll.globs import compile_glob, glob_match

__all__ = ["compile_glob", "glob_match"]
