"""Turning an error into words, a document and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click
from click.exceptions import NoArgsIsHelpError
from hilum_hookspecs import Finding, HilumError, RecordInvalid
from hilum_hookspecs.words import show

from hilum.catalogue import Words, exit_code, unexplained, words_for
from hilum.failures import CodedError, Redact, is_ours, places
from hilum.host import failed_in_call
from hilum.plugins import blamed_plugin
from hilum.words import _

from .options import OPTIONS
from .output import CliOutput

if TYPE_CHECKING:
    from .app import App

_DEFECT, _USAGE, _CANCELLED = 1, 2, 130
"""Exit codes."""


def report(
    error: BaseException,
    app: App | None,
    output: CliOutput,
    argv: Sequence[str],
    *,
    verbose: bool,
) -> int:
    """Show *error* and return the exit code that its code asks for."""
    if isinstance(error, NoArgsIsHelpError) and not output.as_json:
        print(error.format_message())  # the help page
        return 2
    ours, words = _in_words(error, app, argv)
    surprise = None if _says_all(error) or _is_recorded(app, error) else error
    redact = _redactor(app, error)
    if not _log(app, ours, surprise, redact) and verbose and surprise is not None:
        print("".join(places(surprise, redact)), end="", file=sys.stderr)
    if ours.code == "cancelled" and not output.as_json:
        return 130
    findings = ours.findings if isinstance(ours, RecordInvalid) else ()
    details = dict(ours.details)
    if findings:
        details["findings"] = [_finding(each) for each in findings]
    document = {
        "code": ours.code,
        "message": words.message,
        "remedy": words.remedy,
        "details": details,
    }
    lines = [words.message, *(_line(each) for each in findings), words.remedy]
    output.error(document, [line for line in lines if line])
    return exit_code(ours)


def _in_words(
    error: BaseException, app: App | None, argv: Sequence[str]
) -> tuple[CodedError, Words]:
    """Return *error* as one of ours, whatever it was, and its words."""
    if is_ours(error):
        return error, _explained(error, app)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        ours = HilumError("cancelled")
    elif isinstance(error, click.ClickException):
        return _usage(error, argv)
    else:
        plugin = blamed_plugin(app.host, error) if app is not None else None
        kind = type(error).__name__
        ours = failed_in_call(plugin, error) if plugin else HilumError("defect", type=kind)
    return ours, words_for(ours)


def _explained(error: CodedError, app: App | None) -> Words:
    """Return the words of *error*; a plugin that brings none for its own code is named."""
    if not unexplained(error) or app is None or not isinstance(error, BaseException):
        return words_for(error)
    plugin = blamed_plugin(app.host, error)
    if plugin is None:
        return words_for(error)
    return Words(
        _(
            "The plugin {plugin} refused this without saying why ({code}).",
            plugin=plugin,
            code=error.code,
        ),
        _(
            "Ask whoever makes the plugin; hilum plugins disable {plugin} switches it off.",
            plugin=plugin,
        ),
    )


def _usage(error: click.ClickException, argv: Sequence[str]) -> tuple[CodedError, Words]:
    """Keep click's own sentence, in the language of now; add what to do."""
    details: dict[str, object] = {}
    code = "usage.invalid"
    if isinstance(error, click.NoSuchOption):
        code = "usage.unknown-option"
        near = _near(error.option_name, error.possibilities or ())
        error.possibilities = [near] if near else None  # type: ignore[misc]  # click's are too far
        details.update(option=error.option_name, nearest=near)
    elif name := getattr(error, "command_name", None):  # its class is younger than click 8.2
        known = getattr(error, "possibilities", None) or ()
        ours = HilumError("usage.unknown-command", command=name, nearest=_near(name, known))
        return ours, words_for(ours)
    elif isinstance(error, click.MissingParameter):
        code = "usage.missing-parameter"
        details["name"] = error.param.name if error.param is not None else error.param_hint
    elif isinstance(error, NoArgsIsHelpError):
        ours = HilumError("usage.missing-command")
        return ours, words_for(ours)
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context is not None else _command_path(argv)
    remedy = _("{command} --help shows how it is used.", command=path)
    if details.get("option") in [option.flag for option in OPTIONS]:
        remedy = _("{option} stands before the command: hilum {option} ...", **details)
    ours = HilumError(code)
    ours.details.update(details)
    return ours, Words(error.format_message(), remedy)


def _command_path(argv: Sequence[str]) -> str:
    """Name the command of *argv*, for errors of click that do not."""
    from itertools import takewhile

    from .options import read_ahead

    command = read_ahead(argv).command
    rest = argv[argv.index(command) :] if command in argv else ()
    return " ".join(["hilum", *takewhile(lambda word: not word.startswith("-"), rest[:2])])


def _near(word: str, known: Iterable[str]) -> str | None:
    """Return the option or command of *known* that is like *word* besides its dashes."""
    from hilum.spelling import nearest

    by_name = {each.lstrip("-"): each for each in known}
    found = nearest(word.lstrip("-"), by_name)
    return by_name[found] if found else None


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "provider_id": finding.provider_id,
        "code": finding.code,
        "severity": finding.severity.value,
        "field": finding.field,
        "message": show(finding.message),
        "fix": show(finding.fix) if finding.fix else None,
    }


def _line(finding: Finding) -> str:
    fix = f" {show(finding.fix)}" if finding.fix else ""
    return f"- {show(finding.message)}{fix}"


def _says_all(error: BaseException) -> bool:
    """Tell whether *error* is a refusal of ours with nothing foreign behind it."""
    cause = error.__cause__
    foreign = cause is not None and not is_ours(cause)
    known = is_ours(error) and error.code not in ("defect", "plugin.failed")
    return (known or isinstance(error, click.ClickException | KeyboardInterrupt)) and not foreign


def _is_recorded(app: App | None, error: BaseException) -> bool:
    """Tell whether the host wrote down, with its places, what is behind *error*."""
    if app is None or "host" not in app.__dict__ or error.__cause__ is None:
        return False
    return any(failure.error is error.__cause__ for failure in app.host.failures)


def _redactor(app: App | None, error: BaseException) -> Redact | None:
    """Return what redacts the words of *error*, if they are a third party's; ours stay unsaid."""
    if app is None or "host" not in app.__dict__:
        return None
    plugin = blamed_plugin(app.host, error)
    return None if plugin is None or app.host.ours(plugin) else app.redactor


def _log(
    app: App | None, ours: CodedError, surprise: BaseException | None, redact: Redact | None
) -> bool:
    """Keep what ended the run, and where a *surprise* arose; tell whether it was kept.

    With ``--verbose`` the log is seen. A run that did not come as far as any work keeps only a
    defect.
    """
    if app is None:
        return False
    code = exit_code(ours)
    if code == _DEFECT:
        app.start_log()
    if not app.keeps_log or code in (_USAGE, _CANCELLED):
        return False
    from hilum.failures import log_end

    log_end(f"{app.options.command}: {ours.code}", surprise, redact)
    return True
