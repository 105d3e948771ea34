"""``hilum doctor``: look at everything a session needs, name what is wrong, mend what is safe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from hilum_hookspecs import HilumError

from hilum.words import _

from .doctor_shown import CheckPrinter, document, fix_lines, last_lines

if TYPE_CHECKING:
    from hilum.services.health.reports import CheckReport, Sourced
    from hilum.services.health.service import HealthService

    from .app import App

SOMETHING_TO_DO = 3
"""The exit code when a check failed or warns."""


def build(app: App) -> click.Command:
    """Make the command in the language of now."""

    @click.command(
        "doctor",
        help=_(
            "Look at everything a session needs: card, clock, eHealth, trust, data, plugins. Says "
            "what is wrong and what to do; asks for no password and no PIN. Exit code 0 when all "
            "is well, 3 when there is something to do."
        ),
    )
    @click.option(
        "--only",
        multiple=True,
        metavar=_("CHECK"),
        help=_("Only this check (card, clock, endpoint, trust, database ...); can be repeated."),
    )
    @click.option(
        "--fix", is_flag=True, help=_("Mend what is safe: modes of our files, left-over files.")
    )
    @click.option("--dry-run", is_flag=True, help=_("With --fix: only say what would be done."))
    def doctor(only: tuple[str, ...], fix: bool, dry_run: bool) -> int:
        if dry_run and not fix:
            raise click.UsageError(_("--dry-run goes with --fix."))
        return _examine(app, only, fix=fix, dry_run=dry_run)

    return doctor


def _examine(app: App, only: Sequence[str], *, fix: bool, dry_run: bool) -> int:
    from hilum.services.health.reports import all_well

    app.prompter.look_only()
    environment = _named_environment(app)
    doctor = app.health
    checks = doctor.checks(only)
    app.progress.step(_.message("Looking; this takes a few seconds"))
    reports = _run(app, doctor, checks)
    fixes = doctor.mend(reports, dry_run=dry_run) if fix else ()
    if fixes and not dry_run:
        reports = doctor.run(doctor.checks(only))  # anew: what was mended may have stopped others
    if app.output.as_json:
        app.output.show(document(environment, reports, fixes, dry_run=dry_run), [])
    else:
        for line in (*fix_lines(fixes), *last_lines(reports, fixes, fix=fix)):
            app.output.stream({}, line)
    return 0 if all_well(reports) else SOMETHING_TO_DO


def _run(app: App, doctor: HealthService, checks: Sequence[Sourced]) -> Sequence[CheckReport]:
    """Look, and show each check to a person as soon as those before it are shown."""
    if app.output.as_json:
        return doctor.run(checks, cancelled=app.progress.cancelled)
    printer = CheckPrinter([each.check for each in checks], app.output)
    return doctor.run(checks, on_check=printer.show, cancelled=app.progress.cancelled)


def _named_environment(app: App) -> str | None:
    """Have the environment named in every result; ``None`` with settings that cannot be used."""
    try:
        app.check()
    except HilumError:
        return None  # the check of the settings says it
    app.name_environment()
    return app.environment.name
