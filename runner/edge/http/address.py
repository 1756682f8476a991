"""What may leave: the exact path that was asked for, and headers that cannot grow further headers."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from yarl import URL

from runner.core.wire import Request


class RequestRefused(ValueError):
    """A request that is not sent, since what would leave is not what was asked for: a fault of the program.

    Row data is judged by its grammar long before (operations); this is the last look at the door.
    """


def target_of(origin: str, path: str) -> URL:
    """The URL whose raw path and query are `path`, byte for byte.

    Put into a URL as text, `../../v1/accounts/A1`, `x?y` and `a#x` made clients call other endpoints
    (failure model, finding 10), so: no dot segments, no empty ones, no fragment, nothing to be quoted.

    Raises:
        RequestRefused: the path is not one that can be sent as it stands.
    """
    segments = path.partition("?")[0].split("/")[1:]
    if not _PATH.fullmatch(path) or any(unquote(segment) in _UNSAFE_SEGMENTS for segment in segments):
        raise RequestRefused(f"the path {path[:200]!a} is not one that is sent as it stands")
    url = URL(origin + path, encoded=True)
    if url.raw_path_qs != path or url.raw_fragment or url.origin() != URL(origin).origin():
        raise RequestRefused(f"the path {path[:200]!a} would be sent as {str(url)[:200]!a}")
    return url


def headers_of(request: Request, common: Mapping[str, str]) -> dict[str, str]:
    """The request's own headers over the common ones; `Content-Type: application/json` where a body has none.

    Raises:
        RequestRefused: a name or value that is not plain printable ASCII, or a header that is ours to set.
    """
    headers = dict(common)
    for name, value in request.headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise RequestRefused(f"the header {name[:80]!a} is not plain printable ASCII")
        if name.lower() in _OURS:
            raise RequestRefused(f"the header {name} is set by the transport alone")
        headers[name.title()] = value
    if request.body:
        headers.setdefault("Content-Type", "application/json")
    return headers


_PATH: Final = re.compile(r"/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?\[\]]|%[0-9A-Fa-f]{2})*")
_UNSAFE_SEGMENTS: Final = frozenset({"", ".", ".."})
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")
_VALUE: Final = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")
_OURS: Final = frozenset(
    {
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "cookie",
        "expect",
        "host",
        "proxy-authorization",
        "te",
        "transfer-encoding",
        "upgrade",
    }
)
