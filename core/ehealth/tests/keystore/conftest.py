"""Keystores for the tests: quick ones in every shape, and a forge for what nobody writes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import Certificate
from hilum_ehealth.keys import PrivateKey
from hilum_ehealth.keystore import Keystore, ber, encoding, open_keystore
from hilum_ehealth.keystore.derivation import HMAC_SHA256, Password
from hilum_ehealth.keystore.integrity import Pkcs12Mac
from hilum_ehealth.keystore.protection import AES_256_CBC, RC2_40, TRIPLE_DES, Pbes1, Pbes2
from hilum_ehealth.testing.authority import Issued
from hilum_ehealth.testing.issuing import new_key
from hilum_ehealth.testing.platform_keystore import make_encryption_certificate, platform_keystore

PASSWORD = "correct horse"
SERIAL = 242_281_424_107_264_905_187_312_482_905_731_004_417


@dataclass(frozen=True)
class Encryption:
    private_key: PrivateKey
    certificate: Certificate


@pytest.fixture(scope="session")
def password() -> str:
    return PASSWORD


@pytest.fixture(scope="session")
def encryption(alice: Issued) -> Encryption:
    """Alice's encryption key, RSA, with the certificate that her other key signed."""
    key = new_key("rsa")
    return Encryption(
        key, make_encryption_certificate(alice.private_key, alice.certificate, key, SERIAL)
    )


@pytest.fixture(scope="session")
def ec_encryption(ec_alice: Issued) -> Encryption:
    key = new_key("ec")
    return Encryption(
        key, make_encryption_certificate(ec_alice.private_key, ec_alice.certificate, key, SERIAL)
    )


@pytest.fixture(scope="session")
def recent(alice: Issued, encryption: Encryption) -> bytes:
    """A complete keystore as eHealth's tool writes it today: DER, 50,000 iterations."""
    return platform_keystore(
        authentication_key=alice.private_key,
        chain=(alice.certificate, *alice.chain),
        encryption=[(encryption.private_key, encryption.certificate)],
        password=PASSWORD,
    )


@pytest.fixture(scope="session")
def old(alice: Issued, encryption: Encryption) -> bytes:
    """The same in the older shape: BER, 1,024 iterations."""
    return platform_keystore(
        authentication_key=alice.private_key,
        chain=(alice.certificate, *alice.chain),
        encryption=[(encryption.private_key, encryption.certificate)],
        password=PASSWORD,
        old=True,
    )


@pytest.fixture(scope="session")
def ec_old(ec_alice: Issued, ec_encryption: Encryption) -> bytes:
    """A complete keystore with keys on P-384, quick to open."""
    return platform_keystore(
        authentication_key=ec_alice.private_key,
        chain=(ec_alice.certificate, *ec_alice.chain),
        encryption=[(ec_encryption.private_key, ec_encryption.certificate)],
        password=PASSWORD,
        old=True,
    )


@pytest.fixture(scope="session")
def opened(ec_old: bytes) -> Keystore:
    """The content of ``ec_old``."""
    return open_keystore(ec_old, PASSWORD)


class Forge:
    """Writes PKCS#12 files piece by piece, with any names, marks and counts."""

    secret = Password.forms(PASSWORD)[0]

    def old_way(self, iterations: int = 1, *, cipher: str = TRIPLE_DES) -> Pbes1:
        return Pbes1(oid=cipher, salt=b"8 octets", iterations=iterations)

    def rc2(self, iterations: int = 1) -> Pbes1:
        return self.old_way(iterations, cipher=RC2_40)

    def new_way(self, iterations: int = 1) -> Pbes2:
        return Pbes2(
            cipher_oid=AES_256_CBC,
            iv=bytes(16),
            prf_oid=HMAC_SHA256,
            salt=b"8 octets",
            iterations=iterations,
        )

    def key(
        self,
        private_key: ec.EllipticCurvePrivateKey | PrivateKey,
        alias: str,
        mark: bytes | None = b"Time 1",
        *,
        protection: Pbes1 | Pbes2 | None = None,
    ) -> bytes:
        plain = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        protection = protection or self.old_way()
        return encoding.key_bag(plain, alias, mark, self.secret, protection)

    def key_bomb(self, alias: str, iterations: int) -> bytes:
        """A key that nobody could have encrypted: only its count matters."""
        return encoding.key_bag(b"", alias, b"Time 1", self.secret, _claimed(iterations))

    def part_bomb(self, iterations: int) -> bytes:
        return encoding.encrypted_part([], self.secret, _claimed(iterations))

    def certificate(
        self, certificate: Certificate | bytes, alias: str, mark: bytes | None = b"Time 1"
    ) -> bytes:
        der = (
            certificate
            if isinstance(certificate, bytes)
            else certificate.public_bytes(Encoding.DER)
        )
        return encoding.certificate_bag(der, alias, mark)

    def plain(self, *bags: bytes) -> bytes:
        return encoding.plain_part(*bags)

    def encrypted(self, *bags: bytes, protection: Pbes1 | Pbes2 | None = None) -> bytes:
        return encoding.encrypted_part(bags, self.secret, protection or self.old_way())

    def file(self, *parts: bytes, mac_iterations: int = 1, secret: Password | None = None) -> bytes:
        mac = Pkcs12Mac(hash_name="sha1", salt=b"8 octets", iterations=mac_iterations)
        content = encoding.authenticated_safe(*parts)
        return encoding.pfx(content, mac, secret or self.secret)

    def with_mac_count(self, data: bytes, count: bytes) -> bytes:
        """Put other octets where the file says how often the MAC's key is derived."""
        version, content, mac = ber.sequence(ber.parse(data))
        info, salt = ber.sequence(mac)[:2]
        forged = ber.encode(
            ber.SEQUENCE, ber.to_der(info), ber.to_der(salt), ber.encode(ber.INTEGER, count)
        )
        return ber.encode(ber.SEQUENCE, ber.to_der(version), ber.to_der(content), forged)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Protection(Pbes1):
    def key_and_iv(self, password: Password) -> tuple[bytes, bytes]:
        return bytes(24), bytes(8)


def _claimed(iterations: int) -> Pbes1:
    return _Protection(oid=TRIPLE_DES, salt=b"8 octets", iterations=iterations)


@pytest.fixture
def forge() -> Forge:
    return Forge()
