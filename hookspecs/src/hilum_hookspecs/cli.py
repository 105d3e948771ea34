"""Hook specifications of the command line. Importing this module does not import click."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .markers import hookspec

if TYPE_CHECKING:
    import click

    from .words import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class CliCommand:
    """A command that a plugin adds to ``hilum``."""

    name: str
    summary: Message
    """The line in the list of commands."""

    build: Callable[[], click.Command]
    """Makes the command or group when it is used or its help is shown, in the language of now."""

    under: str | None = None
    """A group of the host's to stand in: ``session`` for ``hilum session NAME``."""


class CliSpecs:
    """Hooks the command line calls."""

    @hookspec
    def hilum_cli_commands(self) -> Iterable[CliCommand]:
        """Add commands.

        Called once at the start of every command, so import nothing heavy. Two commands of one
        name are refused, both plugins named. A command parses, calls one use case of the plugin
        and shows the result through ``context.output``; it raises our errors and never exits.

        Example::

            >>> from hilum_hookspecs import hookimpl
            >>> from hilum_hookspecs.cli import CliCommand
            >>> from hilum_hookspecs.words import Message
            >>> class CliPlugin:
            ...     def __init__(self, context):
            ...         self._context = context
            ...
            ...     @hookimpl
            ...     def hilum_cli_commands(self):
            ...         summary = Message("acme", "Say hello")
            ...         yield CliCommand(name="hello", summary=summary, build=self._hello)
            ...
            ...     def _hello(self):
            ...         import click
            ...
            ...         @click.command("hello")
            ...         def hello():
            ...             self._context.output.show({"hello": "world"}, ["hello world"])
            ...
            ...         return hello
            >>> [command.name for command in CliPlugin(None).hilum_cli_commands()]
            ['hello']
        """
        return ()
