"""The one place of the version."""

__version__ = "0.1.0"

# Clients switch features on by the Redis version they see in INFO and HELLO.
REDIS_VERSION = "7.4.0"
