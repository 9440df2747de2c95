"""Tests on generated input, compared with the plain models of `tests/model`."""
