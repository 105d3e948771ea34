"""eHealth in a box: authorities, registry, services and switches behind one address.

Example::

    with Simulator(clock=clock, folder=tmp_path) as simulator:
        simulator.switches.set("SOA-02001", service="sts")
        transport.post(simulator.environment.endpoints["sts"], ...)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from hilum_ehealth.environments import Environment, SignerRule
from hilum_ehealth.testing.authority import SIGNER_APPLICATION

from . import sts
from .platform import SERVICES, Exchange, Platform
from .registry import EXAMPLE, Registry
from .server import Server
from .switches import Switches

if TYPE_CHECKING:
    from types import TracebackType

    from hilum_ehealth.testing.authority import Pki
    from hilum_hookspecs.ports import Clock

    from .identities import Mode

NAME: Final = "simulator"
"""The environment's name in settings."""


class Simulator:
    """A running platform; a context manager that stops it.

    *folder* gets ``trust/`` for clients. Without *registry* and *switches* they live in memory and
    the registry knows one made-up provider. *caps* are the longest lives of tokens per mode.
    """

    def __init__(
        self,
        *,
        pki: Pki,
        clock: Clock,
        folder: Path,
        registry: Registry | None = None,
        switches: Switches | None = None,
        caps: Mapping[Mode, timedelta] = sts.CAPS,
        port: int = 0,
    ) -> None:
        self.pki = pki
        self.registry = registry or _example_registry()
        self.switches = switches or Switches()
        self.trust_folder = folder / "trust"
        pki.write_trust(self.trust_folder)
        self.platform = Platform(
            pki=pki, registry=self.registry, switches=self.switches, clock=clock, caps=caps
        )
        self._server = Server(self.platform, port)

    @property
    def url(self) -> str:
        """The address, without a path."""
        return self._server.url

    @property
    def messages(self) -> list[Exchange]:
        """Every SOAP message so far, with its answer."""
        return self.platform.messages

    @property
    def request_count(self) -> int:
        """How many requests arrived, also those that got no SOAP answer."""
        return self._server.request_count

    @property
    def environment(self) -> Environment:
        """The platform as clients of the kit know it."""
        return Environment(
            name=NAME,
            endpoints={service: self.url + path for path, service in SERVICES.items()},
            trust_folder=self.trust_folder,
            signer=SignerRule(application_prefix=SIGNER_APPLICATION),
        )

    def reset(self) -> None:
        """Turn every switch off and forget messages, challenges and revocations."""
        self.platform.reset()

    def stop(self) -> None:
        """Close the port and every connection."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _example_registry() -> Registry:
    registry = Registry()
    registry.add(EXAMPLE)
    return registry
