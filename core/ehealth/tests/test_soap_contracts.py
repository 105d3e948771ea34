"""Every message that goes out, against the official schemas (folder in HILUM_CONTRACTS)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hilum_ehealth.assertion import Assertion, check_assertion
from hilum_ehealth.credentials import Credential
from hilum_ehealth.ehbox import get_box_info
from hilum_ehealth.ehbox.messages import Source, get_messages
from hilum_ehealth.environments import Environment
from hilum_ehealth.soap.transport import Answer
from hilum_ehealth.sts import PROFESSIONS, renew_token, request_token
from hilum_ehealth.testing.assertions import AssertionForm
from hilum_ehealth.testing.authority import CitizenCard, Issued, Pki
from lxml import etree

pytestmark = pytest.mark.contracts

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XS = "http://www.w3.org/2001/XMLSchema"
STS_SCHEMAS = {
    "http://docs.oasis-open.org/ws-sx/ws-trust/200512": "ws-trust-1.3-errata-cd-01.xsd",
    "http://docs.oasis-open.org/wsfed/authorization/200706": "ws-authorization-1.2.xsd",
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd": (
        "oasis-200401-wss-wssecurity-secext-1.0.xsd"
    ),
    "urn:oasis:names:tc:SAML:1.0:assertion": "oasis-sstc-saml-schema-assertion-1.1.xsd",
    "http://www.w3.org/2000/09/xmldsig#": "xmldsig-core-schema.xsd",
}
BOX_SCHEMAS = {
    "urn:be:fgov:ehealth:ehbox:consultation:protocol:v3": (
        "ehealth-ehBox-consultation-schema-protocol-3_0.xsd"
    )
}


@pytest.fixture(scope="module")
def folder() -> Path:
    named = os.environ.get("HILUM_CONTRACTS")
    if not named:
        pytest.skip("HILUM_CONTRACTS names no folder with the official schemas")
    return Path(named).resolve()


def schema(folder: Path, files: dict[str, str]) -> etree.XMLSchema:
    """All of *files* together, without touching the network."""
    imports = "".join(
        f'<xs:import namespace="{namespace}" schemaLocation="{(folder / file).as_uri()}"/>'
        for namespace, file in files.items()
    )
    parser = etree.XMLParser(no_network=True)
    return etree.XMLSchema(
        etree.fromstring(f'<xs:schema xmlns:xs="{XS}">{imports}</xs:schema>', parser)
    )


@pytest.fixture(scope="module")
def sts_schema(folder: Path) -> etree.XMLSchema:
    return schema(folder / "sts", STS_SCHEMAS)


@pytest.fixture(scope="module")
def box_schema(folder: Path) -> etree.XMLSchema:
    return schema(folder / "ehbox-v3", BOX_SCHEMAS)


class Sent(Exception):
    """The message is out; what would come back does not matter here."""


@dataclass
class Recorder:
    """Keeps what is sent; answers with *answers*, then breaks off."""

    answers: list[Callable[[etree._Element], bytes]] = field(default_factory=list)
    messages: list[etree._Element] = field(default_factory=list)

    def post(self, url: str, action: str, body: bytes) -> Answer:
        message = etree.fromstring(body)
        self.messages.append(message)
        if not self.answers:
            raise Sent
        return Answer(
            endpoint=url,
            status=200,
            content_type="text/xml",
            body=self.answers.pop(0)(message),
            server_date=None,
        )


def valid(message: etree._Element, header: etree.XMLSchema, body: etree.XMLSchema) -> None:
    ((security,), (payload,)) = message
    header.assertValid(security)
    body.assertValid(payload)


def challenge(message: etree._Element) -> bytes:
    context = message[1][0].get("Context")
    wst = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:w="{wst}"><s:Body>'
        f'<w:RequestSecurityTokenResponse Context="{context}"><w:SignChallenge>'
        "<w:Challenge>abc</w:Challenge></w:SignChallenge></w:RequestSecurityTokenResponse>"
        "</s:Body></s:Envelope>"
    ).encode()


@pytest.fixture(params=["rsa", "p-384"])
def people(request: pytest.FixtureRequest) -> tuple[Credential, Credential]:
    prefix = "" if request.param == "rsa" else "ec_"
    card: CitizenCard = request.getfixturevalue(f"{prefix}alice_card")
    holder: Issued = request.getfixturevalue(f"{prefix}alice")
    return (
        Credential(card.authentication.certificate, card.authentication.private_key),
        Credential(holder.certificate, holder.private_key),
    )


@pytest.fixture
def assertion(pki: Pki, alice: Issued, environment: Environment, now: datetime) -> Assertion:
    data = AssertionForm(holder=alice.certificate, issued_at=now).signed(pki.iam_signer)
    return check_assertion(
        data, environment=environment, now=now, niss="85073003328", holder=alice.certificate
    )


def ask(
    recorder: Recorder, function: Callable[..., Any], people: tuple[Credential, ...], **more: Any
) -> None:
    header, holder = people
    with pytest.raises(Sent):
        function(transport=recorder, header=header, holder=holder, **more)


@pytest.mark.parametrize("profession", PROFESSIONS)
def test_a_request_for_each_profession(
    profession: str,
    people: tuple[Credential, Credential],
    environment: Environment,
    now: datetime,
    sts_schema: etree.XMLSchema,
) -> None:
    recorder = Recorder()
    ask(
        recorder,
        request_token,
        people,
        environment=environment,
        niss="85073003328",
        profession=profession,
        duration=timedelta(hours=24),
        clock=lambda: now,
        pharmacy="54123426",
    )
    valid(recorder.messages[0], sts_schema, sts_schema)


def test_the_answer_to_a_challenge(
    people: tuple[Credential, Credential],
    environment: Environment,
    now: datetime,
    sts_schema: etree.XMLSchema,
) -> None:
    recorder = Recorder(answers=[challenge])
    ask(
        recorder,
        request_token,
        people,
        environment=environment,
        niss="85073003328",
        profession="doctor",
        duration=timedelta(hours=24),
        clock=lambda: now,
    )
    valid(recorder.messages[1], sts_schema, sts_schema)


def test_a_renewal(
    people: tuple[Credential, Credential],
    environment: Environment,
    assertion: Assertion,
    now: datetime,
    sts_schema: etree.XMLSchema,
) -> None:
    recorder = Recorder()
    ask(
        recorder,
        renew_token,
        people,
        environment=environment,
        assertion=assertion,
        profession="physiotherapist",
        clock=lambda: now,
    )
    valid(recorder.messages[0], sts_schema, sts_schema)


def test_a_question_to_the_box(
    people: tuple[Credential, Credential],
    environment: Environment,
    assertion: Assertion,
    now: datetime,
    sts_schema: etree.XMLSchema,
    box_schema: etree.XMLSchema,
) -> None:
    recorder = Recorder()
    with pytest.raises(Sent):
        get_box_info(
            environment=environment,
            transport=recorder,
            assertion=assertion,
            key=people[1].private_key,
            now=now,
        )
    valid(recorder.messages[0], sts_schema, box_schema)


@pytest.mark.parametrize("source", Source)
def test_a_question_for_messages(
    source: Source,
    people: tuple[Credential, Credential],
    environment: Environment,
    assertion: Assertion,
    now: datetime,
    sts_schema: etree.XMLSchema,
    box_schema: etree.XMLSchema,
) -> None:
    recorder = Recorder()
    with pytest.raises(Sent):
        get_messages(
            environment=environment,
            transport=recorder,
            assertion=assertion,
            key=people[1].private_key,
            now=now,
            source=source,
            first=100,
            last=199,
        )
    valid(recorder.messages[0], sts_schema, box_schema)


def test_the_tokens_that_the_tests_make(assertion: Assertion, sts_schema: etree.XMLSchema) -> None:
    sts_schema.assertValid(etree.fromstring(assertion.data))


BOX_INFO = (
    '<b:GetBoxInfoResponse xmlns:b="urn:be:fgov:ehealth:ehbox:consultation:protocol:v3">'
    '<Status><Code>100</Code><Message Lang="EN">OK</Message></Status>'
    "<BoxId><Id>1</Id><Type>INSS</Type><SubType>x</SubType><Quality>DOCTOR</Quality></BoxId>"
    "<NbrMessagesInStandBy>0</NbrMessagesInStandBy><CurrentSize>1</CurrentSize>"
    "<MaxSize>2</MaxSize></b:GetBoxInfoResponse>"
)
MESSAGES = (
    '<b:GetMessagesListResponse xmlns:b="urn:be:fgov:ehealth:ehbox:consultation:protocol:v3">'
    '<Status><Code>100</Code><Message Lang="EN">OK</Message></Status><Source>SENTBOX</Source>'
    "<Message><MessageId>1A2B3C4D5E6F7</MessageId>"
    "<Destination><Id>1</Id><Type>INSS</Type><Quality>DOCTOR</Quality>"
    '<User FirstName="A" LastName="B">85073003328</User></Destination>'
    "<Sender><Id>1</Id><Type>CBE</Type><SubType>x</SubType><Quality>HOSPITAL</Quality>"
    "<Name>Hospital</Name><FirstName>A</FirstName>"
    "<PersonInOrganisation>85073003328</PersonInOrganisation></Sender>"
    "<MessageInfo><PublicationDate>2026-01-05+01:00</PublicationDate>"
    "<ExpirationDate>2027-01-05Z</ExpirationDate><Size>12</Size></MessageInfo>"
    "<ContentInfo><EncryptableINSSPatient>AAAA</EncryptableINSSPatient><Title>t</Title>"
    "<MimeType>text/plain</MimeType><HasFreeInformations>0</HasFreeInformations>"
    "<HasAnnex>true</HasAnnex></ContentInfo>"
    "<ContentSpecification><ApplicationName>a</ApplicationName><ContentType>NEWS</ContentType>"
    "<IsImportant/><IsEncrypted>1</IsEncrypted></ContentSpecification>"
    "<CustomMeta><Key>k</Key><Value>v</Value></CustomMeta></Message></b:GetMessagesListResponse>"
)
NONE = (
    '<b:GetMessagesListResponse xmlns:b="urn:be:fgov:ehealth:ehbox:consultation:protocol:v3">'
    '<Status><Code>810</Code><Message Lang="FR">Non</Message></Status></b:GetMessagesListResponse>'
)


@pytest.mark.parametrize("answer", [BOX_INFO, MESSAGES, NONE], ids=["info", "messages", "none"])
def test_the_box_s_answers_in_our_schema_and_theirs(
    answer: str, folder: Path, box_schema: etree.XMLSchema
) -> None:
    import hilum_ehealth.soap

    ours = Path(str(hilum_ehealth.soap.__file__)).parent / "wsdl" / "ehbox-consultation-v3.xsd"
    for each in (box_schema, etree.XMLSchema(etree.parse(ours))):
        each.assertValid(etree.fromstring(answer))
