"""Public keys compared, and ECDSA signatures turned from one writing into the other."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hilum_ehealth.keys import ecdsa_der, ecdsa_raw, same_public_key
from hilum_ehealth.testing.issuing import new_key
from hypothesis import given
from hypothesis import strategies as st

ORDER_P384 = 2**384 - 1


@pytest.mark.parametrize("family", ["rsa", "ec"])
def test_a_key_has_the_public_key_that_it_has(family) -> None:
    key = new_key(family)

    assert same_public_key(key.public_key(), key.public_key())
    assert not same_public_key(key.public_key(), new_key(family).public_key())


def test_keys_of_different_families_are_never_the_same() -> None:
    assert not same_public_key(new_key("rsa").public_key(), new_key("ec").public_key())


def test_a_public_key_is_compared_by_its_numbers_not_by_its_object() -> None:
    public = new_key("rsa").public_key()
    assert isinstance(public, rsa.RSAPublicKey)

    assert same_public_key(public, public.public_numbers().public_key())


def test_a_key_of_a_family_that_is_not_used_is_the_same_as_none() -> None:
    public = ed25519.Ed25519PrivateKey.generate().public_key()

    assert not same_public_key(public, public)


@given(st.integers(0, ORDER_P384), st.integers(0, ORDER_P384))
def test_a_signature_survives_both_writings(r: int, s: int) -> None:
    raw = r.to_bytes(48, "big") + s.to_bytes(48, "big")

    assert ecdsa_raw(ecdsa_der(raw), 384) == raw


def test_a_signature_of_the_library_has_the_length_of_the_curve() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    der = key.sign(b"data", ec.ECDSA(hashes.SHA384()))

    assert len(ecdsa_raw(der, 384)) == 96
    key.public_key().verify(ecdsa_der(ecdsa_raw(der, 384)), b"data", ec.ECDSA(hashes.SHA384()))


@pytest.mark.parametrize("raw", [b"", b"abc"])
def test_something_that_is_no_pair_of_numbers_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="two numbers"):
        ecdsa_der(raw)


def test_a_signature_of_a_larger_curve_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        ecdsa_raw(ecdsa_der(b"\xff" * 96), 256)


def test_something_that_is_no_signature_is_refused() -> None:
    with pytest.raises(ValueError, match=r"."):
        ecdsa_raw(b"\x30\x00", 384)
