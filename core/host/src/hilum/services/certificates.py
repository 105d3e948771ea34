"""Certificates of every source."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hilum_hookspecs import ActiveCertificate, CertificateSource

from hilum.host import Host

if TYPE_CHECKING:
    from hilum_ehealth.environments import Environment


class CertificateService:
    """The port ``Certificates`` over ``hilum_certificate_sources``, in one environment."""

    def __init__(self, host: Host, environment: Environment) -> None:
        self._host = host
        self._environment = environment

    def active(self, provider_id: str) -> ActiveCertificate | None:
        """Return the active certificate of the first source, by plugin name, that knows one."""
        for plugin, source in cast(
            "list[tuple[str, CertificateSource]]",
            self._host.collect_with_source("hilum_certificate_sources"),
        ):
            found = self._host.call(plugin, self._asked, source, provider_id)
            if found is not None:
                return found
        return None

    def _asked(self, source: CertificateSource, provider_id: str) -> ActiveCertificate | None:
        """Ask *source*; an answer to another question is its plugin's defect."""
        found = source.active(provider_id, self._environment.name)
        if found is None:
            return None
        asked = (provider_id, self._environment.name)
        if not isinstance(found, ActiveCertificate) or asked != (
            found.provider_id,
            found.environment,
        ):
            raise TypeError(f"{source.name} answered for another provider or environment")
        return found
