"""Our own command line inside this process, for demonstrations."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, MutableMapping, Sequence

from hilum_hookspecs import CommandResult
from hilum_hookspecs.ports import Clock
from hilum_hookspecs.words import language

from .running import run


class InsideCommandLine:
    """The port ``CommandLine``: each run has a host, settings and streams of its own."""

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        self._environ = environ

    def run(
        self,
        arguments: Sequence[str],
        *,
        secrets: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        on_step: Callable[[str], None] | None = None,
    ) -> CommandResult:
        """Run ``hilum ARGUMENTS``; nobody is asked, *secrets* answer by name.

        The language is the one of now unless the arguments name another.
        """
        output, errors = io.StringIO(), io.StringIO()
        code = run(
            ["--lang", language(), *arguments],
            environ=dict(self._environ),
            stdin=io.StringIO(),
            stdout=output,
            stderr=errors,
            clock=clock,
            secrets=secrets or {},
            tty=False,
            on_step=on_step or (lambda text: None),
        )
        return CommandResult(exit_code=code, output=output.getvalue(), errors=errors.getvalue())
