"""COMMAND: what the server knows about its own commands. INFO and DOCS of each are compared elsewhere, in full."""

from __future__ import annotations

from typing import Any

NAMES = "nosuch GET getrange client|id CLIENT|ID CLIENT|nosuch get|x client| set mset rename msetex config|set"

REQUESTS = [
    "GET a", "GET", "GET a b", "nosuch a", "PING", "PING a", "MSET a 1 b 2", "MSET a", "MSET a 1 b", "MSETNX a 1 b 2",
    "SET a b", "SET a b GET", "set a b nx get ex 5", "SET get get", "MGET a b a", "MGET", "LCS a b LEN", "GETEX k",
    "DELIFEQ k v", "GETRANGE k 0 1", "MSETEX 2 a 1 b 2", "MSETEX 2 a 1 b 2 NX EX 5", "MSETEX 3 a 1 b 2", "MSETEX x a 1",
    "MSETEX 0 a 1", "MSETEX -1 a 1", "MSETEX 01 a 1", "MSETEX 99999999999999999999 a 1", "SORT a", "SORT a STORE",
    "SORT a BY w_* GET g_* STORE dst", "SORT a STORE x STORE y", "SORT a LIMIT STORE 1 STORE q", "SORT a STORE STORE z",
    "SORT a LIMIT 1", "SORT a GET STORE b", "SORT_RO a BY w", "OBJECT ENCODING k", "OBJECT HELP", "OBJECT",
    "OBJECT FOO", "OBJECT FOO k", "OBJECT|ENCODING k", "MEMORY USAGE k", "COPY a b DB 1", "RENAME a b", "RENAME a",
    "DEL a b", "DEL", "UNLINK a a", "TOUCH a", "TOUCH", "EXISTS a b", "KEYS *", "SCAN 0", "FLUSHALL", "EXPIRE a 1",
    "COMMAND GETKEYS GET a", "CONFIG GET x", "CLIENT KILL ID 1", "WATCH a b", "SSUBSCRIBE a",
]  # fmt: skip

CASES: list[Any] = [
    ([], "COMMAND"),
    ([], "COMMAND COUNT"),
    ([], "COMMAND COUNT x"),
    ([], "COMMAND nosuch"),
    ([], "COMMAND COUNT|x"),
    ([], "COMMAND HELP"),
    ([], "COMMAND HELP x"),
    ([], "COMMAND INFO"),
    ([], f"COMMAND INFO {NAMES}"),
    ([], "COMMAND DOCS"),
    ([], "COMMAND DOCS nosuch get|x client| client|nosuch"),
    ([], "COMMAND LIST"),
    ([], "COMMAND LIST x"),
    ([], "COMMAND LIST FILTERBY"),
    ([], "COMMAND LIST FILTERBY ACLCAT"),
    ([], "COMMAND LIST FILTERBY nosuch x"),
    ([], "COMMAND LIST FILTERBY ACLCAT x y"),
    ([], "COMMAND LIST FILTERBY MODULE nosuch"),
    ([], "COMMAND LIST FILTERBY ACLCAT nosuch"),
    ([], "COMMAND LIST FILTERBY ACLCAT @string"),
    ([], "COMMAND LIST FILTERBY PATTERN client|getn*"),
    ([], "command list filterby pattern GETR[^x]*"),
    ([], "COMMAND GETKEYS"),
    ([], "COMMAND GETKEYSANDFLAGS"),
    *(([], f"COMMAND GETKEYS {request}") for request in REQUESTS),
    *(([], f"COMMAND GETKEYSANDFLAGS {request}") for request in REQUESTS),
]
