"""The use cases: take a keystore into a record, remove it, undo, export, change its password."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import (
    ActiveCertificate,
    CertificateError,
    HilumError,
    PluginContext,
    Provider,
)

from .advice import file_warnings, import_warnings
from .folder import KeystoreFolder
from .model import Action, Change, Content, Imported, Version
from .settings import CertificateSettings
from .words import _

if TYPE_CHECKING:
    from hilum_ehealth.keystore import Form
    from sqlalchemy import Connection


FOLDER: Final = "keystores"
"""Where kept keystores stand, in the plugin's data folder."""


class Certificates:
    """The eHealth certificates that we keep for providers, in the environment of now."""

    def __init__(self, context: PluginContext[CertificateSettings]) -> None:
        self._context = context
        self._folder = KeystoreFolder(context.data_folder / FOLDER)

    @property
    def _environment(self) -> str:
        return self._context.environment.name

    def active(self, provider_id: str, environment: str) -> ActiveCertificate | None:
        """Return the active certificate of a provider."""
        from . import store

        with self._context.storage.begin() as connection:
            found = store.active(connection, provider_id, environment)
        return self._as_active(found) if found else None

    def all_active(self) -> dict[str, Version]:
        """Return the active versions by provider's id."""
        from . import store

        with self._context.storage.begin() as connection:
            return store.all_active(connection, self._environment)

    def history(self, provider_id: str) -> tuple[tuple[Version, ...], tuple[Change, ...]]:
        """Return every version of a provider and what was done, oldest first."""
        from . import store

        with self._context.storage.begin() as connection:
            return (
                store.versions(connection, provider_id, self._environment),
                store.changes(connection, provider_id, self._environment),
            )

    def required(self, record: Provider) -> Version:
        """Return the active version; raises ``certificate.missing``."""
        from . import store

        with self._context.storage.begin() as connection:
            found = store.active(connection, record.id, self._environment)
        if found is None:
            raise missing(record)
        return found

    def path(self, version: Version) -> Path:
        """Return where a version stands."""
        return self._folder.path(version.file)

    def look(self, path: Path) -> None:
        """Refuse, before a password is asked, what no password can open.

        Raises ``keystore.not-pkcs12``, ``.damaged``, ``.too-large``, ``keystore.not-ehealth``.
        """
        from hilum_ehealth.keystore import Stage, glance
        from hilum_ehealth.keystore.files import read_bytes

        if glance(read_bytes(path)).stage is Stage.NOT_EHEALTH:
            raise EhealthError("keystore.not-ehealth")

    def take(
        self, path: Path, record: Provider, password: str, *, dry_run: bool = False
    ) -> Imported:
        """Take the keystore at *path* into *record*, after its content was judged.

        Raises what opening raises, ``keystore.incomplete``, ``keystore.not-ehealth``,
        ``record.wrong-person``, ``certificate.wrong-environment``, ``.untrusted``, ``.expired`` ...
        """
        from hilum_ehealth.keystore.files import read_bytes

        data = read_bytes(path)
        try:
            content = self._judged(data, record, password)
        except (EhealthError, HilumError) as error:
            if not dry_run:
                self._context.audit.record(
                    "certificate.refused",
                    provider_id=record.id,
                    code=error.code,
                )
            raise
        done = self._kept(data, content, record, dry_run=dry_run)
        return replace(done, warnings=(*done.warnings, *file_warnings(path, record)))

    def remove(self, record: Provider, *, dry_run: bool = False) -> Version:
        """Make no certificate active; the file stays. Raises ``certificate.missing``."""
        from . import store

        with self._context.storage.begin() as connection:
            version = store.active(connection, record.id, self._environment)
            if version is None:
                raise missing(record)
            if not dry_run:
                self._change(connection, record, Action.REMOVE, None)
                self._audit("certificate.removed", version)
        return version

    def undo(self, record: Provider, *, dry_run: bool = False) -> tuple[Change, Version | None]:
        """Undo the last change that holds; returns it, and what is active now.

        Raises ``certificate.nothing-to-undo``.
        """
        from . import store

        with self._context.storage.begin() as connection:
            done = store.changes(connection, record.id, self._environment)
            last = next((each for each in reversed(done) if not each.undone), None)
            if last is None:
                raise CertificateError(
                    "certificate.nothing-to-undo",
                    message=_.message("There is nothing to undo for {name}.", name=record.name),
                    remedy=_.message(
                        "See what was done: `hilum certificate show --provider {id}`", id=record.id
                    ),
                    provider=record.id,
                )
            now_active = _before(
                last, done, store.versions(connection, record.id, self._environment)
            )
            if not dry_run:
                store.undo(connection, last.id)
                self._context.audit.record(
                    "certificate.undone",
                    provider_id=record.id,
                    undone=last.action.value,
                )
        return last, now_active

    def export(self, record: Provider, path: Path, password: str, *, compatible: bool) -> Version:
        """Write the active keystore into the new file *path* and open it again to be sure.

        *compatible* writes the old form that older programs need. Raises ``usage.file-exists``,
        ``certificate.missing`` and what opening and writing raise.
        """
        from .exporting import export

        version = self.required(record)
        export(self.path(version), path, password, compatible=compatible)
        self._audit("certificate.exported", version, compatible=compatible)
        return version

    def change_password(self, record: Provider, old: str, new: str, form: Form) -> Version:
        """Keep the active keystore once more, under another password; the old one stays kept.

        Raises ``secret.not-ascii``, ``secret.too-short``, ``certificate.missing``, what opening
        and writing raise, and ``certificate.changed-meanwhile``.
        """
        from hilum_ehealth.keystore import check_file_mode, read_keystore, write_keystore

        version = self.required(record)
        source = self.path(version)
        check_file_mode(source)
        keystore = read_keystore(source, old)
        file = self._folder.keep_by(
            record.id, lambda path: write_keystore(path, keystore, new, form=form)
        )
        return self._changed_password(record, version, file)

    def _judged(self, data: bytes, record: Provider, password: str) -> Content:
        from hilum_ehealth.keystore import open_keystore

        from .content import check_person, check_trust, read_content

        content = read_content(open_keystore(data, password))
        check_person(content, record)
        check_trust(content, self._context.environment, self._now())
        return content

    def _kept(self, data: bytes, content: Content, record: Provider, *, dry_run: bool) -> Imported:
        from . import store

        digest = sha256(data).hexdigest()
        with self._context.storage.begin() as connection:
            before = store.active(connection, record.id, self._environment)
            warnings = import_warnings(content, record, before, self._now())
            if before and before.file_sha256 == digest:
                return Imported(content=content, version=before, is_new=False, warnings=warnings)
            if dry_run:
                return Imported(content=content, version=None, is_new=True, warnings=warnings)
            # The file first: a crash between the two leaves a file too many, never one too few.
            file = self._folder.keep(record.id, data)
            version = self._add(connection, record, file, digest, content)
            self._change(connection, record, Action.IMPORT, version.id)
            self._audit("certificate.imported", version)
        return Imported(content=content, version=version, is_new=True, warnings=warnings)

    def _changed_password(self, record: Provider, version: Version, file: str) -> Version:
        from . import store

        digest = sha256(self._folder.path(file).read_bytes()).hexdigest()
        with self._context.storage.begin() as connection:
            still = store.active(connection, record.id, self._environment)
            if still is None or still.id != version.id:
                raise CertificateError("certificate.changed-meanwhile", provider=record.id)
            kept = self._add(connection, record, file, digest, version.content)
            self._change(connection, record, Action.CHANGE_PASSWORD, kept.id)
            self._audit("certificate.password-changed", kept)
        return kept

    def _add(
        self, connection: Connection, record: Provider, file: str, digest: str, content: Content
    ) -> Version:
        from . import store

        return store.add_version(
            connection,
            provider_id=record.id,
            environment=self._environment,
            file=file,
            file_sha256=digest,
            content=content,
            now=self._now(),
        )

    def _change(
        self, connection: Connection, record: Provider, action: Action, version_id: int | None
    ) -> None:
        from . import store

        store.add_change(
            connection,
            provider_id=record.id,
            environment=self._environment,
            action=action,
            version_id=version_id,
            now=self._now(),
        )

    def _audit(self, action: str, version: Version, **data: object) -> None:
        self._context.audit.record(
            action,
            provider_id=version.provider_id,
            file=version.file,
            certificate=version.content.sha256,
            not_after=version.content.not_after.isoformat(),
            **data,
        )

    def _as_active(self, version: Version) -> ActiveCertificate:
        content = version.content
        return ActiveCertificate(
            provider_id=version.provider_id,
            environment=version.environment,
            keystore=self._folder.path(version.file),
            certificate=content.certificate,
            chain=content.chain,
            not_before=content.not_before,
            not_after=content.not_after,
            stage=content.stage,
        )

    def _now(self) -> datetime:
        return self._context.clock.now()


def missing(record: Provider) -> CertificateError:
    """Make the error of a record without certificate."""
    return CertificateError("certificate.missing", provider=record.id, name=record.name)


def _before(
    last: Change, done: tuple[Change, ...], versions: tuple[Version, ...]
) -> Version | None:
    """Return what was active before the change *last*."""
    earlier = [each for each in done if not each.undone and each.id < last.id]
    wanted = earlier[-1].version_id if earlier else None
    return next((each for each in versions if each.id == wanted), None)
