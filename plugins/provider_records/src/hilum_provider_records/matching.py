"""Which record a row of a file is about."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.identifiers import Inami, Niss
from hilum_hookspecs import Provider
from hilum_hookspecs.typed import Refused

from .professions import INAMI
from .words import _


class Index:
    """The saved records by identifier, NISS and INAMI number, and the rows that claimed them."""

    def __init__(self, records: Sequence[Provider]) -> None:
        self._by_id = {record.id: record for record in records}
        self._by_niss = {record.niss: record for record in records if record.niss}
        self._by_base: dict[str, list[Provider]] = {}
        for record in records:
            for base in {p.number[:8] for each in record.professions for p in each.inami}:
                self._by_base.setdefault(base, []).append(record)
        self._lines: dict[str, int] = {}
        self.ids = set(self._by_id)
        """Identifiers that are taken, by saved records and by rows."""

    def match(self, cells: Mapping[str, str]) -> Provider | None:
        """Find the saved record that *cells* are about: by id, else NISS, else INAMI number.

        The first eight digits of an INAMI number tell a person, the last three a qualification.
        They decide only when no NISS contradicts them. A digit may be mistyped, so the names must
        agree as well: raises :class:`~hilum_hookspecs.typed.Refused`, ``record.row-other-name``.
        """
        identifier = cells.get("id", "").strip().lower()
        if identifier:
            return self._by_id.get(identifier)
        niss = _niss(cells.get("niss", ""))
        if niss in self._by_niss:
            return self._by_niss[niss]
        for base in _bases(cells.get("inami", "")):
            owners = self._by_base.get(base, ())
            if len(owners) == 1 and not (niss and owners[0].niss):
                if not _names_agree(cells, owners[0]):
                    raise _other_name(owners[0])
                return owners[0]
        return None

    def claim(self, record: Provider, line: int) -> int | None:
        """Note that *line* is about *record*; returns an earlier line about the same person."""
        keys = [f"id {record.id}", *([f"niss {record.niss}"] if record.niss else [])]
        earlier = next((self._lines[key] for key in keys if key in self._lines), None)
        if earlier is None:
            self._lines.update(dict.fromkeys(keys, line))
            self.ids.add(record.id)
        return earlier


def _names_agree(cells: Mapping[str, str], record: Provider) -> bool:
    """Tell whether a row may be about *record* by its names; a row without names may.

    Of the first names the first one counts; an initial stands for it.
    """
    last, first = _words(cells.get("last_name", "")), _words(cells.get("first_names", ""))[:1]
    if last and last != _words(record.last_name):
        return False
    return all(
        one.startswith(other) or other.startswith(one)
        for one, other in zip(first, _words(record.first_names), strict=False)
    )


def _words(name: str) -> list[str]:
    """Split a name into words without accents and capitals."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(
        each if each.isalnum() else " " for each in letters if not unicodedata.combining(each)
    ).split()


def _other_name(record: Provider) -> Refused:
    return Refused(
        "record.row-other-name",
        INAMI,
        _.message(
            "The INAMI number is that of {name} ({id}), but the name is another one: correct the "
            "row, or write {id} in the column id.",
            name=record.name,
            id=record.id,
        ),
    )


def _niss(text: str) -> str:
    try:
        return Niss.parse(text).digits
    except EhealthError:
        return ""


def _bases(text: str) -> list[str]:
    """Read the first eight digits of every number in a cell."""
    bases = []
    for part in text.replace("|", ":").split(":"):
        try:
            bases.append(Inami.parse(part).base)
        except EhealthError:
            continue
    return bases
