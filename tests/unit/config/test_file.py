"""Reading redis.conf: words, quotes, includes, units, and what is said of a line that is wrong."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redpoll.config import Config, ConfigFileError, ConfigFileMissing
from redpoll.config.quoting import quoted, split_words
from tests.unit.config.conftest import MemoryFiles

BAD = "Bad directive or wrong number of arguments"
UNBALANCED = "Unbalanced quotes in configuration line"


@pytest.mark.parametrize(
    "line, words",
    [
        ("", []),
        ("  a   b\tc ", ["a", "b", "c"]),
        ('a "b c" d', ["a", "b c", "d"]),
        (r'a "\x41\x4\n\q\""', ["a", 'Ax4\nq"']),
        (r"a 'b\'c\n'", ["a", "b'c\\n"]),
        ('a ""', ["a", ""]),
        ("a ''", ["a", ""]),
        ('a "b"c', ["a", "bc"]),
        ("a b\"c d\"'e'", ["a", "bc de"]),
        (r'a "\xc3\xa9"', ["a", "é"]),
        ('a "b', None),
        ("a b'", None),
        ('a "b\\', None),
    ],
)
def test_a_line_is_split_into_words(line: str, words: list[str] | None) -> None:
    assert split_words(line) == words


@given(st.lists(st.binary()))
def test_a_quoted_word_is_read_back(words: list[bytes]) -> None:
    texts = [word.decode("utf-8", "surrogateescape") for word in words]
    assert split_words(" ".join(map(quoted, texts))) == texts


@pytest.mark.parametrize(
    "line, name, value",
    [
        ("   port   6380  ", "port", 6380),
        ("PORT 6380", "port", 6380),
        ("maxmemory 1gb", "maxmemory", 1024**3),
        ("maxmemory 1g", "maxmemory", 1000**3),
        ("maxmemory 100MB", "maxmemory", 100 * 1024**2),
        ("maxmemory 1k", "maxmemory", 1000),
        ("maxmemory 1KB", "maxmemory", 1024),
        ("maxmemory 5b", "maxmemory", 5),
        ('maxmemory ""', "maxmemory", 0),
        ("maxmemory-clients 5%", "maxmemory-clients", -5),
        ("appendonly YES", "appendonly", True),
        ("loglevel WARNING", "loglevel", "warning"),
        ("unixsocketperm 0700", "unixsocketperm", 0o700),
        ("hz 100000", "hz", 500),
        ("slave-read-only no", "replica-read-only", False),
        ("hash-max-ziplist-entries 7", "hash-max-listpack-entries", 7),
        ("lua-time-limit 7", "busy-reply-threshold", 7),
        ("bind 127.0.0.1 -::1", "bind", ["127.0.0.1", "-::1"]),
        ('bind "127.0.0.1 ::1"', "bind", ["127.0.0.1", "::1"]),
        ('bind ""', "bind", []),
        ('save ""', "save", ()),
        ("save", "save", ()),
        ("save 1 2 3 4", "save", ((1, 2), (3, 4))),
        ("save 1 2\nsave 3 4", "save", ((1, 2), (3, 4))),
        ('save 1 2\nsave ""\nsave 3 4', "save", ((3, 4),)),
        ("shutdown-on-sigterm now save", "shutdown-on-sigterm", ("save", "now")),
        ("shutdown-on-sigterm default", "shutdown-on-sigterm", ()),
        ("replicaof example.org 6379", "replicaof", ("example.org", 6379)),
        ("replicaof no one", "replicaof", None),
        ('requirepass "a b"', "requirepass", "a b"),
        ("notify-keyspace-events KEA", "notify-keyspace-events", "AKE"),
        ("latency-tracking-info-percentiles 50 99.9", "latency-tracking-info-percentiles", (50.0, 99.9)),
        ("dir data", "dir", "/data"),
        ("# port 1", "port", 6379),
        ("list-max-ziplist-entries 5", "port", 6379),
        ("lua-replicate-commands yes", "port", 6379),
    ],
)
def test_a_directive_gives_a_value(files: MemoryFiles, line: str, name: str, value: object) -> None:
    config = Config(files=files)
    config.load_text(line)
    assert config[name] == value


@pytest.mark.parametrize(
    "line, reason",
    [
        ("foo", BAD),
        ("foo bar baz", BAD),
        ('""', BAD),
        ('port "1', UNBALANCED),
        ("port", "wrong number of arguments"),
        ("port 6379 # why not", "wrong number of arguments"),
        ("port 65536", "argument must be between 0 and 65535 inclusive"),
        ("tcp-keepalive 1.5", "argument couldn't be parsed into an integer"),
        ("tcp-keepalive +5", "argument couldn't be parsed into an integer"),
        ("tcp-keepalive 05", "argument couldn't be parsed into an integer"),
        ('tcp-keepalive " 5"', "argument couldn't be parsed into an integer"),
        ("maxmemory 10 gb", "wrong number of arguments"),
        ("maxmemory 10gbx", "argument must be a memory value"),
        ("maxmemory 1.5gb", "argument must be a memory value"),
        ("maxmemory -1", "argument must be a memory value"),
        ("proto-max-bulk-len 1", "argument must be between 1048576 and 9223372036854775807 inclusive"),
        ("maxmemory-clients 101%", "percentage argument must be less or equal to 100"),
        ("maxmemory-clients x", "argument must be a memory or percent value"),
        ("appendonly true", "argument must be 'yes' or 'no'"),
        ("loglevel foo", "argument(s) must be one of the following: debug, verbose, notice, warning, nothing"),
        ("unixsocketperm 888", "argument couldn't be parsed as an octal number"),
        ("unixsocketperm 1000", "argument must be between 0 and 777 inclusive"),
        ("appendfilename a/b", "appendfilename can't be a path, just a filename"),
        ('appendfilename ""', "appendfilename can't be empty"),
        ("appenddirname a/b", "appenddirname can't be a path, just a dirname"),
        ("dbfilename a/b", "dbfilename can't be a path, just a filename"),
        ("dir /nope", "No such file or directory"),
        ('dir ""', "dir can't be empty"),
        ("logfile /nope/log", "Can't open the log file: No such file or directory"),
        ("save 1", "Invalid save parameters"),
        ("save 0 1", "Invalid save parameters"),
        ("save 1 -1", "Invalid save parameters"),
        ("bind 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "Too many bind addresses specified."),
        ("client-output-buffer-limit normal 1 2", "Wrong number of arguments in buffer limit configuration."),
        ("client-output-buffer-limit foo 1 2 3", "Invalid client class specified in buffer limit configuration."),
        (
            "client-output-buffer-limit normal a 2 3",
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
        ),
        (
            "oom-score-adj-values 1 2 3000",
            "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
        ),
        ("notify-keyspace-events ABC", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."),
        ("latency-tracking-info-percentiles abc", "Invalid latency-tracking-info-percentiles parameters"),
        (
            "latency-tracking-info-percentiles 101",
            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
        ),
        (
            "shutdown-on-sigterm save nosave",
            "shutdown options SAVE and NOSAVE can't be used simultaneously",
        ),
        (
            "cluster-announce-hostname -bad_",
            "Hostnames may only contain alphanumeric characters, hyphens or dots",
        ),
        ("cluster-announce-client-ipv4 1.2.3", "Invalid IPv4 address"),
        ("proc-title-template {foo}", "template format is invalid or contains unknown variables"),
        ("replicaof localhost", "wrong number of arguments"),
        ("replicaof localhost 99999", "Invalid master port"),
        ("include", BAD),
        ("include a b", BAD),
        ("rename-command a", BAD),
        ("user", BAD),
        ("loadmodule", BAD),
    ],
)
def test_a_wrong_line_is_named_with_its_number_and_the_reason(files: MemoryFiles, line: str, reason: str) -> None:
    with pytest.raises(ConfigFileError) as caught:
        Config(files=files).load_text(f"# first\n\n  {line} ")
    assert str(caught.value) == f"Reading the configuration file, at line 3\n>>> '{line}'\n{reason}"


def test_an_include_is_read_in_its_place_and_numbers_its_own_lines(files: MemoryFiles) -> None:
    files.texts = {"/etc/a.conf": "timeout 2\nhz 20\n", "/etc/b.conf": "timeout 3\n"}
    config = Config(files=files)
    config.load_text("timeout 1\nhz 30\ninclude /etc/*.conf\ninclude /none/*.conf\n")
    assert (config.timeout, config.hz) == (3, 20)
    files.texts["/etc/b.conf"] = "\ntimeout x"
    with pytest.raises(ConfigFileError, match="at line 2\n>>> 'timeout x'"):
        Config(files=files).load_text("include /etc/b.conf")


def test_an_include_that_is_not_there_or_has_no_end_stops_the_start(files: MemoryFiles) -> None:
    with pytest.raises(ConfigFileMissing) as caught:
        Config(files=files).load_text("include /etc/none.conf")
    assert str(caught.value) == "Fatal error, can't open config file '/etc/none.conf': No such file or directory"
    files.texts["/loop.conf"] = "include /loop.conf"
    with pytest.raises(ConfigFileError, match="Too many nested includes"):
        Config(files=files).load_text("include /loop.conf")


def test_a_command_line_comes_after_file_and_standard_input(files: MemoryFiles) -> None:
    files.texts["/r.conf"] = "timeout 1\nhz 20\nsave 1 2\n"
    config = Config(files=files)
    config.load("/r.conf", ["hz 40", 'save "5 6"'], "hz 30\ntcp-backlog 7\n")
    assert (config.timeout, config.hz, config.tcp_backlog) == (1, 40, 7)
    assert config.save == ((1, 2), (5, 6))
    assert config.file_path == "/r.conf"
    with pytest.raises(ConfigFileError, match="at line 5\n>>> 'foo \"x\"'"):
        Config(files=files).load("/r.conf", ['foo "x"'])
    with pytest.raises(ConfigFileMissing):
        Config(files=files).load("/none.conf")


def test_directives_that_are_not_settings_are_kept(files: MemoryFiles) -> None:
    config = Config(files=files)
    config.load_text('rename-command get ""\nuser alice on >x\nloadmodule /a.so 1\n')
    assert config.renamed_commands == [("get", "")]
    assert config.users == [["alice", "on", ">x"]]
    assert config.modules == [["/a.so", "1"]]


@given(st.text(alphabet="abc \"'\\\n#port0123456789", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ConfigFileError, ConfigFileMissing):
        Config(files=MemoryFiles()).load_text(text)
