"""GetBoxInfo: profile B on the message that goes out, zeep's reading of what comes back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from hilum_ehealth.assertion import Assertion, check_assertion
from hilum_ehealth.ehbox import BoxInfo, get_box_info
from hilum_ehealth.environments import EHBOX_CONSULTATION, Environment
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.soap.transport import Transport
from hilum_ehealth.testing.assertions import AssertionForm
from hilum_ehealth.testing.authority import Issued, Pki
from hilum_ehealth.testing.server import HttpsServer, Reply, Request
from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier

BOX = "urn:be:fgov:ehealth:ehbox:consultation:protocol:v3"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
STATUS = '<Status><Code>100</Code><Message Lang="EN">SUCCESS</Message></Status>'
CONTENT = (
    "<BoxId><Id>85073003328</Id><Type>INSS</Type><Quality>PHYSIOTHERAPIST</Quality></BoxId>"
    "<NbrMessagesInStandBy>2</NbrMessagesInStandBy>"
    "<CurrentSize>5000000000</CurrentSize><MaxSize>10485760</MaxSize>"
)


def told(content: str, root: str = "GetBoxInfoResponse") -> Reply:
    return Reply(
        body=(
            f'<s:Envelope xmlns:s="{SOAP}"><s:Body><b:{root} xmlns:b="{BOX}" Id="r1">{content}'
            f"</b:{root}></s:Body></s:Envelope>"
        ).encode()
    )


Ask = Callable[[Callable[[Request], Reply]], BoxInfo]


@pytest.fixture
def assertion(pki: Pki, alice: Issued, environment: Environment, now: datetime) -> Assertion:
    data = AssertionForm(holder=alice.certificate, issued_at=now).signed(pki.iam_signer)
    return check_assertion(
        data, environment=environment, now=now, niss="85073003328", holder=alice.certificate
    )


@pytest.fixture
def ask(
    pki: Pki, alice: Issued, environment: Environment, assertion: Assertion, now: datetime
) -> Ask:
    def call(answer: Callable[[Request], Reply]) -> BoxInfo:
        with HttpsServer(pki.tls_server, answer) as server:
            there = replace(environment, endpoints={EHBOX_CONSULTATION: f"{server.url}/box"})
            return get_box_info(
                environment=there,
                transport=Transport(there),
                assertion=assertion,
                key=alice.private_key,
                now=now,
            )

    return call


def test_the_box_is_told_as_it_is(ask: Ask) -> None:
    info = ask(lambda request: told(STATUS + CONTENT))
    assert info == BoxInfo(
        box_id="85073003328",
        box_type="INSS",
        quality="PHYSIOTHERAPIST",
        current_size=5_000_000_000,
        max_size=10_485_760,
        standing_by=2,
    )
    assert "85073003328" not in repr(info)


def test_the_request_arrives_as_signed_by_the_holder(
    ask: Ask, alice: Issued, assertion: Assertion
) -> None:
    received: list[Request] = []

    def answer(request: Request) -> Reply:
        received.append(request)
        return told(STATUS + CONTENT)

    ask(answer)
    (request,) = received
    assert request.headers["SOAPAction"] == f'"{BOX}:getBoxInfo"'
    assert assertion.data in request.body
    results = XMLVerifier().verify(
        request.body,
        x509_cert=alice.certificate,
        id_attribute="Id",
        expect_config=SignatureConfiguration(
            location=f"./{{{SOAP}}}Header/{{{WSSE}}}Security/", expect_references=2
        ),
    )
    assert isinstance(results, list)
    signed = {etree.QName(each.signed_xml).localname: each.signed_xml for each in results}
    assert signed.keys() == {"Body", "Timestamp"}
    assert [child.tag for child in signed["Body"]] == [f"{{{BOX}}}GetBoxInfoRequest"]


def test_a_code_of_the_box_is_a_refusal(ask: Ask) -> None:
    words = '<Status><Code>810</Code><Message Lang="FR">Pas accessible</Message></Status>'
    with pytest.raises(EhealthError) as failed:
        ask(lambda request: told(words))
    assert failed.value.code == "ehealth.refused"
    assert failed.value.details["fault_code"] == "810"
    assert failed.value.details["fault_text"] == "Pas accessible"


@pytest.mark.parametrize(
    "reply",
    [
        told(STATUS),
        told(""),
        told(STATUS + CONTENT, root="GetMessagesListResponse"),
        told(STATUS + CONTENT.replace("10485760", "plenty")),
        told(STATUS + CONTENT.replace("BoxId", "BoxIdentity")),
        told("<Other/>" + STATUS + CONTENT),
    ],
    ids=["no-box", "empty", "another-answer", "no-number", "another-name", "unexpected"],
)
def test_an_answer_that_is_not_understood_is_refused(reply: Reply, ask: Ask) -> None:
    with pytest.raises(EhealthError, match=r"ehealth\.answer"):
        ask(lambda request: reply)


def test_a_session_that_is_no_longer_accepted_is_refused(ask: Ask) -> None:
    fault = (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault><faultcode>s:Client</faultcode>'
        "<faultstring>SOA-01001</faultstring></s:Fault></s:Body></s:Envelope>"
    )
    with pytest.raises(EhealthError) as failed:
        ask(lambda request: Reply(status=500, body=fault.encode()))
    assert failed.value.code == "ehealth.refused"
    assert failed.value.details["meaning"] == "not-authenticated"


def test_importing_it_loads_no_zeep() -> None:
    code = (
        "import sys, hilum_ehealth.ehbox.messages, hilum_ehealth.ehbox.paging\n"
        "import hilum_ehealth.sts, hilum_ehealth.assertion\n"
        "heavy = {'zeep', 'requests', 'lxml', 'cryptography', 'signxml', 'urllib3', 'asyncio'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
