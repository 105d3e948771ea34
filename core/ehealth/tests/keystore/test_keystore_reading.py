"""What a keystore of eHealth's own tool holds once it is opened."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
import sys
import warnings
from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    PrivateFormat,
    pkcs12,
)
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.keys import same_public_key
from hilum_ehealth.keystore import (
    Keystore,
    Stage,
    ber,
    encoding,
    glance,
    open_authentication,
    open_keystore,
)
from hilum_ehealth.keystore.derivation import HMACS, PBKDF2
from hilum_ehealth.testing.authority import Issued
from hilum_ehealth.testing.issuing import new_key
from hilum_ehealth.testing.platform_keystore import (
    incomplete_keystore,
    make_encryption_certificate,
    platform_keystore,
)


@pytest.fixture(params=["recent", "old", "ec_old"])
def shape(request: pytest.FixtureRequest) -> bytes:
    data: bytes = request.getfixturevalue(request.param)
    return data


def test_a_keystore_in_each_shape_of_the_tool_is_complete(shape: bytes, password: str) -> None:
    assert open_keystore(shape, password).stage is Stage.COMPLETE


@pytest.mark.attack("B2")
def test_the_session_key_comes_with_its_certificate_and_issuer(
    recent: bytes, password: str, alice: Issued
) -> None:
    entry = open_keystore(recent, password).authentication

    assert entry is not None
    assert entry.certificate == alice.certificate
    assert entry.chain == alice.chain
    assert same_public_key(entry.private_key.public_key(), alice.private_key.public_key())


@pytest.mark.attack("B2")
def test_the_encryption_key_is_named_by_the_serial_of_its_certificate(
    recent: bytes, password: str
) -> None:
    (entry,) = open_keystore(recent, password).encryption

    assert entry.alias == str(entry.certificate.serial_number)
    assert entry.chain == ()


def test_certificates_that_stand_there_twice_count_once(recent: bytes, password: str) -> None:
    keystore = open_keystore(recent, password)

    assert len(keystore.certificates) == 3
    assert [entry.alias.partition(",")[0] for entry in keystore.trusted] == [
        "CN=SSIN\\=85073003328",
        "CN=SIMULATOR eHealth issuing CA 001",
    ]


@pytest.mark.attack("B2")
def test_the_encryption_key_in_front_is_never_taken_for_the_session_key(
    forge, alice: Issued, encryption, password: str
) -> None:
    serial = str(encryption.certificate.serial_number)
    data = forge.file(
        forge.plain(
            forge.key(encryption.private_key, serial, b"Time 2"),
            forge.key(alice.private_key, "authentication", b"Time 1"),
        ),
        forge.encrypted(
            forge.certificate(encryption.certificate, serial, b"Time 2"),
            forge.certificate(alice.certificate, "authentication", b"Time 1"),
        ),
    )

    for entry in (
        open_keystore(data, password).authentication,
        open_authentication(data, password),
    ):
        assert entry is not None
        assert entry.certificate == alice.certificate


@pytest.mark.attack("B2")
def test_the_alias_is_compared_without_case(ec_alice: Issued, password: str) -> None:
    data = platform_keystore(
        authentication_key=ec_alice.private_key,
        chain=(ec_alice.certificate, *ec_alice.chain),
        password=password,
        old=True,
        alias="Authentication",
    )

    assert open_keystore(data, password).stage is Stage.NO_ENCRYPTION_KEY
    assert open_authentication(data, password).certificate == ec_alice.certificate


@pytest.mark.attack("B2")
def test_older_encryption_keys_are_kept(ec_alice: Issued, ec_encryption, password: str) -> None:
    earlier = new_key("ec")
    certificate = make_encryption_certificate(
        ec_alice.private_key, ec_alice.certificate, earlier, 77
    )
    data = platform_keystore(
        authentication_key=ec_alice.private_key,
        chain=(ec_alice.certificate,),
        encryption=[
            (earlier, certificate),
            (ec_encryption.private_key, ec_encryption.certificate),
        ],
        password=password,
        old=True,
    )

    aliases = [entry.alias for entry in open_keystore(data, password).encryption]

    assert aliases == ["77", str(ec_encryption.certificate.serial_number)]


@pytest.mark.parametrize("family", ["alice", "ec_alice"])
@pytest.mark.parametrize("old", [False, True])
def test_a_keystore_before_the_certificate_came_is_incomplete(
    request: pytest.FixtureRequest, family: str, old: bool, now: datetime, password: str
) -> None:
    holder: Issued = request.getfixturevalue(family)
    data = incomplete_keystore(
        authentication_key=holder.private_key, now=now, password=password, old=old
    )

    keystore = open_keystore(data, password)

    assert (keystore.stage, keystore.authentication) == (Stage.INCOMPLETE, None)
    assert same_public_key(
        keystore.pending[0].private_key.public_key(), holder.private_key.public_key()
    )


def test_the_session_key_of_an_incomplete_keystore_is_refused(
    ec_alice: Issued, now: datetime, password: str
) -> None:
    data = incomplete_keystore(authentication_key=ec_alice.private_key, now=now, password=password)

    with pytest.raises(EhealthError, match=r"keystore\.incomplete"):
        open_authentication(data, password)


@pytest.fixture
def foreign(ec_alice: Issued) -> bytes:
    """A keystore of another program, made by another library."""
    protection = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(1000)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA512())
        .build(b"correct horse")
    )
    return pkcs12.serialize_key_and_certificates(
        b"mykey", ec_alice.private_key, ec_alice.certificate, ec_alice.chain, protection
    )


def test_a_keystore_of_another_program_is_no_ehealth_keystore(
    foreign: bytes, password: str, ec_alice: Issued
) -> None:
    keystore = open_keystore(foreign, password)

    assert keystore.stage is Stage.NOT_EHEALTH
    assert [(e.alias, e.certificate) for e in keystore.entries] == [("mykey", ec_alice.certificate)]
    with pytest.raises(EhealthError, match=r"keystore\.not-ehealth"):
        open_authentication(foreign, password)


@pytest.mark.attack("B4")
@pytest.mark.parametrize("chosen", ["p", "Pässw0rd€ ñ", "🔑 key", "x" * 120, "with\ttab"], ids=repr)
@pytest.mark.parametrize("algorithm", list(pkcs12.PBES))
def test_any_password_that_a_file_was_made_with_opens_it(
    chosen: str, algorithm: pkcs12.PBES, ec_alice: Issued
) -> None:
    protection = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(10)
        .key_cert_algorithm(algorithm)
        .hmac_hash(hashes.SHA256())
        .build(chosen.encode())
    )
    data = pkcs12.serialize_key_and_certificates(
        b"authentication", ec_alice.private_key, ec_alice.certificate, None, protection
    )

    for entry in (open_keystore(data, chosen).authentication, open_authentication(data, chosen)):
        assert entry is not None
        assert entry.certificate == ec_alice.certificate


@pytest.mark.attack("B4")
def test_an_accented_password_opens_a_keystore_of_the_tool(ec_alice: Issued) -> None:
    data = platform_keystore(
        authentication_key=ec_alice.private_key,
        chain=(ec_alice.certificate,),
        password="Clé-d'été-€",
        old=True,
    )

    assert open_keystore(data, "Clé-d'été-€").stage is Stage.NO_ENCRYPTION_KEY


@pytest.mark.attack("B4")
@pytest.mark.parametrize("form", [0, 1], ids=["empty", "absent"])
def test_a_file_with_an_empty_or_an_absent_password_opens_with_the_empty_one(
    form: int, forge, ec_alice: Issued
) -> None:
    forge.secret = type(forge.secret).forms("")[form]
    data = forge.file(
        forge.plain(forge.key(ec_alice.private_key, "authentication")),
        forge.encrypted(forge.certificate(ec_alice.certificate, "authentication")),
    )

    assert open_keystore(data, "").stage is Stage.NO_ENCRYPTION_KEY


@pytest.mark.attack("B2")
def test_a_key_without_mark_finds_its_certificate_by_public_key(
    forge, ec_alice: Issued, ec_encryption, password: str
) -> None:
    data = forge.file(
        forge.plain(forge.key(ec_alice.private_key, "authentication", None)),
        forge.plain(
            forge.certificate(ec_encryption.certificate, "other", None),
            forge.certificate(ec_alice.certificate, "whatever", None),
        ),
    )

    entry = open_keystore(data, password).authentication

    assert entry is not None
    assert entry.certificate == ec_alice.certificate


@pytest.mark.attack("B2")
def test_two_keys_with_one_mark_each_get_their_own_certificate(
    forge, ec_alice: Issued, ec_encryption, password: str
) -> None:
    data = forge.file(
        forge.plain(
            forge.key(ec_alice.private_key, "authentication", b"Time 1"),
            forge.key(ec_encryption.private_key, "12", b"Time 1"),
        ),
        forge.encrypted(
            forge.certificate(ec_encryption.certificate, "12", b"Time 1"),
            forge.certificate(ec_alice.certificate, "authentication", b"Time 1"),
        ),
    )

    keystore = open_keystore(data, password)

    assert [entry.certificate for entry in keystore.entries] == [
        ec_alice.certificate,
        ec_encryption.certificate,
    ]


@pytest.mark.attack("B2")
def test_a_key_inside_an_encrypted_part_is_found(forge, ec_alice: Issued, password: str) -> None:
    data = forge.file(
        forge.encrypted(
            forge.key(ec_alice.private_key, "authentication"),
            forge.certificate(ec_alice.certificate, "authentication"),
            protection=forge.rc2(),
        )
    )

    assert open_keystore(data, password).stage is Stage.NO_ENCRYPTION_KEY
    assert open_authentication(data, password).certificate == ec_alice.certificate


@pytest.mark.attack("B2")
def test_the_quick_way_finds_what_the_thorough_way_finds(shape: bytes, password: str) -> None:
    quick = open_authentication(shape, password)
    thorough = open_keystore(shape, password).authentication

    assert thorough is not None
    assert (quick.certificate, quick.chain) == (thorough.certificate, thorough.chain)
    assert same_public_key(quick.private_key.public_key(), thorough.private_key.public_key())


def test_opening_ber_warns_nobody(old: bytes, password: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        open_keystore(old, password)
        open_authentication(old, password)
        glance(old)

    assert caught == []


def test_nothing_secret_or_personal_shows_in_the_repr(opened: Keystore) -> None:
    shown = repr(opened.entries) + repr(opened.pending)

    assert "PrivateKey" not in shown
    assert "Certificate" not in shown


def test_a_name_of_several_scripts_survives(forge, ec_alice: Issued, password: str) -> None:
    alias = "clé 🔑 ключ"
    data = forge.file(
        forge.plain(forge.key(ec_alice.private_key, alias)),
        forge.encrypted(forge.certificate(ec_alice.certificate, alias)),
    )

    assert open_keystore(data, password).entries[0].alias == alias


def test_every_certificate_is_one_that_the_library_knows(opened: Keystore) -> None:
    assert all(isinstance(found, x509.Certificate) for found in opened.certificates)


def test_a_keystore_of_cryptographys_own_choice_opens(ec_alice: Issued) -> None:
    data = pkcs12.serialize_key_and_certificates(
        b"authentication",
        ec_alice.private_key,
        ec_alice.certificate,
        ec_alice.chain,
        BestAvailableEncryption(b"correct horse"),
    )

    assert open_authentication(data, "correct horse").chain == ec_alice.chain


@pytest.mark.parametrize("hash_name", ["sha256", "sha512"])
def test_an_integrity_check_of_the_newest_kind_is_understood(
    hash_name: str, forge, ec_alice: Issued, password: str
) -> None:
    """PBMAC1 of RFC 9579, which OpenSSL 3.4 can write."""
    content = encoding.authenticated_safe(
        forge.plain(forge.key(ec_alice.private_key, "authentication")),
        forge.plain(forge.certificate(ec_alice.certificate, "authentication")),
    )
    key = hashlib.pbkdf2_hmac(hash_name, password.encode(), b"salt", 100, 32)
    digest = hmac.digest(key, content, hash_name)
    oid = {name: oid for oid, name in HMACS.items()}[hash_name]

    def sequence(*parts: bytes) -> bytes:
        return ber.encode(ber.SEQUENCE, *parts)

    def octets(value: bytes) -> bytes:
        return ber.encode(ber.OCTET_STRING, value)

    hashing = sequence(ber.encode_identifier(oid), ber.encode(ber.NULL))
    derivation = sequence(
        ber.encode_identifier(PBKDF2),
        sequence(octets(b"salt"), ber.encode_integer(100), ber.encode_integer(32), hashing),
    )
    pbmac1 = sequence(ber.encode_identifier("1.2.840.113549.1.5.14"), sequence(derivation, hashing))
    mac = sequence(sequence(pbmac1, octets(digest)), octets(b"NOT USED"), ber.encode_integer(1))
    info = sequence(
        ber.encode_identifier("1.2.840.113549.1.7.1"), ber.encode(ber.CONTEXT_0, octets(content))
    )
    data = sequence(ber.encode_integer(3), info, mac)

    assert open_keystore(data, password).stage is Stage.NO_ENCRYPTION_KEY
    assert glance(data).mac_algorithm == f"pbmac1-{hash_name}"
    with pytest.raises(EhealthError, match=r"keystore\.password-rejected"):
        open_keystore(data, "wrong")


def test_naming_the_keystore_loads_no_heavy_library() -> None:
    code = (
        "import sys; from hilum_ehealth import keystore; keystore.Stage; keystore.Keystore;"
        "print(*sys.modules)"
    )

    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert not {"cryptography", "lxml", "asn1crypto"} & set(printed.stdout.split())
