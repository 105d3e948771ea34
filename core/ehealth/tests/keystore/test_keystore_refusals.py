"""Each way in which a keystore cannot be used has its own name."""

from __future__ import annotations

import contextlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.keystore import ber, open_authentication, open_keystore
from hilum_ehealth.keystore.placeholder import make_placeholder
from hilum_ehealth.testing.authority import Issued
from hilum_ehealth.testing.issuing import new_key

OPENERS = [open_keystore, open_authentication]


def refusal(data: bytes, password: str) -> EhealthError:
    """Open *data* in both ways, which must refuse it alike."""
    errors = []
    for opener in OPENERS:
        with pytest.raises(EhealthError) as caught:
            opener(data, password)
        errors.append(caught.value)
    assert errors[0].code == errors[1].code
    assert errors[0].details == errors[1].details
    return errors[0]


@pytest.mark.attack("B3")
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "empty"),
        (b"\xfe\xed\xfe\xed\0\0\0\2", "java-keystore"),
        (b"\xce\xce\xce\xce\0\0\0\2", "java-keystore"),
        (b"\n-----BEGIN CERTIFICATE-----\n", "pem"),
        (b"<html>", "other"),
        (b"0", "other"),
        (b"\x30\x80", "other"),
        (b"\0" * 5000, "other"),
    ],
)
def test_a_file_of_another_kind_is_told_by_its_first_octets(
    data: bytes, found: str, password: str
) -> None:
    error = refusal(data, password)

    assert (error.code, error.details["found"]) == ("keystore.not-pkcs12", found)


def test_a_certificate_is_no_keystore(alice: Issued, password: str) -> None:
    der = alice.certificate.public_bytes(Encoding.DER)

    assert refusal(der, password).code == "keystore.not-pkcs12"


@pytest.mark.attack("B1")
def test_a_file_larger_than_any_keystore_is_not_read(recent: bytes, password: str) -> None:
    error = refusal(recent + bytes(1 << 20), password)

    assert (error.code, error.details["limit"]) == ("keystore.too-large", 1 << 20)


@pytest.mark.attack("B4")
def test_a_wrong_password_is_told_from_a_damaged_file(recent: bytes) -> None:
    assert refusal(recent, "wrong horse").code == "keystore.password-rejected"


@pytest.mark.attack("B4")
@pytest.mark.parametrize("wrong", ["", "Correct horse", "correct horse ", "\ud800", "x" * 5000])
def test_every_wrong_password_is_only_wrong(ec_old: bytes, wrong: str) -> None:
    assert refusal(ec_old, wrong).code == "keystore.password-rejected"


@pytest.mark.attack("B3")
def test_a_changed_certificate_is_damage_as_the_password_still_opens_the_keys(
    ec_old: bytes, password: str
) -> None:
    changed = bytearray(ec_old)
    changed[-900] ^= 1

    assert refusal(bytes(changed), password).code == "keystore.damaged"


@pytest.mark.attack("B3")
def test_a_changed_first_key_is_damage_as_the_password_still_opens_the_second(
    ec_old: bytes, password: str
) -> None:
    changed = bytearray(ec_old)
    changed[250] ^= 1

    assert refusal(bytes(changed), password).code == "keystore.damaged"


@pytest.mark.attack("B3")
def test_a_file_without_integrity_check_is_refused(ec_alice: Issued, forge, password: str) -> None:
    data = forge.file(forge.plain(forge.key(ec_alice.private_key, "authentication")))
    version, content, _ = ber.sequence(ber.parse(data))
    bare = ber.encode(ber.SEQUENCE, ber.to_der(version), ber.to_der(content))

    assert refusal(bare, password).code == "keystore.no-mac"


@pytest.mark.attack("B3")
@pytest.mark.parametrize(
    ("oid", "name"),
    [
        ("1.2.840.113549.1.12.1.1", "pbe-sha1-rc4-128"),
        ("1.2.840.113549.1.12.1.2", "pbe-sha1-rc4-40"),
        ("1.2.840.113549.1.5.3", "pbe-md5-des"),
        ("1.2.3.4.5", "1.2.3.4.5"),
    ],
)
def test_an_algorithm_that_is_not_opened_is_named(
    oid: str, name: str, ec_alice: Issued, forge, password: str
) -> None:
    data = forge.file(forge.plain(forge.key(ec_alice.private_key, "authentication")))
    known = ber.encode_identifier("1.2.840.113549.1.12.1.3")
    foreign = _rebuilt(data, known, ber.encode_identifier(oid))

    error = refusal(foreign, password)

    assert (error.code, error.details) == (
        "keystore.unsupported-algorithm",
        {"algorithm": name},
    )


def _rebuilt(data: bytes, old: bytes, new: bytes) -> bytes:
    """Replace one primitive value everywhere in a file, with the lengths around it."""

    def replaced(element: ber.Element) -> bytes:
        if element.children:
            return ber.encode(element.tag, *map(replaced, element.children))
        if element.tag == ber.OCTET_STRING and element.content[:1] == b"\x30":
            # A random salt may start like a structure and be none.
            with contextlib.suppress(ber.Malformed):
                return ber.encode(element.tag, replaced(ber.parse(element.content)))
        whole = ber.to_der(element)
        return new if whole == old else whole

    return replaced(ber.parse(data))


@pytest.mark.attack("B1")
def test_a_key_derived_with_scrypt_is_refused_before_any_memory_is_spent(
    ec_alice: Issued, password: str
) -> None:
    data = pkcs12.serialize_key_and_certificates(
        b"authentication",
        ec_alice.private_key,
        ec_alice.certificate,
        None,
        BestAvailableEncryption(password.encode()),
    )
    scrypt = _rebuilt(
        data,
        ber.encode_identifier("1.2.840.113549.1.5.12"),
        ber.encode_identifier("1.3.6.1.4.1.11591.4.11"),
    )

    assert refusal(scrypt, password).details == {"algorithm": "scrypt"}


@pytest.mark.attack("B3")
def test_an_integrity_check_by_an_unknown_hash_is_named(
    ec_alice: Issued, forge, password: str
) -> None:
    data = forge.file(forge.plain(forge.key(ec_alice.private_key, "authentication")))
    md5 = _rebuilt(
        data, ber.encode_identifier("1.3.14.3.2.26"), ber.encode_identifier("1.2.840.113549.2.5")
    )

    assert refusal(md5, password).details == {"algorithm": "md5"}


@pytest.mark.attack("B3")
@pytest.mark.parametrize(("kind", "name"), [("2", "signed-data"), ("3", "enveloped-data")])
def test_content_protected_by_certificates_is_named(
    kind: str, name: str, ec_alice: Issued, forge, password: str
) -> None:
    data = forge.file(forge.plain(forge.key(ec_alice.private_key, "authentication")))
    other = _rebuilt(
        data,
        ber.encode_identifier("1.2.840.113549.1.7.1"),
        ber.encode_identifier(f"1.2.840.113549.1.7.{kind}"),
    )

    assert refusal(other, password).details == {"algorithm": name}


@pytest.mark.attack("B2")
def test_a_file_without_keys_is_of_no_use(ec_alice: Issued, forge, password: str) -> None:
    data = forge.file(forge.plain(forge.certificate(ec_alice.certificate, "authentication")))

    error = refusal(data, password)

    assert (error.code, error.details["reason"]) == ("keystore.no-usable-key", "no-key")


@pytest.mark.attack("B2")
def test_a_key_without_certificate_is_of_no_use(ec_alice: Issued, forge, password: str) -> None:
    data = forge.file(forge.plain(forge.key(ec_alice.private_key, "authentication")))

    assert refusal(data, password).details == {
        "reason": "no-certificate",
        "alias": "authentication",
    }


@pytest.mark.attack("B2")
def test_a_certificate_of_another_key_is_found_out(ec_alice: Issued, forge, password: str) -> None:
    data = forge.file(
        forge.plain(forge.key(new_key("ec"), "authentication")),
        forge.encrypted(forge.certificate(ec_alice.certificate, "authentication")),
    )

    assert refusal(data, password).details == {
        "reason": "certificate-mismatch",
        "alias": "authentication",
    }


@pytest.mark.attack("B2")
def test_a_key_under_another_password_is_of_no_use(ec_alice: Issued, forge, password: str) -> None:
    data = forge.file(
        forge.plain(forge.key(ec_alice.private_key, "authentication")),
        secret=type(forge.secret).forms("another")[0],
    )

    assert refusal(data, "another").details["reason"] == "unreadable-key"


def test_a_key_of_a_family_that_ehealth_does_not_have_is_of_no_use(forge, password: str) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    data = forge.file(forge.plain(forge.key(key, "authentication")))

    assert refusal(data, password).details["reason"] == "unreadable-key"


@pytest.mark.attack("B3")
def test_a_certificate_that_is_none_is_of_no_use(ec_alice: Issued, forge, password: str) -> None:
    data = forge.file(
        forge.plain(forge.key(ec_alice.private_key, "authentication")),
        forge.plain(forge.certificate(b"\x30\x00", "authentication")),
    )

    assert refusal(data, password).details["reason"] == "unreadable-certificate"


@pytest.mark.attack("B2")
@pytest.mark.parametrize("second", ["authentication", "AUTHENTICATION"])
def test_two_keys_of_one_name_are_ambiguous(
    second: str, ec_alice: Issued, ec_encryption, forge, password: str
) -> None:
    data = forge.file(
        forge.plain(
            forge.key(ec_alice.private_key, "authentication", b"Time 1"),
            forge.key(ec_encryption.private_key, second, b"Time 2"),
        ),
        forge.encrypted(
            forge.certificate(ec_alice.certificate, "authentication", b"Time 1"),
            forge.certificate(ec_encryption.certificate, second, b"Time 2"),
        ),
    )

    error = refusal(data, password)

    assert (error.code, error.details) == ("keystore.ambiguous", {"alias": "authentication"})


@pytest.mark.attack("B2")
def test_two_certificates_for_one_key_are_ambiguous(
    ec_pki, ec_alice: Issued, forge, password: str
) -> None:
    again = ec_pki.ehealth_certificate(
        niss="85073003328", name="ALICE EXAMPLE", key=ec_alice.private_key
    )
    data = forge.file(
        forge.plain(forge.key(ec_alice.private_key, "authentication")),
        forge.encrypted(
            forge.certificate(ec_alice.certificate, "authentication"),
            forge.certificate(again.certificate, "authentication"),
        ),
    )

    assert refusal(data, password).code == "keystore.ambiguous"


def test_a_placeholder_beside_the_certificate_of_a_key_makes_it_incomplete(
    ec_alice: Issued, now, forge, password: str
) -> None:
    data = forge.file(
        forge.plain(forge.key(ec_alice.private_key, "authentication")),
        forge.plain(
            forge.certificate(make_placeholder(ec_alice.private_key, now), "authentication")
        ),
    )

    assert open_keystore(data, password).stage == "incomplete"


def test_no_refusal_shows_the_password(recent: bytes, password: str) -> None:
    wrong = "canary-5d1f"
    with pytest.raises(EhealthError) as caught:
        open_keystore(recent, wrong)

    assert wrong not in repr(caught.value) + repr(caught.value.details)
