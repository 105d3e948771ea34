"""Which certificate belongs to which key, and what stands above it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from hilum_ehealth.certificates.reading import read_certificate
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.keys import PrivateKey, same_public_key

from .derivation import Password
from .keybags import UnreadableKey, load_key
from .model import KeyEntry, Keystore, PendingKey, TrustedEntry
from .placeholder import is_placeholder
from .structure import Bag, CertificateBag, KeyBag

_LONGEST_CHAIN = 8


class _Certificates:
    """The certificate bags, each parsed once, and which of them have found their place."""

    def __init__(self, bags: list[CertificateBag]) -> None:
        self.placeholders = [bag for bag in bags if is_placeholder(bag.der)]
        self.real = [(bag, _parsed(bag)) for bag in bags if bag not in self.placeholders]
        self.left = list(self.real)

    def place(self, certificate: x509.Certificate, *, local_id: bytes | None = None) -> None:
        """Take one bag with *certificate* off those left, if possible that with *local_id*."""
        same = [found for found in self.left if found[1] == certificate]
        same.sort(key=lambda found: found[0].local_id != local_id)
        if same:
            self.left.remove(same[0])


def _parsed(bag: CertificateBag) -> x509.Certificate:
    try:
        return read_certificate(bag.der)
    except ValueError as error:
        raise _no_usable_key("unreadable-certificate", bag.alias) from error


def _no_usable_key(reason: str, alias: str | None) -> EhealthError:
    return EhealthError("keystore.no-usable-key", reason=reason, alias=alias)


def assemble(bags: Iterable[Bag], secret: Password, *, validate_keys: bool) -> Keystore:
    """Load every key, give it its certificate and chain, and keep the other certificates.

    Raises :class:`EhealthError` ``keystore.no-usable-key``, ``.ambiguous`` or ``.damaged``.
    """
    found = list(bags)
    key_bags = [bag for bag in found if isinstance(bag, KeyBag)]
    refuse_same_names(key_bags)
    if not key_bags:
        raise _no_usable_key("no-key", None)
    keys = [(bag, _key(bag, secret, validate=validate_keys)) for bag in key_bags]
    certificates = _Certificates([bag for bag in found if isinstance(bag, CertificateBag)])
    entries = [_entry(bag, key, certificates) for bag, key in keys]
    return Keystore(
        entries=tuple(entry for entry in entries if isinstance(entry, KeyEntry)),
        pending=tuple(entry for entry in entries if isinstance(entry, PendingKey)),
        trusted=tuple(
            TrustedEntry(alias=bag.alias or "", certificate=certificate)
            for bag, certificate in certificates.left
        ),
    )


def refuse_same_names(bags: list[KeyBag]) -> None:
    """Raise :class:`EhealthError` ``keystore.ambiguous`` when two keys have one alias."""
    names = Counter(bag.alias.lower() for bag in bags if bag.alias)
    for alias, count in names.items():
        if count > 1:
            raise EhealthError("keystore.ambiguous", alias=alias)


def _key(bag: KeyBag, secret: Password, *, validate: bool) -> PrivateKey:
    try:
        return load_key(bag, secret, validate=validate)
    except UnreadableKey as error:
        raise _no_usable_key("unreadable-key", bag.alias) from error


def _entry(bag: KeyBag, key: PrivateKey, certificates: _Certificates) -> KeyEntry | PendingKey:
    alias = bag.alias or ""
    placeholder = _placeholder(bag, certificates)
    if placeholder is not None:
        return PendingKey(
            alias=alias, private_key=key, placeholder=placeholder, local_id=bag.local_id
        )
    certificate = _certificate(bag, key, certificates)
    certificates.place(certificate, local_id=bag.local_id)
    chain = chain_above(certificate, (found for _, found in certificates.real))
    for issuer in chain:
        certificates.place(issuer)
    return KeyEntry(
        alias=alias,
        private_key=key,
        certificate=certificate,
        chain=chain,
        local_id=bag.local_id,
    )


def _placeholder(bag: KeyBag, certificates: _Certificates) -> bytes | None:
    return next((c.der for c in certificates.placeholders if _same_mark(bag, c)), None)


def _same_mark(key: KeyBag, certificate: CertificateBag) -> bool:
    """By localKeyID; only a file without any is read by names."""
    if key.local_id is not None:
        return key.local_id == certificate.local_id
    return certificate.local_id is None and key.alias == certificate.alias


def _certificate(bag: KeyBag, key: PrivateKey, certificates: _Certificates) -> x509.Certificate:
    """Find the certificate by mark and prove it by public key; without a mark, by key alone."""
    marked = [found for found in certificates.real if _same_mark(bag, found[0])]
    fitting = {c for _, c in marked or certificates.real if belongs(c, key)}
    if len(fitting) == 1:
        return fitting.pop()
    if fitting:
        raise EhealthError("keystore.ambiguous", alias=bag.alias or "")
    reason = "certificate-mismatch" if marked else "no-certificate"
    raise _no_usable_key(reason, bag.alias)


def belongs(certificate: x509.Certificate, key: PrivateKey) -> bool:
    """Tell whether *certificate* is that of *key*, by the public key."""
    try:
        return same_public_key(certificate.public_key(), key.public_key())
    except (ValueError, UnsupportedAlgorithm):
        return False


def chain_above(
    leaf: x509.Certificate, certificates: Iterable[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """Climb from *leaf* to the highest issuer among *certificates*, by name and signature."""
    chain: list[x509.Certificate] = []
    others = dict.fromkeys(certificates)
    others.pop(leaf, None)
    current = leaf
    while len(chain) < _LONGEST_CHAIN:
        issuer = next((other for other in others if _issued(other, current)), None)
        if issuer is None:
            break
        del others[issuer]
        chain.append(issuer)
        current = issuer
    return tuple(chain)


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Say whether *issuer* is a CA that signed *certificate*.

    An encryption certificate names its own subject as issuer and is signed by the authentication
    key, whose certificate is no CA: the two make no chain.
    """
    try:
        if issuer.subject != certificate.issuer:
            return False
        certificate.verify_directly_issued_by(issuer)
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (
        ValueError,
        TypeError,
        InvalidSignature,
        UnsupportedAlgorithm,
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
    ):
        return False
