"""How a reply leaves over HTTP: whole, cut off, byte by byte, or as a reset connection."""

import asyncio
import gzip
import socket
import struct
from collections.abc import Mapping
from typing import Final

from aiohttp import web
from multidict import CIMultiDict

from runner.sandbox.answers import Answer
from runner.sandbox.delivery import Cut, Delivery, Dripped, NoConnection, Reset, Whole

GZIP_OVER_BYTES: Final = 1000
"""Replies over this size are compressed where the request accepts it (reference pages, Accept-Encoding)."""
_DRIPS_MAX: Final = 100
_RESET_AT_CLOSE: Final = struct.pack("ii", 1, 0)


async def deliver(request: web.BaseRequest, delivery: Delivery) -> web.StreamResponse:
    """Send what is to arrive; the response is for aiohttp's bookkeeping where the connection is gone."""
    match delivery:
        case Whole(answer):
            return _whole(request.headers, answer)
        case Cut(answer, keep):
            return _cut(request, answer, keep)
        case Dripped(answer, over_s):
            return await _drip(request, answer, over_s)
        case Reset() | NoConnection():
            return _reset(request)


def _whole(headers: Mapping[str, str], answer: Answer) -> web.Response:
    body, sent = answer.body, CIMultiDict(answer.headers)
    wanted = "gzip" in headers.get("Accept-Encoding", "")
    if wanted and len(body) > GZIP_OVER_BYTES and "content-encoding" not in sent:
        body = gzip.compress(body, 1)
        sent["content-encoding"] = "gzip"
    return web.Response(status=answer.status, body=body, headers=sent)


def _cut(request: web.BaseRequest, answer: Answer, keep: int) -> web.Response:
    transport = request.transport
    if transport is not None:
        lines = [
            f"HTTP/1.1 {answer.status} Reply",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
        ]
        head = "\r\n".join([*lines, f"content-length: {len(answer.body)}", "", ""])
        transport.write(head.encode("latin-1") + answer.body[:keep])
        transport.close()
    return web.Response()


async def _drip(request: web.BaseRequest, answer: Answer, over_s: float) -> web.StreamResponse:
    headers = CIMultiDict({**answer.headers, "content-length": str(len(answer.body))})
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    size = max(1, -(-len(answer.body) // _DRIPS_MAX))
    drips = [answer.body[start : start + size] for start in range(0, len(answer.body), size)]
    for drip in drips:
        await asyncio.sleep(over_s / len(drips))
        await response.write(drip)
    await response.write_eof()
    return response


def _reset(request: web.BaseRequest) -> web.Response:
    transport = request.transport
    if transport is not None:
        raw = transport.get_extra_info("socket")
        if raw is not None:
            # Closing with a linger time of 0 sends RST, as a crashed peer or a firewall does.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
        transport.abort()
    return web.Response()
