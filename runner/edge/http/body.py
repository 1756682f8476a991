"""Reading a reply's body: whole or not at all, and never more than a bound.

300 kB of gzip became 613 MiB in aiohttp's own hands (failure model, finding 11), so it inflates nothing.
"""

import zlib
from collections.abc import Sequence
from typing import Final

import aiohttp

BODY_BYTES_MAX: Final = 4 * 1024 * 1024
"""The most that a reply may hold, on the wire and inflated: 4 MiB (failure model 3.C)."""

MEMBERS_MAX: Final = 64
"""Parts of one gzip: what follows a part is copied, so that 200,000 empty ones would take half a minute."""

_GZIP: Final = 16 + zlib.MAX_WBITS
_EMPTY: Final = frozenset({204, 304})


class ReplyFault(Exception):
    """A reply that is not whole, or not one that we read; the message says why and quotes nothing of it."""


async def read_body(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, inflated.

    Raises:
        ReplyFault: it is longer than 4 MiB, or its encoding is unasked for, broken or not finished.
    """
    if response.status == 101:  # noqa: PLR2004 - Switching Protocols: what follows is no reply to us
        raise ReplyFault("the server switched protocols without being asked")
    declared = response.content_length
    if declared is not None and declared > BODY_BYTES_MAX and response.status not in _EMPTY:
        raise ReplyFault(f"the reply is larger than {BODY_BYTES_MAX} bytes")
    pieces: list[bytes] = []
    size = 0
    while piece := await response.content.readany():
        pieces.append(piece)
        size += len(piece)
        if size > BODY_BYTES_MAX:
            raise ReplyFault(f"the reply is larger than {BODY_BYTES_MAX} bytes")
    return decoded(b"".join(pieces), response.headers.getall("Content-Encoding", ()))


def is_unmeasured(response: aiohttp.ClientResponse) -> bool:
    """Whether a reply says nothing of its length, so that it ends where its connection does."""
    transfer = response.headers.get("Transfer-Encoding", "")
    return response.content_length is None and "chunked" not in transfer.lower()


def decoded(body: bytes, encodings: Sequence[str]) -> bytes:
    """The body without its content encoding: none or gzip, since nothing else was asked for."""
    names = [name for line in encodings for part in line.split(",") if (name := part.strip().lower())]
    if not body or not names or names == ["identity"]:
        return body
    if names not in (["gzip"], ["x-gzip"]):
        raise ReplyFault("the reply is encoded in a way that was not asked for")
    return inflate(body, BODY_BYTES_MAX)


def inflate(body: bytes, bytes_max: int) -> bytes:
    """Inflate gzip (one member or several), in memory bounded by `bytes_max`.

    Raises:
        ReplyFault: more than `bytes_max` would come out; or it is broken, too short or in too many parts.
    """
    pieces: list[bytes] = []
    room = bytes_max
    while body:
        if len(pieces) == MEMBERS_MAX:
            raise ReplyFault(f"the reply's gzip has more than {MEMBERS_MAX} parts")
        member = zlib.decompressobj(_GZIP)
        try:
            piece = member.decompress(body, room + 1)
        except zlib.error:
            raise ReplyFault("the reply is not the gzip that it says it is") from None
        if len(piece) > room:
            raise ReplyFault(f"the reply inflates to more than {bytes_max} bytes")
        if not member.eof:
            raise ReplyFault("the reply's gzip ends too soon")
        pieces.append(piece)
        room -= len(piece)
        body = member.unused_data
    return b"".join(pieces)
