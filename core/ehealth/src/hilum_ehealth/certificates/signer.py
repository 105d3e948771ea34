"""Who may sign assertions: the chain and the subject must both be right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from hilum_ehealth.certificates.holders import Holder, holder_of
from hilum_ehealth.certificates.path import Usage, check_path
from hilum_ehealth.errors import EhealthError

if TYPE_CHECKING:
    from cryptography import x509

    from hilum_ehealth.environments import Environment, SignerRule

_ENTERPRISE: Final = "CBE"

_SIGNERS: Final = {"IAMACC": "acceptance", "IAMINT": "integration"}
"""Signers of one environment of eHealth's own. The issuer does not tell them apart: the one of
acceptance holds a certificate of a production CA."""


def check_assertion_signer(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    environment: Environment,
    at: datetime,
) -> tuple[x509.Certificate, ...]:
    """Check that *certificate* may sign assertions of *environment*, and return its path.

    It must lead to an eHealth anchor of the environment, be valid *at*, be allowed to sign, and
    be issued to whom ``environment.signer`` says. Raises ``trust.no-anchors`` (``environment``,
    ``purpose``) and ``assertion.untrusted-signer`` (``problem``: the code of the certificate's
    refusal, or ``not-the-platform``, or ``other-environment``).
    """
    from hilum_ehealth.trust import TrustStore

    anchors = TrustStore.of(environment).anchors("ehealth")
    if not anchors:
        raise EhealthError("trust.no-anchors", environment=environment.name, purpose="ehealth")
    try:
        path = check_path(certificate, chain, anchors, at, usage=Usage.AUTHENTICATION)
        holder = holder_of(certificate)
    except EhealthError as error:
        raise EhealthError("assertion.untrusted-signer", problem=error.code) from error
    if not _fits(holder, environment.signer):
        raise EhealthError("assertion.untrusted-signer", problem="not-the-platform")
    if environment.built_in and _home(holder) not in (None, environment.name):
        raise EhealthError("assertion.untrusted-signer", problem="other-environment")
    return path


def _fits(holder: Holder, rule: SignerRule) -> bool:
    application = holder.application_id
    return (
        holder.kind == _ENTERPRISE
        and holder.identifier == rule.enterprise
        and application is not None
        and application.startswith(rule.application_prefix)
    )


def _home(holder: Holder) -> str | None:
    return _SIGNERS.get(holder.application_id or "")
