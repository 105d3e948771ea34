"""The commands ``hilum simulator ...`` and ``hilum demo``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hilum_hookspecs import NoSettings, PluginContext, hookimpl
from hilum_hookspecs.cli import CliCommand

from .words import _

if TYPE_CHECKING:
    import click

    from .commands import Commands

SIMULATOR = _.message("The eHealth platform in a box, for demonstrations and tests.")
DEMO = _.message("Show the whole journey on the simulator; nothing is left behind.")

Make = Callable[[Path | None], "Commands"]


class CliPlugin:
    """The plugin's commands; each reads its options and hands on to :mod:`.commands`."""

    def __init__(self, context: PluginContext[NoSettings]) -> None:
        self._context = context

    @hookimpl
    def hilum_cli_commands(self) -> Iterable[CliCommand]:
        """Add ``simulator`` and ``demo``."""
        yield CliCommand(name="simulator", summary=SIMULATOR, build=self._simulator)
        yield CliCommand(name="demo", summary=DEMO, build=self._demo)

    def _commands(self, state: Path | None) -> Commands:
        from .commands import Commands

        return Commands(self._context, state)

    def _simulator(self) -> click.Group:
        import click

        group = click.Group("simulator", help=_(SIMULATOR.id))
        group.add_command(_start(self._commands))
        group.add_command(_provider(self._commands))
        group.add_command(_keystore(self._commands))
        group.add_command(_card(self._commands))
        group.add_command(_switch(self._commands))
        return group

    def _demo(self) -> click.Command:
        import click

        @click.command("demo", help=_(DEMO.id))
        def demo() -> None:
            from .demo import run_demo

            run_demo(self._context)

        return demo


def _start(make: Make) -> click.Command:
    import click

    @click.command("start", help=_("Start the platform; it runs until it is stopped (Ctrl-C)."))
    @_state
    @click.option("--port", type=click.IntRange(0, 65535), default=0, help=_("0: a free one."))
    @click.option("--eid-hours", type=_hours(), help=_("Longest session with the card (24)."))
    @click.option(
        "--fallback-hours", type=_hours(), help=_("Longest session without the card (12).")
    )
    @click.option(
        "--pkcs11-module", type=_path(), help=_("Card module to name in the settings file.")
    )
    @click.option(
        "--software-card", type=_path(), help=_("Software card to name in the settings file.")
    )
    def start(state: Path | None, **options: Any) -> None:
        from .serving import StartOptions

        make(state).start(StartOptions(**options))

    return start


def _provider(make: Make) -> click.Command:
    import click

    group = click.Group("provider", help=_("Whom the platform knows."))

    @group.command("add", help=_("Make the platform know a person, or all in a JSON file."))
    @_state
    @_identity(required=False)
    @click.option(
        "--profession",
        "professions",
        metavar="PROFESSION=INAMI",
        multiple=True,
        help=_("A profession with its INAMI number of eleven digits. Repeatable."),
    )
    @click.option(
        "--pharmacy",
        "pharmacies",
        multiple=True,
        help=_("INAMI number of a pharmacy that the person holds. Repeatable."),
    )
    @click.option("--file", type=_path(), help=_("JSON file: an object by NISS."))
    def add(
        state: Path | None,
        file: Path | None,
        professions: tuple[str, ...],
        pharmacies: tuple[str, ...],
        **person: Any,
    ) -> None:
        from .commands import Identity

        if file is not None:
            make(state).add_providers(file)
        else:
            identity = Identity(**{**person, "niss": person["niss"] or ""})
            make(state).add_provider(identity, professions, pharmacies)

    @group.command("list", help=_("Say whom the platform knows."))
    @_state
    def list_(state: Path | None) -> None:
        make(state).list_providers()

    return group


def _keystore(make: Make) -> click.Command:
    import click

    group = click.Group("keystore", help=_("eHealth keystores of made-up persons."))

    @group.command("new", help=_("Write a keystore as eHealth's own tool does."))
    @_state
    @_identity(required=True)
    @click.option("--folder", type=_path(), help=_("Where; by default in the state folder."))
    @click.option("--key", type=click.Choice(["rsa", "ec"]), default="rsa")
    @click.option(
        "--stage",
        type=click.Choice(["complete", "no-encryption-key", "incomplete"]),
        default="complete",
    )
    @click.option("--old", is_flag=True, help=_("In the form of before 2023."))
    @click.option("--valid-days", type=int, help=_("Days until it ends; may be negative."))
    @_force
    def new(state: Path | None, niss: str, surname: str, given_names: str, **options: Any) -> None:
        from .commands import Identity, KeystoreOptions

        identity = Identity(niss=niss, surname=surname, given_names=given_names)
        make(state).new_keystore(identity, KeystoreOptions(**options))

    return group


def _card(make: Make) -> click.Command:
    import click

    group = click.Group("card", help=_("Identity cards of made-up persons."))

    @group.command("new", help=_("Make a card in a file, or fill an empty PKCS#11 token."))
    @_state
    @_identity(required=True)
    @click.option("--file", type=_path(), help=_("Where; by default in the state folder."))
    @click.option("--module", type=_path(), help=_("PKCS#11 module whose token is filled."))
    @click.option("--slot", type=int, help=_("Slot of the token; by default the first empty one."))
    @click.option("--key", type=click.Choice(["rsa", "ec"]), default="ec")
    @_force
    def new(state: Path | None, niss: str, surname: str, given_names: str, **options: Any) -> None:
        from .commands import CardOptions, Identity

        identity = Identity(niss=niss, surname=surname, given_names=given_names)
        make(state).new_card(identity, CardOptions(**options))

    return group


def _switch(make: Make) -> click.Command:
    import click

    from .switches import SERVICES, SWITCHES

    text = _("Make a running platform refuse or fail. Without a name: what is on.")
    names = _("Switches: {names}.", names=", ".join(SWITCHES))

    @click.command("switch", help=f"{text}\n\n{names}")
    @_state
    @click.argument("name", metavar="[NAME[=VALUE]]", required=False)
    @click.argument("position", type=click.Choice(["on", "off"]), default="on")
    @click.option("--service", type=click.Choice(SERVICES), help=_("For one service alone."))
    @click.option("--all-off", is_flag=True, help=_("Turn every switch off."))
    def switch(
        state: Path | None, name: str | None, position: str, service: str | None, all_off: bool
    ) -> None:
        commands = make(state)
        if all_off:
            commands.clear_switches()
        elif name is None:
            commands.show_switches()
        else:
            commands.switch(name, on=position == "on", service=service)

    return switch


def _state(command: Callable[..., None]) -> Callable[..., None]:
    import click

    return click.option(
        "--state", type=_path(), help=_("State folder; by default in the data folder.")
    )(command)


def _force(command: Callable[..., None]) -> Callable[..., None]:
    import click

    return click.option("--force", is_flag=True, help=_("The file may take the place of another."))(
        command
    )


def _identity(*, required: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add the options that say who a person is."""
    import click

    def with_options(command: Callable[..., None]) -> Callable[..., None]:
        for option in (
            click.option("--given-names", default="", help=_("First names; known for a provider.")),
            click.option("--surname", default="", help=_("Last name; known for a provider.")),
            click.option("--niss", required=required, help=_("NISS of the person.")),
        ):
            command = option(command)
        return command

    return with_options


def _path() -> click.Path:
    import click

    return click.Path(path_type=Path)


def _hours() -> click.FloatRange:
    import click

    return click.FloatRange(0, min_open=True)
