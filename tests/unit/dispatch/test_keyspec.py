"""Finding the keys of a request by specification."""

from __future__ import annotations

import pytest

from redpoll.dispatch.keyspec import (
    ACCESS,
    DELETE,
    INCOMPLETE,
    NOT_KEY,
    OW,
    RO,
    RW,
    UPDATE,
    VARIABLE_FLAGS,
    InvalidArguments,
    Key,
    legacy_range,
    names_of,
    set_keys,
    sort_keys,
)


def positions(key: Key, request: str) -> list[int]:
    return [index for index, _ in key.find(request.encode().split())]


@pytest.mark.parametrize(
    "key, request_line, found",
    [
        (Key(RO), "GET a", [1]),
        (Key(RO, begin=2), "OBJECT ENCODING a", [2]),
        (Key(RO, last=-1), "MGET a b c", [1, 2, 3]),
        (Key(RO, last=1), "LCS a b LEN", [1, 2]),
        (Key(RO, last=-2), "BLPOP a b 0", [1, 2]),
        (Key(OW, last=-1, step=2), "MSET a 1 b 2", [1, 3]),
        (Key(OW, last=-1, step=2), "MSET a 1 b", [1, 3]),
        (Key(RO, keynum=0), "ZUNION 2 a b WITHSCORES", [2, 3]),
        (Key(OW, keynum=0, step=2), "MSETEX 2 a 1 b 2 NX", [2, 4]),
        (Key(RO, begin=2, keynum=0), "EVAL text 1 a b", [3]),
        (Key(OW, begin=("STORE", 5)), "GEORADIUS k 1 1 1 m store d", [7]),
        (Key(OW, begin=("STORE", 5)), "GEORADIUS k 1 1 1 m", []),
        (Key(RO, begin=("STREAMS", 1), last=-1, limit=2), "XREAD COUNT 1 STREAMS a b 0 0", [4, 5]),
        (Key(RW, begin=("KEYS", -2), last=-1), "MIGRATE h 1 KEYS 0 5 KEYS a b", [7, 8]),
        (Key(RO, begin=None), "SORT a BY b", []),
    ],
)
def test_a_specification_finds_the_keys(key: Key, request_line: str, found: list[int]) -> None:
    assert positions(key, request_line) == found


@pytest.mark.parametrize(
    "key, request_line",
    [
        (Key(RO), "GET"),
        (Key(RO, begin=2), "OBJECT ENCODING"),
        (Key(RO, keynum=0), "ZUNION 3 a b"),
        (Key(RO, keynum=0), "ZUNION 0 a"),
        (Key(RO, keynum=0), "ZUNION -1 a"),
        (Key(RO, keynum=0), "ZUNION 01 a"),
        (Key(RO, keynum=0), "ZUNION x a"),
        (Key(RO, keynum=0), "ZUNION 99999999999999 a"),
        (Key(RO, begin=2, keynum=0), "EVAL text"),
        (Key(RO, last=-2), "BLPOP 0"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(key: Key, request_line: str) -> None:
    with pytest.raises(InvalidArguments):
        key.find(request_line.encode().split())


def test_each_key_carries_the_flags_of_its_specification() -> None:
    assert Key(RW, ACCESS, DELETE).find([b"GETDEL", b"a"]) == [(1, RW | ACCESS | DELETE)]


def test_flags_are_named_in_the_order_of_command_info() -> None:
    assert names_of(VARIABLE_FLAGS | UPDATE | ACCESS | RW) == ("RW", "access", "update", "variable_flags")
    assert Key(NOT_KEY).flag_names == ("not_key",)


def test_a_specification_knows_whether_it_tells_everything() -> None:
    assert Key(RO).is_complete
    assert not Key(RO, INCOMPLETE).is_complete
    assert not Key(RW, VARIABLE_FLAGS).is_complete
    assert not Key(RO, begin=None).is_complete


@pytest.mark.parametrize(
    "keys, expected",
    [
        ((), (0, 0, 0)),
        ((Key(RO),), (1, 1, 1)),
        ((Key(OW, last=-1, step=2),), (1, -1, 2)),
        ((Key(RW), Key(OW, begin=2)), (1, 2, 1)),
        ((Key(OW, begin=2), Key(RO, begin=3, last=-1)), (2, -1, 1)),
        ((Key(RO, keynum=0),), (0, 0, 0)),
        ((Key(OW), Key(RO, begin=2, keynum=0)), (1, 1, 1)),
        ((Key(RO), Key(RO, begin=None)), (1, 1, 1)),
        ((Key(RO), Key(RO, begin=3)), (1, 1, 1)),
        ((Key(RO, begin=("STREAMS", 1), last=-1, limit=2),), (0, 0, 0)),
    ],
)
def test_old_clients_are_told_one_range(keys: tuple[Key, ...], expected: tuple[int, int, int]) -> None:
    assert legacy_range(keys) == expected


def test_set_reads_its_key_only_with_get() -> None:
    assert set_keys([b"SET", b"get", b"get"]) == [(1, OW | UPDATE)]
    assert set_keys([b"SET", b"a", b"b", b"EX", b"1", b"get"]) == [(1, RW | ACCESS | UPDATE)]


@pytest.mark.parametrize(
    "request_line, destination",
    [("SORT a", None), ("SORT a STORE d", 3), ("SORT a STORE x STORE y", 5), ("SORT a BY STORE GET STORE", None),
     ("SORT a LIMIT STORE 1 STORE d", 6), ("SORT a STORE STORE d", 4), ("SORT a STORE", None)],
)  # fmt: skip
def test_sort_writes_to_what_follows_the_last_store(request_line: str, destination: int | None) -> None:
    source, *rest = sort_keys(request_line.encode().split())
    assert source == (1, RO | ACCESS)
    assert [index for index, _ in rest] == ([] if destination is None else [destination])
    assert all(flags == OW | UPDATE for _, flags in rest)


def test_a_specification_shows_its_parts() -> None:
    assert "begin=2" in repr(Key(RO, begin=2))
