"""An eID in a file, behind the same port, for demonstrations and tests; never a real person's.

The file is the card: move it away and the card is out, put another in its place and the card is
swapped. JSON, 0600; keys are PKCS#8 encrypted under the PIN; the PIN counter is kept in the file
and, as a chip does, taken down before a PIN is compared.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.files import write_atomically

from .port import AUTHENTICATION, SIGNATURE, CardIdentity, CardInfo, CardView, Digest, check_pin

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from hilum_ehealth.keys import PrivateKey

FORMAT: Final = "hilum-software-card-1"
TRIES: Final = 3
"""Wrong PINs in a row that block the card, as on a real one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What the file holds; certificates and keys by label, in PEM."""

    serial: str
    niss: str
    surname: str
    given_names: str
    tries_left: int
    certificates: Mapping[str, str]
    keys: Mapping[str, str] = field(repr=False)

    def write(self, path: Path) -> None:
        values = {name: getattr(self, name) for name in self.__slots__}
        write_atomically(path, json.dumps({"format": FORMAT, **values}, indent=1).encode("utf-8"))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file; ``card.not-present`` without it, ``card.not-recognised`` for another."""
        try:
            values = json.loads(path.read_bytes())
            if values.pop("format") != FORMAT:
                raise ValueError(FORMAT)
            content = cls(**values)
            if type(content.tries_left) is not int:
                raise TypeError("tries_left")
            return content
        except OSError as error:
            raise EhealthError("card.not-present", readers=[_reader(path)]) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EhealthError("card.not-recognised", reader=_reader(path)) from error


def create_software_card(
    path: Path,
    *,
    serial: str,
    niss: str,
    surname: str,
    given_names: str,
    pin: str,
    authentication: tuple[PrivateKey, Certificate] | None,
    signature: tuple[PrivateKey, Certificate] | None = None,
    ca: Certificate | None = None,
    root: Certificate | None = None,
) -> None:
    """Write a card to *path*, in place of what is there.

    Without *authentication* it is a child's card. Raises ``card.pin-format``, ``storage.*``.
    """
    check_pin(pin)
    pairs = {AUTHENTICATION: authentication, SIGNATURE: signature}
    owned = {label: pair for label, pair in pairs.items() if pair}
    certificates = {label: certificate for label, (_, certificate) in owned.items()}
    certificates |= {label: c for label, c in (("CA", ca), ("Root", root)) if c}
    _Content(
        serial=serial,
        niss=niss,
        surname=surname,
        given_names=given_names,
        tries_left=TRIES,
        certificates={label: _pem(certificate) for label, certificate in certificates.items()},
        keys={label: _encrypted(key, pin) for label, (key, _) in owned.items()},
    ).write(path)


def open_software_card(path: Path) -> SoftwareReaders:
    """Open the one reader whose card is the file at *path*; the file may come and go."""
    return SoftwareReaders(path)


class SoftwareReaders:
    """One reader with a file for a card; see :class:`~hilum_ehealth.card.port.CardReaders`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def cards(self) -> tuple[CardInfo, ...]:
        """List the card when its file is there."""
        if not self._path.exists():
            return ()
        serial = _Content.read(self._path).serial
        return (CardInfo(reader=_reader(self._path), serial=serial),)

    def look(self) -> CardView:
        """Tell whether the card's file is there."""
        readers = (_reader(self._path),)
        try:
            return CardView(readers=readers, cards=self.cards(), problem=self._absence())
        except EhealthError as error:
            return CardView(readers=readers, cards=(), problem=error)

    def _absence(self) -> EhealthError | None:
        if self._path.exists():
            return None
        return EhealthError("card.not-present", readers=[_reader(self._path)])

    def open(self, reader: str | None = None) -> SoftwareCard:
        """Read the card."""
        if reader not in (None, _reader(self._path)):
            raise EhealthError("card.no-reader", readers=[_reader(self._path)])
        return SoftwareCard(self._path, _identity(_Content.read(self._path), _reader(self._path)))

    def close(self) -> None:
        """Nothing is held."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class SoftwareCard:
    """See :class:`~hilum_ehealth.card.port.Card`."""

    def __init__(self, path: Path, identity: CardIdentity) -> None:
        self._path = path
        self._identity = identity
        self._keys: Mapping[str, Any] | None = None

    @property
    def identity(self) -> CardIdentity:
        """Who the card belongs to."""
        return self._identity

    def login(self, pin: str | None) -> None:
        """Give the PIN; see :meth:`hilum_ehealth.card.port.Card.login`."""
        if pin is None:
            raise EhealthError("card.pin-needed")
        check_pin(pin)
        content = self._content()
        if content.tries_left <= 0:
            raise EhealthError("card.pin-blocked")
        self._keys = None
        left = content.tries_left - 1
        replace(content, tries_left=left).write(self._path)
        self._keys = self._decrypted(content, pin, left)
        replace(content, tries_left=TRIES).write(self._path)

    @staticmethod
    def _decrypted(content: _Content, pin: str, left: int) -> Mapping[str, Any]:
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            return {
                label: load_pem_private_key(pem.encode("ascii"), pin.encode("ascii"))
                for label, pem in content.keys.items()
            }
        except ValueError:
            if left:
                raise EhealthError("card.pin-rejected", attempts_left=left) from None
            raise EhealthError("card.pin-blocked") from None

    def _content(self) -> _Content:
        """Read the file again: this very card must still be there."""
        try:
            content = _Content.read(self._path)
        except EhealthError as error:
            self._keys = None
            if error.code == "card.not-present":
                raise EhealthError("card.removed", reader=self._identity.reader) from error
            raise
        if content.serial != self._identity.serial:
            self._keys = None
            raise EhealthError("card.swapped", reader=self._identity.reader)
        return content

    def sign(self, label: str, data: bytes, digest: Digest = "sha256") -> bytes:
        """Sign *data*; see :meth:`hilum_ehealth.card.port.Card.sign`."""
        return _signature(self._opened_key(label), data, digest)

    def sign_digest_info(self, label: str, digest_info: bytes) -> bytes:
        """Sign what a chip is given: a hash already wrapped as RSA PKCS#1 v1.5 wants it.

        Errors as :meth:`sign`, and ``ValueError`` for a key of another family or too long a text.
        """
        from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

        key = self._opened_key(label)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("not an RSA key")
        return key.sign(digest_info, padding.PKCS1v15(), utils.NoDigestInfo())

    def _opened_key(self, label: str) -> Any:
        self._content()
        if label not in self._identity.certificates:
            raise EhealthError("card.no-certificate", label=label)
        if self._keys is None:
            raise EhealthError("card.not-logged-in")
        if label not in self._keys:
            raise EhealthError("card.no-key", label=label)
        return self._keys[label]

    def key(self, label: str) -> PrivateKey:
        """Wrap the key of this label; errors as :func:`hilum_ehealth.card.keys.certified_key`."""
        from .keys import card_key

        return card_key(self, label)

    def present(self) -> bool:
        """Tell whether this card's file is there now."""
        try:
            self._content()
        except EhealthError:
            return False
        return True

    def close(self) -> None:
        """Forget the opened keys."""
        self._keys = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _reader(path: Path) -> str:
    return f"Software card {path.name}"


def _identity(content: _Content, reader: str) -> CardIdentity:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificate

    from hilum_ehealth.certificates.reading import checked

    if AUTHENTICATION not in content.certificates:
        raise EhealthError("card.no-certificate", label=AUTHENTICATION, reader=reader)
    try:
        certificates = {
            label: checked(load_pem_x509_certificate(pem.encode("ascii"))).public_bytes(
                Encoding.DER
            )
            for label, pem in content.certificates.items()
        }
    except (ValueError, AttributeError) as error:
        raise EhealthError("card.not-recognised", reader=reader) from error
    return CardIdentity(
        serial=content.serial,
        reader=reader,
        niss=content.niss,
        surname=content.surname,
        given_names=content.given_names,
        pin_pad=False,
        asks_pin_itself=False,
        certificates=MappingProxyType(certificates),
    )


def _signature(key: Any, data: bytes, digest: Digest) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    from hilum_ehealth.keys import ecdsa_raw

    algorithm = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[
        digest
    ]
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), algorithm)
    return ecdsa_raw(key.sign(data, ec.ECDSA(algorithm)), key.key_size)


def _pem(certificate: Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def _encrypted(key: PrivateKey, pin: str) -> str:
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        PrivateFormat,
    )

    return key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(pin.encode("ascii"))
    ).decode("ascii")
