"""Opening and renewing a session against a small token service over TLS."""

from __future__ import annotations

import secrets
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from hilum_ehealth.assertion import Assertion
from hilum_ehealth.credentials import Credential
from hilum_ehealth.environments import STS, Environment
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.soap.transport import Transport
from hilum_ehealth.sts import renew_token, request_token
from hilum_ehealth.sts.claims import PROFESSIONS, claims_for
from hilum_ehealth.testing.assertions import AssertionForm
from hilum_ehealth.testing.authority import CitizenCard, Issued, Pki
from hilum_ehealth.testing.server import HttpsServer, Reply, Request
from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier

ALICE = "85073003328"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
AUTH = "http://docs.oasis-open.org/wsfed/authorization/200706"
NAMES = {"soap": SOAP, "wst": WST, "wsse": WSSE, "wsu": WSU, "ds": DS, "auth": AUTH}
DAY = timedelta(hours=24)


def find(root: etree._Element, path: str) -> list[Any]:
    found = root.xpath(path, namespaces=NAMES)
    assert isinstance(found, list)
    return found


def canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_tail=False)


def envelope(body: str) -> bytes:
    return (
        f'<?xml version="1.0"?><soap:Envelope xmlns:soap="{SOAP}" xmlns:wst="{WST}">'
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


def response(context: str | None, content: str) -> str:
    attribute = "" if context is None else f' Context="{context}"'
    return (
        f"<wst:RequestSecurityTokenResponse{attribute}>{content}</wst:RequestSecurityTokenResponse>"
    )


def challenge(text: str) -> str:
    return f"<wst:SignChallenge><wst:Challenge>{text}</wst:Challenge></wst:SignChallenge>"


def sender_of(message: etree._Element, data: bytes) -> x509.Certificate:
    """The certificate whose key signed Body, Timestamp and token, as signxml sees it."""
    (token,) = find(message, "soap:Header/wsse:Security/wsse:BinarySecurityToken/text()")
    certificate = x509.load_der_x509_certificate(b64decode(token))
    results = XMLVerifier().verify(
        data,
        x509_cert=certificate,
        id_attribute="Id",
        expect_config=SignatureConfiguration(
            location=f"./{{{SOAP}}}Header/{{{WSSE}}}Security/", expect_references=3
        ),
    )
    assert isinstance(results, list)
    return certificate


@dataclass
class TokenService:
    """Answers as the platform does; *bend* changes the body of what it says."""

    pki: Pki
    now: datetime
    bend: Callable[[str], str] = lambda body: body
    context: Callable[[str], str | None] = lambda context: context
    form: Callable[[AssertionForm], AssertionForm] = lambda form: form
    always_challenges: bool = False
    date: datetime | None = None
    seen: list[etree._Element] = field(default_factory=list)
    senders: list[x509.Certificate] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    waiting: dict[str, x509.Certificate] = field(default_factory=dict)
    issued: list[bytes] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        message = etree.fromstring(request.body)
        self.seen.append(message)
        self.actions.append(request.headers["SOAPAction"])
        self.senders.append(sender_of(message, request.body))
        (payload,) = find(message, "soap:Body/*")
        content = self.content(payload)
        body = self.bend(response(self.context(payload.get("Context")), content))
        return Reply(body=envelope(body), date=self.date or self.now)

    def content(self, payload: etree._Element) -> str:
        if find(payload, "wst:SignChallengeResponse"):
            (text,) = find(payload, "wst:SignChallengeResponse/wst:Challenge/text()")
            holder = self.waiting.pop(text)
            assert self.senders[-1] == holder
            return self.challenge(holder) if self.always_challenges else self.token(holder)
        holder = self.holder(payload)
        if self.always_challenges or holder != self.senders[-1]:
            return self.challenge(holder)
        return self.token(holder)

    def holder(self, payload: etree._Element) -> x509.Certificate:
        place = "*[self::wst:UseKey or self::wst:RenewTarget]"
        certificates = find(payload, f"{place}//ds:X509Certificate/text()")
        return x509.load_der_x509_certificate(b64decode(certificates[0]))

    def challenge(self, holder: x509.Certificate) -> str:
        text = secrets.token_hex(16)
        self.waiting[text] = holder
        return "<wst:SignChallenge><wst:Challenge>" + text + "</wst:Challenge></wst:SignChallenge>"

    def token(self, holder: x509.Certificate) -> str:
        form = self.form(AssertionForm(holder=holder, issued_at=self.now))
        self.issued.append(form.signed(self.pki.iam_signer))
        return (
            "<wst:RequestedSecurityToken>"
            + self.issued[-1].decode()
            + "</wst:RequestedSecurityToken>"
        )


@dataclass
class Client:
    """The client's side: who signs, when it is, and what it hears."""

    environment: Environment
    header: Issued
    holder: Issued
    now: datetime
    steps: list[str] = field(default_factory=list)

    def open(self, service: TokenService, **changes: Any) -> Assertion:
        return self.ask(service, request_token, niss=ALICE, duration=DAY, **changes)

    def renew(self, service: TokenService, assertion: Assertion, **changes: Any) -> Assertion:
        return self.ask(service, renew_token, assertion=assertion, **changes)

    def ask(
        self, service: TokenService, function: Callable[..., Assertion], **changes: Any
    ) -> Assertion:
        with HttpsServer(service.pki.tls_server, service.answer) as server:
            environment = replace(self.environment, endpoints={STS: f"{server.url}/sts"})
            return function(
                **{
                    "environment": environment,
                    "transport": Transport(environment),
                    "header": Credential(self.header.certificate, self.header.private_key),
                    "holder": Credential(self.holder.certificate, self.holder.private_key),
                    "profession": "physiotherapist",
                    "clock": lambda: self.now,
                    "progress": self.steps.append,
                    **changes,
                }
            )

    def refused(self, service: TokenService, **changes: Any) -> EhealthError:
        with pytest.raises(EhealthError) as failed:
            self.open(service, **changes)
        return failed.value


@pytest.fixture
def service(pki: Pki, now: datetime) -> TokenService:
    return TokenService(pki, now)


@pytest.fixture
def fallback(environment: Environment, alice: Issued, now: datetime) -> Client:
    return Client(environment, alice, alice, now)


@pytest.fixture
def with_card(
    environment: Environment, alice_card: CitizenCard, alice: Issued, now: datetime
) -> Client:
    return Client(environment, alice_card.authentication, alice, now)


class TestOpening:
    def test_the_fallback_gets_its_token_at_once(
        self, service: TokenService, fallback: Client
    ) -> None:
        assertion = fallback.open(service, inami=("54123426501",))
        assert canonical(etree.fromstring(assertion.data)) == canonical(
            etree.fromstring(service.issued[0])
        )
        assert assertion.nihii11 == "54123426501"
        assert assertion.not_on_or_after == fallback.now + DAY
        assert fallback.steps == ["request", "verify"]
        assert service.actions == ['"urn:be:fgov:ehealth:sts:protocol:v1:RequestSecurityToken"']

    def test_the_card_signs_the_request_and_the_keystore_the_challenge(
        self, service: TokenService, with_card: Client
    ) -> None:
        assertion = with_card.open(service)
        assert assertion.niss == ALICE
        assert service.senders == [with_card.header.certificate, with_card.holder.certificate]
        assert with_card.steps == ["request", "challenge", "verify"]
        assert service.actions[1] == '"urn:be:fgov:ehealth:sts:protocol:v1:Challenge"'

    def test_the_challenge_goes_back_unchanged_with_the_context(
        self, service: TokenService, with_card: Client
    ) -> None:
        with_card.open(service)
        first, second = (find(each, "soap:Body/*")[0] for each in service.seen)
        assert first.get("Context") == second.get("Context") != ""
        assert service.waiting == {}

    def test_elliptic_curve_keys_open_one_too(
        self,
        ec_pki: Pki,
        ec_alice: Issued,
        ec_alice_card: CitizenCard,
        environment: Environment,
        now: datetime,
    ) -> None:
        ec_pki.write_trust(environment.trust_folder)
        client = Client(environment, ec_alice_card.authentication, ec_alice, now)
        assert client.open(TokenService(ec_pki, now)).niss == ALICE

    def test_a_response_in_a_collection_is_taken(
        self, service: TokenService, fallback: Client
    ) -> None:
        name = "wst:RequestSecurityTokenResponseCollection"
        service.bend = lambda body: f"<{name}><!-- one -->{body}</{name}>"
        assert fallback.open(service).niss == ALICE

    def test_a_response_without_context_is_taken(
        self, service: TokenService, fallback: Client
    ) -> None:
        service.context = lambda context: None
        assert fallback.open(service).niss == ALICE

    def test_a_shorter_end_than_asked_for_is_the_end(
        self, service: TokenService, fallback: Client
    ) -> None:
        service.form = lambda form: replace(form, life=timedelta(hours=2))
        assert fallback.open(service).not_on_or_after == fallback.now + timedelta(hours=2)


class TestTheRequest:
    def test_it_has_the_parts_in_the_order_of_the_contract(
        self, service: TokenService, fallback: Client
    ) -> None:
        fallback.open(service)
        (request,) = find(service.seen[0], "soap:Body/wst:RequestSecurityToken")
        assert [etree.QName(child).localname for child in request] == [
            "TokenType",
            "RequestType",
            "Claims",
            "Lifetime",
            "KeyType",
            "UseKey",
        ]
        assert find(request, "wst:KeyType/text()") == [
            "http://docs.oasis-open.org/ws-sx/wstrust/200512/PublicKey"
        ]
        assert find(request, "wst:Lifetime/*/text()") == [
            "2026-11-23T12:00:00.000Z",
            "2026-11-24T12:00:00.000Z",
        ]

    def test_asserted_claims_have_values_and_the_others_none(
        self, service: TokenService, fallback: Client
    ) -> None:
        fallback.open(service)
        sent = [
            (claim.get("Uri"), *find(claim, "auth:Value/text()"))
            for claim in find(service.seen[0], "//auth:ClaimType")
        ]
        assert sent[:2] == [
            ("urn:be:fgov:ehealth:1.0:certificateholder:person:ssin", ALICE),
            ("urn:be:fgov:person:ssin", ALICE),
        ]
        assert all(len(claim) == 1 for claim in sent[2:])
        assert [claim[0] for claim in sent[2:]] == list(PROFESSIONS["physiotherapist"].certified)


class TestRefusedAnswers:
    @pytest.mark.parametrize(
        ("bend", "problem"),
        [
            (lambda body: "<x/>", "root"),
            (lambda body: response(None, ""), "content"),
            (lambda body: response(None, "<wst:RequestedSecurityToken/>"), "token"),
            (
                lambda body: response(
                    None, "<wst:RequestedSecurityToken><x/></wst:RequestedSecurityToken>"
                ),
                "token",
            ),
            (lambda body: response(None, "<wst:SignChallenge/>"), "challenge"),
            (
                lambda body: response(None, challenge("a<!-- -->b")),
                "challenge",
            ),
            (lambda body: body.replace("<Assertion", "<!-- x --><Assertion/><Assertion"), "token"),
            (
                lambda body: body.replace(
                    "<wst:RequestedS", "<wst:RequestedSecurityToken/><wst:RequestedS"
                ),
                "content",
            ),
            (
                lambda body: body.replace(
                    "<wst:RequestedS",
                    challenge("x") + "<wst:RequestedS",
                ),
                "content",
            ),
        ],
    )
    def test_one_that_is_not_understood_is_refused(
        self,
        bend: Callable[[str], str],
        problem: str,
        service: TokenService,
        fallback: Client,
    ) -> None:
        service.bend = bend
        error = fallback.refused(service)
        assert (error.code, error.details["problem"]) == ("ehealth.answer", problem)

    @pytest.mark.attack("A8")
    def test_another_context_is_refused(self, service: TokenService, fallback: Client) -> None:
        service.context = lambda context: "urn:another"
        assert fallback.refused(service).details == {"problem": "context"}

    @pytest.mark.attack("A8")
    def test_an_old_answer_given_again_is_refused(
        self, service: TokenService, fallback: Client
    ) -> None:
        kept: list[str] = []

        def replay(body: str) -> str:
            kept.append(body)
            return kept[0]

        service.bend = replay
        assert fallback.open(service)
        assert fallback.refused(service).details == {"problem": "context"}

    @pytest.mark.attack("A8")
    def test_a_token_issued_long_before_is_refused(
        self, service: TokenService, fallback: Client
    ) -> None:
        service.form = lambda form: replace(form, issued_at=form.issued_at - timedelta(minutes=6))
        assert fallback.refused(service).code == "assertion.stale"

    def test_a_challenge_without_reason_is_refused(
        self, service: TokenService, fallback: Client
    ) -> None:
        service.always_challenges = True
        assert fallback.refused(service).details == {"problem": "unexpected-challenge"}

    def test_a_second_challenge_is_refused(self, service: TokenService, with_card: Client) -> None:
        service.always_challenges = True
        assert with_card.refused(service).details == {"problem": "second-challenge"}

    @pytest.mark.attack("A3")
    def test_a_token_signed_by_another_provider_is_refused(
        self, service: TokenService, fallback: Client, alice: Issued, pki: Pki
    ) -> None:
        service.pki = replace(pki, iam_signer=alice)
        assert fallback.refused(service).code == "assertion.untrusted-signer"

    @pytest.mark.attack("A7")
    def test_a_token_for_another_key_is_refused(
        self, service: TokenService, fallback: Client, pki: Pki
    ) -> None:
        other = pki.ehealth_certificate(niss=ALICE, name="ALICE EXAMPLE")
        service.form = lambda form: replace(form, holder=other.certificate)
        assert fallback.refused(service).code == "assertion.other-holder"

    @pytest.mark.attack("A2")
    def test_an_altered_token_is_refused(self, service: TokenService, fallback: Client) -> None:
        service.bend = lambda body: body.replace("54123426501", "19733263999")
        assert fallback.refused(service).code == "assertion.signature"

    @pytest.mark.attack("A5")
    def test_markup_inside_the_token_is_refused(
        self, service: TokenService, fallback: Client
    ) -> None:
        service.bend = lambda body: body.replace(">Alice<", "><![CDATA[Alice]]><")
        assert fallback.refused(service).code == "assertion.malformed"

    @pytest.mark.attack("A7")
    def test_somebody_without_a_number_is_told_so(
        self, service: TokenService, fallback: Client
    ) -> None:
        assert fallback.refused(service, profession="nurse").code == (
            "assertion.not-recognised-provider"
        )

    @pytest.mark.attack("A7")
    def test_another_inami_number_is_refused(self, service: TokenService, fallback: Client) -> None:
        assert fallback.refused(service, inami=("19733263527",)).code == "assertion.other-inami"

    def test_the_qualification_code_may_differ(
        self, service: TokenService, fallback: Client
    ) -> None:
        assert fallback.open(service, inami=("54123426527",)).nihii11 == "54123426501"


class TestTheClock:
    @pytest.mark.attack("F4")
    def test_a_token_that_is_over_on_arrival_shows_a_fast_clock(
        self, service: TokenService, fallback: Client
    ) -> None:
        service.now, fallback.now = fallback.now, fallback.now + timedelta(hours=30)
        error = fallback.refused(service)
        assert (error.code, error.details["direction"]) == ("clock.wrong", "ahead")
        assert error.details["skew_seconds"] == 30 * 3600

    def test_one_that_is_years_ahead_is_told_too(
        self, service: TokenService, fallback: Client
    ) -> None:
        service.now, fallback.now = fallback.now, fallback.now + timedelta(days=4000)
        error = fallback.refused(service)
        assert (error.code, error.details["direction"]) == ("clock.wrong", "ahead")

    def test_one_that_is_behind_the_signer_is_told_by_the_server_s_time(
        self, service: TokenService, fallback: Client
    ) -> None:
        fallback.now -= timedelta(days=30)
        error = fallback.refused(service)
        assert error.code == "clock.wrong"
        assert error.details == {"direction": "behind", "skew_seconds": 30 * 86400}

    def test_a_token_from_the_future_is_the_platform_s_fault_when_its_clock_is_ours(
        self, service: TokenService, fallback: Client
    ) -> None:
        start = fallback.now + timedelta(hours=1)
        service.form = lambda form: replace(form, not_before=start)
        error = fallback.refused(service)
        assert (error.code, error.details) == ("assertion.not-yet-valid", {"seconds": 3600})

    def test_a_token_that_is_over_is_the_platform_s_fault_when_its_clock_is_ours(
        self, service: TokenService, fallback: Client
    ) -> None:
        service.form = lambda form: replace(
            form,
            issued_at=form.issued_at - timedelta(minutes=2),
            life=timedelta(minutes=1),
        )
        assert fallback.refused(service).code == "assertion.expired"

    def test_a_token_that_is_over_at_the_same_time_is_just_over(
        self, service: TokenService, fallback: Client
    ) -> None:
        service.form = lambda form: replace(form, issued_at=form.issued_at - timedelta(hours=30))
        assert fallback.refused(service).code == "assertion.expired"


class TestRenewal:
    def test_it_names_the_old_token_and_brings_a_new_one(
        self, service: TokenService, fallback: Client
    ) -> None:
        old = fallback.open(service)
        new = fallback.renew(service, old)
        assert new.assertion_id != old.assertion_id
        (request,) = find(service.seen[-1], "soap:Body/wst:RequestSecurityToken")
        names = [etree.QName(child).localname for child in request]
        assert names == ["TokenType", "RequestType", "RenewTarget"]
        assert find(request, "wst:RequestType/text()") == [f"{WST}/Renew"]
        (embedded,) = find(
            request, "wst:RenewTarget/wsse:SecurityTokenReference/wsse:Embedded[@wsu:Id]/*"
        )
        assert embedded.get("AssertionID") == old.assertion_id

    def test_the_old_token_s_canonical_form_is_unchanged(
        self, service: TokenService, fallback: Client
    ) -> None:
        old = fallback.open(service)
        fallback.renew(service, old)
        (embedded,) = find(service.seen[-1], "//wsse:Embedded/*")
        assert canonical(embedded) == canonical(etree.fromstring(old.data))

    def test_the_card_is_challenged_again(self, service: TokenService, with_card: Client) -> None:
        old = with_card.open(service)
        assert with_card.renew(service, old).niss == ALICE
        assert len(service.seen) == 4

    @pytest.mark.attack("A8")
    def test_the_old_token_again_is_refused(self, service: TokenService, fallback: Client) -> None:
        service.form = lambda form: replace(form, identifier="_1")
        old = fallback.open(service)
        with pytest.raises(EhealthError, match=r"assertion\.stale"):
            fallback.renew(service, old)


class TestClaims:
    def test_every_profession_has_a_number_to_certify(self) -> None:
        assert all(profession.numbers for profession in PROFESSIONS.values())
        assert len(PROFESSIONS) == 11

    def test_the_contract_s_list_for_a_nurse(self) -> None:
        prefix = "urn:be:fgov:person:ssin"
        assert [claim.uri for claim in claims_for("nurse", ALICE)[2:]] == [
            f"{prefix}:nurse:boolean",
            f"{prefix}:ehealth:1.0:nurse:nihii11",
            f"{prefix}:ehealth:1.0:nihii:nurse:nihii11",
            f"{prefix}:ehealth:1.0:givenname",
            f"{prefix}:ehealth:1.0:surname",
            f"{prefix}:ehealth:1.0:fpsph:nurse:boolean",
        ]

    def test_a_pharmacy_holder_asserts_the_pharmacy_too(self) -> None:
        claims = claims_for("pharmacy-holder", ALICE, pharmacy="12345678")
        assert [claim.value for claim in claims[:4]] == [ALICE, ALICE, "12345678", ALICE]
        with pytest.raises(EhealthError, match=r"usage\.pharmacy-number-missing"):
            claims_for("pharmacy-holder", ALICE)

    def test_an_unknown_profession_names_the_known_ones(self) -> None:
        with pytest.raises(EhealthError) as failed:
            claims_for("wizard", ALICE)
        assert failed.value.code == "usage.unknown-profession"
        assert failed.value.details["known"] == list(PROFESSIONS)

    def test_a_claim_does_not_show_its_value(self) -> None:
        assert ALICE not in repr(claims_for("doctor", ALICE))


def test_nothing_of_the_kit_here_uses_the_computer_s_own_clock(
    service: TokenService, fallback: Client
) -> None:
    long_ago = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert fallback.now == long_ago
    assert fallback.open(service).issued_at == long_ago
