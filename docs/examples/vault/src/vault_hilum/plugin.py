"""The plugin: a source of certificates, ``ID.p12`` and its certificates in ``ID.pem``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hilum_hookspecs import (
    ActiveCertificate,
    CertificateSource,
    KeystoreFile,
    Message,
    PluginContext,
    hookimpl,
)


@dataclass(frozen=True)
class VaultSettings:
    """Section ``[vault]``."""

    folder: Path = Path("vault")
    """Where the keystores are, each 0600."""

    environment: str = "production"
    """The environment that they are for."""


class Plugin:
    """Offers the source."""

    Settings = VaultSettings

    def __init__(self, context: PluginContext[VaultSettings]) -> None:
        self._settings = context.settings

    @hookimpl
    def hilum_certificate_sources(self) -> Iterable[CertificateSource]:
        """Offer the folder."""
        label = Message("vault_hilum", "The vault of the practice")
        yield CertificateSource(name="vault", label=label, active=self._active, find=self._find)

    def _active(self, provider_id: str, environment: str) -> ActiveCertificate | None:
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.x509 import load_pem_x509_certificates

        keystore = self._settings.folder / f"{provider_id}.p12"
        if environment != self._settings.environment or not keystore.is_file():
            return None
        chain = load_pem_x509_certificates(keystore.with_suffix(".pem").read_bytes())
        first, *issuers = (each.public_bytes(Encoding.DER) for each in chain)
        return ActiveCertificate(
            provider_id=provider_id,
            environment=environment,
            keystore=keystore,
            certificate=first,
            chain=tuple(issuers),
            not_before=chain[0].not_valid_before_utc,
            not_after=chain[0].not_valid_after_utc,
            stage="complete",
        )

    def _find(self, folder: Path | None) -> Iterable[KeystoreFile]:
        for path in sorted((folder or self._settings.folder).glob("*.p12")):
            yield KeystoreFile(path=path, stage="complete")
