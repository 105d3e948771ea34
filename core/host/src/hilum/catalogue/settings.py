"""Texts of the codes about settings and given secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hilum_hookspecs import Message

from hilum.words import _

from .entries import Entry, Texts


def with_nearest(message: Message, otherwise: Message) -> Callable[[Mapping[str, object]], Texts]:
    """Propose the nearest known word, when there is one."""

    def choose(details: Mapping[str, object]) -> Texts:
        return message, _.message("Did you mean {nearest}?") if details.get(
            "nearest"
        ) else otherwise

    return choose


def _secret_missing(details: Mapping[str, object]) -> Texts:
    """Name what was given under a name that nobody asks for: it may be a slip of the pen."""
    message = _.message("The secret {name} is needed and nobody can be asked.")
    if details.get("nearest"):
        return message, _.message("Was {nearest} meant for it? Write --secret {name}=...")
    if details.get("unused"):
        return message, _.message(
            "Give it: --secret {name}=fd:N, env:VARIABLE or file:PATH. Nobody asked for {unused}."
        )
    return message, _.message("Give it: --secret {name}=fd:N, env:VARIABLE or file:PATH.")


ENTRIES: Final[dict[str, Entry]] = {
    "settings.unknown-key": with_nearest(
        _.message("The settings have an unknown key {key} in [{section}] ({source})."),
        _.message("Take it out."),
    ),
    "settings.unknown-section": with_nearest(
        _.message("The settings have an unknown section [{section}] ({source})."),
        _.message("Take it out, or install the plugin that it belongs to."),
    ),
    "settings.unknown-environment": with_nearest(
        _.message("There is no environment {name}."),
        _.message("Known are {known}; others are described in config.toml, [environments.NAME]."),
    ),
    "settings.unknown-variable": (
        _.message("The environment variable {variable} names no setting."),
        _.message("Its form is HILUM__SECTION__KEY or HILUM__ENVIRONMENTS__NAME__KEY."),
    ),
    "settings.invalid-value": (
        _.message("The setting {key} in [{section}] has a value that does not fit ({source})."),
        _.message("Expected is {expected}."),
    ),
    "settings.missing-value": (
        _.message("The setting {key} is missing in [{section}]."),
        _.message("Add it to {source}."),
    ),
    "settings.syntax": (
        _.message("The settings file {path} is not well-formed TOML ({problem})."),
        _.message("Correct the file at that place."),
    ),
    "settings.unreadable": (
        _.message("The settings file {path} cannot be opened: {problem}."),
        _.message("Check the file's rights."),
    ),
    "settings.not-found": (
        _.message("There is no settings file {path}."),
        _.message("Check --config and HILUM_CONFIG; unset HILUM_CONFIG does without it."),
    ),
    "settings.protected": (
        _.message("The environment {environment} is eHealth's own and cannot be redefined."),
        _.message("Describe yours under another name: [environments.NAME]."),
    ),
    "settings.password-in-url": (
        _.message("The address of the database holds a password."),
        _.message("Take it out; give it as --secret database-password=..., or type it when asked."),
    ),
    "settings.software-card-refused": (
        _.message(
            "The software card is for demonstrations, not for the environment {environment}."
        ),
        _.message("Take software_card out of [ehealth_auth] and use the identity card."),
    ),
    "secret.missing": _secret_missing,
    "secret.source-invalid": (
        _.message("--secret is not written as it must be."),
        _.message("Its form is NAME=fd:N, NAME=env:VARIABLE or NAME=file:PATH."),
    ),
    "secret.given-twice": (
        _.message("The secret {name} was given twice."),
        _.message("Give it once."),
    ),
    "secret.unreadable": (
        _.message("The secret {name} cannot be read from {source}:{where}."),
        _.message("Check that the variable, the file or the descriptor exists."),
    ),
    "secret.empty": (
        _.message("The secret {name} is empty."),
        _.message("Check where it comes from."),
    ),
    "secret.not-text": (
        _.message("The secret {name} is not text in UTF-8."),
        _.message("Check where it comes from."),
    ),
    "secret.not-ascii": (
        _.message("A keystore password has only letters without accents, digits and signs."),
        _.message("Other programs read other characters differently; choose another password."),
    ),
    "secret.too-short": (
        _.message("The password is too short: at least {minimum} characters."),
        _.message("Choose a longer one."),
    ),
    "settings.proxy": (
        _.message("The proxy in HTTPS_PROXY cannot be used."),
        _.message("Its form is http://host:port."),
    ),
}
