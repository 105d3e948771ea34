"""What the certificates and keys of a card are good for, told from outside, without a PIN."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from hilum_ehealth.card.examination import KeyKind, key_kind
from hilum_ehealth.card.port import AUTHENTICATION, SIGNATURE
from hilum_ehealth.errors import EhealthError
from hilum_hookspecs import HealthAnswer, HealthState, Message
from hilum_hookspecs.words import day

from .words import _

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from hilum_ehealth.environments import Environment

TOWN_HALL: Final = _.message(
    "Ask for a new identity card, or for its certificates, at the town hall."
)

GENERATIONS: Final[Mapping[KeyKind, Message]] = {
    "rsa-2048": _.message("A Belgian identity card with RSA keys, as made until 2021."),
    "p-384": _.message("A Belgian identity card with P-384 keys, as made since 2021."),
    "other": _.message("A Belgian identity card with keys of another kind than is known."),
}


def generation(certificates: Mapping[str, bytes]) -> tuple[KeyKind | None, Message]:
    """Return the kind of keys of the card and the words for its generation."""
    certificate = certificates.get(AUTHENTICATION)
    if certificate is None:
        return None, _.message("A Belgian identity card without the certificate for log-ins.")
    kind = _kind(certificate)
    return kind, GENERATIONS[kind]


def judge(
    certificates: Mapping[str, bytes], environment: Environment, now: datetime
) -> HealthAnswer:
    """Say whether both certificates are there, within their dates, and of a trusted authority.

    Raises ``card.no-certificate`` when the one for log-ins is missing.
    """
    if AUTHENTICATION not in certificates:
        raise EhealthError("card.no-certificate", label=AUTHENTICATION)
    parsed = {label: _parsed(der) for label, der in certificates.items()}
    data: dict[str, object] = {
        label: {"not_after": parsed[label].not_valid_after_utc.isoformat()}
        for label in (AUTHENTICATION, SIGNATURE)
        if label in parsed
    }
    answer = _dates(parsed, now, data) or _missing_signature(parsed, data)
    return answer or _issuer(parsed, environment, now, data)


def judge_keys(
    certificates: Mapping[str, bytes], shown: Collection[str], *, hidden: bool
) -> HealthAnswer:
    """Say whether the keys can sign for eHealth; *hidden* keys show themselves after the PIN.

    Raises ``card.no-key`` (``label``) for one that should be there and is not.
    """
    kinds = {
        label: _kind(certificates[label])
        for label in (AUTHENTICATION, SIGNATURE)
        if label in certificates
    }
    data = {"keys": dict(kinds), "shown": sorted(shown)}
    if "other" in kinds.values():
        return HealthAnswer(
            state=HealthState.FAILED,
            cause=_.message("The keys of this card are of a kind that eHealth does not take."),
            remedy=TOWN_HALL,
            data=data,
        )
    missing = [label for label in kinds if label not in shown]
    if missing and not hidden:
        raise EhealthError("card.no-key", label=missing[0])
    cause = (
        _.message("The keys show themselves only after the PIN, which is not asked here.")
        if missing
        else _.message("The keys are there.")
    )
    return HealthAnswer(state=HealthState.OK, cause=cause, data=data)


def _dates(
    parsed: Mapping[str, Certificate], now: datetime, data: Mapping[str, object]
) -> HealthAnswer | None:
    from hilum_ehealth.certificates import validity_of

    for label in (AUTHENTICATION, SIGNATURE):
        validity = validity_of(parsed[label], now) if label in parsed else None
        if validity is not None and validity.state == "expired":
            return HealthAnswer(
                state=HealthState.FAILED,
                cause=_.message(
                    "The certificate {label} of the card ended on {day}.",
                    label=label,
                    day=day(validity.not_after),
                ),
                remedy=TOWN_HALL,
                data=data,
            )
        if validity is not None and validity.state == "not-yet-valid":
            return HealthAnswer(
                state=HealthState.FAILED,
                cause=_.message(
                    "The certificate {label} of the card is not valid before {day}.",
                    label=label,
                    day=day(validity.not_before),
                ),
                remedy=_.message("Check the date of this computer."),
                data=data,
            )
    return None


def _missing_signature(
    parsed: Mapping[str, Certificate], data: Mapping[str, object]
) -> HealthAnswer | None:
    if SIGNATURE in parsed:
        return None
    return HealthAnswer(
        state=HealthState.WARNING,
        cause=_.message(
            "The card has no certificate Signature: sessions work, but no eHealth certificate can "
            "be requested with it."
        ),
        remedy=_.message("Ask the town hall to activate it."),
        data=data,
    )


def _issuer(
    parsed: Mapping[str, Certificate],
    environment: Environment,
    now: datetime,
    data: Mapping[str, object],
) -> HealthAnswer:
    from hilum_ehealth.certificates import Usage, check_path
    from hilum_ehealth.trust import TrustStore

    end = day(min(parsed[label].not_valid_after_utc for label in (AUTHENTICATION, SIGNATURE)))
    anchors = TrustStore.of(environment).anchors("eid")
    if not anchors:
        cause = _.message(
            "Its two certificates are there, until {day}. Who issued them was not checked: no "
            "authority of identity cards is trusted here.",
            day=end,
        )
        return HealthAnswer(state=HealthState.OK, cause=cause, data={**data, "trusted": None})
    chain = [each for label, each in parsed.items() if label not in (AUTHENTICATION, SIGNATURE)]
    usages = {AUTHENTICATION: Usage.AUTHENTICATION, SIGNATURE: Usage.SIGNATURE}
    try:
        for label, usage in usages.items():
            check_path(parsed[label], chain, anchors, now, usage=usage)
    except EhealthError as error:
        return HealthAnswer(
            state=HealthState.WARNING,
            cause=_.message(
                "The certificates of the card lead to no authority of identity cards that is "
                "trusted here ({code}).",
                code=error.code,
            ),
            remedy=_.message(
                "With a real card: see what is trusted, `hilum trust list`. With a test card: "
                "choose its environment, `hilum --environment NAME`."
            ),
            data={**data, "trusted": False, "problem": error.code},
        )
    cause = _.message(
        "Its two certificates are there, of a trusted authority, until {day}.", day=end
    )
    return HealthAnswer(state=HealthState.OK, cause=cause, data={**data, "trusted": True})


def _kind(certificate: bytes) -> KeyKind:
    try:
        return key_kind(certificate)
    except ValueError as error:
        raise EhealthError("card.not-recognised") from error


def _parsed(certificate: bytes) -> Certificate:
    from hilum_ehealth.certificates.reading import read_certificate

    try:
        return read_certificate(certificate)
    except ValueError as error:
        raise EhealthError("card.not-recognised") from error
