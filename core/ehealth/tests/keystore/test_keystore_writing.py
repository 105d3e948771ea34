"""What we write: strong by default, readable by others on request, complete in both forms."""

from __future__ import annotations

import re

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.keystore import (
    Form,
    KeyEntry,
    Keystore,
    check_new_password,
    encode_keystore,
    glance,
    open_authentication,
    open_keystore,
)
from hilum_ehealth.keystore.files import same_content
from hilum_ehealth.testing.authority import Issued

ROUNDS = 600_000


@pytest.fixture(scope="module")
def modern(opened: Keystore, password: str) -> bytes:
    return encode_keystore(opened.entries, password)


@pytest.fixture(scope="module")
def compatible(opened: Keystore, password: str) -> bytes:
    return encode_keystore(opened.entries, password, Form.COMPATIBLE)


@pytest.fixture(params=["modern", "compatible"])
def written(request: pytest.FixtureRequest) -> bytes:
    data: bytes = request.getfixturevalue(request.param)
    return data


@pytest.mark.attack("B5")
def test_the_modern_form_is_strong_in_every_part(modern: bytes) -> None:
    seen = glance(modern)

    assert {(key.algorithm, key.iterations) for key in seen.keys} == {("pbes2-aes-256-cbc", ROUNDS)}
    assert seen.certificate_algorithms == ("pbes2-aes-256-cbc",)
    assert seen.mac_algorithm == "sha256"


@pytest.mark.attack("B5")
def test_every_count_of_the_modern_form_is_high(modern: bytes) -> None:
    """The certificates and the integrity check too: the weakest sets the price of a guess."""
    counts = [
        int.from_bytes(found, "big") for found in re.findall(rb"\x02\x03(\x09\x27\xc0)", modern)
    ]

    assert counts == [ROUNDS] * 4


def test_the_compatible_form_needs_nothing_new(compatible: bytes) -> None:
    seen = glance(compatible)

    assert {key.algorithm for key in seen.keys} == {"pbe-sha1-3des"}
    assert seen.certificate_algorithms == ("pbe-sha1-3des",)
    assert (seen.mac_algorithm, seen.iterations) == ("sha1", 100_000)


def test_what_was_written_reads_back_the_same(
    written: bytes, opened: Keystore, password: str
) -> None:
    again = open_keystore(written, password)

    assert same_content(again, opened)
    assert [entry.alias for entry in again.trusted] == [entry.alias for entry in opened.trusted]


def test_the_layout_is_that_of_the_tool(written: bytes, recent: bytes) -> None:
    """Keys in clear sight of Java by name, in the order of the tool."""
    assert glance(written).aliases == glance(recent).aliases


def test_another_library_reads_what_was_written(
    written: bytes, password: str, ec_alice: Issued
) -> None:
    loaded = pkcs12.load_pkcs12(written, password.encode())

    assert loaded.cert is not None
    assert loaded.cert.certificate == ec_alice.certificate
    assert len(loaded.additional_certs) == 4


def test_two_writings_share_no_salt(compatible: bytes, opened: Keystore, password: str) -> None:
    again = encode_keystore(opened.entries, password, Form.COMPATIBLE)

    assert again[-20:] != compatible[-20:]
    assert again != compatible


def test_the_marks_of_a_keystore_survive(written: bytes, opened: Keystore, password: str) -> None:
    marks = [entry.local_id for entry in open_keystore(written, password).entries]

    assert marks == [entry.local_id for entry in opened.entries]


def test_new_entries_get_marks_that_java_reads_a_time_from(
    ec_alice: Issued, ec_encryption, password: str
) -> None:
    entries = [
        KeyEntry(
            alias="authentication",
            private_key=ec_alice.private_key,
            certificate=ec_alice.certificate,
            chain=ec_alice.chain,
        ),
        KeyEntry(
            alias="12",
            private_key=ec_encryption.private_key,
            certificate=ec_encryption.certificate,
        ),
    ]

    written = open_keystore(encode_keystore(entries, password, Form.COMPATIBLE), password)

    since = int(ec_alice.certificate.not_valid_before_utc.timestamp()) * 1000
    assert [entry.local_id for entry in written.entries] == [
        b"Time %d" % since,
        b"Time %d" % (since + 1),
    ]
    assert written.authentication is not None
    assert written.authentication.chain == ec_alice.chain


def test_a_keystore_without_trusted_entries_gets_those_of_the_tool(
    ec_alice: Issued, password: str
) -> None:
    entry = KeyEntry(
        alias="authentication",
        private_key=ec_alice.private_key,
        certificate=ec_alice.certificate,
        chain=ec_alice.chain,
    )

    data = encode_keystore([entry], password, Form.COMPATIBLE)

    assert [found.alias for found in open_keystore(data, password).trusted] == [
        "CN=SSIN\\=85073003328,OU=eHealth-platform Belgium,OU=ALICE EXAMPLE,"
        "OU=SSIN\\=85073003328,O=Federal Government,C=BE",
        "CN=SIMULATOR eHealth issuing CA 001,2.5.4.5=#1303303031,"
        "O=SIMULATION FOR TESTS\\, NOT A REAL AUTHORITY,C=BE",
    ]


def test_a_written_keystore_opens_the_quick_way(
    written: bytes, password: str, ec_alice: Issued
) -> None:
    assert open_authentication(written, password).certificate == ec_alice.certificate


@pytest.mark.attack("B4")
@pytest.mark.parametrize(
    "password", ["p@ssw0rd", "with spaces in it", "~!\"'\\{}[]<>|`", "x" * 120]
)
def test_a_password_of_printable_ascii_is_accepted(password: str) -> None:
    check_new_password(password)


@pytest.mark.attack("B4")
@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Pässw0rd", "secret.not-ascii"),
        ("p@ssw0rd€", "secret.not-ascii"),
        ("pass\tword", "secret.not-ascii"),
        ("passw\0rd", "secret.not-ascii"),
        ("password\n", "secret.not-ascii"),
        ("pass123", "secret.too-short"),
        ("", "secret.too-short"),
    ],
)
def test_a_password_that_java_could_not_use_or_that_is_short_is_refused(
    password: str, code: str, opened: Keystore
) -> None:
    with pytest.raises(EhealthError) as caught:
        encode_keystore(opened.entries, password, Form.COMPATIBLE)

    assert caught.value.code == code
    assert "password" not in caught.value.details
