# Only C-level names; see string_place.pxd.
