"""Cases of the commands on HyperLogLogs: (what prepares, the call)."""

from __future__ import annotations

from tests.commands.harness import Words, split_words

Row = tuple[list[Words], Words]


def sketch(runs: str, form: int = 1, cached: int | None = None) -> bytes:
    """A HyperLogLog with these bytes behind its header, given in hexadecimal."""
    cardinality = b"\x00" * 7 + b"\x80" if cached is None else cached.to_bytes(8, "little")
    return b"HYLL" + bytes([form, 0, 0, 0]) + cardinality + bytes.fromhex(runs)


def pfadd(key: str, count: int, first: int = 0) -> Words:
    """Add `count` elements."""
    return ["PFADD", key, *(b"element-%d" % number for number in range(first, first + count))]


FILL: list[Words] = [
    "PFADD a x y z", "PFADD b 1 2 3 x", "PFADD empty", pfadd("dense", 100), "PFDEBUG TODENSE dense",
    "SET k foobar", "RPUSH l x", "SET i 12",
    ["SET", "loaded", sketch("7fff")], ["SET", "known", sketch("7fff", cached=7)],
]  # fmt: skip

CALLS = """
PFADD a x|PFADD a w|PFADD a x w|PFADD a|PFADD n|PFADD n x|PFADD n x y x|PFADD n ''|PFADD '' x|PFADD empty|PFADD empty x
PFADD dense element-1|PFADD dense new|PFADD dense|PFADD k x|PFADD k|PFADD l x|PFADD l|PFADD i x|PFADD|PFADD loaded
PFADD loaded x|PFADD known|PFADD known x|PFCOUNT a|PFCOUNT a b|PFCOUNT b a n|PFCOUNT n|PFCOUNT n m|PFCOUNT empty
PFCOUNT dense|PFCOUNT a dense|PFCOUNT a a|PFCOUNT k|PFCOUNT l|PFCOUNT a k|PFCOUNT a l|PFCOUNT n l k|PFCOUNT|PFCOUNT i
PFCOUNT loaded|PFCOUNT known|PFCOUNT known n|PFCOUNT a known|PFMERGE n a b|PFMERGE a b|PFMERGE n|PFMERGE a|PFMERGE a n
PFMERGE n m|PFMERGE n dense|PFMERGE a dense|PFMERGE dense a|PFMERGE dense|PFMERGE n k|PFMERGE k a|PFMERGE k|PFMERGE l a
PFMERGE n a l|PFMERGE|PFMERGE a a|PFMERGE n empty|PFMERGE loaded a|PFMERGE known a|PFMERGE a known|PFMERGE i
PFDEBUG GETREG a|PFDEBUG getreg dense|PFDEBUG GETREG n|PFDEBUG GETREG k|PFDEBUG GETREG l|PFDEBUG DECODE a
PFDEBUG DECODE b|PFDEBUG DECODE empty|PFDEBUG DECODE dense|PFDEBUG DECODE n|PFDEBUG ENCODING a|PFDEBUG encoding dense
PFDEBUG ENCODING n|PFDEBUG ENCODING l|PFDEBUG ENCODING known|PFDEBUG TODENSE a|PFDEBUG TODENSE dense|PFDEBUG TODENSE n
PFDEBUG TODENSE known|PFDEBUG FOO a|PFDEBUG FOO n|PFDEBUG FOO k|PFDEBUG FOO l|PFDEBUG|PFDEBUG ENCODING
PFDEBUG ENCODING a b|PFDEBUG SIMD ON|PFDEBUG simd off|PFDEBUG DECODE known|PFSELFTEST|PFSELFTEST x
GET a|GET b|GET dense|TYPE a|OBJECT ENCODING a|OBJECT ENCODING dense|STRLEN a|APPEND a x|COPY a n|SETRANGE a 0 X
""".replace("\n", "|").strip("|")
WRITING = {b"PFADD", b"PFCOUNT", b"PFMERGE", b"PFDEBUG"}


def _states(call: str) -> list[Row]:
    """What a call leaves behind: bytes and encoding of its key."""
    name, *words = split_words(call)
    keys = words[1:2] if name == b"PFDEBUG" else words[:1]
    if name not in WRITING or not keys:
        return []
    return [([*FILL, call], [*asked, keys[0]]) for asked in (["GET"], ["OBJECT", "ENCODING"])]


# Strings with a header whose registers do not add up, and some that are strange but right.
STRANGE = {
    "no runs": sketch(""),
    "too few registers": sketch("7ff0"),
    "too many": sketch("7fff80"),
    "far too many": sketch("7fff" * 40),
    "two zeros": sketch("0000"),
    "cached": sketch("0000", cached=5),
    "cut off dense": sketch("00" * 12287, form=0),
    "long dense": sketch("00" * 12289, form=0),
    "dense": sketch("00" * 12288, form=0),
    "full dense": sketch("ff" * 12288, form=0),
    "unknown form": sketch("7fff", form=2),
    "short header": sketch("7fff")[:15],
    "header": sketch("7fff")[:16],
    "other magic": b"HYLX" + sketch("7fff")[4:],
    "single registers": sketch("80" + "7ffd" + "fc"),
    "short zeros": sketch("3f" * 256),
    "values": sketch("83" * 4096),
    "split zeros": sketch("40007ffe"),
}
BROKEN: list[Row] = [
    ([["SET", "s", data], "PFADD a x y", *before], call)
    for data in STRANGE.values()
    for before, call in (
        ([], "PFADD s"), ([], "PFADD s a b c d e"), (["PFADD s a b c d e"], "GET s"), ([], "PFCOUNT s"),
        ([], "PFCOUNT a s"), ([], "PFMERGE a s"), ([], "PFMERGE s a"), (["PFMERGE s a"], "GET s"),
        ([], "PFDEBUG GETREG s"), ([], "PFDEBUG DECODE s"), ([], "PFDEBUG TODENSE s"), ([], "PFDEBUG ENCODING s"),
        (["PFCOUNT s"], "OBJECT ENCODING s"),
    )
]  # fmt: skip

GROWN: list[Row] = [
    ([pfadd("h", count), *before], call)
    for count in (1, 10, 100, 1000, 1500, 5000)
    for before, call in (
        ([], "GET h"), ([], "PFCOUNT h"), ([], "PFDEBUG ENCODING h"), ([pfadd("h", 300, 7)], "GET h"),
        ([pfadd("g", 700, 500)], "PFCOUNT h g"), ([pfadd("g", 700, 500), "PFMERGE g h"], "GET g"),
        ([pfadd("g", 700, 500), "PFMERGE n h g"], "GET n"), (["COPY h n", pfadd("n", 100, 99000)], "GET n"),
    )
]  # fmt: skip

LIMITS: list[tuple[list[Words], Words, list[Words]]] = [
    (
        [f"CONFIG SET hll-sparse-max-bytes {limit}", pfadd("h", count), pfadd("h", 2, 5000)],
        call,
        ["CONFIG SET hll-sparse-max-bytes 3000"],
    )
    for limit in (0, 20, 21, 24, 100, 5000, 12000)
    for count in (0, 2, 20, 4000)
    for call in ("PFDEBUG ENCODING h", "GET h")
]

CASES = [
    *((FILL, call) for call in CALLS.split("|")),
    *(row for call in CALLS.split("|") for row in _states(call)),
    *BROKEN,
    *GROWN,
    *LIMITS,
]
