"""What each command does: read what was typed, do it, show the result."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hilum_hookspecs import ConfigurationError, PluginContext

from .new_pin import new_pin
from .registry import RegisteredProvider
from .typed import dates, inami, invalid, needed, niss, profession
from .words import _

if TYPE_CHECKING:
    from hilum_ehealth.testing.authority import KeyType

    from .materials import Person
    from .serving import StartOptions
    from .state import State


_PEOPLE = _.message(
    "The file holds an object by NISS, such as {example}",
    example='{"85073003328": {"surname": "Example", "given_names": ["Alice"], "professions": '
    '{"physiotherapist": "54123426501"}}}',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A person as typed: somebody registered, or with names."""

    niss: str
    surname: str = ""
    given_names: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeystoreOptions:
    """What kind of keystore is wanted."""

    key: KeyType = "rsa"
    stage: Literal["complete", "no-encryption-key", "incomplete"] = "complete"
    old: bool = False
    valid_days: int | None = None
    folder: Path | None = None
    force: bool = False
    """It may take the place of another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOptions:
    """What kind of card is wanted, and where."""

    key: KeyType = "ec"
    file: Path | None = None
    module: Path | None = None
    slot: int | None = None
    force: bool = False
    """A file may take the place of another one."""


class Commands:
    """The commands ``hilum simulator ...`` over one state folder."""

    def __init__(self, context: PluginContext[Any], folder: Path | None) -> None:
        self._context = context
        self._folder = folder

    def start(self, options: StartOptions) -> None:
        """Serve until stopped."""
        from .serving import serve
        from .state import State

        serve(
            State.open(self._where()),
            options,
            clock=self._context.clock,
            output=self._context.output,
            person=sys.stdout.isatty(),
        )

    def add_provider(
        self, identity: Identity, professions: Sequence[str], pharmacies: Sequence[str]
    ) -> None:
        """Make the platform know a person."""
        provider = RegisteredProvider(
            niss=niss(identity.niss),
            surname=needed("surname", identity.surname),
            given_names=tuple(needed("given-names", identity.given_names).split()),
            professions=dict(map(profession, professions)),
            pharmacies=tuple(inami(number, 8) for number in pharmacies),
        )
        self._added([provider])

    def add_providers(self, file: Path) -> None:
        """Make the platform know everybody in a JSON file, an object by NISS."""
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            providers = [
                RegisteredProvider.from_json(niss(number), entry)
                for number, entry in content.items()
            ]
        except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
            raise invalid("file", str(file), _PEOPLE) from error
        self._added(providers)

    def list_providers(self) -> None:
        """Say whom the platform knows."""
        providers = self._existing().registry().all()
        self._context.output.show(
            {"providers": [_provider_document(each) for each in providers]},
            [_provider_line(each) for each in providers],
        )

    def new_keystore(self, identity: Identity, options: KeystoreOptions) -> None:
        """Write a keystore as eHealth's own tool does; raises ``usage.file-exists``."""
        from hilum_ehealth.keystore import Stage

        from .materials import keystore_name, make_holder, write_keystore

        state = self._state()
        person = self._person(state, identity)
        now = self._context.clock.now()
        folder = options.folder or state.folder / "keystores"
        _check_free(folder / keystore_name(person, now), force=options.force)
        password = self._context.prompter.new_secret(
            "new-keystore-password", _.message("Password of the new keystore")
        )
        not_before, not_after = dates(now, options.valid_days)
        holder = make_holder(
            state.pki(now),
            person,
            key_type=options.key,
            not_before=not_before,
            not_after=not_after,
        )
        path = write_keystore(
            folder,
            person,
            holder,
            password=password,
            at=now,
            stage=Stage(options.stage),
            old=options.old,
        )
        ends = holder.certificate.not_valid_after_utc
        self._context.output.show(
            {"file": str(path), "stage": options.stage, "not_after": ends.isoformat()},
            [_("Keystore written: {path}", path=path)],
        )

    def new_card(self, identity: Identity, options: CardOptions) -> None:
        """Make an identity card: a file, or the content of a PKCS#11 token.

        Raises ``usage.file-exists``.
        """
        from .materials import make_card

        if options.module is not None and options.file is not None:
            remedy = _.message("Leave out --file or --module: a card is one or the other.")
            raise invalid("file", str(options.file), remedy)
        state = self._state()
        person = self._person(state, identity)
        path = (options.file or state.card).absolute()
        if options.module is None:
            _check_free(path, force=options.force)
        pin = new_pin(self._context.prompter)
        card = make_card(state.pki(self._context.clock.now()), person, key_type=options.key)
        if options.module is not None:
            self._fill_token(options.module, options.slot, person, card, pin)
            return
        from .materials import write_software_card

        serial = write_software_card(path, person, card, pin=pin)
        self._context.output.show(
            {"file": str(path), "serial": serial},
            [
                _("Card written: {path}", path=path),
                _('Put it in the reader: [ehealth_auth] software_card = "{path}"', path=path),
            ],
        )

    def switch(self, assignment: str, *, on: bool, service: str | None) -> None:
        """Turn a switch on or off."""
        name, given, value = assignment.partition("=")
        state = self._existing()
        if on:
            state.switches().set(name, value if given else None, service=service)
        else:
            state.switches().clear(name)
        self._show_switches(state)

    def show_switches(self) -> None:
        """Say which switches are on."""
        self._show_switches(self._existing())

    def clear_switches(self) -> None:
        """Turn every switch off."""
        state = self._existing()
        state.switches().clear()
        self._show_switches(state)

    def _state(self) -> State:
        """Open the state folder, and say so when it had to be made."""
        from .state import State

        folder = self._where()
        made = not State(folder).is_made()
        state = State.open(folder)
        if made:
            self._context.output.note(
                _("A new state folder of a simulator was made: {state}", state=folder)
            )
        return state

    def _existing(self) -> State:
        from .state import State

        return State.open(self._where(), make=False)

    def _where(self) -> Path:
        return (self._folder or self._context.folder()).absolute()

    def _person(self, state: State, identity: Identity) -> Person:
        from .materials import Person

        number = niss(identity.niss)
        known = state.registry().find(number)
        if known is None:
            surname = needed("surname", identity.surname)
            given_names = tuple(needed("given-names", identity.given_names).split())
            return Person(niss=number, surname=surname, given_names=given_names)
        person = Person(niss=number, surname=known.surname, given_names=known.given_names)
        if identity.surname:
            person = replace(person, surname=identity.surname)
        if identity.given_names:
            person = replace(person, given_names=tuple(identity.given_names.split()))
        return person

    def _fill_token(
        self, module: Path, slot: int | None, person: Person, card: Any, pin: str
    ) -> None:
        from .materials import load_card_into_token

        so_pin = self._context.prompter.new_secret(
            "token-so-pin", _.message("Security officer's PIN of the token")
        )
        try:
            serial = load_card_into_token(module, person, card, pin=pin, so_pin=so_pin, slot=slot)
        except RuntimeError as error:
            raise ConfigurationError(
                "simulator.token-not-written",
                message=_.message("The token could not be written: {problem}", problem=str(error)),
                module=str(module),
                problem=str(error),
            ) from error
        self._context.output.show(
            {"module": str(module), "serial": serial},
            [_("Token written: {module}, serial number {serial}", module=module, serial=serial)],
        )

    def _added(self, providers: Sequence[RegisteredProvider]) -> None:
        registry = self._state().registry()
        for provider in providers:
            registry.add(provider)
        self._context.output.show(
            {"providers": [_provider_document(each) for each in providers]},
            [_("Known now: {who}", who=_provider_line(each)) for each in providers],
        )

    def _show_switches(self, state: State) -> None:
        settings = state.switches().settings()
        if not state.is_running():
            self._context.output.note(
                _(
                    "No simulator runs on {state}; the next one started there obeys the switches.",
                    state=state.folder,
                )
            )
        self._context.output.show(
            {
                "switches": {
                    name: {"value": setting.value, "service": setting.service}
                    for name, setting in settings.items()
                }
            },
            [_switch_line(name, setting) for name, setting in settings.items()]
            or [_("Every switch is off.")],
        )


def _check_free(path: Path, *, force: bool) -> None:
    """Refuse to take the place of a file; raises ``usage.file-exists``."""
    if os.path.lexists(path) and not force:
        raise ConfigurationError("usage.file-exists", path=str(path), option="--force")


def _switch_line(name: str, setting: Any) -> str:
    text = f"{name}={setting.value}" if setting.value else name
    return f"{text} ({setting.service})" if setting.service else text


def _provider_document(provider: RegisteredProvider) -> dict[str, object]:
    return {"niss": provider.niss, **provider.to_json()}


def _provider_line(provider: RegisteredProvider) -> str:
    names = f"{' '.join(provider.given_names)} {provider.surname}"
    professions = ", ".join(f"{name} {inami}" for name, inami in provider.professions.items())
    return f"{provider.niss}  {names}  {professions}".rstrip()
