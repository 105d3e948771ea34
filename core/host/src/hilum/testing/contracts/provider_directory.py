# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every list of providers must do."""

from __future__ import annotations

from hilum_hookspecs import Provider, ProviderDirectory

from hilum.contributions import returning_many

from .common import is_free


class ProviderDirectoryContract:
    """For ``hilum_provider_directories``. Define ``directory`` and ``known``, a record in it."""

    def test_the_name_is_a_slug_and_free(self, directory: ProviderDirectory) -> None:
        is_free(directory, "hilum_provider_directories")

    def test_a_record_is_found_by_its_id(
        self, directory: ProviderDirectory, known: Provider
    ) -> None:
        found = returning_many(Provider, directory.find)(known.id)

        assert [record.id for record in found] == [known.id]

    def test_a_record_is_found_by_its_niss_however_written(
        self, directory: ProviderDirectory, known: Provider
    ) -> None:
        digits = known.niss
        written = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]}"
        for text in (digits, written):
            assert [record.id for record in directory.find(text)] == [known.id]

    def test_an_unknown_text_finds_nothing(self, directory: ProviderDirectory) -> None:
        assert list(directory.find("nobody-has-this-id")) == []

    def test_every_record_is_listed_once(
        self, directory: ProviderDirectory, known: Provider
    ) -> None:
        ids = [record.id for record in returning_many(Provider, directory.all)()]

        assert known.id in ids
        assert len(ids) == len(set(ids))

    def test_the_listing_shows_no_national_number(
        self, directory: ProviderDirectory, known: Provider
    ) -> None:
        assert known.niss not in repr(list(directory.all()))
