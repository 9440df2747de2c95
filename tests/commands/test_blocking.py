"""Commands that wait: what several connections see of each other, as on a real server; time; and a plain model."""

from __future__ import annotations

import pytest

from tests.commands.harness import Server
from tests.commands.test_sessions import READ, Step, play, send

LISTS: dict[str, list[Step]] = {
    "who came first is served first": [
        (1, send("BLPOP k 0")), (2, send("BRPOP k 0")), (3, send("BLMPOP 0 1 k LEFT COUNT 10")), (4, send("BLPOP k 0")),
        (5, "RPUSH k 1 2 3 4 5"), (1, READ), (2, READ), (3, READ), (5, "CLIENT UNBLOCK {4}"), (4, READ),
    ],
    "each of several keys counts": [
        (1, send("BLPOP a b c 0")), (2, send("BLPOP c 0")), (3, "RPUSH b 1"), (1, READ), (3, "RPUSH c 2"), (2, READ),
        (3, "DBSIZE"),
    ],
    "of several keys that come at once the first named is taken": [
        (1, send("BLPOP a b c 0")), (2, "MULTI"), (2, "RPUSH c 1"), (2, "RPUSH b 2"), (2, "RPUSH a 3"), (2, "EXEC"),
        (1, READ), (2, "DBSIZE"),
    ],
    "one key named twice": [
        (1, send("BLPOP k k 0")), (2, "RPUSH k 1 2"), (1, READ), (2, "LRANGE k 0 -1"),
    ],
    "an element that is there is taken at once": [
        (1, "RPUSH k 1 2 3 4 5 6"), (1, "BLPOP a k 0"), (1, "BRPOP k 0"), (1, "BLMOVE k m LEFT RIGHT 0"),
        (1, "BRPOPLPUSH k m 0"), (1, "BLMPOP 0 2 a k RIGHT COUNT 5"), (1, "LRANGE m 0 -1"),
    ],
    "a chain of moves": [
        (1, send("BLMOVE a b LEFT LEFT 0")), (2, send("BLMOVE b c RIGHT LEFT 0")), (3, send("BLPOP c 0")),
        (4, "RPUSH a x y"), (1, READ), (2, READ), (3, READ), (4, "LRANGE a 0 -1"), (4, "EXISTS b c"),
    ],
    "a circle of moves ends": [
        (1, send("BRPOPLPUSH a b 0")), (2, send("BRPOPLPUSH b a 0")), (3, "RPUSH a x"), (1, READ), (2, READ),
        (3, "LRANGE a 0 -1"), (3, "EXISTS b"),
    ],
    "a move onto itself": [
        (1, send("BLMOVE k k LEFT RIGHT 0")), (2, "RPUSH k 1 2"), (1, READ), (2, "LRANGE k 0 -1"),
    ],
    "two moves wait for one key": [
        (1, send("BLMOVE a b LEFT LEFT 0")), (2, send("BLMOVE a c LEFT LEFT 0")), (3, "RPUSH a x y z"), (1, READ),
        (2, READ), (3, "LRANGE a 0 -1"), (3, "LRANGE b 0 -1"), (3, "LRANGE c 0 -1"),
    ],
    "another type is ignored": [
        (1, send("BLPOP k 0")), (2, "SET k 1"), (2, "DEL k"), (2, "HSET k f v"), (2, "RPUSH k 1"), (2, "DEL k"),
        (2, "RPUSH k 1"), (1, READ),
    ],
    "another type of an earlier key is met when a later one comes": [
        (1, send("BLPOP a b 0")), (2, "SET a 1"), (2, "RPUSH b 1"), (1, READ), (2, "LRANGE b 0 -1"),
    ],
    "another type of a later key is not": [
        (1, send("BLPOP a b 0")), (2, "SET b 1"), (2, "RPUSH a 1"), (1, READ),
    ],
    "a destination of another type": [
        (1, send("BLMOVE a b LEFT LEFT 0")), (2, send("BLPOP a 0")), (3, "SET b 1"), (3, "RPUSH a x"), (1, READ),
        (2, READ), (3, "EXISTS a"),
    ],
    "of another type at once": [
        (1, "SET s 1"), (1, "RPUSH k 1"), (1, "BLPOP s k 0"), (1, "BLPOP none s 0"), (1, "BLPOP k s 0"),
        (1, "RPUSH k 1"), (1, "BLMOVE k s LEFT LEFT 0"), (1, "BLMOVE s k LEFT LEFT 0"), (1, "BRPOPLPUSH s k 0"),
        (1, "BLMPOP 0 2 s k LEFT"), (1, "BLMOVE none s LEFT LEFT 0.01"), (1, "LRANGE k 0 -1"),
    ],
    "lists that come by other ways": [
        (1, send("BLPOP k 0")), (2, "RPUSH m 1"), (2, "RENAME m k"), (1, READ),
        (1, send("BLPOP k 0")), (2, "RPUSH m 2"), (2, "COPY m k"), (1, READ),
        (1, send("BLPOP k 0")), (2, "SORT m STORE k"), (1, READ),
        (1, send("BLPOP k 0")), (2, "SELECT 3"), (2, "RPUSH k 3"), (2, "MOVE k 0"), (1, READ),
        (1, send("BLPOP k 0")), (2, "RPUSH k 4"), (2, "SWAPDB 0 3"), (1, READ), (2, "SWAPDB 0 3"),
        (1, send("BLPOP k 0")), (2, "SELECT 0"), (2, "SET k 1"), (2, "COPY m k REPLACE"), (1, READ),
        (1, send("BLPOP k 0")), (2, "LMOVE m k LEFT LEFT"), (1, READ), (2, "DBSIZE"),
    ],
    "in the database where one waits": [
        (1, "SELECT 3"), (1, send("BLPOP k 0")), (2, "RPUSH k 0"), (2, "SELECT 3"), (2, "RPUSH k 3"), (1, READ),
        (2, "EXISTS k"), (2, "SELECT 0"), (2, "LRANGE k 0 -1"),
    ],
    "a key that is gone again when the transaction is over": [
        (1, send("BLPOP k 0")), (2, "MULTI"), (2, "RPUSH k 1"), (2, "DEL k"), (2, "EXEC"), (2, "MULTI"),
        (2, "RPUSH k 1"), (2, "SET k 1"), (2, "EXEC"), (2, "MULTI"), (2, "DEL k"), (2, "RPUSH k old"), (2, "LPOP k"),
        (2, "RPUSH k new"), (2, "EXEC"), (1, READ), (2, "EXISTS k"),
    ],
    "what a transaction leaves": [
        (1, send("BLPOP k 0")), (2, send("BLPOP k 0")), (3, "MULTI"), (3, "RPUSH k 1"), (3, "LPUSH k 2"),
        (3, "RPOP k"), (3, "EXEC"), (1, READ), (3, "CLIENT UNBLOCK {2}"), (2, READ),
    ],
    "a transaction does not wait": [
        (1, "MULTI"), (1, "BLPOP a 0"), (1, "BRPOP a b 0"), (1, "BLMOVE a b LEFT LEFT 0"), (1, "BRPOPLPUSH a b 0"),
        (1, "BLMPOP 0 1 a LEFT"), (1, "WAIT 1 0"), (1, "WAITAOF 0 1 0"), (1, "RPUSH a 1 2"), (1, "BLPOP a 0"),
        (1, "BLPOP b x"), (1, "EXEC"),
    ],
    "what follows in the pipeline waits too": [
        (1, send("BLPOP k 0")), (1, send("RPUSH k mine")), (1, send("LRANGE k 0 -1")), (2, "RPUSH k 1"), (1, READ),
        (1, READ), (1, READ), (2, "LPOP k"),
    ],
    "a watched key is changed by its serving": [
        (1, "RPUSH m 1"), (1, "WATCH k"), (2, send("BLPOP k 0")), (3, "RPUSH k 1"), (2, READ), (1, "MULTI"),
        (1, "EXEC"),
    ],
    "events are told in order": [
        (1, "CONFIG SET notify-keyspace-events KEAm"), (2, "PSUBSCRIBE __keyevent*"),
        (3, send("BLMOVE a b LEFT RIGHT 0")), (4, "RPUSH a x"), (3, READ), (2, READ), (2, READ), (2, READ), (2, READ),
        (3, "BLPOP b 0"), (2, READ), (2, READ), (2, "PING"),
    ],
    "messages come while one waits": [
        (1, "HELLO 3"), (1, "SUBSCRIBE a"), (1, send("BLPOP k 0")), (2, "PUBLISH a hello"), (1, READ),
        (2, "RPUSH k 1"), (1, READ), (2, "PUBLISH a hello"), (1, READ),
    ],
    "a cached key is invalidated before one is served with it": [
        (1, "HELLO 3"), (1, "CLIENT TRACKING on"), (1, "LRANGE k 0 -1"), (1, send("BLPOP k 0")), (2, "RPUSH k 1"),
        (1, READ), (1, READ), (1, "PING"),
    ],
    "no replies are wanted": [
        (1, send("CLIENT REPLY OFF")), (1, send("BLPOP k 0")), (2, "RPUSH k 1"), (2, "EXISTS k"),
        (1, send("BLPOP k 0.01")), (1, "CLIENT REPLY ON"), (1, send("CLIENT REPLY SKIP")), (1, send("BLPOP k 0.01")),
        (1, "PING"), (1, send("CLIENT REPLY SKIP")), (1, send("BLPOP k 0")), (2, "RPUSH k 1"), (1, "PING"),
        (1, send("CLIENT REPLY SKIP")), (1, send("BLPOP k 0")), (2, "CLIENT UNBLOCK {1} ERROR"), (1, "PING"),
    ],
}  # fmt: skip

ENDS: dict[str, list[Step]] = {
    "time is over": [
        (1, "BLPOP k 0.01"), (1, "BRPOP a b 0.01"), (1, "BLMOVE a b LEFT LEFT 0.01"), (1, "BRPOPLPUSH a b 0.01"),
        (1, "BLMPOP 0.01 1 a LEFT"), (1, "BLPOP k 1e-300"), (1, "BLPOP k 0x0.01p0"), (1, "WAIT 1 10"),
        (1, "WAITAOF 0 1 10"), (1, send("BLPOP k 0.01")), (1, send("PING")), (1, READ), (1, READ),
    ],
    "time is over, and the element is another's": [
        (1, "BLPOP k 0.01"), (2, send("BLPOP k 0")), (3, "RPUSH k 1"), (2, READ), (3, "EXISTS k"),
    ],
    "CLIENT UNBLOCK": [
        (1, send("BLPOP k 0")), (2, "CLIENT UNBLOCK {1}"), (1, READ), (1, send("BLPOP k 0")),
        (2, "CLIENT UNBLOCK {1} error"), (1, READ), (1, send("BLMOVE a b LEFT LEFT 0")),
        (2, "CLIENT UNBLOCK {1} TIMEOUT"), (1, READ), (2, "CLIENT UNBLOCK {1}"), (1, send("WAIT 1 0")),
        (2, "CLIENT UNBLOCK {1} ERROR"), (1, READ), (1, send("WAIT 1 0")), (2, "CLIENT UNBLOCK {1}"), (1, READ),
        (1, send("WAITAOF 0 1 0")), (2, "CLIENT UNBLOCK {1}"), (1, READ), (2, "CLIENT UNBLOCK {2}"),
        (1, send("BLPOP k 0")), (2, "CLIENT UNBLOCK {1} nonsense"), (2, "CLIENT UNBLOCK {1} ERROR ERROR"), (1, READ),
        (2, "CLIENT UNBLOCK x y"), (2, "CLIENT UNBLOCK x"), (2, "CLIENT UNBLOCK -1"), (2, "RPUSH k 1"), (1, "PING"),
    ],
    "CLIENT UNBLOCK inside a transaction": [
        (1, send("BLPOP k 0")), (2, send("BLPOP k 0")), (3, "MULTI"), (3, "RPUSH k 1"), (3, "CLIENT UNBLOCK {1}"),
        (3, "CLIENT UNBLOCK {1}"), (3, "EXEC"), (1, READ), (2, READ),
    ],
    "who hangs up takes nothing": [
        (1, send("BLPOP k 0")), (2, send("BLPOP k 0")), (1, "hang up"), (3, "PING"), (3, "RPUSH k 1"), (2, READ),
        (3, "EXISTS k"),
    ],
    "who is killed takes nothing": [
        (1, send("BLPOP k 0")), (2, send("BLMOVE k m LEFT LEFT 0")), (3, "MULTI"), (3, "CLIENT KILL ID {1}"),
        (3, "RPUSH k 1"), (3, "EXEC"), (1, READ), (2, READ), (3, "LRANGE m 0 -1"),
    ],
    "what is left at the end may be RESET and QUIT": [
        (1, send("BLPOP k 0")), (1, send("RESET")), (1, send("QUIT")), (2, "RPUSH k 1"), (1, READ), (1, READ),
        (1, READ), (1, READ),
    ],
    "a pause does not stop a wait from ending": [
        (1, send("BLPOP k 0.05")), (2, "CLIENT PAUSE 60000 WRITE"), (1, READ), (1, send("BLPOP k 0")), (3, "PING"),
        (3, "CLIENT UNBLOCK {1}"), (2, "CLIENT UNPAUSE"), (2, "PING"), (2, "CLIENT UNBLOCK {1}"), (1, READ),
    ],
    "a pause puts off serving": [
        (1, send("BLPOP k 0.05")), (2, "MULTI"), (2, "RPUSH k 1"), (2, "CLIENT PAUSE 60000 WRITE"), (2, "EXEC"),
        (2, "CLIENT UNBLOCK {1}"), (2, "LRANGE k 0 -1"), (2, "CLIENT UNPAUSE"), (1, READ), (2, "EXISTS k"),
    ],
    "what a pause has put off serves": [
        (1, send("BLPOP k 0")), (2, "CLIENT PAUSE 60000 WRITE"), (3, send("RPUSH k 1 2")), (4, send("BRPOP k 0")),
        (2, "CLIENT UNPAUSE"), (3, READ), (1, READ), (4, READ),
    ],
    "no memory is left for who waits": [
        (1, send("BLMOVE k m LEFT LEFT 0")), (2, send("BLPOP k 0")), (3, "RPUSH k 1"), (1, READ),
        (3, "CLIENT UNBLOCK {2}"), (2, READ),
    ],
}  # fmt: skip

SCRIPTS = {**LISTS, **ENDS}


@pytest.mark.parametrize("resp", (2, 3))
@pytest.mark.parametrize("title", SCRIPTS)
def test_a_script_answers_as_the_oracle(title: str, resp: int, redpoll_tcp: Server, oracle: Server) -> None:
    script = SCRIPTS[title]
    assert play(redpoll_tcp, script, resp) == play(oracle, script, resp)
