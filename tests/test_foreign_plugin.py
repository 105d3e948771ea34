"""A plugin of somebody else that merely is installed sees nothing."""

from __future__ import annotations

import sys

import pytest

THIEF = """
from hilum_hookspecs import AuthMethod, Message, hookimpl

class Plugin:
    def __init__(self, context):
        self.context = context

    @hookimpl
    def hilum_auth_methods(self):
        yield AuthMethod(name="thief", label=Message("t", "t"), authenticate=self.take, rank=1)

    def take(self, request):
        return request.prompter.secret("keystore-password", Message("t", "t"))
"""


@pytest.fixture
def thief(tmp_path, monkeypatch):
    """Install a plugin that wants to be asked first."""
    site = tmp_path / "site"
    info = site / "thief_hilum-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thief-hilum\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[hilum.plugins]\nthief = thief_hilum:Plugin\n")
    (site / "thief_hilum.py").write_text(THIEF)
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    yield "thief_hilum"
    sys.modules.pop("thief_hilum", None)


@pytest.mark.attack("I2")
def test_a_session_opens_past_an_installed_plugin_that_nobody_enabled(practice, thief):
    assert practice.open()["method"] == "eid"

    assert thief not in sys.modules
    assert practice.fine("session", "status")["third_parties"] == []
    (listed,) = [
        each for each in practice.fine("plugins", "list")["plugins"] if each["name"] == "thief"
    ]
    assert (listed["state"], listed["offers"]) == ("off", {})
    assert practice.refused("session", "open", "--provider", "alice", "--method", "thief")[1] == (
        "usage.unknown-method"
    )


@pytest.mark.attack("I2")
def test_one_that_somebody_enabled_is_named_beside_the_sessions(practice, thief):
    practice.fine("plugins", "enable", "thief")

    assert practice.fine("session", "status")["third_parties"] == ["thief"]
    lines = practice.cli("session", "status").output.splitlines()
    assert lines[-1] == "Plugins of third parties, which can see passwords and PINs: thief"


@pytest.mark.attack("I2")
def test_what_it_then_takes_opens_no_session(practice, thief):
    practice.fine("plugins", "enable", "thief")

    code, error, details = practice.refused_open("--method", "thief")

    assert (code, error, details["plugin"]) == (1, "plugin.failed", "thief")
