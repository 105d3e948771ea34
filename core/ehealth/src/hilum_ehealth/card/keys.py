"""The card's keys as private key objects of ``cryptography``.

Libraries for XML signatures, certificate requests and CMS take any object of these classes; only
``sign`` and the public half work, everything else is refused because the key never leaves the
card.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NoReturn, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding, PKCS1v15

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.keys import PublicKey, ecdsa_der

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed
    from cryptography.utils import Buffer

    from .port import Card, Digest


def card_key(card: Card, label: str) -> CardRsaKey | CardEcKey:
    """Wrap the card's key of this label; errors as :func:`certified_key`."""
    public = certified_key(card, label)
    if isinstance(public, rsa.RSAPublicKey):
        return CardRsaKey(card, label, public)
    return CardEcKey(card, label, public)


def certified_key(card: Card, label: str) -> PublicKey:
    """Answer the public key in the card's certificate of this label.

    The certificate tells the key's family; that of its issuer says nothing. Raises
    ``card.no-certificate`` when there is none (a child's card has keys without certificates),
    ``card.mechanism-unsupported`` for a key that is neither RSA nor on an elliptic curve.
    """
    der = card.identity.certificates.get(label)
    if der is None:
        raise EhealthError("card.no-certificate", label=label)
    public = x509.load_der_x509_certificate(der).public_key()
    if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise EhealthError("card.mechanism-unsupported", label=label)
    return public


class _OnCard:
    """What both families share: the way to the card, and all that a card does not do."""

    def __init__(self, card: Card, label: str) -> None:
        self._card = card
        self._label = label

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._label}>"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def private_numbers(self) -> NoReturn:
        """Refuse: the key does not leave the card."""
        raise UnsupportedAlgorithm("the key does not leave the card")

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        """Refuse: the key does not leave the card."""
        raise UnsupportedAlgorithm("the key does not leave the card")


class CardRsaKey(_OnCard, rsa.RSAPrivateKey):
    """An RSA key on a card. Signs with PKCS#1 v1.5 and SHA-256 only."""

    def __init__(self, card: Card, label: str, public: rsa.RSAPublicKey) -> None:
        super().__init__(card, label)
        self._public = public

    @property
    def key_size(self) -> int:
        """Bits of the modulus."""
        return self._public.key_size

    def public_key(self) -> rsa.RSAPublicKey:
        """Answer the public key of the certificate."""
        return self._public

    def sign(
        self,
        data: bytes,
        padding: AsymmetricPadding,
        algorithm: Prehashed | hashes.HashAlgorithm | NoDigestInfo,
    ) -> bytes:
        """Sign *data* on the card; errors as :meth:`~hilum_ehealth.card.port.Card.sign`."""
        if not isinstance(padding, PKCS1v15) or not isinstance(algorithm, hashes.SHA256):
            raise UnsupportedAlgorithm("the card signs with PKCS#1 v1.5 and SHA-256")
        return self._card.sign(self._label, bytes(data), "sha256")

    def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding) -> NoReturn:
        """Refuse: an eID key signs and does nothing else."""
        raise UnsupportedAlgorithm("the card does not decrypt")


class CardEcKey(_OnCard, ec.EllipticCurvePrivateKey):
    """An elliptic curve key on a card. Signs with ECDSA and SHA-256, -384 or -512."""

    def __init__(self, card: Card, label: str, public: ec.EllipticCurvePublicKey) -> None:
        super().__init__(card, label)
        self._public = public

    @property
    def curve(self) -> ec.EllipticCurve:
        """The curve of the certificate's key."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """Bits of the curve's order."""
        return self._public.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """Answer the public key of the certificate."""
        return self._public

    def sign(self, data: Buffer, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """Sign *data* on the card and answer DER, as ``cryptography`` does.

        Errors as :meth:`~hilum_ehealth.card.port.Card.sign`.
        """
        digest = _DIGESTS.get(getattr(signature_algorithm.algorithm, "name", ""))
        if digest is None or not isinstance(signature_algorithm, ec.ECDSA):
            raise UnsupportedAlgorithm("the card signs with ECDSA and SHA-2 of the whole data")
        return ecdsa_der(self._card.sign(self._label, bytes(data), digest))

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> NoReturn:
        """Refuse: an eID key signs and does nothing else."""
        raise UnsupportedAlgorithm("the card does not agree on keys")


_DIGESTS: Final[Mapping[str, Digest]] = {
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
}
"""Digests by ``cryptography``'s names; a Prehashed has no name and is refused."""
