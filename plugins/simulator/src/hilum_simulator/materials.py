"""What the simulator hands to people: keystores as eHealth's own tool writes them, and eID cards.

Everything is issued by simulated authorities and good for nothing on the real platform.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from hilum_ehealth.keys import PrivateKey
    from hilum_ehealth.keystore import Stage
    from hilum_ehealth.testing.authority import CitizenCard, Issued, KeyType, Pki

MONTHS: Final = (
    *("JAN", "FEV", "MARS", "AVR", "MAI", "JUIN"),
    *("JUIL", "AOUT", "SEPT", "OCT", "NOV", "DEC"),
)
"""How a card in French writes the month of birth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A made-up person."""

    niss: str = field(repr=False)
    """Eleven digits."""

    given_names: tuple[str, ...] = field(repr=False)
    surname: str = field(repr=False)

    @property
    def ehealth_name(self) -> str:
        """The name as an eHealth certificate writes it: capitals without accents."""
        from unicodedata import combining, normalize

        letters = normalize("NFD", " ".join((*self.given_names, self.surname)))
        return "".join(letter for letter in letters if not combining(letter)).upper()


def make_holder(
    pki: Pki,
    person: Person,
    *,
    key_type: KeyType = "rsa",
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> Issued:
    """Issue the eHealth certificate of *person*."""
    return pki.ehealth_certificate(
        niss=person.niss,
        name=person.ehealth_name,
        key_type=key_type,
        not_before=not_before,
        not_after=not_after,
    )


def keystore_name(person: Person, at: datetime, suffix: str = ".p12") -> str:
    """Name a keystore as eHealth's own tool does: by person and moment of the request.

    The moment is written in the zone of *at*. *suffix* is ``.p12``, or ``.acc-p12`` as seen on
    acceptance.
    """
    return f"SSIN={person.niss} {at:%Y%m%d-%H%M%S}{suffix}"


def write_keystore(
    folder: Path,
    person: Person,
    holder: Issued,
    *,
    password: str,
    at: datetime,
    stage: Stage | None = None,
    old: bool = False,
    encryption_keys: int = 1,
    suffix: str = ".p12",
) -> Path:
    """Write the keystore of *holder* in the shape of eHealth's own tool; answer where.

    *stage* is ``COMPLETE`` by default; ``INCOMPLETE`` holds the key of *holder* and not yet its
    certificate. *old* gives the BER of before 2023. More than one of *encryption_keys* is a store
    that was renewed. Any password goes, as with the tool. Raises ``ValueError`` for
    ``NOT_EHEALTH``, and ``storage.*``.
    """
    from hilum_ehealth.files import write_atomically
    from hilum_ehealth.keystore import Stage
    from hilum_ehealth.testing.platform_keystore import incomplete_keystore, platform_keystore

    if stage is Stage.NOT_EHEALTH:
        raise ValueError(stage.value)
    if stage is Stage.INCOMPLETE:
        data = incomplete_keystore(
            authentication_key=holder.private_key, now=at, password=password, old=old
        )
    else:
        count = 0 if stage is Stage.NO_ENCRYPTION_KEY else encryption_keys
        data = platform_keystore(
            authentication_key=holder.private_key,
            chain=(holder.certificate, *holder.chain),
            encryption=[_encryption_key(holder) for _ in range(count)],
            password=password,
            old=old,
        )
    path = folder / keystore_name(person, at, suffix)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(path, data)
    return path


def _encryption_key(holder: Issued) -> tuple[PrivateKey, Certificate]:
    """Make a key of the holder's family that messages are sealed to, with its certificate."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from hilum_ehealth.testing.issuing import new_key
    from hilum_ehealth.testing.platform_keystore import make_encryption_certificate

    key = new_key("rsa" if isinstance(holder.private_key, RSAPrivateKey) else "ec")
    certificate = make_encryption_certificate(
        holder.private_key, holder.certificate, key, secrets.randbits(127) | 1 << 127
    )
    return key, certificate


def make_card(
    pki: Pki,
    person: Person,
    *,
    key_type: KeyType = "ec",
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> CitizenCard:
    """Issue the two certificates of an identity card: ``rsa`` as until 2021, ``ec`` since."""
    return pki.citizen(
        niss=person.niss,
        given_names=person.given_names[:2],
        surname=person.surname,
        key_type=key_type,
        not_before=not_before,
        not_after=not_after,
    )


def write_software_card(path: Path, person: Person, card: CitizenCard, *, pin: str) -> str:
    """Write *card* to a file that the kit's software card reads; answer its new serial number.

    Raises ``card.pin-format`` and ``storage.*``.
    """
    from hilum_ehealth.card.software import create_software_card

    serial = secrets.token_hex(8).upper()
    create_software_card(
        path,
        serial=serial,
        niss=person.niss,
        surname=person.surname,
        given_names=" ".join(person.given_names[:2]),
        pin=pin,
        authentication=_pair(card.authentication),
        signature=_pair(card.signature),
        ca=card.ca,
        root=card.root,
    )
    return serial


def load_card_into_token(
    module: Path,
    person: Person,
    card: CitizenCard,
    *,
    pin: str,
    so_pin: str = "12345678",
    label: str = "BELPIC",
    slot: int | None = None,
    softhsm_conf: Path | None = None,
) -> str:
    """Initialise a software PKCS#11 token as the eID shows itself; answer its serial number.

    Takes the first token that is not initialised unless *slot* is given. A software token keeps
    its own manufacturer and model. Raises ``RuntimeError`` with the library's words.
    """
    from hilum_ehealth.testing.token import load_card

    return load_card(
        module,
        pin=pin,
        so_pin=so_pin,
        label=label,
        slot=slot,
        softhsm_conf=softhsm_conf,
        authentication=_pair(card.authentication),
        signature=_pair(card.signature),
        ca=card.ca,
        root=card.root,
        data=card_data(person, card),
    )


def card_data(person: Person, card: CitizenCard) -> Mapping[str, str]:
    """Write the identity data objects of *person* by label, in the formats of the eID."""
    certificate = card.authentication.certificate
    data = {
        "card_number": f"59{secrets.randbelow(10**10):010d}",
        "chip_number": secrets.token_hex(16).upper(),
        "validity_begin_date": f"{certificate.not_valid_before_utc:%d.%m.%Y}",
        "validity_end_date": f"{certificate.not_valid_after_utc:%d.%m.%Y}",
        "issuing_municipality": "Bruxelles",
        "national_number": person.niss,
        "surname": person.surname,
        "firstnames": " ".join(person.given_names[:2]),
        "first_letter_of_third_given_name": "".join(person.given_names[2:3])[:1],
        "nationality": "Belge",
        "location_of_birth": "Bruxelles",
    }
    return {**data, **_birth(person.niss)}


def _birth(niss: str) -> Mapping[str, str]:
    from hilum_ehealth.identifiers import Niss

    number = Niss.parse(niss)
    born = number.birth_date
    data = {"date_of_birth": f"{born:%d} {MONTHS[born.month - 1]} {born:%Y}"} if born else {}
    if number.gender:
        data["gender"] = number.gender
    return data


def _pair(issued: Issued) -> tuple[PrivateKey, Certificate]:
    return issued.private_key, issued.certificate
