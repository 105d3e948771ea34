"""The trust anchors of an environment: listing them, and taking new ones in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_hookspecs import ConfigurationError

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

        Raises ``usage.file-unreadable`` and the refusals of ``hilum_ehealth.trust.import_anchor``.
        """
        data = _content(file)
        if dry_run:
            return self._tried(data, purpose)
        imported = self._import(data, self._environment.trust_folder, purpose)
        for anchor in imported:
            if anchor.is_new:
                self._audit.record(
                    "trust.imported",
                    sha256=anchor.sha256,
                    subject=anchor.subject,
                    purpose=anchor.purpose,
                )
        return imported

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
