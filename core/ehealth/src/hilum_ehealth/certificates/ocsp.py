"""Ask an OCSP responder and read its answer strictly (RFC 6960)."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from hilum_ehealth.certificates.issuers import is_issuer
from hilum_ehealth.certificates.path import validity_of
from hilum_ehealth.certificates.revocation import AnswerUnusable, Revocation, check_dates


def addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    """List the OCSP services that *certificate* names."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ()
    return tuple(
        str(entry.access_location.value)
        for entry in access.value
        if entry.access_method == AuthorityInformationAccessOID.OCSP
    )


def question(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """Make the request; SHA-1 names the issuer here, the only form every responder knows."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA1())  # noqa: S303
    return builder.build().public_bytes(Encoding.DER)


def read_answer(
    data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
) -> Revocation:
    """Read what a responder said about *certificate*; raises ``AnswerUnusable``."""
    try:
        response = ocsp.load_der_ocsp_response(data)
        if response.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise AnswerUnusable("unknown")
        _check_signature(response, issuer, at)
        single = _about(response, certificate, issuer)
        check_dates(single.this_update_utc, single.next_update_utc, at)
        return _meaning(single)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        raise AnswerUnusable("malformed") from error


def _about(
    response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> ocsp.OCSPSingleResponse:
    for single in response.responses:
        if single.serial_number == certificate.serial_number and _names(single, issuer):
            return single
    raise AnswerUnusable("unknown")


def _names(single: ocsp.OCSPSingleResponse, issuer: x509.Certificate) -> bool:
    hashed = Hash(single.hash_algorithm)
    hashed.update(_key_bits(issuer))
    return hashed.finalize() == single.issuer_key_hash


def _key_bits(issuer: x509.Certificate) -> bytes:
    """Take the issuer's key as an OCSP request hashes it: the bits without the algorithm."""
    key = issuer.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    raise AnswerUnusable("untrusted")


def _check_signature(response: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> None:
    """Accept the issuer's own signature, or that of a responder which it named as such."""
    for signer in (issuer, *response.certificates):
        if _signed_by(response, signer) and (signer == issuer or _may_answer(signer, issuer, at)):
            return
    raise AnswerUnusable("untrusted")


def _signed_by(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    algorithm = response.signature_hash_algorithm
    if not isinstance(algorithm, SHA256 | SHA384 | SHA512):
        return False
    key = signer.public_key()
    signed = response.tbs_response_bytes
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, signed, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, signed, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _may_answer(signer: x509.Certificate, issuer: x509.Certificate, at: datetime) -> bool:
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return (
        ExtendedKeyUsageOID.OCSP_SIGNING in usage
        and is_issuer(issuer, signer)
        and validity_of(signer, at).state == "valid"
    )


def _meaning(single: ocsp.OCSPSingleResponse) -> Revocation:
    if single.certificate_status == ocsp.OCSPCertStatus.GOOD:
        return Revocation(status="good")
    if single.certificate_status == ocsp.OCSPCertStatus.REVOKED:
        reason = single.revocation_reason
        since = single.revocation_time_utc
        return Revocation(
            status="revoked",
            reason=reason.name if reason else "unspecified",
            since=since.astimezone(UTC) if since else None,
        )
    raise AnswerUnusable("unknown")
