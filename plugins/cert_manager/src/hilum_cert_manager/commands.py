"""What each command does: ask for what it needs, call one use case, show the result."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from hilum_hookspecs import (
    ActiveCertificate,
    ConfigurationError,
    HilumError,
    Message,
    PluginContext,
    Provider,
    UserCancelled,
)
from hilum_hookspecs.words import day, show

from . import documents
from .certificates import Certificates
from .model import Version
from .own_file import change_password_of, check_readable
from .settings import CertificateSettings
from .words import _

PASSWORD = "keystore-password"  # noqa: S105  # the name of a secret
NEW_PASSWORD = "new-keystore-password"  # noqa: S105  # the name of a secret


class Commands:
    """The commands ``hilum certificate ...``."""

    def __init__(self, context: PluginContext[CertificateSettings]) -> None:
        self._context = context
        self._kept = Certificates(context)

    def scan(self, folder: Path | None, provider: str | None, *, opening: bool) -> None:
        """List the keystores of a folder."""
        from .scan_documents import found_document, found_line
        from .scanning import Key, scan

        if folder is not None:
            check_readable(folder)
        looked = folder or self._context.settings.folder
        record = self._context.providers.find(provider) if provider else None
        key = None
        if opening:
            password = self._password(_.message("Password to try on the keystores"))
            key = Key(password=password, environment=self._context.environment, now=self._now)
        found = scan(looked, record, key)
        best = next((each for each in found if each.is_candidate), None)
        self._context.output.show(
            {
                "folder": str(looked),
                "files": [found_document(each) for each in found],
                "best": str(best.file.path) if best else None,
            },
            [f"{'*' if each is best else ' '} {found_line(each)}" for each in found]
            or [_("No keystore in {folder}", folder=looked)],
        )

    def inspect(self, file: Path, provider: str | None) -> None:
        """Tell everything about a keystore."""
        from .content import belongs
        from .inspecting import inspect
        from .scan_documents import inspection_document, inspection_lines

        record = self._context.providers.find(provider) if provider else None
        check_readable(file)
        password = self._password(_.message("Password of {file}", file=file.name))
        seen = inspect(file, password, self._context.environment, self._now)
        fits = belongs(seen.content, record) if record and seen.content else None
        self._context.output.show(
            inspection_document(seen, fits, self._now), inspection_lines(seen, fits, self._now)
        )

    def import_file(self, file: Path, provider: str, *, dry_run: bool) -> None:
        """Take a keystore into a provider's record."""
        record = self._context.providers.find(provider)
        check_readable(file)
        self._kept.look(file)
        password = self._password(_.message("Password of {file}", file=file.name))
        done = self._kept.take(file, record, password, dry_run=dry_run)
        content = done.content
        if not done.is_new:
            title = _("{name} uses this keystore already.", name=record.name)
        elif dry_run:
            title = _("Would be imported for {name}.", name=record.name)
        else:
            title = _(
                "eHealth certificate ({day}) imported for {name}.",
                day=day(content.not_after),
                name=record.name,
            )
        self._context.output.show(
            {
                "provider": record.id,
                "environment": self._context.environment.name,
                "certificate": documents.content_document(content, self._now),
                "keystore": str(self._kept.path(done.version)) if done.version else None,
                "changed": done.is_new,
                "findings": documents.finding_documents(done.warnings),
                "dry_run": dry_run,
            },
            [
                title,
                *documents.content_lines(content, self._now),
                *documents.finding_lines(done.warnings),
            ],
        )

    def list(self) -> None:
        """List the active certificate of every provider."""
        active = self._kept.all_active()
        records = self._context.providers.all()
        self._context.output.show(
            {
                "certificates": [
                    {
                        "provider": record.id,
                        "name": record.name,
                        "certificate": self._document(active.get(record.id)),
                    }
                    for record in records
                ]
            },
            [self._list_line(record, active.get(record.id)) for record in records]
            or [_("No provider yet: `hilum provider add --help`")],
        )

    def show(self, provider: str) -> None:
        """Show a provider's certificate and its history."""
        record = self._context.providers.find(provider)
        active = self._kept.all_active().get(record.id)
        versions, changes = self._kept.history(record.id)
        by_id = {version.id: version for version in versions}
        lines = [self._list_line(record, active)]
        if active:
            lines += [*documents.content_lines(active.content, self._now)]
            lines += ["  " + _("File: {path}", path=self._kept.path(active))]
        self._context.output.show(
            {
                "provider": record.id,
                "name": record.name,
                "certificate": self._document(active),
                "versions": [self._document(version) for version in versions],
                "history": [documents.change_document(each, by_id) for each in changes],
            },
            [*lines, *(documents.change_line(each, by_id) for each in changes)],
        )

    def remove(self, provider: str, *, confirmed: bool, dry_run: bool) -> None:
        """Take the certificate out of a record, after asking."""
        record = self._context.providers.find(provider)
        version = self._kept.required(record)
        if not confirmed and not dry_run:
            self._ask_before_removal(record, version)
        self._kept.remove(record, dry_run=dry_run)
        undo = _("Undo: `hilum certificate undo --provider {id}`", id=record.id)
        title = (
            _("Would be removed: the eHealth certificate of {name}.", name=record.name)
            if dry_run
            else _("The eHealth certificate of {name} was removed.", name=record.name)
        )
        self._context.output.show(
            {
                "provider": record.id,
                "certificate": self._document(version),
                "removed": not dry_run,
                "dry_run": dry_run,
            },
            [title] if dry_run else [title, undo],
        )

    def undo(self, provider: str, *, dry_run: bool) -> None:
        """Undo the last change."""
        record = self._context.providers.find(provider)
        change, active = self._kept.undo(record, dry_run=dry_run)
        words = _("Would be undone: {action}.") if dry_run else _("Undone: {action}.")
        self._context.output.show(
            {
                "provider": record.id,
                "undone": change.action.value,
                "certificate": self._document(active),
                "dry_run": dry_run,
            },
            [
                words.format(action=show(documents.ACTIONS[change.action])),
                documents.list_line(record, active, self._now),
            ],
        )

    def export(self, file: Path, provider: str, *, compatible: bool) -> None:
        """Write a provider's keystore into a new file."""
        from hashlib import sha256

        record = self._context.providers.find(provider)
        self._kept.required(record)
        password = self._password(_.message("Password of the keystore of {name}", name=record.name))
        version = self._kept.export(record, file, password, compatible=compatible)
        digest = sha256(file.read_bytes()).hexdigest()
        self._context.output.show(
            {
                "provider": record.id,
                "file": str(file),
                "keystore_sha256": digest,
                "sha256": version.content.sha256,
                "compatible": compatible,
            },
            [
                _("{file} was written and opened again.", file=file),
                _("  Fingerprint of the file (SHA-256): {sha256}", sha256=digest),
                _(
                    "  Fingerprint of the certificate (SHA-256): {sha256}",
                    sha256=version.content.sha256,
                ),
                _("  It needs the same password."),
            ],
        )

    def change_password(
        self, file: Path | None, provider: str | None, *, compatible: bool, dry_run: bool
    ) -> None:
        """Give a provider's keystore, or a file of the user's own, another password."""
        from hilum_ehealth.keystore import Form, check_new_password, read_keystore

        record, path = self._named(file, provider)
        old = self._password(_.message("Present password of the keystore"))
        label = _.message("New password of the keystore")
        new = self._context.prompter.new_secret(NEW_PASSWORD, label)
        check_new_password(new)
        form = Form.COMPATIBLE if compatible else Form.MODERN
        previous: Path | None = None
        if dry_run:
            read_keystore(path, old)
        elif record:
            path = self._kept.path(self._kept.change_password(record, old, new, form))
        else:
            previous = change_password_of(path, old, new, form, self._now)
        words = _("Would be written: {file}") if dry_run else _("The password was changed: {file}")
        self._context.output.show(
            {
                "provider": record.id if record else None,
                "file": str(path),
                "previous": str(previous) if previous else None,
                "form": form.value,
                "dry_run": dry_run,
            },
            [
                words.format(file=path),
                *([_("  The file as it was: {file}", file=previous)] if previous else []),
            ],
        )
        if not dry_run:
            self._context.output.note(
                _("Write the new password down in a safe place: nobody can recover it.")
            )

    def _named(self, file: Path | None, provider: str | None) -> tuple[Provider | None, Path]:
        """Return the provider and his keystore, or no provider and the file."""
        if file is not None and provider is None:
            check_readable(file)
            return None, file
        if file is None and provider is not None:
            record = self._context.providers.find(provider)
            return record, self._kept.path(self._kept.required(record))
        raise ConfigurationError(
            "usage.file-or-provider",
            message=_.message("Give either a file or --provider."),
            remedy=_.message("`hilum certificate change-password --help`"),
        )

    @property
    def _now(self) -> datetime:
        return self._context.clock.now()

    def _password(self, label: Message) -> str:
        return self._context.prompter.secret(PASSWORD, label)

    def _document(self, version: Version | None) -> dict[str, object] | None:
        if version is None:
            return None
        return documents.version_document(version, self._kept.path(version), self._now)

    def _list_line(self, record: Provider, version: Version | None) -> str:
        elsewhere = self._elsewhere(record) if version is None else None
        return documents.list_line(record, version, self._now, elsewhere)

    def _elsewhere(self, record: Provider) -> ActiveCertificate | None:
        """Return the certificate that another source gives, if one can be had."""
        try:
            return self._context.certificates.active(record.id)
        except UserCancelled:
            raise
        except HilumError:
            return None

    def _ask_before_removal(self, record: Provider, version: Version) -> None:
        question = _.message(
            "Remove the eHealth certificate ({day}) of {name}? This can be undone.",
            day=day(version.content.not_after),
            name=record.name,
        )
        if not self._context.prompter.confirm("remove-certificate", question):
            raise ConfigurationError(
                "usage.not-confirmed",
                message=_.message(
                    "The eHealth certificate of {name} was not removed.", name=record.name
                ),
                remedy=_.message("Answer yes, or give --yes."),
                option="--yes",
                provider=record.id,
            )
