"""Cases of the commands on sets: (what prepares, the call, what puts things back)."""

from __future__ import annotations

from typing import Any

from tests.commands.harness import Words

Row = tuple[list[Words], Words]

FILL: list[Words] = ["SADD a 1 2 3 x", "SADD b 2 3 4 y x", "SADD i 1 2 3 40000", "SADD one v"]
WRONG: list[Words] = ["SET s v", "RPUSH l v", "HSET h f v"]
MANY = b"SADD m " + b" ".join(b"m%d" % i for i in range(1000))
NUMBERS = b"SADD k " + b" ".join(b"%d" % (i * 3) for i in range(1000))

CALLS = """
SADD a 1|SADD a 9|SADD a 1 9 9 q|SADD n 1|SADD n q w q|SADD n|SADD|SADD s 1|SADD l 1|SADD i 70000|SADD i x|SADD a ''
SREM a 1|SREM a 1 9 x|SREM a 9|SREM n 1|SREM s 1|SREM a|SREM|SREM a 1 1|SREM a 1 2 3 x|SREM one v w|SREM i 40000 1
SREM i x|SREM a 01|SISMEMBER a 1|SISMEMBER a 01|SISMEMBER a 9|SISMEMBER a x|SISMEMBER n 1|SISMEMBER s 1|SISMEMBER a
SISMEMBER a 1 2|SISMEMBER i 40000|SISMEMBER i x|SMISMEMBER a 1|SMISMEMBER a 1 9 x 1|SMISMEMBER n 1 2|SMISMEMBER s 1
SMISMEMBER a|SCARD a|SCARD n|SCARD s|SCARD|SCARD a b|SMEMBERS a|SMEMBERS i|SMEMBERS n|SMEMBERS s|SMEMBERS
SMEMBERS a b|SPOP one|SPOP one 1|SPOP one 0|SPOP one 5|SPOP n|SPOP n 0|SPOP n 1|SPOP a 4|SPOP a 100|SPOP a -1
SPOP n -1|SPOP s -1|SPOP s|SPOP s 0|SPOP s 1|SPOP a x|SPOP s x|SPOP a 1 2|SPOP s 1 2|SPOP|SPOP a 1.0
SPOP a 9223372036854775807|SPOP a 9223372036854775808|SPOP a -9223372036854775808|SRANDMEMBER one|SRANDMEMBER one 1
SRANDMEMBER one 0|SRANDMEMBER one 5|SRANDMEMBER one -3|SRANDMEMBER n|SRANDMEMBER n 1|SRANDMEMBER n -1|SRANDMEMBER n 0
SRANDMEMBER a 4|SRANDMEMBER a 100|SRANDMEMBER i 100|SRANDMEMBER a x|SRANDMEMBER n x|SRANDMEMBER s x|SRANDMEMBER s
SRANDMEMBER s 1|SRANDMEMBER s 0|SRANDMEMBER a 1 2|SRANDMEMBER|SRANDMEMBER a 9223372036854775807
SRANDMEMBER a -9223372036854775808|SRANDMEMBER n -9223372036854775808|SRANDMEMBER a 9223372036854775808
SRANDMEMBER n -9223372036854775807|SRANDMEMBER s -9223372036854775808|SMOVE a b 1|SMOVE a b 2|SMOVE a b 9
SMOVE a n 1|SMOVE a n x|SMOVE one n v|SMOVE one a v|SMOVE a a 1|SMOVE a a 9|SMOVE one one v|SMOVE n a 1|SMOVE n n 1
SMOVE n s 1|SMOVE s a 1|SMOVE a s 1|SMOVE a s 9|SMOVE a b|SMOVE a b 1 2|SMOVE i n 40000|SMOVE a i x|SINTER a b
SINTER a|SINTER a n|SINTER n a|SINTER n|SINTER a a|SINTER a b i|SINTER i a|SINTER a s|SINTER n s|SINTER s n|SINTER
SINTER a one|SINTER s|SINTERSTORE d a b|SINTERSTORE a a b|SINTERSTORE s a b|SINTERSTORE d a n|SINTERSTORE a n
SINTERSTORE s a n|SINTERSTORE d a s|SINTERSTORE d n s|SINTERSTORE d i a|SINTERSTORE d a|SINTERSTORE d
SINTERSTORE s a one|SINTERSTORE l i a|SINTERCARD 1 a|SINTERCARD 2 a b|SINTERCARD 2 a n|SINTERCARD 2 a s
SINTERCARD 2 n s|SINTERCARD 2 a b LIMIT 0|SINTERCARD 2 a b LIMIT 1|SINTERCARD 2 a b LIMIT 2|SINTERCARD 2 a b limit 99
SINTERCARD 2 a b LIMIT -1|SINTERCARD 2 a b LIMIT x|SINTERCARD 2 a b LIMIT|SINTERCARD 2 a b LIMIT 1 LIMIT 2
SINTERCARD 2 a b LIMIT x LIMIT 2|SINTERCARD 2 a b NOSUCH 1|SINTERCARD 0 a|SINTERCARD -1 a|SINTERCARD x a
SINTERCARD 2 a|SINTERCARD 3 a LIMIT 1|SINTERCARD 1 LIMIT 1|SINTERCARD 1 a b|SINTERCARD 1|SINTERCARD
SINTERCARD 9223372036854775807 a|SINTERCARD 9223372036854775808 a|SINTERCARD 1 a LIMIT 9223372036854775807
SINTERCARD 1 a LIMIT 9223372036854775808|SINTERCARD 1 s LIMIT x|SINTERCARD 1 s|SUNION a b|SUNION a|SUNION a n
SUNION n n|SUNION n|SUNION a s|SUNION n s|SUNION a b i one|SUNION i i|SUNION|SUNIONSTORE d a b|SUNIONSTORE a a b
SUNIONSTORE s a b|SUNIONSTORE d n|SUNIONSTORE a n|SUNIONSTORE s n n|SUNIONSTORE d a s|SUNIONSTORE d i i
SUNIONSTORE d|SUNIONSTORE d i one|SDIFF a b|SDIFF b a|SDIFF a|SDIFF a n|SDIFF n a|SDIFF a a|SDIFF a b i|SDIFF i a
SDIFF a s|SDIFF n s|SDIFF s a|SDIFF a one|SDIFF|SDIFFSTORE d a b|SDIFFSTORE a a b|SDIFFSTORE s a b|SDIFFSTORE d a a
SDIFFSTORE s a a|SDIFFSTORE a n a|SDIFFSTORE d a s|SDIFFSTORE d n s|SDIFFSTORE d i a|SDIFFSTORE d|SDIFFSTORE d a n
SSCAN a 0|SSCAN i 0|SSCAN n 0|SSCAN s 0|SSCAN a x|SSCAN n x|SSCAN s x|SSCAN a 0 MATCH *|SSCAN a 0 MATCH [12]
SSCAN a 0 COUNT 1|SSCAN a 0 COUNT 0|SSCAN a 0 COUNT -1|SSCAN a 0 COUNT x|SSCAN a 0 NOSUCH|SSCAN n 0 NOSUCH
SSCAN n 0 COUNT 0|SSCAN a 0 NOVALUES|SSCAN a 0 NOSCORES|SSCAN a 0 TYPE set|SSCAN a 5|SSCAN a -1|SSCAN a
SSCAN a 0 MATCH|SSCAN a 0 MATCH x COUNT 5|TYPE a|OBJECT ENCODING a|OBJECT ENCODING i|OBJECT REFCOUNT a
DEBUG OBJECT a|MEMORY USAGE a|DEBUG LISTPACK i|EXISTS a|GET a
LLEN a|HGET a f|COPY a d|COPY i d|RENAME a d|SORT i|SORT i DESC|SORT a|SORT a ALPHA|SORT b ALPHA LIMIT 1 2
SORT i LIMIT 1 2 GET #|SORT a BY nosort STORE d|SORT_RO a ALPHA DESC|SORT i STORE d|APPEND a x|INCR a
""".replace("\n", "|").strip("|")


def _calls() -> list[Row]:
    return [([*FILL, *WRONG], call) for call in CALLS.split("|")]


def _states() -> list[Row]:
    """What a writing call leaves behind."""
    names = ("SADD", "SREM", "SPOP", "SMOVE", "SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE", "COPY", "RENAME")
    rows: list[Row] = []
    for call in CALLS.split("|"):
        if call.split()[0] in names:
            rows += [([*FILL, *WRONG, call], f"SMEMBERS {key}") for key in ("a", "b", "d", "n")]
            rows += [([*FILL, *WRONG, call], f"OBJECT ENCODING {key}") for key in ("a", "b", "d", "i", "n", "s")]
            rows.append(([*FILL, *WRONG, call], "EXISTS a b d i n one"))
    return rows


LARGE: list[Row] = [
    ([MANY, NUMBERS, *extra], call)
    for extra, call in (
        ([], "SCARD m"), ([], "SMEMBERS m"), ([], "SMEMBERS k"), ([], "SISMEMBER m m500"), ([], "SISMEMBER k 300"),
        ([], "SISMEMBER k 301"), ([], "SMISMEMBER m m1 m999 m1000"), ([], "SSCAN m 0 COUNT 100000"),
        ([], "SSCAN m 0 COUNT 100000 MATCH m9?9"), (["SREM m m1 m2 m3 nosuch"], "SMEMBERS m"),
        (["SADD t 3 m7 m8 q", "SADD u m8 m9 m10"], "SINTER m t"), (["SADD t 3 m7 m8 q"], "SINTER t m"),
        (["SADD t 3 m7 m8 q"], "SINTERSTORE d t m"), (["SADD t 3 m7 m8 q", "SINTERSTORE d t m"], "SMEMBERS d"),
        ([], "SINTER m m k"), ([], "SUNION m k"), ([], "SDIFF m k"), (["SADD t 3 m7"], "SDIFF m t"),
        (["SADD t 3 m7"], "SDIFF t m k"), (["SADD t 3 m7 q"], "SDIFF t m k"), ([], "SINTERCARD 2 m m LIMIT 10"),
        ([], "SINTERCARD 2 m m"), (["COPY m d"], "SMEMBERS d"), (["COPY m d", "SREM d m1"], "SMEMBERS m"),
        ([], "SRANDMEMBER m 1000"), ([], "SRANDMEMBER m 5000"), ([], "SPOP m 1000"), ([], "SPOP m 5000"),
        (["SPOP m 999"], "SCARD m"), (["SPOP m 400"], "SCARD m"), (["SPOP k 500"], "SCARD k"),
        (["SUNIONSTORE d m k"], "SMEMBERS d"), (["SDIFFSTORE d m k"], "SMEMBERS d"),
        (["SMOVE m k m5"], "SMEMBERS k"), ([["SADD", "m", b"v" * 70000]], "SMEMBERS m"), ([], "SORT m ALPHA"),
        ([], "SORT k DESC LIMIT 0 10"), (["SORT k STORE d"], "LRANGE d 0 -1"),
    )
]  # fmt: skip


def _numbers(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last)]


def _words(count: int) -> list[str]:
    return [f"m{number}" for number in range(count)]


# Members of the first, and of the second call.
FORMS: list[tuple[list[str], list[str]]] = [
    (_numbers(0, 511), ["600"]), (_numbers(0, 512), ["600"]), (_numbers(0, 512), ["5"]), (_numbers(0, 513), ["5"]),
    ([*_numbers(0, 512), "0"], ["0"]), (_words(127), ["q"]), (_words(128), ["q"]), (_words(128), ["m5"]),
    (_words(129), ["m5"]), ([*_words(128), "m0"], ["m0"]), (_numbers(0, 127), ["q"]), (_numbers(0, 128), ["q"]),
    (_numbers(0, 129), ["5"]), (["q", *_numbers(0, 127)], ["5"]), (["q", *_numbers(0, 128)], ["5"]),
    ([*_numbers(0, 127), "q"], ["5"]), (["x" * 64], ["1"]), (["x" * 65], ["1"]), (["1"], ["x" * 64]),
    (["1"], ["x" * 65]), (["a"], ["x" * 65]), (["1"], ["1"] * 512), (["1"], ["1"] * 513), (["a"], ["a"] * 128),
    (["a"], ["a"] * 129), (["1"], ["a"] * 129), (["1"], ["2", "a"]), (["a"], ["2"]), ([""], ["1"]), (["1"], [""]),
    (["1", "-5"], ["70000"]), (["32767", "-32768"], ["32768"]), (["2147483647"], ["-2147483649"]),
    (["9223372036854775807"], ["-9223372036854775808"]), (["9223372036854775807"], ["9223372036854775808"]),
    (["01"], ["1"]), (["-0"], ["0"]), (["1.0"], ["1"]), ([" 1"], ["+1"]),
]  # fmt: skip

ENCODINGS: list[Row] = [
    row
    for first, second in FORMS
    for row in (
        ([["SADD", "a", *first]], "OBJECT ENCODING a"),
        ([["SADD", "a", *first], ["SADD", "a", *second]], "OBJECT ENCODING a"),
        ([["SADD", "a", *first], ["SADD", "a", *second]], "SMEMBERS a"),
        ([["SADD", "a", *first], ["SADD", "a", *second], ["SREM", "a", *second]], "OBJECT ENCODING a"),
        ([["SADD", "a", *first], ["SADD", "b", *second], "SUNIONSTORE d a b"], "OBJECT ENCODING d"),
    )
]

SETTINGS = ("set-max-intset-entries", "set-max-listpack-entries", "set-max-listpack-value")
RESTORE: list[Words] = [
    ["CONFIG", "SET", *(word for pair in zip(SETTINGS, ("512", "128", "64"), strict=True) for word in pair)]
]

# Two sets, made under small limits; the first may have to be in a certain order.
PAIRS: list[tuple[list[str], list[str]]] = [
    (["1", "2", "3"], ["2", "3", "4", "5"]), (["1", "2", "3"], ["2", "3", "4", "5", "6"]), (["1"], ["a"]),
    (["a", *_numbers(1, 7)], [*_numbers(0, 30), "a"]), ([*_numbers(1, 5), "a", "5", "6"], [*_numbers(0, 30), "a"]),
    (["c", *_numbers(1, 7)], _numbers(0, 30)), (["c", *_numbers(1, 6)], _numbers(0, 30)),
    (["c", *_numbers(1, 9)], ["d", *_numbers(1, 9)]), (_numbers(1, 9), _numbers(0, 30)),
    (["aaaaaa", "1"], ["1", "2"]), (["aaaaaa", "1"], ["aaaaaa", "1", "2"]), (_numbers(0, 20), _numbers(15, 30)),
    (_numbers(0, 20), _numbers(14, 30)), (_words(20), ["x", *_words(10)]), (_words(20), _words(11)),
    (_numbers(0, 12), _numbers(0, 10)), (_numbers(0, 8), _numbers(0, 6)), (["a", *_numbers(0, 8)], ["a"]),
    (["a", *_numbers(0, 3)], ["a"]), (["aaaaaa", "1", "2"], ["aaaaaa"]), (["1", "10000"], ["a"]),
    (["a"], ["1", "10000"]), (["x", *_numbers(0, 8)], ["x"]), (_numbers(1, 7), ["b"]),
]  # fmt: skip


def _lowered() -> list[Any]:
    """Encodings of what is stored under small limits."""
    rows: list[Any] = []
    for limits in (("5", "10", "4"), ("0", "10", "4"), ("5", "0", "4"), ("5", "3", "1")):
        lower: Words = ["CONFIG", "SET", *(word for pair in zip(SETTINGS, limits, strict=True) for word in pair)]
        for first, second in PAIRS:
            fill: list[Words] = [["SADD", "a", each] for each in first] + [["SADD", "b", each] for each in second]
            for call in ("SINTERSTORE d a b", "SDIFFSTORE d a b", "SDIFFSTORE d a b x y z", "SMOVE a d 1", "COPY a d"):
                rows.append(([lower, *fill, call], "OBJECT ENCODING d", RESTORE))
                # The same of sets that were made before.
                rows.append(([*fill, lower, call], "OBJECT ENCODING d", RESTORE))
            if limits[0] > limits[1] or not set(first + second) - set(_numbers(0, 40)):
                # Elsewhere it depends on the order in which a table gives its members.
                rows.append(([lower, *fill, "SUNIONSTORE d a b"], "OBJECT ENCODING d", RESTORE))
    rows += [
        ([["CONFIG", "SET", "set-max-intset-entries", "5"], ["SADD", "a", *_numbers(0, count)], f"SPOP a {taken}"],
         "OBJECT ENCODING a", RESTORE)
        for count, taken in ((30, 20), (30, 24), (30, 25), (30, 29), (9, 7), (9, 8), (5, 4), (512, 400))
    ]  # fmt: skip
    return rows


POPPED: list[Row] = [
    ([["SADD", "a", *members], f"SPOP a {count}"], "OBJECT ENCODING a")
    for members in (_words(1000), _numbers(0, 1000), _words(128), _numbers(0, 512))
    for count in (1, 100, 127, 500, 833, 834, 900, 999)
]

CASES: list[Any] = [*_calls(), *_states(), *LARGE, *ENCODINGS, *_lowered(), *POPPED]
