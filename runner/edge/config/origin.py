"""Addresses: scheme, host and port, and nothing else; plain HTTP to this machine alone."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit


class OriginFault(ValueError):
    """The address is not one that we send to; the message says what was expected, and does not quote it."""


def origin_of(base_url: str) -> str:
    """Scheme, host and port of an address in one spelling: lower case, no default port, no slash at its end.

    Raises:
        OriginFault: it is not `https://HOST[:PORT]`, or it is `http://` to another machine.
    """
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        raise OriginFault("expected an address of the form https://HOST") from None
    scheme, host = parts.scheme, (parts.hostname or "").lower()
    if scheme not in ("https", "http") or not _is_host(host):
        raise OriginFault("expected an address of the form https://HOST, in plain ASCII")
    if _has_more(parts) or "?" in base_url or "#" in base_url:
        raise OriginFault("expected scheme, host and port alone: no user, path or query")
    shown = f"[{host}]" if ":" in host else host
    default = 443 if scheme == "https" else 80
    origin = f"{scheme}://{shown}" if port in (None, default) else f"{scheme}://{shown}:{port}"
    if scheme == "http" and not is_loopback(origin):
        raise OriginFault("expected https://: plain http:// is accepted only to loopback")
    return origin


def is_loopback(origin: str) -> bool:
    """Whether an origin is this machine: `localhost`, 127.0.0.0/8, ::1."""
    host = urlsplit(origin).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _has_more(parts: SplitResult) -> bool:
    return parts.username is not None or parts.password is not None or parts.path not in ("", "/")


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            return ip_address(host).version == _IPV6
        except ValueError:
            return False
    return len(host) <= _HOST_MAX and _HOST.fullmatch(host) is not None


_IPV6: Final = 6
_HOST_MAX: Final = 253
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
