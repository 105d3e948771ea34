"""getMessagesList: what goes out, and the headers that come back, however odd."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest
from hilum_ehealth.assertion import Assertion, check_assertion
from hilum_ehealth.ehbox.messages import MessageHeader, Sender, Source, get_messages
from hilum_ehealth.environments import EHBOX_CONSULTATION, Environment
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.soap.transport import Transport
from hilum_ehealth.testing.assertions import AssertionForm
from hilum_ehealth.testing.authority import Issued, Pki
from hilum_ehealth.testing.server import HttpsServer, Reply, Request
from lxml import etree

BOX = "urn:be:fgov:ehealth:ehbox:consultation:protocol:v3"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
STATUS = '<Status><Code>100</Code><Message Lang="EN">SUCCESS</Message></Status>'
SENDER_NISS = "17073003384"


def message(
    identifier: str = "1A2B3C4D5E6F7",
    *,
    title: str = "Report",
    content: str | None = None,
    published: str = "2026-11-20+01:00",
    size: str = "2048",
    important: str = "<IsImportant>true</IsImportant>",
) -> str:
    described = content or (
        f"<ContentInfo><EncryptableINSSPatient>ODUwNzMwMDMzMjg=</EncryptableINSSPatient>"
        f"<Title>{title}</Title><MimeType>application/pdf</MimeType>"
        "<HasFreeInformations>false</HasFreeInformations><HasAnnex>true</HasAnnex></ContentInfo>"
    )
    return (
        f"<Message><MessageId>{identifier}</MessageId>"
        "<Destination><Id>85073003328</Id><Type>INSS</Type><Quality>PHYSIOTHERAPIST</Quality>"
        '<User FirstName="Alice" LastName="Example">85073003328</User></Destination>'
        f"<Sender><Id>{SENDER_NISS}</Id><Type>INSS</Type><Quality>DOCTOR</Quality>"
        "<Name>OTHER</Name><FirstName>BOB</FirstName></Sender>"
        f"<MessageInfo><PublicationDate>{published}</PublicationDate>"
        f"<ExpirationDate>2027-01-05</ExpirationDate><Size>{size}</Size></MessageInfo>"
        f"{described}<ContentSpecification><ApplicationName>Care</ApplicationName>"
        f"<ContentType>DOCUMENT</ContentType>{important}<IsEncrypted>true</IsEncrypted>"
        "</ContentSpecification><CustomMeta><Key>k</Key><Value>v</Value></CustomMeta></Message>"
    )


def envelope(content: str) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><b:GetMessagesListResponse xmlns:b="{BOX}">'
        f"{content}</b:GetMessagesListResponse></s:Body></s:Envelope>"
    ).encode()


def told(*messages: str, source: str = "INBOX") -> Reply:
    return Reply(body=envelope(f"{STATUS}<Source>{source}</Source>{''.join(messages)}"))


Ask = Callable[[Callable[[Request], Reply]], tuple[MessageHeader, ...]]


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
    def call(answer: Callable[[Request], Reply]) -> tuple[MessageHeader, ...]:
        with HttpsServer(pki.tls_server, answer) as server:
            there = replace(environment, endpoints={EHBOX_CONSULTATION: f"{server.url}/box"})
            return get_messages(
                environment=there,
                transport=Transport(there),
                assertion=assertion,
                key=alice.private_key,
                now=now,
                source=Source.INBOX,
                first=101,
                last=200,
            )

    return call


def test_the_request_asks_for_a_part_of_a_folder(ask: Ask) -> None:
    received: list[Request] = []

    def answer(request: Request) -> Reply:
        received.append(request)
        return told()

    assert ask(answer) == ()
    (request,) = received
    assert request.headers["SOAPAction"] == f'"{BOX}:getMessagesList"'
    (payload,) = etree.fromstring(request.body)[1]
    assert payload.tag == f"{{{BOX}}}GetMessagesListRequest"
    assert [(each.tag, each.text) for each in payload] == [
        ("Source", "INBOX"),
        ("StartIndex", "101"),
        ("EndIndex", "200"),
    ]


def test_a_header_is_told_as_it_is(ask: Ask) -> None:
    (header,) = ask(lambda request: told(message()))
    assert header == MessageHeader(
        id="1A2B3C4D5E6F7",
        sender=Sender(
            id=SENDER_NISS, type="INSS", quality="DOCTOR", name="OTHER", first_name="BOB"
        ),
        title="Report",
        published=date(2026, 11, 20),
        expires=date(2027, 1, 5),
        size=2048,
        content_type="DOCUMENT",
        mime_type="application/pdf",
        application="Care",
        important=True,
        encrypted=True,
        has_annex=True,
    )


@pytest.mark.attack("A5")
@pytest.mark.parametrize(
    "odd",
    [
        message("1A2B3C<!-- -->4D5E6F7"),
        message("1A2B3C<?x y?>4D5E6F7"),
        message(published="2026-<!-- -->11-20"),
        message(title="Report<!-- -->"),
        message(
            content="<ContentInfo><EncryptableINSSPatient/>"
            f'<Title xmlns:i="{XSI}" xmlns:b="{BOX}" i:type="b:Words">Report</Title>'
            "<MimeType/><HasFreeInformations>false</HasFreeInformations>"
            "<HasAnnex>true</HasAnnex></ContentInfo>"
        ),
    ],
    ids=["comment", "instruction", "comment-in-date", "comment-in-text", "type"],
)
def test_what_two_readers_could_take_for_different_things_is_refused(ask: Ask, odd: str) -> None:
    with pytest.raises(EhealthError, match=r"ehealth\.answer"):
        ask(lambda request: told(odd))


def test_a_header_names_nobody_by_itself(ask: Ask) -> None:
    (header,) = ask(lambda request: told(message(title="Report about Carol Patient")))
    for personal in ("Carol", SENDER_NISS, "OTHER", "BOB"):
        assert personal not in repr(header)


def test_messages_come_in_the_order_of_the_platform(ask: Ask) -> None:
    names = ["AAAAAAAAAAAAA", "ccccccccccccc", "BBBBBBBBBBBBB"]
    headers = ask(lambda request: told(*map(message, names)))
    assert [header.id for header in headers] == names


def test_an_answer_with_attachments_is_read(ask: Ask) -> None:
    body = (
        b"--b\r\nContent-Type: text/xml; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n"
        b"Content-ID: <root>\r\n\r\n"
        + told(message(title="Résumé €")).body
        + b"\r\n--b\r\nContent-Type: application/pdf\r\nContent-ID: <other>\r\n\r\n%PDF"
        + b"\r\n--b--\r\n"
    )
    kind = 'multipart/related; type="text/xml"; start="<root>"; boundary="b"'
    (header,) = ask(lambda request: Reply(body=body, content_type=kind))
    assert header.title == "Résumé €"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Two\nlines\tand   spaces", "Two lines and spaces"),
        ("\u202egnp.exe", "gnp.exe"),
        ("A &lt;b&gt; &amp; c", "A <b> & c"),
        ("x" * 20_000, "x" * 400),
        ("\u0085 \u2028 ", ""),
    ],
    ids=["lines", "direction", "markup", "endless", "nothing"],
)
def test_a_title_becomes_one_printable_line(ask: Ask, title: str, shown: str) -> None:
    (header,) = ask(lambda request: told(message(title=title)))
    assert header.title == shown


def test_a_message_without_content_info_has_no_title(ask: Ask) -> None:
    reply = told(message(content=" "))
    (header,) = ask(lambda request: reply)
    assert (header.title, header.mime_type, header.has_annex) == ("", "", False)


@pytest.mark.parametrize("size", ["", "2 kB", "-1", "9" * 40, "\u0661"])
def test_a_size_that_is_no_number_is_not_known(ask: Ask, size: str) -> None:
    (header,) = ask(lambda request: told(message(size=size)))
    assert header.size is None


def test_an_empty_mark_is_no_mark(ask: Ask) -> None:
    (header,) = ask(lambda request: told(message(important="<IsImportant/>")))
    assert header.important is False


@pytest.mark.parametrize(
    "reply",
    [
        told(message("short")),
        told(message("../../etc/pas")),
        told(message(published="20/11/2026")),
        told(message(published="2026-02-30")),
        told(message(published="12026-11-20")),
        told(message().replace("MessageInfo", "Information")),
        told(message(), source="SENTBOX"),
        Reply(body=envelope(STATUS)),
    ],
    ids=["id", "path", "words", "no-day", "far", "name", "other-folder", "nothing"],
)
def test_an_answer_that_is_not_understood_is_refused(ask: Ask, reply: Reply) -> None:
    with pytest.raises(EhealthError, match=r"ehealth\.answer"):
        ask(lambda request: reply)


def test_a_status_is_a_refusal_with_the_platforms_own_text(ask: Ask) -> None:
    words = '<Status><Code>803</Code><Message Lang="NL">Kwaliteit ongeldig</Message></Status>'
    with pytest.raises(EhealthError) as failed:
        ask(lambda request: Reply(body=envelope(words)))
    assert failed.value.code == "ehealth.refused"
    assert failed.value.details["fault_code"] == "803"
    assert failed.value.details["fault_text"] == "Kwaliteit ongeldig"
