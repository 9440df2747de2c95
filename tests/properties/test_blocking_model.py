"""Generated clients that wait for lists, bring them, time out, give up and go: as a plain model says, in its order."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redpoll.clock import ManualClock
from tests.commands.harness import Decoder, Reply, encode_command
from tests.nodes import embedded_node, feed

START_MS = 1_700_000_000_000
CLIENTS = 5
TYPE_LIST = 1
WRONG_TYPE = Reply("-", b"WRONGTYPE Operation against a key holding the wrong kind of value")
UNBLOCKED = Reply("-", b"UNBLOCKED client unblocked via CLIENT UNBLOCK")
NOTHING = Reply("*-1", None)

Argv = list[bytes]
Value = list[bytes] | bytes

KEY = st.sampled_from([b"a", b"b", b"c"])
SIDE = st.sampled_from([b"LEFT", b"RIGHT"])
TIMEOUT = st.sampled_from([b"0", b"0", b"0.05", b"1.001", b"2"])
KEYS = st.lists(KEY, min_size=1, max_size=3)
COUNT = st.integers(1, 3).map(lambda number: b"%d" % number)

# ELEMENT is replaced with an element that there is only once.
ELEMENT = b"?"
BRINGING = st.one_of(
    st.builds(lambda name, key, count: [name, key, *[ELEMENT] * count],
              st.sampled_from([b"RPUSH", b"LPUSH", b"RPUSH", b"RPUSHX"]), KEY, st.integers(1, 4)),
    st.tuples(st.just(b"LMOVE"), KEY, KEY, SIDE, SIDE).map(list),
    st.tuples(st.just(b"RENAME"), KEY, KEY).map(list),
    st.tuples(st.sampled_from([b"DEL", b"LPOP", b"RPOP"]), KEY).map(list),
    st.tuples(st.just(b"SET"), KEY, st.just(b"text")).map(list),
)  # fmt: skip
WAITING = st.one_of(
    st.builds(lambda name, keys, timeout: [name, *keys, timeout], st.sampled_from([b"BLPOP", b"BRPOP"]), KEYS, TIMEOUT),
    st.tuples(st.just(b"BLMOVE"), KEY, KEY, SIDE, SIDE, TIMEOUT).map(list),
    st.builds(lambda timeout, keys, side, count: [b"BLMPOP", timeout, b"%d" % len(keys), *keys, side, b"COUNT", count],
              TIMEOUT, KEYS, SIDE, COUNT),
)  # fmt: skip
CLIENT = st.integers(0, CLIENTS - 1)
STEP = st.one_of(
    st.tuples(st.just("run"), CLIENT, WAITING),
    st.tuples(st.just("run"), CLIENT, WAITING),
    st.tuples(st.just("run"), CLIENT, BRINGING),
    st.tuples(st.just("run"), CLIENT, BRINGING),
    st.tuples(st.just("transaction"), CLIENT, st.lists(st.one_of(BRINGING, BRINGING, WAITING), min_size=1, max_size=5)),
    st.tuples(st.just("pass"), CLIENT, st.integers(1, 2500)),
    st.tuples(st.just("unblock"), CLIENT, st.sampled_from([b"TIMEOUT", b"ERROR"])),
    st.tuples(st.just("go"), CLIENT, st.none()),
)  # fmt: skip


class Refused(Exception):
    """A key holds a string."""


@dataclass(eq=False)
class Wait:
    """A command of the model that waits."""

    client: int
    argv: Argv
    keys: list[bytes]
    deadline_ms: float


@dataclass
class Model:
    """Lists and strings in a dictionary, and who waits in one list."""

    now_ms: int = START_MS
    values: dict[bytes, Value] = field(default_factory=dict)
    # In order of arrival.
    waits: list[Wait] = field(default_factory=list)
    # Keys that were made lists, in that order.
    came: dict[bytes, None] = field(default_factory=dict)
    replies: dict[int, list[Reply]] = field(default_factory=lambda: {number: [] for number in range(CLIENTS)})

    def execute(self, client: int, argv: Argv) -> None:
        """A command, and then whom it serves."""
        reply = self.reply_to(argv)
        if reply is None:
            seconds = float(argv[1] if argv[0] == b"BLMPOP" else argv[-1])
            deadline_ms = self.now_ms + seconds * 1000 if seconds else float("inf")
            self.waits.append(Wait(client, argv, waited_for(argv), deadline_ms))
        else:
            self.replies[client].append(reply)
        self.serve()

    def transaction(self, client: int, batch: list[Argv]) -> None:
        """Several commands, none of which waits, and then whom all of them serve."""
        self.replies[client] += [Reply("+", b"OK"), *[Reply("+", b"QUEUED")] * len(batch)]
        replies = []
        for argv in batch:
            reply = self.reply_to(argv)
            replies.append((Reply("$-1", None) if argv[0] == b"BLMOVE" else NOTHING) if reply is None else reply)
        self.replies[client].append(Reply("*", replies))
        self.serve()

    def serve(self) -> None:
        while self.came:
            came, self.came = self.came, {}
            for key in came:
                # Those who wait now, each once.
                for wait in [wait for wait in self.waits if key in wait.keys]:
                    if not isinstance(self.values.get(key), list):
                        break
                    if wait in self.waits:
                        self.waits.remove(wait)
                        reply = self.reply_to(wait.argv)
                        assert reply is not None, "a list that is there serves whoever waits for it"
                        self.replies[wait.client].append(reply)

    def reply_to(self, argv: Argv) -> Reply | None:
        """The reply; None if the command has to wait."""
        try:
            return getattr(self, argv[0].decode().lower())(*argv[1:])  # type: ignore[no-any-return]
        except Refused:
            return WRONG_TYPE

    def list_at(self, key: bytes) -> list[bytes] | None:
        value = self.values.get(key)
        if isinstance(value, bytes):
            raise Refused
        return value

    def add(self, key: bytes, elements: list[bytes], left: bool) -> int:
        there = self.list_at(key)
        if there is None:
            there = self.values[key] = []
            self.came[key] = None
        for element in elements:
            there.insert(0 if left else len(there), element)
        return len(there)

    def take(self, key: bytes, left: bool, count: int = 1) -> list[bytes]:
        there = self.values[key]
        assert isinstance(there, list)
        taken = [there.pop(0 if left else -1) for _ in range(min(count, len(there)))]
        if not there:
            del self.values[key]
        return taken

    # --- commands ----------------------------------------------------------------------------------------------------

    def rpush(self, key: bytes, *elements: bytes) -> Reply:
        return Reply(":", self.add(key, list(elements), left=False))

    def lpush(self, key: bytes, *elements: bytes) -> Reply:
        return Reply(":", self.add(key, list(elements), left=True))

    def rpushx(self, key: bytes, *elements: bytes) -> Reply:
        return Reply(":", 0) if self.list_at(key) is None else self.rpush(key, *elements)

    def set(self, key: bytes, value: bytes) -> Reply:
        self.values[key] = value
        return Reply("+", b"OK")

    def del_(self, key: bytes) -> Reply:
        return Reply(":", int(self.values.pop(key, None) is not None))

    def lpop(self, key: bytes) -> Reply:
        return self._pop(key, left=True)

    def rpop(self, key: bytes) -> Reply:
        return self._pop(key, left=False)

    def _pop(self, key: bytes, left: bool) -> Reply:
        return Reply("$-1", None) if self.list_at(key) is None else Reply("$", self.take(key, left)[0])

    def rename(self, source: bytes, target: bytes) -> Reply:
        if source not in self.values:
            return Reply("-", b"ERR no such key")
        if source != target:
            value = self.values[target] = self.values.pop(source)
            if isinstance(value, list):
                self.came[target] = None
        return Reply("+", b"OK")

    def lmove(self, source: bytes, target: bytes, wherefrom: bytes, whereto: bytes) -> Reply:
        return self._move(source, target, wherefrom, whereto) or Reply("$-1", None)

    def _move(self, source: bytes, target: bytes, wherefrom: bytes, whereto: bytes) -> Reply | None:
        if self.list_at(source) is None:
            return None
        self.list_at(target)
        if source == target:
            there = self.values[source]
            assert isinstance(there, list)
            element = there.pop(0 if wherefrom == b"LEFT" else -1)
            there.insert(0 if whereto == b"LEFT" else len(there), element)
        else:
            element = self.take(source, wherefrom == b"LEFT")[0]
            self.add(target, [element], whereto == b"LEFT")
        return Reply("$", element)

    def blmove(self, source: bytes, target: bytes, wherefrom: bytes, whereto: bytes, timeout: bytes) -> Reply | None:
        return self._move(source, target, wherefrom, whereto)

    def blpop(self, *words: bytes) -> Reply | None:
        return self._take_first(list(words[:-1]), left=True)

    def brpop(self, *words: bytes) -> Reply | None:
        return self._take_first(list(words[:-1]), left=False)

    def _take_first(self, keys: list[bytes], left: bool) -> Reply | None:
        for key in keys:
            if self.list_at(key) is not None:
                return Reply("*", [Reply("$", key), Reply("$", self.take(key, left)[0])])
        return None

    def blmpop(self, timeout: bytes, numkeys: bytes, *words: bytes) -> Reply | None:
        side, _, count = words[int(numkeys) :]
        for key in words[: int(numkeys)]:
            if self.list_at(key) is not None:
                taken = self.take(key, side == b"LEFT", int(count))
                return Reply("*", [Reply("$", key), Reply("*", [Reply("$", each) for each in taken])])
        return None

    # --- ends of a wait ----------------------------------------------------------------------------------------------

    def wait_of(self, client: int) -> Wait | None:
        return next((wait for wait in self.waits if wait.client == client), None)

    def end(self, wait: Wait, reply: Reply) -> None:
        self.waits.remove(wait)
        self.replies[wait.client].append(reply)

    def pass_time(self, milliseconds: int) -> None:
        self.now_ms += milliseconds
        for wait in [wait for wait in self.waits if wait.deadline_ms <= self.now_ms]:
            self.end(wait, NOTHING)


def waited_for(argv: Argv) -> list[bytes]:
    """The keys whose coming serves a command."""
    if argv[0] == b"BLMPOP":
        return argv[3 : 3 + int(argv[2])]
    return argv[1:2] if argv[0] == b"BLMOVE" else argv[1:-1]


class Subject:
    """A node under test, with its clients."""

    def __init__(self) -> None:
        self.clock = ManualClock(START_MS)
        self.node = embedded_node(self.clock)
        self.clients = [self.node.new_client() for _ in range(CLIENTS)]
        self.decoders = [Decoder() for _ in range(CLIENTS)]

    def run(self, client: int, *batch: Argv) -> None:
        """Feed a batch in one piece."""
        self.decoders[client].feed(feed(self.node, self.clients[client], b"".join(map(encode_command, batch))))

    def replace(self, client: int) -> None:
        """The client hangs up, and another comes."""
        self.node.forget_client(self.clients[client])
        self.clients[client] = self.node.new_client()

    def replies(self) -> dict[int, list[Reply]]:
        """What has been answered since it was last asked, by client."""
        found: dict[int, list[Reply]] = {}
        for number, (client, decoder) in enumerate(zip(self.clients, self.decoders, strict=True)):
            decoder.feed(client.take_output())
            found[number] = []
            while decoder.pending:
                found[number].append(decoder.next())
        return found

    def values(self) -> dict[bytes, Value]:
        """Every key."""
        db = self.node.keyspace[0]
        found: dict[bytes, Value] = {}
        for key in db.keys():
            if db.type_name(key) == b"list":
                value = db.value(key, TYPE_LIST)
                found[key] = value.section(0, len(value))
            else:
                found[key] = db.peek_string(key)
        return found


def elements_given(reply: Reply) -> list[bytes]:
    """The elements that a reply of BLPOP, BRPOP or BLMPOP hands over: those of a move only pass by."""
    if reply.kind != "*" or len(reply.value) != 2 or reply.value[0].kind != "$" or reply.value[0].value not in b"abc":
        return []
    taken = reply.value[1]
    return [each.value for each in taken.value] if taken.kind == "*" else [taken.value]


def numbered(argv: Argv, numbers: list[int]) -> Argv:
    """A command with elements that there are only once."""
    words = []
    for word in argv:
        if word == ELEMENT:
            numbers.append(len(numbers))
            word = b"e%d" % numbers[-1]
        words.append(word)
    return words


@settings(max_examples=400, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
@given(run=st.lists(STEP, min_size=1, max_size=40))
def test_who_waits_is_served_as_the_model_says(run: list[tuple[str, int, object]]) -> None:
    model, subject = Model(), Subject()
    given: list[bytes] = []
    numbers: list[int] = []
    for action, client, what in run:
        wait = model.wait_of(client)
        if action == "pass":
            assert isinstance(what, int)
            model.pass_time(what)
            subject.clock.set_ms(model.now_ms)
            subject.node.begin_cycle()
        elif action == "unblock":
            assert isinstance(what, bytes)
            other = (client + 1) % CLIENTS
            if model.wait_of(other) is not None:
                continue
            model.replies[other].append(Reply(":", int(wait is not None)))
            if wait is not None:
                model.end(wait, NOTHING if what == b"TIMEOUT" else UNBLOCKED)
            subject.run(other, [b"CLIENT", b"UNBLOCK", b"%d" % subject.clients[client].id, what])
        elif action == "go":
            if wait is not None:
                model.waits.remove(wait)
            subject.replace(client)
        elif wait is None:
            batch = [numbered(argv, numbers) for argv in (what if action == "transaction" else [what])]  # type: ignore
            if action == "transaction":
                model.transaction(client, [[b"DEL_" if argv[0] == b"DEL" else argv[0], *argv[1:]] for argv in batch])
                subject.run(client, [b"MULTI"], *batch, [b"EXEC"])
            else:
                model.execute(client, [b"DEL_" if batch[0][0] == b"DEL" else batch[0][0], *batch[0][1:]])
                subject.run(client, *batch)
        replies = subject.replies()
        assert replies == model.replies
        assert subject.values() == model.values
        subject.node.sessions.check()
        assert subject.node.sessions.blocking.key_count == len({key for wait in model.waits for key in wait.keys})
        for number in range(CLIENTS):
            given += [each for reply in model.replies[number] for each in elements_given(reply)]
            model.replies[number] = []
    left = [element for value in model.values.values() if isinstance(value, list) for element in value]
    assert len({*given, *left}) == len(given) + len(left), "an element is given to one client, or still there"
