"""Which plugin checks passwords, and what is said before a new one is chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hilum.host import Host
from hilum.services.local_logins import LocalLogins
from hilum.services.user_passwords import UserPasswords
from hilum.testing.fakes import FakeProgress
from hilum_hookspecs import HilumError, Message, PasswordRule, User, hookimpl

ANNA = User(id="u1", name="Anna", user_name="anna")


@pytest.fixture
def offering(doorkeeper):
    """Make a plugin whose log-in is the doorkeeper's with some fields of its own."""

    def offering(**fields):
        (login,) = doorkeeper.hilum_local_logins()

        class Plugin:
            @hookimpl
            def hilum_local_logins(self):
                yield replace(login, **fields)

        return Plugin()

    return offering


@pytest.fixture
def progress():
    return FakeProgress()


@pytest.fixture
def logins(prompter, progress):
    """Make the log-ins of plugins by name."""

    def logins(**plugins):
        host = Host()
        for name, plugin in plugins.items():
            host.register(plugin, name)
        return LocalLogins(host, prompter, progress)

    return logins


def test_an_own_directory_takes_the_place_of_ours_by_being_there(logins, offering):
    used = []
    chosen = logins(
        acme=offering(name="acme", forget=lambda user_id: used.append("acme")),
        fallback=offering(name="a", rank=900, forget=lambda user_id: used.append("ours")),
    )
    chosen.forget("u1")
    assert used == ["acme"]


def test_a_plugin_that_fails_is_named_and_not_taken_for_none(logins):
    class Broken:
        @hookimpl
        def hilum_local_logins(self):
            raise RuntimeError

    with pytest.raises(HilumError) as caught:
        logins(broken=Broken()).verify("u1")
    assert (caught.value.code, caught.value.details) == ("plugin.failed", {"plugin": "broken"})


def test_a_state_of_another_type_is_the_plugins_defect(logins, offering):
    with pytest.raises(HilumError) as caught:
        logins(acme=offering(state=lambda user_id: "fine")).state("u1")
    assert caught.value.code == "plugin.failed"


def test_the_rules_are_said_before_a_new_password_is_asked_for(
    logins, offering, progress, prompter, clock, audit
):
    rule = PasswordRule(name="length", label=Message("acme", "20 letters"), met=bool)
    prompter.give("new-account-password", "x")
    kept = logins(acme=offering(rules=lambda: [rule]))
    UserPasswords(logins=kept, clock=clock, audit=audit, progress=progress).choose(ANNA)
    assert progress.steps == ["A new password needs 20 letters."]
