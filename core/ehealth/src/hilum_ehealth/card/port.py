"""The card port: what callers may ask of an eID, whatever stands behind it.

Errors are :class:`~hilum_ehealth.errors.EhealthError` with ``card.*`` codes, or ``cancelled``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal, Protocol, Self

from hilum_ehealth.errors import EhealthError

if TYPE_CHECKING:
    from hilum_ehealth.keys import PrivateKey

AUTHENTICATION: Final = "Authentication"
"""Label of the key and certificate that prove who is there."""

SIGNATURE: Final = "Signature"
"""Label of the key and certificate for legal signatures; the card asks the PIN each time."""

CERTIFICATES: Final = (AUTHENTICATION, SIGNATURE, "CA", "Root")
"""Labels of the certificates on a card, in the order in which they are read."""

Digest = Literal["sha256", "sha384", "sha512"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardInfo:
    """An eID that is in a reader now, as far as it can be told without reading it."""

    reader: str
    serial: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """What the readers hold at one moment, without reading a card."""

    readers: tuple[str, ...]
    """Names of the readers, with or without a card."""

    cards: tuple[CardInfo, ...]
    """The eIDs among what is in them."""

    problem: EhealthError | None = field(default=None, compare=False)
    """What :meth:`CardReaders.open` would raise now as far as it can be told."""

    code: str | None = field(init=False)
    """The problem's code; two views with equal codes, readers and cards are equal."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", self.problem and self.problem.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardIdentity:
    """Who a card belongs to and how its PIN is given; read without any PIN."""

    serial: str = field(repr=False)
    """The last 16 hexadecimal digits of the chip number: it tells two cards apart."""

    reader: str
    niss: str = field(repr=False)
    """Eleven digits."""

    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    """Separated by spaces, as the card writes them."""

    pin_pad: bool
    """The reader has keys of its own: log in with None and never ask for the PIN."""

    asks_pin_itself: bool
    """The middleware opens its own window when it is given no PIN."""

    certificates: Mapping[str, bytes] = field(repr=False)
    """DER by label, see :data:`CERTIFICATES`; ``Authentication`` is always there."""


class Card(Protocol):
    """One eID in a reader, opened. A context manager that closes it."""

    @property
    def identity(self) -> CardIdentity:
        """Who the card belongs to, as read when it was opened."""
        ...

    def login(self, pin: str | None) -> None:
        """Give the PIN, once; None leaves asking to the reader's keys or to the middleware.

        After ``card.removed`` this is also how the same card is taken up again. A reader with
        keys of its own gets no PIN from us, whatever *pin* is. Raises ``card.pin-format`` (nothing
        was sent), ``card.pin-needed``, ``card.pin-rejected`` (``attempts_left``, None when the
        middleware does not tell), ``card.pin-blocked``, ``card.swapped``. In every other error a
        true ``try_may_be_lost`` says that a PIN was under way: the card may have counted it.
        """
        ...

    def sign(self, label: str, data: bytes, digest: Digest = "sha256") -> bytes:
        """Sign *data* with the key of this label: RSA PKCS#1 v1.5, or ECDSA as raw ``r||s``.

        Raises ``card.not-logged-in`` when the card wants its PIN (again), ``card.removed`` (also
        when it was pulled meanwhile), ``card.no-certificate``, ``card.no-key``.
        """
        ...

    def key(self, label: str) -> PrivateKey:
        """Wrap the key of this label for libraries that take a private key object."""
        ...

    def present(self) -> bool:
        """Tell whether this very card is in a reader now."""
        ...

    def close(self) -> None:
        """Log out and let the card go; never raises."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


class CardReaders(Protocol):
    """The readers of this machine. A context manager that lets them go."""

    def cards(self) -> tuple[CardInfo, ...]:
        """List the eIDs that are in a reader now; other cards and tokens are left out."""
        ...

    def look(self) -> CardView:
        """Tell what is in the readers; cheap when nothing changed since the last look.

        What :meth:`open` would raise stands in the view; raises what keeps from looking at all:
        ``cancelled``, ``card.timeout``, ``card.helper-ended``, ``card.middleware-unloadable``.
        """
        ...

    def open(self, reader: str | None = None) -> Card:
        """Read the only eID, or the one in *reader*.

        Raises ``card.no-service``, ``card.no-reader``, ``card.not-present``,
        ``card.not-recognised``, ``card.in-use``, ``card.foreign-token``, ``card.several``
        (``readers``), ``card.no-certificate``.
        """
        ...

    def close(self) -> None:
        """Let cards and readers go; never raises."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


def check_pin(pin: str) -> None:
    """Refuse what cannot be an eID's PIN (4 to 12 digits) before the card counts it as a try."""
    if not (4 <= len(pin) <= 12 and pin.isascii() and pin.isdigit()):
        raise EhealthError("card.pin-format", minimum=4, maximum=12)
