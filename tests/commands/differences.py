"""Every way in which a reply may differ from the oracle's, each with its reason. What is not listed here is a bug."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.commands.harness import Case, Reply

Compare = Callable[[Reply, Reply], bool]

# A table is run on one server, and when all other tests have run, in this process: so far apart are the clock readings.
SECONDS_APART_MAX = 600
# What is left of a deadline in the year 2286 or later was given as a point in time.
FAR_SECONDS = 8_000_000_000


class Difference(NamedTuple):
    """A pattern of calls, how their replies are compared instead of by equality, and why."""

    pattern: str
    compare: Compare
    reason: str


def same_shape(ours: Reply, theirs: Reply) -> bool:
    """Equal kinds throughout, whatever the values of the leaves."""
    if ours.kind != theirs.kind or type(ours.value) is not type(theirs.value):
        return False
    if not isinstance(ours.value, list):
        return True
    return len(ours.value) == len(theirs.value) and all(
        same_shape(Reply(*a), Reply(*b)) if isinstance(a, Reply) else _same_pairs(a, b)
        for a, b in zip(ours.value, theirs.value, strict=True)
    )


def _same_pairs(ours: Any, theirs: Any) -> bool:
    return all(same_shape(a, b) for a, b in zip(ours, theirs, strict=True))


def same_kind(ours: Reply, theirs: Reply) -> bool:
    """The same type of reply, whatever it holds."""
    return ours.kind == theirs.kind


def as_many(ours: Reply, theirs: Reply) -> bool:
    """The same error, or the same type and number of things drawn."""
    return bool(ours == theirs) or (ours.kind != "-" and same_shape(ours, theirs))


def same_members(ours: Reply, theirs: Reply) -> bool:
    """The same elements in any order, however deep."""
    return bool(_sorted(ours) == _sorted(theirs))


def near(apart_max: int, far: int) -> Compare:
    """Integers at most so far apart, or by the clock readings if they are `far`; anything else must be equal."""
    per_second = far // FAR_SECONDS

    def compare(ours: Reply, theirs: Reply) -> bool:
        if ours.kind != ":" or theirs.kind != ":" or min(ours.value, theirs.value) < 0:
            return bool(ours == theirs)
        allowed = SECONDS_APART_MAX * per_second if theirs.value >= far else apart_max
        return bool(abs(ours.value - theirs.value) <= allowed)

    return compare


def near_moment(per_second: int) -> Compare:
    """Points in time, the same but for the clock readings."""
    return near(SECONDS_APART_MAX * per_second, FAR_SECONDS * per_second)


def _sorted(reply: Any) -> Any:
    if isinstance(reply, Reply) and isinstance(reply.value, list):
        return Reply(reply.kind, sorted((_sorted(each) for each in reply.value), key=repr))
    if isinstance(reply, tuple) and not isinstance(reply, Reply):
        return tuple(_sorted(each) for each in reply)
    return reply


DIFFERENCES: tuple[Difference, ...] = (
    Difference(r"(KEYS|SCAN)\b", same_members, "the hash seed is random: no order is promised"),
    Difference(r"(HKEYS|HVALS|HGETALL|HSCAN|HRANDFIELD)\b", same_members, "a table's fields have no promised order"),
    Difference(r"(SMEMBERS|SINTER|SUNION|SDIFF|SSCAN)\b", same_members, "a table's members have no promised order"),
    Difference(r"(SPOP|SRANDMEMBER)\b", as_many, "random by definition"),
    Difference(r"ZSCAN\b", same_members, "a table's members have no promised order"),
    Difference(r"RANDOMKEY\b", same_kind, "random by definition"),
    Difference(r"PTTL\b", near(2000, FAR_SECONDS * 1000), "milliseconds pass before the question"),
    Difference(r"TTL\b", near(1, FAR_SECONDS), "a second may begin before the question"),
    Difference(r"EXPIRETIME\b", near_moment(1), "the servers are asked one after the other"),
    Difference(r"PEXPIRETIME\b", near_moment(1000), "the servers are asked one after the other"),
    Difference(r"TIME$", same_shape, "two clock readings"),
    Difference(r"CLIENT (ID|INFO|LIST)\b", same_kind, "ids, ports and ages belong to a connection"),
    Difference(r"HELLO\b", same_kind, "names this server and its version"),
    Difference(r"LOLWUT\b", same_kind, "each server draws its own picture"),
    Difference(r"INFO\b", same_kind, "the fields are tested one by one"),
    Difference(r"MEMORY (STATS|MALLOC-STATS|DOCTOR)\b", same_kind, "another allocator, true figures of our own"),
    Difference(r"MEMORY USAGE\b", same_kind, "records are smaller here"),
    Difference(r"OBJECT (IDLETIME|FREQ)\b", near(1, FAR_SECONDS), "depends on when each server was asked"),
    Difference(r"DEBUG (OBJECT|HTSTATS|HTSTATS-KEY)\b", same_kind, "shows addresses and tables of the implementation"),
    Difference(r"COMMAND( COUNT| LIST| DOCS| INFO)?$", same_kind, "the families that exist grow with the releases"),
    Difference(r"COMMAND LIST FILTERBY\b", same_kind, "the families that exist grow with the releases"),
    Difference(r"SLOWLOG GET\b", same_kind, "times and addresses"),
    Difference(r"LATENCY (HISTOGRAM|HISTORY|LATEST|DOCTOR|GRAPH)\b", same_kind, "measured times"),
)

_COMPILED = [(re.compile(each.pattern, re.IGNORECASE), each) for each in DIFFERENCES]


def difference_of(title: str) -> Difference | None:
    """The explained difference that covers a call, if any."""
    return next((each for pattern, each in _COMPILED if pattern.match(title)), None)


def agree(case: Case, ours: list[Reply], theirs: list[Reply]) -> bool:
    """True if the replies of a case are equal, or differ as explained."""
    if len(ours) != len(theirs):
        return False
    return all(map(_agree_on, _titles(case, len(theirs)), ours, theirs))


def _titles(case: Case, count: int) -> list[str]:
    titles = [Case(case.module, 0, [], command, []).title for command in case.commands]
    # More or fewer replies than commands (SUBSCRIBE, CLIENT REPLY OFF): the call decides for all.
    return titles if len(titles) == count else [case.title] * count


def _agree_on(title: str, ours: Reply, theirs: Reply) -> bool:
    ours, theirs = _ordered_sets(ours), _ordered_sets(theirs)
    if ours == theirs:
        return True
    difference = difference_of(title)
    return difference is not None and difference.compare(ours, theirs)


def _ordered_sets(reply: Any) -> Any:
    # RESP3 sets have no order on the wire.
    if isinstance(reply, Reply) and isinstance(reply.value, list):
        members = [_ordered_sets(each) for each in reply.value]
        return Reply(reply.kind, sorted(members, key=repr) if reply.kind == "~" else members)
    if isinstance(reply, tuple) and not isinstance(reply, Reply):
        return tuple(_ordered_sets(each) for each in reply)
    return reply
