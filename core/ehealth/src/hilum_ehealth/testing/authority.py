"""A made-up certificate authority with everything that eHealth and the eID card show.

For tests and for the simulator. Every name says that it is a simulation; the shapes (subjects,
key usages, policies, key families, lives) are those of the eHealth certificates and the eID.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from hilum_ehealth.files import write_atomically
from hilum_ehealth.testing.issuing import (
    CA_AGE,
    EHEALTH_HOLDER,
    EID_AUTHENTICATION,
    EID_SIGNATURE,
    HOLDER_LIFE,
    LOOPBACK_SERVER,
    Authority,
    Issued,
    KeyType,
    ca_name,
    name,
    new_key,
)

if TYPE_CHECKING:
    from hilum_ehealth.keys import PrivateKey

__all__ = ["Authority", "CitizenCard", "Issued", "KeyType", "Pki"]

PLATFORM = "0809394427"
"""Enterprise number of the eHealth platform."""

SIGNER_APPLICATION = "IAMSIM"
"""Application name of the simulated signer of assertions (``IAMACC`` on acceptance)."""

_YESTERDAY = timedelta(days=1)
_TLS_LIFE = timedelta(days=20 * 365)
_AUTHORITIES = ("ehealth_root", "ehealth_ca", "eid_root", "citizen_ca", "tls_ca")
_LEAVES = ("iam_signer", "tls_server")


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenCard:
    """What an identity card holds: two keys with their certificates, and the two above them."""

    authentication: Issued
    signature: Issued
    ca: x509.Certificate = field(repr=False)
    root: x509.Certificate = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pki:
    """The simulated authorities: eHealth, citizens, and the platform's own two certificates."""

    now: datetime
    """What counts as today for certificates issued without dates."""

    key_type: KeyType
    """Family of the keys of the authorities, and of holders unless told otherwise."""

    ehealth_root: Authority
    ehealth_ca: Authority
    eid_root: Authority
    citizen_ca: Authority
    tls_ca: Authority
    iam_signer: Issued
    """Signs assertions: an eHealth organisation certificate of the platform itself."""

    tls_server: Issued
    """For servers on 127.0.0.1 and localhost; valid for decades whatever the test's clock says."""

    @classmethod
    def create(cls, now: datetime, *, key: KeyType = "rsa") -> Pki:
        """Make new authorities as of *now* (aware); RSA takes about a third of a second."""
        ehealth_root = Authority.root(ca_name("SIMULATOR eHealth root CA 001", "001"), now, key)
        ehealth_ca = ehealth_root.subordinate(
            ca_name("SIMULATOR eHealth issuing CA 001", "001"), now, key
        )
        eid_root = Authority.root(ca_name("SIMULATOR Belgium Root CA6", "6"), now, key)
        citizen_ca = eid_root.subordinate(ca_name("SIMULATOR Citizen CA", "202601"), now, key)
        tls_ca = Authority.root(ca_name("SIMULATOR TLS CA", "001"), now, "ec")
        return cls(
            now=now,
            key_type=key,
            ehealth_root=ehealth_root,
            ehealth_ca=ehealth_ca,
            eid_root=eid_root,
            citizen_ca=citizen_ca,
            tls_ca=tls_ca,
            iam_signer=_holder(
                ehealth_ca,
                _organisation_name("CBE", PLATFORM, "EHEALTH-PLATFORM", SIGNER_APPLICATION),
                new_key(key),
                now,
            ),
            tls_server=tls_ca.issue(
                ca_name("localhost", "001"),
                LOOPBACK_SERVER,
                key=new_key("ec"),
                not_before=now - _TLS_LIFE,
                not_after=now + _TLS_LIFE,
            ),
        )

    def ehealth_certificate(
        self,
        *,
        niss: str,
        name: str,
        key: PrivateKey | None = None,
        key_type: KeyType | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        issuer: Authority | None = None,
    ) -> Issued:
        """Issue the authentication certificate of a person; *name* in capitals, as eHealth does.

        Without dates it is valid from yesterday for three years and a day.
        """
        return _holder(
            issuer or self.ehealth_ca,
            _holder_name(f"SSIN={niss}", name),
            key or new_key(key_type or self.key_type),
            self.now,
            not_before,
            not_after,
        )

    def organisation_certificate(
        self,
        *,
        kind: str,
        identifier: str,
        name: str,
        application_id: str | None = None,
        key: PrivateKey | None = None,
        key_type: KeyType | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        issuer: Authority | None = None,
    ) -> Issued:
        """Issue the certificate of an organisation, *kind* as eHealth writes it (``CBE``)."""
        return _holder(
            issuer or self.ehealth_ca,
            _organisation_name(kind, identifier, name, application_id),
            key or new_key(key_type or self.key_type),
            self.now,
            not_before,
            not_after,
        )

    def citizen(
        self,
        *,
        niss: str,
        given_names: tuple[str, ...],
        surname: str,
        key_type: KeyType | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> CitizenCard:
        """Issue an identity card; its key family may differ from that of the CA above it."""
        start = not_before or self.now - _YESTERDAY
        end = not_after or start + timedelta(days=10 * 365)
        issued = {
            purpose: self.citizen_ca.issue(
                _citizen_name(niss, given_names, surname, purpose),
                profile,
                key=new_key(key_type or self.key_type),
                not_before=start,
                not_after=end,
            )
            for purpose, profile in (
                ("Authentication", EID_AUTHENTICATION),
                ("Signature", EID_SIGNATURE),
            )
        }
        return CitizenCard(
            authentication=issued["Authentication"],
            signature=issued["Signature"],
            ca=self.citizen_ca.certificate,
            root=self.eid_root.certificate,
        )

    def write_trust(self, folder: Path) -> None:
        """Write the anchors a client needs into *folder* (``tls``, ``ehealth``, ``eid``) as PEM."""
        anchors = {
            "tls": {"tls-ca": self.tls_ca},
            "ehealth": {"root-ca": self.ehealth_root, "issuing-ca": self.ehealth_ca},
            "eid": {"root-ca": self.eid_root},
        }
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for purpose, authorities in anchors.items():
            target = folder / purpose
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
            for file_name, authority in authorities.items():
                write_atomically(target / f"{file_name}.pem", _pem(authority.certificate))

    def save(self, folder: Path, password: str | None = None) -> None:
        """Write every key and certificate as PEM, 0600 in a folder 0700, for :meth:`load`."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        protection: serialization.KeySerializationEncryption = (
            serialization.BestAvailableEncryption(password.encode())
            if password
            else serialization.NoEncryption()
        )
        for part in _AUTHORITIES + _LEAVES:
            owner: Authority | Issued = getattr(self, part)
            write_atomically(folder / f"{part}.pem", _pem(owner.certificate))
            write_atomically(
                folder / f"{part}.key.pem",
                owner.private_key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
                ),
            )

    @classmethod
    def load(cls, folder: Path, password: str | None = None, *, now: datetime | None = None) -> Pki:
        """Read what :meth:`save` wrote; *now* dates later certificates, by default the creation.

        Raises ``FileNotFoundError`` when the folder holds none.
        """
        parts = {part: _read(folder, part, password) for part in _AUTHORITIES + _LEAVES}
        root = parts["ehealth_root"].certificate
        ehealth_ca = parts["ehealth_ca"]
        signer = parts["iam_signer"]
        return cls(
            now=now or root.not_valid_before_utc + CA_AGE,
            key_type=_key_type(ehealth_ca.private_key),
            iam_signer=Issued(
                private_key=signer.private_key,
                certificate=signer.certificate,
                chain=(ehealth_ca.certificate,),
            ),
            tls_server=parts["tls_server"],
            **{
                part: Authority(
                    private_key=parts[part].private_key, certificate=parts[part].certificate
                )
                for part in _AUTHORITIES
            },
        )


def _holder(
    issuer: Authority,
    subject: x509.Name,
    key: PrivateKey,
    now: datetime,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> Issued:
    start = not_before or now - _YESTERDAY
    return issuer.issue(
        subject,
        EHEALTH_HOLDER,
        key=key,
        not_before=start,
        not_after=not_after or start + HOLDER_LIFE,
    )


def _holder_name(identity: str, holder: str, application_id: str | None = None) -> x509.Name:
    units = [identity, holder, *([application_id] if application_id else ())]
    common_name = f"{identity}, {application_id}" if application_id else identity
    return name(
        (NameOID.COUNTRY_NAME, "BE"),
        (NameOID.ORGANIZATION_NAME, "Federal Government"),
        *((NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "eHealth-platform Belgium"),
        (NameOID.COMMON_NAME, common_name),
    )


def _organisation_name(
    kind: str, identifier: str, organisation: str, application_id: str | None
) -> x509.Name:
    return _holder_name(f"{kind}={identifier}", organisation, application_id)


def _citizen_name(niss: str, given_names: tuple[str, ...], surname: str, purpose: str) -> x509.Name:
    return name(
        (NameOID.COUNTRY_NAME, "BE"),
        (NameOID.COMMON_NAME, f"{given_names[0]} {surname} ({purpose})"),
        (NameOID.SURNAME, surname),
        (NameOID.GIVEN_NAME, " ".join(given_names)),
        (NameOID.SERIAL_NUMBER, niss),
    )


def _key_type(key: PrivateKey) -> KeyType:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ec"


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _read(folder: Path, part: str, password: str | None) -> Issued:
    key = serialization.load_pem_private_key(
        (folder / f"{part}.key.pem").read_bytes(), password.encode() if password else None
    )
    return Issued(
        private_key=cast("PrivateKey", key),
        certificate=x509.load_pem_x509_certificate((folder / f"{part}.pem").read_bytes()),
    )
