"""SORT and SORT_RO, as far as there are types to sort."""

from __future__ import annotations

_OPTIONS = (
    "",
    " ASC",
    " DESC ALPHA",
    " ALPHA ALPHA",
    " LIMIT 0 1",
    " LIMIT -1 -1",
    " LIMIT 0",
    " LIMIT x 1",
    " LIMIT 0 x",
    " BY w_*",
    " BY nosort",
    " BY",
    " GET #",
    " GET v_* GET #",
    " GET",
    " NONSENSE",
    " ASC NONSENSE",
    " STORE out",
    " STORE",
    " BY w_* LIMIT 0 10 GET # ASC ALPHA STORE out",
    " STORE out STORE other",
)
_SETUPS: tuple[list[str], ...] = ([], ["SET k v"], ["SET out 1"])

CASES: list[tuple[list[str], str]] = [
    *((setup, f"{name} k{options}") for setup in _SETUPS for name in ("SORT", "SORT_RO") for options in _OPTIONS),
    ([], "SORT"),
    ([], "SORT_RO"),
    (["SET out 1", "SORT nokey STORE out"], "EXISTS out"),
    (["SET out 1 EX 100", "SORT nokey STORE out"], "TTL out"),
    (["SET k v", "SET out 1"], "SORT k STORE out"),
    (["MULTI", "SORT nokey"], "EXEC"),
]
