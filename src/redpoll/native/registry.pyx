"""The table of commands by name: open addressing on two words of the name, letter case folded."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.ref cimport PyObject
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy
from redpoll.native.bits cimport bytes_equal, load64
from redpoll.native.command_entry cimport CommandEntry
from redpoll.native.hot_table cimport native_function


cdef inline uint64_t folded(uint64_t v) noexcept nogil:
    return v & <uint64_t>0xDFDFDFDFDFDFDFDF


cdef inline void name_words(const char* p, size_t n, uint64_t* head, uint64_t* tail) noexcept nogil:
    """A name in two words, letter case folded: its first and its last eight bytes and its length."""
    cdef uint64_t x = 0
    cdef size_t i
    if n >= 8:
        head[0] = folded(load64(p))
        tail[0] = folded(load64(p + n - 8)) ^ (<uint64_t>n << 57)
        return
    for i in range(n):
        x |= <uint64_t><uint8_t>p[i] << (i * 8)
    head[0] = folded(x)
    tail[0] = n


cdef inline uint32_t name_slot(uint64_t head, uint64_t tail) noexcept nogil:
    return <uint32_t>(((head ^ (tail << 7)) * <uint64_t>0x9E3779B97F4A7C15) >> 53)


cdef inline bint same_name(bytes name, const char* p, size_t n) noexcept:
    """Whole names, letters in either case (the folded words also equate other characters)."""
    cdef const char* q = PyBytes_AS_STRING(name)
    cdef size_t i
    cdef char c
    if <size_t>PyBytes_GET_SIZE(name) != n:
        return False
    for i in range(n):
        c = p[i]
        if 65 <= c <= 90:
            c += 32
        if c != q[i]:
            return False
    return True


cdef class Registry:
    """Commands by name."""

    def __init__(self) -> None:
        self.entries = {}

    def register(self, CommandEntry entry not None, bytes name=None) -> None:
        """Make a command callable under its name, or another; its native function is used if it has one."""
        cdef uint64_t head, tail
        cdef uint32_t i
        cdef bytes known = entry.name if name is None else name.lower()
        entry.native = native_function(entry.name)
        for sub in (entry.subcommands or {}).values():
            (<CommandEntry>sub).parent = entry
        self.last_size = 0
        self.entries[known] = (known, entry)
        name_words(PyBytes_AS_STRING(known), PyBytes_GET_SIZE(known), &head, &tail)
        i = name_slot(head, tail)
        while self.names[i].entry is not NULL:
            i = (i + 1) & (NAME_SLOTS - 1)
        self.names[i].head = head
        self.names[i].tail = tail
        self.names[i].entry = <PyObject*>self.entries[known]

    cdef PyObject* find(self, const char* p, size_t n) noexcept:
        """The entry of a name in any letter case; NULL if there is none."""
        cdef uint64_t head, tail
        cdef uint32_t i
        cdef tuple pair
        if n == self.last_size and bytes_equal(p, self.last_name, n):
            return self.last_entry
        name_words(p, n, &head, &tail)
        i = name_slot(head, tail)
        while self.names[i].entry is not NULL:
            if self.names[i].head == head and self.names[i].tail == tail:
                pair = <tuple>self.names[i].entry
                if same_name(<bytes>pair[0], p, n):
                    if n <= sizeof(self.last_name):
                        memcpy(self.last_name, p, n)
                        self.last_size = n
                        self.last_entry = <PyObject*>pair[1]
                    return <PyObject*>pair[1]
            i = (i + 1) & (NAME_SLOTS - 1)
        return NULL

    def lookup(self, bytes name not None) -> CommandEntry | None:
        """The entry of a command, or of a sub-command written container|sub; letter case does not matter."""
        head, bar, tail = name.lower().partition(b"|")
        found = self.entries.get(head)
        if found is None or not bar:
            return None if found is None else found[1]
        return (found[1].subcommands or {}).get(tail)

    def all_entries(self) -> list:
        """Every registered command, sub-commands not included."""
        return [pair[1] for pair in self.entries.values()]
