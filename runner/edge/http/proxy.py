"""The proxy of the environment, for a tenant that asks for it (`proxy = "env"`)."""

from urllib.request import getproxies_environment, proxy_bypass

from yarl import URL

from runner.core.fault import UserFault


def proxy_for(origin: URL) -> URL | None:
    """The proxy that `https_proxy`, `all_proxy` and `no_proxy` name for an origin; None where none is.

    Plain HTTP goes to loopback alone, and never through a proxy. aiohttp's own `trust_env` is not used: it
    reads `.netrc` too.

    Raises:
        UserFault: the proxy is not an `http://` or `https://` URL.
    """
    proxies = getproxies_environment()
    text = proxies.get("https") or proxies.get("all")
    if origin.scheme != "https" or not text or proxy_bypass(origin.raw_host or ""):
        return None
    try:
        proxy = URL(text if "://" in text else f"http://{text}")
    except ValueError:
        proxy = URL()
    if proxy.scheme not in ("http", "https") or not proxy.raw_host:
        # Not quoted: it may hold a password.
        raise UserFault(
            "the proxy in https_proxy (or all_proxy) is not an http:// or https:// URL",
            hint='set https_proxy=http://HOST:PORT, or take proxy = "env" out of the tenant\'s config',
        )
    return proxy
