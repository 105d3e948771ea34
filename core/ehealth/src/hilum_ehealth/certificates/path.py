"""Whether a certificate counts: its path to an anchor, its dates, what its key may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal

from hilum_ehealth.errors import EhealthError

if TYPE_CHECKING:
    from cryptography import x509

_LONGEST_CHAIN: Final = 16
"""Certificates accepted beside the leaf; real chains have two."""


class Usage(Enum):
    """What the holder's key must be allowed to do; the value is the key usage's name."""

    AUTHENTICATION = "digital_signature"
    SIGNATURE = "content_commitment"
    ENCRYPTION = "key_encipherment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """The dates of a certificate, seen from one moment."""

    not_before: datetime
    not_after: datetime
    state: Literal["valid", "expired", "not-yet-valid"]
    rest: timedelta
    """Time until it ends; negative when it has ended. ``rest.days`` is the number of whole days."""


def validity_of(certificate: x509.Certificate, at: datetime) -> Validity:
    """Say whether *certificate* is within its dates *at* (aware), both ends included."""
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    state: Literal["valid", "expired", "not-yet-valid"] = "valid"
    if at > end:
        state = "expired"
    elif at < start:
        state = "not-yet-valid"
    return Validity(not_before=start, not_after=end, state=state, rest=end - at)


def check_usage(certificate: x509.Certificate, usage: Usage) -> None:
    """Check that the key may be used for *usage* and is not that of a CA.

    Raises ``certificate.wrong-usage`` (``wanted``), also when the certificate says nothing.
    """
    from cryptography import x509

    try:
        key_usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        allowed = bool(getattr(key_usage, usage.value))
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        allowed = False
    if not allowed or is_ca(certificate):
        raise EhealthError("certificate.wrong-usage", wanted=usage.value)


def is_ca(certificate: x509.Certificate) -> bool:
    """Say whether *certificate* is that of a CA that may sign certificates."""
    from cryptography import x509

    try:
        extensions = certificate.extensions
        if not extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    try:
        return extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return True


def check_path(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    at: datetime,
    *,
    usage: Usage,
) -> tuple[x509.Certificate, ...]:
    """Build the path from *certificate* over *chain* to one of *anchors*, all valid *at*.

    An anchor may be a root or an issuing CA; RSA and EC may be mixed along the path. Nothing is
    downloaded. Returns the path, leaf first, anchor last. Raises ``certificate.untrusted``
    (``issuer``), ``certificate.expired`` (``not_after``) or ``certificate.not-yet-valid``
    (``not_before``) when all but the dates is right (``ca`` names the CA whose dates they are,
    ``None`` for *certificate* itself), and ``certificate.wrong-usage``. Says nothing about
    revocation: see ``revocation_of``.
    """
    path = _verified(certificate, chain, anchors, at)
    if path is None:
        raise _reason(certificate, chain, anchors, at)
    check_usage(certificate, usage)
    return path


def _verified(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    at: datetime,
) -> tuple[x509.Certificate, ...] | None:
    if not anchors or len(chain) > _LONGEST_CHAIN:
        return None
    from cryptography.x509.verification import (
        ExtensionPolicy,
        PolicyBuilder,
        Store,
        VerificationError,
    )

    # Certificates of citizens and of care providers have no subjectAltName, which the verifier's
    # own policies insist on; what must be in them is for check_usage.
    verifier = (
        PolicyBuilder()
        .store(Store(list(anchors)))
        .time(at)
        .extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(),
            ee_policy=ExtensionPolicy.permit_all(),
        )
        .build_client_verifier()
    )
    try:
        return tuple(verifier.verify(certificate, list(chain)).chain)
    except (VerificationError, ValueError):
        return None


def _reason(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    at: datetime,
) -> EhealthError:
    """Say whether only the dates stand between *certificate* and an anchor.

    A path that holds at any moment holds at the one when its youngest certificate begins.
    """
    for moment in sorted({c.not_valid_before_utc for c in (certificate, *chain, *anchors)}):
        path = _verified(certificate, chain, anchors, moment)
        if path is not None:
            return _date_refusal(path, at)
    return _untrusted(certificate)


def _date_refusal(path: Sequence[x509.Certificate], at: datetime) -> EhealthError:
    for certificate in path:
        validity = validity_of(certificate, at)
        # A CA is named; a person is not, because the subject holds the national number.
        ca = None if certificate is path[0] else certificate.subject.rfc4514_string()
        if validity.state == "expired":
            end = validity.not_after.isoformat()
            return EhealthError("certificate.expired", not_after=end, ca=ca)
        if validity.state == "not-yet-valid":
            start = validity.not_before.isoformat()
            return EhealthError("certificate.not-yet-valid", not_before=start, ca=ca)
    return _untrusted(path[0])


def _untrusted(certificate: x509.Certificate) -> EhealthError:
    return EhealthError("certificate.untrusted", issuer=certificate.issuer.rfc4514_string())
