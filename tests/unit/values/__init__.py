"""Tests of the pure helpers of values."""
