"""Asking the person at the terminal, unless a script answered beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hilum_hookspecs import ConfigurationError, Message, SecretMissing, UserCancelled
from hilum_hookspecs.words import show

from hilum.words import _

from .secrets import GivenSecrets

if TYPE_CHECKING:
    from hilum_hookspecs import Choice


class CliPrompter:
    """The port ``Prompter`` on a terminal; questions go to standard error."""

    def __init__(self, given: GivenSecrets, *, interactive: bool) -> None:
        self._given = given
        self._interactive = interactive

    def secret(self, name: str, label: Message) -> str:
        """Return the secret that was given, else ask for it without showing it."""
        if name in self._given:
            return self._given[name]
        self._need_person(name)
        return _typed(show(label), hidden=True)

    def new_secret(self, name: str, label: Message) -> str:
        """Return the new secret that was given, else ask until it was typed twice alike."""
        if name in self._given:
            return self._given[name]
        self._need_person(name)
        while True:
            first = _typed(show(label), hidden=True)
            if _typed(_("{label} (again)", label=show(label)), hidden=True) == first:
                return first
            _say(_("The two are not the same. Type it again."))

    def choose(self, name: str, label: Message, choices: Sequence[Choice]) -> str:
        """Ask for one of *choices*, by number or name.

        Raises ``usage.answer-missing`` when nobody can be asked.
        """
        names = [choice.name for choice in choices]
        if not self._interactive:
            raise ConfigurationError("usage.answer-missing", name=name, choices=names)
        _say(show(label))
        for number, choice in enumerate(choices, start=1):
            _say(f"  {number}  {show(choice.label)} ({choice.name})")
        while True:
            answer = _typed(_("Number or name"), hidden=False).strip()
            if answer in names:
                return answer
            if answer.isdecimal() and 1 <= int(answer) <= len(names):
                return names[int(answer) - 1]

    def confirm(self, name: str, label: Message) -> bool:
        """Ask yes or no; without a person the answer is no."""
        if not self._interactive:
            return False
        import click

        with _walking_away():
            return click.confirm(show(label), default=False, err=True)

    def _need_person(self, name: str) -> None:
        if not self._interactive:
            raise SecretMissing(name)


def _typed(label: str, *, hidden: bool) -> str:
    import click

    with _walking_away():
        answer: str = click.prompt(label, hide_input=hidden, err=True, type=str)
        return answer


def _say(text: str) -> None:
    import click

    click.echo(text, err=True)


@contextmanager
def _walking_away() -> Iterator[None]:
    """Turn Ctrl-C and the end of the input into our error."""
    import click

    try:
        yield
    except (click.Abort, EOFError, KeyboardInterrupt):
        raise UserCancelled from None
