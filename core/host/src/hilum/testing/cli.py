"""Running the command line in a test."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hilum_hookspecs import CommandResult
from hilum_hookspecs.ports import Clock


class CliRunner:
    """Runs ``hilum`` inside the test's process, with a data folder that stays between runs.

    ``folder`` is the data folder, ``clock`` the clock of every run, ``plugins`` who takes part in
    every run when the call names nobody, and ``environ`` the environment variables of every run.
    With ``hilum_cli.plugins = None`` the installed plugins take part, Hilum's own among them; in a
    test of one that is not installed they are named beside it: ``{"acme.cli": CliPlugin,
    "provider_records": ProviderRecords}``. With ``--json`` what a command prints past
    ``context.output`` stands in ``errors``, else in ``output``.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        """The data folder; ``config.toml`` stands in it."""

        self.clock = clock
        self.plugins: dict[str, type] | None = {}
        """The plugins of every run, by name (``x`` and ``x.cli``); ``None`` takes those that are
        installed."""

        self.environ: dict[str, str] = {}
        """Environment variables of the run."""

    def __call__(
        self,
        *arguments: str,
        secrets: Mapping[str, str] | None = None,
        plugins: Mapping[str, type] | None = None,
        environ: Mapping[str, str] | None = None,
        tty: bool = False,
        typed: str = "",
        on_step: Callable[[str], None] | None = None,
    ) -> CommandResult:
        """Run ``hilum ARGUMENTS`` in English.

        *secrets* are answered by name; one that is missing ends with ``secret.missing``. *plugins*
        take the place of :attr:`plugins`, *environ* goes beside :attr:`environ`. *tty* plays a
        terminal, at which questions are asked; *typed* is what stands on standard input then: the
        answers, one a line. *on_step* hears each step of long work.
        """
        from hilum.cli.main import run

        output, errors = io.StringIO(), io.StringIO()
        code = run(
            arguments,
            environ={
                "HILUM_DATA_DIR": str(self.folder),
                "LANG": "en",
                **self.environ,
                **(environ or {}),
            },
            stdin=io.StringIO(typed),
            stdout=output,
            stderr=errors,
            clock=self.clock,
            secrets=secrets,
            tty=tty,
            on_step=on_step,
            plugins=plugins if plugins is not None else self.plugins,
        )
        return CommandResult(exit_code=code, output=output.getvalue(), errors=errors.getvalue())

    def json(self, *arguments: str, **options: Any) -> tuple[int, Any]:
        """Run with ``--json`` and return the exit code and the document."""
        result = self("--json", *arguments, **options)
        return result.exit_code, json.loads(result.output)

    def configure(self, text: str) -> None:
        """Write the settings file."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        (self.folder / "config.toml").write_text(text, encoding="utf-8")
