"""A fingerprint of data: equal for equal data, whatever the order in which it came to be."""

from __future__ import annotations

import hashlib
from typing import Any

from redpoll.native.doubles import format_double

DIGEST_BYTES = 20
NOTHING = bytes(DIGEST_BYTES)

TYPE_LIST = 1
TYPE_SET = 2
TYPE_ZSET = 3
TYPE_HASH = 4


def value_digest(db: Any, key: bytes) -> bytes:
    """The fingerprint of what a key holds and of whether it expires; zeros if there is no such key."""
    kind = db.type_name(key)
    if kind is None:
        return NOTHING
    volatile = b"volatile" if db.deadline(key) >= 0 else b"lasting"
    return _mix(kind, volatile, *_parts(db, key, kind))


def _parts(db: Any, key: bytes, kind: bytes) -> list[bytes]:
    """What a value is made of, in an order that equal values share."""
    if kind == b"list":
        elements = db.value_to_write(key, TYPE_LIST)
        return list(elements.section(0, len(elements)))
    if kind == b"set":
        return sorted(db.value_to_write(key, TYPE_SET).elements())
    if kind == b"hash":
        items = db.value_to_write(key, TYPE_HASH).items()
        return [word for pair in sorted(zip(items[::2], items[1::2], strict=True)) for word in pair]
    if kind == b"zset":
        value = db.value_to_write(key, TYPE_ZSET)
        return [word for member, score in value.pairs(0, len(value)) for word in (member, format_double(score))]
    return [db.peek_string(key)]


def dataset_digest(keyspace: Any) -> bytes:
    """The fingerprint of all databases; zeros if they are empty."""
    total = 0
    for index in range(len(keyspace)):
        db = keyspace[index]
        for key in db.keys():
            value = value_digest(db, key)
            if value != NOTHING:
                # Exclusive or does not care about the order, and every record is in only once.
                total ^= int.from_bytes(_mix(b"%d" % index, key, value), "big")
    return total.to_bytes(DIGEST_BYTES, "big")


def _mix(*parts: bytes) -> bytes:
    # Lengths go in too: the border between two parts must count.
    mixed = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        mixed.update(b"%d:" % len(part))
        mixed.update(part)
    return mixed.digest()
