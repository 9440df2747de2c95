"""The hash table against a dict: contents, invariants, scans across resizes, fair sampling."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from redpoll.native.table import BytesTable

# Few short keys meet again and again; long ones have their length in four bytes.
KEYS = st.one_of(
    st.integers(0, 300).map(lambda n: b"k%d" % n),
    st.binary(max_size=20),
    st.integers(250, 400).map(lambda n: b"x" * n),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), KEYS, st.binary(max_size=600)), st.tuples(st.just("delete"), KEYS, st.just(b""))
    ),
    max_size=400,
)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_table_holds_what_a_dict_would(steps: list[tuple[str, bytes, bytes]]) -> None:
    table, model = BytesTable(), dict[bytes, bytes]()
    for verb, key, value in steps:
        if verb == "set":
            table.set(key, value)
            model[key] = value
        else:
            assert table.delete(key) == (model.pop(key, None) is not None)
    table.check()
    assert len(table) == len(model)
    assert {key: table.get(key) for key in model} == model
    assert sorted(walk(table)) == sorted(model)


def walk(table: BytesTable) -> list[bytes]:
    cursor, found = table.scan(0)
    while cursor:
        cursor, keys = table.scan(cursor)
        found += keys
    return found


@given(st.integers(1, 3000), st.integers(0, 3000), st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_scan_sees_every_key_that_stays_while_the_table_grows_and_shrinks(stay: int, come: int, go_at: int) -> None:
    table = BytesTable()
    for n in range(stay):
        table.set(b"stay%d" % n, b"")
    cursor, keys = table.scan(0)
    seen, step = set(keys), 0
    while cursor:
        if step == go_at:
            for n in range(come):
                table.set(b"come%d" % n, b"")
        if step == go_at + 3:
            for n in range(come):
                table.delete(b"come%d" % n)
        cursor, keys = table.scan(cursor)
        seen.update(keys)
        step += 1
    assert {b"stay%d" % n for n in range(stay)} <= seen
    table.check()


def test_table_shrinks_after_most_keys_are_deleted() -> None:
    table = BytesTable()
    for n in range(100_000):
        table.set(b"%d" % n, b"v")
    full = table.stats()["buckets"]
    for n in range(100_000):
        table.delete(b"%d" % n)
    for n in range(2000):
        table.set(b"%d" % n, b"v")
    assert table.stats()["buckets"] * 8 < full
    table.check()


def test_random_gives_every_key_the_same_chance() -> None:
    table = BytesTable(seed=12345)
    count, draws = 300, 150_000
    for n in range(count):
        table.set(b"%d" % n, b"")
    drawn = Counter(table.random() for _ in range(draws))
    expected = draws / count
    chi_square = sum((drawn[b"%d" % n] - expected) ** 2 / expected for n in range(count))
    # 299 degrees of freedom: mean 299, deviation 24; six deviations away would be a bias.
    assert chi_square < 299 + 6 * 24.5


def test_random_of_an_empty_table_is_none() -> None:
    assert BytesTable().random() is None
