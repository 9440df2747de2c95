"""What `redpoll` shows besides running a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from redpoll.version import REDIS_VERSION, __version__

app = typer.Typer(
    name="redpoll",
    help="Redpoll, a Redis-compatible data store.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"redpoll {__version__} (compatible with Redis {REDIS_VERSION})")
        raise typer.Exit


@app.callback()
def redpoll(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version, and exit.")
    ] = False,
) -> None:
    """Redpoll, a Redis-compatible data store."""


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    options_metavar="[CONFIG] [--directive value ...]",
)
def serve(context: typer.Context) -> None:
    """Run the server. CONFIG is a file in redis.conf syntax, `-` reads one from standard input."""
    from redpoll.server.process import main as run_server

    raise typer.Exit(run_server(list(context.args), program="redpoll serve", make_folder=True))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit status."""
    try:
        app(list(arguments), prog_name="redpoll")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0
