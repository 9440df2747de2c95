"""What commands over several types ask of the collections a key can hold.

A sortable value has `elements()`, its elements in their own order; a hash has `get(field)`.
"""

from __future__ import annotations

from collections.abc import Callable

from redpoll.native.value import Value

# Type codes of records.
LIST, SET, ZSET, HASH = 1, 2, 3, 4
SORTABLE = {b"list": LIST, b"set": SET, b"zset": ZSET}
# The class of events on lists.
LIST_EVENT = 16

ListMaker = Callable[[list[bytes]], Value]

_list_makers: list[ListMaker] = []


def register_list_maker(maker: ListMaker) -> None:
    """Say how a list is made of its elements; the last one registered counts."""
    _list_makers.append(maker)


def make_list(elements: list[bytes]) -> Value:
    """A new list of these elements."""
    return _list_makers[-1](elements)
