"""Whether a user can log in via eHealth: each condition, met or not, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING

from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import (
    ActiveCertificate,
    HilumError,
    Message,
    Provider,
    RecordError,
    User,
)
from hilum_hookspecs.words import day, show

from hilum.words import _

from .openings import belgian_day

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Certificates, Clock, Providers


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that must hold before a user can log in via eHealth."""

    name: str
    """``provider``, ``certificate``, ``niss`` or ``inami``."""

    message: Message
    code: str | None = None
    """Why it is not met; ``None`` when it is."""

    fix: Message | None = None
    """What to do when it is not met."""

    @property
    def met(self) -> bool:
        """Tell whether the condition holds."""
        return self.code is None


class EhealthConditions:
    """Judges users by the records and certificates of now, in one environment."""

    def __init__(self, providers: Providers, certificates: Certificates, clock: Clock) -> None:
        self._providers = providers
        self._certificates = certificates
        self._clock = clock

    def of(self, user: User) -> tuple[Condition, ...]:
        """Return every condition that can be judged, met or not.

        A record or certificate that cannot be had does not count as met.
        """
        if len(user.providers) != 1:
            return (_one_provider(user),)
        (provider_id,) = user.providers
        try:
            provider = self._providers.find(provider_id)
        except (HilumError, EhealthError) as error:
            return (_unread("provider", error.code),)
        return (_one_provider(user), *self._of_provider(provider))

    def _of_provider(self, provider: Provider) -> Iterator[Condition]:
        now = self._clock.now()
        try:
            yield certificate_condition(provider.id, self._certificates.active(provider.id), now)
        except (HilumError, EhealthError) as error:
            yield _unread("certificate", error.code)
        yield niss_condition(provider)
        yield inami_condition(provider, now)


def all_met(conditions: Sequence[Condition]) -> bool:
    """Tell whether a user with these *conditions* can log in via eHealth."""
    return all(condition.met for condition in conditions)


def granted(user: User, asked: bool, conditions: Sequence[Condition], *, new: bool = False) -> bool:
    """Return whether the log-in via eHealth is ticked; one that cannot be used is refused.

    A *new* user is not there yet, to be edited.
    """
    if asked and not all_met(conditions):
        raise ehealth_refused(user, [_for_new(each) if new else each for each in conditions])
    return asked


def ehealth_refused(user: User, conditions: Sequence[Condition]) -> RecordError:
    """Make the error of a user who cannot log in via eHealth, with every reason and its remedy."""
    failing = [condition for condition in conditions if not condition.met]
    texts = [
        (show(each.message), show(each.fix) if each.fix is not None else "") for each in failing
    ]
    return RecordError(
        "user.ehealth-refused",
        user=user.user_name,
        reasons="\n".join(f"- {message} {fix}".rstrip() for message, fix in texts),
        conditions=[
            {"name": each.name, "code": each.code, "message": message, "fix": fix}
            for each, (message, fix) in zip(failing, texts, strict=True)
        ],
    )


def certificate_condition(
    provider_id: str, certificate: ActiveCertificate | None, now: datetime
) -> Condition:
    """Judge the active certificate: none, expired and not valid yet are three refusals."""
    if certificate is None:
        return Condition(
            name="certificate",
            code="certificate.missing",
            message=_.message("No eHealth certificate."),
            fix=_.message(
                "Import one: hilum certificate import FILE --provider {id}", id=provider_id
            ),
        )
    if now > certificate.not_after:
        return Condition(
            name="certificate",
            code="certificate.expired",
            message=_.message(
                "The eHealth certificate has expired ({day}).", day=day(certificate.not_after)
            ),
            fix=_.message("Request a new one; one that has expired cannot be renewed."),
        )
    if now < certificate.not_before:
        return Condition(
            name="certificate",
            code="certificate.not-yet-valid",
            message=_.message(
                "The eHealth certificate is not valid before {day}.",
                day=day(certificate.not_before),
            ),
            fix=_.message("Check the date of this computer."),
        )
    return Condition(
        name="certificate",
        message=_.message(
            "The eHealth certificate is active until {day}.", day=day(certificate.not_after)
        ),
    )


def niss_condition(provider: Provider) -> Condition:
    """Judge the NISS: missing, wrong, or right."""
    fix = _.message("Give it: hilum provider edit {id} --niss NISS", id=provider.id)
    if not provider.niss:
        return Condition(
            name="niss",
            code="record.niss-missing",
            message=_.message("The NISS is missing."),
            fix=fix,
        )
    from hilum_ehealth.identifiers import Niss

    try:
        Niss.parse(provider.niss)
    except EhealthError as error:
        return Condition(
            name="niss", code=error.code, message=_.message("The NISS is not right."), fix=fix
        )
    return Condition(name="niss", message=_.message("The NISS is recorded."))


def inami_condition(provider: Provider, now: datetime) -> Condition:
    """Judge the INAMI numbers: one of them must hold today."""
    today = belgian_day(now)
    if any(profession.inami_on(today) for profession in provider.professions):
        return Condition(name="inami", message=_.message("An INAMI number is recorded."))
    return Condition(
        name="inami",
        code="record.inami-missing",
        message=_.message("No INAMI number holds today."),
        fix=_.message(
            "Give one: hilum provider edit {id} --inami PROFESSION:NUMBER", id=provider.id
        ),
    )


def _one_provider(user: User) -> Condition:
    if len(user.providers) == 1:
        return Condition(name="provider", message=_.message("Exactly one provider is linked."))
    if not user.providers:
        return Condition(
            name="provider",
            code="user.no-provider",
            message=_.message("No provider is linked."),
            fix=_.message(
                "Link one: hilum user edit {user} --provider P", user=quote(user.user_name)
            ),
        )
    return Condition(
        name="provider",
        code="user.several-providers",
        message=_.message("More than one provider is linked."),
        fix=_.message(
            "Leave one: hilum user edit {user} --remove-provider P", user=quote(user.user_name)
        ),
    )


def _for_new(condition: Condition) -> Condition:
    """Say what to do about *condition* to whoever is just adding the user."""
    if condition.code not in ("user.no-provider", "user.several-providers"):
        return condition
    fix = _.message("Name exactly one: --provider P, or the column providers of a file.")
    return replace(condition, fix=fix)


def _unread(name: str, code: str) -> Condition:
    texts = {
        "provider": _.message("The record of the linked provider cannot be had."),
        "certificate": _.message("The eHealth certificate cannot be had."),
    }
    return Condition(
        name=name,
        code=code,
        message=texts[name],
        fix=_.message("Look at them: hilum provider list, hilum plugins list."),
    )
