"""Keys to values: what observes and drives the native keyspace."""
