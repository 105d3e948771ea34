from __future__ import annotations

import pytest
from lxml import etree

BOB = "79021513224"


def test_the_box_of_a_provider_is_told(client, alice):
    reply = client.box_info(client.token(alice).assertion, alice)
    assert reply.text(".//Status/Code") == "100"
    assert reply.text(".//BoxId/Quality") == "PHYSIOTHERAPIST"
    assert reply.text(".//MaxSize") == "10485760"


def test_another_box_is_not_accessible(client, alice):
    box = "<BoxId><Id>79021513224</Id><Type>INSS</Type><Quality>DOCTOR</Quality></BoxId>"
    reply = client.box_info(client.token(alice).assertion, alice, box)
    assert reply.text(".//Status/Code") == "810"


def test_a_session_that_is_over_is_refused(client, alice):
    token = client.token(alice, hours=1).assertion
    client.clock.advance(hours=1)
    assert client.box_info(token, alice).fault == "SOA-01001"


def test_only_the_holder_of_the_key_uses_the_session(client, alice):
    bob = client.simulator.pki.ehealth_certificate(niss=BOB, name="BOB", key_type="ec")
    assert client.box_info(client.token(alice).assertion, bob).fault == "wsse:FailedCheck"


def test_a_changed_token_is_refused(client, alice):
    token = client.token(alice).assertion
    value = token.find(".//{*}AttributeValue")
    value.text = BOB
    assert client.box_info(token, alice).fault == "wsse:InvalidSecurityToken"


def test_a_token_signed_by_a_provider_is_refused(client, alice):
    from hilum_ehealth.testing.assertions import AssertionForm

    form = AssertionForm(holder=alice.certificate, issued_at=client.clock.now())
    forged = etree.fromstring(form.signed(alice))
    assert client.box_info(forged, alice).fault == "wsse:InvalidSecurityToken"


def test_who_is_no_provider_has_no_box(client, alice):
    client.simulator.switches.set("no-profession")
    assert client.box_info(client.token(alice).assertion, alice).fault == "SOA-01002"


def test_a_revoked_certificate_ends_the_session(client, alice):
    token = client.token(alice).assertion
    client.simulator.platform.identities.revoke(alice.certificate)
    assert client.box_info(token, alice).fault == "wsse:InvalidSecurityToken"


def test_revoked_can_be_switched_on_for_the_box_alone(client, alice):
    client.simulator.switches.set("revoked", service="ehbox-consultation")
    token = client.token(alice)
    assert token.status == 200
    assert client.box_info(token.assertion, alice).fault == "wsse:InvalidSecurityToken"


def test_the_clock_can_be_wrong_for_the_box_alone(client, alice):
    client.simulator.switches.set("clock-skew", 3600, service="ehbox-consultation")
    token = client.token(alice)
    box = client.box_info(token.assertion, alice)
    assert token.headers["Date"] == "Mon, 23 Nov 2026 12:00:00 GMT"
    assert box.fault == "wsse:MessageExpired"
    assert box.headers["Date"] == "Mon, 23 Nov 2026 13:00:00 GMT"


@pytest.mark.parametrize("code", ["SOA-01001", "wsse:InvalidSecurity"])
def test_a_fault_can_be_switched_on_for_the_box_alone(client, alice, code):
    client.simulator.switches.set(code, service="ehbox-consultation")
    token = client.token(alice)
    assert token.status == 200
    assert client.box_info(token.assertion, alice).fault == code
