# Only C-level names; see bit_operations.pxd.
