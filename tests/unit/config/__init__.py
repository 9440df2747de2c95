"""Tests of redpoll.config."""
