"""The simulated platform without its network: requests in, answers out, all of them kept."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from hilum_ehealth.xmlsec.names import SOAP

from . import ehbox, sts
from .challenges import Challenges
from .faults import SoapFault, fault_envelope
from .identities import Identities, Mode
from .inbound import Message, read_message
from .mailbox import Mailboxes
from .own_tokens import OwnTokens
from .security import Gate

if TYPE_CHECKING:
    from hilum_ehealth.testing.authority import Pki
    from hilum_hookspecs.ports import Clock

    from .registry import Registry
    from .switches import Switches

SERVICES: Final[Mapping[str, str]] = {sts.PATH: sts.SERVICE, ehbox.PATH: ehbox.SERVICE}
"""Services by path, the paths of the real platform."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request that arrived, with what was answered."""

    service: str
    action: str
    headers: Mapping[str, str]
    request: bytes = field(repr=False)
    status: int
    response: bytes = field(repr=False)


class Service(Protocol):
    """A simulated service."""

    def answer(self, action: str, message: Message, now: datetime) -> bytes:
        """Answer with the content of a SOAP body; raises :class:`SoapFault`."""
        ...


class Platform:
    """Answers SOAP messages as the platform would, and as the switches say."""

    def __init__(
        self,
        *,
        pki: Pki,
        registry: Registry,
        switches: Switches,
        clock: Clock,
        caps: Mapping[Mode, timedelta] = sts.CAPS,
    ) -> None:
        self.pki = pki
        self.registry = registry
        self.switches = switches
        self.messages: list[Exchange] = []
        self.identities = Identities(pki)
        self._clock = clock
        self._challenges = Challenges()
        tokens = OwnTokens(pki.iam_signer.certificate)
        self._gate = Gate(self.identities, tokens)
        self._mailboxes = Mailboxes(switches, ehbox.SERVICE)
        self._services: dict[str, Service] = {
            sts.SERVICE: sts.TokenService(
                pki=pki,
                registry=registry,
                switches=switches,
                identities=self.identities,
                tokens=tokens,
                gate=self._gate,
                challenges=self._challenges,
                caps={**sts.CAPS, **caps},
            ),
            ehbox.SERVICE: ehbox.Box(gate=self._gate, switches=switches, mailboxes=self._mailboxes),
        }

    def now(self, service: str | None = None) -> datetime:
        """Return the time on the clock of *service*, which a switch can set wrong."""
        skew = float(self.switches.value("clock-skew", service) or 0)
        return self._clock.now() + timedelta(seconds=skew)

    def answer(
        self, service: str, action: str, request: bytes, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Answer one SOAP message: HTTP status and body."""
        try:
            status, response = 200, self._answered(service, action, request)
        except SoapFault as fault:
            _log.info("%s: %s", service, fault)
            status, response = 500, fault_envelope(fault)
        except Exception:  # noqa: BLE001  # a defect is answered as the platform answers its own
            _log.exception("%s failed", service)
            status, response = 500, fault_envelope(SoapFault("SOA-00001"))
        self.messages.append(
            Exchange(
                service=service,
                action=action,
                headers=headers,
                request=request,
                status=status,
                response=response,
            )
        )
        return status, response

    def reset(self) -> None:
        """Forget messages, challenges and revocations, and turn every switch off."""
        self.messages.clear()
        self._mailboxes.forget()
        self._challenges.forget()
        self._gate.forget()
        self.identities.forgive()
        self.switches.clear()

    def _answered(self, service: str, action: str, request: bytes) -> bytes:
        switched = self.switches.fault(service)
        if switched is not None:
            raise SoapFault(switched)
        content = self._services[service].answer(
            _action(action), read_message(request), self.now(service)
        )
        return (
            b'<?xml version="1.0" encoding="UTF-8"?>'
            b'<soap:Envelope xmlns:soap="%b"><soap:Body>%b</soap:Body></soap:Envelope>'
        ) % (SOAP.encode(), content)


def _action(header: str) -> str:
    """Take the action out of its quotes, which SOAP 1.1 demands."""
    if len(header) < 2 or header[0] != '"' or header[-1] != '"':
        raise SoapFault("SOA-03004", "SOAPAction must be a URI in quotes")
    return header[1:-1]
