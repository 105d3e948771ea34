"""What is known here of a folder of an eHealthBox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hilum_ehealth.ehbox.messages import MessageHeader, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder of a provider's eHealthBox in one environment."""

    provider_id: str
    environment: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """A synchronisation that brought everything."""

    at: datetime
    quality: str
    """The capacity that the box is held in: ``PHYSIOTHERAPIST`` ..."""

    messages: int
    """How many the folder holds."""

    too_large: int = 0
    """How many of them are too large to be read, so that nothing is known of them."""

    standing_by: int
    """Messages that wait outside because the box is full."""

    current_size: int
    """Bytes in the box, all folders together."""

    max_size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A synchronisation that brought nothing."""

    at: datetime
    code: str
    """The error's code."""

    fault_code: str | None = None
    """The platform's own code, when it refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Synchronisation:
    """The last synchronisation of a folder."""

    success: Success | None = None
    """The last one that succeeded; what it brought is what is shown."""

    failure: Failure | None = None
    """The last one, when it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A folder as it was last synchronised."""

    synchronisation: Synchronisation
    messages: Sequence[MessageHeader] = ()
    """The most recent first."""
