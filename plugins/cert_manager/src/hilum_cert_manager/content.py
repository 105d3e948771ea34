"""What a keystore holds, and whether it may be used for a provider in an environment.

Judged by content, never by name or size. This module loads cryptography.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from hilum_ehealth.certificates import (
    Usage,
    check_path,
    environment_of,
    fingerprint,
    holder_of,
)
from hilum_ehealth.errors import EhealthError
from hilum_ehealth.keystore import KeyEntry, Keystore, Stage
from hilum_ehealth.trust import TrustStore
from hilum_hookspecs import Provider, RecordError, WrongPerson

from .model import Content

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from hilum_ehealth.environments import Environment

PERSON: Final = "SSIN"
"""The kind of holder that is a person."""

_TEST_ENVIRONMENTS: Final = frozenset({"acceptance", "integration"})
"""One authority serves both."""


def read_content(keystore: Keystore) -> Content:
    """Read the eHealth certificate of an opened keystore.

    Raises ``keystore.incomplete``, ``keystore.not-ehealth``, ``certificate.no-holder`` and
    ``certificate.holder-ambiguous``.
    """
    entry = authentication_of(keystore)
    holder = holder_of(entry.certificate)
    return Content(
        certificate=entry.certificate.public_bytes(Encoding.DER),
        chain=tuple(each.public_bytes(Encoding.DER) for each in entry.chain),
        holder_kind=holder.kind,
        holder_identifier=holder.identifier,
        holder_name=holder.name,
        not_before=entry.certificate.not_valid_before_utc,
        not_after=entry.certificate.not_valid_after_utc,
        stage=keystore.stage.value,
        sha256=fingerprint(entry.certificate),
    )


def authentication_of(keystore: Keystore) -> KeyEntry:
    """Return the entry that signs sessions.

    Raises ``keystore.incomplete`` (the certificate was requested and not installed) and
    ``keystore.not-ehealth``.
    """
    if keystore.stage is Stage.INCOMPLETE:
        raise EhealthError("keystore.incomplete")
    entry = keystore.authentication
    if entry is None:
        raise EhealthError("keystore.not-ehealth")
    return entry


def check_person(content: Content, record: Provider) -> None:
    """Refuse what does not belong to the person of *record*.

    Raises ``record.niss-missing`` and ``record.wrong-person``.
    """
    if not record.niss:
        raise RecordError("record.niss-missing", provider=record.id)
    if not belongs(content, record):
        raise WrongPerson(first="keystore", second="record")


def belongs(content: Content, record: Provider) -> bool:
    """Tell whether *content* is of the person of *record*."""
    return content.holder == f"{PERSON}={record.niss}"


def check_trust(content: Content, environment: Environment, now: datetime) -> None:
    """Refuse a certificate that the platform of *environment* would refuse.

    Raises ``certificate.wrong-environment`` (found, expected), ``trust.no-anchors``,
    ``certificate.untrusted``, ``.expired``, ``.not-yet-valid``, ``.wrong-usage``. Says nothing
    about revocation, which nobody asked the network for.
    """
    certificate, chain = _certificates(content)
    anchors = TrustStore.of(environment).anchors("ehealth")
    try:
        check_path(certificate, chain, anchors, now, usage=Usage.AUTHENTICATION)
    except EhealthError as error:
        if error.code != "certificate.untrusted":
            raise
        _check_environment(certificate, chain, environment)
        if not anchors:
            raise EhealthError(
                "trust.no-anchors", environment=environment.name, purpose="ehealth"
            ) from error
        raise


def environment_name(content: Content, environment: Environment) -> str | None:
    """Name the environment that *content* was issued for; ``None`` when nobody known issued it."""
    certificate, chain = _certificates(content)
    return environment_of(certificate, chain, _named(environment))


def _check_environment(
    certificate: Certificate, chain: Sequence[Certificate], environment: Environment
) -> None:
    found = environment_of(certificate, chain, _named(environment))
    both_for_tests = {found, environment.name} <= _TEST_ENVIRONMENTS
    if found is not None and found != environment.name and not both_for_tests:
        raise EhealthError("certificate.wrong-environment", found=found, expected=environment.name)


def _named(environment: Environment) -> Mapping[str, Sequence[Certificate]]:
    if environment.built_in:
        return {}
    return {environment.name: TrustStore.of(environment).anchors("ehealth")}


def _certificates(content: Content) -> tuple[Certificate, tuple[Certificate, ...]]:
    chain = tuple(load_der_x509_certificate(each) for each in content.chain)
    return load_der_x509_certificate(content.certificate), chain
