"""The real box: an open session signs the questions, and TLS carries them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hilum.testing.fakes import START
from hilum_ehealth.ehbox.messages import Source
from hilum_ehealth.environments import EHBOX_CONSULTATION
from hilum_ehealth.testing.assertions import AssertionForm
from hilum_ehealth.testing.authority import Pki
from hilum_ehealth.testing.server import HttpsServer, Reply
from hilum_ehealthbox.synchronising import How, Synchroniser
from hilum_hookspecs import EhealthSession

NAMESPACE = "urn:be:fgov:ehealth:ehbox:consultation:protocol:v3"
STATUS = '<Status><Code>100</Code><Message Lang="EN">SUCCESS</Message></Status>'
INFO = (
    "<BoxId><Id>85073003328</Id><Type>INSS</Type><Quality>PHYSIOTHERAPIST</Quality></BoxId>"
    "<NbrMessagesInStandBy>1</NbrMessagesInStandBy><CurrentSize>5</CurrentSize>"
    "<MaxSize>10</MaxSize>"
)
MESSAGE = (
    "<Source>INBOX</Source><Message><MessageId>1A2B3C4D5E6F7</MessageId>"
    "<Destination><Id>85073003328</Id><Type>INSS</Type><Quality>PHYSIOTHERAPIST</Quality>"
    "</Destination><Sender><Id>1</Id><Type>CBE</Type><Quality>HOSPITAL</Quality>"
    "<Name>Hospital</Name></Sender><MessageInfo><PublicationDate>2029-12-31</PublicationDate>"
    "<ExpirationDate>2030-06-30</ExpirationDate><Size>7</Size></MessageInfo>"
    "<ContentSpecification><ContentType>NEWS</ContentType><IsImportant>false</IsImportant>"
    "<IsEncrypted>false</IsEncrypted></ContentSpecification></Message>"
)


def answer(request):
    operation = request.headers["SOAPAction"].strip('"').rpartition(":")[2]
    name = f"{operation[0].upper()}{operation[1:]}Response"
    content = INFO if operation == "getBoxInfo" else MESSAGE
    return Reply(
        body=(
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            f'<b:{name} xmlns:b="{NAMESPACE}">{STATUS}{content}</b:{name}></s:Body></s:Envelope>'
        ).encode()
    )


@pytest.fixture(scope="module")
def pki():
    return Pki.create(START, key="ec")


@pytest.fixture
def holder(pki):
    return pki.ehealth_certificate(niss="85073003328", name="ALICE EXAMPLE", key_type="ec")


@pytest.fixture
def opened(pki, holder, hilum_clock):
    """Make the session of a platform that the environment trusts."""
    now = hilum_clock.now()
    form = AssertionForm(holder=holder.certificate, issued_at=now)
    return EhealthSession(
        id="_1",
        provider_id="alice",
        environment="test",
        method="eid",
        profession="physiotherapist",
        opened_at=now,
        not_before=now,
        expires_at=now + form.life,
        niss="85073003328",
        assertion=form.signed(pki.iam_signer),
        private_key=holder.private_key,
    )


def test_a_box_is_asked_with_the_session_over_tls(pki, context, opened, alice, kept):
    pki.write_trust(context.environment.trust_folder)
    context.sessions.opens = lambda provider_id: opened
    with HttpsServer(pki.tls_server, answer) as server:
        endpoints = {EHBOX_CONSULTATION: f"{server.url}/box"}
        there = replace(context, environment=replace(context.environment, endpoints=endpoints))
        outcome = Synchroniser(there).run(alice, Source.INBOX, How())

    assert (outcome.success.messages, outcome.success.standing_by) == (1, 1)
    assert [message.id for message in kept().messages] == ["1A2B3C4D5E6F7"]
