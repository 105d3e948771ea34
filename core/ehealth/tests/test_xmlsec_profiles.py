"""The two signed headers, verified by another library than the one that made them."""

from __future__ import annotations

from base64 import b64decode
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from hilum_ehealth.assertion import check_assertion
from hilum_ehealth.environments import Environment
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.testing.assertions import AssertionForm
from hilum_ehealth.testing.authority import Issued, Pki
from hilum_ehealth.xmlsec.names import fresh_id
from hilum_ehealth.xmlsec.profiles import sign_profile_a, sign_profile_b
from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier
from signxml.exceptions import InvalidDigest, InvalidSignature

NAMES = {
    "soap": "http://schemas.xmlsoap.org/soap/envelope/",
    "wsse": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "wsu": "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "saml": "urn:oasis:names:tc:SAML:1.0:assertion",
}
SIGNATURE = f"./{{{NAMES['soap']}}}Header/{{{NAMES['wsse']}}}Security/"
WSU_ID = f"{{{NAMES['wsu']}}}Id"


def payload() -> etree._Element:
    return etree.fromstring('<m:Ask xmlns:m="urn:m" n="1"><Word>é &lt; \r\n end</Word></m:Ask>')


def find(root: etree._Element, path: str) -> list[Any]:
    found = root.xpath(path, namespaces=NAMES)
    assert isinstance(found, list)
    return found


def signed_parts(message: bytes, certificate: Certificate, count: int) -> list[str]:
    """Verify with signxml and name what is signed."""
    results = XMLVerifier().verify(
        message,
        x509_cert=certificate,
        id_attribute="Id",
        expect_config=SignatureConfiguration(location=SIGNATURE, expect_references=count),
    )
    found = results if isinstance(results, list) else [results]
    return sorted(etree.QName(each.signed_xml).localname for each in found)


@pytest.fixture(params=["rsa", "p-384"])
def person(request: pytest.FixtureRequest, alice: Issued, ec_alice: Issued) -> Issued:
    return alice if request.param == "rsa" else ec_alice


@pytest.fixture
def token(pki: Pki, alice: Issued, now: datetime) -> bytes:
    return AssertionForm(holder=alice.certificate, issued_at=now).signed(pki.iam_signer)


class TestProfileA:
    def test_body_time_stamp_and_token_are_signed(self, person: Issued, now: datetime) -> None:
        message = sign_profile_a(payload(), person.certificate, person.private_key, now)
        parts = signed_parts(message, person.certificate, 3)
        assert parts == ["BinarySecurityToken", "Body", "Timestamp"]

    @pytest.mark.parametrize("old", [b"end", b"12:00:00.000Z", b"MII"])
    def test_a_change_in_any_of_them_is_noticed(
        self, old: bytes, alice: Issued, now: datetime
    ) -> None:
        message = sign_profile_a(payload(), alice.certificate, alice.private_key, now)
        assert old in message
        with pytest.raises((InvalidDigest, InvalidSignature)):
            signed_parts(message.replace(old, old[::-1]), alice.certificate, 3)

    def test_the_header_has_the_order_and_the_token_eHealth_shows(
        self, alice: Issued, now: datetime
    ) -> None:
        root = etree.fromstring(
            sign_profile_a(payload(), alice.certificate, alice.private_key, now)
        )
        (security,) = find(root, "soap:Header/wsse:Security")
        assert security.get(f"{{{NAMES['soap']}}}mustUnderstand") == "1"
        names = [etree.QName(child).localname for child in security]
        assert names == ["Timestamp", "BinarySecurityToken", "Signature"]
        der = alice.certificate.public_bytes(Encoding.DER)
        assert b64decode(security[1].text or "") == der
        (reference,) = find(root, "//ds:KeyInfo/wsse:SecurityTokenReference/wsse:Reference")
        assert reference.get("URI") == f"#{security[1].get(WSU_ID)}"

    def test_it_is_valid_for_a_minute_from_now(self, alice: Issued, now: datetime) -> None:
        root = etree.fromstring(
            sign_profile_a(payload(), alice.certificate, alice.private_key, now)
        )
        assert find(root, "//wsu:Timestamp/*/text()") == [
            "2026-11-23T12:00:00.000Z",
            "2026-11-23T12:01:00.000Z",
        ]

    def test_another_life_can_be_asked_for(self, alice: Issued, now: datetime) -> None:
        root = etree.fromstring(
            sign_profile_a(
                payload(),
                alice.certificate,
                alice.private_key,
                now,
                life=timedelta(minutes=5),
            )
        )
        assert find(root, "//wsu:Expires/text()") == ["2026-11-23T12:05:00.000Z"]

    def test_an_elliptic_curve_signature_is_two_plain_numbers(
        self, ec_alice: Issued, now: datetime
    ) -> None:
        root = etree.fromstring(
            sign_profile_a(payload(), ec_alice.certificate, ec_alice.private_key, now)
        )
        (value,) = find(root, "//ds:SignatureValue/text()")
        assert len(b64decode(value)) == 96
        (method,) = find(root, "//ds:SignatureMethod/@Algorithm")
        assert method == "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"

    def test_a_key_that_can_only_sign_is_enough(self, alice: Issued, now: datetime) -> None:
        key = alice.private_key
        assert isinstance(key, rsa.RSAPrivateKey)
        message = sign_profile_a(payload(), alice.certificate, CardKey(key), now)
        assert len(signed_parts(message, alice.certificate, 3)) == 3


class CardKey(rsa.RSAPrivateKey):
    """Shaped like the key of a card: it signs, once, and gives nothing away."""

    def __init__(self, behind: rsa.RSAPrivateKey) -> None:
        self._behind = behind

    @property
    def key_size(self) -> int:
        return self._behind.key_size

    def public_key(self) -> rsa.RSAPublicKey:
        return self._behind.public_key()

    def sign(self, data: Any, padding: Any, algorithm: Any) -> bytes:
        return self._behind.sign(data, padding, algorithm)

    def decrypt(self, ciphertext: bytes, padding: Any) -> bytes:
        raise AssertionError("the key stays on the card")

    def private_numbers(self) -> rsa.RSAPrivateNumbers:
        raise AssertionError("the key stays on the card")

    def private_bytes(self, encoding: Any, format: Any, encryption_algorithm: Any) -> bytes:
        raise AssertionError("the key stays on the card")

    def __copy__(self) -> CardKey:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> CardKey:
        return self


class TestProfileB:
    def test_body_and_time_stamp_are_signed_with_the_holder_s_key(
        self, person: Issued, token: bytes, now: datetime
    ) -> None:
        message = sign_profile_b(payload(), token, person.private_key, now)
        assert signed_parts(message, person.certificate, 2) == ["Body", "Timestamp"]

    def test_the_assertion_stands_there_byte_for_byte(
        self, alice: Issued, token: bytes, now: datetime
    ) -> None:
        spaced = token.replace(b"<Conditions ", b"<Conditions   ").replace(b'"true"', b"'true'")
        assert spaced in sign_profile_b(payload(), spaced, alice.private_key, now)

    def test_its_own_signature_still_verifies(
        self, alice: Issued, token: bytes, now: datetime, environment: Environment
    ) -> None:
        message = sign_profile_b(payload(), token, alice.private_key, now)
        (assertion,) = find(etree.fromstring(message), "//saml:Assertion")
        assert check_assertion(
            etree.tostring(assertion, with_tail=False),
            environment=environment,
            now=now,
            niss="85073003328",
            holder=alice.certificate,
        )

    def test_the_header_names_the_assertion(
        self, alice: Issued, token: bytes, now: datetime
    ) -> None:
        root = etree.fromstring(sign_profile_b(payload(), token, alice.private_key, now))
        (security,) = find(root, "soap:Header/wsse:Security")
        names = [etree.QName(child).localname for child in security]
        assert names == ["Timestamp", "Assertion", "Signature"]
        (pointer,) = find(root, "//ds:KeyInfo/wsse:SecurityTokenReference")
        profile = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-"
        assert sorted(pointer.attrib.values())[1] == f"{profile}1.1#SAMLV1.1"
        (identifier,) = pointer
        assert identifier.get("ValueType") == f"{profile}1.0#SAMLAssertionID"
        assert identifier.text == security[1].get("AssertionID")

    @pytest.mark.parametrize(
        "assertion",
        [
            b"",
            b"<x/>",
            b'<x AssertionID="_1"/>',
            b'<Assertion xmlns="urn:oasis:names:tc:SAML:1.0:assertion"/>',
            b"<!DOCTYPE x><x/>",
            b"<x/><y/>",
        ],
    )
    def test_what_is_no_assertion_is_refused(
        self, assertion: bytes, alice: Issued, now: datetime
    ) -> None:
        with pytest.raises(EhealthError, match=r"assertion\.malformed"):
            sign_profile_b(payload(), assertion, alice.private_key, now)


@pytest.mark.attack("A8")
def test_of_100_000_identifiers_none_comes_twice_and_at_least_122_bits_are_random() -> None:
    made = [fresh_id("id") for _ in range(100_000)]
    assert len(set(made)) == 100_000

    numbers = [int(each.removeprefix("id-"), 16) for each in made]
    ones = [sum(number >> bit & 1 for number in numbers[:10_000]) for bit in range(128)]
    random = [count for count in ones if 4_500 < count < 5_500]  # ten standard deviations
    assert len(random) >= 122


@pytest.mark.attack("A8")
def test_two_messages_share_no_identifier(alice: Issued, now: datetime) -> None:
    def identifiers() -> set[str]:
        root = etree.fromstring(
            sign_profile_a(payload(), alice.certificate, alice.private_key, now)
        )
        return set(find(root, "//@wsu:Id | //@Id"))

    first, second = identifiers(), identifiers()
    assert len(first) == len(second) == 4
    assert not first & second
