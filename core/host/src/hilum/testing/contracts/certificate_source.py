# ruff: noqa: S101, D102  # these are tests: asserts, and names that are sentences
"""What every keeper of eHealth certificates must do."""

from __future__ import annotations

from pathlib import Path

from hilum_hookspecs import ActiveCertificate, CertificateSource, KeystoreFile

from hilum.contributions import returning_many, returning_optional

from .common import is_free, shows_in_every_language


class CertificateSourceContract:
    """For ``hilum_certificate_sources``. Define ``source``, ``known`` and ``environment_name``.

    ``known`` is the id of a provider who has an active certificate in that environment.
    """

    def test_the_name_is_a_slug_and_free(self, source: CertificateSource) -> None:
        is_free(source, "hilum_certificate_sources")

    def test_the_label_shows_in_every_language(self, source: CertificateSource) -> None:
        shows_in_every_language(source.label)

    def test_an_unknown_provider_has_no_certificate(
        self, source: CertificateSource, environment_name: str
    ) -> None:
        assert source.active("nobody-has-this-id", environment_name) is None

    def test_another_environment_has_no_certificate(
        self, source: CertificateSource, known: str
    ) -> None:
        assert source.active(known, "nobody-has-this-environment") is None

    def test_the_active_certificate_is_complete(
        self, source: CertificateSource, known: str, environment_name: str
    ) -> None:
        active = returning_optional(ActiveCertificate, source.active)(known, environment_name)

        assert active is not None
        assert (active.provider_id, active.environment) == (known, environment_name)
        assert active.keystore.is_file()
        assert active.certificate
        assert active.not_before < active.not_after
        assert active.not_before.tzinfo is not None

    def test_the_active_keystore_is_ours_alone(
        self, source: CertificateSource, known: str, environment_name: str
    ) -> None:
        active = source.active(known, environment_name)

        assert active is not None
        assert active.keystore.stat().st_mode & 0o077 == 0

    def test_an_empty_folder_has_no_keystores(
        self, source: CertificateSource, tmp_path: Path
    ) -> None:
        folder = tmp_path / "empty-folder-of-the-contract"
        folder.mkdir()

        assert returning_many(KeystoreFile, source.find)(folder) == ()
