from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hilum.settings import General, Plugins, Settings
from hilum.settings_edit import switch_plugin
from hilum_hookspecs import ConfigurationError


@dataclass(frozen=True, slots=True)
class Form:
    text: str = "usual"
    number: int = 3
    ratio: float = 0.5
    switch: bool = False
    names: tuple[str, ...] = ()
    file: Path | None = None


def read(tmp_path, text="", environ=None) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return Settings.read(path, environ or {})


def code_of(function, *arguments) -> tuple[str, dict[str, object]]:
    with pytest.raises(ConfigurationError) as caught:
        function(*arguments)
    return caught.value.code, caught.value.details


def test_without_a_file_the_defaults_hold(tmp_path):
    assert Settings.read(tmp_path / "none.toml", {}).section("acme", Form) == Form()


def test_a_file_that_was_asked_for_must_exist(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        Settings.read(tmp_path / "none.toml", {}, required=True)

    assert caught.value.code == "settings.not-found"


def test_every_type_is_read_from_the_file(tmp_path):
    settings = read(
        tmp_path,
        """
        [acme]
        text = "other"
        number = 5
        ratio = 2
        switch = true
        names = ["a", "b"]
        file = "keys/one.p12"
        """,
    )

    assert settings.section("acme", Form) == Form(
        text="other",
        number=5,
        ratio=2,
        switch=True,
        names=("a", "b"),
        file=tmp_path / "keys" / "one.p12",
    )


def test_a_variable_wins_over_the_file_and_is_read_as_the_type(tmp_path):
    environ = {
        "HILUM__ACME__NUMBER": "7",
        "HILUM__ACME__RATIO": "1.5",
        "HILUM__ACME__SWITCH": "yes",
        "HILUM__ACME__NAMES": "a, b",
        "OTHER__ACME__TEXT": "not ours",
    }
    settings = read(tmp_path, "[acme]\nnumber = 5\n", environ)

    assert settings.section("acme", Form) == Form(
        number=7, ratio=1.5, switch=True, names=("a", "b")
    )


def test_an_unknown_key_is_refused_with_the_nearest(tmp_path):
    settings = read(tmp_path, "[acme]\nnumbr = 5\n")

    assert code_of(settings.section, "acme", Form) == (
        "settings.unknown-key",
        {"section": "acme", "key": "numbr", "nearest": "number", "source": str(settings.path)},
    )


def test_an_unknown_key_in_a_variable_is_refused_too(tmp_path):
    settings = read(tmp_path, environ={"HILUM__ACME__NUMBR": "5"})

    code, details = code_of(settings.section, "acme", Form)
    assert (code, details["source"]) == ("settings.unknown-key", "HILUM__ACME__NUMBR")


def test_an_unknown_section_is_refused_with_the_nearest(tmp_path):
    settings = read(tmp_path, "[genral]\nlanguage = 'fr'\n")

    assert code_of(settings.check_sections, ["acme"]) == (
        "settings.unknown-section",
        {"section": "genral", "nearest": "general", "source": str(settings.path)},
    )


def test_the_section_of_a_plugin_that_is_off_is_no_mistake(tmp_path):
    read(tmp_path, "[acme]\nanything = 1\n").check_sections(["acme"])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("number = 'five'", "number"),
        ("number = true", "number"),
        ("number = 1.5", "number"),
        ("text = 3", "text"),
        ("switch = 'perhaps'", "true-or-false"),
        ("switch = 1", "true-or-false"),
        ("names = [1]", "list-of-texts"),
        ("file = 3", "path"),
    ],
)
def test_a_value_of_another_type_is_refused(tmp_path, line, expected):
    settings = read(tmp_path, f"[acme]\n{line}\n")

    code, details = code_of(settings.section, "acme", Form)
    assert (code, details["expected"]) == ("settings.invalid-value", expected)


@dataclass(frozen=True, slots=True)
class Bounded:
    hours: int = field(default=12, metadata={"min": 1, "max": 24})
    share: float = field(default=0.5, metadata={"max": 1})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("hours = 0", "1..24"),
        ("hours = -3", "1..24"),
        ("hours = 99999999999", "1..24"),
        ("hours = '25'", "1..24"),
        ("share = 1.5", "..1"),
        ("share = nan", "..1"),
    ],
)
def test_a_number_outside_its_range_is_refused_with_the_range(tmp_path, line, expected):
    settings = read(tmp_path, f"[acme]\n{line}\n")

    code, details = code_of(settings.section, "acme", Bounded)
    assert (code, details["expected"]) == ("settings.invalid-value", expected)


def test_the_ends_of_a_range_belong_to_it(tmp_path):
    for hours in (1, 24):
        found = read(tmp_path, f"[acme]\nhours = {hours}\n").section("acme", Bounded)
        assert found == Bounded(hours=hours)


def test_a_file_that_is_not_toml_is_refused_with_the_place(tmp_path):
    code, details = code_of(read, tmp_path, "[general\n")

    assert code == "settings.syntax"
    assert "line 1" in str(details["problem"])


def test_a_key_outside_of_a_section_is_refused(tmp_path):
    assert code_of(read, tmp_path, "language = 'fr'\n")[0] == "settings.unknown-key"


@pytest.mark.parametrize("name", ["production", "acceptance", "integration"])
def test_environments_of_ehealth_cannot_be_redefined_by_the_file(tmp_path, name):
    text = f"[environments.{name}]\nsts = 'https://evil.example/'\ntrust = 'trust'\n"

    assert code_of(read, tmp_path, text) == ("settings.protected", {"environment": name})


@pytest.mark.parametrize("name", ["PRODUCTION", "Acceptance", "integration"])
def test_environments_of_ehealth_cannot_be_redefined_by_variables(tmp_path, name):
    environ = {f"HILUM__ENVIRONMENTS__{name}__STS": "https://evil.example/"}

    assert code_of(read, tmp_path, "", environ)[0] == "settings.protected"


@pytest.mark.parametrize("name", ["HILUM__", "HILUM__X", "HILUM__A__B__C", "HILUM____B"])
def test_a_variable_that_names_no_setting_is_refused(tmp_path, name):
    assert code_of(read, tmp_path, "", {name: "x"}) == (
        "settings.unknown-variable",
        {"variable": name},
    )


def test_an_environment_is_described_by_file_and_variables(tmp_path):
    settings = read(
        tmp_path,
        "[environments.other]\nsts = 'https://sts.example/'\ntrust = 'anchors'\n",
        {"HILUM__ENVIRONMENTS__OTHER__CONTACT": "it@example.org"},
    )

    other = settings.environment("other")
    assert other is not None
    assert (other.sts, other.trust) == ("https://sts.example/", tmp_path / "anchors")
    assert other.contact == "it@example.org"
    assert settings.environments == ("other",)


def test_an_environment_without_its_anchors_is_refused(tmp_path):
    settings = read(tmp_path, "[environments.other]\nsts = 'https://sts.example/'\n")

    assert code_of(settings.environment, "other") == (
        "settings.missing-value",
        {"section": "environments.other", "key": "trust", "source": str(settings.path)},
    )


def test_switching_a_plugin_keeps_what_a_person_wrote(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(
        '# ours\n[general]\nlanguage = "fr" # spoken here\n\n[plugins]\nenabled = ["a"]\n'
    )

    assert switch_plugin(path, "acme", on=True, first_party=False)

    text = path.read_text()
    assert "# ours" in text
    assert "# spoken here" in text
    assert Settings.read(path, {}).section("plugins", Plugins).enabled == ("a", "acme")
    assert Settings.read(path, {}).section("general", General).language == "fr"


def test_disabling_and_enabling_again_leaves_the_plugin_on(tmp_path):
    path = tmp_path / "new" / "config.toml"
    switch_plugin(path, "cert_manager", on=False, first_party=True)
    assert Settings.read(path, {}).section("plugins", Plugins).disabled == ("cert_manager",)

    switch_plugin(path, "cert_manager", on=True, first_party=True)

    assert Settings.read(path, {}).section("plugins", Plugins) == Plugins()


def test_nothing_is_written_when_nothing_changes_or_on_a_dry_run(tmp_path):
    path = tmp_path / "config.toml"

    assert not switch_plugin(path, "cert_manager", on=True, first_party=True)
    assert switch_plugin(path, "cert_manager", on=False, first_party=True, dry_run=True)
    assert not path.exists()


def test_a_settings_file_that_is_not_toml_is_not_overwritten(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("[plugins\n")

    with pytest.raises(ConfigurationError) as caught:
        switch_plugin(path, "acme", on=True, first_party=False)

    assert caught.value.code == "settings.syntax"
    assert path.read_text() == "[plugins\n"


def test_a_language_that_does_not_exist_is_refused_with_the_variable_that_names_it(tmp_path):
    settings = read(tmp_path, environ={"HILUM__GENERAL__LANGUAGE": "es"})

    code, details = code_of(settings.section, "general", General)

    assert (code, details["source"]) == ("settings.invalid-value", "HILUM__GENERAL__LANGUAGE")
    assert details["expected"] == "fr, nl, de, en"


@dataclass(frozen=True)
class Places:
    flag: Path = Path("flag")
    home: Path = Path("~/flag")
    made: Path = field(default_factory=lambda: Path("made"))
    none: Path | None = None
    text: str = ""


@pytest.mark.parametrize("lines", ["", "[acme]\ntext = 'x'\n"])
def test_paths_by_default_are_relative_to_the_file_too(tmp_path, lines):
    places = read(tmp_path, lines).section("acme", Places)

    assert places.flag == tmp_path / "flag"
    assert places.made == tmp_path / "made"
    assert places.home == Path.home() / "flag"
    assert places.none is None
