"""One eID behind a PKCS#11 module."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from hilum_ehealth.errors import EhealthError

from .frames import pack, unpack
from .port import SIGNATURE, CardIdentity, Digest, check_pin
from .slots import Slot

if TYPE_CHECKING:
    from hilum_ehealth.keys import PrivateKey

    from .pkcs11 import Pkcs11Readers
    from .process import HelperProcess

RSA_MECHANISMS: dict[Digest, str] = {
    "sha256": "CKM_SHA256_RSA_PKCS",
    "sha384": "CKM_SHA384_RSA_PKCS",
    "sha512": "CKM_SHA512_RSA_PKCS",
}

NO_TRY_LOST: Final = frozenset(
    {
        "cancelled",
        "card.helper-ended",
        "card.not-logged-in",
        "card.pin-blocked",
        "card.pin-format",
        "card.pin-needed",
        "card.pin-rejected",
        "card.timeout",
    }
)
"""Refusals of a login that say by themselves whether a try was used."""

VAGUE: Final = ("card.device-error", "card.general-error", "card.function-failed")
"""What middleware also answers when the card is pulled in the middle of a call."""

NOTICED: Final = 1.0
"""Seconds within which a service that looks twice a second notices that a card is gone."""


class Pkcs11Card:
    """See :class:`~hilum_ehealth.card.port.Card`.

    A session is bound to the card as it was inserted and to the card's process: when either is
    gone the session is too, and only :meth:`login` opens another. It always does, since the card
    may have been out and back while its owner looked for the PIN.
    """

    def __init__(self, readers: Pkcs11Readers, identity: CardIdentity, session: int) -> None:
        self._readers = readers
        self._identity = identity
        self._helper: HelperProcess | None = readers.helper
        self._session: int | None = session
        self._logged_in = False

    @property
    def identity(self) -> CardIdentity:
        """Who the card belongs to, as read when it was opened."""
        return self._identity

    def login(self, pin: str | None) -> None:
        """Give the PIN once; see :meth:`hilum_ehealth.card.port.Card.login`."""
        pin = self._usable(pin)
        slot = self._slot()
        self.close()
        self._session = self._readers.open_session(slot)
        self._helper = self._readers.helper
        self._logged_in = False
        try:
            self._ask("login", pin_at_stake=True, pin=pin)
        except EhealthError as error:
            if error.code not in NO_TRY_LOST:
                error.details["try_may_be_lost"] = True
            raise
        self._logged_in = True

    def _usable(self, pin: str | None) -> str | None:
        if self._identity.pin_pad:
            return None
        if pin is not None:
            check_pin(pin)
        elif not self._identity.asks_pin_itself:
            raise EhealthError("card.pin-needed")
        return pin

    def _slot(self) -> Slot:
        """Find this very card, so that its PIN never becomes a try on another one."""
        slots = self._readers.slots()
        for slot in slots:
            if slot.token and slot.token.serial == self._identity.serial:
                return slot
        self._session = None
        for slot in slots:
            if slot.reader == self._identity.reader and slot.token:
                raise EhealthError("card.swapped", reader=slot.reader)
        raise EhealthError("card.removed", reader=self._identity.reader)

    def sign(self, label: str, data: bytes, digest: Digest = "sha256") -> bytes:
        """Sign *data*; see :meth:`hilum_ehealth.card.port.Card.sign`."""
        mechanism, prepared = self._prepared(label, data, digest)
        signature = self._ask(
            "sign",
            pin_at_stake=self._may_ask_the_pin(label),
            label=label,
            mechanism=mechanism,
            data=pack(prepared),
        )
        return unpack(str(signature))

    def _prepared(self, label: str, data: bytes, digest: Digest) -> tuple[str, bytes]:
        """Choose what every library can do: RSA with its hash, ECDSA over a hash of our own."""
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

        from .keys import certified_key

        if isinstance(certified_key(self, label), RSAPublicKey):
            return RSA_MECHANISMS[digest], data
        return "CKM_ECDSA", hashlib.new(digest, data).digest()

    def _may_ask_the_pin(self, label: str) -> bool:
        by_itself = self._identity.pin_pad or self._identity.asks_pin_itself
        return by_itself and (label == SIGNATURE or not self._logged_in)

    def _ask(self, do: str, *, pin_at_stake: bool, **arguments: object) -> object:
        if self._session is None:
            raise EhealthError("card.removed", reader=self._identity.reader)
        if self._helper is None or self._helper is not self._readers.helper:
            raise EhealthError("card.not-logged-in")
        try:
            return self._readers.ask(
                do, pin_at_stake=pin_at_stake, session=self._session, **arguments
            )
        except EhealthError as error:
            if error.code == "card.not-logged-in":
                self._logged_in = False
            if error.code == "card.removed" or (error.code in VAGUE and self._pulled()):
                self._session = None
                details = error.details | {"reader": self._identity.reader}
                raise EhealthError("card.removed", **details) from error
            raise

    def _pulled(self) -> bool:
        """Tell whether the card is no longer there, which its reader may take a while to notice."""
        deadline = time.monotonic() + NOTICED
        with suppress(EhealthError):
            while self.present():
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.05)
            return True
        return False

    def key(self, label: str) -> PrivateKey:
        """Wrap the key of this label; errors as :func:`hilum_ehealth.card.keys.certified_key`."""
        from .keys import card_key

        return card_key(self, label)

    def present(self) -> bool:
        """Tell whether this very card is in a reader now."""
        return any(
            slot.token is not None and slot.token.serial == self._identity.serial
            for slot in self._readers.slots()
        )

    def close(self) -> None:
        """Log out, so that the card forgets the PIN, and let it go."""
        session, self._session = self._session, None
        if session is not None and self._helper is self._readers.helper:
            self._readers.close_session(session)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
