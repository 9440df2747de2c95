# Only C-level names; see store.pxd.
