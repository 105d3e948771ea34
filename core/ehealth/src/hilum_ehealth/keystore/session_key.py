"""The quick way to the one key that a session needs, in a keystore that was checked before.

Most of the time of opening goes into deriving keys. cryptography's own loader does that several
times faster than a loop in Python, but returns the first key of a file, whatever it is, and counts
no iterations. So it is used where the visible structure shows that its first key is the right one,
and every other file is opened by :func:`open_keystore`.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from hilum_ehealth.errors import EhealthError

from . import ber
from .matching import belongs, chain_above, refuse_same_names
from .model import AUTHENTICATION, KeyEntry, Stage
from .placeholder import is_placeholder
from .reader import accept_visible_work, open_keystore
from .structure import KeyBag, Pfx, read_pfx
from .work import Work


def open_authentication(data: bytes, password: str) -> KeyEntry:
    """Open the key ``authentication`` of the PKCS#12 file *data*, with its certificate and chain.

    The other keys are not decrypted. Raises :class:`EhealthError` as :func:`open_keystore`, and
    ``keystore.incomplete`` or ``keystore.not-ehealth`` when there is no such key in use.
    """
    pfx = read_pfx(data)
    accept_visible_work(pfx, Work())
    if _authentication_comes_first(pfx) and _is_der(data, pfx):
        entry = _loaded(data, password)
        if entry is not None:
            return entry
    keystore = open_keystore(data, password, validate_keys=False)
    if keystore.stage is Stage.INCOMPLETE:
        raise EhealthError("keystore.incomplete")
    if keystore.authentication is None:
        raise EhealthError("keystore.not-ehealth")
    return keystore.authentication


def _authentication_comes_first(pfx: Pfx) -> bool:
    """Tell whether the loader's first key is ours.

    It takes the first in the order of the file. Standing in clear, that one is found before any
    that an encrypted part could hide, and those are then left alone.
    """
    first = pfx.parts[0] if pfx.parts else None
    if not isinstance(first, tuple):
        return False
    keys = [bag for bag in pfx.bags if isinstance(bag, KeyBag)]
    refuse_same_names(keys)
    return bool(keys) and keys[0] in first and (keys[0].alias or "").lower() == AUTHENTICATION


def _is_der(data: bytes, pfx: Pfx) -> bool:
    """Tell DER from BER, which the loader warns about and is going to refuse one day."""
    return all(ber.to_der(ber.parse(part)) == part for part in (data, pfx.content))


def _loaded(data: bytes, password: str) -> KeyEntry | None:
    """Let the library open the file; ``None`` leaves it to the thorough way to say what is wrong.

    A certificate that is none (the placeholder) makes it warn, which may have been made an error.
    """
    try:
        loaded = pkcs12.load_pkcs12(data, password.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, Warning):
        return None
    key = loaded.key
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        return None
    found = [*([loaded.cert] if loaded.cert else ()), *loaded.additional_certs]
    certificates = tuple(dict.fromkeys(entry.certificate for entry in found))
    leaves = [certificate for certificate in certificates if belongs(certificate, key)]
    if len(leaves) != 1 or is_placeholder(leaves[0].public_bytes(Encoding.DER)):
        return None
    return KeyEntry(
        alias=AUTHENTICATION,
        private_key=key,
        certificate=leaves[0],
        chain=chain_above(leaves[0], certificates),
    )
