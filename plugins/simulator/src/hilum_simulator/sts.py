"""The session token service: who may have a token, for how long, and what it says.

Source: eHealth STS contract, rules for a simulator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

from .certification import IDENTIFICATION, certify
from .faults import SoapFault
from .identities import Identities, Identity, Mode
from .mischief import Mischief
from .own_tokens import SSIN, OwnTokens
from .tokens import TokenForm, write_token
from .trust_messages import (
    REQUEST,
    RESPONSE,
    WST,
    IssueRequest,
    RenewRequest,
    read_challenge_answer,
    read_request,
)

if TYPE_CHECKING:
    from hilum_ehealth.testing.authority import Pki
    from lxml import etree

    from .challenges import Challenges
    from .inbound import Message
    from .registry import Registry
    from .security import Gate
    from .switches import Switches

SERVICE: Final = "sts"
PATH: Final = "/IAM/SecurityTokenService/v1"
_ACTION: Final = "urn:be:fgov:ehealth:sts:protocol:v1"
REQUEST_ACTION: Final = f"{_ACTION}:RequestSecurityToken"
CHALLENGE_ACTION: Final = f"{_ACTION}:Challenge"

EARLIER: Final = timedelta(minutes=5)
"""A token counts from this long before the time the client asked for it."""

CAPS: Final[Mapping[Mode, timedelta]] = {
    Mode.EID: timedelta(hours=24),
    Mode.FALLBACK: timedelta(hours=12),
}
"""The longest life of a token per mode; the real limits are not published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenService:
    """Answers requests for tokens."""

    pki: Pki
    registry: Registry
    switches: Switches
    identities: Identities
    tokens: OwnTokens
    gate: Gate
    challenges: Challenges
    caps: Mapping[Mode, timedelta]

    def answer(self, action: str, message: Message, now: datetime) -> bytes:
        """Answer one message with the content of a SOAP body; raises :class:`SoapFault`."""
        verified = self.gate.profile_a(message, now)
        if self.switches.is_on("revoked", SERVICE):
            raise SoapFault("wsse:InvalidSecurityToken", "the certificate is revoked")
        if (action, verified.payload.tag) == (REQUEST_ACTION, REQUEST):
            request = read_request(verified.payload)
            form = self._form(request, verified.identity, now)
            if form.holder != verified.identity.certificate:
                return self._challenge(request.context, form, now)
            return self._token(request.context, form, now)
        if (action, verified.payload.tag) == (CHALLENGE_ACTION, RESPONSE):
            return self._answered(verified.payload, verified.identity, now)
        raise SoapFault("SOA-03004", "SOAPAction and message do not belong together")

    def _form(
        self, request: IssueRequest | RenewRequest, identity: Identity, now: datetime
    ) -> TokenForm:
        if isinstance(request, IssueRequest):
            return self._new(request, identity, now)
        return self._renewed(request, identity, now)

    def _new(self, request: IssueRequest, identity: Identity, now: datetime) -> TokenForm:
        if abs(request.created - now) > EARLIER:
            raise SoapFault("SOA-03006", "Lifetime does not begin now")
        if request.claims.get(SSIN) is None:
            raise SoapFault("SOA-03006", "the person must be asserted")
        holder = request.holder or identity.certificate
        if holder != identity.certificate:
            self._check_same_person(identity, self.identities.holder(holder, now))
        end = min(request.expires, now + self.caps[identity.mode])
        return TokenForm(
            holder=holder,
            not_before=request.created - EARLIER,
            not_on_or_after=end,
            attributes=self._certified(identity.niss, request.claims),
        )

    def _renewed(self, request: RenewRequest, identity: Identity, now: datetime) -> TokenForm:
        """Replace a token that lives by one that lasts as long from now on."""
        old = self.tokens.read(request.assertion, now)
        if old.holder != identity.certificate:
            self._check_same_person(identity, self.identities.holder(old.holder, now))
        if old.niss != identity.niss:
            raise SoapFault("SOA-01002", "the token is another person's")
        claims = {
            name: value if namespace == IDENTIFICATION else None
            for name, (value, namespace) in old.attributes.items()
        }
        life = old.not_on_or_after - old.not_before - EARLIER
        return TokenForm(
            holder=old.holder,
            not_before=now - EARLIER,
            not_on_or_after=now + min(life, self.caps[identity.mode]),
            attributes=self._certified(identity.niss, claims),
        )

    def _check_same_person(self, identity: Identity, holder: Identity) -> None:
        if identity.niss != holder.niss:
            raise SoapFault("SOA-01002", "the two certificates are those of two persons")

    def _certified(
        self, niss: str, claims: Mapping[str, str | None]
    ) -> Mapping[str, tuple[str, str]]:
        hidden = self.switches.is_on("no-profession", SERVICE)
        person = None if hidden else self.registry.find(niss)
        strict = self.switches.is_on("unknown-claim-refused", SERVICE)
        return certify(person, niss, claims, strict=strict)

    def _challenge(self, context: str, form: TokenForm, now: datetime) -> bytes:
        text = self.challenges.ask(context, form, now)
        challenge = f"<wst:SignChallenge><wst:Challenge>{text}</wst:Challenge></wst:SignChallenge>"
        return self._response(context, challenge.encode())

    def _answered(self, payload: etree._Element, identity: Identity, now: datetime) -> bytes:
        """Issue the token that waited for the holder's signature."""
        answer = read_challenge_answer(payload)
        self._check_switched_challenge()
        form = self.challenges.take(answer.text, answer.context, identity.certificate, now)
        return self._token(answer.context, form, now)

    def _check_switched_challenge(self) -> None:
        for name, reason in (("challenge-used", "was used"), ("challenge-expired", "is too old")):
            if self.switches.is_on(name, SERVICE):
                raise SoapFault("wsse:FailedAuthentication", f"the challenge {reason}")

    def _token(self, context: str, form: TokenForm, now: datetime) -> bytes:
        mischief = Mischief(self.switches, self.pki, SERVICE)
        token = write_token(mischief.form(form, now), now, mischief.signer())
        token = mischief.written(token)
        requested = b"<wst:RequestedSecurityToken>%b</wst:RequestedSecurityToken>" % token
        return self._response(context, requested)

    def _response(self, context: str, content: bytes) -> bytes:
        told = "urn:uuid:another" if self.switches.is_on("wrong-context", SERVICE) else context
        start = (
            f'<wst:RequestSecurityTokenResponse xmlns:wst="{WST}" Context={quoteattr(told)}>'
        ).encode()
        return start + content + b"</wst:RequestSecurityTokenResponse>"
