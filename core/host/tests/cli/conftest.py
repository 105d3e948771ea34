"""Plugins with one command, for tests of what every command promises."""

from __future__ import annotations

from dataclasses import dataclass

import click
import pytest
from hilum_hookspecs import Message, SessionProbe, hookimpl
from hilum_hookspecs.cli import CliCommand


@pytest.fixture
def command():
    """Make a plugin class with one command that calls *action* with the plugin's context."""

    def make(name, action, under=None, **options):
        class CliPlugin:
            def __init__(self, context):
                self.context = context

            @hookimpl
            def hilum_cli_commands(self):
                summary = Message("acme", "Do something")
                yield CliCommand(name=name, summary=summary, build=self._build, under=under)

            def _build(self):
                @click.command(name, **options)
                def callback():
                    return action(self.context)

                return callback

        return CliPlugin

    return make


@pytest.fixture
def raising(command):
    """Make the plugins of a run whose command ``act`` raises *error*."""

    def make(error):
        def action(context):
            raise error

        return {"acme.cli": command("act", action)}

    return make


@pytest.fixture
def showing(command):
    """Make the plugins of a run whose command ``act`` shows a result."""

    def make(document, *lines):
        return {"acme.cli": command("act", lambda context: context.output.show(document, lines))}

    return make


@dataclass(frozen=True, slots=True)
class AcmeSettings:
    reader: str = ""


class Domain:
    Settings = AcmeSettings

    def __init__(self, context):
        self._context = context

    @hookimpl
    def hilum_session_probes(self):
        yield SessionProbe(name="acme", ask=lambda session, environment: None)


@pytest.fixture
def acme(command):
    """Make a plugin with settings; its command ``act`` shows them."""

    def action(context):
        context.output.show({"reader": context.settings.reader}, [])

    return {"acme": Domain, "acme.cli": command("act", action)}
