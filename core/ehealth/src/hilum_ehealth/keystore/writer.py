"""Writing a keystore in the layout of eHealth's own tool, so that Java programs see its aliases."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from . import encoding
from .derivation import HMAC_SHA256, Password
from .integrity import Pkcs12Mac
from .model import AUTHENTICATION, Form, KeyEntry, PendingKey, TrustedEntry
from .names import java_name
from .passwords import check_new_password
from .protection import AES_256_CBC, RC2_40, TRIPLE_DES, Pbes1, Pbes2

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How keys, certificates and the whole are protected."""

    modern: bool
    iterations: int
    mac_iterations: int
    mac_hash: str
    salt_size: int
    certificate_cipher: str = TRIPLE_DES
    """For the old form only: 3DES or RC2-40."""

    def for_keys(self) -> Pbes1 | Pbes2:
        """Protect one key, with a salt of its own."""
        return self._protection(TRIPLE_DES)

    def for_certificates(self) -> Pbes1 | Pbes2:
        """Protect the certificates."""
        return self._protection(self.certificate_cipher)

    def mac(self) -> Pkcs12Mac:
        """Protect the whole against changes."""
        return Pkcs12Mac(
            hash_name=self.mac_hash,
            salt=os.urandom(self.salt_size),
            iterations=self.mac_iterations,
        )

    def _protection(self, old_cipher: str) -> Pbes1 | Pbes2:
        salt = os.urandom(self.salt_size)
        if not self.modern:
            return Pbes1(oid=old_cipher, salt=salt, iterations=self.iterations)
        return Pbes2(
            cipher_oid=AES_256_CBC,
            iv=os.urandom(16),
            prf_oid=HMAC_SHA256,
            salt=salt,
            iterations=self.iterations,
        )


RECIPES: Final = {
    Form.MODERN: Recipe(
        modern=True, iterations=600_000, mac_iterations=600_000, mac_hash="sha256", salt_size=16
    ),
    Form.COMPATIBLE: Recipe(
        modern=False, iterations=50_000, mac_iterations=100_000, mac_hash="sha1", salt_size=20
    ),
}
PLATFORM_TOOL: Final = replace(RECIPES[Form.COMPATIBLE], certificate_cipher=RC2_40)
"""What eHealth's own tool writes today."""


def encode_keystore(
    entries: Iterable[KeyEntry | PendingKey],
    password: str,
    form: Form = Form.MODERN,
    *,
    trusted: Iterable[TrustedEntry] | None = None,
) -> bytes:
    """Write *entries* as a PKCS#12 file; keys of a card cannot be written.

    Without *trusted*, the certificates of the entry ``authentication`` stand there once more under
    their names, as eHealth's tool has it. Raises :class:`EhealthError` as
    :func:`check_new_password`.
    """
    check_new_password(password)
    secret, recipe = Password.forms(password)[0], RECIPES[form]
    content = authenticated_safe(tuple(entries), trusted, secret, recipe)
    return encoding.pfx(content, recipe.mac(), secret)


def authenticated_safe(
    entries: tuple[KeyEntry | PendingKey, ...],
    trusted: Iterable[TrustedEntry] | None,
    password: Password,
    recipe: Recipe,
) -> bytes:
    """Write the content of a file by any recipe: one part with keys, one with certificates."""
    marked = tuple(_marked(entries))
    if trusted is None:
        trusted = _trusted_of(marked)
    keys = (_key_bag(entry, password, recipe.for_keys()) for entry in marked)
    certificates = _certificate_bags(marked, trusted)
    return encoding.authenticated_safe(
        encoding.plain_part(*keys),
        encoding.encrypted_part(certificates, password, recipe.for_certificates()),
    )


def _trusted_of(entries: Iterable[KeyEntry | PendingKey]) -> Iterator[TrustedEntry]:
    """List what eHealth's tool writes once more: the authentication certificate and its chain."""
    for entry in entries:
        if isinstance(entry, KeyEntry) and entry.alias.lower() == AUTHENTICATION:
            for certificate in (entry.certificate, *entry.chain):
                yield TrustedEntry(alias=java_name(certificate.subject), certificate=certificate)


def _marked(entries: Iterable[KeyEntry | PendingKey]) -> Iterator[KeyEntry | PendingKey]:
    """Give each entry a mark of its own, by which certificates are joined to keys.

    Java reads the time of creation out of it; a certificate's first day is near enough.
    """
    used: set[bytes] = set()
    for entry in entries:
        local_id = entry.local_id
        since = entry.certificate.not_valid_before_utc if isinstance(entry, KeyEntry) else None
        millis = int(since.timestamp() * 1000) if since else 0
        while local_id is None or local_id in used:
            local_id = b"Time %d" % millis
            millis += 1
        used.add(local_id)
        yield replace(entry, local_id=local_id)


def _key_bag(entry: KeyEntry | PendingKey, password: Password, protection: Pbes1 | Pbes2) -> bytes:
    plain = entry.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return encoding.key_bag(plain, entry.alias, entry.local_id, password, protection)


def _certificate_bags(
    entries: tuple[KeyEntry | PendingKey, ...], trusted: Iterable[TrustedEntry]
) -> Iterator[bytes]:
    issuers: set[Certificate] = set()
    for entry in entries:
        if isinstance(entry, PendingKey):
            yield encoding.certificate_bag(entry.placeholder, entry.alias, entry.local_id)
            continue
        yield encoding.certificate_bag(_der(entry.certificate), entry.alias, entry.local_id)
        for issuer in entry.chain:
            if issuer not in issuers:
                issuers.add(issuer)
                yield encoding.certificate_bag(_der(issuer), java_name(issuer.subject), None)
    for other in trusted:
        yield encoding.certificate_bag(_der(other.certificate), other.alias, None)


def _der(certificate: Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
