"""What ``hilum plugins new`` makes installs without a network and passes its tests there."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.install

NO_NETWORK = {"PIP_NO_INDEX": "1", "https_proxy": "http://127.0.0.1:9"}


def test_a_new_plugin_installs_passes_its_tests_and_is_off_until_it_is_enabled(
    environment, run, tmp_path
):
    programs = environment(
        "hilum", "hilum-ehealth[testing]", "pytest", "hatchling", "editables", with_pip=True
    )
    hilum = (programs / "hilum", "--data-dir", tmp_path / "data")
    python = programs / "python"

    run(*hilum, "plugins", "new", "acme", "--folder", tmp_path)
    folder = tmp_path / "acme-hilum"
    run(
        *(python, "-m", "pip", "install", "-q", "-e", folder, "--no-deps"),
        "--no-build-isolation",
        env=NO_NETWORK,
    )

    assert "passed" in run(python, "-m", "pytest", "-q", folder, cwd=folder)
    assert "off: of a third party, not enabled  (acme-hilum)" in run(*hilum, "plugins", "list")
    run(*hilum, "plugins", "enable", "acme")
    assert "record_validators: acme" in run(*hilum, "plugins", "show", "acme")
