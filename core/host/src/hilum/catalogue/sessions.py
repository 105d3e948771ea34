"""Texts about provider records, identifiers and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hilum.words import _

from .entries import Entry, Texts

_COMPARE = _.message("Compare it with the identity card or the letter of the INAMI.")
_EDIT = _.message("Complete the record: hilum provider edit.")
_OPEN = _.message("Open one: hilum session open --provider P.")


def _ambiguous(details: Mapping[str, object]) -> Texts:
    if details.get("plugins"):
        return (
            _.message("Several plugins have the provider {providers}: {plugins}."),
            _.message(
                "Switch one of them off, hilum plugins disable NAME, or have it use other ids."
            ),
        )
    return _.message("Several providers fit: {providers}."), _.message("Give the provider's id.")


def _wrong_person(details: Mapping[str, object]) -> Texts:
    pair = {details.get("first"), details.get("second")}
    if pair == {"card", "record"}:
        return (
            _.message("The identity card belongs to another person than the provider's record."),
            _.message("Use the provider's own card, or choose the other provider."),
        )
    if pair == {"keystore", "record"}:
        return (
            _.message("This certificate belongs to another person than the provider's record."),
            _.message("Choose the provider's own keystore, or the other provider."),
        )
    return (
        _.message("{first} and {second} belong to two persons."),
        _.message("Use what belongs to one person."),
    )


def _unknown(details: Mapping[str, object]) -> Texts:
    """Blame the network for what it does, and a plugin for its own mistakes."""
    if details.get("plugin"):
        return (
            _.message(
                "Whether the session lives is not known: the plugin {plugin} failed when it asked."
            ),
            _.message("Try again without it: hilum --without {plugin} session check --probe."),
        )
    if details.get("cause") == "clock.wrong":
        return (
            _.message(
                "It is not known whether the session is alive: this computer's clock is wrong."
            ),
            _.message("Set the computer's date and time, best from the internet, and try again."),
        )
    return (
        _.message("It is not known whether the session is alive: eHealth cannot be reached."),
        _.message(
            "Check the internet connection and ask again: hilum session check --probe. The session "
            "may still be open."
        ),
    )


def _none(details: Mapping[str, object]) -> Texts:
    message = _.message("There is no open session.")
    if details.get("provider"):
        return message, _.message("Open one: hilum session open --provider {provider}.")
    return message, _OPEN


ENTRIES: Final[dict[str, Entry]] = {
    "identifier.characters": (
        _.message("A {kind} has digits only."),
        _COMPARE,
    ),
    "identifier.length": (_.message("This {kind} is too short or too long."), _COMPARE),
    "identifier.check-digits": (
        _.message("The check digits of this {kind} are wrong: a digit was mistyped."),
        _COMPARE,
    ),
    "identifier.birth-date": (
        _.message("This {kind} begins with a date that does not exist."),
        _COMPARE,
    ),
    "identifier.sequence": (
        _.message("The serial number in this {kind} does not exist."),
        _COMPARE,
    ),
    "identifier.first-digit": (
        _.message("No {kind} begins with this digit."),
        _COMPARE,
    ),
    "record.invalid": (
        _.message("The provider's record does not allow this:"),
        _.message("Correct what is named, then try again."),
    ),
    "record.not-found": (
        _.message("There is no such provider."),
        _.message("hilum provider list shows them; give the id, the NISS or an INAMI number."),
    ),
    "record.ambiguous": _ambiguous,
    "record.no-directory": (
        _.message("No plugin keeps provider records."),
        _.message("Switch one on: hilum plugins enable provider_records."),
    ),
    "record.wrong-person": _wrong_person,
    "record.niss-missing": (_.message("The record has no NISS."), _EDIT),
    "record.inami-missing": (
        _.message("The record has no INAMI number as {profession} that holds today."),
        _EDIT,
    ),
    "record.profession-missing": (
        _.message("The record does not say as which type of provider the session is opened."),
        _.message("Say it: --profession with one of {known}, or mark one as the default."),
    ),
    "record.profession-unknown": (
        _.message("The provider's record has no profession {profession}."),
        _.message("It has {known}."),
    ),
    "session.none": _none,
    "session.over": (
        _.message("The eHealth session is over since {expired_at}."),
        _.message("Open a new one: hilum session open --provider {provider}."),
    ),
    "network.session-unknown": _unknown,
    "session.not-accepted": (
        _.message("eHealth no longer accepts the session."),
        _.message("Open a new one: hilum session open --provider {provider}."),
    ),
    "session.token-refused": (
        _.message("The session kept on this computer cannot be trusted."),
        _.message("Open a new one: hilum session open --provider {provider}."),
    ),
    "session.key-needed": (
        _.message("The session's key is needed for this question to eHealth."),
        _.message("Give the password of the keystore when you are asked."),
    ),
    "session.no-method": (
        _.message("No plugin can open a session."),
        _.message("Switch one on: hilum plugins enable ehealth_auth."),
    ),
    "session.method-unavailable": (
        _.message("The method {method} cannot be used now: {why}"),
        _.message("Mend that, or choose another --method."),
    ),
    "session.no-probe": (
        _.message("No plugin can ask eHealth whether the session is accepted."),
        _.message("Switch one on: hilum plugins enable session_liveness."),
    ),
}
