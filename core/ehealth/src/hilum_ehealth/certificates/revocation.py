"""Whether a certificate was revoked, as a result that says so when nobody could be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from hilum_ehealth.errors import EhealthError

if TYPE_CHECKING:
    from cryptography import x509

Fetch = Callable[[str, bytes | None], bytes]
"""Gets what stands at a URL: posts the bytes as an OCSP request, or gets when there are none.

Raises ``OSError`` or an error of the kit when it cannot; keeps its own time limit.
"""

SKEW: Final = timedelta(minutes=5)
"""By how much the clock of who answers may differ from ours."""

_MOST_ADDRESSES: Final = 2
_LARGEST_OCSP: Final = 64 * 1024
_LARGEST_CRL: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """What is known about the revocation of a certificate."""

    status: Literal["good", "revoked", "not-checked"]
    reason: str = ""
    """Of ``revoked``: as in the answer (``key_compromise``), often ``unspecified``.

    Of ``not-checked``: ``no-fetch`` (nobody was to be asked), ``wrong-issuer``, ``no-address``,
    ``unreachable``, ``too-large``, ``malformed``, ``untrusted``, ``outdated``, ``unknown``.
    """

    since: datetime | None = None
    """When it was revoked (UTC)."""


class AnswerUnusable(Exception):
    """An answer says nothing that can be relied on; ``reason`` is one of ``not-checked``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def revocation_of(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    *,
    fetch: Fetch | None = None,
    at: datetime,
) -> Revocation:
    """Ask the issuer's OCSP service, then its revocation lists, about *certificate*.

    Call it with two neighbours of a path from ``check_path``: the addresses come from
    *certificate*, and only a trusted one may make us go anywhere. Never raises; answers that are
    unsigned, of another issuer, out of date *at* or too large count as not checked.
    """
    from hilum_ehealth.certificates.issuers import is_issuer

    if not is_issuer(issuer, certificate):
        return Revocation(status="not-checked", reason="wrong-issuer")
    if fetch is None:
        return Revocation(status="not-checked", reason="no-fetch")
    reason = "no-address"
    for ask in _questions(certificate, issuer, fetch, at):
        try:
            return ask()
        except AnswerUnusable as unusable:
            reason = unusable.reason
    return Revocation(status="not-checked", reason=reason)


def _questions(
    certificate: x509.Certificate, issuer: x509.Certificate, fetch: Fetch, at: datetime
) -> Iterator[Callable[[], Revocation]]:
    from hilum_ehealth.certificates import crl, ocsp

    def ask_responder(url: str) -> Revocation:
        question = ocsp.question(certificate, issuer)
        answer = _fetched(fetch, url, question, _LARGEST_OCSP)
        return ocsp.read_answer(answer, certificate, issuer, at)

    def read_list(url: str) -> Revocation:
        return crl.read_list(_fetched(fetch, url, None, _LARGEST_CRL), certificate, issuer, at)

    for url in _addresses(ocsp.addresses(certificate)):
        yield partial(ask_responder, url)
    for url in _addresses(crl.addresses(certificate)):
        yield partial(read_list, url)


def _addresses(urls: tuple[str, ...]) -> tuple[str, ...]:
    web = tuple(url for url in urls if url.lower().startswith(("http://", "https://")))
    return web[:_MOST_ADDRESSES]


def _fetched(fetch: Fetch, url: str, body: bytes | None, largest: int) -> bytes:
    try:
        answer = fetch(url, body)
    except (OSError, EhealthError) as error:
        raise AnswerUnusable("unreachable") from error
    if len(answer) > largest:
        raise AnswerUnusable("too-large")
    return answer


def check_dates(start: datetime, end: datetime | None, at: datetime) -> None:
    """Check that an answer made at *start* still counts *at*; one without an end lasts a week."""
    # Only *at* is moved: the other dates come from outside, and may be at the end of all time.
    if start > at + SKEW or (end or start + timedelta(days=7)) < at - SKEW:
        raise AnswerUnusable("outdated")
