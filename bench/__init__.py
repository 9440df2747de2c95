"""Measures Redpoll beside every reference server found: `python -m bench --help`."""
