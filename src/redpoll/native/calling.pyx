"""Runs one command: through its native function, its Python handler, or the gate; counts and times it."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.ref cimport PyObject
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc
from redpoll.native.bits cimport likely, monotonic_ns, unlikely, wall_ms
from redpoll.native.client cimport Client, F_BLOCKED, F_IN_MULTI, F_NO_TOUCH, GATED, STOPPED
from redpoll.native.command_entry cimport CommandEntry, FAILED, HANDLED, NEED_GENERAL
from redpoll.native.database cimport Database
from redpoll.native.keyspace cimport Keyspace
from redpoll.native.output cimport output_prefixed, output_put
from redpoll.native.resp cimport Arg, encode, encode_error, parse_integer
from redpoll.errors import CommandError, NotFloat, NotInteger, UnknownCommand, UnknownSubcommand, WrongArity
from redpoll.native.store cimport Store
from redpoll.native.table cimport table_hash
from redpoll.replies import Encoded, PROCEED

cdef extern from "Python.h":
    object PyObject_Vectorcall(object, PyObject**, size_t, PyObject*)

cdef enum:
    STACK_ARGS = 12
    NATIVE_ARGS = 64
    # Commands that read or write keys leave the state of their client alone.
    DATA_FLAGS = 3
    ERROR_KINDS_MAX = 128
    # After a command this slow the clock of the cycle is read again.
    SLOW_CLOCK_NS = 1000000
    GROUP_ARGS = 6
    GROUP_REPLY_BYTES = 65536
    # A group never takes so long; a slow log with a lower threshold has every command timed alone.
    GROUP_SLOW_NS = 1000000

cdef object THE_PROCEED = PROCEED


cdef class Context:
    """What a handler may use; filled in before each call, never kept."""

    @property
    def now_ms(self) -> int:
        """The wall clock of this cycle in milliseconds."""
        return self.keyspace.state.now_ms

    def raw_argv(self) -> list:
        """All words of the command as they came, name included."""
        return self.executor.argv()


cdef class Caller(Registry):
    """Runs single commands of clients on a keyspace, replies going to a shared buffer."""

    def __init__(self, Keyspace keyspace not None, Context context=None) -> None:
        super().__init__()
        self.keyspace = keyspace
        self.context = context if context is not None else Context()
        self.context.keyspace = keyspace
        self.context.executor = self
        self.call_.state = &keyspace.state
        self.call_.out = &self.replies
        self.native_tier = True
        self.real_clock = True
        self.error_counts = {}
        self.slow_ns = 10000000

    def __dealloc__(self):
        free(self.replies.data)

    @property
    def slowlog_threshold_us(self) -> int:
        """slowlog-log-slower-than in microseconds; negative: never."""
        return -1 if self.slow_ns < 0 else self.slow_ns // 1000

    @slowlog_threshold_us.setter
    def slowlog_threshold_us(self, int64_t value) -> None:
        self.slow_ns = -1 if value < 0 else value * 1000

    cdef int execute(self, Client c, PyObject* entry_pointer, Arg* args, int argc, uint64_t h) except -1:
        """Run one command and append its reply."""
        cdef CommandEntry entry
        cdef size_t before = self.replies.size
        cdef int state
        c.commands_processed += 1
        self.commands_processed += 1
        if unlikely((c.flags & GATED) | self.flags):
            return self.execute_gated(c, entry_pointer, args, argc)
        if unlikely(entry_pointer is NULL):
            return self.fail(None, UnknownCommand(words(args, argc)))
        entry = <CommandEntry>entry_pointer
        if unlikely(argc < entry.words_min or argc > entry.words_max):
            entry.rejected_ += 1
            return self.fail(None, WrongArity(entry.name))
        if likely(entry.native is not NULL and self.native_tier and not self.call_.state.observed):
            self.call_.store = self.keyspace.stores[c.db_index]
            self.call_.resp = c.resp
            state = entry.native(&self.call_, args, argc, h)
            if likely(state == HANDLED):
                return self.account_native(c, entry, args, argc)
            if state == FAILED:
                entry.failed_ += 1
                self.count_error(self.replies.data + before + 1, self.replies.size - before - 1)
                return self.account(c, entry, args, argc)
        return self.execute_general(c, entry, args, argc)

    cdef int execute_gated(self, Client c, PyObject* entry_pointer, Arg* args, int argc) except -1:
        """Let the gate judge, then run the general handler if it says so."""
        cdef CommandEntry entry = None
        if (c.flags & GATED) == F_IN_MULTI and self.flags == 0 and c.queue is not None and entry_pointer is not NULL:
            entry = <CommandEntry>entry_pointer
            if entry.queues and entry.words_min <= argc <= entry.words_max:
                c.queue.append((entry, words(args, argc)))
                if entry.native is NULL and not entry.flags & DATA_FLAGS:
                    c.queue_is_plain = False
                c.last_command = entry
                output_put(&self.replies, b"+QUEUED\r\n", 9)
                return 0
        self.begin_command(c)
        self.current_args = args
        self.current_argc = argc
        try:
            if entry_pointer is not NULL:
                entry = <CommandEntry>entry_pointer
                if entry.subcommands is not None and argc > 1:
                    entry = entry.subcommands.get(args[1].data[:args[1].size].lower(), entry)
            verdict = self.gate(c, entry, words(args, argc)) if self.gate is not None else THE_PROCEED
            if verdict is not THE_PROCEED:
                encode(&self.replies, verdict, c.resp)
                return 0
        except CommandError as error:
            if entry is not None:
                entry.rejected_ += 1
            self.replies.size = self.command_start
            return self.fail(None, error)
        finally:
            self.executing = False
        if entry_pointer is NULL:
            return self.fail(None, UnknownCommand(words(args, argc)))
        entry = <CommandEntry>entry_pointer
        if argc < entry.words_min or argc > entry.words_max:
            entry.rejected_ += 1
            return self.fail(None, WrongArity(entry.name))
        self.call_.state.no_touch = c.flags & F_NO_TOUCH and entry.name != b"touch"
        try:
            self.execute_general(c, entry, args, argc)
        finally:
            self.call_.state.no_touch = False
        return 0

    cdef void begin_command(self, Client c) noexcept:
        self.executing = True
        self.command_start = self.replies.size
        self.context.client = c

    cdef int execute_general(self, Client c, CommandEntry entry, Arg* args, int argc) except -1:
        """Run a command through its handler and encode what it returns."""
        self.account_group()
        self.begin_command(c)
        self.current_argv = None
        try:
            if entry.subcommands is not None:
                entry = self.leaf(entry, args, argc)
            encode(&self.replies, self.invoke(c, entry, args, argc), c.resp)
        except CommandError as error:
            self.replies.size = self.command_start
            self.fail(entry, error)
        except MemoryError:
            self.replies.size = self.command_start
            self.fail(entry, CommandError("OOM command not allowed: the system is out of memory"))
        except Exception as error:
            self.replies.size = self.command_start
            self.fail(entry, CommandError("ERR internal error, see the log"))
            if self.on_failure is not None:
                self.on_failure(c, entry, error)
        finally:
            self.executing = False
        return self.account(c, entry, args, argc)

    cdef CommandEntry leaf(self, CommandEntry entry, Arg* args, int argc):
        """The sub-command that the arguments name; raises UnknownSubcommand, WrongArity."""
        cdef CommandEntry sub
        if argc < 2:
            if entry.handler is None:
                raise WrongArity(entry.name)
            return entry
        word = args[1].data[:args[1].size]
        sub = entry.subcommands.get(word.lower())
        if sub is None:
            entry.rejected_ += 1
            raise UnknownSubcommand(entry.name, word)
        if argc < sub.words_min or argc > sub.words_max:
            sub.rejected_ += 1
            raise WrongArity(sub.name)
        return sub

    cdef object invoke(self, Client c, CommandEntry entry, Arg* args, int argc):
        """Call the handler with arguments converted by the entry's spec."""
        cdef Context context = self.context
        cdef int first = 2 if entry.parent is not None else 1
        cdef int count = argc - first
        cdef int i
        cdef PyObject* stack[STACK_ARGS + 1]
        cdef list held
        context.db = <Database>self.keyspace.databases[c.db_index]
        context.resp = c.resp
        context.command = entry
        self.current_args = args
        self.current_argc = argc
        held = converted(entry.spec, args + first, count)
        if count > STACK_ARGS:
            return entry.handler(context, *held)
        stack[0] = <PyObject*>context
        for i in range(count):
            stack[i + 1] = <PyObject*>held[i]
        return PyObject_Vectorcall(entry.handler, stack, count + 1, NULL)

    def argv(self) -> list:
        """All words of the command that is running."""
        if self.current_argv is not None:
            return self.current_argv
        return words(self.current_args, self.current_argc)

    def call(self, Client c not None, CommandEntry entry not None, list argv not None) -> object:
        """Run one command inside another (EXEC, scripts); returns the handler's value, raises CommandError."""
        cdef int argc = <int>len(argv), i
        cdef Arg* args = <Arg*>malloc((argc + 1) * sizeof(Arg))
        cdef uint64_t began = monotonic_ns(), took
        cdef list outer_argv = self.current_argv
        cdef Arg* outer_args = self.current_args
        cdef int outer_argc = self.current_argc
        cdef CommandEntry outer_command = self.context.command
        cdef Client outer_client = self.context.client
        if args is NULL:
            raise MemoryError
        self.context.client = c
        try:
            for i in range(argc):
                args[i].data = PyBytes_AS_STRING(<bytes>argv[i])
                args[i].size = PyBytes_GET_SIZE(<bytes>argv[i])
            self.current_argv = argv
            if argc < entry.words_min or argc > entry.words_max:
                entry.rejected_ += 1
                raise WrongArity(entry.name)
            if entry.subcommands is not None and entry.parent is None:
                entry = self.leaf(entry, args, argc)
            try:
                value = self.invoke(c, entry, args, argc)
            except CommandError as error:
                entry.failed_ += 1
                self.count_error(error.wire, len(error.wire))
                raise
            finally:
                took = monotonic_ns() - began
                if not c.flags & F_BLOCKED:
                    entry.account(took)
                if self.slow_ns >= 0 and took >= <uint64_t>self.slow_ns and self.on_slow is not None:
                    self.on_slow(c, entry, argv, took // 1000)
        finally:
            free(args)
            self.current_argv = outer_argv
            self.current_args = outer_args
            self.current_argc = outer_argc
            # A command that waited runs in the name of its own client, possibly between two of another's.
            self.context.client = c if outer_client is None else outer_client
            self.context.command = outer_command
            self.context.db = <Database>self.keyspace.databases[self.context.client.db_index]
        return value

    def run_queue(self, Client c not None, list queue not None) -> object:
        """Run the commands of a transaction, (entry, argv) each; their replies encoded as one array, errors included.

        Native functions write straight into the shared replies; the rest goes through `call`. None, and nothing has
        run, if the client or the node is in a rare state, or one of the commands might bring it into one.
        """
        # From the start of EXEC's reply: what was answered before it may be sent, and leave the buffer, meanwhile.
        cdef size_t before = self.replies.size - self.command_start
        cdef CommandEntry entry
        cdef uint64_t began
        if not c.queue_is_plain or self.flags or (c.flags & GATED) != F_IN_MULTI or c.flags & STOPPED:
            return None
        output_prefixed(&self.replies, 42, len(queue))
        for entry, argv in queue:
            began = monotonic_ns()
            if not self.run_natively(c, entry, argv, began):
                try:
                    value = self.call(c, entry, argv)
                except Exception as error:
                    value = self.failure(c, entry, error)
                encode(&self.replies, value, c.resp)
        before += self.command_start
        reply = Encoded(PyBytes_FromStringAndSize(self.replies.data + before, self.replies.size - before))
        self.replies.size = before
        return reply

    def failure(self, Client c not None, CommandEntry entry not None, object error) -> object:
        """The reply of a command that failed inside another; our own mistake is reported, and the rest goes on."""
        if isinstance(error, CommandError):
            return error
        if self.on_failure is not None:
            self.on_failure(c, entry, error)
        return CommandError("ERR internal error, see the log")

    cdef bint run_natively(self, Client c, CommandEntry entry, list argv, uint64_t began) except -1:
        """Run a command through its native function, if it has one for this form."""
        cdef Arg args[NATIVE_ARGS]
        cdef int argc = <int>len(argv), i, state
        cdef size_t before = self.replies.size
        cdef Store* store = self.keyspace.stores[c.db_index]
        if entry.native is NULL or not self.native_tier or self.call_.state.observed or argc > NATIVE_ARGS:
            return False
        for i in range(argc):
            args[i].data = PyBytes_AS_STRING(<bytes>argv[i])
            args[i].size = PyBytes_GET_SIZE(<bytes>argv[i])
        self.call_.store = store
        self.call_.resp = c.resp
        state = entry.native(
            &self.call_, args, argc, table_hash(&store.table, args[1].data, args[1].size) if argc > 1 else 0)
        if state == NEED_GENERAL:
            return False
        began = monotonic_ns() - began
        entry.account(began)
        if unlikely(self.slow_ns >= 0 and began >= <uint64_t>self.slow_ns and self.on_slow is not None):
            self.on_slow(c, entry, argv, began // 1000)
        if state == FAILED:
            entry.failed_ += 1
            self.count_error(self.replies.data + before + 1, self.replies.size - before - 1)
        return True

    # ---- errors and statistics

    cdef int fail(self, CommandEntry entry, object error) except -1:
        """Append an error reply and count it."""
        cdef bytes wire = error.wire
        encode_error(&self.replies, wire)
        if entry is not None:
            entry.failed_ += 1
        return self.count_error(PyBytes_AS_STRING(wire), PyBytes_GET_SIZE(wire))

    cdef int count_error(self, const char* text, size_t size) except -1:
        """Count an error by its first word, as INFO errorstats shows."""
        cdef size_t n = 0
        while n < size and text[n] != 32 and text[n] != 13:
            n += 1
        code = text[:n]
        if code in self.error_counts or len(self.error_counts) < ERROR_KINDS_MAX:
            self.error_counts[code] = self.error_counts.get(code, 0) + 1
        return 0

    cdef int account_native(self, Client c, CommandEntry entry, Arg* args, int argc) except -1:
        """Account for a native command: small ones in groups, unless the slow log asks about microseconds."""
        c.last_command = entry
        if unlikely(argc > GROUP_ARGS or self.slow_ns < GROUP_SLOW_NS or self.replies.size > GROUP_REPLY_BYTES):
            self.account_group()
            return self.account(c, entry, args, argc)
        self.group[self.group_count] = <PyObject*>entry
        self.group_count += 1
        return self.account_group() if self.group_count == GROUP_MAX else 0

    cdef int account_group(self) except -1:
        """Read the clock for the commands of a group, and share its time among them."""
        cdef uint64_t now, each
        cdef int i, count = self.group_count
        if count == 0:
            return 0
        self.group_count = 0
        now = monotonic_ns()
        each = (now - self.last_ns) // count
        self.last_ns = now
        for i in range(count):
            (<CommandEntry>self.group[i]).account(each)
        return 0

    cdef int account(self, Client c, CommandEntry entry, Arg* args, int argc) except -1:
        """Time the command: the end of one is the start of the next."""
        cdef uint64_t now, took
        now = monotonic_ns()
        took = now - self.last_ns
        self.last_ns = now
        c.last_command = entry
        # A command that waits is counted when it is done.
        if likely(not c.flags & F_BLOCKED):
            entry.account(took)
        if unlikely(self.slow_ns >= 0 and took >= <uint64_t>self.slow_ns):
            if self.on_slow is not None:
                self.on_slow(c, entry, words(args, argc), took // 1000)
        if unlikely(took > SLOW_CLOCK_NS and self.real_clock):
            self.keyspace.now_ms = wall_ms()
        return 0


cdef list words(Arg* args, int argc):
    """Arguments as bytes objects."""
    cdef int i
    return [PyBytes_FromStringAndSize(args[i].data, args[i].size) for i in range(argc)]


cdef list converted(bytes spec, Arg* args, int count):
    """Arguments as the handler declared them; raises NotInteger, NotFloat."""
    cdef Py_ssize_t known = PyBytes_GET_SIZE(spec)
    cdef const char* letters = PyBytes_AS_STRING(spec)
    cdef int i
    cdef int64_t number
    cdef char letter
    cdef list result = []
    for i in range(count):
        letter = letters[i] if i < known else letters[known - 1]
        if letter == 98 or letter == 66:
            result.append(PyBytes_FromStringAndSize(args[i].data, args[i].size))
        elif letter == 105 or letter == 73:
            if not parse_integer(args[i].data, args[i].size, &number):
                raise NotInteger
            result.append(number)
        else:
            result.append(parse_float(args[i].data[:args[i].size]))
    return result


def parse_float(bytes text not None) -> float:
    """A double as Redis reads one: no blanks, no underscores, no nan."""
    if not text or text != text.strip() or b"_" in text:
        raise NotFloat
    try:
        value = float(text)
    except ValueError:
        try:
            value = float.fromhex(text.decode("ascii")) if text.lower().lstrip(b"+-").startswith(b"0x") else None
        except (ValueError, OverflowError, UnicodeDecodeError):
            value = None
    if value is None or value != value:
        raise NotFloat
    return value
