"""Texts about the eHealth platform's answers, the network and the clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hilum.words import _

from .entries import Entry, Texts
from .statuses import OUTAGES, REFUSALS, REMEDIES

_LATER = _.message("Try again in a few minutes. Sessions that are open stay open.")
_CALL = _.message("Call the eHealth contact centre and name the code {fault_code}.")
_CALL_TICKET = _.message(
    "Call the eHealth contact centre and name the code {fault_code} and the ticket {ticket}."
)
_DO_NOT_USE = _.message(
    "The session was not opened. Try again; if it stays, call the eHealth contact centre."
)


def _refused(details: Mapping[str, object]) -> Texts:
    meaning = str(details.get("meaning"))
    otherwise = _.message("eHealth refuses this ({fault_code}): {fault_text}")
    call = _CALL_TICKET if details.get("ticket") else _CALL
    return REFUSALS.get(meaning, otherwise), REMEDIES.get(meaning, call)


def _unavailable(details: Mapping[str, object]) -> Texts:
    otherwise = _.message("eHealth is not available for the moment.")
    return OUTAGES.get(str(details.get("meaning")), otherwise), _LATER


def _clock(details: Mapping[str, object]) -> Texts:
    direction, seconds = details.get("direction"), details.get("skew_seconds")
    remedy = _.message("Set the computer's date and time, best from the internet, and try again.")
    if direction == "behind" and seconds:
        return _.message("The clock of this computer is {skew_seconds} seconds behind."), remedy
    if direction == "ahead" and seconds:
        return _.message("The clock of this computer is {skew_seconds} seconds ahead."), remedy
    return _.message("The clock of this computer is wrong."), remedy


def _tls(details: Mapping[str, object]) -> Texts:
    if details.get("problem") in ("expired", "not-yet-valid"):
        return (
            _.message("The certificate of {endpoint} is not valid now ({problem})."),
            _.message("Check the computer's date and time first."),
        )
    return (
        _.message("The connection to {endpoint} is not safe ({problem}). Nothing was sent."),
        _.message(
            "A proxy or virus scanner may look into the connection: ask for an exception. "
            "Never switch the check off."
        ),
    )


def _unreachable(details: Mapping[str, object]) -> Texts:
    if details.get("cause") == "dns":
        return (
            _.message("The address of {endpoint} was not found."),
            _.message("Check the internet connection of this computer."),
        )
    return (
        _.message("{endpoint} cannot be reached ({cause})."),
        _.message("Check the internet connection; if other sites work, eHealth is down: wait."),
    )


ENTRIES: Final[dict[str, Entry]] = {
    "ehealth.refused": _refused,
    "ehealth.unavailable": _unavailable,
    "ehealth.answer": (
        _.message("The answer of eHealth is not what was to be expected ({problem})."),
        _.message("Try again; if it stays, call the eHealth contact centre."),
    ),
    "clock.wrong": _clock,
    "network.unreachable": _unreachable,
    "network.timeout": (
        _.message("{endpoint} did not answer within {seconds} seconds."),
        _.message("eHealth or the network is slow or down. Try again in a few minutes."),
    ),
    "network.tls": _tls,
    "network.redirect": (
        _.message("{endpoint} sends us elsewhere, which eHealth never does."),
        _.message("Check whether the network asks for a log-in (hotel, hospital) and try again."),
    ),
    "network.not-soap": (
        _.message("{endpoint} answered with something that is not from eHealth."),
        _.message("Check whether the network asks for a log-in (hotel, hospital) and try again."),
    ),
    "network.answer-too-large": (
        _.message("The answer of {endpoint} is larger than {limit}."),
        _.message("Try again; if it stays, call the eHealth contact centre."),
    ),
    "network.not-https": (
        _.message("The address {endpoint} is not https://."),
        _.message("Correct it in the settings."),
    ),
    "assertion.malformed": (
        _.message("The session that eHealth sent is not well formed ({problem})."),
        _DO_NOT_USE,
    ),
    "assertion.signature": (
        _.message("The signature of the session is wrong ({problem})."),
        _.message("Somebody may have changed it on the way. Do not go on; call eHealth."),
    ),
    "assertion.untrusted-signer": (
        _.message("The session was not signed by the eHealth platform ({problem})."),
        _.message("Check the environment and hilum trust list. Do not go on if both are right."),
    ),
    "assertion.issuer": (
        _.message("The session was issued by somebody else: {issuer}."),
        _.message("Check the environment and the addresses in the settings."),
    ),
    "assertion.window": (
        _.message("The session that eHealth sent has no usable dates."),
        _DO_NOT_USE,
    ),
    "assertion.too-long": (
        _.message("The session that eHealth sent would last {hours} hours, which is too long."),
        _DO_NOT_USE,
    ),
    "assertion.not-yet-valid": (
        _.message("The session that eHealth sent begins only later, though the clocks agree."),
        _DO_NOT_USE,
    ),
    "assertion.expired": (
        _.message("The session ended on {not_on_or_after}."),
        _.message("Open a new one: hilum session open."),
    ),
    "assertion.stale": (
        _.message("eHealth sent an old session instead of a new one."),
        _DO_NOT_USE,
    ),
    "assertion.other-holder": (
        _.message("The session that eHealth sent belongs to another certificate."),
        _DO_NOT_USE,
    ),
    "assertion.other-person": (
        _.message("The session that eHealth sent belongs to another person."),
        _DO_NOT_USE,
    ),
    "assertion.not-recognised-provider": (
        _.message("You are not known to eHealth as a recognised {profession}."),
        _.message("Check the profession; the INAMI and the FPS Public Health keep the register."),
    ),
    "assertion.other-inami": (
        _.message("eHealth knows another INAMI number for this {profession} than the record."),
        _.message("Correct the INAMI number in the record: hilum provider edit."),
    ),
}
