"""``hilum support``: a bundle for whoever helps, shown before it is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click
from hilum_hookspecs import ConfigurationError, HilumError

from hilum.words import _

from .prompter import CliPrompter
from .secrets import GivenSecrets

if TYPE_CHECKING:
    from hilum.failures import PluginFailure
    from hilum.services.health.reports import CheckReport
    from hilum.services.support import Sources, SupportFile

    from .app import App


def build(app: App) -> click.Group:
    """Make the group in the language of now."""
    group = click.Group("support", help=_("Gather what somebody who helps needs to know."))
    group.add_command(_export(app))
    return group


def _export(app: App) -> click.Command:
    @click.command(
        "export",
        help=_(
            "Show what would be sent to support, ask, and write it to the new archive FILE (zip). "
            "No passwords, PINs, keys, numbers or names of persons are in it. What hilum doctor "
            "finds is part of it: for that eHealth's servers are asked whether they answer."
        ),
    )
    @click.argument("file", metavar=_("FILE"), type=click.Path(path_type=Path))
    @click.option("--show", is_flag=True, help=_("Show the content of each file too."))
    @click.option("--yes", is_flag=True, help=_("Do not ask."))
    @click.option("--dry-run", is_flag=True, help=_("Write nothing, only show."))
    def export(file: Path, show: bool, yes: bool, dry_run: bool) -> None:
        from hilum.services.support import bundle, refuse_existing, write
        from hilum.services.support_parts import PARTS

        refuse_existing(file)
        files = bundle(_sources(app), PARTS)
        document = {
            "file": file,
            "dry_run": dry_run,
            "files": [_document(each, show=show) for each in files],
        }
        if dry_run:
            app.output.show({**document, "written": False}, _lines(files, show=show))
            return
        if not app.output.as_json:
            for line in _lines(files, show=show):
                app.output.note(line)
        _agree(app, file, yes)
        write(file, files, app.clock.now())
        app.output.show({**document, "written": True}, [_("Written: {file}", file=file)])

    return export


def _agree(app: App, file: Path, yes: bool) -> None:
    question = _.message("Write this to {file}?", file=str(file))
    # Not the prompter of the plugins: a look of the doctor that was left alone may still ask it.
    person = CliPrompter(GivenSecrets(), interactive=app.interactive)
    if not yes and not person.confirm("support-export", question):
        raise ConfigurationError("usage.not-agreed", option="--yes")


def _sources(app: App) -> Sources:
    from hilum.services.support import Sources

    return Sources(
        redact=app.redactor,
        problem=lambda: _problem(app),
        environment=lambda: app.environment.name,
        settings=app.settings,
        plugins=lambda: app.found,
        failures=lambda: _failures(app),
        sessions=lambda: app.token_files.views(),
        database=cache(lambda: app.database_care.check()),
        doctor=lambda: _examined(app),
        log=app.log_path,
        data_folder=app.data_folder,
    )


def _problem(app: App) -> str | None:
    try:
        app.check()
    except HilumError as error:
        return error.code
    return None


def _failures(app: App) -> Sequence[PluginFailure]:
    """Ask every plugin for all that it offers, and return what went wrong."""
    from hilum.host import CONTRIBUTIONS

    for hook in CONTRIBUTIONS:
        app.host.survey(hook)
    return app.host.failures


def _examined(app: App) -> Sequence[CheckReport]:
    """Look as ``hilum doctor`` does, each look bounded in time; from now on nobody is asked."""
    app.prompter.look_only()
    app.progress.step(_.message("Looking; this takes a few seconds"))
    return app.health.run(app.health.checks(), cancelled=app.progress.cancelled)


def _document(file: SupportFile, *, show: bool) -> dict[str, object]:
    content = {"content": file.text} if show else {}
    return {"name": file.name, "size": file.size, **content}


def _lines(files: Sequence[SupportFile], *, show: bool) -> Iterator[str]:
    for each in files:
        yield _("{name}: {n} bytes", name=each.name, n=each.size)
        if show:
            yield from (f"    {line}" for line in each.text.splitlines())
