"""Keys that sign and decrypt, in memory or on a card, and the two writings of ECDSA signatures.

``PrivateKey`` names the abstract classes of cryptography; the keys of a card are subclasses of
them, so whatever accepts one of these accepts a card too.
"""

from __future__ import annotations

from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

PrivateKey: TypeAlias = RSAPrivateKey | EllipticCurvePrivateKey
PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey


def same_public_key(a: object, b: object) -> bool:
    """Tell whether two public keys are equal; a key of another family than ours never is."""
    if isinstance(a, RSAPublicKey) and isinstance(b, RSAPublicKey):
        return a.public_numbers() == b.public_numbers()
    if isinstance(a, EllipticCurvePublicKey) and isinstance(b, EllipticCurvePublicKey):
        return a.curve.name == b.curve.name and a.public_numbers() == b.public_numbers()
    return False


def ecdsa_raw(der: bytes, curve_bits: int) -> bytes:
    """Turn a DER signature into r and s of fixed length, as XML signatures and cards have it.

    *curve_bits* is the size of the curve's order (384 on P-384). Raises ``ValueError`` when *der*
    is no signature or too large for the curve.
    """
    size = (curve_bits + 7) // 8
    r, s = decode_dss_signature(der)
    try:
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    except OverflowError:
        raise ValueError("the signature is too large for the curve") from None


def ecdsa_der(raw: bytes) -> bytes:
    """Turn r and s of equal length into the DER signature that X.509 and cryptography use.

    Raises ``ValueError`` when *raw* is empty or of odd length.
    """
    half, odd = divmod(len(raw), 2)
    if odd or not half:
        raise ValueError("a raw signature is two numbers of equal length")
    return encode_dss_signature(
        int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
    )
