"""Good signatures by somebody who may not sign."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from hilum_ehealth.testing.authority import Issued
from hilum_ehealth.testing.issuing import Authority

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Attack, Scene


BOB = "79051103172"


def self_signed(scene: Scene, subject: x509.Name) -> bytes:
    own = Authority.root(subject, scene.now, "rsa")
    return scene.by(Issued(private_key=own.private_key, certificate=own.certificate))


def certified(scene: Scene, **parts: object) -> bytes:
    found: dict[str, object] = {
        "kind": "CBE",
        "identifier": "0809394427",
        "name": "EHEALTH-PLATFORM",
        "application_id": "IAMSIM",
    }
    return scene.by(scene.pki.organisation_certificate(**{**found, **parts}))  # type: ignore[arg-type]


def attacker_first(scene: Scene) -> bytes:
    """The true signer's certificate is there too, but not as the one whose key verifies."""
    return replace(
        scene.forge,
        sign=scene.rsa_signer(scene.bob.private_key),
        key_info=scene.x509_data(scene.bob.certificate, scene.pki.iam_signer.certificate),
    ).token(scene.form.unsigned())


def card(scene: Scene) -> bytes:
    bob = scene.pki.citizen(niss=BOB, given_names=("Bob",), surname="Example")
    return scene.by(bob.authentication)


DAY = timedelta(days=1)
ATTACKS: dict[str, Attack] = {
    "other-provider": lambda s: s.by(s.bob),
    "the-holder": lambda s: s.by(s.alice),
    "self-signed-same-name": lambda s: self_signed(s, s.pki.iam_signer.certificate.subject),
    "other-authority": lambda s: s.by(s.ec_pki.iam_signer),
    "the-issuing-ca": lambda s: s.by(
        Issued(private_key=s.pki.ehealth_ca.private_key, certificate=s.pki.ehealth_ca.certificate)
    ),
    "expired": lambda s: certified(s, not_before=s.now - 30 * DAY, not_after=s.now - DAY),
    "not-yet-valid": lambda s: certified(s, not_before=s.now + DAY),
    "platform-without-application": lambda s: certified(s, application_id=None),
    "platform-other-application": lambda s: certified(s, application_id="MYCARENET"),
    "other-enterprise": lambda s: certified(s, identifier="0400000068"),
    "other-kind": lambda s: certified(s, kind="EHP"),
    "citizen": card,
    "key-not-of-certificate": lambda s: replace(
        s.forge, sign=s.rsa_signer(s.bob.private_key)
    ).token(s.form.unsigned()),
    "attacker-first": attacker_first,
}


@pytest.mark.attack("A3")
def test_a_token_of_another_signer_is_refused(
    attack: Attack, check_refused: Callable[[Attack], None]
) -> None:
    check_refused(attack)
