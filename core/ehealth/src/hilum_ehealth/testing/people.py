"""A made-up person with a keystore and an identity card on disk, for tests of what uses them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hilum_ehealth.assertion import Assertion

    from .authority import Pki
    from .issuing import Issued

PASSWORD = "Correct-Horse-7"  # noqa: S105  # of made-up keystores only
PIN = "2580"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can open sessions; the keystore's password and the PIN are this module's."""

    niss: str
    name: str
    keystore: Path
    card: Path
    holder: Issued = field(repr=False)

    @property
    def certificate(self) -> bytes:
        """The eHealth certificate, DER."""
        from cryptography.hazmat.primitives.serialization import Encoding

        return self.holder.certificate.public_bytes(Encoding.DER)


def make_person(
    folder: Path, pki: Pki, *, niss: str = "85073003328", name: str = "Alice Example"
) -> Person:
    """Make a person's keystore (EC key, the form that opens fast) and software card in *folder*."""
    from hilum_ehealth.card.software import create_software_card

    given, _, surname = name.partition(" ")
    holder = pki.ehealth_certificate(niss=niss, name=name.upper(), key_type="ec")
    card = pki.citizen(niss=niss, given_names=(given,), surname=surname, key_type="ec")
    keystore, card_file = folder / f"{niss}.p12", folder / f"{niss}.card"
    _write_keystore(keystore, holder)
    create_software_card(
        card_file,
        serial=f"534C494E{niss[:8]}",
        niss=niss,
        surname=surname,
        given_names=given,
        pin=PIN,
        authentication=(card.authentication.private_key, card.authentication.certificate),
        signature=(card.signature.private_key, card.signature.certificate),
        ca=card.ca,
        root=card.root,
    )
    return Person(niss=niss, name=name, keystore=keystore, card=card_file, holder=holder)


@dataclass
class PlayedPlatform:
    """Plays :func:`hilum_ehealth.opening.open_token`: keeps what was asked and gives a token."""

    life: timedelta = timedelta(hours=12)
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def __call__(self, **arguments: Any) -> Assertion:
        """Give a token about the person and the holder that were asked for; signs nothing."""
        from cryptography.hazmat.primitives.serialization import Encoding

        from hilum_ehealth.assertion import Assertion

        self.asked.append(arguments)
        now: datetime = arguments["clock"]()
        return Assertion(
            data=b"<Assertion/>",
            assertion_id=f"_{len(self.asked)}",
            issuer="urn:be:fgov:ehealth:sts:1_0",
            issued_at=now,
            not_before=now - timedelta(minutes=5),
            not_on_or_after=now + self.life,
            niss=arguments["niss"],
            holder_certificate=arguments["holder"].certificate.public_bytes(Encoding.DER),
            attributes=(),
        )


def _write_keystore(path: Path, holder: Issued) -> None:
    from hilum_ehealth.keystore import Form, KeyEntry, Keystore, write_keystore

    entry = KeyEntry(
        alias="authentication",
        private_key=holder.private_key,
        certificate=holder.certificate,
        chain=tuple(holder.chain),
    )
    write_keystore(path, Keystore(entries=(entry,)), PASSWORD, form=Form.COMPATIBLE)
