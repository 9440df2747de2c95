"""The deadline heap against a plain dict."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from redpoll.native.deadlines import DeadlineHeap

NAMES = st.integers(0, 60).map(lambda n: b"%d" % n)
STEPS = st.lists(
    st.one_of(st.tuples(NAMES, st.integers(-(10**12), 10**13)), st.tuples(NAMES, st.none())),
    max_size=300,
)


@given(STEPS)
@settings(max_examples=200, deadline=None)
def test_heap_knows_the_earliest_deadline_after_each_step(steps: list[tuple[bytes, int | None]]) -> None:
    heap, model = DeadlineHeap(), dict[bytes, int]()
    for name, when in steps:
        if when is None:
            assert heap.remove(name) == (model.pop(name, None) is not None)
        else:
            heap.set(name, when)
            model[name] = when
        first = heap.first()
        assert (None if first is None else first[0]) == min(model.values(), default=None)
        assert len(heap) == len(model)
    heap.check()


def test_heap_gives_its_memory_back() -> None:
    heap = DeadlineHeap()
    for n in range(10_000):
        heap.set(b"%d" % n, 10_000 - n)
    for n in range(10_000):
        assert heap.remove(b"%d" % n)
    assert heap.first() is None
    heap.check()
