"""LOLWUT: a picture, each time another, and the version."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from redpoll.dispatch.arguments import Cursor, parse_int
from redpoll.dispatch.declare import FAST, READONLY, Family
from redpoll.errors import CommandError
from redpoll.replies import Verbatim
from redpoll.version import REDIS_VERSION, __version__

if TYPE_CHECKING:
    from random import Random

    from redpoll.native.executor import Context

server = Family("server")
FAMILIES = (server,)

DEFAULT_COLUMNS, DEFAULT_ROWS = 66, 18
COLUMNS_MAX, ROWS_MAX = 1000, 1000
BIRDS = ("v", "~v~", "\\v/", "^v^")
BIRDS_MAX = 24
USAGE = "ERR Syntax error. Use: LOLWUT [VERSION version] [columns rows]"


@server.command(READONLY | FAST, since="5.0.0", cost="O(1)", syntax="[VERSION version:integer]")
def lolwut(ctx: Context, *words: bytes) -> Verbatim:
    """Draw something, and tell the version."""
    cursor = Cursor(words)
    version = cursor.next_int() if cursor.take_token(b"VERSION", following=1) else None
    columns, rows = _size_of([*cursor.rest()], version)
    signature = f"Redpoll ver. {__version__} (speaks as Redis ver. {REDIS_VERSION})\n"
    # Versions that have no picture of their own tell only who answers.
    picture = "" if version is not None and version <= 0 else _winter_flock(ctx.random, columns, rows) + "\n"
    return Verbatim((picture + signature).encode())


def _size_of(words: list[bytes], version: int | None) -> tuple[int, int]:
    # The pictures of versions 5 and 6 took one number or more, which nobody minds here either.
    if not words:
        return DEFAULT_COLUMNS, DEFAULT_ROWS
    if len(words) != 2 and version not in (5, 6):
        raise CommandError(USAGE)
    numbers = [parse_int(word) for word in words]
    columns = max(1, min(numbers[0], COLUMNS_MAX))
    return columns, max(1, min(numbers[1], ROWS_MAX)) if len(numbers) > 1 else DEFAULT_ROWS


def _winter_flock(random: Random, columns: int, rows: int) -> str:
    """A flock of redpolls over birches, as letters."""
    canvas = [[" "] * columns for _ in range(rows)]
    horizon = rows - max(1, rows // 4)
    _draw_birches(random, canvas, horizon)
    centre, spread = random.uniform(0.3, 0.7) * columns, columns / 6
    tilt = random.uniform(-0.15, 0.15)
    for _ in range(min(BIRDS_MAX, max(1, columns * rows // 48))):
        column = int(random.gauss(centre, spread))
        drift = tilt * (column - centre) + random.gauss(0, max(1.0, horizon / 5))
        _write(canvas, int(horizon / 2.5 + drift), column, random.choice(BIRDS))
    return "\n".join("".join(line).rstrip() for line in canvas) + "\n"


def _draw_birches(random: Random, canvas: list[list[str]], horizon: int) -> None:
    columns = len(canvas[0])
    phase, waves = random.uniform(0, math.tau), random.uniform(1.5, 4.0)
    for column in range(columns):
        hill = horizon + round(math.sin(phase + waves * math.tau * column / columns))
        for row in range(max(0, hill), len(canvas)):
            canvas[row][column] = random.choice("..,'") if row > hill else "_"
    column = random.randrange(2, 9)
    while column < columns:
        height = random.randrange(1, max(2, len(canvas) // 3))
        for step in range(height):
            _write(canvas, horizon - step, column, "|" if step % 2 else "H")
        _write(canvas, horizon - height, column - 1, "/^\\")
        column += random.randrange(4, 14)


def _write(canvas: list[list[str]], row: int, column: int, text: str) -> None:
    if 0 <= row < len(canvas):
        for at, letter in enumerate(text, column):
            if 0 <= at < len(canvas[row]):
                canvas[row][at] = letter
