"""Redpoll as programs and operators use it."""
