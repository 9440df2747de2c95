"""Bitmaps and HyperLogLogs as plainly as they can be said."""

from __future__ import annotations

REGISTERS = 16384
_MASK = (1 << 64) - 1
_MULTIPLIER = 0xC6A4A7935BD1E995


def bits_of(data: bytes) -> list[int]:
    """Every bit, the highest of each byte first."""
    return [byte >> (7 - at) & 1 for byte in data for at in range(8)]


def bytes_of(bits: list[int]) -> bytes:
    """The reverse of `bits_of`."""
    return bytes(sum(bit << (7 - at) for at, bit in enumerate(bits[i : i + 8])) for i in range(0, len(bits), 8))


def cut(size: int, start: int, end: int) -> range:
    """An inclusive range, negative from the end, as indexes that exist."""
    start = max(start + size if start < 0 else start, 0)
    end = min(max(end + size if end < 0 else end, 0), size - 1)
    return range(start, end + 1)


def joined(operation: bytes, sources: list[bytes]) -> bytes:
    """BITOP."""
    size = max(map(len, sources))
    result, *others = (int.from_bytes(source.ljust(size, b"\x00"), "big") for source in sources)
    for other in others:
        result = {b"AND": result & other, b"OR": result | other, b"XOR": result ^ other}[operation]
    return (result if operation != b"NOT" else result ^ ((1 << 8 * size) - 1)).to_bytes(size, "big")


class Fields:
    """BITFIELD on a list of bits."""

    def __init__(self, data: bytes) -> None:
        self.bits = bits_of(data)

    def read(self, is_signed: bool, width: int, offset: int) -> int:
        """A field; zeros beyond the end."""
        bits = (self.bits + [0] * (offset + width))[offset : offset + width]
        value = int("".join(map(str, bits)), 2)
        return value - (1 << width) if is_signed and bits[0] else value

    def write(self, width: int, offset: int, value: int) -> None:
        """Write the lowest bits of a number, whole bytes being added as needed."""
        missing = -(-(offset + width) // 8) * 8 - len(self.bits)
        self.bits += [0] * missing
        self.bits[offset : offset + width] = [int(bit) for bit in f"{value % (1 << width):0{width}b}"]


def fitted(value: int, is_signed: bool, width: int, overflow: bytes, is_given: bool) -> int | None:
    """What a field makes of a number, given or a sum."""
    lowest, highest = (-(1 << width - 1), (1 << width - 1) - 1) if is_signed else (0, (1 << width) - 1)
    if lowest <= value <= highest:
        return value
    if overflow == b"SAT":
        # Redis subtracts in 64 bits: a number given that is too far below is taken for one too large.
        is_far = is_given and highest - value >= 1 << 63
        return highest if is_far else min(max(value, lowest), highest)
    return None if overflow == b"FAIL" else (value - lowest) % (1 << width) + lowest


def murmur64a(text: bytes, seed: int) -> int:
    """MurmurHash64A."""
    value = seed ^ (len(text) * _MULTIPLIER & _MASK)
    whole = len(text) // 8 * 8
    for at in range(0, whole, 8):
        word = int.from_bytes(text[at : at + 8], "little") * _MULTIPLIER & _MASK
        word = (word ^ word >> 47) * _MULTIPLIER & _MASK
        value = (value ^ word) * _MULTIPLIER & _MASK
    if text[whole:]:
        value = (value ^ int.from_bytes(text[whole:], "little")) * _MULTIPLIER & _MASK
    value = (value ^ value >> 47) * _MULTIPLIER & _MASK
    return value ^ value >> 47


class Sketch:
    """The registers of a HyperLogLog."""

    def __init__(self) -> None:
        self.registers = [0] * REGISTERS

    def add(self, element: bytes) -> bool:
        """Add an element; whether a register was raised."""
        value = murmur64a(element, 0xADC83B19)
        register, rest = value % REGISTERS, value // REGISTERS | 1 << 50
        rank = (rest & -rest).bit_length()
        raised = rank > self.registers[register]
        self.registers[register] = max(rank, self.registers[register])
        return raised

    def merge(self, other: Sketch) -> None:
        """Become the union."""
        self.registers = list(map(max, self.registers, other.registers))


def registers_in(data: bytes) -> list[int]:
    """The registers a string in Redis's format holds."""
    assert data[:4] == b"HYLL"
    if data[4] == 0:
        packed = int.from_bytes(data[16:], "little")
        return [packed >> 6 * register & 63 for register in range(REGISTERS)] if len(data) == 12304 else []
    found: list[int] = []
    at = 16
    while at < len(data):
        byte = data[at]
        if byte & 128:
            found += [(byte >> 2 & 31) + 1] * ((byte & 3) + 1)
        elif byte & 64:
            at += 1
            found += [0] * (((byte & 63) << 8 | data[at]) + 1)
        else:
            found += [0] * (byte + 1)
        at += 1
    return found
