"""Whose certificate it is: a citizen's from the simulated eID, or a holder's of eHealth's own."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Final

from cryptography.x509 import load_der_x509_certificate
from hilum_ehealth.certificates import Usage, check_path, citizen_of, environment_of, holder_of
from hilum_ehealth.errors import EhealthError

from .faults import SoapFault
from .inbound import text_of

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from hilum_ehealth.testing.authority import Pki
    from lxml import etree

_REFUSED: Final = "wsse:InvalidSecurityToken"


class Mode(Enum):
    """How a session is opened; the kind of certificate in the header decides."""

    EID = "eid"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person with a certificate that counts."""

    mode: Mode
    niss: str = field(repr=False)
    certificate: Certificate = field(repr=False)


class Identities:
    """Says whose a certificate is, and refuses those that do not count."""

    def __init__(self, pki: Pki) -> None:
        self._eid = (pki.citizen_ca.certificate, pki.eid_root.certificate)
        self._ehealth = (pki.ehealth_ca.certificate, pki.ehealth_root.certificate)
        self._revoked: set[tuple[str, int]] = set()

    def revoke(self, certificate: Certificate) -> None:
        """Refuse *certificate* from now on."""
        self._revoked.add(_key(certificate))

    def forgive(self) -> None:
        """Forget every revocation."""
        self._revoked.clear()

    def of(self, certificate: Certificate, now: datetime) -> Identity:
        """Return whose *certificate* is; raises ``wsse:InvalidSecurityToken``."""
        if _key(certificate) in self._revoked:
            raise SoapFault(_REFUSED, "the certificate is revoked")
        try:
            return self._citizen(certificate, now)
        except EhealthError as error:
            if error.code != "certificate.untrusted":
                raise _refusal(error) from error
        try:
            return self._holder(certificate, now)
        except EhealthError as error:
            other = environment_of(certificate)
            if other is not None:
                raise SoapFault(_REFUSED, f"the certificate belongs to {other}") from error
            raise _refusal(error) from error

    def holder(self, certificate: Certificate, now: datetime) -> Identity:
        """Return whose eHealth certificate it is; one of an identity card is refused."""
        identity = self.of(certificate, now)
        if identity.mode is not Mode.FALLBACK:
            raise SoapFault(_REFUSED, "the session key needs an eHealth certificate")
        return identity

    def _citizen(self, certificate: Certificate, now: datetime) -> Identity:
        check_path(certificate, (), self._eid, now, usage=Usage.AUTHENTICATION)
        niss = citizen_of(certificate).niss
        return Identity(mode=Mode.EID, niss=niss, certificate=certificate)

    def _holder(self, certificate: Certificate, now: datetime) -> Identity:
        check_path(certificate, (), self._ehealth, now, usage=Usage.AUTHENTICATION)
        holder = holder_of(certificate)
        if holder.kind != "SSIN":
            raise SoapFault("SOA-01002", "only persons are known here")
        return Identity(mode=Mode.FALLBACK, niss=holder.identifier, certificate=certificate)


def certificate_in(element: etree._Element) -> Certificate:
    """Read the base64 certificate that *element* holds; raises ``wsse:InvalidSecurityToken``."""
    try:
        return load_der_x509_certificate(b64decode(text_of(element, _REFUSED)))
    except ValueError as error:
        raise SoapFault(_REFUSED, "this is no certificate") from error


def _key(certificate: Certificate) -> tuple[str, int]:
    return certificate.issuer.rfc4514_string(), certificate.serial_number


def _refusal(error: EhealthError) -> SoapFault:
    return SoapFault(_REFUSED, error.code)
