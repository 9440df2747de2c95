"""The native core: bytes, not policy."""
