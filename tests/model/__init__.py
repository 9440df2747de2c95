"""Plain-Python models of what Redpoll should do: slow, obvious, and independent of the code under test."""
