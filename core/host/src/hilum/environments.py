"""Which eHealth environment this run talks to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from hilum_ehealth.environments import (
    EHBOX_CONSULTATION,
    STS,
    Environment,
    SignerRule,
    built_in,
)
from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import ConfigurationError

from .settings import BUILT_IN, ENVIRONMENTS, EnvironmentSettings, General, Settings

# Compiled when there is something to check: most runs have neither.
_NAME: Final = r"[a-z0-9][a-z0-9_-]{0,39}"
_CONTACT: Final = r"[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,190}"


def choose_environment(name: str | None, settings: Settings, data_folder: Path) -> Environment:
    """Return the environment *name*, by default the one of ``[general] environment``.

    The anchors of eHealth's own environments stand in ``trust/NAME`` of the data folder, those of
    the others where the settings say. Raises ``settings.unknown-environment``.
    """
    general = settings.section("general", General)
    _check_contact(settings, "general", general.contact)
    chosen = name or general.environment
    if chosen in BUILT_IN:
        return built_in(chosen, data_folder / "trust", general.contact)
    described = settings.environment(chosen)
    if described is None:
        from .spelling import nearest

        known = (*BUILT_IN, *settings.environments)
        raise ConfigurationError(
            "settings.unknown-environment",
            name=chosen,
            nearest=nearest(chosen, known),
            known=list(known),
        )
    return _named(chosen, described, general, settings)


def _named(
    name: str, described: EnvironmentSettings, general: General, settings: Settings
) -> Environment:
    section = f"{ENVIRONMENTS}.{name}"
    if not re.fullmatch(_NAME, name):
        raise _misfit(settings, ENVIRONMENTS, name, "name")
    _check_contact(settings, section, described.contact)
    endpoints = {STS: _url(settings, section, "sts", described.sts)}
    if described.ehbox_consultation:
        endpoints[EHBOX_CONSULTATION] = _url(
            settings, section, "ehbox_consultation", described.ehbox_consultation
        )
    return Environment(
        name=name,
        endpoints=endpoints,
        trust_folder=described.trust,
        signer=SignerRule(
            enterprise=described.signer_enterprise, application_prefix=described.signer_prefix
        ),
        contact=described.contact or general.contact,
    )


def _url(settings: Settings, section: str, key: str, url: str) -> str:
    from hilum_ehealth.soap.urls import https_target

    try:
        https_target(url)
    except EhealthError:
        raise _misfit(settings, section, key, "https-url") from None
    return url


def _check_contact(settings: Settings, section: str, contact: str) -> None:
    if contact and not re.fullmatch(_CONTACT, contact):
        raise _misfit(settings, section, "contact", "e-mail-address")


def _misfit(settings: Settings, section: str, key: str, expected: str) -> ConfigurationError:
    source = settings.source(section, key)
    return ConfigurationError(
        "settings.invalid-value", section=section, key=key, expected=expected, source=source
    )
