"""Boxes and messages as JSON documents and as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from hilum_ehealth.ehbox.messages import Source
from hilum_hookspecs.words import day, moment, show

from .model import Contents, Failure, Success, Synchronisation
from .qualities import quality_words
from .words import _

if TYPE_CHECKING:
    from hilum_ehealth.ehbox.messages import MessageHeader, Sender
    from hilum_hookspecs import Message, Provider

    from .synchronising import Outcome

NEWEST: Final = 25
"""How many messages of each folder a person is shown who does not say."""

WIDEST: Final = 70
"""Characters of a title or a name that a person is shown."""

FOLDERS: Final[Mapping[Source, Message]] = {
    Source.INBOX: _.message("received"),
    Source.SENTBOX: _.message("sent"),
    Source.BININBOX: _.message("received, in the bin"),
    Source.BINSENTBOX: _.message("sent, in the bin"),
}

FAILURES: Final[Mapping[str, Message]] = {
    "network": _.message("eHealth could not be reached"),
    "ehealth.unavailable": _.message("eHealth was not available"),
    "ehealth.refused": _.message("eHealth refused"),
    "ehealth": _.message("the answer of eHealth could not be used"),
    "assertion": _.message("the session that eHealth sent cannot be trusted"),
    "session": _.message("there was no session that could be used"),
    "record": _.message("the provider's record does not allow a session"),
    "certificate": _.message("the eHealth certificate cannot be used"),
    "keystore": _.message("the keystore could not be opened"),
    "card": _.message("the identity card could not be used"),
    "secret": _.message("a password or PIN was missing"),
    "clock": _.message("the clock of this computer was wrong"),
    "storage": _.message("what came could not be written down"),
}
"""By code, else by family (what stands before the first dot)."""


def outcome_document(record: Provider, source: Source, outcome: Outcome) -> Mapping[str, object]:
    """Return what a synchronisation brought; field names in ``docs/reference/json.md``."""
    return {
        "provider": record.id,
        "name": record.name,
        "source": source.value.lower(),
        "dry_run": False,
        **_success(outcome.success),
        "new": outcome.new,
        "session": {
            "opened": outcome.opened,
            "method": outcome.session.method,
            "profession": outcome.session.profession,
            "expires_at": outcome.session.expires_at,
        },
    }


def outcome_lines(record: Provider, source: Source, outcome: Outcome) -> Iterator[str]:
    """Tell what a synchronisation brought."""
    success = outcome.success
    if outcome.opened:
        yield _(
            "A session was opened, until {end} ({method}).",
            end=moment(outcome.session.expires_at),
            method=outcome.session.method,
        )
    yield _(
        "{name} ({quality}), {folder}: {messages}, {new} of them new.",
        name=record.name,
        quality=quality_words(success.quality),
        folder=show(FOLDERS[source]),
        messages=_messages(success.messages),
        new=outcome.new,
    )
    yield from _state(success)


def plan_lines(record: Provider, source: Source, *, living: bool) -> Iterator[str]:
    """Tell what a synchronisation would do."""
    words = {"name": record.name, "folder": show(FOLDERS[source])}
    if living:
        yield _("{name}, {folder}: would be synchronised with the session that is open.", **words)
    else:
        yield _("{name}, {folder}: a session would be opened, then synchronised.", **words)


def box_document(
    record: Provider, contents: Contents, *, skip: int, limit: int | None
) -> Mapping[str, object]:
    """Return what is known of a folder, with the messages that are asked for or all."""
    end = None if limit is None else skip + limit
    return {
        "provider": record.id,
        "name": record.name,
        "synchronisation": synchronisation_document(contents.synchronisation),
        "messages": [_message(header) for header in contents.messages[skip:end]],
    }


def box_lines(
    record: Provider, source: Source, contents: Contents, *, skip: int, limit: int | None
) -> Iterator[str]:
    """Tell what is known of a folder, with the messages that are asked for or the newest."""
    words = {"name": record.name, "folder": show(FOLDERS[source])}
    success = contents.synchronisation.success
    if success is None:
        yield _("{name}, {folder}: never synchronised.", **words)
    else:
        yield _(
            "{name} ({quality}), {folder}: {messages}, last synchronised {at}.",
            quality=quality_words(success.quality),
            messages=_messages(success.messages),
            at=moment(success.at),
            **words,
        )
    if contents.synchronisation.failure is not None:
        yield _failure_line(contents.synchronisation.failure)
    if success is not None:
        yield from _state(success)
    end = skip + (limit or NEWEST)
    yield from (f"  {_message_line(header)}" for header in contents.messages[skip:end])
    older = len(contents.messages) - end
    if older > 0:
        yield "  " + _.plural(
            "{n} older message: see --limit and --skip.",
            "{n} older messages: see --limit and --skip.",
            older,
        )


def synchronisation_document(last: Synchronisation) -> Mapping[str, object]:
    """Return the last synchronisation with its state: ``never``, ``succeeded``, ``failed``."""
    state = "succeeded" if last.success is not None else "never"
    return {
        "state": state if last.failure is None else "failed",
        **_success(last.success),
        "failure": last.failure
        and {
            "at": last.failure.at,
            "code": last.failure.code,
            "fault_code": last.failure.fault_code,
        },
    }


def _success(success: Success | None) -> dict[str, object]:
    return {
        "synchronised_at": success and success.at,
        "quality": success and success.quality,
        "total": success and success.messages,
        "too_large": success and success.too_large,
        "standing_by": success and success.standing_by,
        "current_size": success and success.current_size,
        "max_size": success and success.max_size,
    }


def _message(header: MessageHeader) -> Mapping[str, object]:
    return {
        "id": header.id,
        "published": header.published,
        "expires": header.expires,
        "title": header.title,
        "sender": {
            "id": header.sender.id,
            "type": header.sender.type,
            "quality": header.sender.quality,
            "name": header.sender.name,
            "first_name": header.sender.first_name,
        },
        "size": header.size,
        "content_type": header.content_type,
        "mime_type": header.mime_type,
        "application": header.application,
        "important": header.important,
        "encrypted": header.encrypted,
        "has_annex": header.has_annex,
    }


def _message_line(header: MessageHeader) -> str:
    marks = [
        show(words)
        for holds, words in (
            (header.important, _.message("important")),
            (header.encrypted, _.message("encrypted")),
            (header.has_annex, _.message("with annex")),
        )
        if holds
    ]
    title = _short(header.title) or _("(without title)")
    line = f"{day(header.published)}  {_sender(header.sender)}  {title}"
    return f"{line}  [{', '.join(marks)}]" if marks else line


def _sender(sender: Sender) -> str:
    name = f"{sender.first_name} {sender.name}".strip()
    return f"{_short(name)} ({_short(quality_words(sender.quality))})"


def _short(text: str) -> str:
    """Cut a text that no line has room for; the document has it whole."""
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def _state(success: Success) -> Iterator[str]:
    yield "  " + _(
        "The box holds {used} kB of {most} kB.",
        used=-(-success.current_size // 1000),
        most=success.max_size // 1000,
    )
    if success.too_large:
        yield "  " + _.plural(
            "{n} message is too large to be read.",
            "{n} messages are too large to be read.",
            success.too_large,
        )
    if success.standing_by:
        yield "  " + _.plural(
            "{n} message waits outside, because the box is full: delete others first.",
            "{n} messages wait outside, because the box is full: delete others first.",
            success.standing_by,
        )


def _failure_line(failure: Failure) -> str:
    family = failure.code.partition(".")[0]
    known = FAILURES.get(failure.code) or FAILURES.get(family)
    code = failure.code if failure.fault_code is None else f"{failure.code}, {failure.fault_code}"
    words = {"at": moment(failure.at), "code": code}
    if known is None:
        return "  " + _("A try on {at} failed ({code}).", **words)
    return "  " + _("A try on {at} failed: {why} ({code}).", why=show(known), **words)


def _messages(count: int) -> str:
    return _.plural("{n} message", "{n} messages", count)
