"""Why no connection came about, in words for a person and with the cause that decides what happens next."""

import ssl

import aiohttp

from runner.core.wire import NotSent, NotSentCause

_SERVER_ERROR = 500


def not_sent(error: Exception, host: str) -> NotSent:
    """Translate an error of connecting to `host`.

    A certificate that is refused and a proxy that says no do not get better by waiting (TLS, PROXY: the run
    stops); a name that is not found, a refused, stalled or broken connection may (CONNECT: the lane waits).
    """
    match error:
        case aiohttp.ClientConnectorCertificateError():
            reason = getattr(error.certificate_error, "verify_message", "") or "not valid"
            return NotSent(NotSentCause.TLS, f"the certificate of {host} is refused: {reason}")
        case aiohttp.ClientConnectorSSLError():
            return _tls(error, host)
        case aiohttp.ClientHttpProxyError():
            return _proxy(error.status, host)
        case aiohttp.ClientConnectorDNSError():
            detail = f"the host name {host} (or its proxy's) is not found: {_reason(error.os_error)}"
        case aiohttp.ClientProxyConnectionError():
            detail = f"no connection to the proxy for {host}: {_reason(error.os_error)}"
        case aiohttp.ClientConnectorError():
            detail = f"no connection to {host}: {_reason(error.os_error)}"
        case TimeoutError():
            detail = f"no connection to {host} in time"
        case _:
            detail = f"no connection to {host}: {type(error).__name__}"
    return NotSent(NotSentCause.CONNECT, detail)


def _tls(wrapped: Exception, host: str) -> NotSent:
    error = getattr(wrapped, "os_error", wrapped)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return NotSent(NotSentCause.CONNECT, f"{host} closed the connection while TLS was being set up")
    reason = getattr(error, "reason", None) or type(error).__name__
    return NotSent(NotSentCause.TLS, f"no TLS connection to {host}: {reason}")


def _proxy(status: int, host: str) -> NotSent:
    if status >= _SERVER_ERROR:  # the proxy itself cannot reach the host just now
        return NotSent(NotSentCause.CONNECT, f"the proxy has no connection to {host}: HTTP {status}")
    return NotSent(NotSentCause.PROXY, f"the proxy refuses a connection to {host}: HTTP {status}")


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__)[:200]
