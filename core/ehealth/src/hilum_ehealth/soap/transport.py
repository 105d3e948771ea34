"""Posting one SOAP message over verified TLS, within time and size limits.

Exactly the bytes given are sent, once: no retry, no redirect, no compression, no cookie. TLS is
always verified and there is no way to turn that off.
"""

from __future__ import annotations

import http.client
import logging
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import SplitResult, urlsplit

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.soap.connect import connect
from hilum_ehealth.soap.deadline import Deadline, DeadlineSocket
from hilum_ehealth.soap.failures import network_errors, timed_out
from hilum_ehealth.soap.http_parts import (
    OpenConnection,
    host_of,
    path_of,
    server_date,
)
from hilum_ehealth.soap.tls import tls_context
from hilum_ehealth.soap.urls import https_target

if TYPE_CHECKING:
    import ssl

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
        target = https_target(url)
        log.debug("post %s (%s), %d bytes", url, action, len(body))
        with network_errors(url):
            answer = self._exchange(url, target, self._headers(action, len(body)), body)
        log.debug("answer %d, %d bytes", answer.status, len(answer.body))
        return answer

    def _exchange(
        self, url: str, target: SplitResult, headers: dict[str, str], body: bytes
    ) -> Answer:
        whole = Deadline(self._total_limit)
        with ExitStack() as resources:
            try:
                first = Deadline(min(self._connect_limit, self._total_limit))
                raw = connect(target, self._proxy, self._tls(), first)
            except TimeoutError as error:
                raise timed_out(url, self._connect_limit) from error
            resources.enter_context(closing(raw))
            connection = OpenConnection(DeadlineSocket(raw, whole))
            try:
                connection.request(
                    "POST", path_of(target), body, {**headers, "Host": host_of(target)}
                )
                response = connection.getresponse()
                resources.callback(response.close)
                return _read(url, response)
            except TimeoutError as error:
                raise timed_out(url, self._total_limit) from error

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
            self._context = tls_context(self._environment)
        return self._context


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
        server_date=server_date(response.headers.get("Date")),
    )


def _proxy(url: str) -> SplitResult:
    proxy = urlsplit(url)
    if proxy.scheme != "http" or not proxy.hostname:
        raise EhealthError("settings.proxy")
    return proxy
