"""The ranges of the settings, as the host checks them."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("section", "line", "expected"),
    [
        ("session_liveness", "period_minutes = 0", "1..240"),
        ("session_liveness", "warn_minutes = 121", "1..120"),
        ("ehealth_auth", "duration_hours = 99999999999", "1..24"),
        ("ehealth_auth", "duration_hours = 48", "1..24"),
        ("ehealth_auth", "card_timeout_seconds = -1", "5..600"),
        ("fallback_login", "duration_hours = -3", "1..24"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_before_anything_runs(
    section, line, expected, tmp_path
):
    from hilum.discovery import scan
    from hilum.plugins import Choice, settings_class, survey
    from hilum.settings import Settings
    from hilum_hookspecs import ConfigurationError

    path = tmp_path / "config.toml"
    path.write_text(f"[{section}]\n{line}\n")
    (plugin,) = [each for each in survey(scan(), Choice()) if each.name == section]

    with pytest.raises(ConfigurationError) as refused:
        Settings.read(path, {}).section(section, settings_class(plugin))

    assert refused.value.code == "settings.invalid-value"
    assert refused.value.details["expected"] == expected
