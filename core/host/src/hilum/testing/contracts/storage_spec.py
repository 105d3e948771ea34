# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every plugin's tables must do."""

from __future__ import annotations

from pathlib import Path

from hilum_hookspecs import StorageSpec


class StorageSpecContract:
    """For ``hilum_storage``. Define ``tables`` and the plugin's name, ``plugin_name``."""

    plugin_name: str

    def test_every_table_bears_the_plugins_name(self, tables: StorageSpec) -> None:
        names = list(tables.metadata().tables)

        assert names
        assert [n for n in names if not f"{n}_".startswith(f"{self.plugin_name}_")] == []

    def test_no_key_leads_to_tables_of_another_plugin(self, tables: StorageSpec) -> None:
        metadata = tables.metadata()

        for table in metadata.tables.values():
            for key in table.foreign_keys:
                assert key.target_fullname.split(".")[0] in metadata.tables

    def test_the_head_is_the_newest_of_one_line_of_revisions(self, tables: StorageSpec) -> None:
        from alembic.script import ScriptDirectory

        folder = str(tables.migrations)
        scripts = ScriptDirectory(folder, version_locations=[folder])

        assert scripts.get_heads() == [tables.head]
        assert len(scripts.get_bases()) == 1

    def test_the_history_goes_up_down_and_up_again(
        self, tables: StorageSpec, tmp_path: Path
    ) -> None:
        from hilum.testing.migrations import walk

        walk(self.plugin_name, tables, tmp_path)
