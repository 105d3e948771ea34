from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from signxml.verifier import XMLVerifier

P = "urn:be:fgov:person:ssin"
PE = f"{P}:ehealth:1.0"
ALICE = "85073003328"
BOB = "79021513224"


def window(reply):
    conditions = reply.find(".//s:Conditions")
    return conditions.get("NotBefore"), conditions.get("NotOnOrAfter")


def test_the_keystore_alone_opens_a_session_without_a_challenge(client, alice):
    reply = client.token(alice)
    assert reply.status == 200
    assert reply.attributes[P] == ALICE
    assert reply.attributes[f"{PE}:nihii:physiotherapist:nihii11"] == "54123426501"
    assert reply.attributes[f"{PE}:professional:physiotherapist:boolean"] == "true"


def test_the_card_opens_a_session_after_a_challenge_to_the_keystore(client, rst, alice, alice_card):
    asked = client.ask(rst, alice_card.authentication)
    assert asked.assertion is None
    reply = client.answer(asked.challenge, rst.context, alice)
    assert reply.attributes[P] == ALICE


def test_the_fallback_ends_sooner_than_the_card(client, rst, alice, alice_card):
    asked = client.ask(rst, alice_card.authentication)
    card = client.answer(asked.challenge, rst.context, alice)
    alone = client.ask(replace(rst, context="urn:uuid:2"), alice)
    assert window(card) == ("2026-11-23T11:55:00.000Z", "2026-11-24T12:00:00.000Z")
    assert window(alone) == ("2026-11-23T11:55:00.000Z", "2026-11-24T00:00:00.000Z")


def test_a_shorter_wish_is_granted(client, alice):
    assert window(client.token(alice, hours=2))[1] == "2026-11-23T14:00:00.000Z"


def test_the_window_follows_the_request_and_not_the_clock_of_the_platform(client, alice):
    created = client.clock.now() - timedelta(seconds=30)
    assert window(client.token(alice, created=created, hours=1)) == (
        "2026-11-23T11:54:30.000Z",
        "2026-11-23T12:59:30.000Z",
    )


def test_the_token_is_signed_by_the_platform_over_the_whole_assertion(client, alice):
    reply = client.token(alice)
    signer = client.simulator.pki.iam_signer.certificate
    from lxml import etree

    result = XMLVerifier().verify(
        etree.tostring(reply.assertion, with_tail=False),
        x509_cert=signer,
        id_attribute="AssertionID",
    )
    assert result.signed_xml.get("AssertionID") == reply.assertion.get("AssertionID")
    assert reply.assertion[-1].tag.endswith("}Signature")


def test_names_are_printed_as_java_prints_them(client, alice):
    name = client.token(alice).find(".//s:NameIdentifier")
    assert name.text == (
        'CN="SSIN=85073003328", OU=eHealth-platform Belgium, OU=ALICE EXAMPLE, '
        'OU="SSIN=85073003328", O=Federal Government, C=BE'
    )


def test_the_context_comes_back(client, rst, alice):
    answer = client.ask(rst, alice).find(".//wst:RequestSecurityTokenResponse")
    assert answer.get("Context") == rst.context


def test_without_use_key_the_header_certificate_holds_the_session(client, rst, alice):
    reply = client.ask(replace(rst, holder=None), alice)
    assert reply.attributes[P] == ALICE


def test_wss4j_prefix_lists_are_honoured(client, rst, alice):
    reply = client.ask(rst, alice, prefixes=["soap", "wsse"])
    assert reply.assertion is not None


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%S+0000", "%Y-%m-%dT%H:%M:%S.1234567+00:00"])
def test_other_writings_of_a_time_are_read(client, rst, alice, form):
    assert client.ask(replace(rst, time_format=form), alice).assertion is not None


def test_somebody_unknown_gets_false_and_no_number(client, alice):
    client.simulator.registry.remove(ALICE)
    attributes = client.token(alice).attributes
    assert attributes[f"{PE}:professional:physiotherapist:boolean"] == "false"
    assert f"{PE}:nihii:physiotherapist:nihii11" not in attributes


def test_a_wrong_profession_is_not_certified(client, alice):
    claims = (f"{P}:doctor:boolean", f"{PE}:doctor:nihii11", f"{PE}:fpsph:doctor:boolean")
    attributes = client.token(alice, claims=claims).attributes
    assert attributes[f"{P}:doctor:boolean"] == "false"
    assert f"{PE}:doctor:nihii11" not in attributes


def test_unknown_claims_are_left_out_or_refused_by_a_switch(client, alice):
    unknown = "urn:be:fgov:nobody:knows:this"
    assert unknown not in client.token(alice, claims=(unknown,)).attributes
    client.simulator.switches.set("unknown-claim-refused")
    assert client.token(alice, claims=(unknown,)).fault == "SOA-03006"


def test_a_session_is_renewed_for_as_long_as_it_lasted(client, alice):
    old = client.token(alice, hours=2)
    client.clock.advance(hours=1)
    new = client.renew(old.assertion, alice)
    assert window(new) == ("2026-11-23T12:55:00.000Z", "2026-11-23T15:00:00.000Z")
    assert new.attributes == old.attributes
    assert new.assertion.get("AssertionID") != old.assertion.get("AssertionID")


def test_renewal_with_the_card_asks_the_holder_too(client, alice, alice_card):
    old = client.token(alice)
    asked = client.renew(old.assertion, alice_card.authentication, context="again")
    assert asked.assertion is None
    assert client.answer(asked.challenge, "again", alice).assertion is not None


def test_a_session_that_is_over_is_not_renewed(client, alice):
    old = client.token(alice, hours=1)
    client.clock.advance(hours=1)
    assert client.renew(old.assertion, alice).fault == "SOA-01001"


def test_a_foreign_token_is_not_renewed(client, alice):
    from hilum_ehealth.testing.assertions import AssertionForm
    from lxml import etree

    form = AssertionForm(holder=alice.certificate, issued_at=client.clock.now())
    forged = etree.fromstring(form.signed(alice))
    assert client.renew(forged, alice).fault == "wsse:InvalidSecurityToken"


def test_nobody_renews_the_session_of_another(client, alice):
    bob = client.simulator.pki.ehealth_certificate(niss=BOB, name="BOB", key_type="ec")
    old = client.token(alice)
    assert client.renew(old.assertion, bob).fault == "SOA-01002"
