"""The eHealthBox, consultation service version 3: how full a box is.

Source: eHealthBox consultation contract. The list of messages is in :mod:`.messages`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.texts import one_line

if TYPE_CHECKING:
    from hilum_ehealth.assertion import Assertion
    from hilum_ehealth.environments import Environment
    from hilum_ehealth.keys import PrivateKey
    from hilum_ehealth.soap.transport import Poster


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxInfo:
    """What the platform tells about a box."""

    box_id: str = field(repr=False)
    """The number the box belongs to: a NISS, an INAMI or an enterprise number."""

    box_type: str
    """Which kind of number that is: ``INSS``, ``NIHII``, ``CBE`` ..."""

    quality: str
    """In which capacity: ``PHYSIOTHERAPIST``, ``DOCTOR``, ``CITIZEN`` ..."""

    current_size: int
    """Bytes."""

    max_size: int
    """Bytes."""

    standing_by: int
    """Messages that wait outside because the box is full."""


def get_box_info(
    *,
    environment: Environment,
    transport: Poster,
    assertion: Assertion,
    key: PrivateKey,
    now: datetime,
) -> BoxInfo:
    """Ask for the state of the box that belongs to the identity in *assertion*.

    It is also the cheapest way to ask the platform whether it still accepts a session. Raises what
    :func:`hilum_ehealth.ehbox.calling.call` raises.
    """
    from .calling import call

    answer = call(
        "getBoxInfo",
        environment=environment,
        transport=transport,
        assertion=assertion,
        key=key,
        now=now,
    )
    if answer.BoxId is None:
        raise EhealthError("ehealth.answer", problem="content")
    return BoxInfo(
        box_id=one_line(answer.BoxId.Id),
        box_type=one_line(answer.BoxId.Type),
        quality=one_line(answer.BoxId.Quality),
        current_size=answer.CurrentSize,
        max_size=answer.MaxSize,
        standing_by=answer.NbrMessagesInStandBy,
    )
