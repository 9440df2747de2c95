"""Listpacks, lists and hashes against plain Python models."""

from __future__ import annotations

import random

import pytest

from redpoll.native import memory
from redpoll.native.hash_value import HashValue
from redpoll.native.list_value import ListValue
from redpoll.native.listpack import Listpack

EDGES = [
    b"", b"0", b"-0", b"007", b"127", b"128", b"-1", b"4095", b"4096", b"-4096", b"-4097", b"32767", b"32768",
    b"-32768", b"-32769", b"8388607", b"8388608", b"-8388608", b"-8388609", b"2147483647", b"2147483648",
    b"-2147483648", b"-2147483649", b"9223372036854775807", b"-9223372036854775808", b"9223372036854775808",
    b"x" * 63, b"x" * 64, b"x" * 124, b"x" * 126, b"x" * 127, b"x" * 4095, b"x" * 4096, b"x" * 16380, b"x" * 16384,
]  # fmt: skip


def some_text(rng: random.Random) -> bytes:
    kind = rng.random()
    if kind < 0.2:
        return rng.choice(EDGES[:-9])
    if kind < 0.5:
        return b"%d" % rng.randrange(-50, 50)
    return bytes(rng.choices(b"ab\x00\xff", k=rng.choice((1, 2, 3, 10, 70, 200))))


def test_a_listpack_has_redis_bytes() -> None:
    pack = Listpack()
    for text in (b"1", b"-1", b"300", b"ab", b"70000"):
        pack.insert(len(pack), text)
    entries = bytes.fromhex("0101 dfff02 c12c02 82616203 f2701101 04".replace(" ", ""))
    assert pack.dump() == (7 + len(entries)).to_bytes(4, "little") + b"\x05\x00" + entries + b"\xff"


@pytest.mark.parametrize("text", EDGES)
def test_a_listpack_keeps_every_text(text: bytes) -> None:
    pack = Listpack()
    for each in (b"a", text, b"b"):
        pack.insert(len(pack), each)
    pack.check()
    assert pack.texts() == [b"a", text, b"b"]
    assert pack.find(text) > 0
    pack.delete(1, 1)
    pack.check()
    assert pack.texts() == [b"a", b"b"]


@pytest.mark.parametrize("seed", range(5))
def test_a_listpack_behaves_as_a_list(seed: int) -> None:
    rng = random.Random(seed)
    pack, model = Listpack(), list[bytes]()
    for _ in range(1500):
        action, text = rng.random(), some_text(rng)
        if action < 0.5:
            index = rng.randint(0, len(model))
            pack.insert(index, text)
            model.insert(index, text)
        elif action < 0.75 and model:
            index = rng.randrange(len(model))
            pack.replace(index, text)
            model[index] = text
        elif model:
            index = rng.randrange(len(model))
            count = rng.randint(0, min(3, len(model) - index))
            pack.delete(index, count)
            del model[index : index + count]
        assert (pack.find(text) > 0) == (text in model)
    pack.check()
    assert pack.texts() == model


def _positions(model: list[bytes], text: bytes, rank: int, count: int, max_length: int) -> list[int]:
    places = list(range(len(model)))
    if rank < 0:
        places.reverse()
    places = [place for place in places[: max_length or None] if model[place] == text][abs(rank) - 1 :]
    return places[: count or None]


def _remove(model: list[bytes], text: bytes, count: int) -> int:
    places = [place for place, each in enumerate(model) if each == text]
    chosen = places if count == 0 else places[:count] if count > 0 else places[count:]
    for place in reversed(chosen):
        del model[place]
    return len(chosen)


@pytest.mark.parametrize("fill", [-1, -2, 0, 1, 3, 16])
@pytest.mark.parametrize("seed", range(3))
def test_a_list_behaves_as_a_list(fill: int, seed: int) -> None:
    rng = random.Random(seed)
    value, model = ListValue(), list[bytes]()
    for step in range(2500):
        _one_list_step(rng, value, model, fill)
        assert len(value) == len(model)
        if step % 50 == 0:
            value.check()
            assert value.section(0, len(model)) == model
            copied = value.copy()
            copied.check()
            assert copied.section(0, len(model)) == model
    value.check()
    assert value.section(0, len(model)) == model


def _one_list_step(rng: random.Random, value: ListValue, model: list[bytes], fill: int) -> None:
    action, text = rng.randrange(13), some_text(rng)
    if action < 4 or not model:
        texts, left = tuple(some_text(rng) for _ in range(rng.choice((1, 1, 3, 40)))), rng.random() < 0.5
        value.push(texts, left, fill)
        model[:] = [*reversed(texts), *model] if left else [*model, *texts]
    elif action == 4:
        count, left = rng.randint(1, 30), rng.random() < 0.5
        expected = model[:count] if left else model[::-1][:count]
        assert value.pop(left, count, fill) == expected
        model[:] = model[count:] if left else model[: max(0, len(model) - count)]
    elif action == 5:
        index = rng.randrange(-len(model), len(model))
        assert value.set(index, text, fill)
        model[index] = text
    elif action == 6:
        pivot, after = rng.choice(model), rng.random() < 0.5
        value.grow((text,), fill)
        assert value.insert(pivot, text, after, fill)
        model.insert(model.index(pivot) + after, text)
    elif action == 7:
        count, wanted = rng.randint(-3, 3), rng.choice(model)
        assert value.remove(wanted, count, fill) == _remove(model, wanted, count)
    elif action == 8 and rng.random() < 0.3:
        first = rng.randint(0, len(model) // 2)
        last = rng.randint(0, len(model) // 3)
        value.trim(first, last, fill)
        del model[:first]
        del model[len(model) - last :]
    elif action == 9:
        rank, count, most = rng.choice((-3, -1, 1, 2)), rng.randint(0, 3), rng.choice((0, 0, 5, 100))
        wanted = rng.choice(model)
        assert value.positions(wanted, rank, count, most) == _positions(model, wanted, rank, count, most)
    else:
        start = rng.randint(0, len(model) - 1)
        count = rng.randint(0, len(model) - start)
        assert value.section(start, count) == model[start : start + count]
        assert value.index(start) == model[start]
        assert value.index(-start - 1) == model[-start - 1]


def test_a_queue_keeps_its_array_small() -> None:
    value = ListValue()
    for number in range(200_000):
        value.push((b"element-%d" % number,), False, 16)
        if number >= 1000:
            assert value.pop(True, 1, 16) == [b"element-%d" % (number - 1000)]
    value.check()
    assert value.memory_bytes() < 64 * 1024


@pytest.mark.parametrize(("entries_max", "fields"), [(512, 40), (16, 40), (0, 300)])
@pytest.mark.parametrize("seed", range(3))
def test_a_hash_behaves_as_a_dict(entries_max: int, fields: int, seed: int) -> None:
    rng = random.Random(seed)
    value, model = HashValue(), dict[bytes, bytes]()
    for step in range(4000):
        field = b"f%d" % rng.randrange(fields) if rng.random() < 0.7 else b"%d" % rng.randrange(fields)
        if rng.random() < 0.6:
            text = some_text(rng) if rng.random() < 0.98 else b"v" * 5000
            assert value.set(field, text, entries_max, 64) == (field not in model)
            model[field] = text
        else:
            assert value.delete(field) == (model.pop(field, None) is not None)
        assert value.get(field) == model.get(field)
        assert value.value_size(field) == len(model.get(field, b"")) - (field not in model)
        assert len(value) == len(model)
        if step % 100 == 0:
            _same_hash(value, model)
            _same_hash(value.copy(), model)
            assert not model or value.random_item(rng.getrandbits(63)) in model.items()


def _same_hash(value: HashValue, model: dict[bytes, bytes]) -> None:
    value.check()
    items = value.items()
    assert dict(zip(items[::2], items[1::2], strict=True)) == model
    assert len(items) == 2 * len(model)
    assert value.fields() == items[::2]
    assert value.values() == items[1::2]
    scanned, cursor = dict[bytes, bytes](), 0
    while True:
        cursor, found = value.scan(cursor, 7)
        scanned.update(zip(found[::2], found[1::2], strict=True))
        if cursor == 0:
            break
    assert scanned == model


def test_all_memory_comes_back() -> None:
    rng = random.Random(1)
    before = memory.used_bytes()
    values: list[ListValue | HashValue] = []
    for number in range(50):
        elements, fields = ListValue(), HashValue()
        elements.push(tuple(some_text(rng) for _ in range(number * 20)), False, -2)
        for index in range(number * 20):
            fields.set(b"f%d" % index, some_text(rng) * rng.choice((1, 1, 100)), 128, 64)
        values += [elements, fields, elements.copy(), fields.copy()]
    used = sum(value.memory_bytes() for value in values)
    held = memory.used_bytes() - before
    assert 0 < held <= used
    values.clear()
    del elements, fields
    assert memory.used_bytes() == before
    memory.check()
