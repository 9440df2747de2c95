"""Cases of the commands on hashes: (what prepares, the call)."""

from __future__ import annotations

from tests.commands.harness import Words

Row = tuple[list[Words], Words]

FILL: list[Words] = ["HSET h a 1 b foo c 2.5 d -7 12 34", "HSET one f v"]
WRONG: list[Words] = ["SET s x", "RPUSH l x"]
MANY = b"HSET h " + b" ".join(b"f%d %d" % (i, i * i) for i in range(1000))

CALLS = """
HSET h a 2|HSET h x 1 y 2|HSET h a 1 x 1 x 2|HSET n f v|HSET h|HSET h f|HSET h f v g|HSET|HSET s f v
HSET s f v g|HMSET h a 2|HMSET h x 1 y 2|HMSET n f v|HMSET h f|HMSET h f v g|HMSET s f v|HSETNX h a 9
HSETNX h x 9|HSETNX n f v|HSETNX s f v|HSETNX h a|HGET h a|HGET h 12|HGET h x|HGET n f|HGET s f|HGET h
HGET h a b|HMGET h a x b|HMGET n a b|HMGET s a|HMGET h|HMGET h a a|HDEL h a|HDEL h a x b|HDEL h x|HDEL n a
HDEL s a|HDEL h|HDEL h a a|HDEL h a b c d 12|HDEL one f|HEXISTS h a|HEXISTS h x|HEXISTS n a|HEXISTS s a
HEXISTS h|HSTRLEN h a|HSTRLEN h b|HSTRLEN h x|HSTRLEN n a|HSTRLEN s a|HSTRLEN h|HSTRLEN h d|HLEN h|HLEN n
HLEN s|HLEN|HGETALL h|HGETALL n|HGETALL s|HGETALL|HKEYS h|HKEYS n|HKEYS s|HVALS h|HVALS n|HVALS s
HINCRBY h a 5|HINCRBY h d 5|HINCRBY h x 5|HINCRBY n f 5|HINCRBY h b 1|HINCRBY h c 1|HINCRBY h a x
HINCRBY s f 1|HINCRBY s f x|HINCRBY h a 9223372036854775807|HINCRBY h d -9223372036854775808
HINCRBY h a 9223372036854775808|HINCRBY h a|HINCRBY h a -5|HINCRBYFLOAT h a 0.1|HINCRBYFLOAT h c 1e3
HINCRBYFLOAT h b 1|HINCRBYFLOAT h x 3.0|HINCRBYFLOAT n f -1.5|HINCRBYFLOAT h a x|HINCRBYFLOAT h a inf
HINCRBYFLOAT h a -inf|HINCRBYFLOAT h a nan|HINCRBYFLOAT s f 1|HINCRBYFLOAT s f x|HINCRBYFLOAT s f inf
HINCRBYFLOAT h a|HINCRBYFLOAT h a 1.5e300|HINCRBYFLOAT h b x|HINCRBYFLOAT h a 1e5000|HSCAN h 0
HSCAN h 0 NOVALUES|HSCAN h 0 MATCH *|HSCAN h 0 MATCH [ab]|HSCAN h 0 COUNT 2|HSCAN h 0 COUNT 0
HSCAN h 0 COUNT x|HSCAN h x|HSCAN n 0|HSCAN n x|HSCAN s 0|HSCAN s x|HSCAN h 0 NOSUCH|HSCAN n 0 NOSUCH
HSCAN h 0 MATCH|HSCAN h 0 NOSCORES|HSCAN h 0 MATCH a NOVALUES COUNT 10|HSCAN h 5|HSCAN h -1
HSCAN h 0 TYPE hash|HSCAN h|HSCAN s 0 NOSUCH|HSCAN n 0 COUNT 0|HRANDFIELD one|HRANDFIELD one 1
HRANDFIELD one -3|HRANDFIELD one 5 WITHVALUES|HRANDFIELD one -2 WITHVALUES|HRANDFIELD n|HRANDFIELD n 1
HRANDFIELD n 1 WITHVALUES|HRANDFIELD h 0|HRANDFIELD h 0 WITHVALUES|HRANDFIELD h x|HRANDFIELD h 1 NOSUCH
HRANDFIELD h 1 WITHVALUES x|HRANDFIELD s|HRANDFIELD s 1|HRANDFIELD s x|HRANDFIELD h 5
HRANDFIELD h 10 WITHVALUES|HRANDFIELD h -9223372036854775808|HRANDFIELD h 9223372036854775807
HRANDFIELD h 9223372036854775807 WITHVALUES|HRANDFIELD h -4611686018427387904 WITHVALUES
HRANDFIELD h 4611686018427387903 WITHVALUES|HRANDFIELD|HRANDFIELD n -9223372036854775808|HRANDFIELD s 1 NOSUCH
HRANDFIELD n 1 NOSUCH|HGETDEL h FIELDS 1 a|HGETDEL h fields 2 a x|HGETDEL h FIELDS 0 a|HGETDEL h FIELDS 2 a
HGETDEL h FIELDS 1 a b|HGETDEL h FIELDS x a|HGETDEL h FIELD 1 a|HGETDEL n FIELDS 2 a b|HGETDEL h FIELDS -1 a
HGETDEL h FIELDS 1|HGETDEL h|HGETDEL h FIELDS 2 a a|HGETDEL one FIELDS 1 f|HGETDEL s FIELDS 1 a
HGETDEL s FIELDS 2 a|HGETDEL s FIELD 1 a|TYPE h|OBJECT ENCODING h|EXISTS h|GET h|LLEN h|COPY h n|RENAME h n
HSET l f v
""".replace("\n", "|").strip("|")


def _calls() -> list[Row]:
    return [([*FILL, *WRONG], call) for call in CALLS.split("|")]


def _states() -> list[Row]:
    """What a writing call leaves behind."""
    names = ("HSET", "HMSET", "HSETNX", "HDEL", "HINCRBY", "HINCRBYFLOAT", "HGETDEL", "COPY")
    rows: list[Row] = []
    for call in CALLS.split("|"):
        if call.split()[0] in names:
            rows += [([*FILL, *WRONG, call], f"HGETALL {key}") for key in ("h", "n")]
            rows.append(([*FILL, *WRONG, call], "EXISTS one"))
    return rows


LARGE: list[Row] = [
    ([MANY, *extra], call)
    for extra, call in (
        ([], "OBJECT ENCODING h"), ([], "HLEN h"), ([], "HGETALL h"), ([], "HKEYS h"), ([], "HVALS h"),
        ([], "HGET h f500"), ([], "HGET h g"), ([], "HSCAN h 0 COUNT 100000"), ([], "HSCAN h 0 COUNT 100000 NOVALUES"),
        (["HDEL h f1 f2 f3 nosuch"], "HGETALL h"), (["HINCRBY h f5 1"], "HGET h f5"), ([], "HSTRLEN h f999"),
        (["HSET h f5 longer-than-before"], "HGET h f5"), (["COPY h n"], "HGETALL n"), ([], "HRANDFIELD h 1000"),
        ([], "HRANDFIELD h 5000 WITHVALUES"), ([["HSET", "h", "f5", b"v" * 70000]], "HGET h f5"),
        ([["HSET", "h", "f5", b"v" * 70000], ["COPY", "h", "n"]], "HGET n f5"), ([], "HGETDEL h FIELDS 3 f1 f2 x"),
    )
]  # fmt: skip

ENCODINGS: list[Row] = [
    ([b"HSET h " + b" ".join(b"%d v" % i for i in range(count))], "OBJECT ENCODING h") for count in (1, 511, 512, 513)
] + [
    ([["HSET", "h", b"f" * fields, b"v" * values]], "OBJECT ENCODING h")
    for fields, values in ((64, 64), (65, 1), (1, 65), (1, 64))
] + [
    (["HSET h a 1", ["HSET", "h", "a", b"v" * 65], "HSET h a 1"], "OBJECT ENCODING h"),
    ([["HSETNX", "h", "a", b"v" * 65]], "OBJECT ENCODING h"),
    ([["HSET", "h", b"\x00\r\n\xff", b"\xff\x00"]], "HGETALL h"),
    ([["HSET", "h", b"", b""]], "HGETALL h"),
]  # fmt: skip

CASES: list[Row] = [*_calls(), *_states(), *LARGE, *ENCODINGS]
