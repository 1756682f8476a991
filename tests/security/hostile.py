"""A tenant that means harm: a server on loopback, in a thread, whose replies a test makes to the byte."""

import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Self, TypeAlias
from urllib.parse import unquote, urlsplit

HEAD_MAX: Final = 256 * 1024
_RECEIVED_MAX: Final = 65_536
_TLS_HELLO: Final = b"\x16"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as its bytes arrived; header names are lower case, a repeated one is a list of values."""

    line: str
    headers: Mapping[str, list[str]]
    body: bytes

    @property
    def method(self) -> str:
        """GET, POST or PUT."""
        return self.line.split(" ", 1)[0]

    @property
    def target(self) -> str:
        """Path and query, raw."""
        return self.line.split(" ")[1]

    @property
    def path(self) -> str:
        """The path alone, raw."""
        return urlsplit(self.target).path

    def header(self, name: str) -> str:
        """The first value of a header, "" where it is absent."""
        return next(iter(self.headers.get(name, [])), "")

    @property
    def segment(self) -> str:
        """What stands for the target's id in `/v1/<kind>/<id>` or `/v1/<kind>/<id>/<verb>`."""
        parts = self.path.split("/")
        return unquote(parts[3]) if len(parts) > 3 else ""


Answer: TypeAlias = Callable[[Asked], bytes]


def said(document: object, status: int = 200, **headers: str) -> bytes:
    """A whole JSON reply; `_` in a header's name is `-`."""
    return raw(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"), status, **headers)


def raw(body: bytes, status: int = 200, **headers: str) -> bytes:
    """A whole reply with any body; `Content-Type` is JSON unless it is given."""
    named = {"Content_Type": "application/json", **headers}
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in named.items()]
    return "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n" + body


def refusal(code: object, message: object, status: int = 400, **headers: str) -> bytes:
    """Zuora's own form of a refusal."""
    body = {"success": False, "processId": "P1", "reasons": [{"code": code, "message": message}]}
    return said(body, status, **headers)


def grant(token: str, scope: str = "tenant.4711 user.u7") -> bytes:
    """A token."""
    return said({"access_token": token, "token_type": "bearer", "expires_in": 3600, "scope": scope})


@dataclass
class Tenant:
    """Serves until the block ends; `asked` holds every request but those for tokens, in order of arrival."""

    answer: Answer
    answer_token: Answer
    tls: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)
    token_asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    received: bytearray = field(default_factory=bytearray)

    def __enter__(self) -> Self:
        tenant = self

        class Connection(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                tenant.serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Connection)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_how: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def origin(self) -> str:
        """Its address."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        """One connection, until it ends."""
        self.connections += 1
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError, ValueError):
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            elif connection.recv(1, socket.MSG_PEEK) == _TLS_HELLO:
                connection.sendall(raw(b"this is plain HTTP", 400))
                return
            stream = connection.makefile("rb")
            while (asked := self._read(stream.readline, stream.read)) is not None:
                is_token = asked.path == "/oauth/token"
                (self.token_asked if is_token else self.asked).append(asked)
                reply = (self.answer_token if is_token else self.answer)(asked)
                connection.sendall(reply)
                if not reply:
                    break
        with suppress(OSError):
            connection.close()

    def _read(self, readline: Callable[[int], bytes], read: Callable[[int], bytes]) -> Asked | None:
        line = self._kept(readline(HEAD_MAX))
        headers: dict[str, list[str]] = {}
        while (each := self._kept(readline(HEAD_MAX))) not in (b"\r\n", b""):
            name, _, value = each.decode("latin-1").rstrip("\r\n").partition(":")
            headers.setdefault(name.lower(), []).append(value.strip(" "))
        if not line.endswith(b"\r\n"):
            return None
        body = self._kept(read(int(headers.get("content-length", ["0"])[0])))
        return Asked(line.decode("latin-1").removesuffix("\r\n"), headers, body)

    def _kept(self, piece: bytes) -> bytes:
        """The first of what was received, to the byte: also what never became a request."""
        if len(self.received) < _RECEIVED_MAX:
            self.received += piece
        return piece
