"""gzip, decompressed as it is read: bounded memory, all members, nothing behind them."""

import zlib
from collections.abc import Iterator
from typing import Final

from runner.edge.jobfile.origin import BLOCK_BYTES
from runner.edge.jobfile.stop import ReadingStopped

_GZIP_ONLY: Final = 16 + zlib.MAX_WBITS


def gunzipped(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress gzip members that follow each other, in blocks of at most 64 KiB; raises `ReadingStopped`.

    Zeros behind the last member are padding (tapes, `dd`); anything else there is refused. The check sums are
    checked.
    """
    member = _Member()
    for block in blocks:
        rest = block
        while True:
            if member.has_ended:
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                member = _Member()
            inflated, rest = member.inflate(rest)
            if inflated:
                yield inflated
            # Text that zlib still keeps comes with the next input: the check sum behind it, if nothing else.
            if not rest:
                break
    if not member.has_ended:
        raise ReadingStopped(0, "the gzip file ends too early; it was cut off: copy it anew")


class _Member:
    """One gzip member, from its header to its check sum."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=_GZIP_ONLY)

    @property
    def has_ended(self) -> bool:
        return self._zlib.eof

    def inflate(self, compressed: bytes) -> tuple[bytes, bytes]:
        """At most 64 KiB of text, and the input that is left: for this member, or behind it."""
        try:
            inflated = self._zlib.decompress(compressed, BLOCK_BYTES)
        except zlib.error as fault:
            why = str(fault).rpartition(": ")[2]
            raise ReadingStopped(
                0,
                f"not a whole gzip file ({why}); copy it anew, or take .gz off its name if it is plain text",
            ) from None
        return inflated, self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail
