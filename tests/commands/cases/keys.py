"""Cases of the commands on keys, deadlines and databases: (what prepares, the call)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.commands.harness import Words

Row = tuple[list[Words], Words]

FAR_SECONDS = "4102444800"  # the year 2100
FAR_MS = "4102444800000"
INT64_MAX = "9223372036854775807"
INT64_MIN = "-9223372036854775808"

BINARY = b"\x00\r\n\xff k"
LONG = b"k" * 5000

FILL: list[Words] = ["MSET a 1 b 2 c 3 abc 4 a* 5 [x] 6"]


def _per_command(names: str, *rows: Row) -> Iterator[Row]:
    """Rows written with % for the name of each command."""
    for name in names.split():
        for setup, call in rows:
            yield [_named(each, name) for each in setup], _named(call, name)


def _named(words: Words, name: str) -> Words:
    if isinstance(words, str):
        return words.replace("%", name)
    assert not isinstance(words, bytes)
    return [name if word == "%" else word for word in words]


def _with_values(call: Words, values: Iterable[bytes]) -> Iterator[Row]:
    for value in values:
        yield [[b"SET", b"k", value]], call


def _arity(names: str, *tails: str) -> Iterator[Row]:
    for name in names.split():
        for tail in tails:
            yield [], f"{name} {tail}".strip()


REMOVAL = list(
    _per_command(
        "DEL UNLINK EXISTS TOUCH",
        ([], "%"),
        ([], "% nokey"),
        (["SET k 1"], "% k"),
        (["SET k 1"], "% k k"),
        (["MSET a 1 b 2"], "% a nokey b a"),
        (["SET k 1 PX 1", "DEBUG SLEEP 0.01"], "% k"),
        (["SET k 1 EX 100"], "% k"),
        (["SET '' 1"], "% ''"),
        ([[b"SET", BINARY, b"1"]], ["%", BINARY]),
        (["SET K 1"], "% k"),
        (["SELECT 3", "SET k 1", "SELECT 0"], "% k"),
    )
)
AFTER_REMOVAL: list[Row] = [
    (["SET k 1", "DEL k"], "GET k"),
    (["SET k 1 EX 100", "DEL k", "SET k 2"], "TTL k"),
    (["SET k 1", "UNLINK k"], "EXISTS k"),
    (["MSET a 1 b 2 c 3", "DEL a b"], "DBSIZE"),
    ([[b"SET", LONG, b"v"]], [b"DEL", LONG]),
    ([[b"SET", LONG, b"v"]], [b"EXISTS", LONG, LONG]),
]

TYPE: list[Row] = [
    ([], "TYPE nokey"),
    (["SET k v"], "TYPE k"),
    (["SET k 12"], "type k"),
    (["SET k v PX 1", "DEBUG SLEEP 0.01"], "TYPE k"),
    ([], "TYPE"),
    ([], "TYPE a b"),
]

EXPIRE: list[Row] = list(
    _per_command(
        "EXPIRE PEXPIRE EXPIREAT PEXPIREAT",
        ([], "%"),
        ([], "% k"),
        ([], "% nokey 100"),
        ([], "% nokey 0"),
        ([], "% nokey -1"),
        (["SET k v"], "% k abc"),
        (["SET k v"], "% k ''"),
        (["SET k v"], "% k 1.5"),
        (["SET k v"], "% k ' 1'"),
        (["SET k v"], "% k +1"),
        (["SET k v"], "% k 01"),
        (["SET k v"], "% k 9223372036854775808"),
        (["SET k v"], f"% k {INT64_MAX}"),
        (["SET k v"], f"% k {INT64_MIN}"),
        ([], f"% nokey {INT64_MAX}"),
        ([], f"% nokey {INT64_MIN}"),
        ([], "% nokey x BAD"),
        ([], "% nokey 1 BAD"),
        ([], "% nokey 1 BAD WORSE"),
        ([], "% nokey 1 NX BAD XX"),
        ([], "% nokey 1 NX XX BAD"),
        (["SET k v"], "% k 1 ''"),
        (["SET k v"], "% k 1 nx xx"),
        (["SET k v"], "% k 1 NX GT"),
        (["SET k v"], "% k 1 LT NX"),
        (["SET k v"], "% k 1 GT LT"),
        (["SET k v"], "% k 1 GT LT NX"),
        (["SET k v"], "% k 1 XX GT LT"),
        (["SET k v"], "% k x NX XX"),
        (["SET k v"], f"% k {INT64_MAX} NX XX"),
        (["SET k v", "% k 0"], "EXISTS k"),
        (["SET k v", "% k -1"], "EXISTS k"),
        (["SET k v", "% k -1 XX"], "EXISTS k"),
        (["SET k v", "% k -1 NX"], "EXISTS k"),
        (["SET k v", "% k -1 GT"], "EXISTS k"),
        (["SET k v", "% k -1 LT"], "EXISTS k"),
        (["SET k v EX 100", "% k -1 GT"], "EXISTS k"),
        (["SET k v EX 100", "% k -1 LT"], "EXISTS k"),
        (["SET k v EX 100", "% k -1 NX"], "EXISTS k"),
        (["SET k v EX 100", "% k -1 XX"], "EXISTS k"),
        (["SET k v"], f"% k {FAR_SECONDS}"),
        (["SET k v"], f"% k {FAR_SECONDS} NX NX"),
        (["SET k v", f"% k {FAR_SECONDS} GT"], "PTTL k"),
        (["SET k v", f"% k {FAR_SECONDS} XX"], "PTTL k"),
        (["SET k v", f"% k {FAR_SECONDS} XX GT"], "PTTL k"),
        (["SET k v", f"% k {FAR_SECONDS} XX LT"], "PTTL k"),
        (["SET k v", f"% k {FAR_SECONDS} lt", f"% k {FAR_SECONDS} lt"], "EXISTS k"),
        (["SELECT 5", "SET k v", f"% k {FAR_SECONDS}", "SELECT 0"], "TTL k"),
    )
)

DEADLINES: list[Row] = [
    (["SET k v", "EXPIRE k 100"], "TTL k"),
    (["SET k v", "EXPIRE k 100 NX"], "EXPIRE k 200 NX"),
    (["SET k v EX 100", "EXPIRE k 200 XX"], "TTL k"),
    (["SET k v EX 100", "EXPIRE k 50 GT"], "TTL k"),
    (["SET k v EX 100", "EXPIRE k 500 GT"], "TTL k"),
    (["SET k v EX 100", "EXPIRE k 50 LT"], "TTL k"),
    (["SET k v EX 100", "EXPIRE k 500 LT"], "TTL k"),
    (["SET k v EX 100", "EXPIRE k 500 XX GT"], "TTL k"),
    (["SET k v EX 100", "EXPIRE k 50 XX LT"], "TTL k"),
    (["SET k v", f"PEXPIREAT k {FAR_MS}"], f"PEXPIREAT k {FAR_MS} GT"),
    (["SET k v", f"PEXPIREAT k {FAR_MS}"], f"PEXPIREAT k {FAR_MS} LT"),
    (["SET k v", f"PEXPIREAT k {FAR_MS}"], "PEXPIREAT k 4102444800001 GT"),
    (["SET k v", f"PEXPIREAT k {FAR_MS}"], "PEXPIREAT k 4102444799999 LT"),
    (["SET k v", f"PEXPIREAT k {FAR_MS}"], "PEXPIRETIME k"),
    (["SET k v", f"PEXPIREAT k {FAR_MS}"], "EXPIRETIME k"),
    (["SET k v", "PEXPIREAT k 4102444800499"], "EXPIRETIME k"),
    (["SET k v", "PEXPIREAT k 4102444800500"], "EXPIRETIME k"),
    (["SET k v", f"EXPIREAT k {FAR_SECONDS}"], "PEXPIRETIME k"),
    (["SET k v", f"EXPIREAT k {FAR_SECONDS}"], "EXPIRETIME k"),
    (["SET k v", f"PEXPIREAT k {INT64_MAX}"], "PEXPIRETIME k"),
    (["SET k v", f"PEXPIREAT k {INT64_MAX}"], "EXPIRETIME k"),
    (["SET k v", f"PEXPIREAT k {INT64_MAX}"], "TTL k"),
    (["SET k v", "PEXPIREAT k 9223372036854775307"], "EXPIRETIME k"),
    (["SET k v", "PEXPIREAT k 9223372036854775308"], "EXPIRETIME k"),
    (["SET k v"], "EXPIREAT k 9223372036854775"),
    (["SET k v"], "EXPIREAT k 9223372036854776"),
    (["SET k v"], "EXPIREAT k -9223372036854776"),
    (["SET k v"], "EXPIREAT k -9223372036854775"),
    (["SET k v"], "EXPIRE k 9223372036854775"),
    (["SET k v"], "EXPIRE k -9223372036854775"),
    (["SET k v"], "EXPIRE k -9223372036854776"),
    (["SET k v"], "EXPIRE k 9223370000000000"),
    (["SET k v"], "PEXPIRE k 9223370000000000000"),
    (["SET k v", "EXPIREAT k 1700000000"], "EXISTS k"),
    (["SET k v", "PEXPIREAT k 1700000000000"], "EXISTS k"),
    (["SET k v", "PEXPIRE k 1", "DEBUG SLEEP 0.01"], "GET k"),
    (["SET k v", "PEXPIRE k 5", "DEBUG SLEEP 0.02"], "EXPIRE k 100"),
    (["SET k v", "PEXPIRE k 5", "DEBUG SLEEP 0.02"], "PERSIST k"),
    (["SET k v", "EXPIRE k 100", "SET k w"], "TTL k"),
    (["SET k v", "EXPIRE k 100", "SET k w KEEPTTL"], "TTL k"),
    (["SET k v", "EXPIRE k 100", "APPEND k w"], "TTL k"),
    (["SET k 1", "EXPIRE k 100", "INCR k"], "TTL k"),
    (["SET k v EX 100"], "PERSIST k"),
    (["SET k v EX 100", "PERSIST k"], "TTL k"),
    (["SET k v EX 100", "PERSIST k"], "PERSIST k"),
    (["SET k v"], "PERSIST k"),
    ([], "PERSIST nokey"),
    *_per_command(
        "TTL PTTL EXPIRETIME PEXPIRETIME",
        ([], "%"),
        ([], "% a b"),
        ([], "% nokey"),
        (["SET k v"], "% k"),
        (["SET k v EX 1000"], "% k"),
        (["SET k v PX 1500"], "% k"),
        (["SET k v PX 1", "DEBUG SLEEP 0.01"], "% k"),
    ),
    *_arity("PERSIST", "", "a b"),
]

COPY: list[Row] = [
    *_arity("COPY", "", "a"),
    ([], "COPY nokey b"),
    ([], "COPY nokey nokey"),
    (["SET a 1"], "COPY a a"),
    (["SET a 1"], "COPY a a DB 0"),
    (["SET a 1"], "COPY a a REPLACE"),
    (["SET a 1"], "COPY a a DB 1"),
    (["SET a 1"], "COPY a a DB 1 DB 0"),
    (["SET a 1", "COPY a b"], "GET b"),
    (["SET a 1", "COPY a b"], "GET a"),
    (["SET a 1 EX 100", "COPY a b"], "TTL b"),
    (["SET a 1", "SET b 2 EX 100", "COPY a b REPLACE"], "TTL b"),
    (["MSET a 1 b 2"], "COPY a b"),
    (["MSET a 1 b 2", "COPY a b"], "GET b"),
    (["MSET a 1 b 2"], "COPY a b REPLACE"),
    (["MSET a 1 b 2", "copy a b replace"], "GET b"),
    (["MSET a 1 b 2"], "COPY nokey b REPLACE"),
    (["MSET a 1 b 2", "COPY nokey b REPLACE"], "GET b"),
    (["SET a 1", "COPY a a DB 1", "SELECT 1"], "GET a"),
    (["SET a 1", "COPY a b DB 15", "SELECT 15"], "GET b"),
    (["SET a 1", "COPY a b DB 1"], "COPY a b DB 1"),
    (["SET a 1", "COPY a b DB 1", "SET a 2"], "COPY a b REPLACE DB 1"),
    (["SET a 1", "COPY a b DB 1", "SET a 2", "COPY a b REPLACE DB 1", "SELECT 1"], "GET b"),
    (["SET a 1"], "COPY a b DB 16"),
    (["SET a 1"], "COPY a b DB -1"),
    (["SET a 1"], "COPY a b DB x"),
    (["SET a 1"], "COPY a b DB 01"),
    (["SET a 1"], "COPY a b DB 2147483648"),
    (["SET a 1"], "COPY a b DB -2147483649"),
    (["SET a 1"], "COPY a b DB 99999999999999999999"),
    (["SET a 1"], "COPY a b DB"),
    (["SET a 1"], "COPY a b BAD"),
    (["SET a 1"], "COPY a b REPLACE REPLACE"),
    (["SET a 1"], "COPY a b DB 99 BAD"),
    (["SET a 1"], "COPY a b BAD DB 99"),
    (["SET a 1"], "COPY a b DB 1 DB"),
    (["SET a 1"], "COPY a a BAD"),
    (["SET a 1 PX 1", "DEBUG SLEEP 0.01"], "COPY a b"),
    (["SET a 1", "SET b 2 PX 1", "DEBUG SLEEP 0.01"], "COPY a b"),
    (["SET a 12", "COPY a b"], "OBJECT ENCODING b"),
    (["SET a ab", "APPEND a c", "COPY a b"], "OBJECT ENCODING b"),
    ([[b"SET", BINARY, b"\x00\xff"], [b"COPY", BINARY, b"b"]], "GET b"),
    ([[b"SET", b"a", b"x" * 100_000], "COPY a b"], "STRLEN b"),
]

RENAME: list[Row] = [
    *_arity("RENAME", "", "a", "a b c"),
    *_arity("RENAMENX", "", "a", "a b c"),
    *_per_command(
        "RENAME RENAMENX",
        ([], "% nokey b"),
        ([], "% nokey nokey"),
        (["SET b 1"], "% nokey b"),
        (["SET a 1"], "% a a"),
        (["SET a 1"], "% a b"),
        (["SET a 1", "% a b"], "GET b"),
        (["SET a 1", "% a b"], "EXISTS a"),
        (["SET a 1 EX 100", "% a b"], "TTL b"),
        (["SET a 1", "SET b 2 EX 100"], "% a b"),
        (["SET a 1", "SET b 2 EX 100", "% a b"], "TTL b"),
        (["MSET a 1 b 2", "% a b"], "GET b"),
        (["MSET a 1 b 2", "% a b"], "DBSIZE"),
        (["SET a 1 EX 100", "SET b 2", "% a b"], "TTL b"),
        (["SET a 1 PX 1", "DEBUG SLEEP 0.01"], "% a b"),
        (["SET a 1", "SET b 2 PX 1", "DEBUG SLEEP 0.01"], "% a b"),
        (["SET a 1 EX 100", "% a a"], "TTL a"),
        (["SET a 12", "% a b"], "OBJECT ENCODING b"),
        (["SET a ab", "APPEND a c", "% a b"], "OBJECT ENCODING b"),
    ),
    ([[b"SET", BINARY, b"1"], [b"RENAME", BINARY, LONG]], [b"GET", LONG]),
    ([[b"SET", LONG, b"1"], [b"RENAMENX", LONG, b""]], [b"GET", b""]),
]

MOVE: list[Row] = [
    *_arity("MOVE", "", "a", "a 1 2"),
    (["SET a 1"], "MOVE a 0"),
    ([], "MOVE nokey 0"),
    ([], "MOVE nokey 1"),
    ([], "MOVE nokey 16"),
    (["SET a 1"], "MOVE a 16"),
    (["SET a 1"], "MOVE a -1"),
    (["SET a 1"], "MOVE a x"),
    (["SET a 1"], "MOVE a ''"),
    (["SET a 1"], "MOVE a 00"),
    (["SET a 1"], "MOVE a 2147483648"),
    (["SET a 1"], "MOVE a -2147483648"),
    (["SET a 1"], "MOVE a -2147483649"),
    (["SET a 1"], "MOVE a 99999999999999999999"),
    (["SET a 1"], "MOVE a 1"),
    (["SET a 1", "MOVE a 1"], "EXISTS a"),
    (["SET a 1", "MOVE a 1", "SELECT 1"], "GET a"),
    (["SET a 1 EX 100", "MOVE a 15", "SELECT 15"], "TTL a"),
    (["SET a 1", "MOVE a 1", "SET a 2"], "MOVE a 1"),
    (["SET a 1", "MOVE a 1", "SET a 2", "MOVE a 1"], "GET a"),
    (["SELECT 1", "SET a 1", "MOVE a 0"], "MOVE a 0"),
    (["SELECT 1", "SET a 1", "MOVE a 0", "SELECT 0"], "GET a"),
    (["SELECT 1", "SET a 1 PX 1", "DEBUG SLEEP 0.01", "SELECT 0", "SET a 2"], "MOVE a 1"),
    (["SET a 1 PX 1", "DEBUG SLEEP 0.01"], "MOVE a 1"),
]

OBJECT: list[Row] = [
    ([], "OBJECT"),
    ([], "OBJECT HELP"),
    ([], "object help"),
    ([], "OBJECT HELP x"),
    ([], "OBJECT BAD"),
    ([], "OBJECT BAD k x"),
    *_per_command(
        "ENCODING FREQ IDLETIME REFCOUNT",
        ([], "OBJECT %"),
        ([], "OBJECT % a b"),
        ([], "OBJECT % nokey"),
        (["SET k v"], "OBJECT % k"),
        (["SET k v PX 1", "DEBUG SLEEP 0.01"], "OBJECT % k"),
    ),
    (["SET k 12"], "OBJECT REFCOUNT k"),
    *_with_values("OBJECT ENCODING k", (
        b"", b"0", b"-1", b"12", b"01", b"+1", b" 1", b"-0", b"1.5", b"9223372036854775807", b"9223372036854775808",
        b"-9223372036854775808", b"-9223372036854775809", b"99999999999999999999", b"1" * 21, b"a",
        b"\x00", b"a" * 20, b"x" * 44, b"x" * 1000, b"x" * 100_000,
    )),
    (["SET k 1", "APPEND k 2"], "OBJECT ENCODING k"),
    (["APPEND k 12"], "OBJECT ENCODING k"),
    (["APPEND k ab"], "OBJECT ENCODING k"),
    (["SET k abc", "SETRANGE k 1 x"], "OBJECT ENCODING k"),
    (["SET k 123", "SETRANGE k 1 9"], "OBJECT ENCODING k"),
    (["SETRANGE k 0 5"], "OBJECT ENCODING k"),
    (["INCR k"], "OBJECT ENCODING k"),
    (["SET k 5", "APPEND k 5", "INCR k"], "OBJECT ENCODING k"),
    (["INCRBYFLOAT k 1.5"], "OBJECT ENCODING k"),
    (["MSET k 12 l ab"], "OBJECT ENCODING k"),
    (["SET k ab", "APPEND k c", "SET k ab"], "OBJECT ENCODING k"),
]  # fmt: skip

LFU_ON = "CONFIG SET maxmemory-policy allkeys-lfu"
LFU_OFF = "CONFIG SET maxmemory-policy noeviction"
POLICY: list[tuple[list[Words], Words, list[Words]]] = [
    ([LFU_ON, "SET k v"], "OBJECT FREQ k", [LFU_OFF]),
    ([LFU_ON, "SET k v"], "OBJECT IDLETIME k", [LFU_OFF]),
    ([LFU_ON], "OBJECT FREQ nokey", [LFU_OFF]),
    ([LFU_ON], "OBJECT IDLETIME nokey", [LFU_OFF]),
]

KEYS: list[Row] = [
    *_arity("KEYS", "", "a b"),
    ([], "KEYS *"),
    *((FILL, [b"KEYS", pattern]) for pattern in (
        b"*", b"a", b"a*", b"?", b"??", b"*c", b"[ab]", b"[^a]", b"[a-c]", b"[c-a]", b"a\\*", b"\\[x\\]", b"[", b"[]",
        b"[a", b"[^", b"**", b"a**c", b"", b"\\", b"*\\", b"nokey", b"A", b"[\\]x]", b"a[b]c", b"[[]x]",
    )),
    (["SET '' 1"], "KEYS *"),
    (["SET '' 1"], "KEYS **"),
    (["SET '' 1"], "KEYS ''"),
    (["SET a 1 PX 1", "SET b 1", "DEBUG SLEEP 0.01"], "KEYS *"),
    ([[b"SET", BINARY, b"1"]], [b"KEYS", b"\x00*k"]),
    ([[b"SET", BINARY, b"1"]], [b"KEYS", b"??\n\xff k"]),
    (["SELECT 9", "SET nine 1", "SELECT 0"], "KEYS *"),
    (["SELECT 9", "SET nine 1"], "KEYS *"),
    (["DEBUG POPULATE 1000 p"], "KEYS p:99*"),
]  # fmt: skip

SCAN: list[Row] = [
    ([], "SCAN"),
    ([], "SCAN 0"),
    (FILL, "SCAN 0"),
    *((FILL, [b"SCAN", cursor, b"COUNT", b"1000"]) for cursor in (
        b"0", b"00", b"+0", b"-0", b" 0", b"\t0", b"\n 0", b"0 ", b"", b" ", b"-1", b"-5", b" -0", b"abc", b"0x",
        b"1.5", b"0x10", b"1e3", b"+ 0", b"--1", b"18446744073709551616", b"99999999999999999999999", b"-1x",
        b"0" * 50, b"9" * 5000,
    )),
    *((FILL, f"SCAN {tail}") for tail in (
        "0 COUNT", "0 COUNT a", "0 COUNT ''", "0 COUNT 0", "0 COUNT -1", "0 COUNT 1.5", "0 COUNT 1000",
        f"0 COUNT {INT64_MAX}", "0 COUNT 9223372036854775808", "0 COUNT 1000 COUNT 2000", "0 COUNT a BAD",
        "0 MATCH", "0 MATCH a", "0 MATCH a*", "0 match ?", "0 MATCH nokey", "0 MATCH a MATCH b", "0 MATCH *",
        "0 MATCH * COUNT 100 TYPE string", "0 TYPE", "0 TYPE string", "0 type STRING", "0 TYPE list", "0 TYPE set",
        "0 TYPE zset", "0 TYPE hash", "0 TYPE stream", "0 TYPE module", "0 TYPE none", "0 TYPE foo", "0 TYPE ''",
        "0 TYPE foo COUNT 0", "0 COUNT 0 TYPE foo", "0 TYPE list TYPE string", "0 TYPE foo TYPE string",
        "0 NOVALUES", "0 NOVALUES x", "0 NOSCORES", "0 NOSCORES COUNT 0", "0 MATCH x NOVALUES", "0 COUNT 0 NOVALUES",
        "0 BAD", "0 BAD 1", "0 1", "x BAD", "x COUNT 0", "x TYPE foo", "0 MATCH a* COUNT 1000 TYPE string",
    )),
    (["SET a 1 PX 1", "SET b 1", "DEBUG SLEEP 0.01"], "SCAN 0 COUNT 100"),
    (["SELECT 9", "SET nine 1", "SELECT 0"], "SCAN 0 COUNT 100"),
    (["SELECT 9", "SET nine 1"], "SCAN 0 COUNT 100"),
    (["SET '' 1"], "SCAN 0 COUNT 100"),
    ([[b"SET", BINARY, b"1"]], "SCAN 0 COUNT 100"),
    (["DEBUG POPULATE 500 p"], "SCAN 0 COUNT 100000"),
    (["DEBUG POPULATE 500 p"], "SCAN 0 COUNT 100000 MATCH p:1?"),
]  # fmt: skip

RANDOM: list[Row] = [
    ([], "RANDOMKEY"),
    (["SET k v"], "RANDOMKEY"),
    (["SET k v PX 1", "DEBUG SLEEP 0.01"], "RANDOMKEY"),
    (["SELECT 2", "SET k v", "SELECT 0"], "RANDOMKEY"),
    ([], "RANDOMKEY x"),
]

DATABASES: list[Row] = [
    ([], "DBSIZE"),
    ([], "DBSIZE x"),
    (FILL, "DBSIZE"),
    ([*FILL, "SELECT 1"], "DBSIZE"),
    *_per_command(
        "FLUSHDB FLUSHALL",
        ([], "%"),
        (FILL, "%"),
        (FILL, "% SYNC"),
        (FILL, "% async"),
        (FILL, "% BAD"),
        (FILL, "% ''"),
        (FILL, "% SYNC ASYNC"),
        (FILL, "% SYNC SYNC"),
        (FILL, "% BAD SYNC"),
        ([*FILL, "%"], "DBSIZE"),
        ([*FILL, "% SYNC"], "DBSIZE"),
        ([*FILL, "% BAD"], "DBSIZE"),
        ([*FILL, "SELECT 1", "%", "SELECT 0"], "DBSIZE"),
        (["SET k v EX 100", "%", "SET k v"], "TTL k"),
    ),
    *((FILL, f"SWAPDB {tail}".strip()) for tail in (
        "", "0", "0 1 2", "0 1", "0 0", "1 2", "15 0", "16 0", "0 16", "16 16", "-1 0", "0 -1", "a 1", "0 b", "a b",
        "99 a", "00 1", "2147483648 1", "1 2147483648", "2147483648 a", "9223372036854775808 0", "'' 0",
    )),
    ([*FILL, "SWAPDB 0 1"], "DBSIZE"),
    ([*FILL, "SWAPDB 0 1", "SELECT 1"], "GET abc"),
    ([*FILL, "SELECT 1", "SET x 1", "SWAPDB 1 0"], "GET abc"),
    ([*FILL, "SELECT 1", "SET x 1", "SWAPDB 1 0", "SELECT 0"], "KEYS *"),
    (["SET k v EX 100", "SWAPDB 0 1", "SELECT 1"], "TTL k"),
    (["SET k v EX 100", "SWAPDB 0 0"], "TTL k"),
    (["SET k v PX 30", "SWAPDB 0 3", "SELECT 3", "DEBUG SLEEP 0.06"], "GET k"),
    (["SET k v PX 30", "SWAPDB 0 3", "SELECT 3", "DEBUG SLEEP 0.06"], "DBSIZE"),
    (["SET k v EX 100", "SWAPDB 0 1", "SELECT 1", "DEL k"], "DBSIZE"),
]  # fmt: skip

CASES = [
    *REMOVAL, *AFTER_REMOVAL, *TYPE, *EXPIRE, *DEADLINES, *COPY, *RENAME, *MOVE, *OBJECT, *POLICY, *KEYS, *SCAN,
    *RANDOM, *DATABASES,
]  # fmt: skip
