"""The provider's eHealthBox at the platform, asked with an open session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from hilum_hookspecs import ConfigurationError

from .words import _

if TYPE_CHECKING:
    from hilum_ehealth.ehbox import BoxInfo
    from hilum_ehealth.ehbox.messages import MessageHeader, Source
    from hilum_ehealth.environments import Environment
    from hilum_hookspecs import EhealthSession
    from hilum_hookspecs.ports import Clock


class Box(Protocol):
    """What a synchronisation asks of a box; raises the kit's errors."""

    def info(self) -> BoxInfo:
        """Tell how full the box is."""
        ...

    def messages(self, source: Source, first: int, last: int) -> Sequence[MessageHeader]:
        """Return the headers from one place of a folder to another, the first place being 1."""
        ...


class EhealthBox:
    """The box of the person that *session*, which has its private key, was opened for."""

    def __init__(self, session: EhealthSession, environment: Environment, clock: Clock) -> None:
        from hilum_ehealth.assertion import read_assertion
        from hilum_ehealth.soap.transport import Transport

        self._clock = clock
        self._call: dict[str, Any] = {
            "environment": environment,
            "transport": Transport(environment),
            "assertion": read_assertion(
                session.assertion, environment=environment, now=clock.now()
            ),
            "key": session.private_key,
        }

    def info(self) -> BoxInfo:
        """Ask ``GetBoxInfo``."""
        from hilum_ehealth.ehbox import get_box_info

        return get_box_info(now=self._clock.now(), **self._call)

    def messages(self, source: Source, first: int, last: int) -> Sequence[MessageHeader]:
        """Ask ``getMessagesList``."""
        from hilum_ehealth.ehbox.messages import get_messages

        return get_messages(
            now=self._clock.now(), source=source, first=first, last=last, **self._call
        )


def check_endpoint(environment: Environment) -> None:
    """Refuse an environment without eHealthBox: ``settings.no-ehealthbox`` (``environment``)."""
    from hilum_ehealth.environments import EHBOX_CONSULTATION

    if EHBOX_CONSULTATION not in environment.endpoints:
        raise ConfigurationError(
            "settings.no-ehealthbox",
            message=_.message(
                "The settings name no eHealthBox for the environment {environment}.",
                environment=environment.name,
            ),
            remedy=_.message(
                "Add ehbox_consultation to [environments.{environment}] in config.toml.",
                environment=environment.name,
            ),
            environment=environment.name,
        )
