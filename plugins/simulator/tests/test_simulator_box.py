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


def ids(reply):
    return [each.text for each in reply.root.iterfind(".//MessageId")]


def part(first, last, source="INBOX"):
    places = f"<StartIndex>{first}</StartIndex><EndIndex>{last}</EndIndex>"
    return f"<Source>{source}</Source>{places}"


@pytest.fixture
def pages(client, alice):
    """Ask for parts of Alice's folders with one session."""
    token = client.token(alice).assertion
    return lambda content: client.messages(token, alice, content)


def test_250_messages_are_told_a_hundred_at_a_time(pages):
    first = pages("<Source>INBOX</Source>")
    assert first.text(".//Source") == "INBOX"
    assert ids(first) == ids(pages(part(1, 100)))
    assert ids(first) == ids(pages(part(1, 250)))
    everything = ids(first) + ids(pages(part(101, 200))) + ids(pages(part(201, 300)))
    assert len(everything) == len(set(everything)) == 250
    assert ids(pages(part(251, 350))) == []


def test_the_most_recent_message_comes_first(pages):
    told = pages(part(1, 100)).root.iterfind(".//PublicationDate")
    days = [each.text for each in told]
    assert days == sorted(days, reverse=True)


def test_the_same_person_has_the_same_messages_at_every_start(pages, client):
    before = ids(pages(part(1, 100)))
    client.simulator.reset()
    assert ids(pages(part(1, 100))) == before


def test_other_folders_hold_fewer(pages):
    counts = [len(ids(pages(part(1, 100, s)))) for s in ("SENTBOX", "BININBOX", "BINSENTBOX")]
    assert counts == [25, 10, 0]


def test_a_switch_says_how_many_there_are(pages, client):
    client.simulator.switches.set("messages", 7)
    assert len(ids(pages(part(1, 100)))) == 7


def test_messages_can_arrive_between_two_pages(pages, client):
    client.simulator.switches.set("arrivals", 3)
    first, second = ids(pages(part(1, 100))), ids(pages(part(101, 200)))
    assert second[:3] == first[-3:]
    assert ids(pages(part(7, 10))) == first[:4]


def test_a_full_box_lets_messages_wait(client, alice):
    client.simulator.switches.set("standing-by", 4)
    reply = client.box_info(client.token(alice).assertion, alice)
    assert reply.text(".//NbrMessagesInStandBy") == "4"
    assert reply.text(".//CurrentSize") == reply.text(".//MaxSize")


@pytest.mark.parametrize("code", ["803", "810"])
def test_the_box_can_answer_with_a_status(pages, client, alice, code):
    client.simulator.switches.set(code)
    reply = pages(part(1, 100))
    assert (reply.status, reply.text(".//Status/Code")) == (200, code)
    assert ids(reply) == []


def test_messages_of_another_box_are_not_accessible(pages):
    box = "<BoxId><Id>79021513224</Id><Type>INSS</Type><Quality>DOCTOR</Quality></BoxId>"
    assert pages(box + part(1, 100)).text(".//Status/Code") == "810"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<Source>OUTBOX</Source>",
        "<Source>INBOX</Source><StartIndex>1</StartIndex>",
        part(0, 99),
        part(100, 1),
        part("x", 99),
        part(1, 99) + "<More/>",
    ],
    ids=["nothing", "folder", "no-end", "zero", "backwards", "word", "more"],
)
def test_a_question_that_is_not_right_is_a_fault(pages, content):
    assert pages(content).fault == "SOA-03006"


def test_only_the_holder_of_the_key_reads_messages(client, alice):
    bob = client.simulator.pki.ehealth_certificate(niss=BOB, name="BOB", key_type="ec")
    token = client.token(alice).assertion
    assert client.messages(token, bob, part(1, 100)).fault == "wsse:FailedCheck"
