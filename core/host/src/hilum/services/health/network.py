"""The clock and the endpoints of the platform."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from hilum_ehealth.environments import EHBOX_CONSULTATION, STS
from hilum_hookspecs import HealthAnswer, HealthCheck, Message

from hilum.catalogue import messages_for
from hilum.words import _

from .answers import failed, not_applicable, ok, single, warning

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment
    from hilum_ehealth.soap.endpoint_look import EndpointLook
    from hilum_hookspecs.ports import Clock

CLOCK_RANK: Final = 200
ENDPOINT_RANK: Final = 300

REFERENCE: Final = ("eid.belgium.be", 443)
"""Another service of the Belgian state: whether it can be reached tells whose trouble it is."""

REFERENCE_SECONDS: Final = 3.0

SECONDS: Final = 15
"""For one endpoint: five to connect, five for the answer, three for the other service."""

SERVICES: Final[Mapping[str, Message]] = {
    STS: _.message("Sessions (STS)"),
    EHBOX_CONSULTATION: _.message("eHealthBox"),
}
"""Labels of the services; another one is shown by its name."""

_OURS_OR_THEIRS: Final = ("network.unreachable", "network.timeout")
"""Errors that can be the platform's trouble or this network's."""


class Network:
    """One run's look at the platform: each endpoint is asked once, also for its clock.

    *reference* is a place of somebody else (host, port) that is tried when the platform cannot be
    reached; without one, nobody outside the environment is asked.
    """

    def __init__(
        self,
        environment: Environment,
        clock: Clock,
        *,
        reference: tuple[str, int] | None = None,
    ) -> None:
        self._environment = environment
        self._clock = clock
        self._reference = reference
        self._locks = {name: threading.Lock() for name in environment.endpoints}
        self._looks: dict[str, tuple[EndpointLook, datetime]] = {}

    def checks(self) -> Iterator[HealthCheck]:
        """Describe the clock's check, and one for each endpoint."""
        yield single("clock", _.message("Clock"), CLOCK_RANK, self._look_at_clock, seconds=SECONDS)
        for name in self._environment.endpoints:
            label = SERVICES.get(name) or _.message("Service {name}", name=name)
            yield single(
                f"endpoint-{name}", label, ENDPOINT_RANK, self._looker(name), seconds=SECONDS
            )

    def _looker(self, name: str) -> Callable[[], HealthAnswer]:
        return lambda: self._look_at_endpoint(name)

    def _look(self, name: str) -> tuple[EndpointLook, datetime]:
        """Look at an endpoint, unless another check did; with the time here when it answered."""
        from hilum_ehealth.soap.endpoint_look import look_at_endpoint

        with self._locks[name]:
            if name not in self._looks:
                look = look_at_endpoint(self._environment.endpoints[name], self._environment)
                self._looks[name] = (look, self._clock.now())
            return self._looks[name]

    def _look_at_clock(self) -> HealthAnswer:
        from hilum_ehealth.soap.faults import TOLERATED_SKEW

        for name in self._environment.endpoints:
            look, now = self._look(name)
            if look.server_date is not None:
                break
        else:
            return not_applicable(_.message("No server could be asked for the time."))
        skew = now - look.server_date
        data = {"skew_seconds": round(skew.total_seconds()), "endpoint": look.url}
        if abs(skew) <= TOLERATED_SKEW:
            return ok(_.message("The clock agrees with the server's."), **data)
        return _wrong_clock(skew, data)

    def _look_at_endpoint(self, name: str) -> HealthAnswer:
        look, _now = self._look(name)
        data = _facts(look)
        if look.error is None:
            cause = _.message(
                "It answers in {ms} ms (HTTP {status}); its certificate is by {issuer}.",
                ms=sum(look.milliseconds.values()),
                status=look.status,
                issuer=look.issuer or "?",
            )
            return ok(cause, **data)
        data["code"] = look.error.code
        what, remedy = messages_for(look.error)
        usual = failed(what, remedy or _.message("Try again later."), **data)
        connected = "tls" in look.milliseconds
        if self._reference and look.error.code in _OURS_OR_THEIRS and not connected:
            return _whose(look, what, usual, self._reference)
        return usual


def _whose(
    look: EndpointLook, what: Message, usual: HealthAnswer, reference: tuple[str, int]
) -> HealthAnswer:
    """Tell the platform's trouble from that of this network, by asking somebody else."""
    host = reference[0]
    reached = _reaches(reference)
    data = {**usual.data, "reference": host, "reference_reached": reached}
    if reached:
        return failed(
            _.message(
                "{what} Your network works ({host} answers): eHealth is down, or a firewall "
                "stands in the way.",
                what=what,
                host=host,
            ),
            _.message(
                "Wait: status.ehealth.fgov.be tells of outages. If it tells of none, ask for "
                "{url} to be let through.",
                url=look.url,
            ),
            **data,
        )
    if look.error is not None and look.error.details.get("cause") == "refused":
        return replace(usual, data=data)  # somebody answered, so there is a network
    return failed(
        _.message(
            "{what} {host} does not answer either: your network is down.",
            what=what,
            host=host,
        ),
        _.message("Check the internet connection of this computer."),
        **data,
    )


def _reaches(place: tuple[str, int]) -> bool:
    """Tell whether a connection to *place* can be made; nothing is sent."""
    from hilum_ehealth.soap.connect import open_any, resolve
    from hilum_ehealth.soap.deadline import Deadline

    deadline = Deadline(REFERENCE_SECONDS)
    try:
        open_any(resolve(*place, deadline), deadline).close()
    except OSError:
        return False
    return True


def _facts(look: EndpointLook) -> dict[str, object]:
    return {
        "url": look.url,
        "address": look.address,
        "milliseconds": dict(look.milliseconds),
        "issuer": look.issuer,
        "certificate_until": look.not_after,
        "status": look.status,
    }


def _wrong_clock(skew: timedelta, data: Mapping[str, object]) -> HealthAnswer:
    """Say which way and by how much; beyond the hopeless no message is accepted any more."""
    from hilum_ehealth.soap.faults import HOPELESS_SKEW

    amount = _amount(abs(skew))
    cause = (
        _.message("The clock of this computer is {amount} fast.", amount=amount)
        if skew > timedelta(0)
        else _.message("The clock of this computer is {amount} slow.", amount=amount)
    )
    remedy = _.message("Set the computer's date and time, best from the internet.")
    answer = failed if abs(skew) > HOPELESS_SKEW else warning
    return answer(cause, remedy, **data)


def _amount(skew: timedelta) -> Message:
    """Write a skew in the largest unit of which there are two at least."""
    seconds = round(skew.total_seconds())
    if seconds < 2 * 60:
        return _.message("{n} seconds", n=seconds)
    if seconds < 2 * 3600:
        return _.message("{n} minutes", n=round(seconds / 60))
    if seconds < 2 * 24 * 3600:
        return _.message("{n} hours", n=round(seconds / 3600))
    return _.message("{n} days", n=round(seconds / (24 * 3600)))
