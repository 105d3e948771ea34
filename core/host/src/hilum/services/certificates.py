"""Certificates of every source."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hilum_hookspecs import ActiveCertificate, CertificateSource, HilumError

from hilum.contributions import returning_optional
from hilum.failures import ContractError
from hilum.host import Host

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment


class CertificateService:
    """The port ``Certificates`` over ``hilum_certificate_sources``, in one environment."""

    def __init__(self, host: Host, environment: Environment) -> None:
        self._host = host
        self._environment = environment

    def active(self, provider_id: str) -> ActiveCertificate | None:
        """Return the active certificate of the first source, by plugin name, that knows one.

        A source that is broken is passed over: ``plugin.failed`` is raised when no other one
        knows a certificate. What a source refuses with a reason is raised at once, so that no
        other certificate takes the place of one that must not be used.
        """
        survey = self._host.unambiguous("hilum_certificate_sources")
        failures = [HilumError("plugin.failed", plugin=plugin) for plugin in survey.failed]
        for plugin, source in cast("tuple[tuple[str, CertificateSource], ...]", survey.found):
            try:
                found = self._host.call(plugin, self._asked, source, provider_id)
            except HilumError as error:
                if error.code != "plugin.failed":
                    raise
                failures.append(error)
            else:
                if found is not None:
                    return found
        if failures:
            raise failures[0]
        return None

    def _asked(self, source: CertificateSource, provider_id: str) -> ActiveCertificate | None:
        """Ask *source*; an answer to another question is its plugin's defect."""
        active = returning_optional(ActiveCertificate, source.active)
        found = active(provider_id, self._environment.name)
        if found is None:
            return None
        if (found.provider_id, found.environment) != (provider_id, self._environment.name):
            raise ContractError(f"{source.name} answered for another provider or environment")
        return found
