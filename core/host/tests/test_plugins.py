from __future__ import annotations

import os
import sys

import pytest
from hilum.discovery import Entry, given, installed
from hilum.host import Host, Stage
from hilum.plugins import DOMAIN, FRONT, Choice, State, load, settings_class, survey
from hilum_hookspecs import NoSettings, hookimpl

OURS = "hilum-ehealth-auth"


def entry(name: str, distribution: str, value: str = "nowhere:Plugin") -> Entry:
    group = FRONT if name.endswith(".cli") else DOMAIN
    return Entry(group, name, value, distribution, "1.0")


def state(name: str, distribution: str, **choice: tuple[str, ...]) -> State:
    (plugin,) = survey([entry(name, distribution)], Choice(**choice))
    return plugin.state


def test_a_plugin_of_ours_is_on_by_itself():
    assert state("ehealth_auth", OURS) is State.ON


def test_a_third_party_is_found_and_off():
    assert state("acme", "acme-hilum") is State.OFF


def test_a_third_party_is_on_when_the_settings_name_it():
    assert state("acme", "acme-hilum", enabled=("acme",)) is State.ON


def test_settings_switch_a_plugin_of_ours_off():
    assert state("ehealth_auth", OURS, disabled=("ehealth_auth",)) is State.DISABLED


def test_a_run_can_leave_a_plugin_out():
    assert state("acme", "acme-hilum", enabled=("acme",), without=("acme",)) is State.WITHOUT


def test_a_third_party_under_the_name_of_ours_is_refused_even_when_enabled():
    assert state("ehealth_auth", "acme-hilum", enabled=("ehealth_auth",)) is State.REFUSED


@pytest.mark.attack("I1")
@pytest.mark.parametrize("name", ["hilum", "hilum_audit", "hilum_user_provider", "trust"])
def test_a_third_party_under_the_name_of_a_part_of_the_host_is_refused(name):
    assert state(name, "acme-hilum", enabled=(name,)) is State.REFUSED


def test_another_name_from_a_distribution_of_ours_needs_to_be_enabled():
    assert state("acme", OURS) is State.OFF


def test_ours_stays_on_beside_an_impostor():
    found = survey([entry("ehealth_auth", OURS), entry("ehealth_auth", "acme-hilum")], Choice())

    assert {plugin.distribution: plugin.state for plugin in found} == {
        OURS: State.ON,
        "acme-hilum": State.REFUSED,
    }


def test_two_third_parties_of_one_name_are_both_refused():
    found = survey([entry("acme", "one"), entry("acme", "two")], Choice(enabled=("acme",)))

    assert [plugin.state for plugin in found] == [State.REFUSED, State.REFUSED]


def test_a_plugin_is_one_with_its_fronts():
    (plugin,) = survey([entry("ehealth_auth.cli", OURS), entry("ehealth_auth", OURS)], Choice())

    assert [each.name for each in plugin.entries] == ["ehealth_auth", "ehealth_auth.cli"]


class Listens:
    def __init__(self, context):
        self.context = context

    @hookimpl
    def hilum_session_closed(self, session):
        pass


class Explodes:
    def __init__(self, context):
        raise RuntimeError("no reader")


class Leaves:
    def __init__(self, context):
        raise SystemExit(3)


class Doubtful:
    Settings = dict


def loaded(plugins, prepare=lambda plugin, domain: plugin.name) -> Host:
    host = Host()
    load(host, survey(given(plugins), Choice(enabled=tuple(plugins))), DOMAIN, prepare)
    return host


@pytest.mark.parametrize("bad", [Explodes, Leaves])
def test_a_plugin_that_cannot_be_made_costs_only_itself(bad):
    host = loaded({"bad": bad, "good": Listens})

    assert list(host.plugins()) == ["good"]
    (failure,) = host.failures
    assert (failure.plugin, failure.stage) == ("bad", Stage.LOAD)


def test_a_module_that_cannot_be_imported_costs_only_its_plugin():
    host = Host()
    found = survey([entry("ehealth_auth", OURS, "hilum_that_is_not_there:Plugin")], Choice())

    load(host, found, DOMAIN, lambda plugin, domain: None)

    assert isinstance(host.failures[0].error, ModuleNotFoundError)


def test_wrong_settings_of_a_plugin_are_its_failure():
    def refuse(plugin, domain):
        raise ValueError("wrong")

    assert loaded({"good": Listens}, refuse).failures[0].stage is Stage.SETTINGS


def test_a_plugin_is_made_with_its_context():
    assert loaded({"good": Listens}).plugins()["good"].context == "good"


def test_only_the_group_that_is_asked_for_is_made():
    host = Host()
    found = survey(given({"x": Explodes, "x.cli": Listens}), Choice(enabled=("x",)))

    load(host, found, FRONT, lambda plugin, domain: domain)

    assert list(host.plugins()) == ["x.cli"]
    assert host.plugins()["x.cli"].context is False


def test_the_settings_class_is_found_on_any_class_of_the_plugin():
    with_settings, without = survey(
        given({"a": Doubtful, "b": Listens}), Choice(enabled=("a", "b"))
    )

    assert settings_class(with_settings) is dict
    assert settings_class(without) is NoSettings


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder with one installed plugin of a third party, first on the path."""
    folder = tmp_path / "site"
    info = folder / "acme_hilum-2.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: Acme_Hilum\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text("[hilum.plugins]\nacme = acme_hilum:Plugin\n")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return folder


def third_parties(memory):
    return [each for each in installed(memory) if each.plugin == "acme"]


def test_installed_plugins_are_found_by_their_entry_points(site, tmp_path):
    (found,) = third_parties(tmp_path / "data" / "memory")

    assert (found.plugin, found.value) == ("acme", "acme_hilum:Plugin")
    assert (found.distribution, found.version) == ("acme-hilum", "2.1")


def test_a_second_start_scans_nothing(site, tmp_path, monkeypatch):
    memory = tmp_path / "data" / "memory"
    first = installed(memory)
    monkeypatch.setattr("hilum.discovery.scan", lambda: pytest.fail("scanned again"))

    assert installed(memory) == first


def test_a_run_that_must_leave_nothing_remembers_nothing(site, tmp_path):
    installed(tmp_path / "data" / "memory", remember=False)

    assert not (tmp_path / "data").exists()


def test_the_memory_is_private(site, tmp_path):
    memory = tmp_path / "data" / "memory"
    installed(memory)

    assert memory.stat().st_mode & 0o777 == 0o600
    assert memory.parent.stat().st_mode & 0o777 == 0o700


def test_a_change_in_a_folder_of_the_path_is_noticed(site, tmp_path):
    memory = tmp_path / "data" / "memory"
    installed(memory)
    (site / "acme_hilum-2.1.dist-info" / "entry_points.txt").unlink()
    os.utime(site, ns=(1, 1))

    assert third_parties(memory) == []


@pytest.mark.parametrize("damage", ["", "not a memory", "\x00", "a\nb\tc"])
def test_a_damaged_memory_is_ignored(site, tmp_path, damage):
    memory = tmp_path / "data" / "memory"
    first = installed(memory)
    memory.write_text(damage)

    assert installed(memory) == first


FORGED = "hilum.plugins\tsimulator\tevil:Plugin\thilum-simulator"
"""A line that would name code of a plugin of ours, up to the version."""


@pytest.mark.attack("I1")
@pytest.mark.parametrize(
    "metadata",
    [
        f"Name: acme\nVersion: 2\nRequires-Dist: hilum-hookspecs>=0.1\t\n {FORGED}\t9\t>=0.1\n",
        f"Name: acme\nVersion: 2\t\t\n {FORGED}\t9\n",
        f"Name: acme\nVersion: 2\t\t\x1c{FORGED}\t9\n",
        f"Name: acme\nVersion: 2\t\t\u2028{FORGED}\t9\n",
        f"Name: acme\t1\t\t\n {FORGED}\nVersion: 2\n",
    ],
)
def test_what_a_distribution_says_of_itself_says_nothing_of_another(site, tmp_path, metadata):
    info = site / "acme_hilum-2.1.dist-info"
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\n{metadata}\n")
    memory = tmp_path / "data" / "memory"
    first = installed(memory)
    assert installed(memory) == first


def test_a_memory_that_others_could_have_written_is_ignored(site, tmp_path):
    memory = tmp_path / "data" / "memory"
    first = installed(memory)
    memory.write_text(memory.read_text().replace("acme_hilum:Plugin", "evil:Plugin"))
    memory.chmod(0o666)

    assert installed(memory) == first


def test_a_folder_that_cannot_be_written_to_only_costs_the_memory(site, tmp_path):
    (tmp_path / "file").write_text("")

    assert len(third_parties(tmp_path / "file" / "memory")) == 1
