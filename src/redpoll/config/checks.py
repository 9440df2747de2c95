"""Why a text is refused, for settings that do not take any text."""

from __future__ import annotations

import ipaddress
import locale
import re

_HOSTNAME = re.compile(r"[A-Za-z0-9.-]*", re.ASCII)
# What may stand in CLUSTER NODES without being taken for something else.
_NODE_WORD = re.compile("[-./0-9:A-Z_`a-z\x80-\U0010ffff]*")
_ADDRESS_CHARACTERS_MAX = 45
_TITLE_VARIABLE = re.compile(r"\{([^{}]*)\}")
_TITLE_VARIABLES = {"title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"}


def append_file_name(text: str) -> str | None:
    """The append-only file: a name, not a path."""
    if not text:
        return "appendfilename can't be empty"
    return "appendfilename can't be a path, just a filename" if "/" in text else None


def append_folder_name(text: str) -> str | None:
    """The append-only folder: a name, not a path."""
    if not text:
        return "appenddirname can't be empty"
    return "appenddirname can't be a path, just a dirname" if "/" in text else None


def snapshot_file_name(text: str) -> str | None:
    """The snapshot: a name, not a path."""
    return "dbfilename can't be a path, just a filename" if "/" in text else None


def folder(text: str) -> str | None:
    """The working folder: not empty."""
    return None if text else "dir can't be empty"


def cluster_file(text: str) -> str | None:
    """The cluster's file: not empty."""
    return None if text else "cluster-config-file can't be empty"


def hostname(text: str) -> str | None:
    """A host name."""
    if len(text) >= 256:
        return "Hostnames must be less than 256 characters"
    if _HOSTNAME.fullmatch(text) is None:
        return "Hostnames may only contain alphanumeric characters, hyphens or dots"
    return None


def ipv4(text: str) -> str | None:
    """An IPv4 address, or nothing."""
    return None if not text or _is_address(text, 4) else "Invalid IPv4 address"


def ipv6(text: str) -> str | None:
    """An IPv6 address, or nothing."""
    return None if not text or _is_address(text, 6) else "Invalid IPv6 address"


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False


def title_template(text: str) -> str | None:
    """A process title: every variable is known, and all braces close."""
    rest = _TITLE_VARIABLE.sub("", text)
    known = all(name in _TITLE_VARIABLES for name in _TITLE_VARIABLE.findall(text))
    if not text or not known or "{" in rest:
        return "template format is invalid or contains unknown variables"
    return None


def node_address(text: str) -> str | None:
    """The address a node of the cluster tells."""
    if len(text) > _ADDRESS_CHARACTERS_MAX:
        return "cluster-announce-ip is too long"
    return None if _NODE_WORD.fullmatch(text) else "cluster-announce-ip contains invalid character"


def node_name(text: str) -> str | None:
    """The name a node of the cluster has for people."""
    return None if _NODE_WORD.fullmatch(text) else "Announced human node name contained invalid character"


def locale_name(text: str) -> str | None:
    """A locale that this machine has."""
    before = locale.setlocale(locale.LC_COLLATE)
    try:
        locale.setlocale(locale.LC_COLLATE, text)
    except (locale.Error, ValueError):
        return "Invalid locale name"
    finally:
        locale.setlocale(locale.LC_COLLATE, before)
    return None
