"""``hilum db upgrade``."""

from __future__ import annotations


def test_a_new_database_is_made_and_then_up_to_date(hilum):
    assert hilum("db", "upgrade", "--dry-run").output == "hilum: tables would be made\n"
    assert not (hilum.folder / "hilum.db").exists()
    assert hilum("db", "upgrade").output == "hilum: tables made\n"
    assert hilum("db", "upgrade").output == "hilum: up to date (hilum_0002)\n"


def test_an_upgrade_answers_a_script(hilum):
    code, document = hilum.json("db", "upgrade")

    assert (code, document) == (
        0,
        {
            "environment": "test",
            "dry_run": False,
            "plugins": [
                {
                    "plugin": "hilum",
                    "found": None,
                    "head": "hilum_0002",
                    "revisions": [],
                    "problem": None,
                }
            ],
        },
    )


def test_a_database_open_to_others_is_exit_9(hilum):
    hilum("db", "upgrade")
    (hilum.folder / "hilum.db").chmod(0o666)

    code, document = hilum.json("db", "upgrade")

    assert (code, document["error"]["code"]) == (9, "storage.unsafe-mode")
