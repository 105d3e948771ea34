"""Section ``[cert_manager]`` of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CertificateSettings:
    """The settings of the certificates."""

    keystore_folder: str = ""
    """Where keystores are looked for; empty is ``ehealth/keystore`` in the home folder."""

    @property
    def folder(self) -> Path:
        """The folder where eHealth's own tool puts its keystores, unless told otherwise."""
        if self.keystore_folder:
            return Path(self.keystore_folder).expanduser()
        return Path.home() / "ehealth" / "keystore"
