"""Every command, compared with real servers."""
