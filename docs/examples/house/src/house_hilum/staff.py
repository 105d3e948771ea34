"""The members of the practice, as its own software keeps them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hilum_hookspecs import InamiPeriod, Message, Profession, Provider, RecordError

DOMAIN = "house_hilum"


class Staff:
    """Reads the file each time: the practice's software may change it while Hilum runs."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> Sequence[Provider]:
        """Return every member."""
        return [_provider(row) for row in self._rows()]

    def find(self, text: str) -> Sequence[Provider]:
        """Return the members whose id, NISS or INAMI number is *text*, however it is written."""
        digits = "".join(character for character in text if character.isdigit())
        return [
            _provider(row)
            for row in self._rows()
            if text == row["id"] or (digits and digits in (row["niss"], row["inami"]))
        ]

    def knows(self, provider_id: str, password: str) -> bool:
        """Tell whether *password* is the one of a member."""
        for row in self._rows():
            if row["id"] == provider_id:
                given = scrypt(password, bytes.fromhex(row["salt"]))
                return hmac.compare_digest(given, bytes.fromhex(row["password"]))
        return False

    def _rows(self) -> list[dict[str, Any]]:
        try:
            rows: list[dict[str, Any]] = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RecordError(
                "house.no-staff",
                message=Message(DOMAIN, "The list of the practice's members cannot be read."),
                remedy=Message(DOMAIN, "Look at the setting staff in the section [house]."),
            ) from error
        return rows


def scrypt(password: str, salt: bytes) -> bytes:
    """Derive what is kept of a password."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=5)


def _provider(row: dict[str, Any]) -> Provider:
    number = InamiPeriod(number=row["inami"])
    return Provider(
        id=row["id"],
        last_name=row["last_name"],
        first_names=row["first_names"],
        niss=row["niss"],
        professions=(Profession(name=row["profession"], inami=(number,), default=True),),
    )
