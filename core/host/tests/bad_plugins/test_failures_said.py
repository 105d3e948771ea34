"""A failure is said once, where it happened and without values."""

from __future__ import annotations

from hilum.testing.plugins import offering, raising


def test_a_failure_is_said_once_in_one_line_unless_all_is_quiet(hilum_cli):
    bad = {"acme": offering("hilum_storage", raising(ValueError("85073003328")))}

    result = hilum_cli("db", "upgrade", plugins=bad)

    assert result.errors.splitlines() == [
        "The plugin acme failed (hilum_storage: ValueError). --verbose says where; "
        "hilum plugins disable acme switches it off."
    ]
    assert hilum_cli("--quiet", "db", "upgrade", plugins=bad).errors == ""


def test_verbose_says_where_a_plugin_failed_and_not_with_which_value(hilum_cli):
    niss = "85073003328"

    def fail():
        raise ValueError(niss)

    bad = {"acme": offering("hilum_storage", fail)}
    errors = hilum_cli("--verbose", "db", "upgrade", plugins=bad).errors

    assert "test_failures_said.py" in errors
    assert "85073003328" not in errors


def test_a_plugin_that_cannot_be_made_is_said(hilum_cli):
    class Bad:
        def __init__(self, context):
            raise KeyError

    result = hilum_cli("db", "upgrade", plugins={"acme": Bad})

    assert (result.exit_code, "The plugin acme failed (load: KeyError)" in result.errors) == (
        0,
        True,
    )
