# Only C-level names; see hyperloglog.pxd.
