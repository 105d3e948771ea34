"""Reading the arguments, running one command, turning every error into words once."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, TextIO

import click
from hilum_hookspecs.words import language, set_language

from .app import App
from .click_words import speaking
from .options import GlobalOptions, read_ahead
from .output import CliOutput, OutputLost
from .tree import CommandTree

if TYPE_CHECKING:
    from hilum_hookspecs.ports import Clock

COMPLETE = "_HILUM_COMPLETE"
"""The variable by which a shell asks for completions (click's own protocol)."""


def run(
    argv: Sequence[str],
    *,
    environ: MutableMapping[str, str],
    stdin: TextIO,
    stdout: TextIO,
    stderr: TextIO,
    clock: Clock | None = None,
    secrets: Mapping[str, str] | None = None,
    tty: bool | None = None,
    on_step: Callable[[str], None] | None = None,
    plugins: Mapping[str, type] | None = None,
) -> int:
    """Run ``hilum ARGV`` and return the exit code; nothing is raised but ``OSError`` of *stdout*.

    *secrets* are answered by name, instead of ``--secret``; *tty* says whether somebody can be
    asked (by default: whether *stdin* is a terminal); *on_step* hears the steps of long work;
    *plugins* are classes by name that take part instead of the installed ones.
    Variables that ``--secret NAME=env:VARIABLE`` names are removed from *environ*.
    """
    options = read_ahead(argv)
    with _kept_pure(stdout, pure=options.as_json) as kept:
        return _run(
            argv,
            options,
            environ=environ,
            stdin=stdin,
            stdout=kept,
            stderr=stderr,
            clock=clock,
            secrets=secrets,
            tty=tty,
            on_step=on_step,
            plugins=plugins,
        )


def _run(
    argv: Sequence[str],
    options: GlobalOptions,
    *,
    environ: MutableMapping[str, str],
    stdin: TextIO,
    stdout: TextIO,
    stderr: TextIO,
    clock: Clock | None,
    secrets: Mapping[str, str] | None,
    tty: bool | None,
    on_step: Callable[[str], None] | None,
    plugins: Mapping[str, type] | None,
) -> int:
    output = CliOutput(stdout=stdout, stderr=stderr, as_json=options.as_json, quiet=options.quiet)
    app: App | None = None
    # With --json only our own output reaches standard output: what anybody prints is held back.
    printed = io.StringIO() if options.as_json else None
    is_help = False
    seen = stdout if printed is None else printed
    with _surroundings(stdin, seen, stderr) as surroundings:
        try:
            app = App(
                options,
                environ=environ,
                output=output,
                secrets=secrets,
                interactive=not options.no_input and (stdin.isatty() if tty is None else tty),
                clock=clock,
                on_step=on_step,
                plugins=plugins,
            )
            surroundings.enter_context(speaking(language()))
            if options.verbose:
                from .logs import log_to

                surroundings.enter_context(log_to(stderr, app))
            code, is_help = _command(app, argv, environ)
        except (BrokenPipeError, OutputLost):
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001  # shown here
            # The one place where errors become words; nothing may pass it.
            from .report import report

            code = report(error, app, output, argv, verbose=options.verbose)
        finally:
            if app is not None:
                app.close()
        _pass_on(printed, output, is_help=is_help)
    return code


def _command(app: App, argv: Sequence[str], environ: Mapping[str, str]) -> tuple[int, bool]:
    """Run the command; return its exit code, and whether it only showed how it is used."""
    tree = CommandTree(app)
    if COMPLETE in environ:
        return _complete(tree, app, environ[COMPLETE]), True
    try:
        with tree.make_context("hilum", list(argv), obj=app) as context:
            gc.enable()  # the start is over, see hilum.cli.main
            result = tree.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code, True
    return (result if isinstance(result, int) else 0), False


def _complete(tree: CommandTree, app: App, wanted: str) -> int:
    """Answer a shell: ``bash_source`` is the script to load, ``bash_complete`` a question."""
    from click.shell_completion import get_completion_class

    shell, _, instruction = wanted.partition("_")
    known = get_completion_class(shell)
    if known is None or instruction not in ("source", "complete"):
        return 2
    completion = known(tree, {"obj": app}, "hilum", COMPLETE)
    print(completion.source() if instruction == "source" else completion.complete())
    return 0


@contextmanager
def _kept_pure(stdout: TextIO, *, pure: bool) -> Iterator[TextIO]:
    """Return the stream for our own output: with *pure*, nobody else reaches it.

    What writes to the descriptor of standard output itself, a library or another program that is
    started, is led to standard error meanwhile.
    """
    if not pure or stdout is not sys.__stdout__ or not _descriptor(stdout, 1):
        yield stdout
        return
    stdout.flush()
    with os.fdopen(os.dup(1), "w", encoding=stdout.encoding, errors=stdout.errors) as kept:
        os.dup2(2, 1)
        try:
            yield kept
        finally:
            os.dup2(kept.fileno(), 1)


def _descriptor(stream: TextIO, number: int) -> bool:
    """Tell whether *stream* is on descriptor *number*, and standard error is there as well."""
    try:
        os.fstat(2)
        return stream.fileno() == number
    except (OSError, ValueError):
        return False


@contextmanager
def _surroundings(stdin: TextIO, stdout: TextIO, stderr: TextIO) -> Iterator[ExitStack]:
    """Give the run its streams and its language, and put the old ones back."""
    before = language()
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(stdout))
        stack.enter_context(redirect_stderr(stderr))
        stack.callback(set_language, before)
        stack.callback(setattr, sys, "stdin", sys.stdin)
        sys.stdin = stdin
        yield stack


def _pass_on(printed: io.StringIO | None, output: CliOutput, *, is_help: bool) -> None:
    """Show a text that was held back: a help page as the result, any other one as a note."""
    text = printed.getvalue() if printed is not None else ""
    is_help = is_help and bool(text.strip()) and not output.shown
    if printed is not None and not output.shown:
        output.show({"help": text} if is_help else {}, [])
    if text.strip() and not is_help:
        output.note(text.rstrip("\n"))
