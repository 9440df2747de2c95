"""Latency spikes for human eyes: a graph of characters, and an analysis with advice."""

from __future__ import annotations

from redpoll.dispatch.latency_monitor import EventHistory, LatencyMonitor

GRAPH_COLUMNS = 80
GRAPH_ROWS = 4
# The heights within one row, lowest first; what is below the top of a column is filled.
GRAPH_STEPS = "_o#"
FILLING = "|"

UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def graph(event: bytes, history: EventHistory, now_s: int) -> str:
    """The spikes of an event as columns, each with its age below it."""
    durations = [spike.duration_ms for spike in history.spikes]
    high, low = max(durations), min(durations)
    name = event.decode("utf-8", "backslashreplace")
    head = f"{name} - high {high} ms, low {low} ms (all time high {history.longest_ms} ms)\n"
    columns = [
        _column((spike.duration_ms - low) / ((high - low) or 1), _age(now_s - spike.when_s)) for spike in history.spikes
    ]
    parts = [columns[at : at + GRAPH_COLUMNS] for at in range(0, len(columns), GRAPH_COLUMNS)]
    return head + "-" * GRAPH_COLUMNS + "\n" + "\n".join(map(_lay_out, parts))


def _column(height: float, label: str) -> str:
    """One column from top to bottom: the bar, a gap, the label."""
    steps = min(int(height * GRAPH_ROWS * len(GRAPH_STEPS)), GRAPH_ROWS * len(GRAPH_STEPS) - 1)
    full_rows, step = divmod(steps, len(GRAPH_STEPS))
    bar = " " * (GRAPH_ROWS - full_rows - 1) + GRAPH_STEPS[step] + FILLING * full_rows
    return f"{bar} {label}"


def _lay_out(columns: list[str]) -> str:
    rows = max(map(len, columns))
    padded = [column.ljust(rows) for column in columns]
    return "".join("".join(column[row] for column in padded) + "\n" for row in range(rows))


def _age(seconds: int) -> str:
    size, unit = next((each for each in UNITS if seconds >= each[0]), UNITS[-1])
    return f"{seconds // size}{unit}"


def analysis(monitor: LatencyMonitor, slowlog_threshold_us: int, now_s: int) -> str:
    """What was observed, and what could be done about it."""
    if not monitor.threshold_ms:
        return (
            "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redpoll instance. You may use "
            '"CONFIG SET latency-monitor-threshold <milliseconds>." in order to enable it.\n'
        )
    if not monitor.events:
        return "No latency spike was observed during the lifetime of this Redpoll instance, not in the slightest bit.\n"
    lines = ["Latency spikes are observed in this Redpoll instance.\n"]
    for number, (event, history) in enumerate(monitor.events.items(), 1):
        lines.append(f"{number}. {_summary(event, history, now_s)}")
    lines += ["\nHere is some advice for you:\n", *_advice(monitor, slowlog_threshold_us)]
    return "\n".join(lines) + "\n"


def _summary(event: bytes, history: EventHistory, now_s: int) -> str:
    count = len(history.spikes)
    period_s = max(1, now_s - history.spikes[0].when_s) / count
    return (
        f"{event.decode('utf-8', 'backslashreplace')}: {count} latency spikes (average {int(history.average_ms)}ms, "
        f"mean deviation {int(history.deviation_ms)}ms, period {period_s:.2f} sec). "
        f"Worst all time event {history.longest_ms}ms."
    )


def _advice(monitor: LatencyMonitor, slowlog_threshold_us: int) -> list[str]:
    if not monitor.events.keys() & {b"command", b"fast-command"}:
        return ["- Look at what else runs on this machine: commands are not what took long."]
    advice = []
    if not 0 <= slowlog_threshold_us <= monitor.threshold_ms * 1000:
        advice.append(
            "- The slow log does not see what the latency monitor sees. Lower its threshold: "
            f"'CONFIG SET slowlog-log-slower-than {monitor.threshold_ms * 1000}'."
        )
    advice.append("- Read the slow log, SLOWLOG GET: it tells which commands took long, and with which arguments.")
    if b"fast-command" in monitor.events:
        advice.append("- Commands that take constant time were slow too: the machine may be overloaded or swapping.")
    advice.append(
        "- A single command on very much data stops everybody else: use SCAN instead of KEYS, UNLINK, ranges."
    )
    return advice
