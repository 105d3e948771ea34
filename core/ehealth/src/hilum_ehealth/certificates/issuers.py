"""Which eHealth environment a certificate was issued for, told by its issuer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hilum_ehealth.certificates.names import COMMON_NAME, values
from hilum_ehealth.known_anchors import KNOWN_ANCHORS, known_anchor

if TYPE_CHECKING:
    from cryptography import x509

_NONE: Final[Mapping[str, Sequence[x509.Certificate]]] = MappingProxyType({})


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate's DER, lower-case hexadecimal."""
    from cryptography.hazmat.primitives.hashes import SHA256

    return certificate.fingerprint(SHA256()).hex()


def environment_of(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate] = (),
    named: Mapping[str, Sequence[x509.Certificate]] = _NONE,
) -> str | None:
    """Name the environment whose providers get certificates from this one's issuer.

    *named* holds the eHealth anchors of the environments from the settings, by name. Test
    certificates serve acceptance and integration: the answer is then ``acceptance``. ``None``
    when nobody known issued it. Without the issuer at hand its name decides. This is a label to
    tell environments apart and no proof of trust; ``check_path`` gives that.
    """
    for issuer in _issuers(certificate, chain):
        known = known_anchor(fingerprint(issuer))
        if known is not None and known.holders:
            return known.holders[0]
    for name, anchors in named.items():
        if _leads_to(certificate, chain, anchors):
            return name
    return _by_name(certificate)


def _issuers(
    certificate: x509.Certificate, candidates: Iterable[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    return tuple(candidate for candidate in candidates if is_issuer(candidate, certificate))


def is_issuer(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Say whether *certificate* carries the name and the signature of *issuer*."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _leads_to(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
) -> bool:
    """Say whether an anchor issued *certificate*, or issued the CA in *chain* that did."""
    if _issuers(certificate, anchors):
        return True
    return any(_issuers(issuer, anchors) for issuer in _issuers(certificate, chain))


def _by_name(certificate: x509.Certificate) -> str | None:
    names = values(certificate.issuer, COMMON_NAME)
    for known in KNOWN_ANCHORS:
        if known.holders and known.subject in names:
            return known.holders[0]
    return None
