"""Asking the person at the terminal, unless a script answered beforehand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from hilum_hookspecs import ConfigurationError, Message, SecretMissing, UserCancelled
from hilum_hookspecs.words import show

from hilum.words import _

from .secrets import GivenSecrets

if TYPE_CHECKING:
    from hilum_hookspecs import Choice

YES: Final = frozenset({"y", "yes", "o", "oui", "j", "ja"})
NO: Final = frozenset({"", "n", "no", "non", "nein", "nee"})
"""Answers to a question, understood in every language; none given means no."""

FOR_LOOKING: Final = frozenset({"database-password"})
"""What may be needed to see how things are."""


class CliPrompter:
    """The port ``Prompter`` on a terminal; questions go to standard error.

    *heard* is told every secret that was answered, so that it can be kept out of the log.
    """

    def __init__(
        self,
        given: GivenSecrets,
        *,
        interactive: bool,
        heard: Callable[[str], None] = lambda secret: None,
    ) -> None:
        self._given = given
        self._interactive = interactive
        self._heard = heard
        self._wanted: set[str] = set()
        self._answered: Collection[str] | None = None

    def look_only(self) -> None:
        """Ask nobody from now on, and answer no secret but :data:`FOR_LOOKING`.

        For the doctor, which looks in several threads, at plugins of third parties too.
        """
        self._interactive = False
        self._answered = FOR_LOOKING

    def secret(self, name: str, label: Message) -> str:
        """Return the secret that was given, else ask for it without showing it."""
        self._wanted.add(name)
        if self._is_given(name):
            return self._kept_out(self._given[name])
        self._need_person(name)
        return self._kept_out(_typed(show(label), hidden=True))

    def new_secret(self, name: str, label: Message) -> str:
        """Return the new secret that was given, else ask until it was typed twice alike."""
        self._wanted.add(name)
        if self._is_given(name):
            return self._kept_out(self._given[name])
        self._need_person(name)
        while True:
            first = _typed(show(label), hidden=True)
            if _typed(_("{label} (again)", label=show(label)), hidden=True) == first:
                return self._kept_out(first)
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
        answers = _("y/N")
        question = f"{show(label)} [{answers}]"
        while True:
            answer = _typed(question, hidden=False, default="", show_default=False)
            if answer.strip().casefold() in YES:
                return True
            if answer.strip().casefold() in NO:
                return False
            _say(_("Answer yes or no."))

    def attended(self) -> bool:
        """Tell whether a person sits at the terminal and may be asked."""
        return self._interactive

    def _kept_out(self, secret: str) -> str:
        self._heard(secret)
        return secret

    def _is_given(self, name: str) -> bool:
        return name in self._given and (self._answered is None or name in self._answered)

    def _need_person(self, name: str) -> None:
        if self._interactive:
            return
        error = SecretMissing(name)
        unused = sorted(self._given.names - self._wanted)
        if unused:
            from hilum.spelling import nearest

            error.details.update(unused=unused, nearest=nearest(name, unused))
        raise error


def _typed(label: str, *, hidden: bool, **options: Any) -> str:
    import click

    with _walking_away(hidden=hidden):
        answer: str = click.prompt(
            label, hide_input=hidden, err=True, type=str, prompt_suffix=_(": "), **options
        )
        return answer


def _say(text: str) -> None:
    import click

    click.echo(text, err=True)


@contextmanager
def _walking_away(*, hidden: bool) -> Iterator[None]:
    """Turn Ctrl-C and the end of the input into our error, on a line of its own."""
    import click

    try:
        yield
    except (click.Abort, EOFError, KeyboardInterrupt):
        if not hidden:  # click itself ends the line of a hidden answer
            click.echo(err=True)
        raise UserCancelled from None
