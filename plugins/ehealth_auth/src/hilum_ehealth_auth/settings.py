"""The settings of this plugin, section ``[ehealth_auth]``."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EidSettings:
    """How sessions are opened with the card."""

    duration_hours: int = field(default=24, metadata={"min": 1, "max": 24})
    """How long a session is asked for; the platform may give less."""

    pkcs11_module: str = ""
    """Path of the PKCS#11 module; empty looks through the known places of the eID software."""

    reader: str = ""
    """Name of the reader to use when several hold an identity card; empty takes the only one."""

    card_timeout_seconds: int = field(default=120, metadata={"min": 5, "max": 600})
    """How long the card, or a person with it or at the reader's key pad, may take for one step."""

    software_card: str = ""
    """A software card's file, for demonstrations; refused in eHealth's own environments."""
