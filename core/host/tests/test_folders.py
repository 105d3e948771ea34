from __future__ import annotations

import platformdirs
import pytest
from hilum.folders import check_private_file, choose_data_folder, private_folder
from hilum_hookspecs import StorageError


def test_the_option_wins_over_the_variable(tmp_path):
    environ = {"HILUM_DATA_DIR": "/elsewhere"}

    assert choose_data_folder(str(tmp_path), environ) == tmp_path
    assert str(choose_data_folder(None, environ)) == "/elsewhere"


def test_by_default_the_data_stand_where_the_desktop_keeps_them(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    usual = choose_data_folder(None, {})

    assert usual.name == "hilum"
    assert str(usual) == platformdirs.user_data_dir("hilum", appauthor=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert choose_data_folder(None, {"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "hilum"


def test_a_new_folder_is_ours_alone(tmp_path):
    folder = private_folder(tmp_path / "a" / "b")

    assert folder.stat().st_mode & 0o777 == 0o700


def test_an_empty_folder_that_others_may_read_is_closed(tmp_path):
    folder = tmp_path / "given"
    folder.mkdir()
    folder.chmod(0o755)

    assert private_folder(folder).stat().st_mode & 0o777 == 0o700


@pytest.mark.attack("D7")
@pytest.mark.parametrize("content", [(), ("thing",)])
@pytest.mark.parametrize("mode", [0o777, 0o720])
def test_a_folder_that_others_may_write_to_is_refused_and_left_as_it_is(tmp_path, content, mode):
    for name in content:
        (tmp_path / name).write_text("")
    tmp_path.chmod(mode)

    with pytest.raises(StorageError) as caught:
        private_folder(tmp_path)

    assert caught.value.code == "storage.unsafe-mode"
    assert caught.value.details["mode"] == f"{mode:04o}"
    assert tmp_path.stat().st_mode & 0o777 == mode


def test_a_folder_where_a_file_stands_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(StorageError) as caught:
        private_folder(tmp_path / "file")

    assert caught.value.code == "storage.not-a-folder"


@pytest.mark.attack("D7")
def test_a_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("os.getuid", lambda: tmp_path.stat().st_uid + 1)

    with pytest.raises(StorageError) as caught:
        private_folder(tmp_path)

    assert caught.value.code == "storage.foreign-owner"


@pytest.mark.attack("D7")
@pytest.mark.parametrize("mode", [0o644, 0o660, 0o602])
def test_a_file_that_others_may_open_is_refused(tmp_path, mode):
    file = tmp_path / "file"
    file.write_text("")
    file.chmod(mode)

    with pytest.raises(StorageError):
        check_private_file(file, file.stat())
