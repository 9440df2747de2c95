"""Tests of the mechanism of commands."""
