"""What opening a session needs: record, certificate and method, found and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from hilum_hookspecs import (
    ActiveCertificate,
    AuthMethod,
    CertificateError,
    ConfigurationError,
    EhealthSession,
    Finding,
    Message,
    Profession,
    Provider,
    Purpose,
    RecordError,
    RecordInvalid,
    SessionError,
    Severity,
)
from hilum_hookspecs.words import show

from hilum.contributions import returning_optional
from hilum.host import Host

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Certificates, Clock, Providers


METHOD_OWNERS: Final = {"eid": "ehealth_auth", "fallback": "fallback_login"}
"""Methods of our own plugins, so that one that is missing can be explained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the user asks for."""

    provider: str = field(repr=False)
    """Id, NISS or INAMI number."""

    method: str | None = None
    reason: str | None = None
    profession: str | None = None
    fresh: bool = False
    """Open a session even when one is open: whoever logs in must show card or keystore."""

    audited: bool = True
    """Whether a refusal is written down: a log-in writes down its own, and the opening is part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an order comes to: everything is there and was checked."""

    order: Order
    provider: Provider
    profession: str
    inami: str
    certificate: ActiveCertificate
    plugin: str
    """The plugin whose method it is."""

    method: AuthMethod
    warnings: tuple[Finding, ...] = ()
    living: EhealthSession | None = None
    """The session that can be used as it is; then nothing is asked of eHealth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A session, and how it came to be."""

    plan: Plan
    session: EhealthSession
    reused: bool
    """True when it was open already: nothing was asked of eHealth."""


class Planner:
    """Makes plans from orders: record, validators, certificate, method, in this order."""

    def __init__(
        self, *, host: Host, clock: Clock, providers: Providers, certificates: Certificates
    ) -> None:
        self._host = host
        self._clock = clock
        self._providers = providers
        self._certificates = certificates

    def plan(self, order: Order, provider: Provider) -> Plan:
        """Check everything that *order* needs.

        Raises ``RecordInvalid``, ``record.profession-missing``, ``record.profession-unknown``,
        ``record.inami-missing``, ``certificate.missing``, ``certificate.no-source``,
        ``usage.unknown-method``, ``session.no-method``, ``session.method-unavailable``.
        """
        warnings = self._check_record(provider)
        profession = _profession(provider, order.profession)
        inami = profession.inami_on(belgian_day(self._clock.now()))
        if inami is None:
            raise RecordError(
                "record.inami-missing", provider=provider.id, profession=profession.name
            )
        certificate = self._certificates.active(provider.id)
        if certificate is None:
            raise no_certificate(self._host, provider.id)
        plugin, method = self._method(order.method, provider)
        return Plan(
            order=order,
            provider=provider,
            profession=profession.name,
            inami=inami,
            certificate=certificate,
            plugin=plugin,
            method=method,
            warnings=warnings,
        )

    def methods(self) -> Sequence[tuple[str, AuthMethod]]:
        """Return (plugin, method) for eHealth sessions, the one to propose first at the front."""
        found = cast(
            "list[tuple[str, AuthMethod]]", self._host.collect_with_source("hilum_auth_methods")
        )
        return sorted(found, key=lambda each: (each[1].rank, each[1].name))

    def _check_record(self, provider: Provider) -> tuple[Finding, ...]:
        findings = self._providers.check([provider], Purpose.EHEALTH_LOGIN)
        if any(finding.severity is Severity.ERROR for finding in findings):
            raise RecordInvalid(findings)
        return tuple(findings)

    def _method(self, name: str | None, provider: Provider) -> tuple[str, AuthMethod]:
        """Choose the method: the named one, else the first; never another one than asked for."""
        offered = self.methods()
        if not offered:
            raise SessionError("session.no-method")
        chosen = [each for each in offered if name in (None, each[1].name)]
        if not chosen:
            known = [method.name for _plugin, method in offered]
            owner: dict[str, Any] = {"plugin": METHOD_OWNERS[name]} if name in METHOD_OWNERS else {}
            raise ConfigurationError("usage.unknown-method", method=name, known=known, **owner)
        plugin, method = chosen[0]
        available = returning_optional(Message, method.available)
        problem = self._host.call(plugin, available, provider)
        if problem is not None:
            raise SessionError("session.method-unavailable", method=method.name, why=show(problem))
        return plugin, method


def no_certificate(host: Host, provider_id: str) -> CertificateError:
    """Make the error of a provider without certificate: there is none, or nobody who keeps any."""
    if host.collect_with_source("hilum_certificate_sources"):
        return CertificateError("certificate.missing", provider=provider_id)
    return CertificateError("certificate.no-source", provider=provider_id, plugin="cert_manager")


def belgian_day(moment: datetime) -> date:
    """Return the day it is in Belgium at *moment*."""
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo("Europe/Brussels")).date()


def _profession(provider: Provider, name: str | None) -> Profession:
    profession = provider.profession(name)
    if profession is not None:
        return profession
    known = [each.name for each in provider.professions]
    if name is not None:
        raise RecordError(
            "record.profession-unknown", provider=provider.id, profession=name, known=known
        )
    raise RecordError("record.profession-missing", provider=provider.id, known=known)
