"""Kinds of settings whose values have parts: addresses, save points, output limits, event classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from redpoll.config.kinds import INT32_MAX, INT64_MAX, InvalidValue, Kind, format_memory, parse_integer, parse_memory
from redpoll.config.quoting import quoted

ADDRESSES_MAX = 16
PORT_MAX = 65535

# Of each event class its letter, in the order CONFIG GET shows them; A stands for all those of ALL_CLASSES.
ALL_CLASSES = "g$lshzxetd"
WRITTEN_OUT = ALL_CLASSES + "n"
OTHER_CLASSES = "KEm"

# Words of client-output-buffer-limit, and the name each limit is kept by.
CLIENT_CLASSES = {"normal": "normal", "slave": "replica", "replica": "replica", "pubsub": "pubsub"}


class Compound(Kind):
    """A value of several words, which may also come in one."""

    takes_many = True

    def parse(self, words: Sequence[str]) -> Any:
        """The value of the words after a directive's name, or InvalidValue."""
        if len(words) == 1:
            words = words[0].split(" ") if words[0] else ()
        return self.parse_parts(words)

    def parse_parts(self, words: Sequence[str]) -> Any:
        """The value of the single words."""
        raise InvalidValue("wrong number of arguments")


class Addresses(Compound):
    """Addresses to listen on: a list of str."""

    def parse_parts(self, words: Sequence[str]) -> list[str]:
        """The value of the single words."""
        if len(words) > ADDRESSES_MAX:
            raise InvalidValue("Too many bind addresses specified.")
        return list(words)

    def format(self, value: Any) -> str:
        """The addresses with blanks between."""
        return " ".join(value)

    def lines(self, value: Any, default: Any) -> list[tuple[str, bool]]:
        """The addresses; an empty text for none."""
        return [(self.format(value) or '""', value != default)]


class SavePoints(Compound):
    """When to take a snapshot: a tuple of (seconds, changes)."""

    adds_up = True

    def parse_parts(self, words: Sequence[str]) -> tuple[tuple[int, int], ...]:
        """The value of the single words."""
        if len(words) % 2:
            raise InvalidValue("Invalid save parameters")
        points = []
        for seconds_text, changes_text in zip(words[::2], words[1::2], strict=True):
            seconds = parse_integer(seconds_text, 1, INT64_MAX)
            changes = parse_integer(changes_text, 0, INT32_MAX)
            if seconds is None or changes is None:
                raise InvalidValue("Invalid save parameters")
            points.append((seconds, changes))
        return tuple(points)

    def add(self, earlier: Any, new: Any) -> Any:
        """Several lines are several points; an empty line forgets those before."""
        return earlier + new if new else new

    def format(self, value: Any) -> str:
        """Seconds and changes in turn."""
        return " ".join(f"{seconds} {changes}" for seconds, changes in value)

    def lines(self, value: Any, default: Any) -> list[tuple[str, bool]]:
        """All points in one line; an empty text for none."""
        return [(self.format(value) or '""', value != default)]


class OutputLimits(Compound):
    """Of each class of clients its limits: a dict of (hard bytes, soft bytes, soft seconds)."""

    def parse_parts(self, words: Sequence[str]) -> dict[str, tuple[int, int, int]]:
        """Only the classes that are named."""
        if len(words) % 4:
            raise InvalidValue("Wrong number of arguments in buffer limit configuration.")
        limits = {}
        for at in range(0, len(words), 4):
            name = CLIENT_CLASSES.get(words[at].lower())
            if name is None:
                raise InvalidValue("Invalid client class specified in buffer limit configuration.")
            hard, soft = parse_memory(words[at + 1]), parse_memory(words[at + 2])
            seconds = parse_integer(words[at + 3], 0, INT32_MAX)
            if hard is None or soft is None or seconds is None or hard < 0 or soft < 0:
                raise InvalidValue("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
            limits[name] = (hard, soft, seconds)
        return limits

    def merge(self, old: Any, new: Any) -> Any:
        """Classes that are not named keep their limits."""
        return {**old, **new}

    def add(self, earlier: Any, new: Any) -> Any:
        """As merge."""
        return {**earlier, **new}

    def format(self, value: Any) -> str:
        """Class and its three limits, class by class, replicas under their old name."""
        return " ".join(
            f"{'slave' if name == 'replica' else name} {hard} {soft} {seconds}"
            for name, (hard, soft, seconds) in value.items()
        )

    def lines(self, value: Any, default: Any) -> list[tuple[str, bool]]:
        """A line for each class."""
        return [
            (f"{name} {format_memory(hard)} {format_memory(soft)} {seconds}", value[name] != default[name])
            for name, (hard, soft, seconds) in value.items()
        ]


class EventClasses(Kind):
    """Which keyspace events are published, as letters in their own order."""

    def parse_one(self, text: str) -> str:
        """The letters, without those that repeat what another says."""
        given = set(text)
        if not given <= set("A" + WRITTEN_OUT + OTHER_CLASSES):
            raise InvalidValue("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
        if "A" in given or set(ALL_CLASSES) <= given:
            classes = "An" if "n" in given else "A"
        else:
            classes = "".join(letter for letter in WRITTEN_OUT if letter in given)
        return classes + "".join(letter for letter in OTHER_CLASSES if letter in given)

    def format(self, value: Any) -> str:
        """The letters; that of new keys is not shown after A."""
        return value.replace("n", "") if value.startswith("A") else str(value)

    def lines(self, value: Any, default: Any) -> list[tuple[str, bool]]:
        """The letters in quotes."""
        return [(quoted(value), value != default)]


class Percentiles(Compound):
    """Percentiles of latency: a tuple of float."""

    def lines(self, value: Any, default: Any) -> list[tuple[str, bool]]:
        """The numbers; an empty text for none."""
        return [(self.format(value) or '""', value != default)]

    def parse_parts(self, words: Sequence[str]) -> tuple[float, ...]:
        """The value of the single words."""
        values = []
        for word in words:
            try:
                value = float(word)
            except ValueError:
                raise InvalidValue("Invalid latency-tracking-info-percentiles parameters") from None
            if math.isnan(value) or not 0.0 <= value <= 100.0:
                raise InvalidValue("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
            values.append(value)
        return tuple(values)

    def format(self, value: Any) -> str:
        """The numbers, without zeros at the end."""
        return " ".join(f"{each:.6f}".rstrip("0").rstrip(".") for each in value)


class OutOfMemoryScores(Compound):
    """Three scores for the kernel: master, replica, background child."""

    def parse_parts(self, words: Sequence[str]) -> tuple[int, ...]:
        """The value of the single words."""
        if len(words) != 3:
            raise InvalidValue("wrong number of arguments")
        scores = [parse_integer(word, -2000, 2000) for word in words]
        if None in scores:
            raise InvalidValue("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
        return tuple(score for score in scores if score is not None)

    def format(self, value: Any) -> str:
        """The scores with blanks between."""
        return " ".join(map(str, value))


class ReplicaOf(Compound):
    """Whom to follow: (host, port), or None."""

    def parse(self, words: Sequence[str]) -> tuple[str, int] | None:
        """The value of the words; `no one` and an empty text mean nobody."""
        if len(words) == 1 and not words[0]:
            return None
        if len(words) != 2:
            raise InvalidValue("wrong number of arguments")
        if [word.lower() for word in words] == ["no", "one"]:
            return None
        port = parse_integer(words[1], 0, PORT_MAX)
        if port is None:
            raise InvalidValue("Invalid master port")
        return words[0], port

    def format(self, value: Any) -> str:
        """Host and port, or nothing."""
        return "" if value is None else f"{value[0]} {value[1]}"

    def lines(self, value: Any, default: Any) -> list[tuple[str, bool]]:
        """Nothing for nobody."""
        return [] if value is None else [(self.format(value), True)]
