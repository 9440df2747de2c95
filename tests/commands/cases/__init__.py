"""Case tables, one module per command family.

Each module exposes CASES, a list of `(setup, call)` or `(setup, call, cleanup)`: setup and cleanup are lists of
commands, a command is a line split as a shell does or a list of bytes. Nothing else is written down: what the right
replies are, the oracle says.
"""
