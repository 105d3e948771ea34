"""The messages in an eHealthBox: their headers, a page at a time.

Source: eHealthBox consultation contract, ``getMessagesList``. What a header says of a patient (the
title may name one) is kept out of ``repr``; the patient's number and the sender's own additions
(``EncryptableINSSPatient``, ``CustomMeta``) are not read at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.texts import one_line

if TYPE_CHECKING:
    from hilum_ehealth.assertion import Assertion
    from hilum_ehealth.environments import Environment
    from hilum_ehealth.keys import PrivateKey
    from hilum_ehealth.soap.transport import Poster

MAX_TITLE: Final = 400
"""Characters of a title that are kept; the contract allows no more."""

_LONGEST_SIZE: Final = 18
"""Digits; no message is longer than what 64 bits can count."""


class Source(Enum):
    """A folder of a box."""

    INBOX = "INBOX"
    SENTBOX = "SENTBOX"
    BININBOX = "BININBOX"
    BINSENTBOX = "BINSENTBOX"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sent a message, as the platform certifies it."""

    id: str = field(repr=False)
    """A NISS, an INAMI or an enterprise number."""

    type: str
    """Which kind of number that is: ``INSS``, ``NIHII``, ``CBE`` ..."""

    quality: str
    """In which capacity: ``DOCTOR``, ``HOSPITAL`` ..."""

    name: str = field(repr=False)
    """Of an organisation or a person; a sender may be a patient."""

    first_name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHeader:
    """A message without its content. Texts are one printable line each."""

    id: str
    """13 letters and digits, the platform's."""

    sender: Sender
    title: str = field(repr=False)
    """Empty when the platform tells nothing about the content."""

    published: date
    expires: date
    size: int | None
    """Bytes; ``None`` when the platform did not write a number."""

    content_type: str
    """``DOCUMENT``, ``NEWS``, ``ACKNOWLEDGMENT`` or ``ERROR``."""

    mime_type: str
    application: str
    """The program that sent it, when it says so."""

    important: bool
    encrypted: bool
    has_annex: bool


def get_messages(
    *,
    environment: Environment,
    transport: Poster,
    assertion: Assertion,
    key: PrivateKey,
    now: datetime,
    source: Source,
    first: int,
    last: int,
) -> tuple[MessageHeader, ...]:
    """Ask for the messages *first* to *last* of *source*, the most recent being number 1.

    At most 100 at a time; fewer come back when there are no more. Raises what
    :func:`hilum_ehealth.ehbox.calling.call` raises.
    """
    from .calling import call

    answer = call(
        "getMessagesList",
        environment=environment,
        transport=transport,
        assertion=assertion,
        key=key,
        now=now,
        Source=source.value,
        StartIndex=first,
        EndIndex=last,
    )
    if answer.Source != source.value:
        raise EhealthError("ehealth.answer", problem="content")
    return tuple(_header(message) for message in answer.Message)


def _header(message: Any) -> MessageHeader:
    info, content = message.MessageInfo, message.ContentInfo
    specification = message.ContentSpecification
    return MessageHeader(
        id=message.MessageId,
        sender=_sender(message.Sender),
        title=one_line(content.Title or "", MAX_TITLE) if content else "",
        published=info.PublicationDate,
        expires=info.ExpirationDate,
        size=_size(info.Size or ""),
        content_type=_text(specification.ContentType),
        mime_type=_text(content.MimeType) if content else "",
        application=_text(specification.ApplicationName),
        important=bool(specification.IsImportant),
        encrypted=bool(specification.IsEncrypted),
        has_annex=bool(content and content.HasAnnex),
    )


def _sender(sender: Any) -> Sender:
    return Sender(
        id=_text(sender.Id),
        type=_text(sender.Type),
        quality=_text(sender.Quality),
        name=_text(sender.Name),
        first_name=_text(sender.FirstName),
    )


def _text(value: str | None) -> str:
    return one_line(value or "")


def _size(text: str) -> int | None:
    digits = text.strip()
    fits = digits.isascii() and digits.isdecimal() and len(digits) <= _LONGEST_SIZE
    return int(digits) if fits else None
