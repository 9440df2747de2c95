"""Every error a client can see, and its wire text. Level 0: imports nothing of the package."""

from __future__ import annotations


class CommandError(Exception):
    """A mistake of the client: the command is refused and its connection stays usable.

    `wire` is the text after the `-` of a RESP error: a code in capitals, a blank, a sentence.
    """

    text = "ERR"

    def __init__(self, text: str | bytes | None = None) -> None:
        self.wire: bytes = _wire(self.text if text is None else text)
        super().__init__(self.wire.decode("utf-8", "backslashreplace"))

    @property
    def code(self) -> bytes:
        """The first word, as INFO errorstats counts it."""
        return self.wire.split(b" ", 1)[0]


def _wire(text: str | bytes) -> bytes:
    raw = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    # A line break inside an error would end the RESP frame early.
    return raw.replace(b"\r", b" ").replace(b"\n", b" ")


class WrongType(CommandError):
    """The key holds another type than the command needs."""

    text = "WRONGTYPE Operation against a key holding the wrong kind of value"


class NotHyperLogLog(CommandError):
    """The key holds a string that is no HyperLogLog."""

    text = "WRONGTYPE Key is not a valid HyperLogLog string value."


class CorruptHyperLogLog(CommandError):
    """The key holds a HyperLogLog whose registers do not add up."""

    text = "INVALIDOBJ Corrupted HLL object detected"


class SyntaxFault(CommandError):
    """Options that do not fit the command's grammar."""

    text = "ERR syntax error"


class NotInteger(CommandError):
    """An argument or value that must be a 64-bit integer is not."""

    text = "ERR value is not an integer or out of range"


class NotFloat(CommandError):
    """An argument or value that must be a floating point number is not."""

    text = "ERR value is not a valid float"


class NoSuchKey(CommandError):
    """The key that must exist does not."""

    text = "ERR no such key"


class OutOfRange(CommandError):
    """An index outside the collection."""

    text = "ERR index out of range"


class NoAuth(CommandError):
    """The connection must authenticate first."""

    text = "NOAUTH Authentication required."


class ExecAborted(CommandError):
    """EXEC after an error while queueing."""

    text = "EXECABORT Transaction discarded because of previous errors."


class WrongArity(CommandError):
    """Too few or too many arguments."""

    def __init__(self, name: bytes) -> None:
        super().__init__(b"ERR wrong number of arguments for '" + name + b"' command")


class UnknownSubcommand(CommandError):
    """A container command was called with a sub-command it does not have."""

    def __init__(self, container: bytes, subcommand: bytes) -> None:
        super().__init__(b"ERR unknown subcommand '" + subcommand[:128] + b"'. Try " + container.upper() + b" HELP.")


class UnknownCommand(CommandError):
    """No command has this name; the text quotes the first arguments, cut to 128 bytes, as Redis does."""

    def __init__(self, argv: list[bytes]) -> None:
        quoted = b""
        for argument in argv[1:]:
            if len(quoted) >= 128:
                break
            quoted += b"'" + argument[: 128 - len(quoted)] + b"' "
        name = argv[0][:128]
        super().__init__(b"ERR unknown command '" + name + b"', with args beginning with: " + quoted)
