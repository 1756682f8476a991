"""Bugs of the HTTP client."""

import aiohttp

from runner.edge.http import connector


def transport_retry_on() -> None:
    """The client sends PUT, GET and DELETE again when a connection drops, as aiohttp does by itself."""

    async def connect(self, req, traces, timeout):  # noqa: ASYNC109 - aiohttp's own signature
        connection = await aiohttp.TCPConnector.connect(self, req, traces, timeout)
        connector.PROGRESS.get().connected(connection)
        return connection

    connector.Connector.connect = connect
    asked = aiohttp.ClientSession._request

    async def request(self, *arguments, **options):
        self._retry_connection = True
        return await asked(self, *arguments, **options)

    aiohttp.ClientSession._request = request


def follow_redirects() -> None:
    """The client follows redirects, as aiohttp does by itself."""
    asked = aiohttp.ClientSession._request

    async def request(self, *arguments, **options):
        return await asked(self, *arguments, **{**options, "allow_redirects": True})

    aiohttp.ClientSession._request = request
