"""The settings file with which the command line talks to a simulator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hilum_ehealth.environments import EHBOX_CONSULTATION, STS
from hilum_hookspecs import ConfigurationError

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment

_MODULE: Final = "pkcs11_module"
_CARD: Final = "software_card"


def write_settings(
    path: Path,
    environment: Environment,
    *,
    pkcs11_module: Path | None = None,
    software_card: Path | None = None,
    card_hint: Path | None = None,
) -> None:
    """Write the settings for *environment*, or bring those that are there up to date.

    What a person wrote stays: only the values of the environment change, and the card when a
    module or a card is given. Raises ``settings.syntax`` (``path``, ``problem``), ``storage.*``.
    """
    from hilum_ehealth.files import storage_error, write_atomically

    try:
        before = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        before = ""
        after = settings_text(
            environment,
            pkcs11_module=pkcs11_module,
            software_card=software_card,
            card_hint=card_hint,
        )
    except UnicodeDecodeError as error:
        raise _syntax(path, error) from error
    except OSError as error:
        raise storage_error(error, path) from error
    else:
        try:
            after = _updated(before, environment, _card(pkcs11_module, software_card))
        except (ValueError, TypeError, AttributeError) as error:
            raise _syntax(path, error) from error
    if after != before:
        write_atomically(path, after.encode())


def settings_text(
    environment: Environment,
    *,
    pkcs11_module: Path | None = None,
    software_card: Path | None = None,
    card_hint: Path | None = None,
) -> str:
    """Write new settings (TOML) for *environment*, which they also choose.

    Without module and card the section for them is a comment, so that another can be added.
    """
    lines = [
        "[general]",
        f"environment = {_quoted(environment.name)}",
        "",
        f"[environments.{environment.name}]",
        *_lines(_described(environment)),
        "",
        *_card_lines(_card(pkcs11_module, software_card), card_hint),
    ]
    return "\n".join(lines) + "\n"


def _described(environment: Environment) -> Mapping[str, str]:
    return {
        "sts": environment.endpoints[STS],
        "ehbox_consultation": environment.endpoints[EHBOX_CONSULTATION],
        "trust": str(environment.trust_folder),
        "signer_prefix": environment.signer.application_prefix,
    }


def _card(module: Path | None, card: Path | None) -> Mapping[str, str]:
    """Name what stands for the card: a module goes before a file."""
    if module is not None:
        return {_MODULE: str(module)}
    return {} if card is None else {_CARD: str(card)}


def _updated(text: str, environment: Environment, card: Mapping[str, str]) -> str:
    """Change values in *text* (TOML); its comments and its order stay.

    Raises ``ValueError``, ``TypeError`` or ``AttributeError`` for text that is no such settings.
    """
    import tomlkit

    document = tomlkit.parse(text)
    environments = document.setdefault("environments", tomlkit.table(is_super_table=True))
    _fill(environments.setdefault(environment.name, tomlkit.table()), _described(environment))
    if card:
        section = document.setdefault("ehealth_auth", tomlkit.table())
        _fill(section, card)
        for name in {_MODULE, _CARD} - set(card):
            section.pop(name, None)  # the one that is not meant would win over the other
    return tomlkit.dumps(document)


def _fill(section: Any, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        if section.get(name) != value:
            section[name] = value


def _card_lines(card: Mapping[str, str], hint: Path | None) -> list[str]:
    if card:
        return ["[ehealth_auth]", *_lines(card)]
    return [
        "# The card: a PKCS#11 module, or a file made by `hilum simulator card new`.",
        "# [ehealth_auth]",
        f'# {_MODULE} = "/path/to/module.so"',
        f"# {_CARD} = {_quoted(str(hint or '/path/to/card.json'))}",
    ]


def _lines(values: Mapping[str, str]) -> list[str]:
    return [f"{name} = {_quoted(value)}" for name, value in values.items()]


def _quoted(text: str) -> str:
    """Write a basic string; JSON's escapes are TOML's."""
    return json.dumps(text)


def _syntax(path: Path, error: Exception) -> ConfigurationError:
    return ConfigurationError("settings.syntax", path=str(path), problem=str(error))
