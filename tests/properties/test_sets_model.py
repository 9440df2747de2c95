"""Generated commands on sets, under any limits of the compact forms: replies and state as those of Python's sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redpoll.clock import ManualClock
from tests.commands.harness import Decoder, encode_command
from tests.nodes import embedded_node, feed

Argv = list[bytes]
Model = dict[bytes, set[bytes]]

KEY = st.sampled_from([b"a", b"b", b"c", b"d"])
MEMBER = st.one_of(
    st.integers(-3, 12).map(lambda number: b"%d" % number),
    st.sampled_from([b"", b"x", b"y", b"01", b"-0", b"40000", b"-40000", b"9223372036854775807", b"m" * 70]),
    st.integers(0, 40).map(lambda number: b"m%d" % number),
)
COUNT = st.integers(0, 12).map(lambda number: b"%d" % number)


def words(name: bytes, *parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Argv]:
    """A command of single words and of lists of words."""
    return st.tuples(*parts).map(
        lambda found: [name, *(word for part in found for word in (part if isinstance(part, list) else [part]))]
    )


MEMBERS = st.lists(MEMBER, min_size=1, max_size=12)
KEYS = st.lists(KEY, min_size=1, max_size=4)
COMMANDS = st.one_of(
    words(b"SADD", KEY, MEMBERS), words(b"SADD", KEY, MEMBERS), words(b"SADD", KEY, MEMBERS),
    words(b"SREM", KEY, MEMBERS), words(b"SISMEMBER", KEY, MEMBER), words(b"SMISMEMBER", KEY, MEMBERS),
    words(b"SCARD", KEY), words(b"SMEMBERS", KEY), words(b"SPOP", KEY), words(b"SPOP", KEY, COUNT),
    words(b"SRANDMEMBER", KEY), words(b"SRANDMEMBER", KEY, COUNT),
    words(b"SRANDMEMBER", KEY, st.just(b"-7")), words(b"SMOVE", KEY, KEY, MEMBER),
    words(b"SINTER", KEYS), words(b"SUNION", KEYS), words(b"SDIFF", KEYS), words(b"SINTERSTORE", KEY, KEYS),
    words(b"SUNIONSTORE", KEY, KEYS), words(b"SDIFFSTORE", KEY, KEYS),
    KEYS.flatmap(lambda keys: words(b"SINTERCARD", st.just([b"%d" % len(keys), *keys, b"LIMIT"]), COUNT)),
    words(b"SSCAN", KEY, st.just([b"0", b"COUNT", b"1000"])), words(b"DEL", KEY),
    words(b"COPY", KEY, KEY, st.just(b"REPLACE")),
)  # fmt: skip
LIMITS = st.tuples(st.sampled_from([0, 3, 8, 512]), st.sampled_from([0, 5, 128]), st.sampled_from([0, 2, 64]))


def met(sets: list[set[bytes]]) -> set[bytes]:
    """What is in all of them."""
    return set.intersection(*sets)


def joined(sets: list[set[bytes]]) -> set[bytes]:
    """What is in any of them."""
    return set.union(*sets)


def left(sets: list[set[bytes]]) -> set[bytes]:
    """What is only in the first."""
    return sets[0].difference(*sets[1:])


ALGEBRA: dict[bytes, Callable[[list[set[bytes]]], set[bytes]]] = {b"SINTER": met, b"SUNION": joined, b"SDIFF": left}


def expected(model: Model, argv: Argv, reply: Any) -> Any:
    """Change the model; what the reply must be. What is drawn is up to the server, if it can be drawn at all."""
    name, key, rest = argv[0], argv[1], argv[2:]
    held = model.get(key, set())
    plain = {
        b"SISMEMBER": lambda: int(rest[0] in held),
        b"SMISMEMBER": lambda: [int(member in held) for member in rest],
        b"SCARD": lambda: len(held),
        b"SMEMBERS": lambda: sorted(held),
        b"SSCAN": lambda: [b"0", sorted(held)],
    }
    if name in plain:
        return plain[name]()
    if name in ALGEBRA:
        return sorted(ALGEBRA[name]([model.get(each, set()) for each in argv[1:]]))
    if name.endswith(b"STORE"):
        return _keep(model, key, ALGEBRA[name.removesuffix(b"STORE")]([model.get(each, set()) for each in rest]))
    if name == b"SINTERCARD":
        size = len(met([model.get(each, set()) for each in rest[:-2]]))
        return min(size, int(rest[-1])) if int(rest[-1]) else size
    if name in (b"SPOP", b"SRANDMEMBER"):
        return _drawn(model, argv, reply)
    return _written(model, argv)


def _keep(model: Model, key: bytes, members: set[bytes]) -> int:
    model[key] = set(members)
    return len(members)


def _written(model: Model, argv: Argv) -> int:
    name, key, rest = argv[0], argv[1], argv[2:]
    held = set(model.get(key, set()))
    if name == b"SADD":
        return _keep(model, key, held | set(rest)) - len(held)
    if name == b"SREM":
        return len(held) - _keep(model, key, held - set(rest))
    if name == b"DEL":
        return int(bool(held)) + _keep(model, key, set())
    if name == b"COPY":
        return int(bool(held) and bool(_keep(model, rest[0], held)))
    if rest[1] not in held:
        return 0
    model[key] = held - {rest[1]}
    model[rest[0]] = model.get(rest[0], set()) | {rest[1]}
    return 1


def _drawn(model: Model, argv: Argv, reply: Any) -> Any:
    held = set(model.get(argv[1], set()))
    if len(argv) == 2:
        drawn = [] if reply is None else [reply]
        assert (reply is None) == (not held)
    else:
        drawn, count = reply, int(argv[2])
        assert len(drawn) == (min(count, len(held)) if count >= 0 else -count * bool(held))
        assert count < 0 or len(set(drawn)) == len(drawn)
    assert set(drawn) <= held
    if argv[0] == b"SPOP":
        model[argv[1]] = held - set(drawn)
    return reply


def value_of(reply: Any) -> Any:
    """A reply in Python's values."""
    value = getattr(reply, "value", reply)
    return [value_of(each) for each in value] if isinstance(value, list) else value


def in_order(argv: Argv, reply: Any) -> Any:
    """A reply whose members have no promised order, in order."""
    if argv[0] in (b"SMEMBERS", *ALGEBRA):
        return sorted(reply)
    return [reply[0], sorted(reply[1])] if argv[0] == b"SSCAN" else reply


@settings(max_examples=250, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
@given(runs=st.lists(st.tuples(LIMITS, st.lists(COMMANDS, min_size=1, max_size=25)), min_size=1, max_size=3))
def test_sets_behave_as_python_s_sets(runs: list[tuple[tuple[int, int, int], list[Argv]]]) -> None:
    node, model = embedded_node(ManualClock()), Model()
    client, decoder = node.new_client(), Decoder()
    for limits, commands in runs:
        for name, limit in zip(("intset-entries", "listpack-entries", "listpack-value"), limits, strict=True):
            feed(node, client, encode_command(f"CONFIG SET set-max-{name} {limit}"))
        for argv in commands:
            if argv[0] == b"COPY" and argv[1] == argv[2]:
                continue
            decoder.feed(feed(node, client, encode_command(argv)))
            reply = value_of(decoder.next())
            assert in_order(argv, reply) == expected(model, argv, reply)
        db = node.keyspace[0]
        assert sorted(db.keys()) == sorted(key for key, members in model.items() if members)
        for key in db.keys():
            value = db.value_to_write(key, 2)
            value.check()
            assert set(value.elements()) == model[key]
    node.keyspace.check()
