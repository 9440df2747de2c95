# Only C-level names; see the .pxd.
