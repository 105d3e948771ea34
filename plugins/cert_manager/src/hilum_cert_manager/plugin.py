"""What this plugin gives the host: a source of certificates, its checks, its tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hilum_hookspecs import hookimpl

from .settings import CertificateSettings
from .words import _

if TYPE_CHECKING:
    from hilum_hookspecs import (
        ActiveCertificate,
        CertificateSource,
        Finding,
        HealthCheck,
        KeystoreFile,
        PluginContext,
        Provider,
        Purpose,
        RecordValidator,
        StorageSpec,
    )
    from sqlalchemy import MetaData

    from .certificates import Certificates

HEAD = "cert_manager_0001"


class Plugin:
    """eHealth certificates, imported from keystores and kept by version."""

    Settings = CertificateSettings

    def __init__(self, context: PluginContext[CertificateSettings]) -> None:
        self._context = context

    @hookimpl
    def hilum_certificate_sources(self) -> Iterable[CertificateSource]:
        """Offer the keystores that were imported."""
        from hilum_hookspecs import CertificateSource

        yield CertificateSource(
            name="keystores",
            label=_.message("Imported keystores"),
            active=self._active,
            find=self._find,
            import_keystore=self._import,
            change_password=self._change_password,
        )

    @hookimpl
    def hilum_record_validators(self) -> Iterable[RecordValidator]:
        """Offer the check that a session needs an active certificate of this person."""
        from hilum_hookspecs import Purpose, RecordValidator

        yield RecordValidator(
            name="active-certificate",
            check=self._check,
            purposes=frozenset({Purpose.EHEALTH_LOGIN}),
        )

    @hookimpl
    def hilum_health_checks(self) -> Iterable[HealthCheck]:
        """Offer a look at the kept keystores."""
        from .health import KeystoreHealth

        yield KeystoreHealth(self._context).check()

    @hookimpl
    def hilum_storage(self) -> Iterable[StorageSpec]:
        """Declare the tables."""
        from hilum_hookspecs import StorageSpec

        yield StorageSpec(
            metadata=_metadata, migrations=Path(__file__).parent / "migrations", head=HEAD
        )

    def _active(self, provider_id: str, environment: str) -> ActiveCertificate | None:
        return self._certificates().active(provider_id, environment)

    def _find(self, folder: Path | None) -> Iterable[KeystoreFile]:
        from .scanning import scan

        return [found.file for found in scan(folder or self._context.settings.folder)]

    def _import(self, path: Path, provider_id: str, password: str) -> ActiveCertificate:
        from .certificates import missing

        record = self._context.providers.find(provider_id)
        self._certificates().take(path, record, password)
        active = self._active(record.id, self._context.environment.name)
        if active is None:
            raise missing(record)
        return active

    def _change_password(self, provider_id: str, old: str, new: str) -> None:
        from hilum_ehealth.keystore import Form

        record = self._context.providers.find(provider_id)
        self._certificates().change_password(record, old, new, Form.MODERN)

    def _check(self, records: Sequence[Provider], purpose: Purpose) -> Iterable[Finding]:
        from .validators import ActiveCertificateCheck

        check = ActiveCertificateCheck(self._context.certificates, self._context.clock)
        return check.check(records, purpose)

    def _certificates(self) -> Certificates:
        from .certificates import Certificates

        return Certificates(self._context)


def _metadata() -> MetaData:
    from .tables import metadata

    return metadata
