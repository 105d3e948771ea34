"""The plugin: a directory of providers and a way to open a session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from hilum_ehealth.assertion import Assertion
from hilum_ehealth.opening import open_token
from hilum_hookspecs import AuthMethod, PluginContext, ProviderDirectory, hookimpl

from .login import HouseLogin
from .staff import Staff


@dataclass(frozen=True)
class HouseSettings:
    """Section ``[house]``."""

    staff: Path = Path("staff.json")
    """The file with the members of the practice."""


class Plugin:
    """Offers the directory and the method; a test passes something that plays the platform."""

    Settings = HouseSettings

    def __init__(
        self,
        context: PluginContext[HouseSettings],
        open_token: Callable[..., Assertion] = open_token,
    ) -> None:
        self._staff = Staff(context.settings.staff)
        self._login = HouseLogin(context, self._staff, open_token)

    @hookimpl
    def hilum_provider_directories(self) -> Iterable[ProviderDirectory]:
        """Offer the members of the practice."""
        yield ProviderDirectory(name="house", find=self._staff.find, all=self._staff.all)

    @hookimpl
    def hilum_auth_methods(self) -> Iterable[AuthMethod]:
        """Offer the log-in of the practice."""
        yield self._login.method()
