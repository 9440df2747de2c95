"""Builds the native modules; everything else about the package stands in pyproject.toml.

`REDPOLL_BUILD` picks a flavour, each with its own folder under build/:
release (the default), debug (bounds and initialisation checks, macro REDPOLL_DEBUG, assertions), trace (line tracing
for coverage) and asan (AddressSanitizer).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

NATIVE = Path("src/redpoll/native")
FLAVOURS = ("release", "debug", "trace", "asan")

RELEASE_DIRECTIVES = {
    "language_level": 3,
    "boundscheck": False,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": True,
    "embedsignature": True,
}
# wraparound stays off: a negative index is then an IndexError, which release would read as garbage.
CHECKED_DIRECTIVES = {**RELEASE_DIRECTIVES, "boundscheck": True, "initializedcheck": True, "nonecheck": True}

DIRECTIVES = {
    "release": RELEASE_DIRECTIVES,
    "debug": CHECKED_DIRECTIVES,
    "trace": {**RELEASE_DIRECTIVES, "linetrace": True, "binding": True},
    "asan": CHECKED_DIRECTIVES,
}
MACROS = {
    "release": [],
    "debug": [("REDPOLL_DEBUG", "1")],
    "trace": [("CYTHON_TRACE", "1"), ("CYTHON_TRACE_NOGIL", "1")],
    "asan": [("REDPOLL_DEBUG", "1")],
}
COMPILE_ARGS = {
    "release": ["-O2", "-fno-strict-aliasing"],
    "debug": ["-O1", "-g", "-fno-strict-aliasing", "-UNDEBUG"],
    "trace": ["-O1", "-fno-strict-aliasing"],
    "asan": ["-O1", "-g", "-fno-strict-aliasing", "-fno-omit-frame-pointer", "-UNDEBUG", "-fsanitize=address"],
}
LINK_ARGS = {"asan": ["-fsanitize=address"]}


def flavour() -> str:
    """The flavour asked for by the environment."""
    name = os.environ.get("REDPOLL_BUILD", "release")
    if name not in FLAVOURS:
        sys.exit(f"REDPOLL_BUILD must be one of {', '.join(FLAVOURS)}, not {name!r}")
    return name


def extensions(name: str) -> list[Extension]:
    """One extension for each .pyx of the native folder."""
    headers = sorted(str(path) for path in NATIVE.glob("*.h"))
    return [
        Extension(
            f"redpoll.native.{source.stem}",
            [str(source)],
            include_dirs=[str(NATIVE)],
            depends=headers,
            define_macros=MACROS[name],
            extra_compile_args=COMPILE_ARGS[name],
            extra_link_args=LINK_ARGS.get(name, []),
        )
        for source in sorted(NATIVE.glob("*.pyx"))
    ]


class BuildNative(build_ext):
    """Translates .pyx to C in the flavour's own folder, then compiles with two jobs."""

    def finalize_options(self) -> None:
        """Translate, and place the object files by flavour and interpreter."""
        name = flavour()
        home = Path("build") / name
        stamp = home / "setup.stamp"
        # Cython does not see a changed directive: this file being newer than the last build forces a translation.
        stale = not stamp.exists() or stamp.stat().st_mtime < Path(__file__).stat().st_mtime
        if self.distribution.ext_modules and self.distribution.ext_modules[0].sources[0].endswith(".pyx"):
            self.distribution.ext_modules[:] = _translate(self.distribution.ext_modules, name, stale)
        super().finalize_options()
        self.build_temp = str(home / f"objects-{sys.implementation.cache_tag}")
        self.parallel = self.parallel or 2
        if self.inplace:
            self.build_lib = str(home / f"lib-{sys.implementation.cache_tag}")

    def run(self) -> None:
        """Compile, and remember with which setup.py."""
        super().run()
        home = Path("build") / flavour()
        home.mkdir(parents=True, exist_ok=True)
        (home / "setup.stamp").touch()


def _translate(modules: list[Extension], name: str, stale: bool) -> list[Extension]:
    # Imported here: an sdist can be made without Cython.
    from Cython.Build import cythonize

    return cythonize(
        modules,
        build_dir=str(Path("build") / name / "c"),
        include_path=["src"],
        compiler_directives=DIRECTIVES[name],
        nthreads=2 if len(modules) > 1 else 0,
        force=stale,
        quiet=True,
    )


if __name__ == "__main__":
    setup(ext_modules=extensions(flavour()), cmdclass={"build_ext": BuildNative})
