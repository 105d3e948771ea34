"""Private keys out of their bags."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from hilum_ehealth.keys import PrivateKey

from . import ber
from .derivation import Password
from .protection import TRIPLE_DES, DecryptionFailed, Pbes1, Unknown, decrypt
from .structure import KeyBag


class UnreadableKey(Exception):
    """A key that the password does not open, that is broken, or of a family we do not use."""


def load_key(bag: KeyBag, secret: Password, *, validate: bool) -> PrivateKey:
    """Decrypt and load a key, RSA or EC; without *validate* RSA primes are taken as they are.

    Raises :class:`UnreadableKey`.
    """
    try:
        key = _load(bag, secret, validate=validate)
    except (ValueError, TypeError, UnsupportedAlgorithm, DecryptionFailed) as error:
        raise UnreadableKey from error
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise UnreadableKey
    return key


def _load(bag: KeyBag, secret: Password, *, validate: bool) -> object:
    protection = bag.protection
    if isinstance(protection, Unknown):
        raise UnreadableKey
    if isinstance(protection, Pbes1) and protection.oid == TRIPLE_DES and secret.utf8:
        # The library derives several times faster than hashlib can in a loop.
        data = ber.encode(
            ber.SEQUENCE, protection.identifier(), ber.encode(ber.OCTET_STRING, bag.data)
        )
        password = secret.utf8
    else:
        data = bag.data if protection is None else decrypt(protection, bag.data, secret)
        password = None
    return load_der_private_key(data, password, unsafe_skip_rsa_key_validation=not validate)
