"""Read a certificate revocation list strictly (RFC 5280 section 5)."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from hilum_ehealth.certificates.revocation import AnswerUnusable, Revocation, check_dates


def addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """List where the revocation lists of *certificate*'s issuer stand."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ()
    return tuple(
        str(name.value)
        for point in points
        for name in point.full_name or ()
        if isinstance(name, x509.UniformResourceIdentifier)
    )


def read_list(
    data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
) -> Revocation:
    """Look *certificate* up in a complete list of its issuer; raises ``AnswerUnusable``."""
    crl = _load(data)
    try:
        _check_origin(crl, issuer)
        _check_scope(crl)
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        check_dates(crl.last_update_utc, crl.next_update_utc, at)
        return Revocation(status="good") if entry is None else _meaning(entry)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise AnswerUnusable("malformed") from error


def _load(data: bytes) -> x509.CertificateRevocationList:
    is_pem = data.lstrip().startswith(b"-----BEGIN")
    try:
        return x509.load_pem_x509_crl(data) if is_pem else x509.load_der_x509_crl(data)
    except ValueError as error:
        raise AnswerUnusable("malformed") from error


def _check_origin(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
    key = issuer.public_key()
    if (
        crl.issuer != issuer.subject
        or not isinstance(crl.signature_hash_algorithm, SHA256 | SHA384 | SHA512)
        or not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
        or not crl.is_signature_valid(key)
    ):
        raise AnswerUnusable("untrusted")


def _check_scope(crl: x509.CertificateRevocationList) -> None:
    """Refuse lists that may leave out our certificate: delta, indirect, of some reasons only."""
    for extension in crl.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
            is_partial = (
                value.indirect_crl
                or value.only_some_reasons
                or value.only_contains_ca_certs
                or value.only_contains_attribute_certs
            )
            if is_partial:
                raise AnswerUnusable("unknown")
        elif extension.critical:
            raise AnswerUnusable("unknown")


def _meaning(entry: x509.RevokedCertificate) -> Revocation:
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.name
    except x509.ExtensionNotFound:
        reason = "unspecified"
    return Revocation(status="revoked", reason=reason, since=entry.revocation_date_utc)
