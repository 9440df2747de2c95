"""Sockets, listeners, lifecycle."""
