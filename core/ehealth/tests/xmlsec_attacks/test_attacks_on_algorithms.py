"""Forged signatures: algorithms and keys of the attacker's own choice."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.xmlsec.names import DS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hilum_ehealth.environments import Environment

    from .conftest import Attack, EcScene, Scene


MORE = "http://www.w3.org/2001/04/xmldsig-more#"
RSA, ECDSA = f"{MORE}rsa-sha256", f"{MORE}ecdsa-sha256"
SHA1 = f"{DS}sha1"


def forged(**parts: object) -> Attack:
    return lambda s: s.forged(**parts)


def hmac_with_public_key(encoding: Encoding, form: PublicFormat | None) -> Attack:
    """The oldest confusion: the signer's public certificate as a shared secret."""

    def make(scene: Scene) -> bytes:
        certificate = scene.pki.iam_signer.certificate
        secret = (
            certificate.public_key().public_bytes(encoding, form)
            if form
            else certificate.public_bytes(encoding)
        )
        return replace(
            scene.forge,
            method=f"{MORE}hmac-sha256",
            sign=lambda data: hmac.digest(secret, data, "sha256"),
        ).token(scene.form.unsigned())

    return make


def by_rsa(algorithm: hashes.HashAlgorithm, name: str) -> Attack:
    return lambda s: replace(
        s.forge, method=name, sign=s.rsa_signer(s.pki.iam_signer.private_key, algorithm)
    ).token(s.form.unsigned())


def hmac_one_byte(scene: Scene) -> bytes:
    return replace(
        scene.forge,
        method=f"{DS}hmac-sha1",
        method_content="<ds:HMACOutputLength>8</ds:HMACOutputLength>",
        sign=lambda data: b"\0",
    ).token(scene.form.unsigned())


def by_pss(scene: Scene) -> bytes:
    key = scene.pki.iam_signer.private_key
    assert isinstance(key, rsa.RSAPrivateKey)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    return replace(
        scene.forge,
        method="http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        sign=lambda data: key.sign(data, pss, hashes.SHA256()),
    ).token(scene.form.unsigned())


ATTACKS: dict[str, Attack] = {
    "hmac-certificate-pem": hmac_with_public_key(Encoding.PEM, None),
    "hmac-certificate-der": hmac_with_public_key(Encoding.DER, None),
    "hmac-public-key-pem": hmac_with_public_key(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "hmac-truncated": hmac_one_byte,
    "rsa-sha1": by_rsa(hashes.SHA1(), f"{DS}rsa-sha1"),
    "rsa-sha1-named-sha256": by_rsa(hashes.SHA1(), RSA),
    "rsa-sha512": by_rsa(hashes.SHA512(), f"{MORE}rsa-sha512"),
    "rsa-pss": by_pss,
    "sha1-digest": forged(digest_method=SHA1, digest=lambda d: hashlib.sha1(d).digest()),
    "sha1-digest-named-sha256": forged(digest=lambda d: hashlib.sha1(d).digest()),
    "ecdsa-named-for-rsa": forged(method=ECDSA),
    "none": forged(method="none", sign=lambda data: b""),
    "empty": forged(method="", sign=lambda data: b""),
    "parameters": forged(method_content="<ds:HMACOutputLength>8</ds:HMACOutputLength>"),
}


@pytest.mark.attack("A3")
def test_a_token_with_another_algorithm_is_refused(
    attack: Attack, check_refused: Callable[[Attack], None]
) -> None:
    check_refused(attack)


@pytest.mark.attack("A3")
@pytest.mark.parametrize("name", ["der", "short", "rsa-named-for-ec", "zero"])
def test_an_attack_on_an_elliptic_curve_signature_is_refused(
    name: str, ec_scene: EcScene, environment: Environment, tmp_path: Path
) -> None:
    forge, key = ec_scene.forge, ec_scene.pki.iam_signer.private_key
    forged = {
        "der": replace(forge, sign=ec_scene.ec_signer(key, raw=False)),
        "short": replace(forge, sign=lambda data: ec_scene.ec_signer(key)(data)[:-1]),
        "rsa-named-for-ec": replace(forge, method=RSA),
        "zero": replace(forge, sign=lambda data: bytes(96)),
    }[name]
    with pytest.raises(EhealthError, match=r"assertion\.signature"):
        ec_scene.check(forged.token(ec_scene.unsigned), environment, tmp_path)
