"""Posting one SOAP message over verified TLS, within time and size limits.

Exactly the bytes given are sent, once: no retry, no redirect, no compression, no cookie. TLS is
always verified and there is no way to turn that off.
"""

from __future__ import annotations

import http.client
import logging
import ssl
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import SplitResult, urlsplit

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.soap.connect import HTTPS_PORT, ProxyRefused, connect
from hilum_ehealth.soap.deadline import Deadline, DeadlineSocket

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment

log = logging.getLogger(__name__)

CONNECT: Final = timedelta(seconds=5)
"""Limit for name look-up, connection and TLS handshake together."""

TOTAL: Final = timedelta(seconds=30)
"""Limit for the whole exchange."""

MAX_ANSWER: Final = 256 * 1024
"""The largest answer that is read, in bytes."""

VERSION: Final = "0.1.0"
"""This distribution's version; looking it up at run time would cost more than the request."""

USER_AGENT: Final = f"hilum/{VERSION}"
"""One ``name/version`` word, the form that eHealth asks for."""

_TLS_PROBLEMS: Final = {
    9: "not-yet-valid",
    10: "expired",
    18: "untrusted",
    19: "untrusted",
    20: "untrusted",
    21: "untrusted",
    62: "wrong-host",
    64: "wrong-host",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered, unread."""

    endpoint: str
    status: int
    content_type: str
    body: bytes = field(repr=False)
    server_date: datetime | None
    """The server's clock (``Date`` header), for telling a wrong clock here."""


class Poster(Protocol):
    """What sends a message for a service; :class:`Transport`, or a fake in a test."""

    def post(self, url: str, action: str, body: bytes) -> Answer:
        """Send the bytes as they are and return the answer."""
        ...


class Transport:
    """Sends SOAP messages to the services of one environment.

    The anchors are those in the environment's ``tls/`` folder when there are any, else the public
    ones of certifi. *proxy* is the URL of an HTTP proxy (``http://host:port``). One object may be
    used by several threads; it keeps no connection open.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        connect_limit: timedelta = CONNECT,
        total_limit: timedelta = TOTAL,
        proxy: str | None = None,
    ) -> None:
        self._environment = environment
        self._connect_limit = connect_limit.total_seconds()
        self._total_limit = total_limit.total_seconds()
        self._proxy = _proxy(proxy) if proxy else None
        self._context: ssl.SSLContext | None = None

    def post(self, url: str, action: str, body: bytes) -> Answer:
        """Send *body* as a SOAP 1.1 message; *action* is put in quotes.

        Any status is an answer except a redirection. Raises :class:`EhealthError` with
        ``network.unreachable`` (``cause``), ``.timeout`` (``seconds``), ``.tls`` (``problem``),
        ``.redirect`` (``status``), ``.answer-too-large`` (``limit``), ``.not-https``; all have the
        ``endpoint``.
        """
        target = _target(url)
        log.debug("post %s (%s), %d bytes", url, action, len(body))
        try:
            answer = self._exchange(url, target, self._headers(action, len(body)), body)
            log.debug("answer %d, %d bytes", answer.status, len(answer.body))
            return answer
        except ssl.SSLCertVerificationError as error:
            problem = _TLS_PROBLEMS.get(error.verify_code, "untrusted")
            raise EhealthError("network.tls", endpoint=url, problem=problem) from error
        except ssl.SSLEOFError as error:
            raise EhealthError("network.unreachable", endpoint=url, cause="cut") from error
        except ssl.SSLError as error:
            raise EhealthError("network.tls", endpoint=url, problem=_tls_problem(error)) from error
        except http.client.HTTPException as error:
            raise EhealthError("network.unreachable", endpoint=url, cause=_cut(error)) from error
        except OSError as error:
            raise EhealthError("network.unreachable", endpoint=url, cause=_cause(error)) from error

    def _exchange(
        self, url: str, target: SplitResult, headers: dict[str, str], body: bytes
    ) -> Answer:
        whole = Deadline(self._total_limit)
        with ExitStack() as resources:
            try:
                first = Deadline(min(self._connect_limit, self._total_limit))
                raw = connect(target, self._proxy, self._tls(), first)
            except TimeoutError as error:
                raise _timeout(url, self._connect_limit) from error
            resources.enter_context(closing(raw))
            connection = _Connection(DeadlineSocket(raw, whole))
            try:
                connection.request("POST", _path(target), body, {**headers, "Host": _host(target)})
                response = connection.getresponse()
                resources.callback(response.close)
                return _read(url, response)
            except TimeoutError as error:
                raise _timeout(url, self._total_limit) from error

    def _headers(self, action: str, length: int) -> dict[str, str]:
        headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "Content-Length": str(length),
            "SOAPAction": f'"{action}"',
            "User-Agent": USER_AGENT,
            "Connection": "close",
        }
        if self._environment.contact:
            headers["From"] = self._environment.contact
        return headers

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = _context(self._environment)
        return self._context


class _Connection(http.client.HTTPConnection):
    """One request over a connection that exists already; never opens another."""

    auto_open = 0

    def __init__(self, wire: DeadlineSocket) -> None:
        super().__init__("unused")
        self.sock: Any = wire  # which offers all that the class uses


def _context(environment: Environment) -> ssl.SSLContext:
    """Make the only TLS settings there are: verified, host name checked, TLS 1.2 or newer."""
    from hilum_ehealth.trust import TrustStore

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols(["http/1.1"])
    anchors = TrustStore.of(environment).tls_pem()
    if anchors:
        context.load_verify_locations(cadata=anchors)
    else:
        import certifi

        context.load_verify_locations(cafile=certifi.where())
    return context


def _read(url: str, response: http.client.HTTPResponse) -> Answer:
    status = response.status
    if 300 <= status < 400:
        raise EhealthError("network.redirect", endpoint=url, status=status)
    announced = response.length
    body = b"" if announced and announced > MAX_ANSWER else response.read(MAX_ANSWER + 1)
    if len(body) > MAX_ANSWER or (announced or 0) > MAX_ANSWER:
        raise EhealthError("network.answer-too-large", endpoint=url, limit=MAX_ANSWER)
    unannounced = announced is None and not response.chunked
    if len(body) < (announced or 0) or (unannounced and not body):
        raise http.client.IncompleteRead(body)
    return Answer(
        endpoint=url,
        status=status,
        content_type=response.headers.get("Content-Type", ""),
        body=body,
        server_date=_date(response.headers.get("Date")),
    )


def _target(url: str) -> SplitResult:
    try:
        target = urlsplit(url)
        if target.scheme == "https" and target.hostname and target.port != 0:
            return target
    except ValueError as error:
        raise EhealthError("network.not-https", endpoint=url) from error
    raise EhealthError("network.not-https", endpoint=url)


def _date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):  # an instant may lie beyond the years that Python knows
        return None


def _proxy(url: str) -> SplitResult:
    proxy = urlsplit(url)
    if proxy.scheme != "http" or not proxy.hostname:
        raise EhealthError("settings.proxy")
    return proxy


def _path(target: SplitResult) -> str:
    return (target.path or "/") + (f"?{target.query}" if target.query else "")


def _host(target: SplitResult) -> str:
    host = target.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if target.port in (None, HTTPS_PORT) else f"{host}:{target.port}"


def _timeout(url: str, seconds: float) -> EhealthError:
    return EhealthError("network.timeout", endpoint=url, seconds=seconds)


def _tls_problem(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    if reason in (
        "WRONG_VERSION_NUMBER",
        "UNKNOWN_PROTOCOL",
        "HTTP_REQUEST",
        "RECORD_LAYER_FAILURE",
    ):
        return "not-tls"
    if "PROTOCOL" in reason or "VERSION" in reason:
        return "protocol"
    return "handshake"


def _cut(error: http.client.HTTPException) -> str:
    if isinstance(error, (http.client.IncompleteRead, http.client.RemoteDisconnected)):
        return "cut"
    return "not-http"


def _cause(error: OSError) -> str:
    import socket

    if isinstance(error, socket.gaierror):
        return "dns"
    if isinstance(error, ProxyRefused):
        return "proxy"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, ConnectionError):
        return "cut"
    return "no-route"
