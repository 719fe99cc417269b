"""Many texts and many networks held small: a million names in some thirty megabytes, found in microseconds."""

import ipaddress
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from zlib import crc32

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Texts:
    """A set of texts as one run of bytes in order, and where each ends.

    Most of what is asked is not there: one bit of sixteen for each text says so at once.
    """

    __slots__ = ("_bits", "_bytes", "_ends", "_mask")

    def __init__(self, texts: Iterable[str]) -> None:
        ordered = [text.encode() for text in sorted(texts)]
        self._ends = array("Q", accumulate(map(len, ordered), initial=0))
        self._bytes = b"".join(ordered)
        self._mask = (1 << max(7, (16 * len(ordered)).bit_length())) - 1
        self._bits = bytearray(self._mask // 8 + 1)
        for text in ordered:
            place = crc32(text) & self._mask
            self._bits[place >> 3] |= 1 << (place & 7)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __contains__(self, text: str) -> bool:
        wanted = text.encode()
        place = crc32(wanted) & self._mask
        if not self._bits[place >> 3] >> (place & 7) & 1:
            return False
        at = self._place(wanted)
        return at < len(self) and self._at(at) == wanted

    def beginning_with(self, prefix: str) -> Iterator[str]:
        """The texts that begin so, in order."""
        wanted = prefix.encode()
        for at in range(self._place(wanted), len(self)):
            found = self._at(at)
            if not found.startswith(wanted):
                return
            yield found.decode()

    def _place(self, wanted: bytes) -> int:
        # The order of UTF-8 bytes is that of the characters.
        return bisect_left(range(len(self)), wanted, key=self._at)

    def _at(self, nth: int) -> bytes:
        return self._bytes[self._ends[nth] : self._ends[nth + 1]]


class Networks:
    """Networks of both families; each length of prefix is a sorted row of its own."""

    __slots__ = ("_rows",)

    def __init__(self, starts: Mapping[tuple[int, int], Iterable[int]]) -> None:
        """By (family, length of the prefix): the first address of each network, as a number."""
        self._rows: dict[tuple[int, int], Sequence[int]] = {}
        # The longest prefix first: it says most.
        for key in sorted(starts, key=lambda key: -key[1]):
            ordered = sorted(set(starts[key]))
            self._rows[key] = array("L", ordered) if key[0] == 4 else ordered

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    def around(self, address: Address) -> str:
        """The narrowest network that holds the address; empty where none does."""
        number, bits = int(address), address.max_prefixlen
        for (family, length), row in self._rows.items():
            if family == address.version:
                start = number >> (bits - length) << (bits - length)
                at = bisect_left(row, start)
                if at < len(row) and row[at] == start:
                    first = type(address)(start)
                    return str(first) if length == bits else f"{first}/{length}"
        return ""
