"""A small HTTPS server on 127.0.0.1 for tests; it answers what a function says."""

from __future__ import annotations

import ssl
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hilum_ehealth.testing.issuing import Issued


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back."""

    body: bytes = field(default=b"", repr=False)
    status: int = 200
    content_type: str = "text/xml; charset=utf-8"
    date: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpsServer:
    """Serves on a free port while its context is open, one thread per connection.

    Answers are written in one piece and without Nagle's delay, which would add 40 ms to each.
    """

    def __init__(self, certificate: Issued, answer: Callable[[Request], Reply]) -> None:
        self._server = _Server(("127.0.0.1", 0), _handler(answer))
        self._server.socket = server_context(certificate).wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = f"https://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )

    def __enter__(self) -> HttpsServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def server_context(certificate: Issued) -> ssl.SSLContext:
    """Make a server's TLS settings; the key touches a private file for a moment."""
    from cryptography.hazmat.primitives import serialization as forms

    key = certificate.private_key.private_bytes(
        forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption()
    )
    chain = b"".join(
        each.public_bytes(forms.Encoding.PEM)
        for each in (certificate.certificate, *certificate.chain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        file.touch(0o600)
        file.write_bytes(key + chain)
        context.load_cert_chain(file)
    return context


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that goes away is what many tests are about."""


def _handler(answer: Callable[[Request], Reply]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        wbufsize = -1
        disable_nagle_algorithm = True
        timeout = 10

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(length)
            reply = answer(Request(path=self.path, headers=dict(self.headers), body=body))
            self.send_response_only(reply.status)
            if reply.date is not None:
                self.send_header("Date", format_datetime(reply.date, usegmt=True))
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *arguments: object) -> None:  # the base's
            """Keep tests quiet."""

    return Handler
