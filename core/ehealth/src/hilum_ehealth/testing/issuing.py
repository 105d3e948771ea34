"""Keys, names and certificates of a made-up authority; nothing in here is for real use."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from hilum_ehealth.keys import PrivateKey

KeyType = Literal["rsa", "ec"]

CA_AGE = timedelta(days=5 * 365)
"""How old an authority is when it is made, so that it could have issued old certificates."""

CA_REST = timedelta(days=25 * 365)
"""How long an authority lives on after it was made."""

HOLDER_LIFE = timedelta(days=3 * 365 + 1)
"""How long a holder's certificate lives (eHealth: three years and a day)."""

_INFORMATION = "http://pki.hilum.test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate with its private key and its issuers, issuing CA first, without the root."""

    private_key: PrivateKey = field(repr=False)
    certificate: x509.Certificate = field(repr=False)
    chain: tuple[x509.Certificate, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What goes into a certificate beside subject, key and dates."""

    key_usage: frozenset[str]
    extended: tuple[x509.ObjectIdentifier, ...] = ()
    policy: str | None = None
    names: tuple[x509.GeneralName, ...] = ()
    path_length: int | None = None
    is_ca: bool = False


SIGNING_CA = Profile(key_usage=frozenset({"key_cert_sign", "crl_sign"}), is_ca=True)

EHEALTH_HOLDER = Profile(
    key_usage=frozenset({"digital_signature", "content_commitment", "key_encipherment"}),
    extended=(ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION),
    policy="1.3.6.1.4.1.47718.2.1.2.60",
)

EID_AUTHENTICATION = Profile(
    key_usage=frozenset({"digital_signature"}), policy="2.16.56.12.1.1.2.2"
)

EID_SIGNATURE = Profile(key_usage=frozenset({"content_commitment"}), policy="2.16.56.12.1.1.2.1")

LOOPBACK_SERVER = Profile(
    key_usage=frozenset({"digital_signature"}),
    extended=(ExtendedKeyUsageOID.SERVER_AUTH,),
    names=(x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))),
)


def new_key(key_type: KeyType) -> PrivateKey:
    """Make an RSA key of 2048 bits or an EC key on P-384, the two families eHealth uses."""
    if key_type == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP384R1())


def name(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """Make a name of single-valued parts in the order given, which is the order in the DER."""
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def ca_name(common_name: str, number: str) -> x509.Name:
    """Name a CA as the eHealth ones are, with an organisation that says that it is none."""
    return name(
        (NameOID.COUNTRY_NAME, "BE"),
        (NameOID.ORGANIZATION_NAME, "SIMULATION FOR TESTS, NOT A REAL AUTHORITY"),
        (NameOID.SERIAL_NUMBER, number),
        (NameOID.COMMON_NAME, common_name),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A CA that can issue: its key, its certificate, and the CAs above it without the root."""

    private_key: PrivateKey = field(repr=False)
    certificate: x509.Certificate = field(repr=False)
    above: tuple[x509.Certificate, ...] = field(default=(), repr=False)

    @classmethod
    def root(cls, subject: x509.Name, now: datetime, key_type: KeyType) -> Authority:
        """Make a root that signs itself."""
        key = new_key(key_type)
        own = _sign(
            _builder(subject, subject, key, now - CA_AGE, now + CA_REST), SIGNING_CA, key, key
        )
        return cls(private_key=key, certificate=own)

    def subordinate(self, subject: x509.Name, now: datetime, key_type: KeyType) -> Authority:
        """Make an issuing CA under this one."""
        profile = replace(SIGNING_CA, path_length=0)
        issued = self.issue(
            subject,
            profile,
            key=new_key(key_type),
            not_before=now - CA_AGE,
            not_after=now + CA_REST,
        )
        return Authority(
            private_key=issued.private_key, certificate=issued.certificate, above=self._chain()
        )

    def issue(
        self,
        subject: x509.Name,
        profile: Profile,
        *,
        key: PrivateKey,
        not_before: datetime,
        not_after: datetime,
    ) -> Issued:
        """Certify *key* for *subject*; any dates are accepted, past and future."""
        builder = _builder(subject, self.certificate.subject, key, not_before, not_after)
        return Issued(
            private_key=key,
            certificate=_sign(builder, profile, key, self.private_key),
            chain=self._chain(),
        )

    def _chain(self) -> tuple[x509.Certificate, ...]:
        is_root = self.certificate.subject == self.certificate.issuer
        return () if is_root else (self.certificate, *self.above)


def signing_hash(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384:
    """Say which hash a CA with *key* signs with: SHA-384 on P-384, else SHA-256."""
    return hashes.SHA384() if isinstance(key, ec.EllipticCurvePrivateKey) else hashes.SHA256()


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: PrivateKey,
    not_before: datetime,
    not_after: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(secrets.randbits(62) | 1 << 62)
        .not_valid_before(not_before.replace(microsecond=0))
        .not_valid_after(not_after.replace(microsecond=0))
    )


def _sign(
    builder: x509.CertificateBuilder, profile: Profile, key: PrivateKey, issuer_key: PrivateKey
) -> x509.Certificate:
    for extension, critical in _extensions(profile, key, issuer_key):
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, signing_hash(issuer_key))


def _extensions(
    profile: Profile, key: PrivateKey, issuer_key: PrivateKey
) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=profile.is_ca, path_length=profile.path_length), True),
        (_key_usage(profile.key_usage), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False),
    ]
    if profile.extended:
        found.append((x509.ExtendedKeyUsage(profile.extended), False))
    if profile.names:
        found.append((x509.SubjectAlternativeName(profile.names), False))
    if profile.policy:
        policy = x509.PolicyInformation(x509.ObjectIdentifier(profile.policy), None)
        found.append((x509.CertificatePolicies([policy]), False))
        found.extend((pointer, False) for pointer in _pointers())
    return found


def _key_usage(wanted: frozenset[str]) -> x509.KeyUsage:
    def has(usage: str) -> bool:
        return usage in wanted

    return x509.KeyUsage(
        digital_signature=has("digital_signature"),
        content_commitment=has("content_commitment"),
        key_encipherment=has("key_encipherment"),
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=has("key_cert_sign"),
        crl_sign=has("crl_sign"),
        encipher_only=False,
        decipher_only=False,
    )


def _pointers() -> tuple[x509.ExtensionType, ...]:
    """Point to revocation services under ``.test``, a name that can never be looked up."""
    responder = x509.AccessDescription(
        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(f"{_INFORMATION}/ocsp")
    )
    lists = x509.DistributionPoint(
        [x509.UniformResourceIdentifier(f"{_INFORMATION}/crl")], None, None, None
    )
    return x509.AuthorityInformationAccess([responder]), x509.CRLDistributionPoints([lists])
