"""Texts for a code that nobody described, by family."""

from __future__ import annotations

from typing import Final

from hilum.words import _

from .entries import Texts

FAMILIES: Final[dict[str, Texts]] = {
    "defect": (
        _.message("Hilum made a mistake ({code})."),
        _.message("Run the command again with --verbose and report what it says."),
    ),
    "settings": (
        _.message("The settings cannot be used ({code})."),
        _.message("Correct config.toml."),
    ),
    "secret": (
        _.message("A password or PIN that was given cannot be used ({code})."),
        _.message("Look at the option --secret."),
    ),
    "usage": (
        _.message("The command cannot be run like this ({code})."),
        _.message("hilum --help shows how it is used."),
    ),
    "plugin": (
        _.message("A plugin cannot be used ({code})."),
        _.message("hilum plugins list says more."),
    ),
    "identifier": (
        _.message("This number is not right ({code})."),
        _.message("Compare it with the identity card or the letter of the INAMI."),
    ),
    "record": (
        _.message("The provider's record does not allow this ({code})."),
        _.message("Complete the record: hilum provider edit."),
    ),
    "keystore": (
        _.message("The keystore cannot be used ({code})."),
        _.message("Choose another file: hilum certificate scan lists what there is."),
    ),
    "certificate": (
        _.message("The eHealth certificate cannot be used ({code})."),
        _.message("hilum certificate list shows the certificates and their dates."),
    ),
    "session": (
        _.message("There is no eHealth session that can be used ({code})."),
        _.message("Open one: hilum session open."),
    ),
    "trust": (
        _.message("This certificate is not trusted ({code})."),
        _.message("hilum trust list shows what is trusted."),
    ),
    "user": (
        _.message("The user's record does not allow this ({code})."),
        _.message("hilum user list shows the users."),
    ),
    "credential": (
        _.message("The password or PIN was refused ({code})."),
        _.message("Type it again with care."),
    ),
    "card": (
        _.message("The identity card cannot be used ({code})."),
        _.message("Take the card out, put it in again and try once more."),
    ),
    "ehealth": (
        _.message("eHealth refused this ({code})."),
        _.message("Try again later; if it stays, call the eHealth contact centre."),
    ),
    "assertion": (
        _.message("The answer of eHealth is not trusted ({code})."),
        _.message("Try again; if it stays, do not go on and call the eHealth contact centre."),
    ),
    "clock": (
        _.message("The clock of this computer is wrong ({code})."),
        _.message("Check the computer's date and time."),
    ),
    "network": (
        _.message("The network does not answer ({code})."),
        _.message("Check the internet connection and try again."),
    ),
    "not-yet": (
        _.message("It is too early for this ({code})."),
        _.message("Try again later."),
    ),
    "storage": (
        _.message("Data cannot be read or written ({code})."),
        _.message("Check the disk and the data folder."),
    ),
}
