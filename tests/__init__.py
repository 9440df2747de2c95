"""The tests of Redpoll."""
