"""The data types as Python sees them."""
