"""Files made to hang, crash or deceive: each gets one clear refusal and costs nothing."""

from __future__ import annotations

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.keystore import (
    KeyEntry,
    ber,
    encoding,
    glance,
    open_authentication,
    open_keystore,
)
from hilum_ehealth.keystore.ber import Malformed
from hilum_ehealth.keystore.derivation import Password
from hilum_ehealth.keystore.integrity import Pkcs12Mac
from hilum_ehealth.keystore.writer import Recipe, authenticated_safe
from hilum_ehealth.testing.authority import Issued
from hypothesis import given
from hypothesis import strategies as st

BOMB = 2**31 - 1
CAP = 2_000_000
OPENERS = [open_keystore, open_authentication]

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(params=OPENERS, ids=["thorough", "quick"])
def opener(request: pytest.FixtureRequest):
    return request.param


@pytest.fixture
def derivations(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every count that anything is derived with, in order."""
    import hashlib

    from hilum_ehealth.keystore import integrity, protection

    counted: list[int] = []
    derive, pbkdf2 = protection.derive, hashlib.pbkdf2_hmac

    def counting_derive(password, salt, rounds, **rest):
        counted.append(rounds)
        return derive(password, salt, rounds, **rest)

    def counting_pbkdf2(name, password, salt, rounds, size):
        counted.append(rounds)
        return pbkdf2(name, password, salt, rounds, size)

    for module in (protection, integrity):
        monkeypatch.setattr(module, "derive", counting_derive)
    monkeypatch.setattr(hashlib, "pbkdf2_hmac", counting_pbkdf2)
    return counted


@pytest.fixture(params=["mac", "key", "part", "second key"])
def visible_bomb(request: pytest.FixtureRequest, forge, ec_alice: Issued) -> bytes:
    key = forge.key(ec_alice.private_key, "authentication")
    certificates = forge.encrypted(forge.certificate(ec_alice.certificate, "authentication"))
    if request.param == "key":
        return forge.file(forge.plain(forge.key_bomb("authentication", BOMB)), certificates)
    if request.param == "second key":
        return forge.file(forge.plain(key, forge.key_bomb("12", BOMB)), certificates)
    if request.param == "part":
        return forge.file(forge.plain(key), forge.part_bomb(BOMB))
    return forge.with_mac_count(forge.file(forge.plain(key), certificates), b"\x7f\xff\xff\xff")


@pytest.mark.attack("B1")
def test_a_visible_count_beyond_the_cap_is_refused_before_anything_is_derived(
    visible_bomb: bytes, opener, password: str, derivations: list[int]
) -> None:
    derivations.clear()

    with pytest.raises(EhealthError) as caught:
        opener(visible_bomb, password)

    assert caught.value.code == "keystore.iterations"
    assert caught.value.details == {"count": BOMB, "cap": CAP}
    assert derivations == []


@pytest.mark.attack("B1")
@pytest.mark.parametrize("cipher", ["old_way", "rc2", "new_way"])
def test_a_count_hidden_in_an_encrypted_part_is_refused_before_it_is_derived(
    cipher: str, opener, forge, password: str, derivations: list[int]
) -> None:
    data = forge.file(
        forge.encrypted(forge.key_bomb("authentication", BOMB), protection=getattr(forge, cipher)())
    )

    with pytest.raises(EhealthError) as caught:
        opener(data, password)

    assert caught.value.code == "keystore.iterations"
    assert max(derivations) == 1


@pytest.mark.attack("B1")
@pytest.mark.parametrize("cipher", ["old_way", "rc2", "new_way"])
def test_a_count_hidden_behind_the_session_key_costs_nothing(
    cipher: str, forge, ec_alice: Issued, password: str, derivations: list[int]
) -> None:
    data = forge.file(
        forge.plain(forge.key(ec_alice.private_key, "authentication")),
        forge.encrypted(
            forge.key_bomb("12", BOMB),
            forge.certificate(ec_alice.certificate, "authentication"),
            protection=getattr(forge, cipher)(),
        ),
    )

    with pytest.raises(EhealthError, match=r"keystore\.iterations"):
        open_keystore(data, password)
    assert open_authentication(data, password).certificate == ec_alice.certificate
    assert max(derivations) == 1


@pytest.mark.attack("B1")
def test_many_counts_below_the_cap_are_refused_together(
    forge, opener, password: str, derivations: list[int]
) -> None:
    data = forge.file(forge.plain(*(forge.key_bomb(str(n), CAP) for n in range(20))))
    derivations.clear()

    with pytest.raises(EhealthError) as caught:
        opener(data, password)

    assert caught.value.details["cap"] == 10 * CAP
    assert derivations == []


@pytest.mark.attack("B1")
def test_the_count_at_the_cap_is_accepted(forge) -> None:
    data = forge.file(forge.plain(), mac_iterations=CAP)

    with pytest.raises(EhealthError, match=r"keystore\.password-rejected"):
        open_keystore(data, "wrong")


@pytest.mark.attack("B1")
def test_a_look_from_outside_shows_a_bomb_and_derives_nothing(
    forge, derivations: list[int]
) -> None:
    data = forge.file(forge.plain(forge.key_bomb("authentication", BOMB)))
    derivations.clear()

    assert glance(data).iterations == BOMB
    assert derivations == []


def outcomes(data: bytes, password: str) -> set[str]:
    """What becomes of *data* in each way of reading it; anything but our error gets through."""
    codes = set()
    for read in (
        lambda: open_keystore(data, password),
        lambda: open_authentication(data, password),
    ):
        try:
            read()
        except EhealthError as error:
            codes.add(error.code)
        else:
            codes.add("opened")
    with suppress(EhealthError):
        glance(data)
    return codes


@pytest.fixture
def small(forge, ec_alice: Issued) -> bytes:
    """A good file with everything in it that is as small as can be."""
    return forge.file(
        forge.plain(forge.key(ec_alice.private_key, "authentication")),
        forge.encrypted(
            forge.certificate(ec_alice.certificate, "authentication"), protection=forge.new_way()
        ),
    )


@pytest.mark.attack("B3")
def test_the_small_file_is_good(small: bytes, password: str) -> None:
    assert outcomes(small, password) == {"opened"}


@pytest.mark.attack("B3")
def test_every_truncation_is_one_clear_refusal(small: bytes, ec_old: bytes, password: str) -> None:
    found = {
        code
        for data in (small, ec_old)
        for n in range(0, len(data))
        for code in outcomes(data[:n], password)
    }

    assert found == {"keystore.not-pkcs12", "keystore.damaged"}


@pytest.mark.attack("B3")
@pytest.mark.parametrize("mask", [0x01, 0x80])
def test_every_changed_octet_is_one_clear_refusal(mask: int, small: bytes, password: str) -> None:
    found = set()
    for at in range(len(small)):
        changed = small[:at] + bytes([small[at] ^ mask]) + small[at + 1 :]
        found |= outcomes(changed, password)

    assert found <= {
        "keystore.not-pkcs12",
        "keystore.damaged",
        "keystore.unsupported-algorithm",
        "keystore.password-rejected",
        "keystore.iterations",
    }


@pytest.mark.attack("B3")
def test_every_changed_octet_of_an_old_file_is_one_clear_refusal(
    ec_old: bytes, password: str
) -> None:
    for at in range(0, len(ec_old), 7):
        changed = ec_old[:at] + bytes([ec_old[at] ^ 0x41]) + ec_old[at + 1 :]

        assert "opened" not in outcomes(changed, password)


@pytest.fixture(scope="module")
def content(ec_alice: Issued) -> bytes:
    """The content of a good file, whose password is ``password``."""
    entry = KeyEntry(
        alias="authentication",
        private_key=ec_alice.private_key,
        certificate=ec_alice.certificate,
        chain=ec_alice.chain,
    )
    recipe = Recipe(modern=False, iterations=1, mac_iterations=2, mac_hash="sha1", salt_size=8)
    return authenticated_safe((entry,), None, Password.forms("password")[0], recipe)


@pytest.mark.attack("B3")
@given(changes=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=4))
def test_nonsense_under_a_good_integrity_check_opens_or_is_refused(
    content: bytes, changes: list[tuple[int, int]]
) -> None:
    """As a file by somebody who knows the password would be."""
    changed = bytearray(content)
    for at, octet in changes:
        changed[at % len(changed)] = octet

    mac = Pkcs12Mac(hash_name="sha1", salt=b"8 octets", iterations=2)
    outcomes(encoding.pfx(bytes(changed), mac, Password.forms("password")[0]), "password")


@pytest.mark.attack("B3")
@pytest.mark.parametrize("version", [1, 3, 6])
def test_a_certificate_of_no_known_version_is_of_no_use(
    version: int, forge, ec_alice: Issued, password: str
) -> None:
    der = ec_alice.certificate.public_bytes(Encoding.DER)
    data = forge.file(
        forge.plain(forge.key(ec_alice.private_key, "authentication")),
        forge.plain(
            forge.certificate(
                der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01" + bytes([version]), 1),
                "authentication",
            )
        ),
    )

    assert outcomes(data, password) == {"keystore.no-usable-key"}


@pytest.mark.attack("B3")
def test_something_behind_the_end_is_damage(small: bytes, password: str) -> None:
    assert outcomes(small + b"\0", password) == {"keystore.damaged"}


@pytest.mark.attack("B3")
@given(st.binary(max_size=300))
def test_random_bytes_are_no_keystore(data: bytes) -> None:
    assert outcomes(data, "password") == {"keystore.not-pkcs12"}


PFX_START = ber.encode_integer(3) + b"\x30\x80" + ber.encode_identifier("1.2.840.113549.1.7.1")


@pytest.mark.attack("B3")
@given(st.binary(max_size=300))
def test_random_bytes_behind_a_good_start_are_damage(tail: bytes) -> None:
    assert outcomes(b"\x30\x80" + PFX_START + tail, "password") <= {
        "keystore.damaged",
        "keystore.not-pkcs12",
        "keystore.no-mac",
    }


@pytest.mark.attack("B3")
@given(st.binary(max_size=200))
def test_reading_ber_ends_in_a_value_or_in_malformed(data: bytes) -> None:
    try:
        element = ber.parse(data)
    except Malformed:
        return
    assert ber.parse(ber.to_der(element)) is not None


@pytest.mark.attack("B1")
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x30\x80" * 5000, id="deep, without lengths"),
        pytest.param(b"\x24\x80" * 200 + b"\0\0" * 200, id="deep octet string"),
        pytest.param(b"\x30\x84\xff\xff\xff\xff", id="longer than anything"),
        pytest.param(b"\x30\x85\0\0\0\0\1\0", id="length of five octets"),
        pytest.param(b"\x04\x80\x00\x00", id="primitive without length"),
        pytest.param(b"\x1f\x81\x01\x00", id="long tag"),
        pytest.param(b"\x30\x84\x00\x03\x0d\x40" + b"\x05\x00" * 100_000, id="many values"),
    ],
)
def test_a_structure_made_to_exhaust_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        ber.parse(data)


@pytest.mark.attack("B3")
@pytest.mark.parametrize("count", [b"", b"\x00", b"\x80", b"\xff\xff", b"\x01" * 9, b"\x7f" * 5000])
def test_an_impossible_count_is_damage(
    count: bytes, forge, ec_alice: Issued, password: str
) -> None:
    data = forge.file(forge.plain(forge.key(ec_alice.private_key, "authentication")))

    forged = forge.with_mac_count(data, count)

    assert outcomes(forged, password) == {"keystore.damaged"}
