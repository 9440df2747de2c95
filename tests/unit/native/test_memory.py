"""The slab allocator: blocks do not overlap, counts return to where they began."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from redpoll.native import memory
from redpoll.native.memory import Blocks

SIZES = st.one_of(st.integers(1, 600), st.integers(1, 5000))
STEPS = st.lists(st.tuples(st.integers(0, 80), SIZES, st.sampled_from(["alloc", "resize"])), max_size=300)


@given(STEPS)
@settings(max_examples=100, deadline=None)
def test_blocks_keep_their_bytes_until_they_are_freed(steps: list[tuple[int, int, str]]) -> None:
    before = memory.used_bytes()
    blocks, held = Blocks(), set[int]()
    for name, size, verb in steps:
        if name not in held:
            blocks.alloc(name, size)
            held.add(name)
        elif verb == "resize":
            blocks.resize(name, size)
        else:
            assert blocks.free(name)
            held.remove(name)
    memory.check()
    for name in held:
        assert blocks.free(name)
    memory.check()
    assert memory.used_bytes() == before


def test_freed_slabs_serve_another_size() -> None:
    blocks = Blocks()
    for n in range(20_000):
        blocks.alloc(n, 64)
    for n in range(20_000):
        assert blocks.free(n)
    slabs = memory.stats()["slabs"]
    for n in range(5_000):
        blocks.alloc(n, 200)
    assert memory.stats()["slabs"] == slabs
    for n in range(5_000):
        assert blocks.free(n)
