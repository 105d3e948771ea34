"""Opening a keystore: integrity first, then every key and certificate in it.

The order matters. All iteration counts are checked before anything is derived, those inside an
encrypted part as soon as it is decrypted; only a good MAC makes the password the right one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from hilum_ehealth.errors import EhealthError

from . import ber
from .ber import Malformed
from .derivation import Password
from .integrity import Pbmac1, Pkcs12Mac, fits
from .keybags import UnreadableKey, load_key
from .matching import assemble
from .protection import DecryptionFailed, Unknown, decrypt
from .structure import Bag, EncryptedPart, KeyBag, Pfx, read_bags, read_pfx
from .work import Work

if TYPE_CHECKING:
    from .model import Keystore


def open_keystore(data: bytes, password: str, *, validate_keys: bool = True) -> Keystore:
    """Open the PKCS#12 file *data* with all its keys.

    Reads BER and DER, 3DES, RC2 and AES, and counts up to 2,000,000 iterations. Without
    *validate_keys* the primes of RSA keys are not checked again, which is most of the time; that
    is right for a file that was checked when it was imported.

    Raises :class:`EhealthError`: ``keystore.not-pkcs12`` (found), ``.too-large`` (size, limit),
    ``.damaged``, ``.no-mac``, ``.unsupported-algorithm`` (algorithm), ``.iterations`` (count,
    cap), ``.password-rejected``, ``.no-usable-key`` (reason, alias), ``.ambiguous`` (alias).
    """
    pfx = read_pfx(data)
    work = Work()
    mac = accept_visible_work(pfx, work)
    secret = _unlock(pfx, mac, password)
    try:
        return assemble(_all_bags(pfx, secret, work), secret, validate_keys=validate_keys)
    except (Malformed, DecryptionFailed) as error:
        raise EhealthError("keystore.damaged") from error


def accept_visible_work(pfx: Pfx, work: Work) -> Pkcs12Mac | Pbmac1:
    """Check every count and algorithm that stands in clear, and return the MAC there must be.

    Raises :class:`EhealthError` ``keystore.no-mac``, ``.iterations``, ``.unsupported-algorithm``.
    """
    if pfx.mac is None:
        raise EhealthError("keystore.no-mac")
    work.add(pfx.mac.name, pfx.mac.iterations)
    for part in pfx.parts:
        if isinstance(part, EncryptedPart):
            work.add(part.protection.name, part.protection.iterations)
    _accept_keys(pfx.bags, work)
    if isinstance(pfx.mac, Unknown):
        raise EhealthError("keystore.unsupported-algorithm", algorithm=pfx.mac.name)
    return pfx.mac


def _accept_keys(bags: Iterable[Bag], work: Work) -> None:
    for bag in bags:
        if isinstance(bag, KeyBag) and bag.protection is not None:
            work.add(bag.protection.name, bag.protection.iterations)


def _unlock(pfx: Pfx, mac: Pkcs12Mac | Pbmac1, password: str) -> Password:
    """Return the password in the form that the MAC fits."""
    try:
        forms = Password.forms(password)
    except UnicodeEncodeError:
        raise EhealthError("keystore.password-rejected") from None
    for secret in forms:
        if fits(mac, pfx.content, secret):
            return secret
    if any(_opens_a_key(pfx, secret) for secret in forms):
        raise EhealthError("keystore.damaged")
    raise EhealthError("keystore.password-rejected")


def _opens_a_key(pfx: Pfx, secret: Password) -> bool:
    """Tell a changed file from a wrong password: the right one still opens some key."""
    for bag in pfx.bags:
        if isinstance(bag, KeyBag) and bag.protection is not None:
            try:
                load_key(bag, secret, validate=False)
            except UnreadableKey:
                continue
            return True
    return False


def _all_bags(pfx: Pfx, secret: Password, work: Work) -> Iterator[Bag]:
    for part in pfx.parts:
        if isinstance(part, EncryptedPart):
            bags = _decrypted_bags(part, secret)
            _accept_keys(bags, work)
            yield from bags
        else:
            yield from part


def _decrypted_bags(part: EncryptedPart, secret: Password) -> tuple[Bag, ...]:
    if isinstance(part.protection, Unknown):
        raise EhealthError("keystore.unsupported-algorithm", algorithm=part.protection.name)
    return read_bags(ber.parse(decrypt(part.protection, part.data, secret)))
