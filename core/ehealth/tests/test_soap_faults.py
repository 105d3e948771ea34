"""Faults and other answers: which error each becomes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.soap.answers import soap_payload
from hilum_ehealth.soap.faults import MEANINGS
from hilum_ehealth.soap.transport import Answer

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
URL = "https://sts.example.invalid/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"


def envelope(body: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="{SOAP}">'
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


def soa(code: str, *, retry: str = "", kind: str = "BusinessError", text: str = "words") -> bytes:
    return envelope(
        "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>sorry</faultstring><detail>"
        f'<soa:{kind} xmlns:soa="urn:be:fgov:ehealth:errors:soa:v1" Id="ticket-1">'
        f"<Origin>Consumer</Origin><Code>{code}</Code>"
        f'<Message xml:lang="en">{text}</Message><Message xml:lang="fr">autres</Message>{retry}'
        f"<soa:Environment>Acceptation</soa:Environment></soa:{kind}></detail></soap:Fault>"
    )


def fault(code: str, text: str = "sorry") -> bytes:
    return envelope(
        f'<soap:Fault xmlns:w="{WSSE}"><faultcode>{code}</faultcode>'
        f"<faultstring>{text}</faultstring></soap:Fault>"
    )


def answer(
    body: bytes,
    *,
    status: int = 500,
    kind: str = "text/xml; charset=utf-8",
    server_date: datetime | None = NOW,
) -> Answer:
    return Answer(
        endpoint=URL, status=status, content_type=kind, body=body, server_date=server_date
    )


def error_of(found: Answer) -> EhealthError:
    with pytest.raises(EhealthError) as failed:
        soap_payload(found, NOW)
    assert failed.value.details["endpoint"] == URL
    return failed.value


class TestFaultsOfThePlatform:
    def test_everything_it_says_is_kept(self) -> None:
        error = error_of(answer(soa("SOA-01002")))
        assert error.code == "ehealth.refused"
        assert error.details == {
            "fault_code": "SOA-01002",
            "fault_text": "words",
            "meaning": "not-authorised",
            "retry": True,
            "ticket": "ticket-1",
            "origin": "Consumer",
            "environment": "Acceptation",
            "endpoint": URL,
        }

    @pytest.mark.parametrize("code", ["SOA-01001", "SOA-01002", "SOA-02001", "SOA-02002"])
    def test_the_connector_s_fail_over_list_may_be_retried(self, code: str) -> None:
        assert error_of(answer(soa(code))).details["retry"] is True

    @pytest.mark.parametrize("code", ["SOA-03004", "SOA-03006"])
    def test_our_own_mistakes_may_not(self, code: str) -> None:
        error = error_of(answer(soa(code)))
        assert (error.code, error.details["retry"]) == ("ehealth.refused", False)

    @pytest.mark.attack("F2")
    @pytest.mark.parametrize("code", ["SOA-00001", "SOA-02001", "SOA-02002"])
    def test_an_outage_is_not_a_refusal(self, code: str) -> None:
        error = error_of(answer(soa(code, kind="SystemError")))
        assert (error.code, error.details["fault_code"]) == ("ehealth.unavailable", code)

    @pytest.mark.parametrize(("said", "retry"), [("true", True), ("false", False), ("", False)])
    def test_an_unknown_code_is_retried_when_it_says_so(self, said: str, retry: bool) -> None:
        tag = f"<Retry>{said}</Retry>" if said else ""
        error = error_of(answer(soa("SOA-09999", retry=tag)))
        assert (error.code, error.details["retry"]) == ("ehealth.refused", retry)
        assert error.details["meaning"] == "unknown"

    def test_a_code_only_in_the_text_is_found(self) -> None:
        error = error_of(answer(fault("soap:Server", "SOA-02001 Service is not available.")))
        assert error.details["fault_code"] == "SOA-02001"

    @pytest.mark.attack("F2")
    def test_a_fault_with_status_200_is_one(self) -> None:
        assert error_of(answer(soa("SOA-01002"), status=200)).code == "ehealth.refused"

    def test_long_and_personal_texts_are_cut(self) -> None:
        text = f"person 85073003328 \t {'x' * 5000}"
        found = str(error_of(answer(soa("SOA-03006", text=text))).details["fault_text"])
        assert len(found) == 300
        assert "85073003328" not in found

    def test_every_code_of_the_contract_has_a_meaning(self) -> None:
        assert {code for code in MEANINGS if code.startswith("SOA")} == {
            "SOA-00001",
            "SOA-01001",
            "SOA-01002",
            "SOA-02001",
            "SOA-02002",
            "SOA-03004",
            "SOA-03006",
        }


class TestWsSecurityFaults:
    @pytest.mark.parametrize(
        "code",
        ["InvalidSecurity", "FailedCheck", "InvalidSecurityToken", "SecurityTokenUnavailable"],
    )
    def test_the_prefix_is_ours_whatever_the_server_s(self, code: str) -> None:
        error = error_of(answer(fault(f"w:{code}")))
        assert (error.code, error.details["fault_code"]) == ("ehealth.refused", f"wsse:{code}")
        assert error.details["meaning"] != "unknown"

    def test_an_unknown_fault_is_a_refusal(self) -> None:
        error = error_of(answer(fault("soap:Client", "")))
        assert (error.code, error.details["fault_code"]) == ("ehealth.refused", "soap:Client")


class TestTheClock:
    def skewed(self, body: bytes, **skew: float) -> EhealthError:
        return error_of(answer(body, server_date=NOW + timedelta(**skew)))

    @pytest.mark.attack("F4")
    @pytest.mark.parametrize(
        ("hours", "direction"), [(2, "behind"), (-2, "ahead")], ids=["slow", "fast"]
    )
    def test_a_stale_message_and_another_time_there_mean_a_wrong_clock(
        self, hours: int, direction: str
    ) -> None:
        error = self.skewed(fault("w:MessageExpired"), hours=hours)
        assert error.code == "clock.wrong"
        assert (error.details["direction"], error.details["skew_seconds"]) == (direction, 7200)

    @pytest.mark.attack("F4")
    def test_a_fault_about_the_time_stamp_does_too(self) -> None:
        error = self.skewed(fault("w:InvalidSecurity", "Invalid timestamp"), seconds=90)
        assert error.code == "clock.wrong"

    @pytest.mark.attack("F4")
    def test_a_vague_fault_does_when_the_clock_is_hopeless(self) -> None:
        assert self.skewed(fault("w:FailedCheck"), minutes=6).code == "clock.wrong"
        assert self.skewed(soa("SOA-01001"), minutes=6).code == "clock.wrong"

    def test_a_vague_fault_with_a_small_difference_is_a_refusal(self) -> None:
        assert self.skewed(fault("w:FailedCheck"), minutes=4).code == "ehealth.refused"

    def test_a_stale_message_without_a_server_s_time_is_the_clock(self) -> None:
        error = error_of(answer(fault("w:MessageExpired"), server_date=None))
        assert (error.code, error.details["skew_seconds"]) == ("clock.wrong", None)

    def test_a_stale_message_at_the_same_time_is_a_refusal(self) -> None:
        assert self.skewed(fault("w:MessageExpired"), seconds=5).code == "ehealth.refused"

    def test_another_refusal_stays_one_whatever_the_time(self) -> None:
        assert self.skewed(soa("SOA-01002"), hours=5).code == "ehealth.refused"


class TestAnswersThatAreNoSoap:
    @pytest.mark.attack("F2")
    def test_a_page_with_a_server_error_is_an_outage(self) -> None:
        error = error_of(answer(b"<html>down</html>", status=503, kind="text/html"))
        assert (error.code, error.details["status"]) == ("ehealth.unavailable", 503)

    @pytest.mark.attack("F2")
    @pytest.mark.parametrize(
        ("body", "kind", "problem"),
        [
            (b"<html>hi</html>", "text/html", "content-type"),
            (b"<html>hi</html>", "text/xml", "envelope"),
            (b"{}", "application/json", "content-type"),
            (b"", "text/xml", "not-well-formed"),
            (b"nothing", "text/xml", "not-well-formed"),
            (envelope("")[:-5], "text/xml", "not-well-formed"),
            (envelope(""), "text/xml", "body"),
            (envelope("<a/><b/>"), "text/xml", "body"),
            (envelope("<a/>").replace(b"soap:Body", b"soap:Bodi"), "text/xml", "envelope"),
            (b"<!DOCTYPE x>" + envelope("<a/>")[38:], "text/xml", "doctype"),
            (envelope("<a/>").decode().encode("utf-16"), "text/xml", "nul"),
            (b"x" * 262_145, "text/xml", "too-large"),
            (envelope("<a>\xff</a>").replace("\xff".encode(), b"\xff"), "text/xml", "encoding"),
        ],
    )
    def test_the_error_says_what_is_wrong(self, body: bytes, kind: str, problem: str) -> None:
        error = error_of(answer(body, status=200, kind=kind))
        assert (error.code, error.details["problem"]) == ("network.not-soap", problem)
        assert error.details["status"] == 200

    def test_soap_with_a_client_error_and_no_fault_is_none(self) -> None:
        assert error_of(answer(envelope("<a/>"), status=404)).code == "network.not-soap"


class TestGoodAnswers:
    def test_the_only_element_of_the_body_comes_back(self) -> None:
        payload = soap_payload(answer(envelope("<!-- c --><a/>"), status=200), NOW)
        assert payload.tag == "a"

    def test_the_soap_part_of_a_message_with_attachments_is_found(self) -> None:
        body = (
            b"--b\r\nContent-Type: image/png\r\nContent-ID: <other>\r\n\r\nPNG\r\n"
            b"--b\r\nContent-Type: text/xml\r\nContent-ID: <root>\r\n\r\n"
            + envelope("<a/>")
            + b"\r\n--b--\r\n"
        )
        kind = 'multipart/related; type="text/xml"; start="<root>"; boundary="b"'
        assert soap_payload(answer(body, status=200, kind=kind), NOW).tag == "a"

    def test_attachments_without_soap_are_refused(self) -> None:
        kind = "multipart/related; boundary=b"
        assert error_of(answer(b"--b--", status=200, kind=kind)).code == "network.not-soap"


class TestNumbersOfPeople:
    @pytest.mark.parametrize(
        "written",
        [
            "85073003328",
            "85.07.30-033.28",
            "85 07 30 033 28",
            "85/07/30 - 033/28",
            "850730-033-28",
            "85\u00a007\u00a030\u200b033\u201128",
            "0000085073003328",
        ],
    )
    def test_are_blanked_however_they_are_written(self, written: str) -> None:
        error = error_of(answer(soa("SOA-03006", text=f"person {written} unknown")))
        assert error.details["fault_text"] == "person *** unknown"

    def test_one_that_stands_where_the_text_is_cut_is_blanked_first(self) -> None:
        text = f"{'x' * 270} {' ' * 5000}85.07.30-033.28 {'y' * 100}"
        assert "85.07" not in str(error_of(answer(soa("SOA-03006", text=text))).details)

    def test_no_part_of_a_fault_keeps_one(self) -> None:
        body = soa("SOA-01002").replace(b"ticket-1", b"85.07.30-033.28")
        body = body.replace(b"Consumer", b"85 07 30 033 28").replace(b"Acceptation", b"85073003328")
        assert "07" not in str(error_of(answer(body)).details)

    def test_times_and_codes_stay(self) -> None:
        text = "SOA-03006 at 2026-11-23T12:00:00Z"
        assert error_of(answer(soa("SOA-03006", text=text))).details["fault_text"] == text
