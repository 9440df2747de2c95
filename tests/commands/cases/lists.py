"""Cases of the commands on lists: (what prepares, the call)."""

from __future__ import annotations

from tests.commands.harness import Words

Row = tuple[list[Words], Words]

FILL: list[Words] = ["RPUSH l a b c d b a 1 22 -3 b"]
WRONG: list[Words] = ["SET s x", "HSET h f v"]
INT64_MAX = "9223372036854775807"
INT64_MIN = "-9223372036854775808"
BIG = b"x" * 9000
MANY = b"RPUSH l " + b" ".join(b"e%d" % (i % 100) for i in range(3000))

CALLS = """
LPUSH l x|LPUSH n x y z|LPUSH l|LPUSH|RPUSH l x y|RPUSH n x y z|RPUSH l|LPUSHX l x y|LPUSHX n x|RPUSHX l x y
RPUSHX n x|LPUSHX l|RPUSHX l|LLEN l|LLEN n|LLEN|LLEN l l|LPOP l|LPOP n|LPOP l 0|LPOP n 0|LPOP l 2|LPOP l 100
LPOP n 2|LPOP l -1|LPOP l x|LPOP n x|LPOP l 1 2|LPOP|RPOP l|RPOP n|RPOP l 0|RPOP l 2|RPOP l 100|RPOP n 2
RPOP l -1|RPOP l x|RPOP l 1 2|RPOP l 9223372036854775807|LPOP l 9223372036854775808|LINDEX l 0|LINDEX l -1
LINDEX l 4|LINDEX l 9|LINDEX l 10|LINDEX l -10|LINDEX l -11|LINDEX n 0|LINDEX l x|LINDEX n x|LINDEX l
LINDEX l 9223372036854775807|LINDEX l -9223372036854775808|LINDEX l 1.0|LRANGE l 0 -1|LRANGE l 0 0
LRANGE l 2 4|LRANGE l -3 -1|LRANGE l -100 100|LRANGE l 5 2|LRANGE l 100 200|LRANGE n 0 -1|LRANGE l x 1
LRANGE n 0 x|LRANGE l 0|LRANGE l -9223372036854775808 9223372036854775807|LRANGE l -2 -5|LRANGE l 0 -11
LSET l 0 z|LSET l -1 z|LSET l 10 z|LSET l -11 z|LSET n 0 z|LSET l x z|LSET n x z|LSET l 0
LSET l 3 12345678901234|LINSERT l BEFORE b z|LINSERT l after b z|LINSERT l AFTER nosuch z|LINSERT n BEFORE a z
LINSERT l MIDDLE a z|LINSERT n MIDDLE a z|LINSERT l BEFORE a|LINSERT l BEFORE 22 z|LINSERT l AFTER a z
LREM l 0 b|LREM l 1 b|LREM l 2 b|LREM l -1 b|LREM l -2 b|LREM l 100 b|LREM l -100 b|LREM l 0 nosuch|LREM n 0 b
LREM l x b|LREM n x b|LREM l 0|LREM l -9223372036854775808 b|LREM l 0 1|LREM l -9223372036854775807 a
LTRIM l 0 -1|LTRIM l 1 2|LTRIM l -2 -1|LTRIM l 5 1|LTRIM l 100 200|LTRIM l 0 100|LTRIM n 0 1|LTRIM l x 1
LTRIM n 0 x|LTRIM l 0|LTRIM l -100 -50|LPOS l b|LPOS l nosuch|LPOS n b|LPOS l b RANK 2|LPOS l b RANK -1
LPOS l b RANK -2|LPOS l b RANK 0|LPOS l b RANK x|LPOS l b RANK 10|LPOS l b COUNT 0|LPOS l b COUNT 2
LPOS l b COUNT 100|LPOS l b COUNT -1|LPOS l b COUNT x|LPOS n b COUNT 1|LPOS l b RANK -1 COUNT 0
LPOS l b RANK -2 COUNT 2|LPOS l b RANK 2 COUNT 0|LPOS l b MAXLEN 2|LPOS l b MAXLEN 1|LPOS l b COUNT 0 MAXLEN 5
LPOS l b RANK -1 COUNT 0 MAXLEN 6|LPOS l b MAXLEN -1|LPOS l b MAXLEN 0|LPOS l b MAXLEN x|LPOS l b RANK
LPOS l b COUNT|LPOS l b NOSUCH 1|LPOS l|LPOS l b RANK -9223372036854775808|LPOS l nosuch COUNT 0|LPOS l 22
LPOS n b RANK 0|LPOS l b rank 2 count 1 maxlen 3|LMOVE l n LEFT RIGHT|LMOVE l n RIGHT LEFT|LMOVE l l LEFT LEFT
LMOVE l l LEFT RIGHT|LMOVE l l RIGHT LEFT|LMOVE n l LEFT LEFT|LMOVE l n UP LEFT|LMOVE l n LEFT DOWN
LMOVE n l UP LEFT|LMOVE l s LEFT LEFT|LMOVE s l LEFT LEFT|LMOVE n s LEFT LEFT|LMOVE l n LEFT|RPOPLPUSH l n
RPOPLPUSH l l|RPOPLPUSH n l|RPOPLPUSH l s|RPOPLPUSH s l|RPOPLPUSH n s|RPOPLPUSH l|LMPOP 1 l LEFT
LMPOP 1 l RIGHT|LMPOP 2 n l LEFT COUNT 3|LMPOP 1 n LEFT|LMPOP 1 l LEFT COUNT 100|LMPOP 0 l LEFT
LMPOP -1 l LEFT|LMPOP x l LEFT|LMPOP 2 l LEFT|LMPOP 3 l LEFT|LMPOP 1 l MIDDLE|LMPOP 1 l LEFT COUNT 0
LMPOP 1 l LEFT COUNT x|LMPOP 1 l LEFT COUNT|LMPOP 1 l LEFT COUNT 1 COUNT 1|LMPOP 1 l LEFT NOSUCH 1
LMPOP 2 n s LEFT|LMPOP 1 l l LEFT|LMPOP 9223372036854775807 l LEFT|LMPOP 1 l|LPUSH s x|RPUSH s x|LPUSHX s x
RPUSHX s x|LLEN s|LPOP s|RPOP s|LPOP s 0|RPOP s x|LINDEX s 0|LINDEX s x|LRANGE s 0 1|LRANGE s x 1|LSET s 0 x
LSET s x x|LINSERT s BEFORE a b|LINSERT s MID a b|LREM s 0 a|LREM s x a|LTRIM s 0 1|LTRIM s x 1|LPOS s a
LPOS s a RANK 0|LMPOP 1 s LEFT|LLEN h|LPUSH h x|GET l|INCR l|APPEND l x|STRLEN l|TYPE l|OBJECT ENCODING l
EXISTS l|RENAME l m|COPY l m
""".replace("\n", "|").strip("|")


def _calls() -> list[Row]:
    return [([*FILL, *WRONG], call) for call in CALLS.split("|")]


def _states() -> list[Row]:
    """What a writing call leaves behind."""
    names = ("LPUSH", "RPUSH", "LPOP", "RPOP", "LSET", "LINSERT", "LREM", "LTRIM", "LMOVE", "RPOPLPUSH", "LMPOP")
    rows: list[Row] = []
    for call in CALLS.split("|"):
        if call.split()[0] in names:
            rows.append(([*FILL, *WRONG, call], "LRANGE l 0 -1"))
            rows.append(([*FILL, *WRONG, call], "LRANGE n 0 -1"))
    return rows


EMPTIED: list[Row] = [
    ([["RPUSH", "l", "a"], call], "EXISTS l n")
    for call in (
        "LPOP l", "RPOP l 5", "LREM l 0 a", "LTRIM l 1 0", "LMOVE l n LEFT LEFT", "RPOPLPUSH l l", "LMPOP 1 l LEFT",
        "LMOVE l l LEFT RIGHT", "LPOP l 0",
    )
]  # fmt: skip

LARGE: list[Row] = [
    ([MANY, *extra], call)
    for extra, call in (
        ([], "OBJECT ENCODING l"), ([], "LLEN l"), ([], "LRANGE l 1490 1510"), ([], "LINDEX l 2500"),
        ([], "LINDEX l -2500"), ([], "LPOS l e77 RANK 20"), ([], "LPOS l e77 COUNT 0"),
        ([], "LPOS l e77 RANK -3 COUNT 5"), ([], "LPOS l e77 COUNT 0 MAXLEN 2000 RANK 3"),
        (["LREM l 10 e5"], "LRANGE l 0 -1"), (["LREM l -10 e5"], "LRANGE l 0 -1"), (["LREM l 0 e5"], "LRANGE l 0 -1"),
        (["LTRIM l 1000 2000"], "LRANGE l 0 -1"), (["LTRIM l 1000 1010"], "OBJECT ENCODING l"),
        (["LTRIM l 0 500"], "OBJECT ENCODING l"), (["LTRIM l 0 1499"], "OBJECT ENCODING l"),
        (["LPOP l 2900"], "LRANGE l 0 -1"), (["RPOP l 2900"], "LRANGE l 0 -1"), (["RPOP l 2990"], "OBJECT ENCODING l"),
        (["LINSERT l AFTER e50 new"], "LRANGE l 40 60"), (["LSET l 1500 new"], "LRANGE l 1490 1510"),
        ([["LSET", "l", "1500", BIG]], "LRANGE l 1490 1510"), (["COPY l m"], "LRANGE m 0 -1"),
        (["COPY l m"], "OBJECT ENCODING m"), ([MANY, MANY], "LINDEX l 8000"), ([], "LPOP l 3000"),
        (["RPOPLPUSH l l"] * 5, "LRANGE l 0 10"), ([["LINSERT", "l", "BEFORE", "e99", BIG]], "LRANGE l 95 105"),
    )
]  # fmt: skip

ENCODINGS: list[Row] = [
    ([["RPUSH", "l", b"x" * size]], "OBJECT ENCODING l") for size in (1, 64, 4096, 8000, 8180, 8185, 8186, 8192, 9000)
] + [
    ([["RPUSH", "l", "a"], ["LSET", "l", "0", BIG]], "OBJECT ENCODING l"),
    ([["RPUSH", "l", BIG, "a"], ["LSET", "l", "0", "b"]], "OBJECT ENCODING l"),
    ([["RPUSH", "l", BIG, "a"], ["LPOP", "l"]], "OBJECT ENCODING l"),
    ([["RPUSH", "l", BIG, "a"], ["RPOP", "l"]], "OBJECT ENCODING l"),
    ([["RPUSH", "l", BIG, "a"], ["LREM", "l", "0", BIG]], "OBJECT ENCODING l"),
    ([["RPUSH", "l", "a"], ["LINSERT", "l", "AFTER", "a", BIG]], "OBJECT ENCODING l"),
    ([["RPUSH", "l", "a"], ["LINSERT", "l", "AFTER", "nosuch", BIG]], "OBJECT ENCODING l"),
]

TEXTS: list[Row] = [
    ([["RPUSH", "l", text, "last"]], "LRANGE l 0 -1")
    for text in (
        b"", b"0", b"-0", b"007", b"127", b"128", b"-1", b"4095", b"4096", b"-4096", b"-4097", b"32767", b"32768",
        b"-32768", b"-32769", b"8388607", b"8388608", b"-8388608", b"-8388609", b"2147483647", b"2147483648",
        b"-2147483648", b"-2147483649", INT64_MAX.encode(), INT64_MIN.encode(), b"9223372036854775808", b" 1", b"+1",
        b"1.0", b"x" * 63, b"x" * 64, b"x" * 127, b"x" * 128, b"x" * 4095, b"x" * 4096, b"x" * 16384, b"\x00\r\n\xff",
    )
]  # fmt: skip

SORTED: list[Row] = [
    (["RPUSH l 3 1 2"], "SORT l"),
    (["RPUSH l 3 1 2"], "SORT l DESC LIMIT 0 2"),
    (["RPUSH l 3 1 2", "SORT l STORE n"], "LRANGE n 0 -1"),
    (["RPUSH l 2 1", "HSET w1 f 9", "HSET w2 f 5"], "SORT l BY w*->f GET w*->f"),
]

CASES: list[Row] = [*SORTED, *_calls(), *_states(), *EMPTIED, *LARGE, *ENCODINGS, *TEXTS]
