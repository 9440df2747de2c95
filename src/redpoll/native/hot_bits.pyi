# Only C-level names; see hot_bits.pxd.
