"""The columns of a CSV file of records."""

from __future__ import annotations

from typing import Final

from .fields import FIELDS

COLUMNS: Final = (
    "id",
    *(each.name for each in FIELDS),
    "professions",
    "default_profession",
    "inami",
)
"""The columns of an export; an import may have any of them, in any order."""

HEADINGS: Final[dict[str, str]] = {
    "nom": "last_name",
    "prenom": "first_names",
    "prenoms": "first_names",
    "initiales": "initials",
    "ne le": "birth_date",
    "date de naissance": "birth_date",
    "sexe": "gender",
    "langue": "language",
    "formule d appel": "salutation",
    "categorie": "category",
    "rue": "street",
    "adresse": "street",
    "code postal": "postal_code",
    "localite": "city",
    "ville": "city",
    "pays": "country",
    "telephone": "phone",
    "gsm": "mobile",
    "e mail": "email",
    "n niss": "niss",
    "numero niss": "niss",
    "n inami": "inami",
    "numero inami": "inami",
    "numeros inami": "inami",
    "profession": "professions",
    "profession par defaut": "default_profession",
    "ehealthbox active": "ehealthbox",
    "independant": "independent",
    "titulaire du cabinet": "practice_owner",
}
"""Headings that are understood beside the names of the columns, without accents."""
