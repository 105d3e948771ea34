"""Where the eID software's module is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hilum_ehealth.card.modules import find_module, known_modules
from hilum_ehealth.card.pkcs11 import open_pkcs11
from hilum_ehealth.errors import EhealthError


@pytest.mark.parametrize(
    ("platform", "module"),
    [
        ("linux", "/usr/lib/x86_64-linux-gnu/libbeidpkcs11.so.0"),
        ("linux", "/usr/lib64/libbeidpkcs11.so.0"),
        ("darwin", "/usr/local/lib/libbeidpkcs11.dylib"),
    ],
)
def test_the_known_places(platform: str, module: str) -> None:
    assert Path(module) in known_modules(platform, {})


def test_windows_keeps_it_in_the_system_folder_and_never_uses_the_one_for_firefox() -> None:
    (module,) = known_modules("win32", {"SYSTEMROOT": r"D:\Win"})
    assert module == Path(r"D:\Win") / "System32" / "beidpkcs11.dll"


def test_the_first_that_is_there_is_taken(tmp_path: Path) -> None:
    places = tuple(tmp_path / name for name in "abc")
    for place in places[1:]:
        place.touch()
    assert find_module(None, places) == places[1]


def test_a_named_module_is_never_replaced_by_another(tmp_path: Path) -> None:
    (tmp_path / "known").touch()
    with pytest.raises(EhealthError) as caught:
        find_module(tmp_path / "named", (tmp_path / "known",))
    assert caught.value.code == "card.middleware-not-found"
    assert caught.value.details == {
        "searched": [str(tmp_path / "named")],
        "named": str(tmp_path / "named"),
    }


def test_a_relative_name_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("module.so").touch()
    assert find_module(Path("module.so")) == tmp_path / "module.so"


def test_without_any_the_places_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hilum_ehealth.card.modules.known_modules", lambda: (Path("/none/a"),))
    with pytest.raises(EhealthError) as caught:
        open_pkcs11()
    assert caught.value.details["searched"] == ["/none/a"]
