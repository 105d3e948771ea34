"""What the token service refuses: messages made wrong by hand, one thing at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hilum_ehealth.testing.authority import Pki
from lxml import etree

BOB = "79021513224"
PE = "urn:be:fgov:person:ssin:ehealth:1.0"
WSU = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}"
WST = "{http://docs.oasis-open.org/ws-sx/ws-trust/200512}"


@pytest.fixture
def message(client, rst, alice):
    """A good request, signed, not sent."""
    return client.profile_a(rst.xml(), alice)


@pytest.fixture
def bob(client):
    return client.simulator.pki.ehealth_certificate(niss=BOB, name="BOB", key_type="ec")


@pytest.fixture(scope="module")
def other_pki(hilum_simulator_clock):
    """Authorities of somebody else."""
    return Pki.create(hilum_simulator_clock.now(), key="ec")


def part(message, name):
    return next(message.iter(f"{{*}}{name}"))


def test_the_control_is_accepted(client, message):
    assert client.post(etree.tostring(message)).status == 200


@pytest.mark.parametrize("name", ["Body", "Timestamp", "BinarySecurityToken"])
def test_a_part_that_is_not_signed_is_refused(client, message, name):
    identifier = part(message, name).get(f"{WSU}Id")
    (reference,) = (
        r
        for r in message.iter("{*}Reference")
        if r.get("URI") == f"#{identifier}" and r.tag.endswith("xmldsig#}Reference")
    )
    reference.getparent().remove(reference)
    assert client.post(etree.tostring(message)).fault == "wsse:InvalidSecurity"


@pytest.mark.parametrize("name", ["Value", "Expires", "KeyType"])
def test_a_change_after_signing_is_refused(client, message, name):
    element = part(message, name)
    element.text = element.text.replace("2026", "2027") + " "
    assert client.post(etree.tostring(message)).fault == "wsse:FailedCheck"


def test_a_signature_by_another_key_is_refused(client, rst, alice, bob):
    forged = replace(bob, private_key=alice.private_key)
    assert client.ask(rst, forged).fault == "wsse:FailedCheck"


def test_a_body_moved_aside_is_refused(client, message):
    """The signed Body is wrapped; the one that would be read says something else."""
    body = part(message, "Body")
    wrapper = etree.SubElement(part(message, "Security"), "wrapper")
    copy = etree.fromstring(etree.tostring(body))
    wrapper.append(copy)
    body.set(f"{WSU}Id", "other")
    assert client.post(etree.tostring(message)).fault == "wsse:InvalidSecurity"


def test_two_parts_with_one_identifier_are_refused(client, message):
    identifier = part(message, "Body").get(f"{WSU}Id")
    part(message, "RequestSecurityToken").set("Id", identifier)
    assert client.post(etree.tostring(message)).fault == "wsse:InvalidSecurity"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"xmldsig-more#rsa-sha256", b"xmldsig-more#rsa-sha512"),
        (
            b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            b"http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        ),
        (b"http://www.w3.org/2001/04/xmlenc#sha256", b"http://www.w3.org/2000/09/xmldsig#sha1"),
        (b'xml-exc-c14n#"', b'xml-exc-c14n#WithComments"'),
    ],
)
def test_other_algorithms_are_refused(client, message, old, new):
    data = etree.tostring(message)
    assert old in data
    assert client.post(data.replace(old, new)).fault == "wsse:UnsupportedAlgorithm"


def test_a_message_without_security_header_is_refused(client, message):
    security = part(message, "Security")
    security.getparent().remove(security)
    assert client.post(etree.tostring(message)).fault == "wsse:InvalidSecurity"


def test_a_header_that_need_not_be_understood_is_refused(client, message):
    security = part(message, "Security")
    security.attrib.clear()
    assert client.post(etree.tostring(message)).fault == "wsse:InvalidSecurity"


def test_a_token_of_another_type_is_refused(client, message):
    part(message, "BinarySecurityToken").set("ValueType", "urn:other")
    assert client.post(etree.tostring(message)).fault == "wsse:UnsupportedSecurityToken"


def test_a_signature_that_points_to_no_token_is_refused(client, message):
    (pointer,) = (
        r for r in message.iter("{*}Reference") if r.tag.endswith("secext-1.0.xsd}Reference")
    )
    pointer.set("URI", "#nowhere")
    assert client.post(etree.tostring(message)).fault == "wsse:SecurityTokenUnavailable"


@pytest.mark.parametrize(
    ("age", "life"),
    [
        (timedelta(minutes=7), timedelta(minutes=5)),
        (timedelta(minutes=3), timedelta(minutes=1)),
        (timedelta(minutes=-2), timedelta(minutes=1)),
        (timedelta(0), timedelta(minutes=6)),
    ],
    ids=["old", "over", "early", "long"],
)
def test_a_stale_timestamp_is_refused(client, rst, alice, age, life):
    reply = client.ask(rst, alice, created=client.clock.now() - age, life=life)
    assert reply.fault == "wsse:MessageExpired"


def test_five_minutes_and_a_little_skew_are_accepted(client, rst, alice):
    late = client.clock.now() + timedelta(seconds=50)
    reply = client.ask(rst, alice, created=late, life=timedelta(minutes=5))
    assert reply.status == 200


def test_a_message_that_comes_twice_is_refused(client, message):
    data = etree.tostring(message)
    assert client.post(data).status == 200
    assert client.post(data).fault == "wsse:InvalidSecurity"


def test_certificates_of_other_authorities_are_refused(client, rst, other_pki):
    stranger = other_pki.ehealth_certificate(niss="85073003328", name="ALICE EXAMPLE")
    reply = client.ask(replace(rst, holder=stranger), stranger)
    assert reply.fault == "wsse:InvalidSecurityToken"


def test_a_holder_of_another_environment_is_refused(client, rst, alice_card, other_pki):
    stranger = other_pki.ehealth_certificate(niss="85073003328", name="ALICE EXAMPLE")
    reply = client.ask(replace(rst, holder=stranger), alice_card.authentication)
    assert reply.fault == "wsse:InvalidSecurityToken"


@pytest.mark.parametrize("days", [(-400, -1), (1, 400)], ids=["expired", "not-yet-valid"])
def test_certificates_outside_their_dates_are_refused(client, rst, days):
    now = client.clock.now()
    holder = client.simulator.pki.ehealth_certificate(
        niss="85073003328",
        name="ALICE EXAMPLE",
        key_type="ec",
        not_before=now + timedelta(days=days[0]),
        not_after=now + timedelta(days=days[1]),
    )
    reply = client.ask(replace(rst, holder=holder), holder)
    assert reply.fault == "wsse:InvalidSecurityToken"


def test_a_revoked_certificate_is_refused(client, alice):
    client.simulator.platform.identities.revoke(alice.certificate)
    reply = client.token(alice)
    assert reply.fault == "wsse:InvalidSecurityToken"
    assert "revoked" in reply.text(".//faultstring")


def test_the_cards_signature_key_opens_nothing(client, rst, alice_card):
    assert client.ask(rst, alice_card.signature).fault == "wsse:InvalidSecurityToken"


def test_the_key_of_a_card_cannot_hold_a_session_opened_with_a_keystore(
    client, rst, alice, alice_card
):
    reply = client.ask(replace(rst, holder=alice_card.authentication), alice)
    assert reply.fault == "wsse:InvalidSecurityToken"


def test_organisations_are_not_known(client, rst):
    holder = client.simulator.pki.organisation_certificate(
        kind="CBE", identifier="0123456749", name="ACME", key_type="ec"
    )
    assert client.ask(replace(rst, holder=holder), holder).fault == "SOA-01002"


@pytest.mark.parametrize("field", ["niss", "holder_niss"])
def test_the_number_of_somebody_else_is_refused(client, rst, alice, field):
    assert client.ask(replace(rst, **{field: BOB}), alice).fault == "SOA-01002"


def test_the_keystore_of_somebody_else_is_refused(client, rst, alice_card, bob):
    reply = client.ask(replace(rst, holder=bob), alice_card.authentication)
    assert reply.fault == "SOA-01002"


def test_a_certified_claim_cannot_be_asserted(client, rst, alice):
    own = ((f"{PE}:nihii:doctor:nihii11", "19999999999"),)
    assert client.ask(replace(rst, asserted=own), alice).fault == "SOA-03006"


@pytest.mark.parametrize("context", ["", "  "])
def test_a_request_without_context_is_refused(client, rst, alice, context):
    assert client.ask(replace(rst, context=context), alice).fault == "SOA-03006"


def test_the_key_type_is_the_one_without_hyphen(client, rst, alice):
    hyphen = "http://docs.oasis-open.org/ws-sx/ws-trust/200512/PublicKey"
    assert client.ask(replace(rst, key_type=hyphen), alice).fault == "SOA-03006"


def test_another_order_of_elements_is_refused(client, rst, alice):
    xml = rst.xml()
    first = xml[xml.index("<wst:TokenType>") : xml.index("<wst:RequestType>")]
    wrong = xml.replace(first, "").replace("<wst:Claims", f"{first}<wst:Claims")
    reply = client.post(etree.tostring(client.profile_a(wrong, alice)))
    assert reply.fault == "SOA-03006"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_lifetime_that_does_not_begin_now_is_refused(client, rst, alice, minutes):
    created = rst.created + timedelta(minutes=minutes)
    assert client.ask(replace(rst, created=created), alice).fault == "SOA-03006"


def test_the_action_must_fit_the_message(client, message):
    data = etree.tostring(message)
    assert client.post(data, "urn:other").fault == "SOA-03004"


def test_the_action_must_stand_in_quotes(client, message):
    action = "urn:be:fgov:ehealth:sts:protocol:v1:RequestSecurityToken"
    reply = client.post(etree.tostring(message), SOAPAction=action)
    assert reply.fault == "SOA-03004"


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"<a/>", b"<!DOCTYPE a><a/>", b"\xff\xfe<\0a\0/\0>\0"]
)
def test_what_is_no_soap_message_is_refused(client, data):
    assert client.post(data).fault == "SOA-03004"


def test_comments_are_refused(client, message):
    part(message, "Value").append(etree.Comment("x"))
    assert client.post(etree.tostring(message)).fault == "SOA-03004"


class TestChallenges:
    """Random, for one use and a short time, bound to request and holder."""

    @pytest.fixture
    def asked(self, client, rst, alice_card):
        return client.ask(rst, alice_card.authentication)

    def test_each_is_another(self, client, rst, alice_card, asked):
        other = client.ask(replace(rst, context="urn:uuid:2"), alice_card.authentication)
        assert len(asked.challenge) >= 32
        assert other.challenge != asked.challenge

    def test_the_holder_must_sign_it(self, client, rst, bob, asked):
        reply = client.answer(asked.challenge, rst.context, bob)
        assert reply.fault == "wsse:FailedAuthentication"

    def test_the_card_cannot_answer_for_the_keystore(self, client, rst, alice_card, asked):
        reply = client.answer(asked.challenge, rst.context, alice_card.authentication)
        assert reply.fault == "wsse:FailedAuthentication"

    def test_it_belongs_to_one_request(self, client, alice, asked):
        reply = client.answer(asked.challenge, "urn:uuid:other", alice)
        assert reply.fault == "wsse:FailedAuthentication"

    def test_it_needs_its_context(self, client, alice, asked):
        assert client.answer(asked.challenge, "", alice).fault == "SOA-03006"

    def test_it_is_good_once(self, client, rst, alice, asked):
        assert client.answer(asked.challenge, rst.context, alice).status == 200
        reply = client.answer(asked.challenge, rst.context, alice)
        assert reply.fault == "wsse:FailedAuthentication"

    def test_a_wrong_answer_uses_it_up(self, client, rst, alice, bob, asked):
        client.answer(asked.challenge, rst.context, bob)
        reply = client.answer(asked.challenge, rst.context, alice)
        assert reply.fault == "wsse:FailedAuthentication"

    def test_it_lasts_two_minutes(self, client, rst, alice, asked):
        client.clock.advance(minutes=2)
        reply = client.answer(asked.challenge, rst.context, alice)
        assert reply.fault == "wsse:FailedAuthentication"

    def test_an_invented_one_is_refused(self, client, rst, alice, asked):
        reply = client.answer(asked.challenge[::-1], rst.context, alice)
        assert reply.fault == "wsse:FailedAuthentication"
