"""Job files as gzip, as other programs write it, and damaged."""

import gzip
import struct
import zlib
from collections.abc import Callable
from random import Random

from tests.fuzz.harm import flipped, place_in, truncated


def squeezed(rng: Random, content: bytes) -> bytes:
    """As gzip, mostly whole: of several members, with names in its header, padded, or damaged."""
    middle = place_in(rng, content)
    whole = gzip.compress(content, 1, mtime=0)
    forms: tuple[Callable[[], bytes], ...] = (
        lambda: whole,
        lambda: whole,
        lambda: gzip.compress(content[:middle], 1, mtime=0) + gzip.compress(content[middle:], 1, mtime=0),
        lambda: _member(content, rng.randrange(32)),
        lambda: whole + b"\0" * rng.choice((1, 512)),
        lambda: whole + rng.choice((b"\n", b"\x1f\x8b", b"\0x", b"\0" + whole, gzip.compress(b"", mtime=0))),
        lambda: flipped(rng, whole),
        lambda: flipped(rng, whole),
        lambda: truncated(rng, whole),
        lambda: content,
    )
    return rng.choice(forms)()


def _member(content: bytes, flags: int) -> bytes:
    """A member by hand: bits of RFC 1952 for a check sum of the header, extra bytes, name, comment."""
    head = b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\0\xff"
    head += b"\x03\0abc" if flags & 4 else b""
    head += b"name\0" if flags & 8 else b""
    head += b"\0" if flags & 16 else b""
    head += struct.pack("<H", zlib.crc32(head) & 0xFFFF) if flags & 2 else b""
    deflate = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = deflate.compress(content) + deflate.flush()
    return head + body + struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)
