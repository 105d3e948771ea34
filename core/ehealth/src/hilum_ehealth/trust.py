"""The trust anchors of an environment: files in three folders, one per purpose.

``tls`` for the platform's servers, ``ehealth`` for the certificates of providers and of the signer
of assertions, ``eid`` for identity cards. In a built-in environment only anchors whose fingerprint
is published count, whatever else stands in the folders.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_ehealth.certificates.issuers import fingerprint
from hilum_ehealth.certificates.path import is_ca
from hilum_ehealth.certificates.reading import checked, read_certificate
from hilum_ehealth.certificates.signer import check_assertion_signer
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.files import write_atomically
from hilum_ehealth.known_anchors import (
    KNOWN_ANCHORS,
    PURPOSES,
    KnownAnchor,
    Purpose,
    known_anchor,
    known_for,
)

if TYPE_CHECKING:
    from cryptography import x509

    from hilum_ehealth.environments import Environment

__all__ = [
    "KNOWN_ANCHORS",
    "PURPOSES",
    "AnchorState",
    "ImportedAnchor",
    "KnownAnchor",
    "Purpose",
    "TrustStore",
    "anchor_states",
    "check_assertion_signer",
    "import_anchor",
    "known_anchor",
]

_SUFFIXES: Final = frozenset({".pem", ".crt", ".cer", ".der"})
_LARGEST_FILE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedAnchor:
    """An anchor that :func:`import_anchor` put in its place."""

    sha256: str
    subject: str
    purpose: Purpose
    path: Path
    is_new: bool
    """False when it stood there already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorState:
    """A line of the list of anchors: one that is known, or present, or both."""

    sha256: str
    subject: str
    purpose: Purpose
    known: bool
    present: bool
    counts: bool
    """Present and allowed in the environment."""

    not_after: datetime | None = None
    """End of validity (UTC) of one that is present."""


@dataclass(frozen=True, slots=True)
class TrustStore:
    """The anchors in *folder*; with *known_for*, only those known for that built-in environment."""

    folder: Path
    known_for: str | None = None

    @classmethod
    def of(cls, environment: Environment) -> TrustStore:
        """Open the anchors that count in *environment*.

        Where the folder alone decides which count, nobody else may write to it: raises
        ``storage.unsafe-mode`` (``path``, ``mode``).
        """
        if environment.built_in:
            return cls(environment.trust_folder, environment.name)
        _check_writers(environment.trust_folder)
        return cls(environment.trust_folder)

    def anchors(self, purpose: Purpose) -> tuple[x509.Certificate, ...]:
        """Read the anchors for *purpose*; none when the folder is absent.

        Raises ``trust.unreadable`` (``path``) rather than trusting fewer than were put there.
        """
        return tuple(found for found in self.present(purpose) if self.counts(found, purpose))

    def present(self, purpose: Purpose) -> tuple[x509.Certificate, ...]:
        """Read every certificate in the folder of *purpose*, also those that do not count."""
        try:
            paths = sorted((self.folder / purpose).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return ()
        except OSError as error:
            raise EhealthError("trust.unreadable", path=str(self.folder / purpose)) from error
        return tuple(
            certificate
            for path in paths
            if path.suffix.lower() in _SUFFIXES and not path.name.startswith(".")
            for certificate in _read(path)
        )

    def counts(self, certificate: x509.Certificate, purpose: Purpose) -> bool:
        """Say whether *certificate* may be an anchor for *purpose* here."""
        if self.known_for is None:
            return True
        known = known_anchor(fingerprint(certificate))
        return known is not None and known.purpose == purpose and _allows(known, self.known_for)

    def tls_pem(self) -> str | None:
        """Concatenate the TLS anchors as PEM; ``None`` when there are none of our own."""
        from cryptography.hazmat.primitives.serialization import Encoding

        pem = b"".join(anchor.public_bytes(Encoding.PEM) for anchor in self.anchors("tls"))
        return pem.decode("ascii") or None


def import_anchor(
    data: bytes,
    folder: Path,
    *,
    environment: str,
    built_in: bool,
    purpose: Purpose | None = None,
) -> tuple[ImportedAnchor, ...]:
    """Put the certificates in *data* (PEM, several allowed, or DER) below *folder*.

    A built-in environment accepts only anchors known for it, by fingerprint. A named one accepts
    any CA, and needs *purpose* for those that are not known. All or none are written, as PEM
    files 0600 in folders 0700, named by fingerprint. Raises ``trust.not-a-certificate``,
    ``trust.unknown-anchor``, ``trust.wrong-environment`` (``environments``),
    ``trust.wrong-purpose`` (``purpose``), ``trust.purpose-missing`` and ``trust.not-a-ca``, each
    with ``sha256`` and ``subject`` of the certificate, and ``storage.*``.
    """
    certificates = _parsed(data)
    purposes: list[Purpose] = [
        _accepted(certificate, environment if built_in else None, purpose)
        for certificate in certificates
    ]
    return tuple(
        _placed(certificate, folder, chosen)
        for certificate, chosen in zip(certificates, purposes, strict=True)
    )


def anchor_states(environment: Environment) -> tuple[AnchorState, ...]:
    """List what is known for *environment* and what stands in its folders, by purpose."""
    store = TrustStore.of(environment)
    return tuple(state for purpose in PURPOSES for state in _states(store, purpose, environment))


def _states(store: TrustStore, purpose: Purpose, environment: Environment) -> Iterator[AnchorState]:
    present = {fingerprint(certificate): certificate for certificate in store.present(purpose)}
    for sha256, certificate in present.items():
        yield AnchorState(
            sha256=sha256,
            subject=_subject(certificate),
            purpose=purpose,
            known=known_anchor(sha256) is not None,
            present=True,
            counts=store.counts(certificate, purpose),
            not_after=certificate.not_valid_after_utc,
        )
    for known in known_for(environment.name, purpose) if environment.built_in else ():
        if known.sha256 not in present:
            yield AnchorState(
                sha256=known.sha256,
                subject=known.subject,
                purpose=purpose,
                known=True,
                present=False,
                counts=False,
            )


def _check_writers(folder: Path) -> None:
    """Refuse *folder* when another account than ours or root's may add or change anchors in it."""
    if os.name == "nt":
        return
    try:
        _check_writer(folder)
        for place in [folder / purpose for purpose in PURPOSES]:
            _check_writer(place)
            if place.is_dir():
                for path in place.iterdir():
                    _check_writer(path)
    except OSError as error:
        raise EhealthError("trust.unreadable", path=str(folder)) from error


def _check_writer(path: Path) -> None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    safe = status.st_uid in (0, os.geteuid())
    if not safe or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        raise EhealthError("storage.unsafe-mode", path=str(path), mode=mode)


def _allows(known: KnownAnchor, environment: str) -> bool:
    return environment in known.environments


def _accepted(
    certificate: x509.Certificate, built_in: str | None, purpose: Purpose | None
) -> Purpose:
    """Decide what *certificate* is an anchor for, or refuse it."""
    known = known_anchor(fingerprint(certificate))
    if known is None and built_in is not None:
        raise _refused("trust.unknown-anchor", certificate, environment=built_in)
    if known is not None and built_in is not None and not _allows(known, built_in):
        raise _refused(
            "trust.wrong-environment",
            certificate,
            environment=built_in,
            environments=list(known.environments),
        )
    if known is not None:
        if purpose not in (None, known.purpose):
            raise _refused("trust.wrong-purpose", certificate, purpose=known.purpose)
        return known.purpose
    if purpose is None:
        raise _refused("trust.purpose-missing", certificate, purposes=list(PURPOSES))
    if not is_ca(certificate):
        raise _refused("trust.not-a-ca", certificate)
    return purpose


def _refused(code: str, certificate: x509.Certificate, **details: object) -> EhealthError:
    """Name the CA; a certificate that is none may be a person's, and is not named."""
    subject = _subject(certificate) if is_ca(certificate) else ""
    return EhealthError(code, sha256=fingerprint(certificate), subject=subject, **details)


def _subject(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()


def _placed(certificate: x509.Certificate, folder: Path, purpose: Purpose) -> ImportedAnchor:
    from cryptography.hazmat.primitives.serialization import Encoding

    sha256 = fingerprint(certificate)
    target = folder / purpose
    path = target / f"{sha256}.pem"
    is_new = not path.exists()
    if is_new:
        _make_folder(target)
        write_atomically(path, certificate.public_bytes(Encoding.PEM))
    return ImportedAnchor(
        sha256=sha256, subject=_subject(certificate), purpose=purpose, path=path, is_new=is_new
    )


def _make_folder(folder: Path) -> None:
    """Make *folder* and what is missing above it, for the owner alone."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise EhealthError("storage.write-failed", path=str(folder)) from error


def _read(path: Path) -> tuple[x509.Certificate, ...]:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
        return _parsed(data)
    except (OSError, EhealthError) as error:
        raise EhealthError("trust.unreadable", path=str(path)) from error


@lru_cache(maxsize=32)
def _parsed(data: bytes) -> tuple[x509.Certificate, ...]:
    """Parse the certificates in *data*; a file is read each time, the same bytes parsed once."""
    from cryptography import x509

    if len(data) > _LARGEST_FILE:
        raise EhealthError("trust.not-a-certificate")
    try:
        if b"-----BEGIN CERTIFICATE-----" in data:
            return tuple(map(checked, x509.load_pem_x509_certificates(data)))
        return (read_certificate(data),)
    except (ValueError, x509.InvalidVersion) as error:
        raise EhealthError("trust.not-a-certificate") from error
