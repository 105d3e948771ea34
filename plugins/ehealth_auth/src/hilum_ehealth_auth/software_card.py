"""A card in a file, for demonstrations: never in eHealth's own environments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hilum_hookspecs import ConfigurationError

if TYPE_CHECKING:
    from hilum_ehealth.card.port import CardReaders
    from hilum_ehealth.environments import Environment


def software_readers(file: Path, environment: Environment) -> CardReaders:
    """Open the card in *file*; raises ``settings.software-card-refused`` (``environment``)."""
    if environment.built_in:
        raise ConfigurationError("settings.software-card-refused", environment=environment.name)
    from hilum_ehealth.card.software import open_software_card

    return open_software_card(file)
