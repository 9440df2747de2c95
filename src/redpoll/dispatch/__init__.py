"""The mechanism of commands."""
