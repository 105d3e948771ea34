"""The session token service: asking for a token, answering its challenge, renewing.

Source: eHealth STS contract, WS-Trust 1.3. Importing this package loads no XML and no cryptography.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from hilum_ehealth.credentials import Credential
from hilum_ehealth.environments import STS
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.sts.claims import PROFESSIONS, claims_for

if TYPE_CHECKING:
    from lxml import etree

    from hilum_ehealth.assertion import Assertion
    from hilum_ehealth.environments import Environment
    from hilum_ehealth.soap.transport import Answer, Poster
    from hilum_ehealth.sts.messages import Challenge, Token

__all__ = [
    "PROFESSIONS",
    "Credential",
    "claims_for",
    "renew_token",
    "request_token",
]

REQUEST: Final = "urn:be:fgov:ehealth:sts:protocol:v1:RequestSecurityToken"
CHALLENGE: Final = "urn:be:fgov:ehealth:sts:protocol:v1:Challenge"

OLDEST_ANSWER: Final = timedelta(minutes=5)
"""A token issued longer ago than this is not the answer to the request just made."""


def request_token(
    *,
    environment: Environment,
    transport: Poster,
    header: Credential,
    holder: Credential,
    niss: str,
    profession: str,
    duration: timedelta,
    clock: Callable[[], datetime],
    progress: Callable[[str], None] | None = None,
    inami: Collection[str] = (),
    pharmacy: str | None = None,
) -> Assertion:
    """Open a session: ask for a token about the person *niss* in *profession* and check it.

    *header* signs the request: the card's authentication key, or the same as *holder* for the
    fallback. *holder* is the eHealth certificate whose key will sign every later call; when it
    differs from *header* the service wants its signature too. *duration* is a wish: read
    ``not_on_or_after``. *progress* hears ``request``, ``challenge``, ``verify``. The other
    arguments are those of :func:`~hilum_ehealth.assertion.check_assertion` and
    :func:`~hilum_ehealth.sts.claims.claims_for`. Raises :class:`EhealthError` with their codes, the
    transport's, ``ehealth.*``, ``clock.wrong`` when the server's time is far from ours,
    ``assertion.not-yet-valid`` (``seconds``) when it is not, and whatever a card's key raises.
    """
    from hilum_ehealth.sts.messages import issue_request
    from hilum_ehealth.xmlsec.names import fresh_id

    claims = claims_for(profession, niss, pharmacy=pharmacy)
    context = fresh_id("context")
    created = clock()
    request = issue_request(
        context,
        claims,
        created=created,
        expires=created + duration,
        holder=holder.certificate,
    )
    asked = _Asked(niss=niss, profession=profession, inami=tuple(inami))
    return _Dialogue(environment, transport, header, holder, clock, progress).run(
        context, request, asked
    )


def renew_token(
    *,
    environment: Environment,
    transport: Poster,
    header: Credential,
    holder: Credential,
    assertion: Assertion,
    profession: str,
    clock: Callable[[], datetime],
    progress: Callable[[str], None] | None = None,
    inami: Collection[str] = (),
) -> Assertion:
    """Renew a session while its token lives; the service chooses how long the new one lasts.

    Signed like the request for the old token, so a session opened with a card needs the card and
    its PIN again. Arguments and errors as in :func:`request_token`.
    """
    from hilum_ehealth.sts.messages import renew_request
    from hilum_ehealth.xmlsec.names import fresh_id

    context = fresh_id("context")
    request = renew_request(context, assertion.data)
    asked = _Asked(
        niss=assertion.niss,
        profession=profession,
        inami=tuple(inami),
        replaces=assertion.assertion_id,
    )
    return _Dialogue(environment, transport, header, holder, clock, progress).run(
        context, request, asked
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the token in the answer must be about."""

    niss: str = field(repr=False)
    profession: str
    inami: tuple[str, ...]
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class _Dialogue:
    """One request and, when the service asks for it, the answer to its challenge."""

    environment: Environment
    transport: Poster
    header: Credential
    holder: Credential
    clock: Callable[[], datetime]
    progress: Callable[[str], None] | None

    def run(self, context: str, request: etree._Element, asked: _Asked) -> Assertion:
        from hilum_ehealth.sts.messages import Challenge, challenge_answer

        started = self.clock()
        self._tell("request")
        response, answer = self._send(REQUEST, request, self.header, context)
        if isinstance(response, Challenge):
            if self.header.certificate == self.holder.certificate:
                raise EhealthError("ehealth.answer", problem="unexpected-challenge")
            self._tell("challenge")
            response, answer = self._send(
                CHALLENGE, challenge_answer(context, response), self.holder, context
            )
        if isinstance(response, Challenge):
            raise EhealthError("ehealth.answer", problem="second-challenge")
        self._tell("verify")
        return self._checked(response, answer, asked, started)

    def _send(
        self, action: str, payload: etree._Element, signer: Credential, context: str
    ) -> tuple[Challenge | Token, Answer]:
        from hilum_ehealth.soap.answers import soap_payload
        from hilum_ehealth.sts.messages import read_response
        from hilum_ehealth.xmlsec.profiles import sign_profile_a

        message = sign_profile_a(payload, signer.certificate, signer.private_key, self.clock())
        answer = self.transport.post(self.environment.endpoints[STS], action, message)
        return read_response(soap_payload(answer, self.clock()), context), answer

    def _checked(self, token: Token, answer: Answer, asked: _Asked, started: datetime) -> Assertion:
        """Check the token; when its times make no sense, see whether this clock is to blame."""
        from hilum_ehealth.assertion import check_assertion
        from hilum_ehealth.soap.faults import clock_error

        now = self.clock()
        try:
            assertion = check_assertion(
                token.data,
                environment=self.environment,
                now=now,
                niss=asked.niss,
                holder=self.holder.certificate,
                inami=asked.inami,
                profession=asked.profession,
            )
            if assertion.issued_at < started - OLDEST_ANSWER:
                raise EhealthError("assertion.stale")
        except EhealthError as error:
            if _is_about_time(error):
                raise clock_error(now, answer.server_date) or _platform_s(error, answer) from error
            raise
        if assertion.assertion_id == asked.replaces:
            raise EhealthError("assertion.stale")
        return assertion

    def _tell(self, step: str) -> None:
        if self.progress is not None:
            self.progress(step)


_ABOUT_TIME: Final = ("assertion.expired", "assertion.stale", "clock.wrong")
_DATES: Final = ("certificate.expired", "certificate.not-yet-valid")


def _is_about_time(error: EhealthError) -> bool:
    """Tell whether another time here would have made the token a good one."""
    return error.code in _ABOUT_TIME or error.details.get("problem") in _DATES


def _platform_s(error: EhealthError, answer: Answer) -> EhealthError:
    """Blame the platform for a token from the future when its own clock agrees with ours."""
    if error.code == "clock.wrong" and answer.server_date is not None:
        return EhealthError("assertion.not-yet-valid", seconds=error.details.get("skew_seconds"))
    return error
