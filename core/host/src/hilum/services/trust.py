"""The trust anchors of an environment: listing them, and taking new ones in."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import ConfigurationError, HilumError

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment
    from hilum_ehealth.trust import AnchorState, ImportedAnchor, Purpose
    from hilum_hookspecs.ports import Audit

LARGEST_FILE: Final = 1024 * 1024


class TrustService:
    """The use cases of ``hilum trust``, in one environment."""

    def __init__(self, environment: Environment, audit: Audit) -> None:
        self._environment = environment
        self._audit = audit

    def anchors(self) -> Sequence[AnchorState]:
        """Return the anchors that are known for the environment or stand in its folders."""
        from hilum_ehealth.trust import anchor_states

        return anchor_states(self._environment)

    def import_file(
        self, file: Path, purpose: Purpose | None, *, dry_run: bool = False
    ) -> Sequence[ImportedAnchor]:
        """Take the certificates in *file* in; with *dry_run* only say which would be.

        What is new is audited before it is there: whatever fails or dies in between, nothing is
        trusted without an entry. Raises ``usage.file-unreadable`` and the refusals of
        ``hilum_ehealth.trust.import_anchor``.
        """
        data = _content(file)
        tried = self._tried(data, purpose)
        if dry_run:
            return tried
        new = [anchor for anchor in tried if anchor.is_new]
        self._note("trust.imported", new)
        try:
            return self._import(data, self._environment.trust_folder, purpose)
        except EhealthError:
            with contextlib.suppress(HilumError, EhealthError):
                absent = [anchor for anchor in new if not anchor.path.exists()]
                self._note("trust.import-failed", absent)
            raise

    def _note(self, action: str, anchors: Sequence[ImportedAnchor]) -> None:
        for anchor in anchors:
            self._audit.record(
                action, sha256=anchor.sha256, subject=anchor.subject, purpose=anchor.purpose
            )

    def _tried(self, data: bytes, purpose: Purpose | None) -> Sequence[ImportedAnchor]:
        """Import into a folder that is thrown away, and tell the paths that would be."""
        from tempfile import TemporaryDirectory

        with TemporaryDirectory(prefix="hilum-") as folder:
            tried = self._import(data, Path(folder), purpose)
        return tuple(map(self._as_would_be, tried))

    def _as_would_be(self, anchor: ImportedAnchor) -> ImportedAnchor:
        path = self._environment.trust_folder / anchor.purpose / anchor.path.name
        return replace(anchor, path=path, is_new=not path.exists())

    def _import(
        self, data: bytes, folder: Path, purpose: Purpose | None
    ) -> Sequence[ImportedAnchor]:
        from hilum_ehealth.trust import import_anchor

        return import_anchor(
            data,
            folder,
            environment=self._environment.name,
            built_in=self._environment.built_in,
            purpose=purpose,
        )


def _content(file: Path) -> bytes:
    """Read *file*, one byte more than is ever accepted at most."""
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigurationError(
            "usage.file-unreadable", path=str(file), problem=error.strerror or ""
        ) from error
