"""A certificate with its private key, and how one is taken from an eHealth keystore."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import EhealthError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from .keys import PrivateKey


@dataclass(frozen=True, slots=True)
class Credential:
    """Who signs: a certificate and its key, in memory or on a card."""

    certificate: Certificate
    private_key: PrivateKey = field(repr=False)


def keystore_credential(path: Path, password: str, *, niss: str, expected: bytes) -> Credential:
    """Open the keystore at *path*, which we keep, as the credential of the person with *niss*.

    The file must be ours alone, and no link. *expected* is the DER certificate that the keystore
    is known to hold, so that a file that was exchanged behind our back is noticed. Raises
    :class:`EhealthError` with the codes of :func:`hilum_ehealth.keystore.check_file_mode` and
    :func:`hilum_ehealth.keystore.read_authentication`, ``record.wrong-person`` and
    ``keystore.changed``.
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    from .certificates import holder_of
    from .keystore import check_file_mode, read_authentication

    check_file_mode(path)
    entry = read_authentication(path, password)
    holder = holder_of(entry.certificate)
    if (holder.kind, holder.identifier) != ("SSIN", niss):
        raise EhealthError("record.wrong-person", first="keystore", second="record")
    if entry.certificate.public_bytes(Encoding.DER) != expected:
        raise EhealthError("keystore.changed", path=str(path))
    return Credential(entry.certificate, entry.private_key)
