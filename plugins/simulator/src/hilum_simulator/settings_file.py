"""The settings file with which the command line talks to a simulator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from hilum_ehealth.environments import EHBOX_CONSULTATION, STS

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment


def settings_text(
    environment: Environment,
    *,
    pkcs11_module: Path | None = None,
    software_card: Path | None = None,
    card_hint: Path | None = None,
) -> str:
    """Write the settings (TOML) for *environment*, which they also choose.

    Without module and card the section for them is a comment, so that another can be added.
    """
    lines = [
        "[general]",
        f"environment = {_quoted(environment.name)}",
        "",
        f"[environments.{environment.name}]",
        f"sts = {_quoted(environment.endpoints[STS])}",
        f"ehbox_consultation = {_quoted(environment.endpoints[EHBOX_CONSULTATION])}",
        f"trust = {_quoted(str(environment.trust_folder))}",
        f"signer_prefix = {_quoted(environment.signer.application_prefix)}",
        "",
        *_card_lines(pkcs11_module, software_card, card_hint),
    ]
    return "\n".join(lines) + "\n"


def _card_lines(module: Path | None, card: Path | None, hint: Path | None) -> list[str]:
    if module is not None:
        return ["[ehealth_auth]", f"pkcs11_module = {_quoted(str(module))}"]
    if card is not None:
        return ["[ehealth_auth]", f"software_card = {_quoted(str(card))}"]
    return [
        "# The card: a PKCS#11 module, or a file made by `hilum simulator card new`.",
        "# [ehealth_auth]",
        '# pkcs11_module = "/path/to/module.so"',
        f"# software_card = {_quoted(str(hint or '/path/to/card.json'))}",
    ]


def _quoted(text: str) -> str:
    """Write a basic string; JSON's escapes are TOML's."""
    return json.dumps(text)
