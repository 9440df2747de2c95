"""Tests of redpoll.server."""
