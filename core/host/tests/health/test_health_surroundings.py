"""The plugins of a run and the computer it runs on."""

from __future__ import annotations

import pytest
from hilum.discovery import Entry
from hilum.host import Host
from hilum.plugins import Choice, survey
from hilum.services.health.computer import ComputerHealth
from hilum.services.health.plugin_check import PluginHealth
from hilum_hookspecs import HealthState, hookimpl
from hilum_hookspecs.words import show


def answers(check):
    return {link.name: link.look(lambda: False) for link in check.links}


class TestComputer:
    def look(self, tmp_path, environ):
        return answers(ComputerHealth(environ, tmp_path).check())

    @pytest.mark.parametrize(
        ("environ", "kind", "state"),
        [
            ({}, "own", HealthState.OK),
            ({"SSH_CONNECTION": "192.0.2.1 22 192.0.2.2 22"}, "ssh", HealthState.OK),
            ({"SESSIONNAME": "RDP-Tcp#3"}, "remote-desktop", HealthState.WARNING),
            ({"SESSIONNAME": "Console"}, "own", HealthState.OK),
            ({"SNAP": "/snap/hilum/1", "SNAP_NAME": "hilum"}, "snap", HealthState.WARNING),
            ({"FLATPAK_ID": "be.hilum"}, "flatpak", HealthState.WARNING),
            ({"container": "podman"}, "container", HealthState.OK),
        ],
    )
    def test_where_it_runs_and_what_works_there_is_told(self, environ, kind, state, tmp_path):
        answer = self.look(tmp_path, environ)["place"]

        assert (answer.data["kind"], answer.state) == (kind, state)
        assert show(answer.cause)
        assert (answer.remedy is not None) is (state is HealthState.WARNING)

    def test_a_container_is_known_by_its_file_too(self, tmp_path):
        (tmp_path / ".dockerenv").touch()

        assert self.look(tmp_path, {})["place"].data["kind"] == "container"

    def test_a_proxy_is_shown_without_its_password(self, tmp_path):
        environ = {"HTTPS_PROXY": "http://user:secret@proxy.example:3128/?x"}

        answer = self.look(tmp_path, environ)["proxy"]

        assert answer.data["proxy"] == "proxy.example:3128"
        assert "proxy.example:3128" in show(answer.cause)
        assert "secret" not in repr(answer)

    def test_a_proxy_that_is_no_address_is_not_repeated(self, tmp_path):
        answer = self.look(tmp_path, {"ALL_PROXY": "http://[secret"})["proxy"]

        assert answer.data["proxy"] == "?"

    def test_java_is_not_needed(self, tmp_path):
        assert show(self.look(tmp_path, {})["java"].cause) == "Not needed."


def entry(name, distribution):
    return Entry("hilum.plugins", name, "x:Y", distribution, "1")


class Broken:
    @hookimpl
    def hilum_status_indicators(self):
        raise OSError("a secret")


class TestPlugins:
    def look(self, *entries, host=None, named=(), enabled=()):
        found = survey(entries, Choice(enabled=enabled))
        return answers(PluginHealth(host or Host(), found, named).check())

    def test_those_that_work_are_named(self):
        answer = self.look(entry("cert_manager", "hilum-cert-manager"))["working"]

        assert answer.state is HealthState.OK
        assert "cert_manager" in show(answer.cause)

    @pytest.mark.attack("I1")
    def test_one_that_fails_when_it_is_asked_is_named_without_its_words(self):
        host = Host()
        host.register(Broken(), "acme")

        answer = self.look(entry("acme", "acme"), host=host, enabled=["acme"])["working"]

        assert answer.state is HealthState.FAILED
        assert "acme (hilum_status_indicators: OSError)" in show(answer.cause)
        assert answer.data["failures"][0]["error"] == "OSError"
        assert "secret" not in repr(answer)

    @pytest.mark.attack("I2")
    def test_a_foreign_one_that_is_on_is_named(self):
        found = self.look(entry("acme", "acme"), enabled=["acme"])

        assert found["foreign"].data["foreign"] == ["acme"]
        assert "acme" in show(found["foreign"].cause)

    @pytest.mark.attack("I2")
    def test_one_that_uses_a_name_of_ours_is_told(self):
        answer = self.look(entry("cert_manager", "evil"))["foreign"]

        assert answer.state is HealthState.WARNING
        assert answer.data["refused"] == ["cert_manager"]

    @pytest.mark.attack("I1")
    def test_one_for_another_version_of_the_contract_is_told(self):
        other = entry("acme", "acme")._replace(contract=">=99", fits=False)

        answer = self.look(other, enabled=["acme"])["foreign"]

        assert answer.state is HealthState.WARNING
        assert answer.data["refused"] == ["acme"]
        assert ">=99" in show(answer.cause) + show(answer.remedy)

    def test_one_that_the_settings_name_and_is_not_there_is_told(self):
        answer = self.look(named=["acme"])["named"]

        assert answer.state is HealthState.WARNING
        assert answer.data["missing"] == ["acme"]

    def test_without_any_nothing_works(self):
        assert self.look()["working"].state is HealthState.FAILED
