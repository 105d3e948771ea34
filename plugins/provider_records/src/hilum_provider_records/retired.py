"""Identifiers of records that were removed: nobody else may have them.

Certificates, sessions, messages and users are kept under the identifier. Whoever got it would get
these too.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from hilum_hookspecs import Finding, Provider
from sqlalchemy import delete, insert, select

from .tables import retired
from .words import _

if TYPE_CHECKING:
    from sqlalchemy import Connection


def retire(connection: Connection, record: Provider) -> None:
    """Remember whose identifier it was; of the person only a hash that is slow to guess."""
    salt = secrets.token_hex(16)
    connection.execute(delete(retired).where(retired.c.id == record.id))
    connection.execute(
        insert(retired).values(
            id=record.id, salt=salt, person=_hash(record.niss, salt) if record.niss else None
        )
    )


def refusals(connection: Connection) -> Callable[[Provider], Finding | None]:
    """Return what says of a new record why it cannot have its identifier, if it cannot."""
    rows = {row.id: row for row in connection.execute(select(retired))}

    def refusal(record: Provider) -> Finding | None:
        row = rows.get(record.id)
        if row is None or _is_same(record, row.salt, row.person):
            return None
        return _retired(record)

    return refusal


def _retired(record: Provider) -> Finding:
    return Finding(
        provider_id=record.id,
        code="record.id-retired",
        field="id",
        message=_.message(
            "The identifier {id} was that of a record that was removed; what is kept under it "
            "belongs to that person. Choose another one.",
            id=record.id,
        ),
    )


def _is_same(record: Provider, salt: str, person: str | None) -> bool:
    if not record.niss or person is None:
        return False
    return hmac.compare_digest(_hash(record.niss, salt), person)


def _hash(niss: str, salt: str) -> str:
    # 16 MiB and some 40 ms each: there are few enough NISS to try them all.
    return hashlib.scrypt(niss.encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=32).hex()
