"""The plugins: which failed and why, which are not ours, which are named and not there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from hilum_hookspecs import HealthAnswer, HealthCheck

from hilum.catalogue import messages_for
from hilum.failures import PluginFailure
from hilum.host import CONTRIBUTIONS, Host
from hilum.plugins import FoundPlugin, State, known_names
from hilum.words import _

from .answers import failed, link, ok, warning

RANK: Final = 700

_LIST: Final = _.message("hilum plugins list says more.")


class PluginHealth:
    """The plugins of this run; *named* are those that the settings or the command line name."""

    def __init__(self, host: Host, found: Sequence[FoundPlugin], named: Collection[str]) -> None:
        self._host = host
        self._found = found
        self._named = named

    def check(self) -> HealthCheck:
        """Describe the chain."""
        return HealthCheck(
            name="plugins",
            label=_.message("Plugins"),
            rank=RANK,
            links=(
                link("named", _.message("Named in the settings"), self._look_for_named),
                link("foreign", _.message("Of third parties"), self._look_at_foreign),
                link("working", _.message("Working"), self._look_at_failures),
            ),
        )

    def _look_for_named(self) -> HealthAnswer:
        missing = sorted(set(self._named) - set(known_names(self._found)))
        if missing:
            return warning(
                _.message(
                    "The settings name plugins that are not installed: {names}",
                    names=", ".join(missing),
                ),
                _.message("Install them, or: hilum plugins disable NAME"),
                missing=missing,
            )
        return ok(_.message("Every plugin that is named is installed."))

    def _look_at_foreign(self) -> HealthAnswer:
        foreign = [
            each.name for each in self._found if each.state is State.ON and not each.first_party
        ]
        refused = {each.name: each.refusal for each in self._found if each.refusal is not None}
        if refused:
            cause, remedy = messages_for(next(iter(refused.values())))
            return warning(cause, remedy or _LIST, refused=[*refused], foreign=foreign)
        if foreign:
            return ok(
                _.message(
                    "On, not of Hilum's makers, with all rights of the program: {names}",
                    names=", ".join(foreign),
                ),
                foreign=foreign,
            )
        return ok(_.message("None is on."), foreign=foreign)

    def _look_at_failures(self) -> HealthAnswer:
        """Ask every plugin what it offers, and see which failed now or before."""
        for hook in CONTRIBUTIONS:
            self._host.survey(hook)
        failures = {
            (each.plugin.partition(".")[0], each.place, each.problem): each
            for each in self._host.failures
        }
        plugins = [each.name for each in self._found if each.state is State.ON]
        data = {"on": plugins, "failures": [_facts(each) for each in failures.values()]}
        if failures:
            names = [f"{name} ({place}: {problem})" for name, place, problem in sorted(failures)]
            return failed(
                _.message("These plugins failed: {names}", names=", ".join(names)),
                _.message(
                    "hilum plugins list says why; hilum plugins disable NAME switches one off."
                ),
                **data,
            )
        if not plugins:
            return failed(
                _.message("No plugin is on: Hilum can do nothing by itself."),
                _.message("Install Hilum's plugins, or switch them on: hilum plugins list"),
                **data,
            )
        return ok(_.message("All work: {names}", names=", ".join(plugins)), **data)


def _facts(failure: PluginFailure) -> dict[str, object]:
    return {"plugin": failure.plugin, "place": failure.place, "error": failure.kind}
