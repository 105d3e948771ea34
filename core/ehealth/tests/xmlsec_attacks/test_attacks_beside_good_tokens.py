"""The good tokens beside the attacked ones: they are accepted, so the attacks show something."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.assertions import signed_by
from hilum_ehealth.xmlsec import guard, verify
from hilum_ehealth.xmlsec.names import ENVELOPED
from hilum_ehealth.xmlsec.names import EXCLUSIVE_C14N as C14N
from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hilum_ehealth.environments import Environment

    from .conftest import EcScene, Scene

    Check = Callable[[bytes], object]


def test_there_are_enough_attacks(attack_count: int) -> None:
    assert attack_count >= 66


@pytest.mark.attack("A1")
def test_the_good_tokens_beside_them_are_accepted(scene: Scene, check: Check) -> None:
    for data in (scene.good, signed_by(scene.form.unsigned(), scene.pki.iam_signer)):
        assert check(data)


@pytest.mark.attack("A1")
def test_a_good_token_of_an_elliptic_curve_signer_is_accepted(
    ec_scene: EcScene, environment: Environment, tmp_path: Path
) -> None:
    signer, unsigned = ec_scene.pki.iam_signer, ec_scene.unsigned
    for data in (ec_scene.forge.token(unsigned), signed_by(unsigned, signer)):
        assert ec_scene.check(data, environment, tmp_path)


def test_a_prefix_list_is_honoured(scene: Scene, check: Check) -> None:
    prefixes = f'<ec:InclusiveNamespaces xmlns:ec="{C14N}" PrefixList="wst SOAP-ENV"/>'
    root = etree.fromstring(scene.form.unsigned())
    inclusive = etree.tostring(
        root, method="c14n", exclusive=True, inclusive_ns_prefixes=["wst", "SOAP-ENV"]
    )
    forge = replace(
        scene.forge,
        transforms=f'<ds:Transform Algorithm="{ENVELOPED}"/>'
        f'<ds:Transform Algorithm="{C14N}">{prefixes}</ds:Transform>',
        digest=lambda data: hashlib.sha256(inclusive).digest(),
    )
    assert check(forge.token(scene.form.unsigned()))


def test_white_space_around_the_signature_stays_signed(scene: Scene, check: Check) -> None:
    spaced = scene.form.unsigned().replace(b"</Assertion>", b"\n  </Assertion>")
    signed = scene.forge.token(spaced)
    assert check(signed)
    with pytest.raises(EhealthError, match=r"assertion\.signature"):
        check(signed.replace(b"</ds:Signature>", b"</ds:Signature> "))


def test_a_token_is_parsed_twice_and_its_signature_verified_once(
    scene: Scene, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it came, and as it was signed; each more would cost a tenth of the whole check."""
    parsed: list[bytes] = []
    verified: list[object] = []
    parse, verify_signature = guard._parsed, verify._verify
    monkeypatch.setattr(guard, "_parsed", lambda *a: (parsed.append(a[0]), parse(*a))[1])
    monkeypatch.setattr(
        verify, "_verify", lambda *a: (verified.append(a[0]), verify_signature(*a))[1]
    )

    check(scene.good)

    assert [len(parsed), len(verified)] == [2, 1]
    assert parsed[0] == scene.good
